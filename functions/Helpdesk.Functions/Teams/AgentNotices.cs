using System.Globalization;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Approvals;
using Helpdesk.Bot.Conversations;
using Helpdesk.Bot.Teams;
using Helpdesk.Email;
using Helpdesk.Functions.Conversations;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Teams;

/// <summary>
/// Tells agents in their chats with the bot what happens to tickets: each event once, since what was told of a ticket is kept in the same transaction.
/// </summary>
public sealed class AgentNotices(StorageClients storage, AgentChats chats, AgentDesk desk, WorkQueue<OutboxMessage> queue, TimeProvider time)
{
    /// <summary>What is committed at once at the most: each brings a card.</summary>
    private const int AtOnce = 5;

    /// <summary>So many events of a ticket are remembered as told; an event that comes again is never that old.</summary>
    private const int Remembered = 500;
    private const string Told = "Told";

    private TableClient Table => storage.Table(ConversationStore.TableName);

    /// <summary>Ids of the agents who are reached.</summary>
    public async Task<IReadOnlySet<string>> ReachedAsync(string workspace, CancellationToken cancellationToken) =>
        (await chats.OfAsync(workspace, cancellationToken)).Keys.ToHashSet(StringComparer.Ordinal);

    /// <summary>Commits what is due to be told; gives back what could not be, since its agent is no longer reached.</summary>
    public async Task<IReadOnlyList<Notification>> TellAsync(Ticket ticket, IReadOnlyList<Notification> due, CancellationToken cancellationToken)
    {
        if (due.Count == 0)
            return [];
        var known = await chats.OfAsync(ticket.Workspace, cancellationToken);
        var shown = await desk.ShowAsync(ticket, cancellationToken);
        var missed = new List<Notification>();
        foreach (var one in due.GroupBy(notification => notification.Agent!, StringComparer.Ordinal))
        {
            if (known.TryGetValue(one.Key, out var chat))
                await TellAsync(shown, chat, [.. one], cancellationToken);
            else
                missed.AddRange(one);
        }

        return missed;
    }

    private async Task TellAsync(TicketOnCard shown, AgentChat chat, IReadOnlyList<Notification> due, CancellationToken cancellationToken)
    {
        var texts = Texts.For(chat.Locale);
        var key = ConversationRows.NoticeKey(chat.Place, shown.Ticket.Number);
        while (true)
        {
            var found = await Table.GetEntityIfExistsAsync<TableEntity>(chat.Place, key, cancellationToken: cancellationToken);
            var told = found.HasValue ? TextOf(found.Value!).Split(' ').ToList() : [];
            var some = due.Where(notification => !told.Contains(NumberOf(notification))).Take(AtOnce).ToList();
            if (some.Count == 0)
                return;
            told.AddRange(some.Select(NumberOf));
            var row = new TableEntity(chat.Place, key) { [Told] = string.Join(' ', told.TakeLast(Remembered)) };
            List<TableTransactionAction> actions =
            [
                found.HasValue ? new(TableTransactionActionType.UpdateReplace, row, found.Value!.ETag) : new(TableTransactionActionType.Add, row),
            ];
            foreach (var (index, notification) in some.Index())
            {
                var words = WordsOf(shown.Ticket, notification, texts);
                var card = notification.Approval is { } approval
                    ? ApprovalCard.Of(shown, approval, chat.Agent, texts, notice: words)
                    : AgentCard.Of(shown, texts, notice: words);
                var line = new ChatLine(new(words, [], card), texts.Language);
                var said = Outbox.Row(chat.Place, line, index, time.GetUtcNow(), new(shown.Ticket.Number, notification.Seq, chat.Agent));
                actions.Add(new(TableTransactionActionType.Add, said));
            }

            // The message first: when this process ends after the commit, somebody else brings the words to the chat.
            var announced = await queue.AnnounceAsync(new(chat.Place), cancellationToken);
            try
            {
                await Table.SubmitTransactionAsync(actions, cancellationToken);
            }
            catch (RequestFailedException raced) when (raced.Status is 409 or 412)
            {
                continue;
            }

            queue.Committed(announced);
        }
    }

    private static string WordsOf(Ticket ticket, Notification due, Texts texts)
    {
        var number = ("number", ticket.Number.ToString(CultureInfo.InvariantCulture));
        return due.Event switch
        {
            MailEvent.Assigned => texts.Format("told.assigned", number, ("subject", ticket.Subject)),
            MailEvent.AtRisk => texts.Format("card.alert.warn", number),
            MailEvent.Breached => texts.Format("card.alert.breached", number),
            MailEvent.Mention => texts.Format(
                "told.mention",
                ("name", due.By.Name ?? due.By.Id ?? texts["notice.someone"]),
                number,
                ("text", TeamsReplies.Cut(due.Words ?? "", 500))
            ),
            MailEvent.Reminder when due.Outcome is { } outcome => texts.Format(
                "told.reminder",
                number,
                ("text", texts.Format($"told.ended.{WireName<ApprovalState>.Of(outcome)}", ("text", TeamsReplies.Cut(due.Words ?? "", 500))))
            ),
            MailEvent.Reminder => texts.Format("told.reminder", number, ("text", TeamsReplies.Cut(due.Words ?? ticket.Subject, 500))),
            MailEvent.Approval => texts.Format("told.approval", number, ("text", TeamsReplies.Cut(due.Words ?? ticket.Subject, 500))),
            _ => throw new ArgumentException($"{due.Event} is nothing that agents are told.", nameof(due)),
        };
    }

    private static string TextOf(TableEntity row) => row.GetString(Told) ?? "";

    private static string NumberOf(Notification due) => due.Seq.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Is told of what an agent was to be told in a chat that the bot is no longer in.</summary>
public interface IAgentNotReached
{
    /// <summary>Has an agent told in another way of an event; it may be asked again.</summary>
    Task TellAsync(TicketAddress address, long seq, string agent, CancellationToken cancellationToken);
}
