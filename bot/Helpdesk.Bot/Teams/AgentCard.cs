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

    /// <summary>The verbs of the card's buttons.</summary>
    public static class Verbs
    {
        public const string Refresh = "refresh";
        public const string Take = "take";
        public const string Assign = "assign";
        public const string Note = "note";
        public const string Reply = "reply";
        public const string Priority = "priority";
        public const string Status = "status";
        public const string Acknowledge = "acknowledge";
        public const string Resolve = "resolve";
        public const string Escalate = "escalate";
    }

    /// <summary>The card. A ticket that is done has no buttons but the one that looks again.</summary>
    /// <param name="problem">Why the last action was not possible.</param>
    public static JsonObject Of(TicketOnCard shown, Texts texts, string? problem = null)
    {
        var ticket = shown.Ticket;
        var body = new JsonArray(AdaptiveCard.Words($"#{ticket.Number} {ticket.Subject}", weight: "bolder", size: "medium"));
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
            body.Add(AdaptiveCard.Words($"{last.Actor?.Name ?? last.Actor?.Id ?? texts["notice.someone"]}: {Excerpt(last.Body)}"));
        if (ticket is { Status: TicketStatus.Resolved or TicketStatus.Closed, Resolution: { } resolution })
            body.Add(AdaptiveCard.Fact(texts["resolution"], Excerpt(resolution)));

        var refresh = Execute(Verbs.Refresh, texts["card.refresh"], ticket.Number);
        var card = AdaptiveCard.Of(body, ticket.Status == TicketStatus.Closed ? new JsonArray(refresh.DeepClone()) : Actions(shown, texts));
        card["refresh"] = new JsonObject { ["action"] = refresh };
        return card;
    }

    /// <summary>A small form of it, for lists and previews.</summary>
    public static JsonObject Preview(Ticket ticket, Texts texts) =>
        AdaptiveCard.Of(
            new JsonArray(
                AdaptiveCard.Words($"#{ticket.Number} {ticket.Subject}", weight: "bolder"),
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
        string? Text(string name, int most) =>
            data.ValueKind == JsonValueKind.Object
            && data.TryGetProperty(name, out var value)
            && value.ValueKind == JsonValueKind.String
            && value.GetString()!.Trim() is { Length: > 0 } text
                ? text.Length <= most
                    ? text
                    : text[..most]
                : null;
        (AgentAction?, string?) Needs(string? text, Func<string, AgentAction> make) => text is null ? (null, texts["card.empty"]) : (make(text), null);
        return verb switch
        {
            Verbs.Refresh => (new LookAgain(), null),
            Verbs.Take => (new TakeTicket(), null),
            Verbs.Acknowledge => (new Acknowledge(), null),
            Verbs.Assign => Needs(Text("assignee", 40), text => new GiveTicket(text)),
            Verbs.Note => Needs(Text("note", 20_000), text => new WriteComment(text, Public: false)),
            Verbs.Reply => Needs(Text("reply", 20_000), text => new WriteComment(text, Public: true)),
            Verbs.Resolve => Needs(Text("resolution", 10_000), text => new Resolve(text)),
            Verbs.Escalate => Needs(Text("reason", 1000), text => new Escalate(text)),
            Verbs.Priority => WireName<TicketPriority>.TryParse(Text("priority", 20) ?? "", out var priority)
                ? (new SetPriority(priority), null)
                : (null, texts["card.empty"]),
            Verbs.Status => WireName<TicketStatus>.TryParse(Text("status", 20) ?? "", out var status)
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
                    Choices("status", "open", [("open", texts["status.open"]), ("closed", texts["status.closed"])])
                )
            );
            return actions;
        }

        actions.Add(Form(texts["card.resolve"], Verbs.Resolve, texts["card.resolve"], ticket.Number, Input("resolution", texts["card.resolve.hint"])));
        // Five buttons are what every host shows.
        var more = new JsonArray(Section(note, Execute(Verbs.Note, texts["card.note"], ticket.Number)));
        if (shown.Agents.Count > 0)
            more.Add(
                Section(
                    Choices("assignee", ticket.Assignee ?? shown.Agents[0].Id, [.. shown.Agents.Take(100).Select(agent => (agent.Id, agent.Name))]),
                    Execute(Verbs.Assign, texts["card.assign"], ticket.Number)
                )
            );
        more.Add(
            Section(
                Choices(
                    "priority",
                    WireName<TicketPriority>.Of(ticket.Priority),
                    [.. WireName<TicketPriority>.All.Select(name => (name, texts["priority." + name]))]
                ),
                Execute(Verbs.Priority, texts["card.priority"], ticket.Number)
            )
        );
        var statuses = new[] { TicketStatus.Open, TicketStatus.Pending, TicketStatus.OnHold }.Select(WireName<TicketStatus>.Of).ToList();
        more.Add(
            Section(
                Choices(
                    "status",
                    statuses.Contains(WireName<TicketStatus>.Of(ticket.Status)) ? WireName<TicketStatus>.Of(ticket.Status) : "open",
                    [.. statuses.Select(name => (name, texts["status." + name]))]
                ),
                Execute(Verbs.Status, texts["card.status"], ticket.Number)
            )
        );
        more.Add(Section(Input("reason", texts["card.escalate.hint"]), Execute(Verbs.Escalate, texts["card.escalate"], ticket.Number)));
        actions.Add(
            new JsonObject
            {
                ["type"] = "Action.ShowCard",
                ["title"] = texts["card.more"],
                ["card"] = AdaptiveCard.Of(more),
            }
        );
        return actions;
    }

    private static JsonObject Form(string title, string verb, string send, long number, JsonObject input) =>
        new()
        {
            ["type"] = "Action.ShowCard",
            ["title"] = title,
            ["card"] = AdaptiveCard.Of(new JsonArray(input), new JsonArray(Execute(verb, send, number))),
        };

    private static JsonObject Section(JsonObject input, JsonObject action) =>
        new()
        {
            ["type"] = "Container",
            ["separator"] = true,
            ["items"] = new JsonArray(input, new JsonObject { ["type"] = "ActionSet", ["actions"] = new JsonArray(action) }),
        };

    private static JsonObject Input(string id, string hint) =>
        new()
        {
            ["type"] = "Input.Text",
            ["id"] = id,
            ["isMultiline"] = true,
            ["label"] = hint,
            ["maxLength"] = 4000,
        };

    private static JsonObject Choices(string id, string chosen, IReadOnlyList<(string Value, string Title)> choices) =>
        new()
        {
            ["type"] = "Input.ChoiceSet",
            ["id"] = id,
            ["value"] = chosen,
            ["style"] = "compact",
            ["label"] = " ",
            ["choices"] = new JsonArray([.. choices.Select(choice => new JsonObject { ["title"] = choice.Title, ["value"] = choice.Value })]),
        };

    /// <summary>A button for clients that know Action.Execute; the others send the same data as a submit.</summary>
    private static JsonObject Execute(string verb, string title, long number, string? style = null)
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
