using Helpdesk.Conditions;
using Helpdesk.Tickets;

namespace Helpdesk.Automations;

/// <summary>Decides when automations that wait for time to pass are due: those with <c>hoursSince.…</c> in their condition.</summary>
/// <remarks>
/// One runs once for each instant that it counts from: again only when that has moved. What its own run moves does not count.
/// </remarks>
public static class TimedAutomations
{
    private const string Since = "hoursSince.";

    /// <summary>The terms by which a condition counts: alone, or directly within <c>all</c>, with <c>at-least</c> or <c>more-than</c>.</summary>
    public static IReadOnlyList<Term> TermsOf(Condition condition) =>
        condition switch
        {
            Term term when Counts(term) => [term],
            AllOf all => [.. all.Conditions.OfType<Term>().Where(Counts)],
            _ => [],
        };

    /// <summary>The instant that an automation counts from on a ticket, of several the latest; null where one of them is not there.</summary>
    public static DateTimeOffset? AnchorOf(Automation automation, ConditionSubject subject)
    {
        ArgumentNullException.ThrowIfNull(automation);
        var anchors = TermsOf(automation.Condition).Select(term => AnchorOf(term, subject)).ToList();
        return anchors.Count == 0 || anchors.Contains(null) ? null : anchors.Max();
    }

    /// <summary>When an automation is due on a ticket, whatever else it asks for; null for never, or where it has run for this instant already.</summary>
    public static DateTimeOffset? DueAt(Automation automation, ConditionSubject subject)
    {
        ArgumentNullException.ThrowIfNull(automation);
        ArgumentNullException.ThrowIfNull(subject);
        if (AnchorOf(automation, subject) is not { } anchor || HasRun(subject.Ticket!.Automated, automation.Id, anchor))
            return null;
        var dues = TermsOf(automation.Condition).Select(term => DueAt(term, subject)).ToList();
        return dues.Contains(null) ? null : dues.Max();
    }

    /// <summary>When a ticket has to be looked at for an automation; null for not before something happens to it.</summary>
    public static DateTimeOffset? WakeAt(Automation automation, ConditionSubject subject)
    {
        if (DueAt(automation, subject) is not { } due)
            return null;
        if (due > subject.Now)
            return due;
        return automation.Condition.Holds(subject) ? subject.Now
            // What else changes by time alone is looked at again and again.
            : automation.Condition.AsksCalendars || automation.Condition.Asks("sla.") ? subject.Now + Again
            : null;
    }

    private static readonly TimeSpan Again = TimeSpan.FromHours(1);

    /// <summary>Whether an automation is to run on a ticket now.</summary>
    public static bool IsDue(Automation automation, ConditionSubject subject) =>
        DueAt(automation, subject) is { } due && due <= subject.Now && automation.Condition.Holds(subject);

    /// <summary>Runs an automation and records it.</summary>
    public static TicketChange Run(Ticket ticket, Automation automation, ConditionSubject subject, ActionContext context)
    {
        ArgumentNullException.ThrowIfNull(automation);
        var anchor = AnchorOf(automation, subject with { Ticket = ticket });
        var change = Run(anchor);
        var moved = AnchorOf(automation, subject with { Ticket = change.Ticket });
        return moved is null || moved == anchor ? change : Run(moved);

        TicketChange Run(DateTimeOffset? since) =>
            AutomationRules.Recorded(
                ticket,
                new AutomationRan(automation.Id, automation.Name, automation.Version, null, since, 1, []),
                automation.Actions,
                context,
                automation.Actor,
                subject.Now
            );
    }

    private static bool HasRun(AutomationMark? mark, string rule, DateTimeOffset anchor) =>
        mark?.Times is { } times && times.TryGetValue(rule, out var since) && since >= anchor;

    private static bool Counts(Term term) =>
        term.Field.Name.StartsWith(Since, StringComparison.Ordinal) && term.Op is ConditionOperator.AtLeast or ConditionOperator.MoreThan;

    private static DateTimeOffset? AnchorOf(Term term, ConditionSubject subject) =>
        term.Field.Name[Since.Length..] switch
        {
            "created" => subject.Ticket?.CreatedAt,
            "updated" => subject.Ticket?.UpdatedAt,
            "resolved" => subject.Ticket?.ResolvedAt,
            "closed" => subject.Ticket?.ClosedAt,
            "pending" => subject.Ticket?.PendingSince,
            "requesterReply" => subject.Replies?.Requester,
            "agentReply" => subject.Replies?.Agent,
            _ => null,
        };

    private static DateTimeOffset? DueAt(Term term, ConditionSubject subject)
    {
        if (AnchorOf(term, subject) is not { } anchor || term.Values is not [NumberValue { Number: >= 0 and <= 100_000 } hours])
            return null;
        var length = TimeSpan.FromTicks((long)(hours.Number * TimeSpan.TicksPerHour));
        // More than that begins with the next millisecond, in which instants are kept.
        if (term.Op == ConditionOperator.MoreThan)
            length += TimeSpan.FromMilliseconds(1);
        return term.Calendar is not { } calendar ? anchor + length : ConditionScope.CalendarOf(subject, calendar)?.Add(anchor, length);
    }
}
