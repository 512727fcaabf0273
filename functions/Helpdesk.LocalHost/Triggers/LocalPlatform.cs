#pragma warning disable CS0612, CS0618 // Marked as not for everybody's use: it is the one way to tell the Durable extension where it runs.
using Microsoft.Azure.WebJobs.Extensions.DurableTask;
using OperatingSystem = Microsoft.Azure.WebJobs.Extensions.DurableTask.OperatingSystem;

namespace Helpdesk.LocalHost.Triggers;

/// <summary>Tells the Durable extension that it runs on no plan of Azure.</summary>
/// <remarks>
/// Where it believes itself on Linux it writes its telemetry to /var/log, or to standard output; a laptop wants neither, hence the system named here.
/// </remarks>
internal sealed class LocalPlatform : IPlatformInformation
{
    public bool IsInConsumptionPlan() => false;

    public bool IsManagedAppEnvironment() => false;

    public OperatingSystem GetOperatingSystem() => OperatingSystem.Windows;

    public WorkerRuntimeType GetWorkerRuntimeType() => WorkerRuntimeType.DotNetIsolated;

    public string? GetLinuxTenant() => null;

    public string? GetLinuxStampName() => null;

    public string? GetContainerName() => null;

    public bool UsesExternalPowerShellSDK() => false;
}
