using Helpdesk.LocalHost.Triggers;
using Helpdesk.LocalHost.Worker;
using Microsoft.Azure.WebJobs;
using Microsoft.Azure.WebJobs.Host;

namespace Helpdesk.LocalHost;

/// <summary>Between the SDK's listeners and the web server: learns at the start what the SDK alone knows, and at the end sees that what is in hand is finished.</summary>
internal sealed class Drain(
    IDrainModeManager drain, IJobHost jobs, FunctionInvoker invoker, WorkerSupervisor workers, IHostApplicationLifetime lifetime, JobHostOptions options, TimeProvider time) : IHostedService
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        // At once, while the web server still finishes its requests.
        lifetime.ApplicationStopping.Register(() => _ = drain.EnableDrainModeAsync(CancellationToken.None));
        return invoker.LearnClientsAsync(jobs);
    }

    /// <remarks>A function that does not end in time goes with its worker: messages and work items come back later by themselves.</remarks>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await drain.EnableDrainModeAsync(cancellationToken);
        var began = time.GetTimestamp();
        while (workers.CallsInHand > 0 && time.GetElapsedTime(began) < options.DrainLimit)
            await Task.Delay(Step, time, cancellationToken);
        if (workers.CallsInHand > 0)
            workers.Abandon("what it has in hand does not end");
    }
}
