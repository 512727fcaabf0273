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

    /// <summary>The requester was asked how it was.</summary>
    Asked,

    /// <summary>The requester said how it was; the value is what they said last, 1 to 5, at the time of their first answer.</summary>
    Rated,
}

/// <summary>What a ticket was like when something was counted.</summary>
/// <param name="Channel">How it came in.</param>
/// <param name="Priority">How soon it wanted attention.</param>
/// <param name="Tier">The support level at which it was worked.</param>
/// <param name="Group">Id of its group; null for none.</param>
/// <param name="Assignee">Id of the agent who worked on it; null for nobody.</param>
/// <param name="Type">Its type; null for none.</param>
/// <param name="Organisation">Id of the organisation that its requester belonged to when it was counted; null for none.</param>
/// <param name="Tags">Its tags in their order, with commas between them; null for none.</param>
public sealed record MeasureOf(
    IntakeChannel Channel,
    TicketPriority Priority,
    int Tier,
    string? Group,
    string? Assignee,
    string? Type,
    string? Organisation = null,
    string? Tags = null
)
{
    public static MeasureOf This(Ticket ticket, string? organisation = null)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        return new(
            ticket.Channel,
            ticket.Priority,
            ticket.Tier,
            ticket.Group,
            ticket.Assignee,
            ticket.Type,
            organisation,
            ticket.Tags.Count > 0 ? string.Join(',', ticket.Tags.Order(StringComparer.Ordinal)) : null
        );
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
    /// <param name="organisations">The organisation of a requester by address, and null for none; where it is left out, nobody has one.</param>
    public static IReadOnlyList<Measure> Of(IReadOnlyList<TicketEvent> events, SlaStatus? promises, Func<string, string?>? organisations = null)
    {
        ArgumentNullException.ThrowIfNull(events);
        MeasureOf OfThis(Ticket ticket) => MeasureOf.This(ticket, organisations?.Invoke(ticket.Requester.Email));
        var measures = new List<Measure>();
        var (before, replied) = ((Ticket?)null, false);
        foreach (var (happened, ticket) in TicketHistory.Steps(events))
        {
            var of = OfThis(ticket);
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
            if (was && (!becomes || OfThis(before!) != of))
                measures.Add(new(MeasureKind.Backlog, ticket.Number, happened.At, -1, OfThis(before!)));
            if (becomes && (!was || OfThis(before!) != of))
                measures.Add(new(MeasureKind.Backlog, ticket.Number, happened.At, 1, of));
            before = ticket;
        }

        measures.AddRange(Ratings(events, OfThis));
        measures.AddRange(Promises(events, promises, OfThis));
        return measures;
    }

    /// <summary>Questions and answers are of whose work the resolution was.</summary>
    private static IEnumerable<Measure> Ratings(IReadOnlyList<TicketEvent> events, Func<Ticket, MeasureOf> ofThis)
    {
        foreach (var (happened, ticket) in TicketHistory.Steps(events))
        {
            if (happened.Fact is not SatisfactionAsked asked)
                continue;
            var of = ofThis(ticket) with { Group = asked.Group, Assignee = asked.Agent };
            yield return new(MeasureKind.Asked, ticket.Number, happened.At, 1, of);
            var answers = events.Where(one => one.Fact is SatisfactionRated rated && rated.Asked == happened.Seq).ToList();
            if (answers.Count > 0)
                yield return new(MeasureKind.Rated, ticket.Number, answers[0].At, ((SatisfactionRated)answers[^1].Fact).Rating, of);
        }
    }

    private static IEnumerable<Measure> Promises(IReadOnlyList<TicketEvent> events, SlaStatus? promises, Func<Ticket, MeasureOf> ofThis)
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
            yield return new(kind, then.Number, instant, 1, ofThis(then), null, target.Metric);
        }
    }

    /// <summary>Everybody who was ever the requester, by address.</summary>
    public static IEnumerable<string> RequestersOf(IEnumerable<TicketEvent> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        return events
            .Select(happened =>
                happened.Fact switch
                {
                    TicketOpened opened => opened.Requester.Email,
                    RequesterChanged changed => changed.To.Email,
                    _ => null,
                }
            )
            .OfType<string>()
            .Distinct(StringComparer.Ordinal);
    }

    /// <summary>Whether a ticket is still to be worked.</summary>
    public static bool IsLive(Ticket ticket)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        return ticket.Status is not (TicketStatus.Resolved or TicketStatus.Closed);
    }
}
