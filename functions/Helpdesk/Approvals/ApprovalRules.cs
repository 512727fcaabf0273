using Helpdesk.Contacts;
using Helpdesk.Tickets;

namespace Helpdesk.Approvals;

/// <summary>Has others decide before a ticket goes on.</summary>
/// <remarks>An approval ends as soon as no further answer can change what comes of it, when its time is over, or when its ticket is done.</remarks>
public static class ApprovalRules
{
    /// <summary>Nobody is reminded by hand more often.</summary>
    public static TimeSpan BetweenReminders { get; } = TimeSpan.FromMinutes(15);

    /// <summary>Asks for an approval. A ticket that is being worked waits for it, if that is wanted, and goes on where it stood.</summary>
    public static TicketChange Ask(Ticket ticket, ApprovalDraft draft, Actor by, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        ArgumentNullException.ThrowIfNull(draft);
        ArgumentNullException.ThrowIfNull(by);
        if (TicketRules.Closed(ticket) is { } closed)
            throw closed;
        if (ticket.Status == TicketStatus.Resolved)
            throw new HelpdeskRuleException("ticket-resolved", $"Ticket {ticket.Number} is resolved: there is nothing to approve unless it is reopened.");
        var approvers = draft.Approvers.DistinctBy(KeyOf).Select((one, index) => new Approver(index + 1, one.Agent, one.Email, one.Name)).ToList();
        if (approvers.Count == 0)
            throw new HelpdeskRuleException("approvers-missing", "Nobody is named who could approve it.");
        if (approvers.Count > TicketApproval.MostApprovers)
            throw new HelpdeskRuleException("too-many-approvers", $"At most {TicketApproval.MostApprovers} people can be asked at once.");
        if (Pending(ticket).Count() >= TicketApproval.Most)
            throw new HelpdeskRuleException(
                "too-many-approvals",
                $"Ticket {ticket.Number} waits for {TicketApproval.Most} approvals, and more are not possible: cancel some."
            );
        if (draft.DueAt <= now)
            throw new HelpdeskRuleException("approval-past", "An approval ends later, not in the past: give a time that is still to come.");

        var facts = new List<TicketFact>();
        TicketStatus? was = null;
        if (draft.Holds && ticket.Status != TicketStatus.OnHold)
        {
            // Nothing returns to new.
            was = ticket.Status == TicketStatus.New ? TicketStatus.Open : ticket.Status;
            facts.Add(new StatusChanged(ticket.Status, TicketStatus.OnHold));
        }

        var due = TicketHistory.ToMilliseconds(draft.DueAt);
        var reminders = draft.RemindAt.Select(TicketHistory.ToMilliseconds).Where(at => at > now && at < due).Distinct().Order().ToList();
        facts.Add(
            new ApprovalAsked(
                $"{ticket.Number}-{ticket.Version + facts.Count + 1}",
                draft.Question,
                draft.Rule,
                due,
                approvers,
                reminders.Count > 0 ? reminders : null,
                was,
                draft.Holds ? null : false
            )
        );
        return TicketHistory.Record(ticket, by, now, facts);
    }

    /// <summary>Takes an answer, which stands; null when there is no such approval. The same answer again changes nothing.</summary>
    public static TicketChange? Decide(Ticket ticket, string id, int approver, ApprovalDecision decision, string? comment, Actor by, DateTimeOffset now)
    {
        if (Find(ticket, id) is not { } approval)
            return null;
        var one =
            approval.Approvers.FirstOrDefault(one => one.Id == approver)
            ?? throw new HelpdeskRuleException("approver-replaced", $"Approval {id} is decided by others: somebody else is asked instead.");
        if (one.Decision == decision)
            return new(ticket, []);
        if (one.Decision is not null)
            throw new HelpdeskRuleException("approval-answered", $"Approval {id} was answered by you already, and an answer stands.");
        if (approval.State != ApprovalState.Pending || approval.DueAt <= now)
            throw Over(approval);
        if (!CanAnswer(one))
            throw new HelpdeskRuleException("approver-replaced", $"Approval {id} can no longer be answered by this person.");
        var words = string.IsNullOrWhiteSpace(comment) ? null : comment.Trim();
        var decided = TicketHistory.Record(ticket, by, now, new ApprovalDecided(id, approver, decision, words));
        return Then(decided, Settled(decided.Ticket, now));
    }

    /// <summary>Takes the answer of an agent; null when there is no such approval.</summary>
    public static TicketChange? DecideAs(Ticket ticket, string id, Actor agent, ApprovalDecision decision, string? comment, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(agent);
        if (Find(ticket, id) is not { } approval)
            return null;
        var asked =
            (agent.Kind == ActorKind.Agent ? AwaitedOf(approval, agent.Id) ?? approval.Approvers.FirstOrDefault(one => one.Agent == agent.Id) : null)
            ?? throw new HelpdeskRuleException("not-asked", $"Approval {id} is decided by others: you are not asked.");
        return Decide(ticket, id, asked.Id, decision, comment, agent, now);
    }

