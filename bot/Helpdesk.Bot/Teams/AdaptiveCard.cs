using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Bot.Schema;
using Newtonsoft.Json.Linq;

namespace Helpdesk.Bot.Teams;

/// <summary>Pieces of Adaptive Cards. What people wrote goes into text runs, which no client reads as markdown.</summary>
public static class AdaptiveCard
{
    public const string ContentType = "application/vnd.microsoft.card.adaptive";

    /// <summary>Version 1.4 is what every Teams client shows.</summary>
    public const string Version = "1.4";

    public static JsonObject Of(JsonArray body, JsonArray? actions = null)
    {
        var card = new JsonObject
        {
            ["$schema"] = "http://adaptivecards.io/schemas/adaptive-card.json",
            ["type"] = "AdaptiveCard",
            ["version"] = Version,
            ["body"] = body,
        };
        if (actions is { Count: > 0 })
            card["actions"] = actions;
        return card;
    }

    /// <summary>A card as an activity carries it.</summary>
    public static Attachment Attach(JsonObject card) => new(ContentType, content: Raw(card));

    /// <summary>A card as the SDK writes it out: exactly as it is.</summary>
    public static JRaw Raw(JsonObject card) => new(card.ToJsonString());

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

    /// <summary>Words exactly as they are, which lead to a page.</summary>
    public static JsonObject Link(string text, string? url, string? weight = null, string? size = null)
    {
        var words = Words(text, weight, size);
        if (url is not null)
            words["inlines"]![0]!["selectAction"] = new JsonObject { ["type"] = "Action.OpenUrl", ["url"] = url };
        return words;
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
            ["inlines"] = new JsonArray(
                new JsonObject
                {
                    ["type"] = "TextRun",
                    ["text"] = name + "  ",
                    ["weight"] = "bolder",
                },
                run
            ),
        };
    }

    /// <summary>Two braces would be read as the beginning of a date.</summary>
    private static string Literal(string text) => text.Replace("{{", "{\u200B{", StringComparison.Ordinal);

    /// <summary>An instant, which each reader sees in their own time; only the card itself may write this, never somebody's words.</summary>
    public static JsonObject Instant(string name, DateTimeOffset at, string? color)
    {
        var text = at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        var words = $"{name}: {{{{DATE({text},SHORT)}}}} {{{{TIME({text})}}}}";
        var block = new JsonObject
        {
            ["type"] = "TextBlock",
            ["spacing"] = "small",
            ["wrap"] = true,
            ["text"] = words,
        };
        if (color is not null)
            block["color"] = color;
        return block;
    }
}
