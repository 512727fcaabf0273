using Helpdesk.Tickets;

namespace Helpdesk.Closing;

/// <summary>What the desk does by itself about tickets that nobody needs to work on any more.</summary>
public sealed record ClosingSetting
{
    /// <summary>Closes what has been resolved for this long; null never.</summary>
    public TimeSpan? CloseResolvedAfter { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Reminds a requester who has been waited for this long; null never.</summary>
    public TimeSpan? RemindPendingAfter { get; init; }

    /// <summary>Resolves and closes what has waited for its requester this long; null never.</summary>
    public TimeSpan? ClosePendingAfter { get; init; }

    /// <summary>The comment that reminds.</summary>
    public string Reminder { get; init; } =
        "Hello! We are waiting for your answer to go on with this request. If it has settled itself, you need not do anything.";

    /// <summary>The comment that comes with the closing of a ticket that waited too long.</summary>
    public string Farewell { get; init; } =
        "Hello! We have not heard from you for a while, so we are closing this request. "
        + "If you still need help, just write to us again, and we will gladly take it up.";
}

/// <summary>When the desk reminds and closes by itself, and what it records then.</summary>
public static class ClosingRules
{
    /// <summary>When there will be something to do for a ticket as it is; null for nothing.</summary>
    public static DateTimeOffset? NextAt(Ticket ticket, ClosingSetting setting) =>
        ticket.Status switch
        {
            TicketStatus.Resolved => ticket.ResolvedAt + setting.CloseResolvedAfter,
            TicketStatus.Pending when setting.RemindPendingAfter is not null && ticket.RemindedAt is null => Min(
                ticket.PendingSince + setting.RemindPendingAfter,
                ticket.PendingSince + setting.ClosePendingAfter
            ),
            TicketStatus.Pending => ticket.PendingSince + setting.ClosePendingAfter,
            _ => null,
        };

    /// <summary>Does what is due; no events when nothing is.</summary>
    public static TicketChange Act(Ticket ticket, ClosingSetting setting, DateTimeOffset now)
    {
        if (NextAt(ticket, setting) is not { } due || due > now)
            return new(ticket, []);
        if (ticket.Status == TicketStatus.Resolved)
            return TicketRules.Close(ticket, Actor.System, now);
        var id = $"{ticket.Number}-{ticket.Version + 1}";
        var closes = ticket.PendingSince + setting.ClosePendingAfter <= now;
        List<TicketFact> facts = [new CommentAdded(id, CommentVisibility.Public)];
        if (closes)
        {
            facts.Add(new StatusChanged(TicketStatus.Pending, TicketStatus.Resolved, "The requester did not answer."));
            facts.Add(new StatusChanged(TicketStatus.Resolved, TicketStatus.Closed));
        }
        else
        {
            facts.Add(new RequesterReminded());
        }

        var change = TicketHistory.Record(ticket, Actor.System, now, facts);
        return change with
        {
            Comment = new Comment
            {
                Id = id,
                Body = closes ? setting.Farewell : setting.Reminder,
                Visibility = CommentVisibility.Public,
                At = change.Events[0].At,
                By = ActorKind.System,
                Actor = Actor.System,
            },
        };
    }

    private static DateTimeOffset? Min(DateTimeOffset? one, DateTimeOffset? other) =>
        one is null ? other
        : other is null ? one
        : one < other ? one
        : other;
}
