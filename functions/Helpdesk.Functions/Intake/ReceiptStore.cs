using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Intake;

/// <summary>"Work this receipt."</summary>
/// <param name="Replay">Somebody asked for it after it failed or was ignored.</param>
public sealed record ReceiptMessage(string Workspace, string Receipt, DateTimeOffset SentAt, bool Replay = false)
{
    public const string QueueName = "received-receipts";

    internal static WorkQueueOptions<ReceiptMessage> Queue { get; } =
        new(QueueName, ReceiptJson.Default.ReceiptMessage, message => message.Receipt) { SentAt = message => message.SentAt, Tries = 8 };
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(UtcInstantConverter)]
)]
[JsonSerializable(typeof(Receipt))]
[JsonSerializable(typeof(ReceiptMessage))]
[JsonSerializable(typeof(ReceiptLinkKey))]
internal sealed partial class ReceiptJson : JsonSerializerContext;

/// <summary>Which receipts are wanted; null for all of a kind.</summary>
/// <param name="Reason">Words of the reason.</param>
public sealed record ReceiptFilter(ReceiptState? State = null, IntakeChannel? Channel = null, string? Reason = null)
{
    public bool Takes(Receipt receipt) =>
        (State is null || receipt.State == State)
        && (Channel is null || receipt.Channel == Channel)
        && (Reason is null || receipt.Reason?.Contains(Reason, StringComparison.OrdinalIgnoreCase) == true);

    /// <summary>The same for the same filter, so that a page of another list is known.</summary>
    public override string ToString() => $"{State} {Channel} {Reason}";
}

/// <summary>Keeps what came in exactly as it came, and what became of it.</summary>
/// <remarks>A day and shard is one partition. Bodies above 48 KB lie in a blob of the receipt's name. Failed ones are also listed by themselves.</remarks>
public sealed class ReceiptStore(StorageClients storage, WorkQueue<ReceiptMessage> queue, TimeProvider time)
{
    public const string BodiesName = "receipt-bodies";

    public const string TableName = "Receipts";

    /// <summary>Bodies above this size, in bytes, go to a blob.</summary>
    public const int InlineLimit = 48 * 1024;

    /// <summary>How far back the list of receipts goes, in days.</summary>
    public const int ListedDays = 90;

    private static readonly System.Buffers.SearchValues<char> Letters = System.Buffers.SearchValues.Create("0123456789abcdefghjkmnpqrstvwxyz");
    private const int Shards = 4;
    private const int DayLength = 86_400_000;

    private TableClient Table => storage.Table(TableName);

    private BlobContainerClient Bodies => storage.Container(BodiesName);

    /// <summary>An id that says where its receipt lies: day, shard, time from the end of the day, chance.</summary>
    public static string NewId(DateTimeOffset now) => Id(now, Hashes.RandomName(16));

    /// <summary>The id of what came in at that time from a place that names it: the same one however often it is kept.</summary>
    public static string IdOf(DateTimeOffset at, string source) => Id(at, Hashes.NameOf(source, 16));

    private static string Id(DateTimeOffset at, string name)
    {
        var left = DayLength - 1 - (int)at.UtcDateTime.TimeOfDay.TotalMilliseconds;
        return string.Create(CultureInfo.InvariantCulture, $"{at.UtcDateTime:yyyyMMdd}-{name[0] % Shards}-{left:D8}{name}");
    }

    /// <summary>Stores what came in, after the message that will have it worked, and has it worked at once. What is there already stays as it is.</summary>
    public async Task AddAsync(Receipt receipt, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var row = Row(receipt);
        if (body.Length > InlineLimit)
            await Bodies.GetBlobClient(BlobName(receipt)).UploadAsync(BinaryData.FromBytes(body), overwrite: true, cancellationToken);
        else
            row["Body"] = body.ToArray();
        var announced = await queue.AnnounceAsync(new(receipt.Workspace, receipt.Id, time.GetUtcNow()), cancellationToken);
        try
        {
            await Table.AddEntityAsync(row, cancellationToken);
        }
        catch (RequestFailedException there) when (there.Status == 409)
        {
            return;
        }

        queue.Committed(announced);
    }

    /// <summary>Stores what the desk sends to itself, and has it worked by its message alone, as what a process that ended has left behind is.</summary>
    public async Task AddProbeAsync(Receipt receipt, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var row = Row(receipt);
        row["Body"] = body.ToArray();
        await Table.AddEntityAsync(row, cancellationToken);
        await queue.SendAsync(new(receipt.Workspace, receipt.Id, time.GetUtcNow()), TimeSpan.Zero, cancellationToken);
    }

    /// <summary>Removes what the desk has sent to itself.</summary>
    public Task RemoveProbeAsync(string workspace, string id, CancellationToken cancellationToken) =>
        Table.DeleteEntityAsync(Partition(workspace, id), id, cancellationToken: cancellationToken);

