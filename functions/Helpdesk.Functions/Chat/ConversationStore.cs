using System.Globalization;
using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Bot.Conversations;
using Helpdesk.Bot.Protocol;
using Helpdesk.Functions.Hosting;

namespace Helpdesk.Functions.Chat;

/// <summary>Keeps conversations, one partition each: where it stands, and the transcript or what is still to be sent. A turn is one transaction.</summary>
public sealed class ConversationStore(StorageClients storage, ConversationSignals signals, Teams.OutboxQueue outboxes, TimeProvider time) : IConversations
{
    private const string Bot = "bot";
    private static readonly string[] SaidColumn = ["Said"];

    private TableClient Table => storage.Table(StorageNames.Conversations);

    /// <summary>Who the bot is in web chat.</summary>
    public static ChannelAccount BotAccount => new() { Id = "helpdesk", Name = "Helpdesk", Role = Bot };

    public async Task<Conversation> ReadAsync(ConversationAddress address, CancellationToken cancel)
    {
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(address.Place, ConversationRows.StateKey(address.Place, address.Person), cancellationToken: cancel);
        if (!found.HasValue)
            return new(address, new ChatState(), null, 0);
        var row = found.Value!;
        return new(address, JsonSerializer.Deserialize(LongText.Read(row, "State"), ChatJson.Default.ChatState)!, row.ETag.ToString(), row.GetInt64("Said") ?? 0);
    }

    public async Task<IReadOnlyList<Activity>?> CommitAsync(Conversation read, ChatState next, IReadOnlyList<Activity> activities, int own, CancellationToken cancel)
    {
        var place = read.Address.Place;
        var transcript = read.Address.Channel == ConversationAddress.OwnChat;
        var state = new TableEntity(place, ConversationRows.StateKey(place, read.Address.Person)) { ["Said"] = read.Said + (transcript ? activities.Count : 0) };
        LongText.Write(state, "State", JsonSerializer.Serialize(next, ChatJson.Default.ChatState));
        List<TableTransactionAction> actions =
        [
            read.Version is null ? new(TableTransactionActionType.Add, state) : new(TableTransactionActionType.UpdateReplace, state, new ETag(read.Version)),
        ];
        for (var i = 0; i < activities.Count; i++)
            actions.Add(new(TableTransactionActionType.Add, transcript ? Said(read, activities[i], read.Said + 1 + i, i < own) : Outbox.Row(place, activities[i], i, time.GetUtcNow())));
        var announced = !transcript && activities.Count > 0 ? await outboxes.AnnounceAsync(new(place), cancel) : null;
        try
        {
            await Table.SubmitTransactionAsync(actions, cancel);
        }
        catch (RequestFailedException raced) when (raced.Status is 409 or 412)
        {
            return null;
        }

        if (announced is not null)
            outboxes.Committed(new(place), announced);
        if (transcript)
            signals.Notify(place, read.Said, activities);
        return activities;
    }

    /// <summary>What was said after an activity of a web chat, oldest first, and how many activities there are by then.</summary>
    public async Task<(IReadOnlyList<Activity> Activities, long Watermark)> ReadTranscriptAsync(string place, long after, int limit, CancellationToken cancel)
    {
        var activities = new List<Activity>();
        var watermark = after;
        await foreach (var row in Table.QueryAsync<TableEntity>(
            TableClient.CreateQueryFilter($"PartitionKey eq {place} and RowKey gt {ConversationRows.ActivityKey(place, after)} and RowKey lt {ConversationRows.ActivitiesEnd(place)}"), limit, cancellationToken: cancel))
        {
            activities.Add(JsonSerializer.Deserialize(LongText.Read(row, "Activity"), ProtocolJson.Wire.Activity)!);
            watermark = ConversationRows.NumberOf(row);
            if (activities.Count == limit)
                break;
        }

        return (activities, watermark);
    }

    /// <summary>How many activities a web chat has by now: what a poll that waits asks for, since it costs no more than a point read.</summary>
    public async Task<long> CountTranscriptAsync(string place, CancellationToken cancel)
    {
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(place, ConversationRows.StateKey(place), SaidColumn, cancel);
        return found.HasValue ? found.Value!.GetInt64("Said") ?? 0 : 0;
    }

    private TableEntity Said(Conversation read, Activity activity, long number, bool own)
    {
        var id = ChatTurns.IdOf(read.Address);
        activity.Id = string.Create(CultureInfo.InvariantCulture, $"{id}|{number:D7}");
        activity.Timestamp = time.GetUtcNow();
        activity.ChannelId = Channels.DirectLine;
        activity.Conversation = new() { Id = id };
        if (own)
            activity.Recipient = BotAccount;
        else
            activity.From = BotAccount;
        var row = new TableEntity(read.Address.Place, ConversationRows.ActivityKey(read.Address.Place, number));
        LongText.Write(row, "Activity", JsonSerializer.Serialize(activity, ProtocolJson.Wire.Activity));
        return row;
    }
}
