using System.Text.Json;
using System.Text.Json.Serialization;

namespace Helpdesk.Bot.Protocol;

/// <summary>What is said or happens in a channel, as the Bot Framework writes it. Fields that are not named here are kept and written back.</summary>
public sealed class Activity
{
    public string? Type { get; set; }
    public string? Id { get; set; }

    /// <summary>UTC.</summary>
    public DateTimeOffset? Timestamp { get; set; }

    /// <summary>Where the channel's connector is reached; comes with every activity of a channel and may change.</summary>
    public string? ServiceUrl { get; set; }
    public string? ChannelId { get; set; }
    public ChannelAccount? From { get; set; }
    public ConversationAccount? Conversation { get; set; }
    public ChannelAccount? Recipient { get; set; }
    public IList<ChannelAccount>? MembersAdded { get; set; }
    public IList<ChannelAccount>? MembersRemoved { get; set; }
    public string? Text { get; set; }

    /// <summary><c>plain</c>, <c>markdown</c> or <c>xml</c>.</summary>
    public string? TextFormat { get; set; }
    public string? Summary { get; set; }
    public string? Locale { get; set; }
    public string? InputHint { get; set; }
    public SuggestedActions? SuggestedActions { get; set; }
    public IList<Attachment>? Attachments { get; set; }
    public string? AttachmentLayout { get; set; }
    public IList<Entity>? Entities { get; set; }
    public JsonElement? ChannelData { get; set; }
    public JsonElement? Value { get; set; }

    /// <summary>The name of an invoke or event.</summary>
    public string? Name { get; set; }

    /// <summary><c>add</c> or <c>remove</c> in an installation update.</summary>
    public string? Action { get; set; }
    public string? ReplyToId { get; set; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Properties { get; set; }

    /// <summary>The conversation's address, as far as this activity tells it.</summary>
    public ConversationReference GetConversationReference() => new()
    {
        ServiceUrl = ServiceUrl,
        ChannelId = ChannelId,
        Bot = Recipient,
        User = From,
        Conversation = Conversation,
        Locale = Locale,
        ActivityId = Id,
    };

    /// <summary>A message with a text that is shown as it is written.</summary>
    public static Activity Message(string text) => new() { Type = ActivityTypes.Message, Text = text, TextFormat = "plain" };
}

/// <summary>The kinds of activities.</summary>
public static class ActivityTypes
{
    public const string Message = "message";
    public const string MessageUpdate = "messageUpdate";
    public const string MessageDelete = "messageDelete";
    public const string MessageReaction = "messageReaction";
    public const string ConversationUpdate = "conversationUpdate";
    public const string InstallationUpdate = "installationUpdate";
    public const string EndOfConversation = "endOfConversation";
    public const string Event = "event";
    public const string Invoke = "invoke";
    public const string Typing = "typing";
    public const string Trace = "trace";
}

/// <summary>The channels that this program knows something of.</summary>
public static class Channels
{
    public const string Teams = "msteams";
    public const string DirectLine = "directline";
    public const string Emulator = "emulator";
}

/// <summary>A person or a bot in a channel. Ids are the channel's own and need not be GUIDs.</summary>
public sealed class ChannelAccount
{
    public string? Id { get; set; }
    public string? Name { get; set; }
    public string? AadObjectId { get; set; }
    public string? Role { get; set; }
    public string? Email { get; set; }
    public string? UserPrincipalName { get; set; }
    public string? TenantId { get; set; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Properties { get; set; }
}

/// <summary>A conversation in a channel; in a channel thread of Teams the id holds the id of the thread's first message.</summary>
public sealed class ConversationAccount
{
    public string? Id { get; set; }
    public string? Name { get; set; }
    public bool? IsGroup { get; set; }

