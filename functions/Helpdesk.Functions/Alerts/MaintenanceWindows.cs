using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Alerts;
using Helpdesk.Conditions;
using Helpdesk.Functions.Conditions;
using Helpdesk.Functions.Settings;
using Helpdesk.Tickets;

namespace Helpdesk.Functions.Alerts;

/// <summary>Maintenance windows in storage; add fields, never rename them.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(MaintenanceWindow))]
internal sealed partial class MaintenanceJson : JsonSerializerContext;

/// <summary>Tells what is in maintenance.</summary>
public sealed class MaintenanceWindows(SettingsStore settings, ConditionSubjects subjects, TimeProvider time)
{
    public static SettingKind<MaintenanceWindow> Kind { get; } =
        new("maintenance-", window => window.Id, MaintenanceJson.Default.MaintenanceWindow) { Audited = "maintenance-window" };

    /// <summary>Whether an episode is in maintenance now, and until when; windows are at most half a minute old.</summary>
    public async ValueTask<EpisodeMute?> FindAsync(
        string workspace,
        string source,
        EpisodeHistory history,
        Episode episode,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(episode);
        var windows = await settings.RememberAsync(workspace, Kind, cancellationToken);
        if (windows.Count == 0)
            return null;
        var asksCalendars = windows.Any(window => window.Condition?.AsksCalendars == true);
        return MaintenanceRules.Find(
            windows,
            new()
            {
                Now = time.GetUtcNow(),
                Source = source,
                Report = new()
                {
                    Key = history.Key,
                    State = AlertState.Firing,
                    Subject = episode.Subject,
                    Description = episode.Description,
                    Severity = episode.Severity,
                    Priority = episode.Priority,
                    Labels = episode.Labels,
                    Links = episode.Links,
                    StartedAt = episode.FirstAt,
                },
                Calendars = asksCalendars ? await subjects.CalendarsAsync(workspace, cancellationToken) : _ => null,
            }
        );
    }
}

/// <summary>Conditions of maintenance windows name calendars, and may name people.</summary>
public sealed class MaintenanceConditions(SettingsStore settings) : INamesSettings, IHasConditions
{
    public async Task<SettingUse?> FindAsync(NamedSetting setting, CancellationToken cancellationToken) =>
        SettingUse.Of("maintenance windows", [.. (await NamingAsync(setting, cancellationToken)).Select(window => window.Id)]);

    public async Task MoveAsync(NamedSetting setting, string? successor, Actor by, SettingChanges changes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(setting);
        ArgumentNullException.ThrowIfNull(changes);
        if (successor is null)
            return;
        foreach (var window in await NamingAsync(setting, cancellationToken))
            changes.Put(MaintenanceWindows.Kind, window with { Condition = window.Condition!.Renamed(setting.Kind, setting.Id, successor) });
    }

    public async Task<int> RewriteAsync(string workspace, Func<Condition, Condition> rewrite, SettingChanges changes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(rewrite);
        ArgumentNullException.ThrowIfNull(changes);
        var count = 0;
        foreach (var window in await settings.ListAsync(workspace, MaintenanceWindows.Kind, cancellationToken))
        {
            if (window.Condition is not { } condition || rewrite(condition) is not { } rewritten || rewritten.ToString() == condition.ToString())
                continue;
            changes.Put(MaintenanceWindows.Kind, window with { Condition = rewritten });
            count++;
        }

        return count;
    }

    public async Task<int> RewriteNamesAsync(string workspace, Func<string, string> rewrite, SettingChanges changes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(rewrite);
        ArgumentNullException.ThrowIfNull(changes);
        var count = 0;
        foreach (var window in await settings.ListAsync(workspace, MaintenanceWindows.Kind, cancellationToken))
        {
            if (rewrite(window.Name) is not { } name || name == window.Name)
                continue;
            changes.Put(MaintenanceWindows.Kind, window with { Name = name });
            count++;
        }

        return count;
    }

    private async Task<IReadOnlyList<MaintenanceWindow>> NamingAsync(NamedSetting setting, CancellationToken cancellationToken) =>
        [
            .. (await settings.ListAsync(setting.Workspace, MaintenanceWindows.Kind, cancellationToken)).Where(window =>
                window.Condition?.Named(setting.Kind).Any(one => one.Id == setting.Id) == true
            ),
        ];
}
