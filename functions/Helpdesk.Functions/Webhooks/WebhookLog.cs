using Helpdesk.Functions.Events;
using Helpdesk.Webhooks;

namespace Helpdesk.Functions.Webhooks;

/// <summary>What was sent to subscriptions, among all that went out.</summary>
public sealed class WebhookLog(WebhookStore webhooks, WebhookDeliveries deliveries, WebhookReplay replay) : IDeliveryLog
{
    /// <summary>As many of a subscription are looked at for one page where only some are wanted: what a single request of storage brings.</summary>
    private const int LookedAt = 1000;

    public DeliveryChannel Channel => DeliveryChannel.Webhook;

    public async Task<DeliveriesRead> ReadAsync(DeliveryQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        var there = (await webhooks.RememberAsync(query.Workspace, cancellationToken)).Select(one => one.Id);
        // What went to a subscription is still to be seen when that is gone.
        var all = there
            .Union(await deliveries.ReadRemovedAsync(query.Workspace, cancellationToken), StringComparer.Ordinal)
            .Where(id => query.To is null || string.Equals(id, query.To, StringComparison.OrdinalIgnoreCase));
        var read = await Task.WhenAll(all.Select(id => ReadAsync(query, id, cancellationToken)));
        // Each subscription is a list of its own: beyond the place where the first of them ends, others may not have been looked at.
        var until = read.Where(one => one.Until is not null)
            .Select(one => one.Until!.Value)
            .OrderByDescending(one => one.At)
            .ThenBy(one => one.Id, StringComparer.Ordinal);
        var seen = until.Select(one => ((DateTimeOffset At, string Id)?)one).FirstOrDefault();
        var items = read.SelectMany(one => one.Items)
            .Where(one => seen is not { } place || !DeliveryOrder.IsBehind(one, place))
            .OrderByDescending(one => one.At)
            .ThenBy(one => one.Id, StringComparer.Ordinal)
            .ToList();
        return items.Count > query.Limit ? DeliveriesRead.Of(items[..query.Limit], query.Limit) : new(items, seen);
    }

    public async Task<Delivery?> FindAsync(string workspace, string id, CancellationToken cancellationToken) =>
        await deliveries.FindAsync(workspace, id, cancellationToken) is var (found, _, _) ? DeliveryOf(found) : null;

    public async Task<bool> ReplayAsync(string workspace, string id, CancellationToken cancellationToken) =>
        await replay.RunAsync(workspace, id, cancellationToken) is not null;

    private async Task<DeliveriesRead> ReadAsync(DeliveryQuery query, string webhook, CancellationToken cancellationToken)
    {
        var after = query.Before is { } before ? WebhookDeliveries.KeyAfter(webhook, before.At, before.Id) : "";
        var most = query.States.Count == 0 ? query.Limit : LookedAt;
        // Of one ticket there are few, each of which is a request of its own.
        var found = query.Ticket is { } number
            ? await deliveries.ReadTicketAsync(query.Workspace, webhook, number, after, query.Limit, cancellationToken)
            : await deliveries.ReadAsync(query.Workspace, webhook, after, most, cancellationToken);
        var read = DeliveriesRead.Of([.. found.Select(DeliveryOf)], query.Ticket is null ? most : query.Limit);
        return query.States.Count == 0 ? read : read with { Items = [.. read.Items.Where(one => query.States.Contains(one.State))] };
    }

    private static Delivery DeliveryOf(WebhookDelivery it) =>
        new(
            it.Id,
            DeliveryChannel.Webhook,
            it.State switch
            {
                WebhookState.Queued => DeliveryState.Queued,
                WebhookState.Sent => DeliveryState.Sent,
                WebhookState.Failed => DeliveryState.Failed,
                _ => DeliveryState.Suppressed,
            },
            DeliveryOrder.Whole(it.At),
            it.Ticket == 0 ? null : it.Ticket,
            it.Type,
            it.Webhook,
            it.Attempts,
            it.State == WebhookState.Queued ? it.NextAt : null,
            it.SentAt,
            it.Error
        );
}
