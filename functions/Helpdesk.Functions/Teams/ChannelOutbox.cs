using Azure;
using Azure.Data.Tables;
using Helpdesk.Bot.AzureBotService;
using Helpdesk.Bot.Conversations;
using Helpdesk.Bot.Teams;
using Helpdesk.Functions.Conversations;
using Helpdesk.Functions.Storage;
using Microsoft.Bot.Schema;

namespace Helpdesk.Functions.Teams;

/// <summary>Brings what was committed for a conversation to its channel, in order.</summary>
public sealed partial class ChannelOutbox(
    StorageClients storage,
    TeamsStore store,
    WorkQueue<OutboxMessage> queue,
    ConversationSender sender,
    KeyedLocks locks,
    IAgentNotReached notReached,
    TimeProvider time,
    ILogger<ChannelOutbox> logger
) : IOutbox
{
    private TableClient Conversations => storage.Table(ConversationStore.TableName);

    /// <summary>Says what is waiting. A fault of the channel leaves it to the message that was sent before the commit.</summary>
    public async Task DeliverAsync(string place, CancellationToken cancellationToken)
    {
        var announced = queue.TakeCommitted(new(place));
        try
        {
            await SayAllAsync(place, cancellationToken);
        }
        catch (Exception fault) when (fault is HttpRequestException or ErrorResponseException)
        {
            Log.Postponed(logger, fault, place);
            return;
        }

        await queue.TakeBackAsync(announced, cancellationToken);
    }

    /// <summary>Says what is waiting, oldest first; false when some of it is still another process's to say.</summary>
    public async Task<bool> SayAllAsync(string place, CancellationToken cancellationToken)
    {
        using var turn = await locks.TakeAsync($"outbox {place}", cancellationToken);
        var all = true;
        var filter = TableClient.CreateQueryFilter(
            $"PartitionKey eq {place} and RowKey gt {ConversationRows.OutboxStart(place)} and RowKey lt {ConversationRows.OutboxEnd(place)}"
        );
        await foreach (var row in Conversations.QueryAsync<TableEntity>(filter, cancellationToken: cancellationToken))
        {
            if (!Outbox.IsOurs(row, time.GetUtcNow()))
            {
                all = false;
                continue;
            }

            if (!await SayAsync(place, Outbox.Read(row), cancellationToken) && Outbox.NewsOf(row) is { } news)
                await notReached.TellAsync(new(new ConversationAddress(place).Workspace, news.Number), news.Seq, news.Agent, cancellationToken);
            await Conversations.DeleteEntityAsync(place, row.RowKey, ETag.All, cancellationToken);
        }

        return all;
    }

    /// <summary>Says something; false when the bot is not in the conversation any more, which is forgotten then.</summary>
    private async Task<bool> SayAsync(string place, ChatLine line, CancellationToken cancellationToken)
    {
        if (await store.FindReferenceAsync(place, cancellationToken) is not { } reference)
        {
            Log.NobodyThere(logger, place);
            await store.DropReferenceAsync(place, cancellationToken);
            return false;
        }

        try
        {
            foreach (var activity in TeamsReplies.Write(line))
                await sender.SayAsync(reference, activity, cancellationToken);
        }
        catch (ErrorResponseException refusal) when (refusal.SaysBotIsOut())
        {
            // Blocked or removed: there is nobody to say it to any more.
            Log.Removed(logger, place, (int)refusal.StatusOf());
            await store.DropReferenceAsync(place, cancellationToken);
            return false;
        }
        catch (ErrorResponseException refusal) when (refusal.IsFinal())
        {
            // The same words would be refused again, and those after them must not wait for ever.
            Log.Refused(logger, refusal, place);
        }

        return true;
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "The channel did not take what is said in {Place}; it is tried again")]
        public static partial void Postponed(ILogger logger, Exception fault, string place);

        [LoggerMessage(LogLevel.Warning, "Nobody is reached in {Place}; what was to be said there is dropped")]
        public static partial void NobodyThere(ILogger logger, string place);

        [LoggerMessage(LogLevel.Warning, "The bot was removed from {Place} ({Status})")]
        public static partial void Removed(ILogger logger, string place, int status);

        [LoggerMessage(LogLevel.Error, "The channel refused what was said in {Place}; it is dropped")]
        public static partial void Refused(ILogger logger, Exception refused, string place);
    }
}
