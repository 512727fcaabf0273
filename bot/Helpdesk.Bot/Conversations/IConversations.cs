namespace Helpdesk.Bot.Conversations;

/// <summary>A conversation as it was read.</summary>
/// <param name="Version">Proves at the commit that nobody else has changed it; null when it is new.</param>
/// <param name="Lines">How many lines its transcript has.</param>
public sealed record Conversation(ConversationAddress Address, ChatState State, string? Version, long Lines);

/// <summary>Keeps conversations. A turn is committed as a whole: the state and everything that is said in it.</summary>
public interface IConversations
{
    Task<Conversation> ReadAsync(ConversationAddress address, CancellationToken cancellationToken);

    /// <summary>Commits a turn; false when somebody else was faster.</summary>
    Task<bool> CommitAsync(Conversation read, ChatState next, IReadOnlyList<ChatLine> lines, CancellationToken cancellationToken);
}
