using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Operations;

/// <summary>Every night: forgets the idempotency keys that are past their seven days.</summary>
public static class RemoveOldAnswers
{
    public static async Task Handle(IdempotencyStore reservations, SettingsStore settings, TimeProvider time, CancellationToken cancel)
    {
        await reservations.RemoveOldAsync(cancel);
        var before = time.GetUtcNow() - Idempotency.Kept;
        await settings.RemoveOldAnswersAsync(SettingsStore.AllWorkspaces, before, cancel);
        await settings.RemoveOldAnswersAsync(SettingsStore.HomeWorkspace, before, cancel);
        foreach (var workspace in await settings.ListAsync(SettingsStore.AllWorkspaces, SettingKinds.Workspaces, cancel))
            await settings.RemoveOldAnswersAsync(workspace.Id, before, cancel);
    }
}
