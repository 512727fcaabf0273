using Helpdesk.Functions.Hosting;
using Helpdesk.Webhooks;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Webhooks;

/// <summary>What was sent to subscriptions, and what became of it. For admins.</summary>
public sealed class ManageWebhookDeliveries(WebhookStore webhooks, WebhookDeliveries deliveries, WebhookReplay replay, WebhookSending sending)
{
    /// <summary>Lists the deliveries of a subscription of the last 30 days, newest first.</summary>
    [Function(nameof(ListWebhookDeliveries)), RequiresKey(KeyRole.Admin)]
    public async Task<Results<Ok<ListPage<WebhookDeliveryView>>, NotFound>> ListWebhookDeliveries(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/webhooks/{id}/deliveries")] WebhookDeliveriesQuery query,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        if (await webhooks.FindAsync(caller.Workspace, id, cancellationToken) is null)
            return TypedResults.NotFound();
        var list = $"webhook {caller.Workspace} {id} {string.Join(',', query.State.Order())}";
        var after = query.Cursor is null ? "" : PageCursor.Read(list, query.Cursor, 1)[0];
        var found = await deliveries.ReadAsync(caller.Workspace, id, after, query.Limit + 1, cancellationToken);
        var page = found.Take(query.Limit).ToList();
        return TypedResults.Ok(
            new ListPage<WebhookDeliveryView>(
                [.. page.Where(one => query.State.Count == 0 || query.State.Contains(one.State)).Select(WebhookDeliveryView.Of)],
                found.Count > query.Limit ? PageCursor.Write(list, WebhookDeliveries.KeyOf(page[^1].Id)) : null
            )
        );
    }

    /// <summary>Sends a delivery again: the same body under the same <c>webhook-id</c>, before later events of its ticket that still wait.</summary>
    /// <param name="id">Id of the subscription.</param>
    /// <param name="delivery">Id of the delivery.</param>
    [Function(nameof(ReplayWebhookDelivery)), RequiresKey(KeyRole.Admin), Refuses("delivery-queued", "delivery-erased", "webhook-off", "webhook-removed")]
    public async Task<Results<Accepted<WebhookDeliveryView>, NotFound>> ReplayWebhookDelivery(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/webhooks/{id}/deliveries/{delivery}/replay")] NoBody body,
        string id,
        string delivery,
        Caller caller,
        CancellationToken cancellationToken
    ) =>
        delivery.StartsWith($"{id}.", StringComparison.Ordinal) && await replay.RunAsync(caller.Workspace, delivery, cancellationToken) is { } again
            ? TypedResults.Accepted((string?)null, WebhookDeliveryView.Of(again))
            : TypedResults.NotFound();

    /// <summary>Sends a test event to a subscription, once, and says what came of it.</summary>
    [Function(nameof(TestWebhook)), RequiresKey(KeyRole.Admin), Refuses("webhook-off")]
    public async Task<Results<Ok<WebhookDeliveryView>, NotFound>> TestWebhook(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/webhooks/{id}/test")] NoBody body,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        if (await webhooks.FindAsync(caller.Workspace, id, cancellationToken) is not { } webhook)
            return TypedResults.NotFound();
        if (!webhook.Active)
            throw WebhookReplay.IsOff();
        return TypedResults.Ok(WebhookDeliveryView.Of(await sending.TestAsync(caller.Workspace, webhook, cancellationToken)));
    }
}

/// <summary>Has deliveries sent again.</summary>
public sealed class WebhookReplay(WebhookStore webhooks, WebhookDeliveries deliveries, TimeProvider time)
{
    /// <summary>Puts a delivery back into its lane; null when there is none.</summary>
    public async Task<WebhookDelivery?> RunAsync(string workspace, string id, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await deliveries.FindAsync(workspace, id, cancellationToken) is not var (delivery, body, etag))
                return null;
            if (delivery.State == WebhookState.Queued)
                throw new HelpdeskRuleException("delivery-queued", "This delivery is still to be sent: it is tried again by itself.");
            if (body.Length == 0)
                throw new HelpdeskRuleException("delivery-erased", "What this delivery said was erased with a person: it cannot be sent any more.");
            if (await webhooks.FindAsync(workspace, delivery.Webhook, cancellationToken) is not { } webhook)
                throw new HelpdeskRuleException("webhook-removed", "The subscription of this delivery was removed: there is nowhere to send it any more.");
            if (!webhook.Active)
                throw IsOff();
            var again = delivery with
            {
                State = WebhookState.Queued,
                AskedAt = time.GetUtcNow(),
                Attempts = 0,
                NextAt = null,
                ClaimedUntil = null,
                SentAt = null,
                Error = null,
            };
            if (await deliveries.TryQueueAsync(again, etag, cancellationToken))
                return again;
        }
    }

    internal static HelpdeskRuleException IsOff() =>
        new("webhook-off", "This subscription is switched off: set \"active\": true by PATCH /api/webhooks/{id} first.");
}
