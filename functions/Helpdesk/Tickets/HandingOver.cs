using Helpdesk.Agenda;
using Helpdesk.Directory;

namespace Helpdesk.Tickets;

/// <summary>What becomes of a ticket whose group or agent is no more. What is already so gives no events; closed tickets stay as they were.</summary>
public static class HandingOver
{
    /// <summary>As many agents of a group are named in a note.</summary>
    private const int MostTold = 50;

    /// <summary>Gives a ticket of a group to its successor; without one it belongs to no group.</summary>
    public static TicketChange OfGroup(Ticket ticket, string from, Group? to, Actor by, DateTimeOffset now)
    {
        if (ticket.Group != from || ticket.Status == TicketStatus.Closed)
            return new(ticket, []);
        List<TicketFact> facts = [new GroupChanged(from, to?.Id)];
        // Who has climbed already does not fall back.
        if (to is not null && to.Tier > ticket.Tier)
            facts.Add(new TierChanged(ticket.Tier, to.Tier, null));
        return TicketHistory.Record(ticket, by, now, facts);
    }

    /// <summary>
    /// Gives what an agent has to do on a ticket to their successor: the ticket itself, its open tasks and its follow-up. Without one the ticket goes back to
    /// its group, tasks and follow-up go to whoever is in charge, and a note tells those.
    /// </summary>
    /// <param name="colleagues">Active agents, of whom those are told who are in charge.</param>
    public static TicketChange OfAgent(Ticket ticket, string from, Agent? to, IReadOnlyList<Agent> colleagues, Actor by, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        if (ticket.Status == TicketStatus.Closed)
            return new(ticket, []);
        var tasks = AgendaRules.Open(ticket).Where(task => task.Assignee == from).ToList();
        var back = ticket.FollowUp?.To == from ? ticket.FollowUp : null;
        List<TicketFact> facts =
        [
            .. ticket.Assignee == from ? new TicketFact[] { new AssigneeChanged(from, to?.Id) } : [],
            .. tasks.Select(task => new TaskChanged(task.Id, task.Title, to?.Id, task.DueAt, task.Required)),
            .. back is null ? Array.Empty<TicketFact>() : [new FollowUpSet(back.At, to?.Id, back.Note, back.UnlessAnswered)],
        ];
        if (facts.Count == 0)
            return new(ticket, []);
        var change = TicketHistory.Record(ticket, by, now, facts);
        if (to is not null || (tasks.Count == 0 && back is null))
            return change;
        var note = TicketRules.Comment(change.Ticket, Left(change.Ticket, from, tasks, back, colleagues), CommentVisibility.Internal, Actor.System, now);
        return note with { Events = [.. change.Events, .. note.Events] };
    }

    /// <summary>What an agent who is gone has left, to whoever is in charge of the ticket now.</summary>
    private static string Left(Ticket ticket, string from, IReadOnlyList<TicketTask> tasks, FollowUp? back, IReadOnlyList<Agent> colleagues)
    {
        var told = colleagues.Where(agent =>
            ticket.Assignee is { } assignee ? agent.Id == assignee : ticket.Group is { } group && agent.Groups.Contains(group, StringComparer.Ordinal)
        );
        IEnumerable<string> lines =
        [
            $"The agent {from} is not here any more. Whoever is in charge of this ticket takes over:",
            .. tasks.Select(task => $"- the task \"{task.Title}\""),
            .. back is null ? Array.Empty<string>() : [back.Note is { } words ? $"- the follow-up \"{PlainText.Shortened(words, 200)}\"" : "- the follow-up"],
            string.Join(' ', told.Take(MostTold).Select(agent => $"@{agent.Id}")),
        ];
        return string.Join('\n', lines).TrimEnd();
    }
}
