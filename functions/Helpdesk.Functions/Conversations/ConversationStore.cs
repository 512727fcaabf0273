using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Bot.Conversations;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Conversations;

/// <summary>
/// Keeps conversations, one partition each: where it stands, and the transcript or what is still to be brought to its channel. A turn is
/// one transaction.
/// </summary>
public sealed class ConversationStore(StorageClients storage, ConversationSignals signals, WorkQueue<OutboxMessage> outboxes, TimeProvider time)
    : IConversations
{
    public const string TableName = "Conversations";

    private static readonly string[] LinesColumn = ["Lines"];

    private TableClient Table => storage.Table(TableName);

    public async Task<Conversation> ReadAsync(ConversationAddress address, CancellationToken cancellationToken)
    {
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(
            address.Place,
            ConversationRows.StateKey(address.Place, address.Person),
            cancellationToken: cancellationToken
        );
        if (!found.HasValue)
            return new(address, new ChatState(), null, 0);
        var row = found.Value!;
        var state = JsonSerializer.Deserialize(LongText.Read(row, "State"), ChatJson.Stored.ChatState)!;
        return new(address, state, row.ETag.ToString(), row.GetInt64("Lines") ?? 0);
    }

    public async Task<bool> CommitAsync(Conversation read, ChatState next, IReadOnlyList<ChatLine> lines, CancellationToken cancellationToken)
    {
        var place = read.Address.Place;
        var keepsTranscript = read.Address.Channel == ConversationAddress.OwnChat;
        var now = time.GetUtcNow();
        var numbered = lines.Select((line, i) => new NumberedLine(read.Lines + 1 + i, now, line)).ToList();
        var state = new TableEntity(place, ConversationRows.StateKey(place, read.Address.Person))
        {
            ["Lines"] = read.Lines + (keepsTranscript ? lines.Count : 0),
        };
        LongText.Write(state, "State", JsonSerializer.Serialize(next, ChatJson.Stored.ChatState));
        List<TableTransactionAction> actions =
        [
            read.Version is null ? new(TableTransactionActionType.Add, state) : new(TableTransactionActionType.UpdateReplace, state, new ETag(read.Version)),
            .. numbered
                .Select((line, i) => keepsTranscript ? RowOf(place, line) : Outbox.Row(place, line.Line, i, now))
                .Select(row => new TableTransactionAction(TableTransactionActionType.Add, row)),
        ];
        // The message first: when this process ends after the commit, somebody else brings the words to the channel.
        var announced = !keepsTranscript && lines.Count > 0 ? await outboxes.AnnounceAsync(new(place), cancellationToken) : null;
        try
        {
            await Table.SubmitTransactionAsync(actions, cancellationToken);
        }
        catch (RequestFailedException raced) when (raced.Status is 409 or 412)
        {
            return false;
        }

        if (announced is not null)
            outboxes.Note(announced);
        if (keepsTranscript)
            signals.Notify(place, read.Lines, numbered);
        return true;
    }

    /// <summary>The lines of a transcript after a number, oldest first.</summary>
    public async Task<IReadOnlyList<NumberedLine>> ReadTranscriptAsync(string place, long after, int limit, CancellationToken cancellationToken)
    {
        var lines = new List<NumberedLine>();
        var filter = TableClient.CreateQueryFilter(
            $"PartitionKey eq {place} and RowKey gt {ConversationRows.LineKey(place, after)} and RowKey lt {ConversationRows.LinesEnd(place)}"
        );
        await foreach (var row in Table.QueryAsync<TableEntity>(filter, limit, cancellationToken: cancellationToken))
        {
            var line = JsonSerializer.Deserialize(LongText.Read(row, "Line"), ChatJson.Stored.ChatLine)!;
            lines.Add(new(ConversationRows.NumberOf(row), row.GetDateTimeOffset("At")!.Value, line));
            if (lines.Count == limit)
                break;
        }

        return lines;
    }

    /// <summary>How many lines a transcript has by now: what a poll that waits asks for, since it costs no more than a point read.</summary>
    public async Task<long> CountTranscriptAsync(string place, CancellationToken cancellationToken)
    {
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(place, ConversationRows.StateKey(place), LinesColumn, cancellationToken);
        return found.HasValue ? found.Value!.GetInt64("Lines") ?? 0 : 0;
    }

    private static TableEntity RowOf(string place, NumberedLine line)
    {
        var row = new TableEntity(place, ConversationRows.LineKey(place, line.Number)) { ["At"] = line.At };
        LongText.Write(row, "Line", JsonSerializer.Serialize(line.Line, ChatJson.Stored.ChatLine));
        return row;
    }
}
