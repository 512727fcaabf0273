using Helpdesk.LocalHost.Triggers;
using Helpdesk.LocalHost.Worker;
using Microsoft.Azure.WebJobs;
using Microsoft.Azure.WebJobs.Host;

namespace Helpdesk.LocalHost;

/// <summary>Between the SDK's listeners and the web server: learns at the start what the SDK alone knows, and at the end sees that what is in hand is finished.</summary>
internal sealed class Drain(
    IDrainModeManager drain, IJobHost jobs, FunctionInvoker invoker, WorkerSupervisor workers, IHostApplicationLifetime lifetime, JobHostOptions options, TimeProvider time) : IHostedService, IDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    private readonly CancellationTokenSource _stopped = new();

    public Task StartAsync(CancellationToken cancellationToken)
    {
        // At once, while the web server still finishes its requests.
        lifetime.ApplicationStopping.Register(() => _ = BeginAsync());
        return invoker.LearnClientsAsync(jobs);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        while (workers.CallsInHand > 0)
            await Task.Delay(Step, time, cancellationToken);
        await _stopped.CancelAsync();
    }

    public void Dispose() => _stopped.Dispose();

    /// <remarks>A function that does not end in time goes with its worker: messages and work items come back later by themselves.</remarks>
    private async Task BeginAsync()
    {
        try
        {
            // This waits for what is in hand, however long that takes.
            var drained = drain.EnableDrainModeAsync(_stopped.Token);
            await Task.Delay(options.DrainLimit, time, _stopped.Token);
            if (workers.CallsInHand > 0)
                workers.Abandon("what it has in hand does not end");
            await drained;
        }
        catch (OperationCanceledException) when (_stopped.IsCancellationRequested)
        {
            // Everything ended in time.
        }
    }
}
