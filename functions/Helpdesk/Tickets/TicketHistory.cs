using System.Text.Json;
using Helpdesk.Agenda;
using Helpdesk.Approvals;
using Helpdesk.Automations;
using Helpdesk.Satisfaction;

namespace Helpdesk.Tickets;

/// <summary>What a decision leaves behind: the ticket after it, and the new events and comment that say why.</summary>
/// <param name="Removed">A comment that stands elsewhere from now on.</param>
/// <remarks><see cref="Events"/> is empty when there was nothing to change.</remarks>
public sealed record TicketChange(Ticket Ticket, IReadOnlyList<TicketEvent> Events, Comment? Comment = null, Comment? Removed = null)
{
    /// <summary>New comments besides the first one, where several were added at once.</summary>
    public IReadOnlyList<Comment> FurtherComments { get; init; } = [];
}

/// <summary>Turns facts into the state of a ticket, the same for ever.</summary>
public static class TicketHistory
{
    /// <summary>Numbers <paramref name="facts"/> after the ticket's last event and applies them.</summary>
    /// <remarks>Time never runs backwards in a ticket: an event is at least as late as the one before it, whatever a machine's clock says.</remarks>
    public static TicketChange Record(Ticket ticket, Actor by, DateTimeOffset now, params IReadOnlyList<TicketFact> facts)
    {
        var at = Max(ToMilliseconds(now), ticket.UpdatedAt);
        var events = new List<TicketEvent>(facts.Count);
        foreach (var fact in facts)
        {
            var happened = new TicketEvent(ticket.Version + 1, at, by, fact);
            events.Add(happened);
            ticket = Apply(ticket, happened);
        }

        return new(ticket, events);
    }

    /// <summary>The ticket that its first event opens.</summary>
    public static TicketChange Begin(TicketOpened opened, string description, Actor by, DateTimeOffset now)
    {
        var first = new TicketEvent(1, ToMilliseconds(now), by, opened);
        return new(Begin(first, description), [first]);
    }

    /// <summary>The ticket as it was right after the last of <paramref name="events"/>, which start with the first and have no gap.</summary>
    /// <param name="description">The description that the ticket was opened with, see <see cref="FirstDescription"/>.</param>
    public static Ticket Replay(IEnumerable<TicketEvent> events, string description)
    {
        Ticket? ticket = null;
        foreach (var happened in events)
            ticket = ticket is null ? Begin(happened, description) : Apply(ticket, happened);

        return ticket ?? throw new ArgumentException("A ticket has at least one event.", nameof(events));
    }

    /// <summary>
    /// Each of a ticket's events, which start with the first and have no gap, with the ticket as it was right after it, but for its description.
    /// </summary>
    public static IEnumerable<(TicketEvent Event, Ticket Ticket)> Steps(IEnumerable<TicketEvent> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        Ticket? ticket = null;
        foreach (var happened in events)
        {
            ticket = ticket is null ? Begin(happened, "") : Apply(ticket, happened);
            yield return (happened, ticket);
        }
    }

    /// <summary>The description that a ticket was opened with, by its events and its description now.</summary>
    public static string FirstDescription(IEnumerable<TicketEvent> events, string now) =>
        events.Select(happened => happened.Fact).OfType<DescriptionChanged>().FirstOrDefault()?.From ?? now;

    private static Ticket Begin(TicketEvent first, string description)
    {
        var opened =
            first.Fact as TicketOpened
            ?? throw new ArgumentException($"A ticket's first event is that it was opened, not {first.Fact.GetType().Name}.", nameof(first));
        return new()
        {
            Id = opened.Id,
            Number = opened.Number,
            Workspace = opened.Workspace,
            Subject = opened.Subject,
            Description = description,
            Status = opened.Status,
            Priority = opened.Priority,
            Type = opened.Type,
            Tier = opened.Tier,
            Group = opened.Group,
            Assignee = opened.Assignee,
            Requester = opened.Requester,
            Tags = opened.Tags,
            CustomFields = opened.CustomFields,
            Channel = opened.Channel,
            FollowUpOf = opened.FollowUpOf,
            Conversation = opened.Conversation,
            Receipt = opened.Receipt,
            Mailbox = opened.Mailbox,
            Automatic = opened.Automatic,
            Language = opened.Language,
            Form = opened.Form,
            Attachments = opened.Attachments,
            Participants = opened.Participants,
            Links = opened.Links,
            Pin = opened.Sla,
            CreatedAt = first.At,
            UpdatedAt = first.At,
            Version = 1,
        };
    }

