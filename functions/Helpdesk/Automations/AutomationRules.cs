using Helpdesk.Conditions;
using Helpdesk.Tickets;

namespace Helpdesk.Automations;

/// <summary>What one automation makes of an event.</summary>
/// <param name="Explanation">Why it runs, or does not.</param>
/// <param name="Done">What it does; null where it does not run.</param>
public sealed record AutomationFinding(Automation Automation, ConditionExplanation Explanation, ActionsDone? Done);

/// <summary>Decides which automations run upon an event, and lets them.</summary>
/// <remarks>
/// Whether one runs depends on the ticket as it was right after the request that brought the event, on the event, and on what those before it have done:
/// the same whenever it is decided. What it does is done to the ticket as it is by then.
/// </remarks>
public static class AutomationRules
{
    /// <summary>How often automations may set off each other before the chain is stopped.</summary>
    public const int MostDepth = 10;

    /// <summary>Whether an event can start automations at all: what they note of themselves cannot.</summary>
    public static bool CanStart(TicketFact fact) => fact is not (AutomationRan or MacroApplied or PersonErased);

    /// <summary>Automations that an event starts, in the order in which they run.</summary>
    public static IReadOnlyList<Automation> For(TicketEvent happened, IEnumerable<Automation> automations)
    {
        ArgumentNullException.ThrowIfNull(happened);
        if (!CanStart(happened.Fact) || TicketFactNames.Of(happened.Fact) is not { } name)
            return [];
        return
        [
            .. automations
                .Where(one => one.Active && happened.At >= one.CreatedAt && one.On.Contains(name, StringComparer.Ordinal))
                .OrderBy(one => one.Position)
                .ThenBy(one => one.Id, StringComparer.Ordinal),
        ];
    }

    /// <summary>How many automations have set off each other up to an event: 0 for one that somebody else brought about.</summary>
    /// <param name="events">Events of the ticket among which those of its own request are.</param>
    public static int DepthOf(TicketEvent happened, IEnumerable<TicketEvent> events)
    {
        ArgumentNullException.ThrowIfNull(happened);
        // A run comes first, and behind it what was done, and what the desk's own clocks made of that.
        return
            happened.By.Kind == ActorKind.System
            && events.LastOrDefault(one => one.Seq <= happened.Seq && one.Fact is AutomationRan && IsOfOneRequest(one, happened))
                is { Fact: AutomationRan ran }
            ? ran.Depth
            : 0;
    }

    /// <summary>The last event of the request that brought an event.</summary>
    public static TicketEvent LastOfRequest(TicketEvent happened, IEnumerable<TicketEvent> events) =>
        events.LastOrDefault(one => one.Seq > happened.Seq && IsOfOneRequest(one, happened)) ?? happened;

    /// <summary>What each automation makes of an event, in their order.</summary>
    /// <param name="subject">The ticket as it was right after the request, and the event.</param>
    public static IReadOnlyList<AutomationFinding> Decide(
        ConditionSubject subject,
        IReadOnlyList<Automation> automations,
        Func<Automation, ActionContext> context
    )
    {
        ArgumentNullException.ThrowIfNull(subject);
        ArgumentNullException.ThrowIfNull(automations);
        var findings = new List<AutomationFinding>();
        foreach (var automation in automations)
        {
            var explanation = automation.Condition.Explain(subject);
            var done = explanation.Holds ? TicketActions.Apply(subject.Ticket!, automation.Actions, context(automation), automation.Actor, subject.Now) : null;
            findings.Add(new(automation, explanation, done));
            if (done is not null)
                subject = subject with { Ticket = done.Ticket };
        }

        return findings;
    }

    /// <summary>Runs an automation upon an event and records it.</summary>
    /// <param name="seq">Number of the event.</param>
    /// <param name="depth">How many automations have set off each other, this one included.</param>
    public static TicketChange Run(Ticket ticket, Automation automation, long seq, int depth, ActionContext context, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(automation);
        return Recorded(
            ticket,
            new AutomationRan(automation.Id, automation.Name, automation.Version, seq, null, depth, []),
            automation.Actions,
            context,
            automation.Actor,
            now
        );
    }

    /// <summary>Whether a chain has come to its end: too deep, or with too many runs.</summary>
    /// <param name="depth">The depth of the event that would go on with it.</param>
    public static bool IsAtEnd(AutomationMark? mark, int depth) => depth >= MostDepth || (depth > 0 && mark?.Row >= AutomationMark.MostInRow);

    /// <summary>Whether a chain was stopped, so that nothing more of it runs.</summary>
    public static bool IsStopped(AutomationMark? mark, int depth) => depth > 0 && mark?.Row > AutomationMark.MostInRow;

    /// <summary>Stops a chain of automations that set off each other, and says so on the ticket.</summary>
    /// <param name="automation">The one that would have been next.</param>
    public static TicketChange Stop(Ticket ticket, Automation automation, long seq, int depth, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        ArgumentNullException.ThrowIfNull(automation);
        var stopped = TicketHistory.Record(
            ticket,
            automation.Actor,
            now,
            new AutomationRan(automation.Id, automation.Name, automation.Version, seq, null, depth + 1, [], Stopped: true)
        );
        if (ticket.Status == TicketStatus.Closed)
            return stopped;
        var note = TicketRules.Comment(
            stopped.Ticket,
            $"Automations keep setting off each other: the chain is stopped at depth {depth}, after {ticket.Automated?.Row ?? 0} runs. "
                + $"\"{automation.Name}\" would have been next. Look at the conditions of the automations that ran last: "
                + "they undo each other's work, or start themselves.",
            CommentVisibility.Internal,
            automation.Actor,
            now
        );
        return note with { Events = [.. stopped.Events, .. note.Events] };
    }

    /// <summary>Does actions and records them by a fact in front of them.</summary>
    internal static TicketChange Recorded(
        Ticket ticket,
        TicketFact run,
        IReadOnlyList<TicketAction> actions,
        ActionContext context,
        Actor by,
        DateTimeOffset now
    )
    {
        var first = TicketHistory.Record(ticket, by, now, run);
        var done = TicketActions.Apply(first.Ticket, actions, context, by, now);
        IReadOnlyList<string>? webhooks = done.Webhooks.Count > 0 ? done.Webhooks : null;
        TicketFact told = run switch
        {
            AutomationRan ran => ran with { Did = done.Outcomes, Webhooks = webhooks },
            MacroApplied applied => applied with { Did = done.Outcomes, Webhooks = webhooks },
            _ => throw new ArgumentException($"{run.GetType().Name} records no actions.", nameof(run)),
        };
        return new(done.Ticket, [first.Events[0] with { Fact = told }, .. done.Events], done.Comments is [var one, ..] ? one : null)
        {
            FurtherComments = [.. done.Comments.Skip(1)],
        };
    }

    /// <summary>Whether one request brought both.</summary>
    internal static bool IsOfOneRequest(TicketEvent one, TicketEvent other) =>
        one.Change is null || other.Change is null ? one.At == other.At : one.Change == other.Change;
}
