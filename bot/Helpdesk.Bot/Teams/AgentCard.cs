using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Helpdesk.Bot.Conversations;
using Helpdesk.Sla;
using Helpdesk.Tickets;

namespace Helpdesk.Bot.Teams;

/// <summary>A ticket as a card that an agent works it from.</summary>
public static class AgentCard
{
    private const int ExcerptLength = 800;
    private const int MostAgents = 100;

    /// <summary>The choice of no assignee; no agent has such an id.</summary>
    private const string Nobody = "-";

    /// <summary>What a ticket can be set to that is being worked on, and one that is resolved.</summary>
    private static readonly string[] Worked = ["open", "pending", "on-hold"];
    private static readonly string[] Done = ["resolved", "open", "closed"];

    /// <summary>The verbs of the card's buttons.</summary>
    public static class Verbs
    {
        public const string Refresh = "refresh";
        public const string Take = "take";
        public const string Note = "note";
        public const string Reply = "reply";
        public const string Status = "status";

        /// <summary>Sets assignee, priority and status at once, as far as they are not as they were.</summary>
        public const string Change = "change";
        public const string Acknowledge = "acknowledge";
        public const string Resolve = "resolve";
        public const string Escalate = "escalate";
    }

    /// <summary>The card. A ticket that is done has no buttons but the one that looks again.</summary>
    /// <param name="problem">Why the last action was not possible.</param>
    /// <param name="notice">What its reader is told of the ticket.</param>
    public static JsonObject Of(TicketOnCard shown, Texts texts, string? problem = null, string? notice = null)
    {
        var ticket = shown.Ticket;
        var body = new JsonArray(AdaptiveCard.Link($"#{ticket.Number} {ticket.Subject}", shown.Url, weight: "bolder", size: "medium"));
        if (notice is not null)
            body.Insert(0, AdaptiveCard.Words(notice, color: "accent"));
        if (problem is not null)
            body.Add(AdaptiveCard.Words(problem, color: "attention"));
        var health = ticket.Sla?.Health ?? SlaHealth.Ok;
        body.Add(
            AdaptiveCard.Fact(
                texts["card.status"],
                $"{texts["status." + WireName<TicketStatus>.Of(ticket.Status)]} · {texts["priority." + WireName<TicketPriority>.Of(ticket.Priority)]}",
                ticket.Priority == TicketPriority.Urgent ? "attention" : null
            )
        );
        body.Add(
            AdaptiveCard.Fact(texts["card.requester"], ticket.Requester.Name is { } name ? $"{name} ({ticket.Requester.Email})" : ticket.Requester.Email)
        );
        body.Add(AdaptiveCard.Fact(texts["card.assignee"], shown.AssigneeName ?? texts["card.nobody"]));
        if (shown.GroupName is not null)
            body.Add(AdaptiveCard.Fact(texts["card.group"], $"{shown.GroupName} · {texts["card.tier"]} {ticket.Tier}"));
        if (ticket.Sla?.DueAt is { } due && ticket.Status is not (TicketStatus.Resolved or TicketStatus.Closed))
            body.Add(
                AdaptiveCard.Instant(
                    texts[
                        health switch
                        {
                            SlaHealth.Breached => "card.breached",
                            SlaHealth.AtRisk => "card.at-risk",
                            _ => "card.due",
                        }
                    ],
                    due,
                    health switch
                    {
                        SlaHealth.Breached => "attention",
                        SlaHealth.AtRisk => "warning",
                        _ => "good",
                    }
                )
            );
        if (ticket.Tags.Contains(TicketRules.TalkTag, StringComparer.Ordinal))
            body.Add(AdaptiveCard.Words(texts["card.talk"], color: "accent"));
        body.Add(AdaptiveCard.Words(Excerpt(ticket.Description), subtle: true));
        if (shown.LastComment is { } last)
        {
            var words = last.DeletedAt is null ? Excerpt(last.Body) : texts["card.deleted"];
            body.Add(AdaptiveCard.Words($"{last.Actor?.Name ?? last.Actor?.Id ?? texts["notice.someone"]}: {words}", subtle: last.DeletedAt is not null));
        }

        if (ticket is { Status: TicketStatus.Resolved or TicketStatus.Closed, Resolution: { } resolution })
            body.Add(AdaptiveCard.Fact(texts["resolution"], Excerpt(resolution)));

        var refresh = Execute(Verbs.Refresh, texts["card.refresh"], ticket.Number);
        var card = AdaptiveCard.Of(body, ticket.Status == TicketStatus.Closed ? new JsonArray(refresh.DeepClone()) : Actions(shown, texts));
        card["refresh"] = new JsonObject { ["action"] = refresh };
        return card;
    }

