using Helpdesk.Bot.Protocol;

namespace Helpdesk.Bot.Conversations;

/// <summary>Where a conversation with one person is kept.</summary>
/// <param name="Place">All of a conversation: <c>workspace:channel:id</c>.</param>
/// <param name="Person">Tells the people in a group apart; empty where there is but one.</param>
public sealed record ConversationAddress(string Place, string Person = "")
{
    /// <summary>The channel of the helpdesk's own web chat, whose transcripts are kept here; no channel of Azure Bot Service has a place of that name.</summary>
    public const string OwnChat = "chat";

    public string Workspace => Place[..Place.IndexOf(':', StringComparison.Ordinal)];
    public string Channel => Place.Split(':')[1];

    /// <summary>The address of what an activity says, in a channel that keeps its own transcript: its ids are hashed, since they may hold anything.</summary>
    public static ConversationAddress Of(string workspace, Activity activity)
    {
        var id = activity.Conversation?.Id ?? "";
        var alone = activity.Conversation is { IsGroup: not true, ConversationType: null or "personal" };
        return new(PlaceOf(workspace, activity.ChannelId ?? "", id), alone ? "" : Hash(activity.From?.Id ?? "")[..16]);
    }

    /// <summary>The place of a conversation by the channel's own id.</summary>
    public static string PlaceOf(string workspace, string channel, string id) => $"{workspace}:bot-{(channel.Length > 0 && channel.All(char.IsAsciiLetterOrDigit) ? channel : Hash(channel)[..8])}:{Hash(id)}";

    private static string Hash(string text) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));

    /// <summary>Both parts in one text.</summary>
    public override string ToString() => Person.Length == 0 ? Place : $"{Place}/{Person}";

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static ConversationAddress Parse(string text) => text.Split('/') is [var place, var person] ? new(place, person) : new(text);
}

/// <summary>A conversation as it was read.</summary>
/// <param name="Version">Proves at the commit that nobody else has changed it; null when it is new.</param>
/// <param name="Said">Number of the last activity in its transcript.</param>
public sealed record Conversation(ConversationAddress Address, ChatState State, string? Version, long Said);

/// <summary>Keeps conversations. A turn is committed as a whole: the state and everything that is said in it.</summary>
public interface IConversations
{
    Task<Conversation> ReadAsync(ConversationAddress address, CancellationToken cancel);

    /// <summary>Commits a turn; gives the activities with their ids, or null when somebody else was faster.</summary>
    /// <param name="own">How many of <paramref name="activities"/> the person said themselves; the rest is for them.</param>
    Task<IReadOnlyList<Activity>?> CommitAsync(Conversation read, ChatState next, IReadOnlyList<Activity> activities, int own, CancellationToken cancel);
}
