using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Nodes;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;
using Helpdesk.Webhooks;

namespace Helpdesk.Functions.Webhooks;

/// <summary>Writes what receivers get: an envelope as Standard Webhooks has it, with the event and the ticket as the API shows them to an
/// integration.</summary>
internal static class WebhookBodies
{
    /// <summary>What of a ticket is words of people, or who they are.</summary>
    private static readonly string[] WordsOfTickets =
    [
        "subject",
        "description",
        "resolution",
        "requester",
        "participants",
        "customFields",
        "form",
        "attachments",
    ];

    /// <summary>
    /// What of an event's data goes without words, by its type; null for all of it. A type that is not named has no data then, so that a new one gives
    /// nothing away before somebody has thought of it.
    /// </summary>
    internal static FrozenDictionary<string, string[]?> Wordless { get; } =
        new Dictionary<string, string[]?>(StringComparer.Ordinal)
        {
            ["ticket-opened"] =
            [
                "id",
                "number",
                "workspace",
                "status",
                "priority",
                "type",
                "tier",
                "group",
                "assignee",
                "tags",
                "channel",
                "followUpOf",
                "receipt",
                "sla",
                "links",
                "mailbox",
                "automatic",
                "askedAt",
                "language",
            ],
            ["comment-added"] = null,
            ["comment-edited"] = ["comment", "visibility"],
            ["comment-deleted"] = ["comment", "visibility"],
            ["status-changed"] = ["from", "to"],
            ["ticket-reopened"] = null,
            ["subject-changed"] = [],
            ["priority-changed"] = null,
            ["type-changed"] = null,
            ["tier-changed"] = ["from", "to"],
            ["group-changed"] = null,
            ["assignee-changed"] = null,
            ["ticket-routed"] = null,
            ["time-logged"] = ["entry", "minutes", "workedAt", "comment", "corrects", "was"],
            ["automation-ran"] = ["automation", "version", "seq", "since", "depth", "webhooks", "stopped"],
            ["macro-applied"] = ["macro", "version", "webhooks"],
            ["tags-changed"] = null,
            ["custom-fields-changed"] = [],
            ["ticket-merged"] = null,
            ["merge-received"] = ["from", "fromNumber", "oldestUnanswered"],
            ["ticket-unmerged"] = null,
            ["merge-returned"] = null,
            ["comment-split"] = null,
            ["ticket-linked"] = null,
            ["ticket-unlinked"] = null,
            ["requester-changed"] = [],
            ["description-changed"] = [],
            ["participants-changed"] = [],
            ["sla-policy-applied"] = null,
            ["sla-calendar-changed"] = null,
            ["sla-breached"] = null,
            ["sla-breach-retracted"] = null,
            ["sla-step-fired"] = null,
            ["ticket-acknowledged"] = null,
            ["requester-reminded"] = null,
            ["satisfaction-asked"] = null,
            ["satisfaction-rated"] = ["asked", "rating", "was", "agent", "group"],
            ["follow-up-set"] = ["comesBackAt", "to", "unlessAnswered"],
            ["follow-up-cancelled"] = null,
            ["follow-up-due"] = ["dueAt", "to"],
            ["task-added"] = ["task", "assignee", "dueAt", "required"],
            ["task-changed"] = ["task", "assignee", "dueAt", "required"],
            ["task-done"] = null,
            ["task-reopened"] = null,
            ["task-removed"] = ["task"],
            ["task-due"] = ["task", "dueAt", "assignee"],
            ["approval-asked"] = ["approval", "rule", "dueAt", "remindAt", "was"],
            ["approval-decided"] = ["approval", "approver", "decision"],
            ["approval-reminded"] = null,
            ["approver-replaced"] = null,
            ["approval-ended"] = ["approval", "outcome"],
            ["person-erased"] = null,
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The event types that a subscription can name.</summary>
    public static IReadOnlyList<string> Types { get; } = [.. TicketFacts.Types.Keys.Order(StringComparer.Ordinal)];

    /// <summary>The type of an event.</summary>
    public static string TypeOf(TicketEvent happened) => TicketFacts.NameOf(happened.Fact);

    /// <summary>What is sent of an event.</summary>
    /// <param name="words">Whether what people wrote, and who they are, goes with it.</param>
    /// <param name="comment">The comment that the event is about; null for none.</param>
    public static string Of(TicketView ticket, TicketEvent happened, bool words, CommentView? comment)
    {
        var view = EventView.Of(happened);
        var shownTicket = Node(ticket, WebhookBodyJson.Least.TicketView);
        var shownEvent = Node(view, WebhookBodyJson.Least.EventView);
        if (!words)
        {
            foreach (var field in WordsOfTickets)
                shownTicket.Remove(field);
            if (happened.By.Kind == ActorKind.Requester)
                shownEvent["actor"] = null;
            if (shownEvent["data"] is JsonObject data && Wordless.GetValueOrDefault(view.Type, []) is { } kept)
            {
                foreach (var field in data.Select(pair => pair.Key).Except(kept, StringComparer.Ordinal).ToList())
                    data.Remove(field);
            }
        }

        var content = new JsonObject
        {
            ["workspace"] = ticket.Workspace,
            ["event"] = shownEvent,
            ["ticket"] = shownTicket,
        };
        if (words && comment is not null)
            content["comment"] = Node(comment, WebhookBodyJson.Least.CommentView);
        return Envelope(view.Type, happened.At, content);
    }

    /// <summary>What is sent as a test.</summary>
    public static string OfTest(Webhook webhook, string workspace, DateTimeOffset at) =>
        Envelope("test", at, new JsonObject { ["workspace"] = workspace, ["webhook"] = webhook.Id });

    private static string Envelope(string type, DateTimeOffset at, JsonObject data) =>
        new JsonObject
        {
            ["type"] = type,
            ["timestamp"] = JsonSerializer.SerializeToNode(at, WebhookBodyJson.Least.DateTimeOffset),
            ["data"] = data,
        }.ToJsonString(WebhookBodyJson.Least.Options);

    private static JsonObject Node<T>(T value, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> json) =>
        JsonSerializer.SerializeToNode(value, json)!.AsObject();
}