    /// <summary>Takes an approval back; null when there is no such approval. One that has ended stays as it is.</summary>
    public static TicketChange? Cancel(Ticket ticket, string id, Actor by, DateTimeOffset now)
    {
        if (Find(ticket, id) is not { } approval)
            return null;
        return approval.State == ApprovalState.Pending ? End(ticket, [(approval, ApprovalState.Cancelled)], by, now) : new(ticket, []);
    }

    /// <summary>Reminds those who have not answered, at somebody's wish; null when there is no such approval.</summary>
    public static TicketChange? Remind(Ticket ticket, string id, Actor by, DateTimeOffset now)
    {
        if (Find(ticket, id) is not { } approval)
            return null;
        if (approval.State != ApprovalState.Pending || approval.DueAt <= now)
            throw Over(approval);
        if (now < (approval.RemindedAt ?? approval.AskedAt) + BetweenReminders)
            throw new HelpdeskRuleException("approval-just-reminded", "They were asked less than 15 minutes ago: give them a little time.");
        return TicketHistory.Record(ticket, by, now, new ApprovalReminded(id, Unanswered(approval), approval.Reminders ?? 0));
    }

    /// <summary>Puts another agent, or nobody, in the place of one who has left, wherever an answer of theirs is missing.</summary>
    /// <param name="successor">Id of who is asked instead; null for nobody.</param>
    public static TicketChange HandOver(Ticket ticket, string agent, string? successor, Actor by, DateTimeOffset now)
    {
        var facts = new List<TicketFact>();
        foreach (var approval in Pending(ticket))
        {
            if (approval.Approvers.FirstOrDefault(one => one.Agent == agent && one.Decision is null && CanAnswer(one)) is not { } leaving)
                continue;
            // One whose answer is missing as well answers for both; an answer that was given before was one's own.
            var isAsked = AwaitedOf(approval, successor) is not null;
            var id = approval.Approvers.Max(one => one.Id) + 1;
            facts.Add(new ApproverReplaced(approval.Id, leaving.Id, successor, successor is null || isAsked ? null : id));
        }

        if (facts.Count == 0)
            return new(ticket, []);
        var replaced = TicketHistory.Record(ticket, by, now, facts);
        return Then(replaced, Settled(replaced.Ticket, now));
    }

    /// <summary>When something is to be done by itself; null for never.</summary>
    public static DateTimeOffset? NextAt(Ticket ticket) =>
        Pending(ticket)
            .Select(approval =>
                (DateTimeOffset?)(
                    OutcomeOf(approval) != ApprovalState.Pending ? approval.AskedAt
                    : (approval.RemindAt ?? []).ElementAtOrDefault(approval.Reminders ?? 0) is var at && at > default(DateTimeOffset) ? at
                    : approval.DueAt
                )
            )
            .Min();

    /// <summary>Reminds of what is due and ends what is over; no events when nothing is.</summary>
    public static TicketChange Wake(Ticket ticket, DateTimeOffset now)
    {
        var change = Settled(ticket, now);
        ticket = change.Ticket;
        var facts = new List<TicketFact>();
        foreach (var approval in Pending(ticket))
        {
            // What was slept through is made up for once.
            var over = (approval.RemindAt ?? []).Count(at => at <= now);
            if (over > (approval.Reminders ?? 0))
                facts.Add(new ApprovalReminded(approval.Id, Unanswered(approval), over));
        }

        return Then(change, TicketHistory.Record(ticket, Actor.System, now, facts));
    }

    /// <summary>What comes of the answers so far, whatever the time is.</summary>
    public static ApprovalState OutcomeOf(TicketApproval approval)
    {
        ArgumentNullException.ThrowIfNull(approval);
        var all = approval.Approvers.Count;
        var approved = approval.Approvers.Count(one => one.Decision == ApprovalDecision.Approve);
        var declined = approval.Approvers.Count(one => one.Decision == ApprovalDecision.Decline);
        // Whoever can answer no more still counts among those who were asked: nobody's silence makes a yes.
        var possible = approved + approval.Approvers.Count(one => one.Decision is null && CanAnswer(one));
        var needed = approval.Rule switch
        {
            ApprovalRule.All => all,
            ApprovalRule.Any => 1,
            _ => (all / 2) + 1,
        };
        return approved >= needed ? ApprovalState.Approved
            : possible >= needed ? ApprovalState.Pending
            : declined > 0 ? ApprovalState.Declined
            : ApprovalState.Expired;
    }

