using System.Text.Json.Nodes;
using Helpdesk.Bot.Conversations;
using Microsoft.Bot.Schema;

namespace Helpdesk.Bot.Teams;

/// <summary>Writes what the bot says for Teams and the other channels: plain text, and a card with the buttons where there are any.</summary>
public static class TeamsReplies
{
    /// <summary>A longer text would make an activity too large for the channel: it is said in several.</summary>
    private const int TextLimit = 16_000;

    /// <summary>Every line of a card is a block of its own, which takes more room than the line itself.</summary>
    private const int LinesLimit = 200;

    /// <summary>What is said, in as many messages as it takes; buttons stand below the last one.</summary>
    public static IReadOnlyList<Activity> Write(ChatLine line)
    {
        var reply = line.Reply ?? throw new ArgumentException("Only what the bot says is brought to a channel.", nameof(line));
        var parts = PlainText.Parts(reply.Text, TextLimit);
        List<Activity> said = reply switch
        {
            { Card: { } card } => [Message(card, reply.Text)],
            { Options.Count: 0 } => [.. parts.Select(Message)],
            _ => [.. parts.SkipLast(1).Select(Message), Message(CardOf(parts[^1], reply.Options), parts[^1])],
        };
        said.ForEach(activity => activity.ReplyToId = line.AnswerTo);
        return said;
    }

    /// <summary>A message with a text that is shown as it is written.</summary>
    public static Activity Message(string text) => new(ActivityTypes.Message, text: text, textFormat: TextFormatTypes.Plain);

    /// <summary>A message that is a card; <paramref name="summary"/> is what a notification shows.</summary>
    public static Activity Message(JsonObject card, string summary) =>
        new(ActivityTypes.Message, summary: Cut(summary, 200), attachments: [AdaptiveCard.Attach(card)]);

    /// <summary>The beginning of a text, never ending in the middle of a character that takes two.</summary>
    public static string Cut(string text, int most = TextLimit) => PlainText.Shortened(text, most);

    private static JsonObject CardOf(string text, IReadOnlyList<ChatOption> options)
    {
        var body = new JsonArray([.. text.Split('\n', LinesLimit).Select(line => AdaptiveCard.Words(line))]);
        var actions = new JsonArray([
            .. options.Select(option => new JsonObject
            {
                ["type"] = "Action.Submit",
                ["title"] = option.Title,
                ["data"] = DataOf(option.Choice),
            }),
        ]);
        return AdaptiveCard.Of(body, actions);
    }

    private static JsonObject DataOf(ChatChoice choice)
    {
        var data = new JsonObject { ["do"] = choice.Do, ["number"] = choice.Number };
        if (choice.Value is not null)
            data["value"] = choice.Value;
        return data;
    }
}
