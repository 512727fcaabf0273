using Helpdesk.Functions.Tickets;
using Helpdesk.Sla;

namespace Helpdesk.Functions.Demo;

/// <summary>A ticket whose past is being told, and all that will be stored of it.</summary>
internal sealed class PastTicket(Ticket ticket)
{
    /// <summary>The ticket as it is so far.</summary>
    public Ticket Ticket { get; private set; } = ticket;

    /// <summary>Its events, with the request that brought each and what lists showed after it.</summary>
    public List<(TicketEvent Event, TicketSla? Listed)> Rows { get; } = [];

    public List<Comment> Comments { get; } = [];

    public IEnumerable<TicketEvent> Events => Rows.Select(row => row.Event);

    /// <summary>How its promises stood at its last event.</summary>
    public SlaStatus? Promises { get; set; }

    /// <summary>The ticket and its comments right before it was merged away; null for one that was not.</summary>
    public (Ticket Ticket, IReadOnlyList<Comment> Comments)? BeforeMerge { get; set; }

    /// <summary>The version at which its clocks woke and recorded nothing; 0 for none.</summary>
    public long Quiet { get; set; }

    /// <summary>When automations that wait for time were last asked, at which version.</summary>
    public (DateTimeOffset At, long Version)? Asked { get; set; }

    public void Add(TicketChange change, string changeId)
    {
        Ticket = change.Ticket;
        foreach (var happened in change.Events)
            Rows.Add((happened with { Change = changeId }, happened.Seq == change.Ticket.Version ? change.Ticket.Sla : null));
        if (change.Comment is { } comment)
            Comments.Add(comment);
        Comments.AddRange(change.FurtherComments);
    }
}

/// <summary>Shows the instant that is being told of.</summary>
internal sealed class PastClock : TimeProvider
{
    public DateTimeOffset Now { get; set; }

    public override DateTimeOffset GetUtcNow() => Now;
}
