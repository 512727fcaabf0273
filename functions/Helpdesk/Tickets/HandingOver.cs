using Helpdesk.Directory;

namespace Helpdesk.Tickets;

/// <summary>What becomes of a ticket whose group or agent is no more. What is already so gives no events; closed tickets stay as they were.</summary>
public static class HandingOver
{
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

    /// <summary>Gives a ticket of an agent to their successor; without one it goes back to its group.</summary>
    public static TicketChange OfAgent(Ticket ticket, string from, Agent? to, Actor by, DateTimeOffset now) =>
        ticket.Assignee != from || ticket.Status == TicketStatus.Closed
            ? new(ticket, [])
            : TicketHistory.Record(ticket, by, now, new AssigneeChanged(from, to?.Id));
}
