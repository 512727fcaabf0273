using System.Text.Json;
using System.Text.Json.Serialization;

namespace Helpdesk.Functions.WebChat;

/// <summary>An activity as Direct Line has it, as far as the web chat needs it. What a client sends besides is kept and shown to it again.</summary>
public sealed class DirectLineActivity
{
    public const string Message = "message";

    public string? Type { get; set; }
    public string? Id { get; set; }

    /// <summary>UTC.</summary>
    public DateTimeOffset? Timestamp { get; set; }
    public string? ChannelId { get; set; }
    public DirectLineAccount? From { get; set; }
    public DirectLineAccount? Recipient { get; set; }
    public DirectLineAccount? Conversation { get; set; }
    public string? Text { get; set; }
    public string? TextFormat { get; set; }
    public string? Locale { get; set; }
    public string? InputHint { get; set; }
    public DirectLineButtons? SuggestedActions { get; set; }
    public IReadOnlyList<DirectLineAttachment>? Attachments { get; set; }

    /// <summary>Holds <c>clientActivityID</c>, by which a client knows its own message again.</summary>
    public JsonElement? ChannelData { get; set; }

    /// <summary>What a button carries.</summary>
    public JsonElement? Value { get; set; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? More { get; set; }

    /// <summary>Reads what a client sent.</summary>
    /// <exception cref="DirectLineException">It is no activity.</exception>
    public static DirectLineActivity Read(ReadOnlySpan<byte> body)
    {
        try
        {
            if (!System.Text.Unicode.Utf8.IsValid(body) || Hosting.TextEncodings.HasLoneSurrogate(body, namesOnly: false))
                throw new DirectLineException(400, "BadSyntax", "The activity holds half of a character, or is not UTF-8.");
            return JsonSerializer.Deserialize(body, DirectLineJson.Default.DirectLineActivity)
                ?? throw new DirectLineException(400, "BadSyntax", "The activity is null.");
        }
        catch (JsonException wrong)
        {
            throw new DirectLineException(400, "BadSyntax", $"The body is no activity: {wrong.Path ?? "not JSON"}.");
        }
    }
}

/// <summary>A person, the bot, or a conversation.</summary>
/// <param name="Role"><c>user</c> or <c>bot</c>.</param>
public sealed record DirectLineAccount(string? Id, string? Name = null, string? Role = null);

/// <summary>Buttons that are offered once, below the newest message.</summary>
public sealed record DirectLineButtons(IReadOnlyList<DirectLineButton> Actions);

/// <summary>A button that sends its text, its value and what is shown for it.</summary>
public sealed record DirectLineButton(string? Type, string? Title, string? Text, string? DisplayText, JsonElement? Value);

/// <summary>A file; a picture is shown by its thumbnail.</summary>
public sealed record DirectLineAttachment(string? ContentType, string? ContentUrl, string? Name = null, string? ThumbnailUrl = null);