    /// <summary>Records what came in and cannot be worked as it is: a failed receipt, which can be replayed. What is there already stays as it is.</summary>
    public async Task AddFailedAsync(Receipt receipt, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var row = Row(receipt);
        if (body.Length > InlineLimit)
            await Bodies.GetBlobClient(BlobName(receipt)).UploadAsync(BinaryData.FromBytes(body), overwrite: true, cancellationToken);
        else
            row["Body"] = body.ToArray();
        await Table.UpsertEntityAsync(new TableEntity(FailedPartition(receipt.Workspace), receipt.Id), TableUpdateMode.Replace, cancellationToken);
        try
        {
            await Table.AddEntityAsync(row, cancellationToken);
        }
        catch (RequestFailedException there) when (there.Status == 409)
        {
            // Recorded before; what became of it since stands there.
            return;
        }
    }

    /// <summary>Has a receipt worked again.</summary>
    public Task SendAgainAsync(Receipt receipt, CancellationToken cancellationToken) =>
        queue.SendAsync(new(receipt.Workspace, receipt.Id, time.GetUtcNow(), Replay: true), TimeSpan.Zero, cancellationToken);

    public async Task<(Receipt Receipt, ETag ETag)?> FindAsync(string workspace, string id, CancellationToken cancellationToken)
    {
        if (Partition(workspace, id) is not { } partition)
            return null;
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(partition, id, ["State", "StateColumns"], cancellationToken);
        return found.HasValue ? (Read(found.Value!) with { Version = found.Value!.ETag.ToString() }, found.Value!.ETag) : null;
    }

    /// <summary>The bytes that came in.</summary>
    public async Task<ReadOnlyMemory<byte>> ReadBodyAsync(Receipt receipt, CancellationToken cancellationToken)
    {
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(Partition(receipt.Workspace, receipt.Id)!, receipt.Id, ["Body"], cancellationToken);
        if (found.HasValue && found.Value!.GetBinary("Body") is { } body)
            return body;
        try
        {
            return (await Bodies.GetBlobClient(BlobName(receipt)).DownloadContentAsync(cancellationToken)).Value.Content.ToMemory();
        }
        catch (RequestFailedException missing) when (missing.Status == 404)
        {
            throw BodyMissing();
        }
    }

    /// <summary>Refuses to go on with a receipt of which the words are gone.</summary>
    public async Task CheckBodyAsync(Receipt receipt, CancellationToken cancellationToken)
    {
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(Partition(receipt.Workspace, receipt.Id)!, receipt.Id, ["Body"], cancellationToken);
        if (found is { HasValue: true, Value: { } row } && row.GetBinary("Body") is not null)
            return;
        if (!await Bodies.GetBlobClient(BlobName(receipt)).ExistsAsync(cancellationToken))
            throw BodyMissing();
    }

    /// <summary>Notes something while a receipt is worked: the receipt as it then is; null when somebody else noted something meanwhile.</summary>
    public async Task<Receipt?> TryKeepAsync(Receipt receipt, CancellationToken cancellationToken)
    {
        var read = new ETag(receipt.Version ?? throw new ArgumentException("A receipt is noted under the version that was read.", nameof(receipt)));
        try
        {
            var noted = await Table.UpdateEntityAsync(Row(receipt), read, TableUpdateMode.Merge, cancellationToken);
            return receipt with { Version = noted.Headers.ETag!.Value.ToString() };
        }
        catch (RequestFailedException raced) when (raced.Status == 412)
        {
            return null;
        }
    }

    /// <summary>Notes how far the desk has got; false when somebody else noted something meanwhile.</summary>
    public async Task<bool> TryNoteAsync(Receipt receipt, ETag etag, CancellationToken cancellationToken)
    {
        // The list of failed ones is told first: a row too many there is skipped, a missing one would hide a failure.
        if (receipt.State == ReceiptState.Failed)
            await Table.UpsertEntityAsync(new TableEntity(FailedPartition(receipt.Workspace), receipt.Id), TableUpdateMode.Replace, cancellationToken);
        try
        {
            await Table.UpdateEntityAsync(Row(receipt), etag, TableUpdateMode.Merge, cancellationToken);
        }
        catch (RequestFailedException raced) when (raced.Status == 412)
        {
            return false;
        }

        if (receipt.State != ReceiptState.Failed && receipt.Attempts > 1)
            await Table.DeleteEntityAsync(FailedPartition(receipt.Workspace), receipt.Id, cancellationToken: cancellationToken);
        return true;
    }

    /// <summary>One page of receipts, newest first, or of those that a filter takes. It may hold fewer than <paramref name="limit"/>.</summary>
    public Task<ListPage<Receipt>> ReadAsync(string workspace, ReceiptFilter filter, int limit, string? cursor, CancellationToken cancellationToken) =>
        filter.State == ReceiptState.Failed
            ? ReadFailedAsync(workspace, filter, limit, cursor, cancellationToken)
            : ReadDaysAsync(workspace, filter, limit, cursor, cancellationToken);

