using Helpdesk.Tickets;

namespace Helpdesk.Bot.Conversations;

/// <summary>Whose words they are, and in which conversation.</summary>
/// <param name="Conversation">The address under which the person can be spoken to later.</param>
/// <param name="Tickets">Numbers of the tickets opened in this conversation: all that somebody may see whom nobody vouches for.</param>
/// <param name="Language">The language that they are spoken to in; null when that is not known.</param>
public sealed record ChatCaller(
    string Workspace,
    string Conversation,
    IntakeChannel Channel,
    ChatPerson Person,
    IReadOnlyList<long> Tickets,
    string? Language = null
);

/// <summary>The desk, as far as the bot knows it. Whoever asks sees their own tickets and no others.</summary>
public interface IHelpdesk
{
    /// <summary>Answers what a step of the conversation with a requester asks for.</summary>
    /// <param name="key">Tells this request from all others: the same key does what it asks for once, however often it comes.</param>
    Task<ChatInput> AskAsync(ChatCaller caller, DeskRequest request, string key, CancellationToken cancellationToken);
}