    /// <summary>A small form of it, for lists and previews.</summary>
    public static JsonObject Preview(Ticket ticket, Texts texts, string? url = null) =>
        AdaptiveCard.Of(
            new JsonArray(
                AdaptiveCard.Link($"#{ticket.Number} {ticket.Subject}", url, weight: "bolder"),
                AdaptiveCard.Fact(
                    texts["card.status"],
                    $"{texts["status." + WireName<TicketStatus>.Of(ticket.Status)]} · {texts["priority." + WireName<TicketPriority>.Of(ticket.Priority)]}"
                ),
                AdaptiveCard.Fact(texts["card.requester"], ticket.Requester.Name ?? ticket.Requester.Email)
            )
        );

    /// <summary>Reads what a button of the card asks for; null when it is none of ours, and a problem when something is missing.</summary>
    public static (AgentAction? Action, string? Problem) Read(string? verb, JsonElement data, Texts texts)
    {
        string? Text(string name) =>
            data.ValueKind == JsonValueKind.Object
            && data.TryGetProperty(name, out var value)
            && value.ValueKind == JsonValueKind.String
            && PlainText.Of(value.GetString()!).Trim() is { Length: > 0 } text
                ? text
                : null;
        // Nothing is cut: who wrote too much is told, and the words stay in the form.
        (AgentAction?, string?) Needs(string field, Func<string, AgentAction> make) =>
            Text(field) switch
            {
                null => (null, texts["card.empty"]),
                { } text when text.Length > MostOf(field) => (
                    null,
                    texts.Format("card.too-long", ("count", MostOf(field).ToString(CultureInfo.InvariantCulture)))
                ),
                { } text => (make(text), null),
            };
        return verb switch
        {
            Verbs.Refresh => (new LookAgain(), null),
            Verbs.Take => (new TakeTicket(), null),
            Verbs.Acknowledge => (new Acknowledge(), null),
            Verbs.Note => Needs("note", text => new WriteComment(text, Public: false)),
            Verbs.Reply => Needs("reply", text => new WriteComment(text, Public: true)),
            Verbs.Resolve => Needs("resolution", text => new Resolve(text)),
            Verbs.Escalate => Needs("reason", text => new Escalate(text)),
            // Only what the person changed: the card may show what was so a while ago.
            Verbs.Change => (
                new ChangeFields(
                    Text("assignee") is { } assignee && assignee != Text("wasAssignee") ? new(assignee == Nobody ? null : assignee) : null,
                    Text("priority") is { } wanted && wanted != Text("wasPriority") && WireName<TicketPriority>.TryParse(wanted, out var urgency)
                        ? urgency
                        : null,
                    Text("status") is { } next && next != Text("wasStatus") && WireName<TicketStatus>.TryParse(next, out var step) ? step : null
                ),
                null
            ),
            Verbs.Status => WireName<TicketStatus>.TryParse(Text("status") ?? "", out var status)
                ? (new SetStatus(status), null)
                : (null, texts["card.empty"]),
            _ => (null, null),
        };
    }

