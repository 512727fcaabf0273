using Helpdesk.LocalHost.Triggers;
using Helpdesk.LocalHost.Worker;
using Microsoft.Azure.WebJobs;
using Microsoft.Azure.WebJobs.Host;

namespace Helpdesk.LocalHost;

/// <summary>
/// Between the SDK's listeners and the web server: learns at the start what the SDK alone knows, and at the end sees that what is in hand is finished.
/// </summary>
internal sealed class Drain(
    IDrainModeManager drain,
    IJobHost jobs,
    FunctionInvoker invoker,
    WorkerSupervisor workers,
    IHostApplicationLifetime lifetime,
    JobHostOptions options,
    TimeProvider time
) : IHostedService
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    private Task? _draining;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        // At once, while the web server still finishes its requests.
        lifetime.ApplicationStopping.Register(() => _draining = DrainAsync());
        return invoker.LearnClientsAsync(jobs);
    }

    /// <remarks>The SDK stops its listeners after this, and they do not bear to be stopped twice at a time.</remarks>
    public Task StopAsync(CancellationToken cancellationToken) => _draining ?? Task.CompletedTask;

    /// <remarks>A function that does not end in time goes with its worker: messages and work items come back later by themselves.</remarks>
    private async Task DrainAsync()
    {
        using var ended = new CancellationTokenSource();
        var ending = FinishAsync();
        if (await Task.WhenAny(ending, Task.Delay(options.DrainLimit, time, ended.Token)) != ending)
            workers.Abandon("what it has in hand does not end");
        await ended.CancelAsync();
        await ending;
    }

    private async Task FinishAsync()
    {
        await drain.EnableDrainModeAsync(CancellationToken.None);
        while (workers.CallsInHand > 0)
            await Task.Delay(Step, time, CancellationToken.None);
    }
}
