namespace Helpdesk.Functions.Events;

/// <summary>Somebody who has to hear of ticket events, in their order, at least once each.</summary>
public interface ITicketConsumer
{
    /// <summary>Names its place in the ticket's cursor, so it never changes.</summary>
    string Name { get; }

    /// <summary>Whether there is anything in these events for it.</summary>
    bool Wants(IReadOnlyList<TicketEvent> events);

    /// <summary>Whether it needs the ticket as it is rather than each event: then it may be told again, and is not told what it has missed.</summary>
    bool ByState => false;

    /// <summary>Takes the events; it may get them again.</summary>
    Task DeliverAsync(Ticket ticket, IReadOnlyList<TicketEvent> events, CancellationToken cancellationToken);
}
