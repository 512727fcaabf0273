using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Helpdesk.Bot.Conversations;
using Microsoft.Bot.Schema;
using Microsoft.Bot.Schema.Teams;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Helpdesk.Bot.Teams;

/// <summary>What an activity of a channel means to this bot.</summary>
public static partial class ActivityReading
{
    /// <summary>Where the conversation of an activity is kept; in a group, each person's own.</summary>
    public static ConversationAddress AddressIn(this IActivity activity, string workspace)
    {
        var alone = activity.Conversation is { IsGroup: not true, ConversationType: null or "personal" };
        return ConversationAddress.Of(workspace, activity.ChannelId ?? "", activity.Conversation?.Id ?? "", alone ? null : activity.From?.Id ?? "");
    }

    /// <summary>The channel's name for an activity: one that comes twice is the same one.</summary>
    public static string Key(this IActivity activity) => $"{activity.ChannelId} {activity.Conversation?.Id} {activity.Id}";

    /// <summary>The channel itself, above the thread that somebody wrote in.</summary>
    public static ConversationReference Root(this IActivity activity)
    {
        var reference = activity.GetConversationReference();
        var thread = activity.Conversation;
        reference.Conversation = new(thread?.IsGroup, thread?.ConversationType, (thread?.Id ?? "").Split(';')[0], tenantId: thread?.TenantId);
        return reference;
    }

    /// <summary>Whether the bot itself is mentioned: among several people it is spoken to by its name.</summary>
    public static bool MentionsBot(this IMessageActivity activity) =>
        activity.Recipient?.Id is { } bot && activity.Mentions().Any(mention => mention.Mentioned?.Id == bot);

    /// <summary>What somebody wrote, as plain text and without the mentions of the bot. Teams sends what was typed with rich formatting as HTML.</summary>
    public static string PlainText(this IMessageActivity activity)
    {
        if (activity.Text is null)
            return "";
        // The SDK's own way stumbles over mentions that are not whole.
        var isWhole = activity.Mentions().All(mention => mention is { Mentioned: not null, Text: not null });
        var text = isWhole && activity.MentionsBot() ? activity.RemoveRecipientMention() : activity.Text;
        if (activity.TextFormat == TextFormatTypes.Xml)
            return HtmlText.Read(text).Text;
        // Other people are mentioned by tags as well, whatever the format of the text is.
        foreach (var mention in activity.Mentions().Where(mention => mention is { Text.Length: > 0 } && mention.Mentioned?.Id != activity.Recipient?.Id))
            text = text.Replace(mention.Text, NameIn(mention), StringComparison.Ordinal);
        return text.Replace('\u00A0', ' ').Trim();
    }

    /// <summary>A message that a command of the message extension was called on: its words and pictures.</summary>
    public static HtmlReading Reading(this MessageActionsPayload? message, string picture) =>
        message?.Body switch
        {
            { ContentType: "html", Content: { } html } => HtmlText.Read(html, picture),
            { Content: { } text } => new(text.Trim(), []),
            _ => new("", []),
        };

    /// <summary>What a button or form sent along; null when it is no object.</summary>
    public static JsonElement? Sent(object? value) => value is JObject sent ? JsonElement.Parse(sent.ToString(Formatting.None)) : null;

    /// <summary>A text field of what was sent along.</summary>
    public static string? Text(this JsonElement? sent, string name) => sent.Field(name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    /// <summary>The number of the ticket that a button of an agent's card is about; null for all other buttons.</summary>
    public static long? Ticket(this JsonElement? sent) =>
        sent.Field("ticket") is { ValueKind: JsonValueKind.Number } digits && digits.TryGetInt64(out var number) && number > 0 ? number : null;

    private static JsonElement? Field(this JsonElement? sent, string name) =>
        sent is { ValueKind: JsonValueKind.Object } fields && fields.TryGetProperty(name, out var value) ? value : null;

    private static string NameIn(Mention mention) =>
        mention.Mentioned?.Name is { Length: > 0 } name ? name : WebUtility.HtmlDecode(Tags().Replace(mention.Text, ""));

    private static IEnumerable<Mention> Mentions(this IMessageActivity activity) => activity.Entities is null ? [] : activity.GetMentions();

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tags();
}
