using Helpdesk.Bot.Conversations;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Conversations;

/// <summary>
/// Tells the conversations of those who take part in a ticket what becomes of it: each event once, since what was told is kept in the same
/// transaction.
/// </summary>
public sealed class NotifyRequester(IConversations conversations, TicketStore tickets, WorkQueue<OutboxMessage> outboxes) : IEventSubscriber
{
    /// <summary>What is said in one turn at the most: a turn is one transaction, and a comment alone may have 65,536 characters.</summary>
    private const int AtOnce = 5;

    public const string SubscriberName = "Chat";

    public string Name => SubscriberName;

    public bool Wants(IReadOnlyList<TicketEvent> events) => events.Any(ChatNotices.Matters);

    public async Task TakeAsync(Ticket ticket, IReadOnlyList<TicketEvent> events, CancellationToken cancellationToken)
    {
        var listeners = People.Conversations(ticket);
        if (listeners.Count == 0)
            return;
        foreach (var some in events.Where(ChatNotices.Matters).OrderBy(happened => happened.Seq).Chunk(AtOnce))
        {
            var words = new Dictionary<string, Comment?>(StringComparer.Ordinal);
            foreach (var happened in some)
            {
                if (happened.Fact is CommentAdded added)
                    words[added.Comment] = await tickets.FindCommentAsync(TicketAddress.Of(ticket), added.Comment, happened.At, cancellationToken);
            }

            foreach (var (conversation, since) in listeners)
                await SayAsync(conversation, since, ticket, some, words, cancellationToken);
        }
    }

    private async Task SayAsync(
        string conversation,
        long since,
        Ticket ticket,
        IReadOnlyList<TicketEvent> events,
        Dictionary<string, Comment?> words,
        CancellationToken cancellationToken
    )
    {
        var address = ConversationAddress.Parse(conversation);
        while (true)
        {
            var read = await conversations.ReadAsync(address, cancellationToken);
            var texts = Texts.For(read.State.Locale);
            var step = ChatNotices.Of(read.State, ticket, events, words.GetValueOrDefault, texts, conversation, since);
            if (step.Replies.Count == 0)
                return;
            if (!await conversations.CommitAsync(read, step.State, [.. step.Replies.Select(reply => new ChatLine(reply, texts.Language))], cancellationToken))
                continue;
            if (address.Channel != ConversationAddress.OwnChat)
                outboxes.TryEnqueue(new(address.Place));
            return;
        }
    }
}
