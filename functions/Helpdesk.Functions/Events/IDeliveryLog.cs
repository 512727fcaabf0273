using System.Text.Json.Serialization;
using Helpdesk.Functions.Hosting;

namespace Helpdesk.Functions.Events;

/// <summary>What one way out of the desk has sent, and can send again.</summary>
/// <remarks>Each channel that sends something registers one; <c>GET /api/deliveries</c> shows them all in one order.</remarks>
public interface IDeliveryLog
{
    DeliveryChannel Channel { get; }

    /// <summary>
    /// Deliveries, newest first (and by id, of the same instant), at most <see cref="DeliveryQuery.Limit"/> of them. It may leave out what the query does not
    /// want, or not: whoever asks looks again. One that has to look in many places stops after a few, and says how far it has looked.
    /// </summary>
    Task<DeliveriesRead> ReadAsync(DeliveryQuery query, CancellationToken cancellationToken);

    Task<Delivery?> FindAsync(string workspace, string id, CancellationToken cancellationToken);

    /// <summary>Has a delivery made once more; false when there is none, a broken rule where it is not to be.</summary>
    Task<bool> ReplayAsync(string workspace, string id, CancellationToken cancellationToken);
}

/// <summary>Which deliveries are asked for.</summary>
/// <param name="Before">Only those behind this place: older ones, and of the same millisecond those with a greater id; null for the newest.</param>
/// <param name="States">Only those in one of these states; empty for all.</param>
public sealed record DeliveryQuery(
    string Workspace,
    IReadOnlyList<DeliveryState> States,
    long? Ticket,
    string? To,
    (DateTimeOffset At, string Id)? Before,
    int Limit
);

/// <summary>What a log has found.</summary>
/// <param name="Items">Deliveries, newest first.</param>
/// <param name="Until">The place up to which it has looked, itself included; null when it has looked at everything that there is.</param>
public sealed record DeliveriesRead(IReadOnlyList<Delivery> Items, (DateTimeOffset At, string Id)? Until)
{
    /// <summary>What was found of a list that is read in one go: where it is full, there may be more.</summary>
    public static DeliveriesRead Of(IReadOnlyList<Delivery> items, int limit) => new(items, items.Count < limit ? null : (items[^1].At, items[^1].Id));
}

/// <summary>A way out of the desk.</summary>
[JsonConverter(typeof(WireNameConverter<DeliveryChannel>))]
public enum DeliveryChannel
{
    Webhook,
    Mail,
    Teams,
    EventGrid,

    /// <summary>A monitoring tool that is told what became of its alert.</summary>
    Alerts,
}

/// <summary>How far a delivery has come.</summary>
[JsonConverter(typeof(WireNameConverter<DeliveryState>))]
public enum DeliveryState
{
    /// <summary>Waits for its turn, or to be tried again.</summary>
    Queued,
    Sent,

    /// <summary>Was given up; it can be replayed.</summary>
    Failed,

    /// <summary>Was not to be sent, such as to an address that takes no mail.</summary>
    Suppressed,
}

/// <summary>Something that was sent, or is to be.</summary>
/// <param name="Id">Names it within its channel.</param>
/// <param name="Channel">Which way it went.</param>
/// <param name="State">How far it has come.</param>
/// <param name="At">When it was to be sent first, in whole milliseconds.</param>
/// <param name="Ticket">Number of the ticket that it is about; null for none.</param>
/// <param name="Event">What it tells, such as <c>opened</c>; null where it has no name.</param>
/// <param name="To">Where it goes: an address, a subscription, a chat.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="NextAt">When it is tried again; null when it is not.</param>
/// <param name="SentAt">When it was taken; null when it was not.</param>
/// <param name="Error">Why the last try failed; null when it did not.</param>
public sealed record Delivery(
    string Id,
    DeliveryChannel Channel,
    DeliveryState State,
    DateTimeOffset At,
    long? Ticket,
    string? Event,
    string To,
    int Attempts,
    DateTimeOffset? NextAt,
    DateTimeOffset? SentAt,
    string? Error
);