    private static JsonArray Actions(TicketOnCard shown, Texts texts)
    {
        var ticket = shown.Ticket;
        var actions = new JsonArray();
        if (ticket.Assignee is null && ticket.Status != TicketStatus.Resolved)
            actions.Add(Execute(Verbs.Take, texts["card.take"], ticket.Number, "positive"));
        if (ticket.Sla is { Health: not SlaHealth.Ok })
            actions.Add(Execute(Verbs.Acknowledge, texts["card.acknowledge"], ticket.Number));
        actions.Add(Form(texts["card.reply"], Verbs.Reply, texts["card.send"], ticket.Number, Input("reply", texts["card.reply.hint"])));
        var note = Input("note", texts["card.note.hint"]);
        if (ticket.Status == TicketStatus.Resolved)
        {
            actions.Add(Form(texts["card.note"], Verbs.Note, texts["card.save"], ticket.Number, note));
            actions.Add(
                Form(
                    texts["card.status"],
                    Verbs.Status,
                    texts["card.save"],
                    ticket.Number,
                    Choices("status", texts["card.status"], "resolved", [.. Names("status.", Done)])
                )
            );
            return actions;
        }

        actions.Add(Form(texts["card.resolve"], Verbs.Resolve, texts["card.resolve"], ticket.Number, Input("resolution", texts["card.resolve.hint"])));
        // Five buttons are what every host shows.
        actions.Add(
            new JsonObject
            {
                ["type"] = "Action.ShowCard",
                ["title"] = texts["card.more"],
                ["card"] = AdaptiveCard.Of(
                    new JsonArray(
                        Row(
                            Assignees(),
                            Choices("priority", texts["card.priority.label"], PriorityOf(ticket), [.. Names("priority.", WireName<TicketPriority>.All)])
                        ),
                        Row(Choices("status", texts["card.status"], StatusOf(ticket), [.. Names("status.", Statuses())]), Button(Changes())),
                        Row(Input("note", texts["card.note.hint"], lines: false), Button(Execute(Verbs.Note, texts["card.note"], ticket.Number))),
                        Row(Input("reason", texts["card.escalate.hint"], lines: false), Button(Execute(Verbs.Escalate, texts["card.escalate"], ticket.Number)))
                    )
                ),
            }
        );
        return actions;

        IEnumerable<(string Value, string Title)> Names(string prefix, IEnumerable<string> names) => names.Select(name => (name, texts[prefix + name]));

        // A new ticket stays new until something is done with it.
        IEnumerable<string> Statuses() => Worked.Prepend(StatusOf(ticket)).Distinct(StringComparer.Ordinal);

        JsonObject Assignees()
        {
            List<(string, string)> choices = [(Nobody, texts["card.nobody"]), .. shown.Agents.Take(MostAgents).Select(agent => (agent.Id, agent.Name))];
            if (ticket.Assignee is { } assignee && !choices.Exists(choice => choice.Item1 == assignee))
                choices.Add((assignee, shown.AssigneeName ?? assignee));
            return Choices("assignee", texts["card.assign.label"], ticket.Assignee ?? Nobody, choices);
        }

        JsonObject Changes()
        {
            var save = Execute(Verbs.Change, texts["card.more.save"], ticket.Number);
            foreach (var data in new[] { save["data"]!, save["fallback"]!["data"]! })
                (data["wasAssignee"], data["wasPriority"], data["wasStatus"]) = (ticket.Assignee ?? Nobody, PriorityOf(ticket), StatusOf(ticket));
            return save;
        }
    }

    private static string PriorityOf(Ticket ticket) => WireName<TicketPriority>.Of(ticket.Priority);

    private static string StatusOf(Ticket ticket) => WireName<TicketStatus>.Of(ticket.Status);

    private static int MostOf(string field) =>
        field switch
        {
            "resolution" => 10_000,
            "reason" or "comment" => 1000,
            _ => 60_000,
        };

    private static JsonObject Form(string title, string verb, string send, long number, JsonObject input) =>
        new()
        {
            ["type"] = "Action.ShowCard",
            ["title"] = title,
            ["card"] = AdaptiveCard.Of(new JsonArray(input), new JsonArray(Execute(verb, send, number))),
        };

    /// <summary>Two things side by side; a button takes no more room than it needs, and stands at the foot of its field.</summary>
    private static JsonObject Row(JsonObject one, JsonObject other)
    {
        static JsonObject Column(JsonObject item) =>
            new()
            {
                ["type"] = "Column",
                ["width"] = item["type"]!.GetValue<string>() == "ActionSet" ? "auto" : "stretch",
                ["verticalContentAlignment"] = "bottom",
                ["items"] = new JsonArray(item),
            };
        return new JsonObject { ["type"] = "ColumnSet", ["columns"] = new JsonArray(Column(one), Column(other)) };
    }

    private static JsonObject Button(JsonObject action) => new() { ["type"] = "ActionSet", ["actions"] = new JsonArray(action) };

    internal static JsonObject Input(string id, string hint, bool lines = true) =>
        new()
        {
            ["type"] = "Input.Text",
            ["id"] = id,
            ["isMultiline"] = lines,
            ["label"] = hint,
            ["maxLength"] = Math.Min(4000, MostOf(id)),
        };

    private static JsonObject Choices(string id, string label, string chosen, IReadOnlyList<(string Value, string Title)> choices) =>
        new()
        {
            ["type"] = "Input.ChoiceSet",
            ["id"] = id,
            ["value"] = chosen,
            ["style"] = "compact",
            ["label"] = label,
            ["choices"] = new JsonArray([.. choices.Select(choice => new JsonObject { ["title"] = choice.Title, ["value"] = choice.Value })]),
        };

    /// <summary>A button for clients that know Action.Execute; the others send the same data as a submit.</summary>
    internal static JsonObject Execute(string verb, string title, long number, string? style = null)
    {
        var data = new JsonObject { ["verb"] = verb, ["ticket"] = number };
        var action = new JsonObject
        {
            ["type"] = "Action.Execute",
            ["verb"] = verb,
            ["title"] = title,
            ["data"] = data,
            ["fallback"] = new JsonObject
            {
                ["type"] = "Action.Submit",
                ["title"] = title,
                ["data"] = data.DeepClone(),
            },
        };
        if (style is not null)
            action["style"] = style;
        return action;
    }

    private static string Excerpt(string text) => TeamsReplies.Cut(text, ExcerptLength);
}
