using System.Text.Json;
using Helpdesk.Approvals;
using Helpdesk.Automations;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Sla;
using Helpdesk.Functions.Tickets;
using Helpdesk.Functions.Webhooks;
using Helpdesk.Routing;
using Helpdesk.Sla;

namespace Helpdesk.Functions.Automations;

/// <summary>What actions may name: ids of groups, of active agents, of webhook subscriptions and of calendars.</summary>
public sealed record ActionDesk(IReadOnlySet<string> Groups, IReadOnlySet<string> Agents, IReadOnlySet<string> Webhooks, IReadOnlySet<string> Calendars)
{
    /// <summary>Read from storage.</summary>
    public static async Task<ActionDesk> ReadAsync(string workspace, SettingsStore settings, CancellationToken cancellationToken)
    {
        var groups = await settings.ListAsync(workspace, DirectoryKinds.Groups, cancellationToken);
        var agents = await settings.ListAsync(workspace, DirectoryKinds.Agents, cancellationToken);
        var webhooks = await settings.ListAsync(workspace, WebhookStore.Kind, cancellationToken);
        var calendars = await settings.ListAsync(workspace, SlaKinds.Calendars.Newest, cancellationToken);
        return new(
            groups.Select(group => group.Id).ToHashSet(StringComparer.Ordinal),
            agents
                .Where(agent => agent.Active)
                .Select(agent => agent.Id)
                .Concat(workspace == DirectoryStore.HomeWorkspace ? [DirectoryStore.FirstAdmin.Id] : [])
                .ToHashSet(StringComparer.Ordinal),
            webhooks.Select(webhook => webhook.Id).ToHashSet(StringComparer.Ordinal),
            calendars.Select(calendar => calendar.Id).Append(StandardSla.CalendarId).ToHashSet(StringComparer.Ordinal)
        );
    }
}

/// <summary>Reads the actions of automations and macros, and says of each what is wrong and where.</summary>
public static class ActionFields
{
    /// <summary>The actions; null when they were not sent or something is wrong with them.</summary>
    /// <param name="isMacro">Whether an agent applies them, who is <c>me</c>.</param>
    public static IReadOnlyList<TicketAction>? Read(FieldReader fields, ActionDesk desk, bool isMacro, bool required)
    {
        ArgumentNullException.ThrowIfNull(fields);
        if (fields.Objects("actions", TicketAction.Most, required) is not { } listed)
            return null;
        if (listed.Count == 0)
            fields.Wrong("actions", "must do something: give at least one action.");
        return [.. listed.Select(one => Read(one, desk, isMacro)).OfType<TicketAction>()];
    }

    private static TicketAction? Read(FieldReader fields, ActionDesk desk, bool isMacro)
    {
        if (fields.OneOf<ActionKind>("do", required: true) is not { } kind)
            return null;
        var action = new TicketAction(kind);
        action = kind switch
        {
            ActionKind.Set => Set(fields, action),
            ActionKind.AddTags or ActionKind.RemoveTags => action with { Tags = Tags(fields) },
            ActionKind.Assign => Assign(fields, action, desk, isMacro),
            ActionKind.Comment or ActionKind.Note => action with { Text = Text(fields, AutomationTexts.TextLength, required: true) },
            ActionKind.Notify => Notify(fields, action, desk, isMacro),
            ActionKind.Webhook => action with { Webhook = Id(fields, "webhook", desk.Webhooks, "a webhook subscription", required: true) },
            ActionKind.FollowUp => FollowUp(fields, action, desk, isMacro),
            ActionKind.StartApproval => StartApproval(fields, action, desk, isMacro),
            ActionKind.Escalate => action with { Tier = fields.Whole("tier", 2, TicketRules.TopTier), Text = Text(fields, 1000, required: false) },
            ActionKind.Resolve => action with { Text = Text(fields, TicketFields.ResolutionLength, required: true) },
            _ => action with { Text = Text(fields, TicketFields.ResolutionLength, required: false) },
        };
        fields.Ends();
        return action;
    }

    private static TicketAction Set(FieldReader fields, TicketAction action)
    {
        var field = fields.Text("field", 250, required: true);
        var value = fields.Json("value");
        if (field is null)
            return action;
        switch (field)
        {
            case "priority":
                fields.OneOf<TicketPriority>("value", required: true);
                break;
            case "status":
                fields.OneOf<TicketStatus>("value", status => status is TicketStatus.Open or TicketStatus.Pending or TicketStatus.OnHold, required: true);
                break;
            case "type":
                fields.Text("value", 50);
                break;
            case { } own when own.StartsWith(TicketActions.CustomPrefix, StringComparison.Ordinal):
                CheckOwn(fields, own[TicketActions.CustomPrefix.Length..], value);
                break;
            default:
                fields.Wrong("field", $"is \"{field}\"; possible are priority, status, type and custom.<name>.");
                break;
        }

        return action with
        {
            Field = field,
            Value = value is null or { ValueKind: JsonValueKind.Null } ? null : value.Value.Clone(),
        };
    }

    private static void CheckOwn(FieldReader fields, string name, JsonElement? value)
    {
        if (VisibleText.IsBlank(name) || name.EnumerateRunes().Count() > 50)
            fields.Wrong("field", "needs a name of 1 to 50 characters after custom.");
        if (value is { ValueKind: JsonValueKind.Object or JsonValueKind.Array })
            fields.Wrong("value", "must be a text, a number, true, false or null.");
        else if (value is { ValueKind: JsonValueKind.String })
            fields.Text("value", 1000, lines: true);
    }

