using Helpdesk.Bot.Conversations;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Conversations;

/// <summary>
/// Tells the conversation in which a ticket was opened what becomes of it: each event once, since what was told is kept in the same
/// transaction.
/// </summary>
public sealed class NotifyRequester(IConversations conversations, TicketStore tickets, WorkQueue<OutboxMessage> outboxes) : IEventSubscriber
{
    public string Name => "Chat";

    public bool Wants(IReadOnlyList<TicketEvent> events) => events.Any(ChatNotices.Matters);

    public async Task TakeAsync(Ticket ticket, IReadOnlyList<TicketEvent> events, CancellationToken cancellationToken)
    {
        if (ticket.Conversation is null)
            return;
        var address = ConversationAddress.Parse(ticket.Conversation);
        var words = new Dictionary<string, Comment?>(StringComparer.Ordinal);
        foreach (var happened in events.Where(ChatNotices.Matters))
        {
            if (happened.Fact is CommentAdded added)
                words[added.Comment] = await tickets.FindCommentAsync(TicketAddress.Of(ticket), added.Comment, happened.At, cancellationToken);
        }

        while (true)
        {
            var read = await conversations.ReadAsync(address, cancellationToken);
            var texts = Texts.For(read.State.Locale);
            var step = ChatNotices.Of(read.State, ticket, events, words.GetValueOrDefault, texts);
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
