using System.Collections.Concurrent;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Microsoft.DurableTask.Client;

namespace Helpdesk.Functions.Operations;

/// <summary>
/// Every night: forgets idempotency keys after their seven days, and orchestrations that ended more than a week ago; and has each feature tidy up.
/// </summary>
/// <remarks>One timer and not two: while an instance runs, each timer renews a lock of its own, which costs more than what it does.</remarks>
public sealed class CleanUp(
    TaskHub hub,
    IdempotencyStore reservations,
    SettingsStore settings,
    DirectoryStore directory,
    IEnumerable<INightlyWork> nightly,
    TimeProvider time
)
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(7);

    /// <summary>Workspaces tidied at once: most of the time passes in waiting for storage.</summary>
    private const int AtOnce = 4;

    [Function(nameof(CleanUp))]
    public async Task Run([TimerTrigger("0 30 3 * * *")] TimerInfo timer, [DurableClient] DurableTaskClient durable, CancellationToken cancellationToken)
    {
        await reservations.RemoveOldAsync(cancellationToken);
        var before = time.GetUtcNow() - Idempotency.Kept;
        await settings.RemoveOldAnswersAsync(DirectoryStore.AllWorkspaces, before, cancellationToken);
        var workspaces = await directory.ListWorkspacesAsync(cancellationToken);
        foreach (var workspace in workspaces)
            await settings.RemoveOldAnswersAsync(workspace, before, cancellationToken);

        var ended = new[] { OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Terminated };
        await hub.Learn(durable).PurgeAllInstancesAsync(new PurgeInstancesFilter(null, time.GetUtcNow() - Kept, ended), cancellationToken);
        await TidyAsync(workspaces, cancellationToken);
    }

    /// <summary>A feature that fails keeps nothing else from being tidied; the run fails in the end, so that it is seen.</summary>
    private async Task TidyAsync(IReadOnlyList<string> workspaces, CancellationToken cancellationToken)
    {
        var failures = new ConcurrentQueue<Exception>();
        await Parallel.ForEachAsync(
            workspaces,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (workspace, token) =>
            {
                foreach (var work in nightly)
                {
                    try
                    {
                        await work.TidyAsync(workspace, token);
                    }
                    catch (Exception failed) when (!token.IsCancellationRequested)
                    {
                        failures.Enqueue(new InvalidOperationException($"{work.GetType().Name} could not tidy the workspace {workspace}.", failed));
                    }
                }
            }
        );
        if (!failures.IsEmpty)
            throw new AggregateException(failures);
    }
}
