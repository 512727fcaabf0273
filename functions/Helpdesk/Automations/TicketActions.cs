using System.Text.Json;
using Helpdesk.Agenda;
using Helpdesk.Approvals;
using Helpdesk.Directory;
using Helpdesk.Sla;
using Helpdesk.Tickets;

namespace Helpdesk.Automations;

/// <summary>What actions need to know besides the ticket.</summary>
public sealed record ActionContext
{
    /// <summary>Finds a group by id.</summary>
    public required Func<string, Group?> Groups { get; init; }

    /// <summary>The agents of the workspace.</summary>
    public required IReadOnlyList<Agent> Agents { get; init; }

    /// <summary>Ids of the webhook subscriptions that are switched on.</summary>
    public IReadOnlySet<string> Webhooks { get; init; } = new HashSet<string>();

    /// <summary>Finds a calendar by id.</summary>
    public Func<string, BusinessCalendar?> Calendars { get; init; } = _ => null;

    /// <summary>The agent who applies a macro; null for an automation.</summary>
    public Agent? Me { get; init; }

    /// <summary>The agent who was chosen for an action that has a strategy; null for nobody.</summary>
    public Func<TicketAction, string?> Chosen { get; init; } = _ => null;

    /// <summary>Whether nothing is really done, so that nobody was chosen.</summary>
    public bool IsTrial { get; init; }

    /// <summary>Makes words of Liquid; a text that cannot be made is refused with a <see cref="HelpdeskRuleException"/>.</summary>
    public required Func<string, Ticket, string> Render { get; init; }

    /// <summary>What is wrong with a ticket's own fields, as what they do; null for nothing.</summary>
    public Func<IReadOnlyDictionary<string, JsonElement>, string?> FieldsProblem { get; init; } = _ => null;
}

/// <summary>What actions made of a ticket.</summary>
/// <param name="Outcomes">What became of each action, in their order.</param>
/// <param name="Webhooks">Ids of the webhook subscriptions that are to be told.</param>
public sealed record ActionsDone(
    Ticket Ticket,
    IReadOnlyList<TicketEvent> Events,
    IReadOnlyList<Comment> Comments,
    IReadOnlyList<ActionOutcome> Outcomes,
    IReadOnlyList<string> Webhooks
);

/// <summary>Does actions to a ticket, through the rules that hold for everybody.</summary>
/// <remarks>An action that a rule refuses is not done, and the ones after it are done all the same: each says for itself what became of it.</remarks>
public static class TicketActions
{
    /// <summary>As many agents are named at once.</summary>
    private const int MostTold = 50;

    /// <summary>As many characters the texts of one run may have together: all of them are written in one transaction, which storage limits to 4 MB.</summary>
    private const int LongestTexts = 400_000;

    /// <summary>The ticket after the actions, and what became of each.</summary>
    public static ActionsDone Apply(Ticket ticket, IReadOnlyList<TicketAction> actions, ActionContext context, Actor by, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(actions);
        ArgumentNullException.ThrowIfNull(context);
        var (events, comments, outcomes, webhooks) = (new List<TicketEvent>(), new List<Comment>(), new List<ActionOutcome>(), new List<string>());
        var said = 0;
        foreach (var action in actions)
        {
            try
            {
                if (action.Do == ActionKind.Webhook)
                {
                    webhooks.Add(WebhookOf(action, context));
                    outcomes.Add(new(action.Do, ActionResult.Done));
                    continue;
                }

                var changes = Change(ticket, action, context with { Render = (text, of) => Bounded(action, context.Render(text, of)) }, by, now);
                var result = changes.Any(change => change.Events.Count > 0) ? ActionResult.Done : ActionResult.Unchanged;
                outcomes.Add(new(action.Do, result, WordsOf(action, context)));
                foreach (var change in changes)
                {
                    ticket = change.Ticket;
                    events.AddRange(change.Events);
                    if (change.Comment is { } comment)
                        comments.Add(comment);
                }
            }
            catch (HelpdeskRuleException refused)
            {
                outcomes.Add(new(action.Do, ActionResult.NotDone, refused.Message));
            }
        }

        return new(ticket, events, comments, outcomes, webhooks);

        // No longer than what is written by hand, and not too long together with the texts before it.
        string Bounded(TicketAction action, string words)
        {
            var (longest, shown) = action.Do switch
            {
                ActionKind.Escalate or ActionKind.FollowUp => (1_000, "1,000"),
                ActionKind.StartApproval => (TicketApproval.QuestionLength, "2,000"),
                ActionKind.Resolve or ActionKind.Close => (10_000, "10,000"),
                _ => (65_536, "65,536"),
            };
            if (words.Length > longest)
                throw new HelpdeskRuleException("text-too-long", $"Its text has more than {shown} characters for this ticket.");
            if (words.Length > LongestTexts - said)
                throw new HelpdeskRuleException("texts-too-long", "Its text and those before it have more than 400,000 characters together.");
            said += words.Length;
            return words;
        }
    }