    private static Ticket Apply(Ticket ticket, TicketEvent happened)
    {
        if (happened.Seq != ticket.Version + 1)
            throw new ArgumentException($"Event {happened.Seq} cannot follow event {ticket.Version}.", nameof(happened));

        ticket = ticket with { Version = happened.Seq, UpdatedAt = happened.At };
        return happened.Fact switch
        {
            CommentAdded { Visibility: CommentVisibility.Public } => ticket with
            {
                LastWord = new(happened.By.Kind, happened.By.Kind == ActorKind.Agent ? happened.By.Id : null, happened.At),
                // Who waits to hear from the requester has heard.
                FollowUp = happened.By.Kind == ActorKind.Requester && ticket.FollowUp is { UnlessAnswered: true } ? null : ticket.FollowUp,
            },
            CommentAdded
            or CommentEdited
            or CommentDeleted
            or CommentSplit
            or SlaBreached
            or SlaBreachRetracted
            or SlaStepFired
            or TicketAcknowledged
            or PersonErased
            or MacroApplied => ticket,
            AutomationRan ran => ticket with { Automated = AutomationMark.After(ticket.Automated, ran) },
            MergeReceived { Participants: { } came } received => ticket with { Participants = People.Join(ticket, came, received.From, happened.Seq) },
            MergeReceived => ticket,
            MergeReturned returned => ticket with { Participants = People.Without(ticket.Participants, one => one.Via == returned.To) },
            TicketUnmerged to => ticket with
            {
                Status = to.To,
                MergedInto = null,
                ClosedAt = null,
                PendingSince = to.To == TicketStatus.Pending ? happened.At : null,
            },
            TicketLinked link => ticket with { Links = [.. ticket.Links ?? [], new(link.Kind, link.To, link.ToNumber)] },
            TicketUnlinked link => ticket with
            {
                Links = ticket.Links?.Where(one => one.To != link.To || one.Kind != link.Kind).ToList() is { Count: > 0 } left ? left : null,
            },
            RequesterChanged to => ticket with
            {
                Requester = to.To,
                // Somebody else may speak another one.
                Language = People.Same(to.To.Email, ticket.Requester.Email) ? ticket.Language : null,
            },
            DescriptionChanged to => ticket with { Description = to.To, Redescribed = ticket.Redescribed ?? happened.Seq },
            ParticipantsChanged to => ticket with { Participants = to.To.Count > 0 ? to.To : null },
            StatusChanged to => ticket with
            {
                Status = to.To,
                Resolution = to.Resolution ?? ticket.Resolution,
                ResolvedAt = to.To == TicketStatus.Resolved ? happened.At : ticket.ResolvedAt,
                ClosedAt = to.To == TicketStatus.Closed ? happened.At : null,
                PendingSince = to.To == TicketStatus.Pending ? happened.At : null,
                RemindedAt = null,
                FollowUp = to.To == TicketStatus.Closed ? null : ticket.FollowUp,
                HeldFrom = null,
                Approvals = to.To is TicketStatus.Resolved or TicketStatus.Closed ? ApprovalRules.Over(ticket.Approvals, happened.At) : ticket.Approvals,
            },
            TicketReopened to => ticket with
            {
                Status = to.To,
                ResolvedAt = null,
                ClosedAt = null,
                PendingSince = to.To == TicketStatus.Pending ? happened.At : null,
                RemindedAt = null,
                HeldFrom = null,
            },
            SubjectChanged to => ticket with { Subject = to.To },
            PriorityChanged to => ticket with { Priority = to.To },
            TypeChanged to => ticket with { Type = to.To },
            TierChanged to => ticket with { Tier = to.To },
            GroupChanged to => ticket with { Group = to.To },
            AssigneeChanged to => ticket with { Assignee = to.To },
            TicketRouted routed => ticket with { RoutedFor = routed.Cause ?? ticket.RoutedFor },
            TagsChanged to => ticket with { Tags = to.To },
            CustomFieldsChanged to => ticket with { CustomFields = MergePatch(ticket.CustomFields, to.Changes) },
            TicketMerged into => ticket with
            {
                Status = TicketStatus.Closed,
                ClosedAt = happened.At,
                MergedInto = into.Into,
                PendingSince = null,
                FollowUp = null,
                HeldFrom = null,
                Approvals = ApprovalRules.Over(ticket.Approvals, happened.At),
            },
            SlaPolicyApplied to => ticket with { Pin = to.To },
            SlaCalendarSwitched to => ticket with { Pin = ticket.Pin is null ? null : ticket.Pin with { Calendar = to.To } },
            TimeLogged time => ticket with { MinutesWorked = (ticket.MinutesWorked ?? 0) + time.Minutes - (time.Was ?? 0) },
            RequesterReminded => ticket with { RemindedAt = happened.At },
            SatisfactionAsked asked => ticket with { Satisfaction = new(happened.Seq, happened.At, asked.ResolvedAt, asked.Scale, asked.Agent, asked.Group) },
            SatisfactionRated rated => ticket with
            {
                Satisfaction = ticket.Satisfaction is not { } asked
                    ? null
                    : asked with
                    {
                        Rating = rated.Rating,
                        Comment = rated.Comment,
                        RatedAt = asked.RatedAt ?? happened.At,
                    },
            },
            FollowUpSet back => ticket with { FollowUp = new(back.ComesBackAt, back.To, back.Note, back.UnlessAnswered) },
            FollowUpCancelled or FollowUpDue => ticket with { FollowUp = null },
            TaskAdded task => ticket with { Tasks = [.. ticket.Tasks ?? [], new(task.Task, task.Title, task.Assignee, task.DueAt, task.Required)] },
            TaskChanged task => WithTask(
                ticket,
                task.Task,
                one => one with { Title = task.Title, Assignee = task.Assignee, DueAt = task.DueAt, Required = task.Required }
            ),
            TaskDone task => WithTask(ticket, task.Task, one => one with { DoneAt = happened.At, DoneBy = happened.By.Id }),
            TaskReopened task => WithTask(ticket, task.Task, one => one with { DoneAt = null, DoneBy = null }),
            TaskRemoved task => WithTask(ticket, task.Task, _ => null),
            TaskDue task => WithTask(ticket, task.Task, one => one with { RemindedOf = task.DueAt }),
            ApprovalAsked asked => ticket with
            {
                Approvals = ApprovalRules.With(
                    ticket.Approvals,
                    new(asked.Approval, asked.Question, asked.Rule, happened.At, asked.DueAt, asked.Approvers, asked.RemindAt)
                    {
                        By = happened.By,
                        Holds = asked.Holds,
                    }
                ),
                HeldFrom = asked.Was ?? ticket.HeldFrom,
            },
            ApprovalDecided decided => WithApprover(
                ticket,
                decided.Approval,
                decided.Approver,
                one => [one with { Decision = decided.Decision, Comment = decided.Comment, DecidedAt = happened.At }]
            ),
            ApproverReplaced { To: null } left => WithApprover(ticket, left.Approval, left.Approver, one => [one with { Gone = true }]),
            ApproverReplaced { To: { } to, ToApprover: var id } left => WithApprover(
                ticket,
                left.Approval,
                left.Approver,
                _ => id is { } number ? [new(number, to)] : []
            ),
            ApprovalReminded reminded => WithApproval(
                ticket,
                reminded.Approval,
                one => one with { Reminders = reminded.Reminders > 0 ? reminded.Reminders : null, RemindedAt = happened.At }
            ),
            ApprovalEnded ended => WithApproval(ticket, ended.Approval, one => one with { State = ended.Outcome, EndedAt = happened.At }),
            _ => throw new ArgumentException($"Event {happened.Seq} is a {happened.Fact.GetType().Name}, which cannot follow the first.", nameof(happened)),
        };
    }

