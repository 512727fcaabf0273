using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Operations;

/// <summary>Every night: forgets the idempotency keys that are past their seven days.</summary>
public sealed class RemoveOldAnswers(IdempotencyStore reservations, SettingsStore settings, DirectoryStore directory, TimeProvider time)
{
    [Function(nameof(RemoveOldAnswers))]
    public async Task Run([TimerTrigger("0 30 3 * * *")] TimerInfo timer, CancellationToken cancellationToken)
    {
        await reservations.RemoveOldAsync(cancellationToken);
        var before = time.GetUtcNow() - Idempotency.Kept;
        await settings.RemoveOldAnswersAsync(DirectoryStore.AllWorkspaces, before, cancellationToken);
        foreach (var workspace in await directory.ListWorkspacesAsync(cancellationToken))
            await settings.RemoveOldAnswersAsync(workspace, before, cancellationToken);
    }
}