    private static IReadOnlyList<TicketChange> Change(Ticket ticket, TicketAction action, ActionContext context, Actor by, DateTimeOffset now) =>
        action.Do switch
        {
            ActionKind.Set => [Set(ticket, action, context, by, now)],
            ActionKind.AddTags => [TicketRules.Patch(ticket, new() { Tags = With(ticket, action.Tags ?? []) }, by, now)],
            ActionKind.RemoveTags => [TicketRules.Patch(ticket, new() { Tags = [.. ticket.Tags.Except(action.Tags ?? [], StringComparer.Ordinal)] }, by, now)],
            ActionKind.Assign => [TicketRules.Patch(ticket, AssignmentOf(action, context), by, now)],
            ActionKind.Comment => [Answer(TicketRules.Comment(ticket, Words(action, ticket, context), CommentVisibility.Public, by, now), by)],
            ActionKind.Note => [TicketRules.Comment(ticket, Words(action, ticket, context), CommentVisibility.Internal, by, now)],
            ActionKind.Notify => [TicketRules.Comment(ticket, Call(action, ticket, context), CommentVisibility.Internal, by, now)],
            ActionKind.Escalate => [Escalate(ticket, action, context, by, now)],
            ActionKind.Resolve => [TicketRules.Resolve(ticket, Words(action, ticket, context), by, now)],
            ActionKind.FollowUp => [FollowUp(ticket, action, context, by, now)],
            ActionKind.StartApproval => [StartApproval(ticket, action, context, by, now)],
            ActionKind.Close => Close(ticket, action, context, by, now),
            _ => throw new ArgumentException($"{action.Do} is no change of a ticket.", nameof(action)),
        };

    /// <summary>A comment that the requester reads, which does not tell them what an automation is called.</summary>
    private static TicketChange Answer(TicketChange change, Actor by) =>
        by.Kind == ActorKind.System && change.Comment is { } comment ? change with { Comment = comment with { Actor = Actor.System } } : change;

    private static TicketChange Set(Ticket ticket, TicketAction action, ActionContext context, Actor by, DateTimeOffset now)
    {
        var text = action.Value is { ValueKind: JsonValueKind.String } value ? value.GetString()! : null;
        TicketPatch patch = action.Field switch
        {
            "priority" when text is not null && WireName<TicketPriority>.TryParse(text, out var priority) => new() { Priority = priority },
            "status" when text is not null && WireName<TicketStatus>.TryParse(text, out var status) => new() { Status = status },
            "type" => new() { Type = new(text) },
            { } field when field.StartsWith(CustomPrefix, StringComparison.Ordinal) => new()
            {
                CustomFields = new Dictionary<string, JsonElement> { [field[CustomPrefix.Length..]] = action.Value ?? JsonElement.Parse("null") },
            },
            _ => throw new HelpdeskRuleException("field-not-known", $"The field {action.Field} cannot be set to that."),
        };
        var change = TicketRules.Patch(ticket, patch, by, now);
        return context.FieldsProblem(change.Ticket.CustomFields) is { } problem
            ? throw new HelpdeskRuleException("too-many-fields", $"The ticket {problem}")
            : change;
    }