    private async Task<ListPage<Receipt>> ReadFailedAsync(
        string workspace,
        ReceiptFilter filter,
        int limit,
        string? cursor,
        CancellationToken cancellationToken
    )
    {
        var list = $"receipts {workspace} {filter}";
        var after = cursor is null ? "" : PageCursor.Read(list, cursor, 1)[0];
        var ids = new List<string>();
        await foreach (
            var row in Table.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey eq {FailedPartition(workspace)} and RowKey gt {after}"),
                limit + 1,
                ["RowKey"],
                cancellationToken
            )
        )
        {
            ids.Add(row.RowKey);
            if (ids.Count > limit)
                break;
        }

        var page = ids.Take(limit).ToList();
        var found = await Task.WhenAll(page.Select(id => FindAsync(workspace, id, cancellationToken)));
        return new(
            [.. found.OfType<(Receipt Receipt, ETag)>().Select(one => one.Receipt).Where(filter.Takes)],
            ids.Count > limit ? PageCursor.Write(list, page[^1]) : null
        );
    }

    private async Task<ListPage<Receipt>> ReadDaysAsync(string workspace, ReceiptFilter filter, int limit, string? cursor, CancellationToken cancellationToken)
    {
        const int daysPerPage = 7;
        var list = $"receipts {workspace} {filter}";
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        var (day, after) = (today, "");
        if (cursor is not null)
        {
            var parts = PageCursor.Read(list, cursor, 2);
            if (!DateOnly.TryParseExact(parts[0], "yyyyMMdd", out day))
                throw new InvalidRequestException("cursor", "cursor is not one that this list gave; start again without it.");
            after = parts[1];
        }

        var items = new List<Receipt>();
        for (var days = 0; days < daysPerPage; days++)
        {
            var since = after;
            var take = limit + 1;
            var shards = await Task.WhenAll(Enumerable.Range(0, Shards).Select(shard => DayAsync(workspace, day, shard, since, take, cancellationToken)));
            // Within a day the newest sorts first behind the shard: compare what comes after it.
            foreach (var receipt in shards.SelectMany(shard => shard).OrderBy(receipt => receipt.Id[11..], StringComparer.Ordinal))
            {
                if (items.Count == limit)
                    return new(items, PageCursor.Write(list, Name(day), after));
                after = receipt.Id[11..];
                if (receipt.Probe != true && filter.Takes(receipt))
                    items.Add(receipt);
            }

            if (shards.Any(shard => shard.Count == take))
                return new(items, PageCursor.Write(list, Name(day), after));
            (day, after) = (day.AddDays(-1), "");
            if (today.DayNumber - day.DayNumber > ListedDays)
                return new(items, null);
        }

        return new(items, PageCursor.Write(list, Name(day), after));
    }

    private async Task<IReadOnlyList<Receipt>> DayAsync(string workspace, DateOnly day, int shard, string after, int take, CancellationToken cancellationToken)
    {
        var partition = $"{workspace}:{Name(day)}:{shard.ToString(CultureInfo.InvariantCulture)}";
        var from = $"{Name(day)}-{shard.ToString(CultureInfo.InvariantCulture)}-{after}";
        var receipts = new List<Receipt>();
        await foreach (
            var row in Table.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey gt {from}"),
                take,
                ["State", "StateColumns"],
                cancellationToken
            )
        )
        {
            receipts.Add(Read(row));
            if (receipts.Count == take)
                break;
        }

        return receipts;
    }

    internal static TableEntity Row(Receipt receipt)
    {
        var row = new TableEntity(Partition(receipt.Workspace, receipt.Id), receipt.Id);
        LongText.Write(row, "State", JsonSerializer.Serialize(receipt, ReceiptJson.Default.Receipt));
        return row;
    }

    internal static Receipt Read(TableEntity row) =>
        JsonSerializer.Deserialize(LongText.Read(row, "State"), ReceiptJson.Default.Receipt) ?? throw new InvalidDataException("A receipt's row is empty.");

    /// <summary>The partition that an id names; null when it is no receipt's id.</summary>
    private static string? Partition(string workspace, string id) =>
        id.Length == 35
        && id[8] == '-'
        && id[10] == '-'
        && id.AsSpan(0, 8).IndexOfAnyExceptInRange('0', '9') < 0
        && id[9] is >= '0' and < (char)('0' + Shards)
        && id.AsSpan(11).IndexOfAnyExcept(Letters) < 0
            ? $"{workspace}:{id[..8]}:{id[9]}"
            : null;

    private static HelpdeskRuleException BodyMissing() =>
        new("receipt-body-missing", "The stored body of this receipt is not there any more: it cannot be worked again.");

    private static string FailedPartition(string workspace) => $"{workspace}:failed";

    private static string BlobName(Receipt receipt) => $"{receipt.Workspace}/{receipt.Id}";

    private static string Name(DateOnly day) => day.ToString("yyyyMMdd", CultureInfo.InvariantCulture);
}