    private static List<string> Tags(FieldReader fields)
    {
        var tags = TicketFields.Tags(fields);
        if (tags is null && !fields.Has("tags"))
            fields.Wrong("tags", "is required.");
        else if (tags is { Count: 0 })
            fields.Wrong("tags", "must have at least one entry.");
        return [.. tags ?? []];
    }

    private static TicketAction Assign(FieldReader fields, TicketAction action, ActionDesk desk, bool isMacro)
    {
        var group = Id(fields, "group", desk.Groups, "a group", canBeNone: true);
        var agent = AgentId(fields, desk, isMacro, canBeNone: true);
        var strategy = fields.OneOf<RoutingStrategy>("strategy", required: fields.Has("strategy"));
        var skills = fields.Texts("skills", 20, 50);
        if (!fields.Has("group") && !fields.Has("agent") && !fields.Has("strategy"))
            fields.Wrong("agent", "or group is required, or strategy for one of the ticket's group.");
        if (strategy is not null && fields.Has("agent"))
            fields.Wrong("strategy", "chooses an agent: leave agent out.");
        if (strategy is not null && group == TicketAction.Nobody)
            fields.Wrong("strategy", "chooses an agent of a group: group must not be none.");
        if (skills is { Count: > 0 } && strategy is null)
            fields.Wrong("skills", "belongs to a strategy: give one.");
        return action with { Group = group, Agent = agent, Strategy = strategy, Skills = skills is { Count: > 0 } ? skills : null };
    }

    private static TicketAction Notify(FieldReader fields, TicketAction action, ActionDesk desk, bool isMacro)
    {
        var to = fields.OneOf<NotifyTarget>("to", required: true);
        return action with
        {
            To = to,
            Agent = to == NotifyTarget.Agent ? AgentId(fields, desk, isMacro, required: true) : null,
            Group = to == NotifyTarget.Group ? Id(fields, "group", desk.Groups, "a group") : null,
            Text = Text(fields, AutomationTexts.TextLength, required: true),
        };
    }

    private static TicketAction FollowUp(FieldReader fields, TicketAction action, ActionDesk desk, bool isMacro)
    {
        const string wrong = "must be a length of at most two years, such as PT16H or P2D; years and months are written in days.";
        var length = fields.Length("in", required: true, wrong);
        if (length <= TimeSpan.Zero || length > TimeSpan.FromDays(366 * 2))
            fields.Wrong("in", wrong);
        return action with
        {
            In = length is null ? null : IsoLength.Of(length.Value),
            Calendar = Id(fields, "calendar", desk.Calendars, "a calendar"),
            Agent = AgentId(fields, desk, isMacro, canBeNone: true),
            UnlessAnswered = fields.Flag("unlessAnswered"),
            Text = Text(fields, 1000, required: false),
        };
    }

    private static TicketAction StartApproval(FieldReader fields, TicketAction action, ActionDesk desk, bool isMacro)
    {
        const string wrong = "must be a length of at most a year, such as PT16H or P2D; years and months are written in days.";
        var length = fields.Length("in", problem: wrong);
        if (length is { } given && (given <= TimeSpan.Zero || given > ApprovalDrafts.Longest))
            fields.Wrong("in", wrong);
        var approvers = fields.Texts(
            "approvers",
            TicketApproval.MostApprovers,
            254,
            one =>
                SettingFields.IsEmail(one) || desk.Agents.Contains(one) || (isMacro && one == TicketAction.Me)
                    ? null
                    : $"contains \"{one}\", which is neither an active agent here nor an e-mail address."
        );
        if (approvers is null && !fields.Has("approvers"))
            fields.Wrong("approvers", "is required.");
        else if (approvers is { Count: 0 })
            fields.Wrong("approvers", "must name somebody.");
        return action with
        {
            Approvers = approvers,
            Rule = fields.OneOf<ApprovalRule>("rule"),
            In = length is null ? null : IsoLength.Of(length.Value),
            Calendar = Id(fields, "calendar", desk.Calendars, "a calendar"),
            Text = Text(fields, AutomationTexts.TextLength, required: true),
        };
    }

    private static string? AgentId(FieldReader fields, ActionDesk desk, bool isMacro, bool required = false, bool canBeNone = false)
    {
        if (fields.Text("agent", 40, required || fields.Has("agent")) is not { Length: > 0 } id)
            return null;
        if ((isMacro && id == TicketAction.Me) || (canBeNone && id == TicketAction.Nobody) || desk.Agents.Contains(id))
            return id;
        fields.Wrong(
            "agent",
            id == TicketAction.Me
                ? "is \"me\", which only macros know: they are applied by an agent."
                : $"names \"{id}\", which was not found: there is no such active agent here."
        );
        return null;
    }

    private static string? Id(FieldReader fields, string name, IReadOnlySet<string> known, string what, bool required = false, bool canBeNone = false)
    {
        if (fields.Text(name, 40, required || fields.Has(name)) is not { Length: > 0 } id)
            return null;
        if ((canBeNone && id == TicketAction.Nobody) || known.Contains(id))
            return id;
        fields.Wrong(name, $"names \"{id}\", which was not found: it must be the id of {what} of this workspace.");
        return null;
    }

    private static string? Text(FieldReader fields, int max, bool required)
    {
        var text = fields.Text("text", max, required, lines: true);
        if (string.IsNullOrEmpty(text))
            return null;
        if (AutomationTexts.ProblemOf(text) is { } problem)
            fields.Wrong("text", problem);
        return text;
    }
}
