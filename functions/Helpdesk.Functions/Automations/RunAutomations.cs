using Helpdesk.Automations;
using Helpdesk.Conditions;
using Helpdesk.Functions.Conditions;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Automations;

/// <summary>Runs automations upon what happens to a ticket: in their order, and each at most once for each event, however often that comes.</summary>
/// <remarks>
/// What runs is decided by the ticket as it was right after the request that brought the event, so that it does not depend on when it is decided. The run
/// is recorded on the ticket in the transaction of what it changes, under the ticket's ETag: so the ticket itself tells whether one has run.
/// </remarks>
public sealed class RunAutomations(AutomationStore automations, ActionContexts contexts, ConditionSubjects subjects, TicketStore tickets, TimeProvider time)
    : IEventSubscriber
{
    /// <summary>Rows of one transaction before the next one is begun; the last automation in it may bring some more.</summary>
    private const int MostRows = 30;

    public string Name => "Automations";

    /// <summary>A ticket that was just opened where there are no automations costs nothing.</summary>
    public bool Wants(IReadOnlyList<TicketEvent> events) =>
        events is [{ Fact: TicketOpened opened }] ? !automations.HasNone(opened.Workspace) : events.Any(one => AutomationRules.CanStart(one.Fact));

    public async Task TakeAsync(Ticket ticket, IReadOnlyList<TicketEvent> events, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        ArgumentNullException.ThrowIfNull(events);
        var all = await automations.RememberAsync(ticket.Workspace, cancellationToken);
        if (all.Count == 0)
            return;
        foreach (var happened in events)
        {
            var candidates = AutomationRules.For(happened, all);
            if (candidates.All(one => AutomationMark.HasRun(ticket.Automated, happened.Seq, one.Id)))
                continue;
            var depth = AutomationRules.DepthOf(happened, events);
            if (!AutomationRules.IsStopped(ticket.Automated, depth))
                await RunAsync(ticket, happened, events, candidates, depth, cancellationToken);
        }
    }

    private async Task RunAsync(
        Ticket ticket,
        TicketEvent happened,
        IReadOnlyList<TicketEvent> events,
        IReadOnlyList<Automation> candidates,
        int depth,
        CancellationToken cancellationToken
    )
    {
        var (then, history) = await ThenAsync(ticket, AutomationRules.LastOfRequest(happened, events).Seq, cancellationToken);
        IReadOnlyList<Condition> conditions = [.. candidates.Select(one => one.Condition)];
        var subject = await subjects.OfAsync(then, happened, conditions, happened.At, history, cancellationToken);
        if (!candidates.Any(one => one.Condition.Holds(subject)))
            return;
        var context = await contexts.OfAsync(ticket.Workspace, candidates.SelectMany(one => one.Actions), null, cancellationToken);
        List<Automation> matched =
        [
            .. AutomationRules
                .Decide(subject, candidates, _ => context with { IsTrial = true })
                .Where(finding => finding.Done is not null)
                .Select(finding => finding.Automation),
        ];
        var chosen = new Dictionary<string, ActionContext>(StringComparer.Ordinal);
        foreach (var one in matched.Where(one => !AutomationMark.HasRun(ticket.Automated, happened.Seq, one.Id)))
            chosen[one.Id] = await contexts.ChooseAsync(context, ticket, one.Actions, $"{happened.Seq}/{one.Id}", cancellationToken);
        for (var isMore = true; isMore; )
        {
            await tickets.ChangeAsync(
                TicketAddress.Of(ticket),
                IfMatch.Any,
                null,
                (current, _) =>
                {
                    (var change, isMore) = Run(current, happened.Seq, matched, depth, one => chosen.GetValueOrDefault(one.Id, context));
                    return new(change);
                },
                cancellationToken
            );
        }
    }

    /// <summary>What those that have not run yet make of a ticket, and whether more is left than one transaction takes.</summary>
    private (TicketChange Change, bool IsMore) Run(
        Ticket ticket,
        long seq,
        IReadOnlyList<Automation> matched,
        int depth,
        Func<Automation, ActionContext> context
    )
    {
        var (events, comments, now) = (new List<TicketEvent>(), new List<Comment>(), time.GetUtcNow());
        foreach (var automation in matched.Where(one => !AutomationMark.HasRun(ticket.Automated, seq, one.Id)))
        {
            if (AutomationRules.IsStopped(ticket.Automated, depth))
                break;
            if (events.Count + comments.Count >= MostRows)
                return (ChangeOf(ticket, events, comments), true);
            var change = AutomationRules.IsAtEnd(ticket.Automated, depth)
                ? AutomationRules.Stop(ticket, automation, seq, depth, now)
                : AutomationRules.Run(ticket, automation, seq, depth + 1, context(automation), now);
            ticket = change.Ticket;
            events.AddRange(change.Events);
            if (change.Comment is { } comment)
                comments.Add(comment);
            comments.AddRange(change.FurtherComments);
        }

        return (ChangeOf(ticket, events, comments), false);
    }

    private static TicketChange ChangeOf(Ticket ticket, List<TicketEvent> events, List<Comment> comments) =>
        new(ticket, events, comments.FirstOrDefault()) { FurtherComments = [.. comments.Skip(1)] };

    /// <summary>The ticket as it was right after an event; with its history, where that is not how it is now.</summary>
    private async Task<(Ticket Ticket, IReadOnlyList<TicketEvent>? History)> ThenAsync(Ticket ticket, long seq, CancellationToken cancellationToken)
    {
        if (seq == ticket.Version)
            return (ticket, null);
        var all = await tickets.ReadEventsAsync(TicketAddress.Of(ticket), 0, (int)ticket.Version, cancellationToken);
        IReadOnlyList<TicketEvent> history = [.. all.TakeWhile(one => one.Seq <= seq)];
        return (TicketHistory.Replay(history, TicketHistory.FirstDescription(all, ticket.Description)), history);
    }
}