    /// <summary>How the name of a field of the desk's own begins.</summary>
    public const string CustomPrefix = "custom.";

    private static IReadOnlyList<string> With(Ticket ticket, IReadOnlyList<string> tags)
    {
        IReadOnlyList<string> all = [.. ticket.Tags, .. tags.Except(ticket.Tags, StringComparer.Ordinal)];
        return all.Count <= TicketRules.MostTags
            ? all
            : throw new HelpdeskRuleException(
                "too-many-tags",
                $"Ticket {ticket.Number} would have {all.Count} tags; at most {TicketRules.MostTags} are possible."
            );
    }

    private static TicketPatch AssignmentOf(TicketAction action, ActionContext context)
    {
        var group = action.Group switch
        {
            null => null,
            TicketAction.Nobody => new Optional<Group?>(null),
            var id => new Optional<Group?>(GroupOf(id, context)),
        };
        var agent = (action.Strategy is null ? action.Agent : context.Chosen(action)) switch
        {
            null => null,
            TicketAction.Nobody => new Optional<Agent?>(null),
            var id => new Optional<Agent?>(AgentOf(id, context)),
        };
        return new() { Group = group, Assignee = agent };
    }

    /// <summary>What there is to say of an agent who was to be chosen; null for nothing.</summary>
    private static string? WordsOf(TicketAction action, ActionContext context) =>
        action.Strategy is null ? null
        : context.IsTrial ? "Who it is given to is only decided when it is really done."
        : context.Chosen(action) is null ? "Nobody who can take it is there: it is given to the next agent of the group who is."
        : null;

    private static TicketChange Escalate(Ticket ticket, TicketAction action, ActionContext context, Actor by, DateTimeOffset now) =>
        TicketRules.Escalate(
            ticket,
            action.Tier,
            action.Text is null ? by.Name ?? "An automation" : Words(action, ticket, context),
            Ladder.Above(ticket.Group is { } id ? context.Groups(id) : null, group => group is null ? null : context.Groups(group)),
            by,
            now
        );

    /// <summary>Has the ticket come back: to the agent who is named or applies a macro, else to whoever is in charge of it then.</summary>
    private static TicketChange FollowUp(Ticket ticket, TicketAction action, ActionContext context, Actor by, DateTimeOffset now)
    {
        var length = System.Xml.XmlConvert.ToTimeSpan(action.In ?? "PT0S");
        var at = HoursOf(action, context) is not { } hours ? now + length : hours.Add(now, length) ?? throw Shut(action);
        var to = action.Agent switch
        {
            TicketAction.Nobody => null,
            { } id => AgentOf(id, context).Id,
            null => context.Me?.Id,
        };
        return AgendaRules.FollowUp(ticket, new(at, to, action.Text is null ? null : Words(action, ticket, context), action.UnlessAnswered), by, now);
    }

    /// <summary>Asks others to approve something. An approval of the same question that is pending is not asked for twice.</summary>
    private static TicketChange StartApproval(Ticket ticket, TicketAction action, ActionContext context, Actor by, DateTimeOffset now)
    {
        var question = Words(action, ticket, context);
        if (ApprovalRules.Pending(ticket).Any(approval => approval.Question == question))
            return new(ticket, []);
        var approvers = (action.Approvers ?? []).Select(one =>
            ApprovalDrafts.Named(one == TicketAction.Me ? AgentOf(one, context).Id : one, null, context.Agents)
        );
        var length = System.Xml.XmlConvert.ToTimeSpan(action.In ?? "PT48H");
        var (due, remind) = ApprovalDrafts.Times(now, length, null, HoursOf(action, context)) ?? throw Shut(action);
        return ApprovalRules.Ask(
            ticket,
            new()
            {
                Question = question,
                Rule = action.Rule ?? ApprovalRule.All,
                Approvers = [.. approvers],
                DueAt = due,
                RemindAt = remind,
            },
            by,
            now
        );
    }