    /// <summary><c>personal</c>, <c>groupChat</c> or <c>channel</c> in Teams.</summary>
    public string? ConversationType { get; set; }
    public string? TenantId { get; set; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Properties { get; set; }
}

/// <summary>What it takes to say something in a conversation later on.</summary>
public sealed class ConversationReference
{
    public string? ServiceUrl { get; set; }
    public string? ChannelId { get; set; }
    public ChannelAccount? Bot { get; set; }
    public ChannelAccount? User { get; set; }
    public ConversationAccount? Conversation { get; set; }
    public string? Locale { get; set; }
    public string? ActivityId { get; set; }
}

/// <summary>A file, picture or card; <see cref="Content"/> holds a card, <see cref="ContentUrl"/> leads to a file.</summary>
public sealed class Attachment
{
    public string? ContentType { get; set; }
    public string? ContentUrl { get; set; }
    public JsonElement? Content { get; set; }
    public string? Name { get; set; }
    public string? ThumbnailUrl { get; set; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Properties { get; set; }

    /// <summary>The content type of an Adaptive Card.</summary>
    public const string AdaptiveCard = "application/vnd.microsoft.card.adaptive";

    /// <summary>The content type under which Teams hands over an uploaded file.</summary>
    public const string TeamsFile = "application/vnd.microsoft.teams.file.download.info";
}

/// <summary>Metadata of an activity, such as a mention.</summary>
public sealed class Entity
{
    public string? Type { get; set; }
    public ChannelAccount? Mentioned { get; set; }

    /// <summary>The piece of the message's text that is the mention.</summary>
    public string? Text { get; set; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Properties { get; set; }
}

/// <summary>Buttons that are offered once, below the newest message.</summary>
public sealed class SuggestedActions
{
    public IList<string>? To { get; set; }
    public IList<CardAction>? Actions { get; set; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Properties { get; set; }
}

/// <summary>A button.</summary>
public sealed class CardAction
{
    public string? Type { get; set; }
    public string? Title { get; set; }
    public string? Text { get; set; }
    public string? DisplayText { get; set; }
    public JsonElement? Value { get; set; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Properties { get; set; }
}

/// <summary>What a connector answers when it took something: the id under which it can be changed.</summary>
public sealed class ResourceResponse
{
    public string? Id { get; set; }

    /// <summary>Id of the first message of a conversation that was created.</summary>
    public string? ActivityId { get; set; }
    public string? ServiceUrl { get; set; }
}

/// <summary>A conversation that is to be created.</summary>
public sealed class ConversationParameters
{
    public ChannelAccount? Bot { get; set; }
    public bool? IsGroup { get; set; }
    public IList<ChannelAccount>? Members { get; set; }
    public string? TenantId { get; set; }
    public Activity? Activity { get; set; }
    public JsonElement? ChannelData { get; set; }
}

/// <summary>One page of the members of a conversation.</summary>
public sealed class PagedMembersResult
{
    public string? ContinuationToken { get; set; }
    public IList<ChannelAccount>? Members { get; set; }
}

/// <summary>A team of Microsoft Teams.</summary>
public sealed class TeamDetails
{
    public string? Id { get; set; }
    public string? Name { get; set; }
    public string? AadGroupId { get; set; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Properties { get; set; }
}

/// <summary>The channels of a team.</summary>
public sealed class ConversationList
{
    public IList<ConversationAccount>? Conversations { get; set; }
}

/// <summary>The protocol in JSON.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Activity))]
[JsonSerializable(typeof(ConversationReference))]
[JsonSerializable(typeof(ResourceResponse))]
[JsonSerializable(typeof(ConversationParameters))]
[JsonSerializable(typeof(PagedMembersResult))]
[JsonSerializable(typeof(TeamDetails))]
[JsonSerializable(typeof(ConversationList))]
[JsonSerializable(typeof(IList<ChannelAccount>))]
public sealed partial class ProtocolJson : JsonSerializerContext
{
    /// <summary>The protocol with the escaping that JSON itself asks for and no more.</summary>
    public static ProtocolJson Wire { get; } = new(new JsonSerializerOptions(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
