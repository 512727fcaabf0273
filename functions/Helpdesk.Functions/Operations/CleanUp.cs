using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Microsoft.DurableTask.Client;

namespace Helpdesk.Functions.Operations;

/// <summary>Every night: forgets idempotency keys after their seven days, and orchestrations that ended more than a week ago.</summary>
/// <remarks>One timer and not two: while an instance runs, each timer renews a lock of its own, which costs more than what it does.</remarks>
public sealed class CleanUp(TaskHub hub, IdempotencyStore reservations, SettingsStore settings, DirectoryStore directory, TimeProvider time)
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(7);

    [Function(nameof(CleanUp))]
    public async Task Run([TimerTrigger("0 30 3 * * *")] TimerInfo timer, [DurableClient] DurableTaskClient durable, CancellationToken cancellationToken)
    {
        await reservations.RemoveOldAsync(cancellationToken);
        var before = time.GetUtcNow() - Idempotency.Kept;
        await settings.RemoveOldAnswersAsync(DirectoryStore.AllWorkspaces, before, cancellationToken);
        foreach (var workspace in await directory.ListWorkspacesAsync(cancellationToken))
            await settings.RemoveOldAnswersAsync(workspace, before, cancellationToken);

        var ended = new[] { OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Terminated };
        await hub.Learn(durable).PurgeAllInstancesAsync(new PurgeInstancesFilter(null, time.GetUtcNow() - Kept, ended), cancellationToken);
    }
}
