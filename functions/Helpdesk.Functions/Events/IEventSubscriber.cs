namespace Helpdesk.Functions.Events;

/// <summary>Somebody who is told each event of a ticket, in order, at least once.</summary>
public interface IEventSubscriber
{
    /// <summary>Names its place in a ticket's cursor, so it never changes.</summary>
    string Name { get; }

    /// <summary>Whether there is anything in these events for it.</summary>
    bool Wants(IReadOnlyList<TicketEvent> events);

    /// <summary>Takes the events that it has not been told yet; it may get them again.</summary>
    Task TakeAsync(Ticket ticket, IReadOnlyList<TicketEvent> events, CancellationToken cancellationToken);
}

/// <summary>One who takes the events of many tickets as cheaply as those of one, and so is told of them together.</summary>
public interface ITakesManyTickets : IEventSubscriber
{
    /// <summary>Takes events that it has not been told yet; it may get them again.</summary>
    Task TakeAsync(IReadOnlyList<TicketNews> news, CancellationToken cancellationToken);
}

/// <summary>What has happened to a ticket.</summary>
public sealed record TicketNews(Ticket Ticket, IReadOnlyList<TicketEvent> Events);

/// <summary>Somebody who is told that a ticket's state has moved, and looks at the ticket as it is now.</summary>
public interface IStateSubscriber
{
    /// <summary>Names its place in a ticket's cursor, so it never changes.</summary>
    string Name { get; }

    /// <summary>Whether these events move anything that it looks at.</summary>
    bool Concerns(IReadOnlyList<TicketEvent> events);

    /// <summary>Looks at the ticket; it may be told again, and is not told what it has missed.</summary>
    /// <param name="events">What has just happened; empty when nobody knows any more.</param>
    Task LookAsync(Ticket ticket, IReadOnlyList<TicketEvent> events, CancellationToken cancellationToken);
}
