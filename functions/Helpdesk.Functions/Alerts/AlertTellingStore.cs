using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Alerts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Alerts;

/// <summary>"Tell the tool what it is to be told of this alert key." What is told of one key goes one after the other.</summary>
/// <param name="Source">Id of the source.</param>
/// <param name="Hash">A hash of the key.</param>
public sealed record AlertLane(string Workspace, string Source, string Hash, DateTimeOffset SentAt)
{
    public const string QueueName = "alert-tellings";

    [JsonIgnore]
    public EpisodeKey Key => new(Workspace, Source, Hash);

    /// <summary>Mostly this process waits for tools.</summary>
    internal static WorkQueueOptions<AlertLane> Queue { get; } =
        new(QueueName, AlertTellingJson.Default.AlertLane, lane => $"{lane.Workspace}/{lane.Source}/{lane.Hash}")
        {
            SentAt = lane => lane.SentAt,
            Parallel = 8,
        };
}

/// <summary>Tellings in storage; add fields, never rename them.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(UtcInstantConverter)]
)]
[JsonSerializable(typeof(AlertTelling))]
[JsonSerializable(typeof(AlertLane))]
internal sealed partial class AlertTellingJson : JsonSerializerContext;

/// <summary>Keeps what tools are to be told, and what came of it.</summary>
/// <remarks>An alert key is one partition, newest first. Another one per workspace leads to all of them in one order.</remarks>
public sealed class AlertTellingStore(StorageClients storage, WorkQueue<AlertLane> queue, TimeProvider time)
{
    public const string TableName = "AlertTellings";

    /// <summary>Of one alert key no more are looked at: what is older is done with.</summary>
    private const int LaneLength = 50;
    private const int HashLength = 16;
    private const int TimeLength = 15;
    private const int SeqLength = 6;
    private const int LastSeq = 999_999;
    private const long LastMillisecond = 253_402_300_799_999;

    /// <summary>How long the process that tells something has it to itself.</summary>
    public static TimeSpan Claim { get; } = TimeSpan.FromMinutes(1);

    private TableClient Table => storage.Table(TableName);

