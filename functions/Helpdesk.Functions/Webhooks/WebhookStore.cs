using System.Collections.Concurrent;
using Helpdesk.Functions.Settings;
using Helpdesk.Webhooks;

namespace Helpdesk.Functions.Webhooks;

/// <summary>Finds the subscriptions of workspaces.</summary>
public sealed class WebhookStore(SettingsStore settings, TimeProvider time)
{
    /// <summary>As many a workspace may have.</summary>
    public const int Most = 50;

    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(30);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _none = new(StringComparer.Ordinal);

    public static SettingKind<Webhook> Kind { get; } =
        new("webhook-", webhook => webhook.Id, WebhookJson.Default.Webhook) { Audited = "webhook", Secrets = ["secret", "oldSecret"] };

    /// <summary>The subscriptions of a workspace, at most half a minute old.</summary>
    public async ValueTask<IReadOnlyList<Webhook>> RememberAsync(string workspace, CancellationToken cancellationToken)
    {
        var all = await settings.RememberAsync(workspace, Kind, cancellationToken);
        if (all.Count == 0)
            _none[workspace] = time.GetUtcNow() + Remembered;
        return all;
    }

    /// <summary>Whether this process has just seen that a workspace has no subscriptions.</summary>
    public bool HasNone(string workspace) => _none.TryGetValue(workspace, out var until) && until > time.GetUtcNow();

    /// <summary>Forgets that a workspace has none, since this process has just added one.</summary>
    public void Added(string workspace) => _none.TryRemove(workspace, out _);

    /// <summary>A subscription, at most a few seconds old; null when there is none.</summary>
    public ValueTask<Webhook?> FindAsync(string workspace, string id, CancellationToken cancellationToken) =>
        settings.FindAsync(workspace, Kind, id, cancellationToken);

    /// <summary>All subscriptions as they are now.</summary>
    public Task<IReadOnlyList<Webhook>> ListAsync(string workspace, CancellationToken cancellationToken) =>
        settings.ListAsync(workspace, Kind, cancellationToken);
}
