namespace Helpdesk.Tickets;

/// <summary>What an agent says of time worked.</summary>
/// <param name="Note">What was done; null for nothing.</param>
/// <param name="Comment">Id of the comment that it belongs to; null for none.</param>
/// <param name="Corrects">Id of the entry in whose place it stands; null for none.</param>
public sealed record TimeDraft(int Minutes, string? Note, string? Comment, DateTimeOffset? At, string? Corrects);

/// <summary>Time worked on a ticket. What was said stays; a correction is another entry that stands in its place.</summary>
public static class TimeRules
{
    /// <summary>A day; who worked longer says so in several entries.</summary>
    public const int MostMinutes = 1440;

    /// <summary>Notes time worked.</summary>
    /// <param name="events">All events of the ticket, where the entry names another entry or a comment.</param>
    public static TicketChange Log(Ticket ticket, IReadOnlyList<TicketEvent> events, TimeDraft draft, Actor by, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        ArgumentNullException.ThrowIfNull(draft);
        if (TicketRules.Closed(ticket) is { } closed)
            throw closed;
        if (draft.Minutes == 0 && draft.Corrects is null)
            throw new HelpdeskRuleException("no-time", "minutes is 0: only a correction takes an entry back.");
        var entries = events.Select(happened => happened.Fact).OfType<TimeLogged>().ToList();
        if (draft.Comment is { } comment && !events.Any(happened => happened.Fact is CommentAdded added && added.Comment == comment))
            throw new HelpdeskRuleException("comment-unknown", $"comment names \"{comment}\", which was not written on ticket {ticket.Number}.");
        var corrected = draft.Corrects is null ? null : entries.FirstOrDefault(one => one.Entry == draft.Corrects);
        if (draft.Corrects is not null && corrected is null)
            throw new HelpdeskRuleException("entry-unknown", $"corrects names \"{draft.Corrects}\", which is no time entry of ticket {ticket.Number}.");
        if (corrected is not null && entries.FirstOrDefault(one => one.Corrects == corrected.Entry) is { } later)
            throw new HelpdeskRuleException("entry-corrected", $"The entry \"{corrected.Entry}\" was corrected already: correct \"{later.Entry}\" instead.");
        var entry = $"{ticket.Number}-{ticket.Version + 1}";
        var worked = draft.At ?? corrected?.WorkedAt ?? now;
        return TicketHistory.Record(
            ticket,
            by,
            now,
            new TimeLogged(entry, draft.Minutes, worked, draft.Note, draft.Comment ?? corrected?.Comment, corrected?.Entry, corrected?.Minutes)
        );
    }
}
