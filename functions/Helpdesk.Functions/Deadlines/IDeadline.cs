using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Deadlines;

/// <summary>When a ticket has to be looked at next.</summary>
/// <param name="IsNew">Whether there is most likely nobody yet who waits for it.</param>
public sealed record NextWake(DateTimeOffset At, bool IsNew);

/// <summary>A kind of deadline that tickets have: who sleeps until it, when it is due, what is done then.</summary>
public interface IDeadline
{
    /// <summary>Names it in the index of due times.</summary>
    DueKind Kind { get; }

    /// <summary>Name of the orchestrator that sleeps until it.</summary>
    string Orchestrator { get; }

    /// <summary>Id of a ticket's orchestration.</summary>
    string InstanceOf(TicketAddress ticket);

    /// <summary>Whether these events can move it.</summary>
    bool Concerns(IReadOnlyList<TicketEvent> events);

    /// <summary>When the ticket has to be looked at; null when these events change nothing about that.</summary>
    /// <param name="events">What has just happened; empty when nobody knows any more.</param>
    ValueTask<NextWake?> NextAsync(Ticket ticket, IReadOnlyList<TicketEvent> events, CancellationToken cancellationToken);

    /// <summary>Does what is due; gives when to ask again, or null.</summary>
    Task<DateTimeOffset?> WakeAsync(TicketAddress ticket, CancellationToken cancellationToken);
}
