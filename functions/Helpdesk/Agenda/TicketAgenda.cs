namespace Helpdesk.Agenda;

/// <summary>When a ticket comes back to somebody.</summary>
/// <param name="At">The instant.</param>
/// <param name="To">Id of the agent whom it comes back to; null for whoever is in charge of it then.</param>
/// <param name="Note">What is to be done then; null for nothing.</param>
/// <param name="UnlessAnswered">Whether it is off as soon as the requester says something in public.</param>
public sealed record FollowUp(DateTimeOffset At, string? To = null, string? Note = null, bool? UnlessAnswered = null);

/// <summary>Something to do on a ticket.</summary>
/// <param name="Id">Names it on its ticket.</param>
/// <param name="Title">What is to be done.</param>
/// <param name="Assignee">Id of the agent who does it; null for whoever is in charge of the ticket.</param>
/// <param name="DueAt">When it is due; null for no time.</param>
/// <param name="Required">True when the ticket is not resolved before it is done; null otherwise.</param>
public sealed record TicketTask(string Id, string Title, string? Assignee = null, DateTimeOffset? DueAt = null, bool? Required = null)
{
    /// <summary>As many a ticket may have.</summary>
    public const int Most = 50;

    /// <summary>When it was done; null while it is open.</summary>
    public DateTimeOffset? DoneAt { get; init; }

    /// <summary>Who did it: an agent's id, or null for the desk itself.</summary>
    public string? DoneBy { get; init; }

    /// <summary>The due time of which its assignee was reminded; null for none.</summary>
    public DateTimeOffset? RemindedOf { get; init; }
}

/// <summary>Which parts of a task are to be different; what is null stays.</summary>
public sealed record TaskPatch
{
    public string? Title { get; init; }
    public Tickets.Optional<string?>? Assignee { get; init; }
    public Tickets.Optional<DateTimeOffset?>? DueAt { get; init; }
    public bool? Required { get; init; }
    public bool? Done { get; init; }
}
