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
        // Last, so that a feature that fails keeps nothing else from being tidied; the timer then runs again the next night.
        foreach (var work in nightly)
        {
            foreach (var workspace in workspaces)
                await work.TidyAsync(workspace, cancellationToken);
        }
    }
}
