using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Helpdesk.Bot.Conversations;
using Helpdesk.Bot.Protocol;

namespace Helpdesk.Bot.Teams;

/// <summary>Writes what the bot says for Teams: plain text, and a card with the buttons where there are any.</summary>
public static class TeamsReplies
{
    /// <summary>Texts are cut where an activity would grow too large for the channel.</summary>
    private const int TextLimit = 16_000;

    public static Activity Write(ChatReply reply, Texts texts)
    {
        var text = Cut(reply.Text);
        if (reply.Options.Count == 0)
            return Activity.Message(text);
        var body = new JsonArray();
        foreach (var line in text.Split('\n'))
            body.Put(Card.Words(line));
        var actions = new JsonArray();
        foreach (var option in reply.Options)
        {
            actions.Put(new JsonObject
            {
                ["type"] = "Action.Submit",
                ["title"] = option.Title,
                ["data"] = new JsonObject { ["do"] = option.Choice.Do, ["number"] = option.Choice.Number },
            });
        }

        return Card.Message(Card.Of(body, actions), text);
    }

    internal static string Cut(string text, int most = TextLimit) => text.Length <= most ? text : text[..(char.IsHighSurrogate(text[most - 1]) ? most - 1 : most)] + "…";
}

/// <summary>Pieces of Adaptive Cards. What people wrote goes into text runs, which no client reads as markdown.</summary>
public static class Card
{
    /// <summary>Version 1.4 is what every Teams client shows.</summary>
    public const string Version = "1.4";

    public static JsonObject Of(JsonArray body, JsonArray? actions = null)
    {
        var card = new JsonObject { ["$schema"] = "http://adaptivecards.io/schemas/adaptive-card.json", ["type"] = "AdaptiveCard", ["version"] = Version, ["body"] = body };
        if (actions is { Count: > 0 })
            card["actions"] = actions;
        return card;
    }

    /// <summary>A message that is a card; <paramref name="summary"/> is what a notification shows.</summary>
    public static Activity Message(JsonObject card, string summary) => new()
    {
        Type = ActivityTypes.Message,
        Summary = TeamsReplies.Cut(summary, 200),
        Attachments = [new Attachment { ContentType = Attachment.AdaptiveCard, Content = ToElement(card) }],
    };

    /// <summary>Words exactly as they are.</summary>
    public static JsonObject Words(string text, string? weight = null, string? size = null, string? color = null, bool subtle = false)
    {
        var run = new JsonObject { ["type"] = "TextRun", ["text"] = text.Length == 0 ? " " : Literal(text) };
        if (weight is not null)
            run["weight"] = weight;
        if (size is not null)
            run["size"] = size;
        if (color is not null)
            run["color"] = color;
        if (subtle)
            run["isSubtle"] = true;
        return new JsonObject { ["type"] = "RichTextBlock", ["inlines"] = new JsonArray(run) };
    }

    /// <summary>A line such as <c>Status  open</c>.</summary>
    public static JsonObject Fact(string name, string value, string? color = null)
    {
        var run = new JsonObject { ["type"] = "TextRun", ["text"] = Literal(value) };
        if (color is not null)
            run["color"] = color;
        return new JsonObject
        {
            ["type"] = "RichTextBlock",
            ["spacing"] = "small",
            ["inlines"] = new JsonArray(new JsonObject { ["type"] = "TextRun", ["text"] = name + "  ", ["weight"] = "bolder" }, run),
        };
    }

    /// <summary>Two braces would be read as the beginning of a date.</summary>
    private static string Literal(string text) => text.Replace("{{", "{\u200B{", StringComparison.Ordinal);

    /// <summary>An instant, which each reader sees in their own time; only the card itself may write this, never somebody's words.</summary>
    public static JsonObject Instant(string name, DateTimeOffset at, string? color)
    {
        var text = at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        var block = new JsonObject { ["type"] = "TextBlock", ["spacing"] = "small", ["wrap"] = true, ["text"] = $"{name}: {{{{DATE({text},SHORT)}}}} {{{{TIME({text})}}}}" };
        if (color is not null)
            block["color"] = color;
        return block;
    }

    /// <summary>Adds a node as it is; the list's own way for any value needs reflection.</summary>
    internal static void Put(this JsonArray list, JsonNode node) => list.Add(node);

    public static JsonElement ToElement(JsonNode node) => JsonElement.Parse(node.ToJsonString());
}
