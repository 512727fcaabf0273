using Helpdesk.Contacts;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;
using Helpdesk.Webhooks;

namespace Helpdesk.Functions.Webhooks;

/// <summary>
/// Erases people from what was sent to subscriptions: events of their tickets with words, and whatever else tells of them. That something was sent, and when,
/// stays; where they are deleted, it goes. What a receiver has got already is out of the desk's hands.
/// </summary>
public sealed class WebhookErasure(StorageClients storage, ErasureStore erasures, WebhookDeliveries deliveries) : IHoldsPersonalData
{
    private const string Erased = "What it was to say was erased.";

    public string Name => "webhooks";

    public int Place => 72;

    public async Task<ErasureStep> EraseAsync(ErasureOrder order, string? from, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        var noted = await erasures.ReadNotedAsync(order, ErasureFind.Ticket, cancellationToken);
        var tickets = noted.Select(id => TicketAddress.Parse(order.Workspace, id)?.Number).OfType<long>().ToHashSet();
        var (rows, next) = await storage.Table(WebhookDeliveries.TableName).ReadPageAsync(order.Workspace, from, cancellationToken, pageSize: 200);
        var erased = 0L;
        foreach (var row in rows.Where(row => row.ContainsKey("State")))
        {
            var delivery = WebhookDeliveries.Read(row);
            if (!(delivery.Words && tickets.Contains(delivery.Ticket)) && !row.TellsOf(order.Person))
                continue;
            if (order.Deletes)
                await deliveries.RemoveAsync(delivery, cancellationToken);
            else if (WebhookDeliveries.HasBody(row))
                await deliveries.EmptyAsync(Scrubbed(delivery), cancellationToken);
            else
                continue;
            erased++;
        }

        return new(erased, next);
    }

    /// <summary>What is left of a delivery: that it was there. What receivers answered may repeat what they were told.</summary>
    private static WebhookDelivery Scrubbed(WebhookDelivery delivery) =>
        delivery with
        {
            State = delivery.State == WebhookState.Queued ? WebhookState.Suppressed : delivery.State,
            Error = delivery.State == WebhookState.Queued ? Erased : delivery.Error,
            Log = delivery.Log is null ? null : [.. delivery.Log.Select(attempt => attempt with { Answer = null })],
            NextAt = null,
            ClaimedUntil = null,
        };
}
