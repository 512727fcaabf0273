using System.Globalization;
using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Helpdesk.Webhooks;

namespace Helpdesk.Functions.Webhooks;

/// <summary>A delivery that waits in its lane.</summary>
/// <param name="Delivery">Id of the delivery.</param>
/// <param name="At">When it was put there.</param>
public sealed record PendingDelivery(string Delivery, DateTimeOffset At, string Partition, string Key, ETag ETag);

/// <summary>Keeps what is to be sent to subscriptions, and what became of it.</summary>
/// <remarks>
/// A subscription is one partition of deliveries, newest first. A lane, which is a subscription and a ticket, is another one: of what still has to be
/// sent, in the order of the ticket's events.
/// </remarks>
public sealed class WebhookDeliveries(StorageClients storage, WorkQueue<WebhookLane> queue, TimeProvider time)
{
    public const string TableName = "WebhookDeliveries";

    private const int TimeLength = 15;
    private const int HashLength = 16;
    private const long LastMillisecond = 253_402_300_799_999;
    private const string Body = "Body";
    private const string Pending = "pending-";
    private const string Link = "link-";

    /// <summary>All of a row but what is sent.</summary>
    private static readonly string[] StateColumns = ["PartitionKey", "RowKey", "State", "StateColumns", "State2", "State3"];

    /// <summary>How long the process that sends something has it to itself.</summary>
    public static TimeSpan Claim { get; } = TimeSpan.FromSeconds(30);

    private TableClient Table => storage.Table(TableName);

    /// <summary>The id of a delivery: the same for the same event and subscription.</summary>
    public static string IdOf(string workspace, string webhook, string source, DateTimeOffset at) =>
        string.Create(CultureInfo.InvariantCulture, $"{webhook}.{Inverted(at)}{Hashes.NameOf($"{workspace}/{webhook}/{source}", HashLength)}");

    /// <summary>What the receiver knows a delivery by.</summary>
    public static string MessageIdOf(string workspace, string webhook, string source) => $"msg_{Hashes.NameOf($"{workspace}/{webhook}/{source}", 26)}";

    /// <summary>Stores what is to be sent, after the message that will have it sent, and has it sent. What is there stays as it is.</summary>
    /// <param name="owed">All of one lane, in the order of the events.</param>
    public async Task AddAsync(WebhookLane lane, IReadOnlyList<(WebhookDelivery Delivery, string Body)> owed, CancellationToken cancellationToken)
    {
        var announced = await queue.AnnounceAsync(lane, cancellationToken);
        foreach (var some in owed.SelectMany(one => new[] { PendingRow(lane, one.Delivery), LinkRow(lane, one.Delivery) }).Chunk(TableTransactions.RowLimit))
            await Table.SubmitTransactionAsync(
                some.Select(row => new TableTransactionAction(TableTransactionActionType.UpsertReplace, row)),
                cancellationToken
            );
        var rows = owed.Select(one => new TableTransactionAction(TableTransactionActionType.Add, Row(one.Delivery, one.Body)));
        foreach (var some in TableTransactions.Split(rows))
            await AddAsync(some, cancellationToken);
        queue.Committed(announced);
    }

    private async Task AddAsync(List<TableTransactionAction> some, CancellationToken cancellationToken)
    {
        try
        {
            await Table.SubmitTransactionAsync(some, cancellationToken);
        }
        catch (RequestFailedException there) when (there.Status == 409)
        {
            // Written before: whatever is missing is added by itself.
            foreach (var one in some.Count > 1 ? some : [])
                await AddAsync([one], cancellationToken);
        }
    }

    /// <summary>Stores a delivery that is done with.</summary>
    public Task AddDoneAsync(WebhookDelivery done, string body, CancellationToken cancellationToken) =>
        Table.AddEntityAsync(Row(done, body), cancellationToken);

    /// <summary>Puts a delivery back into its lane, after the message that will have it sent; false when somebody else changed it meanwhile.</summary>
    public async Task<bool> TryQueueAsync(WebhookDelivery again, ETag etag, CancellationToken cancellationToken)
    {
        var lane = new WebhookLane(again.Workspace, again.Webhook, again.Ticket, time.GetUtcNow());
        var announced = await queue.AnnounceAsync(lane, cancellationToken);
        await Table.UpsertEntityAsync(PendingRow(lane, again), TableUpdateMode.Replace, cancellationToken);
        if (await TryNoteAsync(again, etag, cancellationToken) is null)
            return false;
        queue.Committed(announced);
        return true;
    }

    /// <summary>Has a lane looked at again.</summary>
    public Task LookLaterAsync(WebhookLane lane, TimeSpan delay, CancellationToken cancellationToken) =>
        queue.SendAsync(lane with { SentAt = time.GetUtcNow() }, delay, cancellationToken);

