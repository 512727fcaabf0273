using System.Globalization;
using Helpdesk.LocalHost.App;

namespace Helpdesk.LocalHost;

/// <summary>Runs the app with Azure Functions Core Tools instead of this host, on the same storage emulator and data.</summary>
internal static class CoreTools
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(35);

    /// <summary>Runs until Core Tools end or are told to; gives their exit code.</summary>
    public static async Task<int> RunAsync(
        string executable,
        FunctionApp app,
        int port,
        IReadOnlyDictionary<string, string> settings,
        TimeProvider time,
        CancellationToken stop
    )
    {
        var environment = settings.ToDictionary(setting => setting.Key, string? (setting) => setting.Value, StringComparer.Ordinal);
        environment["FUNCTIONS_WORKER_RUNTIME"] = "dotnet-isolated";
        if (!Native.IsInstalled(executable))
            throw new LocalHostException($"Core Tools are not installed ({executable}): install azure-functions-core-tools, or leave --func away.");
        using var process = Native.Start(executable, ["start", "--no-build", "--port", port.ToString(CultureInfo.InvariantCulture)], app.Folder, environment);
        var exited = process.WaitForExitAsync(CancellationToken.None);
        await Task.WhenAny(exited, Task.Delay(Timeout.InfiniteTimeSpan, time, stop));
        if (!process.HasExited)
        {
            Native.Signal(process.Id, Native.SigTerm);
            if (await Task.WhenAny(exited, Task.Delay(StopLimit, time, CancellationToken.None)) != exited)
                process.Kill(entireProcessTree: true);
        }

        await exited;
        return stop.IsCancellationRequested ? 0 : process.ExitCode;
    }
}
