using Helpdesk.Conditions;
using Helpdesk.Tickets;

namespace Helpdesk.Automations;

/// <summary>An instant of the past at which an automation that waits for time to pass was due on a ticket.</summary>
/// <param name="Seq">Number of the last event that had happened by then.</param>
/// <param name="Explanation">Why it runs, or does not.</param>
/// <param name="Run">The run and all that it would have done; null where the rest of the condition did not hold.</param>
public sealed record TimedLook(DateTimeOffset At, long Seq, ConditionExplanation Explanation, TicketChange? Run);

/// <summary>Tries an automation that waits for time to pass on the past of a ticket: looks at it whenever the desk would have looked.</summary>
/// <remarks>
/// The ticket is taken as it was; what the draft itself would have changed is not followed further. Runs of an automation with the draft's id that are on
/// record are its own: they neither keep it from running nor count as a change of the ticket.
/// </remarks>
public static class TimedTrial
{
    /// <summary>As often a ticket is looked at.</summary>
    public const int MostLooks = 1000;

    /// <summary>The looks within a period, and whether there would be more.</summary>
    /// <param name="events">All events of the ticket.</param>
    /// <param name="description">The description that it was opened with.</param>
    /// <param name="from">Runs at this instant and later are found.</param>
    /// <param name="to">Runs before this instant are found.</param>
    /// <param name="subjectAt">The ticket as it was after some of its events, at an instant.</param>
    public static async ValueTask<(IReadOnlyList<TimedLook> Looks, bool IsMore)> LookAsync(
        Automation draft,
        IReadOnlyList<TicketEvent> events,
        string description,
        DateTimeOffset from,
        DateTimeOffset to,
        Func<Ticket, IReadOnlyList<TicketEvent>, DateTimeOffset, ValueTask<ConditionSubject>> subjectAt,
        ActionContext context
    )
    {
        ArgumentNullException.ThrowIfNull(draft);
        ArgumentNullException.ThrowIfNull(events);
        ArgumentNullException.ThrowIfNull(subjectAt);
        var (looks, count) = (new List<TimedLook>(), 0);
        var (since, hasRun) = ((DateTimeOffset?)null, false);
        DateTimeOffset? explained = null;
        var touched = events[0].At;
        var requests = Requests(events, draft.Id);
        foreach (var (index, (length, isOwn)) in requests.Index())
        {
            var last = events[length - 1];
            if (!isOwn)
                touched = last.At;
            // Its own run is never earlier than the look that brought it; whatever else happens at the very instant happens first.
            var (end, isWithin) = index + 1 < requests.Count ? (events[length].At, requests[index + 1].IsOwn) : (to, false);
            if (end > to)
                (end, isWithin) = (to, false);
            var at = last.At < from ? from : last.At;
            var isLookedAt = at < end || (isWithin && at == end);
            if (!isLookedAt && since is null)
                continue;
            IReadOnlyList<TicketEvent> history = [.. events.Take(length)];
            var then = TicketHistory.Replay(history, description) with { UpdatedAt = touched };
            var subject = await subjectAt(Counted(then, draft, since), history, at);
            var anchor = TimedAutomations.AnchorOf(draft, subject);
            if (isOwn && hasRun && anchor > since)
            {
                since = anchor;
                subject = subject with { Ticket = Counted(subject.Ticket!, draft, since) };
            }

            while (isLookedAt)
            {
                if (TimedAutomations.IsDue(draft, subject))
                {
                    var run = TimedAutomations.Run(subject.Ticket!, draft, subject, context);
                    looks.Add(new(at, last.Seq, draft.Condition.Explain(subject), run));
                    since = ((AutomationRan)run.Events[0].Fact).Since;
                    subject = subject with { Ticket = Counted(subject.Ticket!, draft, since) };
                    continue;
                }

                if (TimedAutomations.DueAt(draft, subject) <= at && explained != anchor)
                {
                    explained = anchor;
                    looks.Add(new(at, last.Seq, draft.Condition.Explain(subject), null));
                }

                if (TimedAutomations.WakeAt(draft, subject) is not { } wake || wake > end || (wake == end && !isWithin))
                    break;
                if (++count >= MostLooks)
                    return (looks, true);
                at = wake;
                subject = await subjectAt(Counted(then, draft, since), history, at);
            }

            hasRun = since is not null && !(TimedAutomations.AnchorOf(draft, subject) > since);
        }

        return (looks, false);
    }

    /// <summary>How many events there were after each request, and whether the request was a run of the automation.</summary>
    private static List<(int Length, bool IsOwn)> Requests(IReadOnlyList<TicketEvent> events, string automation)
    {
        var (requests, isOwn) = (new List<(int, bool)>(), false);
        foreach (var (index, happened) in events.Index())
        {
            isOwn |= happened.Fact is AutomationRan { Since: not null } ran && ran.Automation == automation;
            if (index + 1 < events.Count && AutomationRules.IsOfOneRequest(happened, events[index + 1]))
                continue;
            requests.Add((index + 1, isOwn));
            isOwn = false;
        }

        return requests;
    }

    private static Ticket Counted(Ticket ticket, Automation draft, DateTimeOffset? since) =>
        ticket with
        {
            Automated = AutomationMark.With(ticket.Automated, draft.Id, since),
        };
}
