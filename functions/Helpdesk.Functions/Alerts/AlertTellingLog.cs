using Helpdesk.Alerts;
using Helpdesk.Contacts;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Alerts;

/// <summary>What monitoring tools were told, among all that went out.</summary>
public sealed class AlertTellingLog(AlertTellingStore tellings, TimeProvider time) : IDeliveryLog
{
    /// <summary>As many are looked at for one page where only some are wanted.</summary>
    private const int LookedAt = 200;

    public DeliveryChannel Channel => DeliveryChannel.Alerts;

    public async Task<DeliveriesRead> ReadAsync(DeliveryQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        var after = query.Before is { } before ? AlertTellingStore.After(before) : "";
        var most = query.States.Count == 0 && query.To is null ? query.Limit : Math.Max(query.Limit, LookedAt);
        var found = await tellings.ReadAsync(query.Workspace, after, query.Ticket, most, cancellationToken);
        return DeliveriesRead.Of([.. found.Select(DeliveryOf)], most);
    }

    public async Task<Delivery?> FindAsync(string workspace, string id, CancellationToken cancellationToken) =>
        await tellings.FindAsync(workspace, id, cancellationToken) is var (found, _) ? DeliveryOf(found) : null;

    public async Task<bool> ReplayAsync(string workspace, string id, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await tellings.FindAsync(workspace, id, cancellationToken) is not var (telling, etag))
                return false;
            if (telling.State == AlertTellingState.Queued)
                throw new HelpdeskRuleException("delivery-queued", "This delivery is still to be sent: it is tried again by itself.");
            var lane = await tellings.ReadLaneAsync(new(workspace, telling.Source, telling.Hash), cancellationToken);
            if (
                lane.Any(one =>
                    one.Telling.Sequence == telling.Sequence
                    && string.CompareOrdinal(one.Telling.Id, telling.Id) < 0
                    && one.Telling.State != AlertTellingState.Suppressed
                )
            )
                throw new HelpdeskRuleException("delivery-overtaken", "Something else has happened to this ticket since, of which the tool is told instead.");
            var again = telling with
            {
                State = AlertTellingState.Queued,
                AskedAt = time.GetUtcNow(),
                Attempts = 0,
                NextAt = null,
                ClaimedUntil = null,
                SentAt = null,
                Error = null,
                LookAt = null,
            };
            if (await tellings.TryQueueAsync(again, etag, cancellationToken))
                return true;
        }
    }

    private static Delivery DeliveryOf(AlertTelling it) =>
        new(
            it.Id,
            DeliveryChannel.Alerts,
            it.State switch
            {
                AlertTellingState.Queued => DeliveryState.Queued,
                AlertTellingState.Sent => DeliveryState.Sent,
                AlertTellingState.Failed => DeliveryState.Failed,
                _ => DeliveryState.Suppressed,
            },
            DeliveryOrder.Whole(it.At),
            it.Ticket,
            WireName<AlertTellingKind>.Of(it.Kind),
            it.Source,
            it.Attempts,
            it.State == AlertTellingState.Queued ? it.NextAt : null,
            it.SentAt,
            it.Error
        );
}

/// <summary>Removes what tools were told more than 90 days ago.</summary>
public sealed class TidyAlertTellings(AlertTellingStore tellings, TimeProvider time) : INightlyWork
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(90);
    private const int AtOnce = 20_000;

    public Task TidyAsync(string workspace, CancellationToken cancellationToken) =>
        tellings.RemoveBeforeAsync(workspace, time.GetUtcNow() - Kept, AtOnce, cancellationToken);
}

/// <summary>Erases people from what tools have answered.</summary>
public sealed class AlertTellingErasure(StorageClients storage, AlertTellingStore tellings) : IHoldsPersonalData
{
    public string Name => "alert-tellings";

    public int Place => 76;

    public async Task<ErasureStep> EraseAsync(ErasureOrder order, string? from, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        var (rows, next) = await storage.Table(AlertTellingStore.TableName).ReadPageAsync(order.Workspace, from, cancellationToken);
        var erased = 0L;
        foreach (var row in rows.Where(row => row.ContainsKey("State") && row.TellsOf(order.Person)))
        {
            var (telling, etag) = (AlertTellingStore.Read(row), row.ETag);
            while (await tellings.TryNoteAsync(Without(telling, order.Person), etag, cancellationToken) is null)
            {
                if (await tellings.FindAsync(order.Workspace, telling.Id, cancellationToken) is not var (now, read))
                    break;
                (telling, etag) = (now, read);
            }

            erased++;
        }

        return new(erased, next);
    }

    private static AlertTelling Without(AlertTelling telling, ErasedPerson person) =>
        telling with
        {
            Error = telling.Error is { } error ? person.Text(error, own: true) : null,
        };
}