    /// <summary>Approvals that answers are awaited for.</summary>
    public static IEnumerable<TicketApproval> Pending(Ticket ticket)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        return (ticket.Approvals ?? []).Where(approval => approval.State == ApprovalState.Pending);
    }

    /// <summary>How a ticket stands: pending as long as one of its approvals is, else as the last one of them ended; null for none.</summary>
    public static ApprovalState? StateOf(Ticket ticket)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        return Pending(ticket).Any() ? ApprovalState.Pending : ticket.Approvals?.MaxBy(approval => approval.EndedAt)?.State;
    }

    /// <summary>Whether a ticket is on hold for an approval: nothing that its requester says changes that.</summary>
    public static bool Waits(Ticket ticket) =>
        ticket is { Status: TicketStatus.OnHold, HeldFrom: not null } && Pending(ticket).Any(approval => approval.Holds != false);

    public static TicketApproval? Find(Ticket ticket, string id)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        return ticket.Approvals?.FirstOrDefault(approval => approval.Id == id);
    }

    /// <summary>The approver of a pending approval whose answer is missing and who is this agent; null for none.</summary>
    public static Approver? AwaitedOf(TicketApproval approval, string? agent)
    {
        ArgumentNullException.ThrowIfNull(approval);
        return agent is null || approval.State != ApprovalState.Pending
            ? null
            : approval.Approvers.FirstOrDefault(one => one.Agent == agent && one.Decision is null && CanAnswer(one));
    }

    /// <summary>Whether somebody is there to answer: people who were erased are not.</summary>
    public static bool CanAnswer(Approver approver)
    {
        ArgumentNullException.ThrowIfNull(approver);
        return approver.Gone != true && !(approver.Email is { } email && ErasedPerson.IsPseudonym(email));
    }

    /// <summary>The ticket without approvals that anybody is asked for: it is done.</summary>
    internal static IReadOnlyList<TicketApproval>? Over(IReadOnlyList<TicketApproval>? approvals, DateTimeOffset at) =>
        approvals is null || approvals.All(approval => approval.State != ApprovalState.Pending)
            ? approvals
            : [.. approvals.Select(one => one.State == ApprovalState.Pending ? one with { State = ApprovalState.Cancelled, EndedAt = at } : one)];

    /// <summary>The approvals of a ticket with another one; of those that have ended, the oldest makes room.</summary>
    internal static IReadOnlyList<TicketApproval> With(IReadOnlyList<TicketApproval>? approvals, TicketApproval asked)
    {
        var all = (approvals ?? []).Append(asked).ToList();
        if (all.Count > TicketApproval.Most && all.FindIndex(one => one.State != ApprovalState.Pending) is >= 0 and var oldest)
            all.RemoveAt(oldest);
        return all;
    }

    private static TicketChange Settled(Ticket ticket, DateTimeOffset now) =>
        End(
            ticket,
            [
                .. Pending(ticket)
                    .Select(one =>
                        (one, OutcomeOf(one) is var outcome && outcome == ApprovalState.Pending && one.DueAt <= now ? ApprovalState.Expired : outcome)
                    )
                    .Where(one => one.Item2 != ApprovalState.Pending),
            ],
            Actor.System,
            now
        );

    /// <summary>Ends approvals. With the last one the ticket goes on where it stood, unless somebody has moved it since.</summary>
    private static TicketChange End(Ticket ticket, IReadOnlyList<(TicketApproval Approval, ApprovalState State)> ended, Actor by, DateTimeOffset now)
    {
        if (ended.Count == 0)
            return new(ticket, []);
        List<TicketFact> facts = [.. ended.Select(one => new ApprovalEnded(one.Approval.Id, one.State, one.Approval.Question))];
        if (
            ticket is { Status: TicketStatus.OnHold, HeldFrom: { } was }
            && Pending(ticket).All(one => one.Holds == false || ended.Any(over => over.Approval.Id == one.Id))
        )
            facts.Add(new StatusChanged(TicketStatus.OnHold, was));
        return TicketHistory.Record(ticket, by, now, facts);
    }

    private static TicketChange Then(TicketChange first, TicketChange second) => second with { Events = [.. first.Events, .. second.Events] };

    private static List<int> Unanswered(TicketApproval approval) =>
        [.. approval.Approvers.Where(one => one.Decision is null && CanAnswer(one)).Select(one => one.Id)];

    private static HelpdeskRuleException Over(TicketApproval approval) =>
        new(
            "approval-over",
            $"Approval {approval.Id} is {WireName<ApprovalState>.Of(approval.State == ApprovalState.Pending ? ApprovalState.Expired : approval.State)}: "
                + "nothing is to be decided any more."
        );

    private static string KeyOf(Approver approver) => approver.Agent ?? $"@{approver.Email?.ToLowerInvariant()}";
}
