using System.Text.Json.Serialization;
using Helpdesk.Sla;
using Helpdesk.Tickets;

namespace Helpdesk.Reports;

/// <summary>What is counted of tickets.</summary>
[JsonConverter(typeof(WireNameConverter<MeasureKind>))]
public enum MeasureKind
{
    /// <summary>A ticket was opened.</summary>
    Opened,

    /// <summary>An agent answered it in public for the first time; the value is the seconds since it was opened.</summary>
    FirstReply,

    /// <summary>An agent answered in public, the first time included.</summary>
    Reply,

    /// <summary>It was resolved; the value is the seconds since it was opened.</summary>
    Resolved,

    /// <summary>It was reopened.</summary>
    Reopened,

    /// <summary>It was closed, resolved before or not.</summary>
    Closed,

    /// <summary>It was merged into another one.</summary>
    Merged,

    /// <summary>One more ticket is to be worked, or one less: the value is 1 or -1.</summary>
    Backlog,

    /// <summary>A promise was kept.</summary>
    SlaMet,

    /// <summary>A promise was broken.</summary>
    SlaBreached,

    /// <summary>An agent worked on it; the value is the minutes, fewer than none for a correction.</summary>
    Worked,
}

/// <summary>What a ticket was like when something was counted.</summary>
/// <param name="Channel">How it came in.</param>
/// <param name="Priority">How soon it wanted attention.</param>
/// <param name="Tier">The support level at which it was worked.</param>
/// <param name="Group">Id of its group; null for none.</param>
/// <param name="Assignee">Id of the agent who worked on it; null for nobody.</param>
/// <param name="Type">Its type; null for none.</param>
public sealed record MeasureOf(IntakeChannel Channel, TicketPriority Priority, int Tier, string? Group, string? Assignee, string? Type)
{
    public static MeasureOf This(Ticket ticket)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        return new(ticket.Channel, ticket.Priority, ticket.Tier, ticket.Group, ticket.Assignee, ticket.Type);
    }
}

/// <summary>Something that is counted: one fact of one ticket.</summary>
/// <param name="Number">Number of the ticket.</param>
/// <param name="At">When it happened.</param>
/// <param name="Value">Seconds, minutes, 1 or -1: see the kind.</param>
/// <param name="By">Id of the agent who did it; null where that was no agent.</param>
/// <param name="Metric">Of a promise: which one.</param>
public sealed record Measure(MeasureKind Kind, long Number, DateTimeOffset At, double Value, MeasureOf Of, string? By = null, SlaMetric? Metric = null);

/// <summary>What a ticket adds to the reports.</summary>
public static class TicketMeasures
{
    /// <summary>Everything that is counted of a ticket, by its events alone.</summary>
    /// <param name="events">All of them from the first one on.</param>
    /// <param name="promises">How its promises stood at its last event; null where nothing was ever promised.</param>
    public static IReadOnlyList<Measure> Of(IReadOnlyList<TicketEvent> events, SlaStatus? promises)
    {
        ArgumentNullException.ThrowIfNull(events);
        var measures = new List<Measure>();
        var (before, replied) = ((Ticket?)null, false);
        foreach (var (happened, ticket) in TicketHistory.Steps(events))
        {
            var of = MeasureOf.This(ticket);
            var by = happened.By.Kind == ActorKind.Agent ? happened.By.Id : null;
            void Count(MeasureKind kind, double value = 1) => measures.Add(new(kind, ticket.Number, happened.At, value, of, by));
            double Seconds() => (happened.At - events[0].At).TotalSeconds;

            switch (happened.Fact)
            {
                case TicketOpened:
                    Count(MeasureKind.Opened);
                    break;
                case CommentAdded { Visibility: CommentVisibility.Public } when happened.By.Kind == ActorKind.Agent:
                    Count(MeasureKind.Reply);
                    if (!replied)
                        Count(MeasureKind.FirstReply, Seconds());
                    replied = true;
                    break;
                case StatusChanged { To: TicketStatus.Resolved }:
                    Count(MeasureKind.Resolved, Seconds());
                    break;
                case StatusChanged { To: TicketStatus.Closed }:
                    Count(MeasureKind.Closed);
                    break;
                case TicketReopened:
                    Count(MeasureKind.Reopened);
                    break;
                case TicketMerged:
                    Count(MeasureKind.Merged);
                    break;
                case TimeLogged logged when logged.Minutes != (logged.Was ?? 0):
                    Count(MeasureKind.Worked, logged.Minutes - (logged.Was ?? 0));
                    break;
            }

            var (was, becomes) = (before is not null && IsLive(before), IsLive(ticket));
            // A ticket that is still to be worked moves from one pile to another.
            if (was && (!becomes || MeasureOf.This(before!) != of))
                measures.Add(new(MeasureKind.Backlog, ticket.Number, happened.At, -1, MeasureOf.This(before!)));
            if (becomes && (!was || MeasureOf.This(before!) != of))
                measures.Add(new(MeasureKind.Backlog, ticket.Number, happened.At, 1, of));
            before = ticket;
        }

        measures.AddRange(Promises(events, promises));
        return measures;
    }

    private static IEnumerable<Measure> Promises(IReadOnlyList<TicketEvent> events, SlaStatus? promises)
    {
        var steps = TicketHistory.Steps(events).ToList();
        foreach (var target in promises?.Targets ?? [])
        {
            var (kind, at) =
                target is { EverBreached: true, BreachedAt: { } broken } ? (MeasureKind.SlaBreached, broken)
                : target is { State: SlaState.Met, StoppedAt: { } kept } ? (MeasureKind.SlaMet, kept)
                : (MeasureKind.SlaMet, default(DateTimeOffset?));
            if (at is not { } instant)
                continue;
            var then = steps.LastOrDefault(step => step.Event.At <= instant).Ticket ?? steps[0].Ticket;
            yield return new(kind, then.Number, instant, 1, MeasureOf.This(then), null, target.Metric);
        }
    }

    /// <summary>Whether a ticket is still to be worked.</summary>
    public static bool IsLive(Ticket ticket)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        return ticket.Status is not (TicketStatus.Resolved or TicketStatus.Closed);
    }
}