    /// <summary>The hours in which an action counts; null for all hours.</summary>
    private static BusinessCalendar? HoursOf(TicketAction action, ActionContext context) =>
        action.Calendar is not { } id
            ? null
            : context.Calendars(id) ?? throw new HelpdeskRuleException("calendar-not-found", $"The calendar \"{id}\" is not there any more.");

    private static HelpdeskRuleException Shut(TicketAction action) =>
        new("calendar-shut", $"The calendar \"{action.Calendar}\" is never open for as long as that.");

    /// <summary>Closes a ticket; one that is not resolved yet is resolved first, where the action has a text for that.</summary>
    private static IReadOnlyList<TicketChange> Close(Ticket ticket, TicketAction action, ActionContext context, Actor by, DateTimeOffset now)
    {
        if (action.Text is null || ticket.Status is TicketStatus.Resolved or TicketStatus.Closed)
            return [TicketRules.Close(ticket, by, now)];
        var resolved = TicketRules.Resolve(ticket, Words(action, ticket, context), by, now);
        return [resolved, TicketRules.Close(resolved.Ticket, by, now)];
    }

    private static string Words(TicketAction action, Ticket ticket, ActionContext context)
    {
        var words = context.Render(action.Text ?? "", ticket).Trim();
        return VisibleText.IsBlank(words) ? throw new HelpdeskRuleException("text-empty", "Its text came out empty for this ticket.") : words;
    }

    /// <summary>A note that names those who are to be told.</summary>
    private static string Call(TicketAction action, Ticket ticket, ActionContext context)
    {
        IEnumerable<Agent> agents = action.To switch
        {
            NotifyTarget.Agent => [AgentOf(action.Agent ?? "", context)],
            NotifyTarget.Group => MembersOf(
                action.Group ?? ticket.Group ?? throw new HelpdeskRuleException("nobody-to-tell", $"Ticket {ticket.Number} has no group."),
                context
            ),
            _ => ticket.Assignee is { } assignee ? [AgentOf(assignee, context)]
            : ticket.Group is { } group ? MembersOf(group, context)
            : throw new HelpdeskRuleException("nobody-to-tell", $"Ticket {ticket.Number} has neither an assignee nor a group."),
        };
        var named = agents.Take(MostTold).Select(agent => $"@{agent.Id}").ToList();
        return named.Count == 0
            ? throw new HelpdeskRuleException("nobody-to-tell", "The group has no active agents.")
            : $"{string.Join(' ', named)}\n\n{Words(action, ticket, context)}";
    }

    private static IEnumerable<Agent> MembersOf(string group, ActionContext context) =>
        context.Agents.Where(agent => agent.Active && agent.Groups.Contains(GroupOf(group, context).Id, StringComparer.Ordinal));

    private static Group GroupOf(string id, ActionContext context) =>
        context.Groups(id) ?? throw new HelpdeskRuleException("group-not-found", $"The group \"{id}\" is not there any more.");

    private static Agent AgentOf(string id, ActionContext context)
    {
        if (id == TicketAction.Me)
            return context.Me ?? throw new HelpdeskRuleException("no-agent", "\"me\" is nobody: this key belongs to no agent.");
        return context.Agents.FirstOrDefault(agent => agent.Id == id) switch
        {
            { Active: true } agent => agent,
            null => throw new HelpdeskRuleException("agent-not-found", $"The agent \"{id}\" is not there any more."),
            _ => throw new HelpdeskRuleException("agent-not-active", $"The agent \"{id}\" is not active."),
        };
    }

    private static string WebhookOf(TicketAction action, ActionContext context) =>
        context.Webhooks.Contains(action.Webhook ?? "")
            ? action.Webhook!
            : throw new HelpdeskRuleException("webhook-not-found", $"The webhook \"{action.Webhook}\" is not there, or is switched off.");
}
