using System.Globalization;
using Helpdesk.Functions.Hosting;

namespace Helpdesk.Functions.Events;

/// <summary>The one order in which all deliveries stand: newest first, then by channel, then by id.</summary>
public static class DeliveryOrder
{
    /// <summary>An instant in whole milliseconds, as the order counts them.</summary>
    public static DateTimeOffset Whole(DateTimeOffset at) => DateTimeOffset.FromUnixTimeMilliseconds(at.ToUnixTimeMilliseconds());

    /// <summary>Whether a delivery comes behind a place, within its own channel.</summary>
    public static bool IsBehind(Delivery delivery, (DateTimeOffset At, string Id) place)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        return delivery.At < place.At || (delivery.At == place.At && string.CompareOrdinal(delivery.Id, place.Id) > 0);
    }
}

/// <summary>A place in the order of all deliveries.</summary>
internal sealed record DeliveryPlace(DateTimeOffset At, DeliveryChannel Channel, string Id) : IComparable<DeliveryPlace>
{
    public static DeliveryPlace Of(Delivery it) => new(it.At, it.Channel, it.Id);

    /// <summary>The place as one channel sees it.</summary>
    public (DateTimeOffset At, string Id) For(DeliveryChannel channel) =>
        channel == Channel ? (At, Id)
        : channel > Channel ? (At, "")
        : (At - TimeSpan.FromMilliseconds(1), "");

    public int CompareTo(DeliveryPlace? other)
    {
        if (other is null)
            return 1;
        var order = other.At.CompareTo(At);
        if (order == 0)
            order = Channel.CompareTo(other.Channel);
        return order == 0 ? string.CompareOrdinal(Id, other.Id) : order;
    }
}

/// <summary>All that went out of the desk, whichever way, in one order.</summary>
public sealed class Deliveries(IEnumerable<IDeliveryLog> logs, TimeProvider time)
{
    private readonly IReadOnlyList<IDeliveryLog> _logs = [.. logs];

    /// <summary>One page; it may hold fewer than <paramref name="limit"/> where a filter leaves most out.</summary>
    public async Task<ListPage<Delivery>> ReadAsync(
        string workspace,
        DeliveryChannel? channel,
        IReadOnlyList<DeliveryState> states,
        long? ticket,
        string? to,
        int limit,
        string? cursor,
        CancellationToken cancellationToken
    )
    {
        var list = string.Create(CultureInfo.InvariantCulture, $"deliveries {workspace} {channel} {string.Join(',', states.Order())} {ticket} {to}");
        var from = cursor is null ? null : Read(list, cursor);
        var asked = _logs.Where(log => channel is null || log.Channel == channel).ToList();
        var read = await Task.WhenAll(
            asked.Select(log => log.ReadAsync(new(workspace, states, ticket, to, from?.For(log.Channel), limit + 1), cancellationToken))
        );
        // What lies behind the place that some log has not looked beyond may have something of its before it.
        var seen = asked
            .Zip(read)
            .Where(one => one.Second.Until is not null)
            .Select(one => new DeliveryPlace(one.Second.Until!.Value.At, one.First.Channel, one.Second.Until.Value.Id))
            .Min();
        var items = read.SelectMany(one => one.Items)
            .Where(one => states.Count == 0 || states.Contains(one.State))
            .Where(one => ticket is null || one.Ticket == ticket)
            .Where(one => to is null || string.Equals(one.To, to, StringComparison.OrdinalIgnoreCase))
            .Select(one => (Delivery: one, Place: DeliveryPlace.Of(one)))
            .Where(one => seen is null || one.Place.CompareTo(seen) <= 0)
            .OrderBy(one => one.Place)
            .ToList();
        var page = items.Take(limit).ToList();
        var next = items.Count > limit ? page[^1].Place : seen;
        return new([.. page.Select(one => one.Delivery)], next is null ? null : Write(list, next));
    }

    /// <summary>A delivery; null when there is none.</summary>
    public async Task<Delivery?> FindAsync(string workspace, DeliveryChannel channel, string id, CancellationToken cancellationToken)
    {
        foreach (var log in _logs.Where(log => log.Channel == channel))
        {
            if (await log.FindAsync(workspace, id, cancellationToken) is { } found)
                return found;
        }

        return null;
    }

    /// <summary>Has a delivery made again, and gives it as it is then; null when there is none.</summary>
    public async Task<Delivery?> ReplayAsync(string workspace, DeliveryChannel channel, string id, CancellationToken cancellationToken)
    {
        foreach (var log in _logs.Where(log => log.Channel == channel))
        {
            if (await log.FindAsync(workspace, id, cancellationToken) is { } before && await log.ReplayAsync(workspace, id, cancellationToken))
                // A dead letter that is delivered is gone.
                return await log.FindAsync(workspace, id, cancellationToken)
                    ?? before with
                    {
                        State = DeliveryState.Sent,
                        SentAt = time.GetUtcNow(),
                        Error = null,
                    };
        }

        return null;
    }

    private static string Write(string list, DeliveryPlace place) =>
        PageCursor.Write(
            list,
            place.At.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture),
            WireName<DeliveryChannel>.Of(place.Channel),
            place.Id
        );

    private static DeliveryPlace Read(string list, string cursor) =>
        PageCursor.Read(list, cursor, 3) is [var at, var channel, var id]
        && long.TryParse(at, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
        && milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
        && WireName<DeliveryChannel>.TryParse(channel, out var known)
            ? new(DateTimeOffset.FromUnixTimeMilliseconds(milliseconds), known, id)
            : throw new InvalidRequestException("cursor", "cursor is not one that this list gave; start again without it.");
}
