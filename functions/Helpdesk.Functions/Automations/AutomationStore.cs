using System.Collections.Concurrent;
using Helpdesk.Automations;
using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Automations;

/// <summary>Finds the automations of workspaces.</summary>
public sealed class AutomationStore(SettingsStore settings, TimeProvider time)
{
    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(30);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _none = new(StringComparer.Ordinal);

    public static VersionedKind<Automation> Kind { get; } =
        VersionedKind<Automation>.Of("automation", it => it.Id, it => it.Version, AutomationJson.Default.Automation);

    /// <summary>The automations of a workspace, at most half a minute old.</summary>
    public async ValueTask<IReadOnlyList<Automation>> RememberAsync(string workspace, CancellationToken cancellationToken)
    {
        var all = await settings.RememberAsync(workspace, Kind.Newest, cancellationToken);
        if (all.Count == 0)
            _none[workspace] = time.GetUtcNow() + Remembered;
        return all;
    }

    /// <summary>Whether this process has just seen that a workspace has no automations.</summary>
    public bool HasNone(string workspace) => _none.TryGetValue(workspace, out var until) && until > time.GetUtcNow();

    /// <summary>Forgets that a workspace has none, since this process has just added one.</summary>
    public void Added(string workspace) => _none.TryRemove(workspace, out _);

    /// <summary>An automation, at most a few seconds old; null when there is none.</summary>
    public ValueTask<Automation?> FindAsync(string workspace, string id, CancellationToken cancellationToken) =>
        settings.FindAsync(workspace, Kind.Newest, id, cancellationToken);

    /// <summary>All automations as they are now.</summary>
    public Task<IReadOnlyList<Automation>> ListAsync(string workspace, CancellationToken cancellationToken) =>
        settings.ListAsync(workspace, Kind.Newest, cancellationToken);

    /// <summary>The versions of one automation, oldest first.</summary>
    public async Task<IReadOnlyList<Automation>> VersionsAsync(string workspace, string id, CancellationToken cancellationToken) =>
        !SettingsStore.IsId(id)
            ? []
            :
            [
                .. (
                    await settings.ListAsync(
                        workspace,
                        new SettingKind<Automation>($"{Kind.Versions.Prefix}{id}-", it => it.Id, AutomationJson.Default.Automation),
                        cancellationToken
                    )
                ).Where(one => one.Id == id),
            ];
}
