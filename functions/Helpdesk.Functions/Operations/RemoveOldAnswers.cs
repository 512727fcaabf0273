using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Operations;

/// <summary>Every night: forgets the idempotency keys that are past their seven days.</summary>
public sealed class RemoveOldAnswers(IdempotencyStore reservations, SettingsStore settings, TimeProvider time)
{
    [Function(nameof(RemoveOldAnswers))]
    public async Task Run([TimerTrigger("0 30 3 * * *")] TimerInfo timer, CancellationToken cancellationToken)
    {
        await reservations.RemoveOldAsync(cancellationToken);
        var before = time.GetUtcNow() - Idempotency.Kept;
        await settings.RemoveOldAnswersAsync(SettingsStore.AllWorkspaces, before, cancellationToken);
        await settings.RemoveOldAnswersAsync(SettingsStore.HomeWorkspace, before, cancellationToken);
        foreach (var workspace in await settings.ListAsync(SettingsStore.AllWorkspaces, SettingKinds.Workspaces, cancellationToken))
            await settings.RemoveOldAnswersAsync(workspace.Id, before, cancellationToken);
    }
}
