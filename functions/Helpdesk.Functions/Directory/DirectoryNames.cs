using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Directory;

/// <summary>Groups name the group they escalate to and the calendar they work by.</summary>
public sealed class GroupNames(SettingsStore settings) : INamesSettings
{
    public async Task<SettingUse?> FindAsync(NamedSetting setting, CancellationToken cancellationToken) =>
        SettingUse.Of("groups", [.. (await NamingAsync(setting, cancellationToken)).Select(group => group.Id)]);

    public async Task MoveAsync(NamedSetting setting, string? successor, Actor by, SettingChanges changes, CancellationToken cancellationToken)
    {
        if (successor is null)
            return;
        var naming = await NamingAsync(setting, cancellationToken);
        if (setting.Kind == NamedKind.Calendar)
        {
            foreach (var group in naming)
                changes.Put(DirectoryKinds.Groups, group with { Calendar = successor });
            return;
        }

        var all = (await settings.ListAsync(setting.Workspace, DirectoryKinds.Groups, cancellationToken)).ToDictionary(
            group => group.Id,
            StringComparer.Ordinal
        );
        // A successor that stood below the group now escalates to where the group did.
        var moved = naming.Select(group => group with { EscalatesTo = group.Id == successor ? all[setting.Id].EscalatesTo : successor }).ToList();
        foreach (var group in moved)
            all[group.Id] = group;
        all.Remove(setting.Id);
        foreach (var group in moved)
        {
            DirectoryRules.CheckLadders(all.Values, group);
            changes.Put(DirectoryKinds.Groups, group);
        }
    }

    private async Task<IReadOnlyList<Group>> NamingAsync(NamedSetting setting, CancellationToken cancellationToken) =>
        setting.Kind is NamedKind.Group or NamedKind.Calendar
            ?
            [
                .. (await settings.ListAsync(setting.Workspace, DirectoryKinds.Groups, cancellationToken)).Where(group =>
                    setting.Id == (setting.Kind == NamedKind.Group ? group.EscalatesTo : group.Calendar)
                ),
            ]
            : [];
}

/// <summary>Agents name their groups and the calendar of their hours.</summary>
public sealed class AgentNames(SettingsStore settings) : INamesSettings
{
    public async Task<SettingUse?> FindAsync(NamedSetting setting, CancellationToken cancellationToken) =>
        SettingUse.Of("agents", [.. (await NamingAsync(setting, cancellationToken)).Select(agent => agent.Id)]);

    public async Task MoveAsync(NamedSetting setting, string? successor, Actor by, SettingChanges changes, CancellationToken cancellationToken)
    {
        if (successor is null)
            return;
        foreach (var agent in await NamingAsync(setting, cancellationToken))
            changes.Put(
                DirectoryKinds.Agents,
                agent with
                {
                    Groups =
                        setting.Kind == NamedKind.Group
                            ? [.. agent.Groups.Select(group => group == setting.Id ? successor : group).Distinct(StringComparer.Ordinal)]
                            : agent.Groups,
                    Calendar = setting.Kind == NamedKind.Calendar ? successor : agent.Calendar,
                }
            );
    }

    private async Task<IReadOnlyList<Agent>> NamingAsync(NamedSetting setting, CancellationToken cancellationToken) =>
        setting.Kind is NamedKind.Group or NamedKind.Calendar
            ?
            [
                .. (await settings.ListAsync(setting.Workspace, DirectoryKinds.Agents, cancellationToken)).Where(agent =>
                    setting.Kind == NamedKind.Group ? agent.Groups.Contains(setting.Id, StringComparer.Ordinal) : agent.Calendar == setting.Id
                ),
            ]
            : [];
}