    /// <summary>What comes next in a lane; null when nothing waits there.</summary>
    public async Task<PendingDelivery?> FirstAsync(WebhookLane lane, CancellationToken cancellationToken)
    {
        await foreach (var row in Table.QueryAsync<TableEntity>(Waiting(lane), 1, null, cancellationToken))
            return new(row.GetString("Delivery"), row.GetDateTimeOffset("At")!.Value, row.PartitionKey, row.RowKey, row.ETag);
        return null;
    }

    private static string Waiting(WebhookLane lane) =>
        TableClient.CreateQueryFilter($"PartitionKey eq {LanePartition(lane)} and RowKey gt {Pending} and RowKey lt {Pending + "~"}");

    /// <summary>Takes a delivery out of its lane, unless it was put there again meanwhile.</summary>
    public async Task RemoveAsync(PendingDelivery pending, CancellationToken cancellationToken)
    {
        try
        {
            await Table.DeleteEntityAsync(pending.Partition, pending.Key, pending.ETag, cancellationToken);
        }
        catch (RequestFailedException moved) when (moved.Status == 412)
        {
            // It is to be replayed: the lane goes on with it.
        }
    }

    public async Task<(WebhookDelivery Delivery, string Body, ETag ETag)?> FindAsync(string workspace, string id, CancellationToken cancellationToken)
    {
        if (PlaceOf(workspace, id) is not var (partition, key))
            return null;
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(partition, key, cancellationToken: cancellationToken);
        return found.HasValue ? (Read(found.Value!), LongText.Read(found.Value!, Body), found.Value!.ETag) : null;
    }

    /// <summary>Notes how far a delivery has come; null when somebody else noted something meanwhile.</summary>
    public async Task<ETag?> TryNoteAsync(WebhookDelivery delivery, ETag etag, CancellationToken cancellationToken)
    {
        try
        {
            return (await Table.UpdateEntityAsync(Row(delivery, null), etag, TableUpdateMode.Merge, cancellationToken)).Headers.ETag;
        }
        catch (RequestFailedException raced) when (raced.Status is 412 or 404)
        {
            return null;
        }
    }

    /// <summary>Deliveries of a subscription, newest first.</summary>
    /// <param name="after">Only those after this key; empty for the newest.</param>
    public async Task<IReadOnlyList<WebhookDelivery>> ReadAsync(string workspace, string webhook, string after, int limit, CancellationToken cancellationToken)
    {
        var partition = Partition(workspace, webhook);
        var deliveries = new List<WebhookDelivery>();
        await foreach (
            var row in Table.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey gt {after}"),
                limit,
                StateColumns,
                cancellationToken
            )
        )
        {
            deliveries.Add(Read(row));
            if (deliveries.Count == limit)
                break;
        }

