using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Helpdesk.Bot.Conversations;

/// <summary>Where a conversation with one person is kept.</summary>
/// <param name="Place">All of a conversation: <c>workspace:channel:id</c>.</param>
/// <param name="Person">Tells the people in a group apart; empty where there is but one.</param>
public sealed record ConversationAddress(string Place, string Person = "")
{
    /// <summary>
    /// The channel of the helpdesk's own web chat, whose transcripts are kept here; no channel of Azure Bot Service has a place of that
    /// name.
    /// </summary>
    public const string OwnChat = "chat";

    public string Workspace => Place[..Place.IndexOf(':', StringComparison.Ordinal)];
    public string Channel => Place.Split(':')[1];

    /// <summary>The last part of the place.</summary>
    public string Id => Place[(Place.LastIndexOf(':') + 1)..];

    /// <summary>The id of a line of the transcript.</summary>
    public string IdOfLine(long number) => string.Create(CultureInfo.InvariantCulture, $"{Id}|{number:D7}");

    /// <summary>The address of a conversation in a channel of Azure Bot Service: the channel's own ids are hashed, since they may hold anything.</summary>
    /// <param name="person">The channel's id of who speaks in a group; null where there is but one person.</param>
    public static ConversationAddress Of(string workspace, string channel, string id, string? person) =>
        new(PlaceOf(workspace, channel, id), person is null ? "" : Hash(person)[..16]);

    /// <summary>The place of a conversation by the channel's own id.</summary>
    public static string PlaceOf(string workspace, string channel, string id) =>
        $"{workspace}:bot-{(channel.Length > 0 && channel.All(char.IsAsciiLetterOrDigit) ? channel : Hash(channel)[..8])}:{Hash(id)}";

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));

    /// <summary>Both parts in one text.</summary>
    public override string ToString() => Person.Length == 0 ? Place : $"{Place}/{Person}";

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static ConversationAddress Parse(string text) => text.Split('/') is [var place, var person] ? new(place, person) : new(text);
}
