using Helpdesk.Functions.Hosting;

namespace Helpdesk.Functions.Routing;

/// <summary>Forgets who was chosen for which event, once nobody can ask again.</summary>
public sealed class TidyRouting(RoutingStore store, TimeProvider time) : INightlyWork
{
    /// <summary>For so long the same event gives the same agent.</summary>
    public static TimeSpan Kept { get; } = TimeSpan.FromDays(7);

    /// <summary>As many are removed in one night at the most: what is left, the next one finds.</summary>
    private const int AtOnce = 20_000;

    public Task TidyAsync(string workspace, CancellationToken cancellationToken) =>
        store.RemoveChoicesAsync(workspace, time.GetUtcNow() - Kept, AtOnce, cancellationToken);
}
