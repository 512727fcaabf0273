using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Teams;

/// <summary>Conversations in Teams name the group whose cards are posted in them.</summary>
public sealed class GroupLinkNames(SettingsStore settings) : INamesSettings
{
    public async Task<SettingUse?> FindAsync(NamedSetting setting, CancellationToken cancellationToken) =>
        await NamingAsync(setting.Workspace, setting, setting.Id, cancellationToken) is null ? null : SettingUse.Of("teams", [setting.Id]);

    public async Task MoveAsync(NamedSetting setting, string? successor, Actor by, SettingChanges changes, CancellationToken cancellationToken)
    {
        if (successor is null || await NamingAsync(setting.Workspace, setting, setting.Id, cancellationToken) is not { } link)
            return;
        changes.Remove(GroupLinks.Kind, setting.Id);
        // A group has one conversation: the one that the successor has already stays.
        if (await NamingAsync(setting.Workspace, setting, successor, cancellationToken) is null)
            changes.Put(GroupLinks.Kind, link with { Group = successor });
    }

    private async Task<GroupLink?> NamingAsync(string workspace, NamedSetting setting, string group, CancellationToken cancellationToken) =>
        setting.Kind == NamedKind.Group
            ? (await settings.ListAsync(workspace, GroupLinks.Kind, cancellationToken)).FirstOrDefault(link => link.Group == group)
            : null;
}