        return deliveries;
    }

    /// <summary>Deliveries of a subscription that are about one ticket, newest first.</summary>
    public async Task<IReadOnlyList<WebhookDelivery>> ReadTicketAsync(
        string workspace,
        string webhook,
        long number,
        string after,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var partition = LanePartition(new(workspace, webhook, number, default));
        var keys = new List<string>();
        await foreach (
            var row in Table.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey gt {Link + after} and RowKey lt {Link + "~"}"),
                limit,
                ["RowKey"],
                cancellationToken
            )
        )
        {
            keys.Add(row.RowKey[Link.Length..]);
            if (keys.Count == limit)
                break;
        }

        var found = await Task.WhenAll(
            keys.Select(key => Table.GetEntityIfExistsAsync<TableEntity>(Partition(workspace, webhook), key, StateColumns, cancellationToken))
        );
        return [.. found.Where(one => one.HasValue).Select(one => Read(one.Value!))];
    }

    /// <summary>Removes deliveries of a subscription that happened before an instant; those that still wait are given up with them.</summary>
    /// <returns>How many were removed.</returns>
    public async Task<int> RemoveBeforeAsync(string workspace, string webhook, DateTimeOffset before, int most, CancellationToken cancellationToken)
    {
        var removed = 0;
        await foreach (
            var row in Table.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey eq {Partition(workspace, webhook)} and RowKey gt {Inverted(before) + "~"}"),
                500,
                StateColumns,
                cancellationToken
            )
        )
        {
            await RemoveAsync(Read(row), cancellationToken);
            if (++removed >= most)
                break;
        }

        return removed;
    }

    /// <summary>Removes a delivery with all that leads to it.</summary>
    internal async Task RemoveAsync(WebhookDelivery delivery, CancellationToken cancellationToken)
    {
        var lane = LanePartition(new(delivery.Workspace, delivery.Webhook, delivery.Ticket, default));
        await Table.DeleteEntityAsync(lane, PendingKey(delivery), ETag.All, cancellationToken);
        await Table.DeleteEntityAsync(lane, Link + KeyOf(delivery.Id), ETag.All, cancellationToken);
        // Its own row last: whatever dies before finds it again.
        await Table.DeleteEntityAsync(Partition(delivery.Workspace, delivery.Webhook), KeyOf(delivery.Id), ETag.All, cancellationToken);
    }

    /// <summary>Leaves nothing of what a delivery said.</summary>
    internal Task EmptyAsync(WebhookDelivery emptied, CancellationToken cancellationToken) =>
        Table.UpdateEntityAsync(Row(emptied, null), ETag.All, TableUpdateMode.Replace, cancellationToken);

    /// <summary>Notes that a subscription is about to be removed, so that its deliveries can be found, and go in time.</summary>
    public Task NoteRemovedAsync(string workspace, string webhook, CancellationToken cancellationToken) =>
        Table.UpsertEntityAsync(new TableEntity(RemovedPartition(workspace), webhook), TableUpdateMode.Replace, cancellationToken);

    /// <summary>Ids of subscriptions that were removed, or were about to be.</summary>
    public async Task<IReadOnlyList<string>> ReadRemovedAsync(string workspace, CancellationToken cancellationToken)
    {
        var ids = new List<string>();
        await foreach (
            var row in Table.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey eq {RemovedPartition(workspace)}"),
                null,
                null,
                cancellationToken
            )
        )
            ids.Add(row.RowKey);
        return ids;
    }

    /// <summary>Forgets a subscription that was removed, once nothing of it is left.</summary>
    public Task ForgetRemovedAsync(string workspace, string webhook, CancellationToken cancellationToken) =>
        Table.DeleteEntityAsync(RemovedPartition(workspace), webhook, ETag.All, cancellationToken);

    /// <summary>Whether there is still something to send in a row.</summary>
    internal static bool HasBody(TableEntity row) => LongText.Read(row, Body).Length > 0;

    /// <summary>The key behind which all deliveries are older than one place in the order of all deliveries.</summary>
    internal static string KeyAfter(string webhook, DateTimeOffset at, string id)
    {
        var prefix = $"{webhook}.";
        return id.StartsWith(prefix, StringComparison.Ordinal) ? id[prefix.Length..]
            : string.CompareOrdinal(prefix, id) > 0 ? Inverted(at)
            : Inverted(at) + "~";
    }

    /// <summary>What is after the dot of an id.</summary>
    internal static string KeyOf(string id) => id[(id.IndexOf('.', StringComparison.Ordinal) + 1)..];

    internal static TableEntity Row(WebhookDelivery delivery, string? body)
    {
        var row = new TableEntity(Partition(delivery.Workspace, delivery.Webhook), KeyOf(delivery.Id));
        LongText.Write(row, "State", JsonSerializer.Serialize(delivery, WebhookJson.Default.WebhookDelivery));
        if (body is not null)
            LongText.Write(row, Body, body);
        return row;
    }

    internal static WebhookDelivery Read(TableEntity row) =>
        JsonSerializer.Deserialize(LongText.Read(row, "State"), WebhookJson.Default.WebhookDelivery)
        ?? throw new InvalidDataException("A delivery's row is empty.");

    private TableEntity PendingRow(WebhookLane lane, WebhookDelivery delivery) =>
        new(LanePartition(lane), PendingKey(delivery)) { ["Delivery"] = delivery.Id, ["At"] = time.GetUtcNow() };

    /// <summary>Leads from a ticket to what was sent of it.</summary>
    private static TableEntity LinkRow(WebhookLane lane, WebhookDelivery delivery) => new(LanePartition(lane), Link + KeyOf(delivery.Id));

    private static string PendingKey(WebhookDelivery delivery) => string.Create(CultureInfo.InvariantCulture, $"{Pending}{delivery.Seq:D15}");

    private static (string Partition, string Key)? PlaceOf(string workspace, string id) =>
        id.Split('.') is [var webhook, { Length: TimeLength + HashLength } key] && Settings.SettingsStore.IsId(webhook) && key.All(char.IsAsciiLetterOrDigit)
            ? (Partition(workspace, webhook), key)
            : null;

    private static string Partition(string workspace, string webhook) => $"{workspace}:hook:{webhook}";

    private static string RemovedPartition(string workspace) => $"{workspace}:removed";

    private static string LanePartition(WebhookLane lane) =>
        string.Create(CultureInfo.InvariantCulture, $"{lane.Workspace}:lane:{lane.Webhook}:{lane.Number}");

    /// <summary>Newest first.</summary>
    private static string Inverted(DateTimeOffset at) => (LastMillisecond - at.ToUnixTimeMilliseconds()).ToString("D15", CultureInfo.InvariantCulture);
}
