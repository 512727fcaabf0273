using Helpdesk.Tickets;

namespace Helpdesk.Sla;

/// <summary>Says how a ticket's promises stand: <c>(events, policy, calendars, now) → targets</c>. The same input gives the same answer, for ever.</summary>
/// <remarks>
/// Events may come in any order and more than once. At one instant a stop comes first, then the breach check, then pauses, resumes and starts.
/// </remarks>
public static class SlaEngine
{
    /// <summary>How the promises of <paramref name="policy"/> stand at <paramref name="now"/>.</summary>
    public static SlaStatus Evaluate(
        IEnumerable<SlaEvent> events,
        SlaPolicy policy,
        IReadOnlyDictionary<string, BusinessCalendar> calendars,
        DateTimeOffset now
    )
    {
        var run = SlaRun.Begin(policy, name => calendars[name]);
        foreach (var happened in InOrder(events, ToSecond(now)))
            run.Take(happened);
        return run.At(now);
    }

    /// <summary>Each fact once, when it happened, in an order that does not depend on how they came.</summary>
    private static IEnumerable<SlaEvent> InOrder(IEnumerable<SlaEvent> events, DateTimeOffset now)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return events
            .Select(happened => happened with { At = Earlier(happened.At, happened.ReceivedAt ?? now), ReceivedAt = null })
            .OrderBy(happened => happened.At)
            .ThenBy(Rank)
            .ThenBy(happened => happened.ToString(), StringComparer.Ordinal)
            .Distinct()
            .Where(happened => happened.Id is null || seen.Add(happened.Id));
    }

    /// <summary>Stops before pauses before resumes before starts.</summary>
    private static int Rank(SlaEvent happened) =>
        happened switch
        {
            SlaTicketOpened => 0,
            SlaCommentAdded { By: ActorKind.Agent } => 1,
            SlaStatusChanged { To: TicketStatus.Resolved or TicketStatus.Closed } => 2,
            SlaTicketMerged or SlaTicketUnmerged or SlaCommentsLeft => 3,
            SlaPriorityChanged => 4,
            SlaPolicyChanged => 5,
            SlaCalendarChanged => 5,
            SlaTierChanged => 6,
            SlaStatusChanged { To: TicketStatus.Pending or TicketStatus.OnHold } => 7,
            SlaStatusChanged => 8,
            SlaTicketReopened => 9,
            _ => 10,
        };

    internal static DateTimeOffset ToSecond(DateTimeOffset instant) => DateTimeOffset.FromUnixTimeSeconds(instant.ToUnixTimeSeconds());

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;
}