    /// <summary>The ticket with an approval changed.</summary>
    private static Ticket WithApproval(Ticket ticket, string id, Func<TicketApproval, TicketApproval> change) =>
        ticket with
        {
            Approvals = ticket.Approvals?.Select(one => one.Id == id ? change(one) : one).ToList(),
        };

    /// <summary>The ticket with one of those who are asked for an approval changed, or replaced.</summary>
    private static Ticket WithApprover(Ticket ticket, string id, int approver, Func<Approver, IReadOnlyList<Approver>> change) =>
        WithApproval(
            ticket,
            id,
            approval => approval with { Approvers = [.. approval.Approvers.SelectMany(one => one.Id == approver ? change(one) : [one])] }
        );

    /// <summary>The ticket with a task changed, or without it.</summary>
    private static Ticket WithTask(Ticket ticket, string id, Func<TicketTask, TicketTask?> change) =>
        ticket with
        {
            Tasks = (ticket.Tasks ?? []).Select(task => task.Id == id ? change(task) : task).OfType<TicketTask>().ToList() is { Count: > 0 } left
                ? left
                : null,
        };

    internal static IReadOnlyDictionary<string, JsonElement> MergePatch(
        IReadOnlyDictionary<string, JsonElement> fields,
        IReadOnlyDictionary<string, JsonElement> changes
    )
    {
        var merged = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var (name, value) in fields)
            merged[name] = value;
        foreach (var (name, value) in changes)
        {
            if (value.ValueKind == JsonValueKind.Null)
                merged.Remove(name);
            else
                merged[name] = value;
        }

        return merged;
    }

    internal static DateTimeOffset ToMilliseconds(DateTimeOffset instant) => DateTimeOffset.FromUnixTimeMilliseconds(instant.ToUnixTimeMilliseconds());

    private static DateTimeOffset Max(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}
