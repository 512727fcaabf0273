using Helpdesk.Alerts;
using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Alerts;

/// <summary>Alert sources name the group that gets their tickets.</summary>
public sealed class AlertSourceNames(SettingsStore settings) : INamesSettings
{
    public async Task<SettingUse?> FindAsync(NamedSetting setting, CancellationToken cancellationToken) =>
        SettingUse.Of("alert sources", [.. (await NamingAsync(setting, cancellationToken)).Select(source => source.Id)]);

    public async Task MoveAsync(NamedSetting setting, string? successor, Actor by, SettingChanges changes, CancellationToken cancellationToken)
    {
        if (successor is null)
            return;
        foreach (var source in await NamingAsync(setting, cancellationToken))
            changes.Put(AlertSourceKinds.Sources, source with { Group = successor });
    }

    private async Task<IReadOnlyList<AlertSource>> NamingAsync(NamedSetting setting, CancellationToken cancellationToken) =>
        setting.Kind == NamedKind.Group
            ? [.. (await settings.ListAsync(setting.Workspace, AlertSourceKinds.Sources, cancellationToken)).Where(one => one.Group == setting.Id)]
            : [];
}