    /// <summary>The id of a telling.</summary>
    /// <param name="what">Names what it tells: the event of a ticket, or the end of the episode.</param>
    /// <param name="seq">Number of the ticket's event, by which those of one instant have an order; null for the end of the episode.</param>
    public static string IdOf(EpisodeKey key, int sequence, string what, DateTimeOffset at, long? seq) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Inverted(at)}{LastSeq - Math.Min(seq ?? LastSeq, LastSeq):D6}{Hashes.NameOf($"{key.Partition}/{sequence}/{what}", HashLength)}"
        );

    /// <summary>Stores what a tool is to be told, after the message that has it told; what is there stays as it is.</summary>
    public async Task AddAsync(AlertTelling telling, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(telling);
        var announced = await queue.AnnounceAsync(LaneOf(telling), cancellationToken);
        // What leads to it first: a telling that no list shows would be worse than an entry that leads nowhere.
        await Table.UpsertEntityAsync(LogRow(telling), TableUpdateMode.Replace, cancellationToken);
        try
        {
            await Table.AddEntityAsync(Row(telling), cancellationToken);
        }
        catch (RequestFailedException there) when (there.Status == 409)
        {
            // Written before. The message is left to look whether it was told.
        }

        queue.Committed(announced);
    }

    /// <summary>Whether a tool keeps an episode silent, was to do so, or is about to.</summary>
    public async Task<bool> IsSilencedAsync(EpisodeKey key, int sequence, CancellationToken cancellationToken) =>
        (await ReadLaneAsync(key, cancellationToken)).Any(one =>
            one.Telling is { Kind: AlertTellingKind.Acknowledged, State: not AlertTellingState.Suppressed } && one.Telling.Sequence == sequence
        );

    /// <summary>Has a tool told that an episode is over, where it keeps it silent or is about to.</summary>
    public async Task AddOverAsync(EpisodeKey key, Episode episode, EpisodePlace place, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(episode);
        ArgumentNullException.ThrowIfNull(place);
        if (episode.End is not { } end || !await IsSilencedAsync(key, episode.Sequence, cancellationToken))
            return;
        await AddAsync(
            new()
            {
                Id = IdOf(key, episode.Sequence, "over", end.HeardAt, null),
                Workspace = key.Workspace,
                Source = key.Source,
                Hash = key.Hash,
                Sequence = episode.Sequence,
                Ticket = place.Number,
                Kind = AlertTellingKind.Over,
                At = end.HeardAt,
                AskedAt = time.GetUtcNow(),
                State = AlertTellingState.Queued,
            },
            cancellationToken
        );
    }

    /// <summary>What is told of an alert key, the newest first.</summary>
    public async Task<IReadOnlyList<(AlertTelling Telling, ETag ETag)>> ReadLaneAsync(EpisodeKey key, CancellationToken cancellationToken)
    {
        var tellings = new List<(AlertTelling, ETag)>();
        await foreach (
            var row in Table.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey eq {key.Partition}"),
                LaneLength,
                cancellationToken: cancellationToken
            )
        )
        {
            tellings.Add((Read(row), row.ETag));
            if (tellings.Count == LaneLength)
                break;
        }

        return tellings;
    }

    public async Task<(AlertTelling Telling, ETag ETag)?> FindAsync(string workspace, string id, CancellationToken cancellationToken)
    {
        if (id.Length != TimeLength + SeqLength + HashLength || !id.All(char.IsAsciiLetterOrDigit))
            return null;
        var log = await Table.GetEntityIfExistsAsync<TableEntity>(LogPartition(workspace), LogKey(workspace, id), cancellationToken: cancellationToken);
        return log.HasValue ? await FollowAsync(workspace, log.Value!, cancellationToken) : null;
    }

    /// <summary>Notes how far a telling has come; null when somebody else noted something meanwhile.</summary>
    public async Task<ETag?> TryNoteAsync(AlertTelling telling, ETag etag, CancellationToken cancellationToken)
    {
        try
        {
            return (await Table.UpdateEntityAsync(Row(telling), etag, TableUpdateMode.Replace, cancellationToken)).Headers.ETag;
        }
        catch (RequestFailedException raced) when (raced.Status is 412 or 404)
        {
            return null;
        }
    }

    /// <summary>Has a telling told again, after the message that has it told; false when somebody else changed it meanwhile.</summary>
    public async Task<bool> TryQueueAsync(AlertTelling again, ETag etag, CancellationToken cancellationToken)
    {
        var announced = await queue.AnnounceAsync(LaneOf(again), cancellationToken);
        if (await TryNoteAsync(again, etag, cancellationToken) is null)
            return false;
        queue.Committed(announced);
        return true;
    }

    /// <summary>Has an alert key looked at again.</summary>
    public Task LookLaterAsync(EpisodeKey key, TimeSpan delay, CancellationToken cancellationToken) =>
        queue.SendAsync(
            new(key.Workspace, key.Source, key.Hash, time.GetUtcNow()),
            TimeSpan.FromSeconds(Math.Ceiling(Math.Max(0, delay.TotalSeconds))),
            cancellationToken
        );

    /// <summary>Tellings of a workspace, newest first.</summary>
    /// <param name="after">Only those behind this id; empty for the newest.</param>
    public async Task<IReadOnlyList<AlertTelling>> ReadAsync(string workspace, string after, long? ticket, int limit, CancellationToken cancellationToken)
    {
        var (partition, start) = (LogPartition(workspace), LogKey(workspace, after));
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey gt {start} and RowKey lt {LogKey(workspace, "~")}");
        if (ticket is { } number)
            filter += TableClient.CreateQueryFilter($" and Ticket eq {number}");
        var rows = new List<TableEntity>();
        await foreach (var row in Table.QueryAsync<TableEntity>(filter, limit, cancellationToken: cancellationToken))
        {
            rows.Add(row);
            if (rows.Count == limit)
                break;
        }

        var found = await Task.WhenAll(rows.Select(row => FollowAsync(workspace, row, cancellationToken)));
        return [.. found.OfType<(AlertTelling Telling, ETag)>().Select(one => one.Telling)];
    }

    /// <summary>Removes tellings of what happened before an instant. Gives how many.</summary>
    public async Task<int> RemoveBeforeAsync(string workspace, DateTimeOffset before, int most, CancellationToken cancellationToken)
    {
        var (removed, partition, start) = (0, LogPartition(workspace), LogKey(workspace, $"{Inverted(before)}~"));
        await foreach (
            var row in Table.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey gt {start} and RowKey lt {LogKey(workspace, "~")}"),
                500,
                cancellationToken: cancellationToken
            )
        )
        {
            var key = KeyOf(workspace, row);
            await Table.DeleteEntityAsync(key.Partition, RowKey(key, IdOf(row)), ETag.All, cancellationToken);
            await Table.DeleteEntityAsync(row.PartitionKey, row.RowKey, ETag.All, cancellationToken);
            if (++removed >= most)
                break;
        }

        return removed;
    }

    /// <summary>Behind which id all tellings are older than one place in the order of all deliveries.</summary>
    internal static string After((DateTimeOffset At, string Id) place) =>
        string.CompareOrdinal(place.Id, Inverted(place.At)) > 0 ? place.Id
        : place.Id.Length == 0 ? Inverted(place.At)
        : Inverted(place.At) + "~";

    internal static TableEntity Row(AlertTelling telling)
    {
        var key = new EpisodeKey(telling.Workspace, telling.Source, telling.Hash);
        var row = new TableEntity(key.Partition, RowKey(key, telling.Id));
        LongText.Write(row, "State", JsonSerializer.Serialize(telling, AlertTellingJson.Default.AlertTelling));
        return row;
    }

    internal static AlertTelling Read(TableEntity row) =>
        JsonSerializer.Deserialize(LongText.Read(row, "State"), AlertTellingJson.Default.AlertTelling)
        ?? throw new InvalidDataException("A telling's row is empty.");

    private static TableEntity LogRow(AlertTelling telling) =>
        new(LogPartition(telling.Workspace), LogKey(telling.Workspace, telling.Id))
        {
            ["Source"] = telling.Source,
            ["Hash"] = telling.Hash,
            ["Ticket"] = telling.Ticket,
        };

    private async Task<(AlertTelling Telling, ETag ETag)?> FollowAsync(string workspace, TableEntity log, CancellationToken cancellationToken)
    {
        var key = KeyOf(workspace, log);
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(key.Partition, RowKey(key, IdOf(log)), cancellationToken: cancellationToken);
        return found.HasValue ? (Read(found.Value!), found.Value!.ETag) : null;
    }

    private AlertLane LaneOf(AlertTelling telling) => new(telling.Workspace, telling.Source, telling.Hash, time.GetUtcNow());

    private static EpisodeKey KeyOf(string workspace, TableEntity log) => new(workspace, log.GetString("Source"), log.GetString("Hash"));

    private static string IdOf(TableEntity log) => log.RowKey[(log.PartitionKey.Length + 1)..];

    private static string RowKey(EpisodeKey key, string id) => $"{key.Partition}:{id}";

    private static string LogPartition(string workspace) => $"{workspace}:log";

    private static string LogKey(string workspace, string id) => $"{LogPartition(workspace)}:{id}";

    /// <summary>Newest first.</summary>
    private static string Inverted(DateTimeOffset at) => (LastMillisecond - at.ToUnixTimeMilliseconds()).ToString("D15", CultureInfo.InvariantCulture);
}
