using Helpdesk.Conditions;
using Helpdesk.Functions.Conditions;
using Helpdesk.Functions.Settings;
using Helpdesk.Views;

namespace Helpdesk.Functions.Views;

/// <summary>Views name groups, agents, policies and calendars in their conditions, and the groups that see them.</summary>
public sealed class ViewNames(SettingsStore settings) : INamesSettings
{
    /// <summary>What is shared keeps a setting from going. A view of an agent's own does not: no admin sees it.</summary>
    public async Task<SettingUse?> FindAsync(NamedSetting setting, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(setting);
        var shared = await settings.ListAsync(setting.Workspace, ViewStore.Shared, cancellationToken);
        return SettingUse.Of("views", [.. shared.Where(view => Names(view, setting)).Select(view => view.Id)]);
    }

    public async Task MoveAsync(NamedSetting setting, string? successor, Actor by, SettingChanges changes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(setting);
        ArgumentNullException.ThrowIfNull(changes);
        var own = await settings.ListAsync(setting.Workspace, ViewStore.OwnOfAll, cancellationToken);
        if (setting.Kind == NamedKind.Agent)
        {
            // Nobody else ever saw what an agent had for themselves.
            foreach (var view in own.Where(view => view.Owner == setting.Id))
                changes.Remove(ViewStore.OwnOfAll, ViewStore.OwnOfAll.IdOf(view));
            foreach (var hidden in await settings.ListAsync(setting.Workspace, ViewStore.Hidden, cancellationToken))
            {
                if (hidden.Owner == setting.Id)
                    changes.Remove(ViewStore.Hidden, ViewStore.Hidden.IdOf(hidden));
            }
        }

        if (successor is null)
            return;
        foreach (var view in await settings.ListAsync(setting.Workspace, ViewStore.Shared, cancellationToken))
        {
            if (Names(view, setting))
                changes.Put(ViewStore.Shared, Moved(view, setting, successor));
        }

        foreach (var view in own.Where(view => !(setting.Kind == NamedKind.Agent && view.Owner == setting.Id) && Names(view, setting)))
            changes.Put(ViewStore.OwnOfAll, Moved(view, setting, successor));
    }

    private static bool Names(View view, NamedSetting setting) =>
        view.Condition.Named(setting.Kind).Any(one => one.Id == setting.Id)
        || (setting.Kind == NamedKind.Group && view.Groups?.Contains(setting.Id, StringComparer.Ordinal) == true);

    private static View Moved(View view, NamedSetting setting, string successor) =>
        view with
        {
            Condition = view.Condition.Renamed(setting.Kind, setting.Id, successor),
            Groups =
                setting.Kind == NamedKind.Group && view.Groups is { } groups
                    ? [.. groups.Select(group => group == setting.Id ? successor : group).Distinct(StringComparer.Ordinal)]
                    : view.Groups,
        };
}

/// <summary>The conditions of views, which may name people.</summary>
public sealed class ViewConditions(SettingsStore settings) : IHasConditions
{
    public async Task<int> RewriteAsync(string workspace, Func<Condition, Condition> rewrite, SettingChanges changes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(rewrite);
        ArgumentNullException.ThrowIfNull(changes);
        var count = 0;
        foreach (var kind in new[] { ViewStore.Shared, ViewStore.OwnOfAll })
        {
            foreach (var view in await settings.ListAsync(workspace, kind, cancellationToken))
            {
                if (rewrite(view.Condition) is not { } rewritten || rewritten.ToString() == view.Condition.ToString())
                    continue;
                changes.Put(kind, view with { Condition = rewritten });
                count++;
            }
        }

        return count;
    }

    public async Task<int> RewriteNamesAsync(string workspace, Func<string, string> rewrite, SettingChanges changes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(rewrite);
        ArgumentNullException.ThrowIfNull(changes);
        var count = 0;
        foreach (var kind in new[] { ViewStore.Shared, ViewStore.OwnOfAll })
        {
            foreach (var view in await settings.ListAsync(workspace, kind, cancellationToken))
            {
                if (rewrite(view.Name) is not { } name || name == view.Name)
                    continue;
                changes.Put(kind, view with { Name = name });
                count++;
            }
        }

        return count;
    }
}
