using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Alerts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Alerts;

/// <summary>Where the episodes of one alert key lie.</summary>
/// <param name="Hash">A hash of the key.</param>
public readonly record struct EpisodeKey(string Workspace, string Source, string Hash)
{
    public string Partition => $"{Workspace}:k:{Source}:{Hash}";

    /// <remarks>A key may be an address: what is hashed is never that alone.</remarks>
    public static EpisodeKey Of(string workspace, string source, string key) => new(workspace, source, Hashes.Short($"{workspace}/{source}/{key}"));
}

/// <summary>What became of a report that was taken.</summary>
/// <param name="Sequence">The episode that it told of; null for none.</param>
/// <param name="Number">Number of the ticket; null for none.</param>
/// <param name="Ticket">Id of the ticket; null for none.</param>
/// <param name="How">How the episode came to be on the ticket, where it began with this report; null otherwise.</param>
public sealed record TakenReport(EpisodeOutcome Outcome, int? Sequence, long? Number, string? Ticket, EpisodeJoin? How = null);

/// <summary>An episode of a ticket: where it lies.</summary>
public sealed record TicketEpisode(EpisodeKey Key, int Sequence);

/// <summary>The ticket of episodes whose labels have the same values.</summary>
/// <param name="Ticket">Id of the ticket.</param>
/// <param name="Number">Number of the ticket.</param>
/// <param name="At">When the last one joined, roughly.</param>
public sealed record EpisodeGroup(string Ticket, long Number, DateTimeOffset At);

/// <summary>Episodes in storage; add fields, never rename them.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(EpisodeHistory))]
[JsonSerializable(typeof(Episode))]
[JsonSerializable(typeof(TakenReport))]
[JsonSerializable(typeof(TicketEpisodes))]
[JsonSerializable(typeof(EpisodeStorm))]
[JsonSerializable(typeof(EpisodeGroup))]
internal sealed partial class EpisodeJson : JsonSerializerContext;

/// <summary>Keeps episodes. What decides about an alert key is one row, under its ETag; what came of each report lies beside it.</summary>
/// <remarks>
/// An alert key is one partition: its state, a row for each report that was taken, and a row for each episode that is too old to be in the state. The
/// episodes of a ticket are another partition: how many are open, and a row that leads to each.
/// </remarks>
public sealed class EpisodeStore(StorageClients storage, TimeProvider time)
{
    public const string TableName = "Episodes";

    /// <summary>The kind of what is kept for a short time only.</summary>
    private const string Brief = "brief";

    private readonly KeyedLocks _turns = new();

    private TableClient Table => storage.Table(TableName);

    /// <summary>What is known of a key, and its version; null for nothing.</summary>
    public async Task<(EpisodeHistory History, ETag ETag)?> FindAsync(EpisodeKey key, CancellationToken cancellationToken)
    {
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(key.Partition, StateKey(key), cancellationToken: cancellationToken);
        return found.HasValue ? (Read(found.Value!), found.Value!.ETag) : null;
    }

    /// <summary>What became of a report; null for one that was not taken yet.</summary>
    public async Task<TakenReport?> FindTakenAsync(EpisodeKey key, string report, CancellationToken cancellationToken)
    {
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(key.Partition, TakenKey(key, report), cancellationToken: cancellationToken);
        return found.HasValue ? JsonSerializer.Deserialize(LongText.Read(found.Value!, "State"), EpisodeJson.Default.TakenReport) : null;
    }

    /// <summary>
    /// Writes what is known of a key, and what became of the report that led to it; null when somebody else wrote something meanwhile, or took the same
    /// report before.
    /// </summary>
    public async Task<ETag?> TryWriteAsync(
        EpisodeKey key,
        EpisodeHistory? before,
        EpisodeHistory after,
        ETag? read,
        (string Report, TakenReport Taken)? taken,
        CancellationToken cancellationToken
    )
    {
        var state = Row(key, after);
        List<TableTransactionAction> actions =
        [
            read is { } etag ? new(TableTransactionActionType.UpdateReplace, state, etag) : new(TableTransactionActionType.Add, state),
        ];
        if (taken is var (report, what))
        {
            var row = new TableEntity(key.Partition, TakenKey(key, report)) { ["At"] = time.GetUtcNow(), ["Kind"] = Brief };
            LongText.Write(row, "State", JsonSerializer.Serialize(what, EpisodeJson.Default.TakenReport));
            actions.Add(new(TableTransactionActionType.Add, row));
        }

        var kept = after.Episodes.Select(episode => episode.Sequence).ToHashSet();
        actions.AddRange(
            (before?.Episodes ?? [])
                .Where(episode => !kept.Contains(episode.Sequence))
                .Select(episode => new TableTransactionAction(TableTransactionActionType.UpsertReplace, Row(key, episode)))
        );
        try
        {
            var written = await Table.SubmitTransactionAsync(actions, cancellationToken);
            return written.Value[0].Headers.ETag;
        }
        catch (RequestFailedException raced) when (raced.Status is 404 or 409 or 412)
        {
            return null;
        }
    }

    /// <summary>An episode, however old; null when it is gone.</summary>
    public async Task<(EpisodeHistory? History, Episode Episode)?> FindEpisodeAsync(TicketEpisode one, CancellationToken cancellationToken)
    {
        var history = (await FindAsync(one.Key, cancellationToken))?.History;
        if (history?.Episodes.FirstOrDefault(episode => episode.Sequence == one.Sequence) is { } remembered)
            return (history, remembered);

        var found = await Table.GetEntityIfExistsAsync<TableEntity>(
            one.Key.Partition,
            EpisodeRow(one.Key, one.Sequence),
            cancellationToken: cancellationToken
        );
        return found.HasValue ? (history, JsonSerializer.Deserialize(LongText.Read(found.Value!, "State"), EpisodeJson.Default.Episode)!) : null;
    }

    /// <summary>Puts an episode on the list of its ticket, once; gives what the ticket's episodes are together then.</summary>
    public Task<TicketEpisodes> JoinAsync(EpisodeKey key, Episode episode, EpisodePlace place, CancellationToken cancellationToken) =>
        ChangeTicketAsync(key, episode, place, over: false, cancellationToken);

    /// <summary>Notes on the list of its ticket that an episode is over, once; gives what the ticket's episodes are together then.</summary>
    public Task<TicketEpisodes> LeaveAsync(EpisodeKey key, Episode episode, EpisodePlace place, CancellationToken cancellationToken) =>
        ChangeTicketAsync(key, episode, place, over: true, cancellationToken);

    /// <summary>What the episodes of a ticket are together.</summary>
    public async Task<TicketEpisodes> OfTicketAsync(string workspace, long number, CancellationToken cancellationToken) =>
        (await FindHeadAsync(TicketPartition(workspace, number), cancellationToken)).Episodes;

    /// <summary>The episodes of a ticket after the one that is called <paramref name="after"/>, in the order in which they came to it.</summary>
    public async Task<IReadOnlyList<(string Name, TicketEpisode Episode)>> ReadTicketAsync(
        string workspace,
        long number,
        string after,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var partition = TicketPartition(workspace, number);
        var episodes = new List<(string, TicketEpisode)>();
        await foreach (
            var row in Table.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey gt {$"{partition}:e-{after}"} and RowKey lt {$"{partition}:e."}"),
                limit,
                cancellationToken: cancellationToken
            )
        )
        {
            episodes.Add(
                (row.RowKey[(partition.Length + 3)..], new(new(workspace, row.GetString("Source"), row.GetString("Hash")), row.GetInt32("Sequence")!.Value))
            );
            if (episodes.Count == limit)
                break;
        }

        return episodes;
    }

    /// <summary>The episodes of a ticket that are not over.</summary>
    public async Task<IReadOnlyList<TicketEpisode>> ReadFiringAsync(string workspace, long number, CancellationToken cancellationToken)
    {
        var partition = TicketPartition(workspace, number);
        var firing = new List<TicketEpisode>();
        await foreach (
            var row in Table.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter(
                    $"PartitionKey eq {partition} and RowKey gt {$"{partition}:e-"} and RowKey lt {$"{partition}:e."} and Over eq {false}"
                ),
                cancellationToken: cancellationToken
            )
        )
            firing.Add(new(new(workspace, row.GetString("Source"), row.GetString("Hash")), row.GetInt32("Sequence")!.Value));
        return firing;
    }

    /// <summary>The numbers of a ticket and of those that were merged into it and are still there, the ticket's own first.</summary>
    /// <param name="eventsOf">Gives the events of a ticket.</param>
    public static async Task<IReadOnlyList<long>> MergedAsync(long number, Func<long, Task<IReadOnlyList<TicketEvent>>> eventsOf)
    {
        ArgumentNullException.ThrowIfNull(eventsOf);
        var numbers = new List<long> { number };
        for (var i = 0; i < numbers.Count; i++)
        {
            foreach (var happened in await eventsOf(numbers[i]))
            {
                if (happened.Fact is MergeReceived merged && !numbers.Contains(merged.FromNumber))
                    numbers.Add(merged.FromNumber);
                else if (happened.Fact is MergeReturned returned)
                    numbers.Remove(returned.ToNumber);
            }
        }

        return numbers;
    }

    /// <summary>Removes what was written before: what is kept for a short time, and episodes that are over. Gives how much that was.</summary>
    public async Task<long> RemoveBeforeAsync(
        string workspace,
        DateTimeOffset brief,
        DateTimeOffset others,
        int most,
        bool dryRun,
        CancellationToken cancellationToken
    )
    {
        var removed = 0L;
        await foreach (
            var row in Table.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter(
                    $"PartitionKey gt {workspace + ":"} and PartitionKey lt {workspace + ";"} and (Kind eq {Brief} and At lt {brief} or At lt {others})"
                ),
                cancellationToken: cancellationToken
            )
        )
        {
            // What still fires, or for which something is still to be done, stays. So does a heartbeat.
            if (row.RowKey.EndsWith(":beat", StringComparison.Ordinal) || (IsHistory(row) && Read(row) is not { Open: null, Owed.Count: 0 }))
                continue;
            if (!dryRun)
                await RemoveAsync(row, cancellationToken);
            if (++removed >= most)
                break;
        }

        return removed;
    }

    private async Task RemoveAsync(TableEntity row, CancellationToken cancellationToken)
    {
        try
        {
            await Table.DeleteEntityAsync(row.PartitionKey, row.RowKey, row.ETag, cancellationToken);
        }
        catch (RequestFailedException changed) when (changed.Status == 412)
        {
            // It is in use again.
        }
    }

    /// <summary>How many tickets a source has opened lately.</summary>
    public async Task<(EpisodeStorm Storm, ETag? Read)> FindStormAsync(EpisodeKey key, CancellationToken cancellationToken)
    {
        var (storm, read) = await FindRowAsync(StormPartition(key), EpisodeJson.Default.EpisodeStorm, cancellationToken);
        return (storm ?? new(), read);
    }

    public Task<bool> TryPutStormAsync(EpisodeKey key, EpisodeStorm storm, ETag? read, CancellationToken cancellationToken) =>
        TryPutRowAsync(StormPartition(key), storm, EpisodeJson.Default.EpisodeStorm, read, cancellationToken);

    /// <summary>The ticket of episodes whose labels have the same values; null for none yet.</summary>
    public Task<(EpisodeGroup? Group, ETag? Read)> FindGroupAsync(EpisodeKey key, string group, CancellationToken cancellationToken) =>
        FindRowAsync(GroupPartition(key, group), EpisodeJson.Default.EpisodeGroup, cancellationToken);

    public Task<bool> TryPutGroupAsync(EpisodeKey key, string group, EpisodeGroup value, ETag? read, CancellationToken cancellationToken) =>
        TryPutRowAsync(GroupPartition(key, group), value, EpisodeJson.Default.EpisodeGroup, read, cancellationToken);

    private async Task<(T? Value, ETag? Read)> FindRowAsync<T>(string partition, JsonTypeInfo<T> json, CancellationToken cancellationToken)
        where T : class
    {
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(partition, $"{partition}:one", cancellationToken: cancellationToken);
        return found.HasValue ? (JsonSerializer.Deserialize(LongText.Read(found.Value!, "State"), json), found.Value!.ETag) : (null, null);
    }

    /// <summary>Writes a row as it was read; false when somebody else did meanwhile.</summary>
    private async Task<bool> TryPutRowAsync<T>(string partition, T value, JsonTypeInfo<T> json, ETag? read, CancellationToken cancellationToken)
    {
        var row = new TableEntity(partition, $"{partition}:one") { ["At"] = time.GetUtcNow(), ["Kind"] = Brief };
        LongText.Write(row, "State", JsonSerializer.Serialize(value, json));
        try
        {
            await (
                read is { } etag
                    ? Table.UpdateEntityAsync(row, etag, TableUpdateMode.Replace, cancellationToken)
                    : Table.AddEntityAsync(row, cancellationToken)
            );
            return true;
        }
        catch (RequestFailedException raced) when (raced.Status is 404 or 409 or 412)
        {
            return false;
        }
    }

    private async Task<TicketEpisodes> ChangeTicketAsync(EpisodeKey key, Episode episode, EpisodePlace place, bool over, CancellationToken cancellationToken)
    {
        var partition = TicketPartition(key.Workspace, place.Number);
        using var turn = await _turns.TakeAsync(partition, cancellationToken);
        var row = new TableEntity(partition, $"{partition}:e-{NameOf(key, episode, place)}")
        {
            ["Source"] = key.Source,
            ["Hash"] = key.Hash,
            ["Sequence"] = episode.Sequence,
            ["Over"] = over,
            ["At"] = time.GetUtcNow(),
        };
        // A ticket that is opened for an episode has no others yet.
        var (episodes, etag) = place.How == EpisodeJoin.Opened && !over ? (TicketEpisodes.None, null) : await FindHeadAsync(partition, cancellationToken);
        for (var attempt = 0; ; attempt++)
        {
            if (over)
            {
                var found = await Table.GetEntityIfExistsAsync<TableEntity>(partition, row.RowKey, cancellationToken: cancellationToken);
                if (!found.HasValue || found.Value!.GetBoolean("Over") == true)
                    return episodes;
                row.ETag = found.Value!.ETag;
            }

            var then = over ? episodes.Without(episode) : episodes.With(episode);
            var head = new TableEntity(partition, $"{partition}:head") { ["At"] = time.GetUtcNow() };
            LongText.Write(head, "State", JsonSerializer.Serialize(then, EpisodeJson.Default.TicketEpisodes));
            try
            {
                await Table.SubmitTransactionAsync(
                    [
                        over ? new(TableTransactionActionType.UpdateReplace, row, row.ETag) : new(TableTransactionActionType.Add, row),
                        etag is { } read ? new(TableTransactionActionType.UpdateReplace, head, read) : new(TableTransactionActionType.Add, head),
                    ],
                    cancellationToken
                );
                return then;
            }
            catch (RequestFailedException raced) when (raced.Status is 404 or 409 or 412)
            {
                // It is there already, or another episode of the ticket came or went at the same time.
                (episodes, etag) = await FindHeadAsync(partition, cancellationToken);
                if (!over && (await Table.GetEntityIfExistsAsync<TableEntity>(partition, row.RowKey, cancellationToken: cancellationToken)).HasValue)
                    return episodes;
                await Tickets.TicketStore.PauseAsync(attempt, cancellationToken);
            }
        }
    }

    private async Task<(TicketEpisodes Episodes, ETag? ETag)> FindHeadAsync(string partition, CancellationToken cancellationToken)
    {
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(partition, $"{partition}:head", cancellationToken: cancellationToken);
        return found.HasValue
            ? (JsonSerializer.Deserialize(LongText.Read(found.Value!, "State"), EpisodeJson.Default.TicketEpisodes)!, found.Value!.ETag)
            : (TicketEpisodes.None, null);
    }

    internal static TableEntity Row(EpisodeKey key, EpisodeHistory history)
    {
        var row = new TableEntity(key.Partition, StateKey(key)) { ["At"] = history.Episodes.Select(episode => episode.LastAt).DefaultIfEmpty().Max() };
        LongText.Write(row, "State", JsonSerializer.Serialize(history, EpisodeJson.Default.EpisodeHistory));
        return row;
    }

    internal static EpisodeHistory Read(TableEntity row) =>
        JsonSerializer.Deserialize(LongText.Read(row, "State"), EpisodeJson.Default.EpisodeHistory)
        ?? throw new InvalidDataException($"Row {row.RowKey} is empty.");

    internal static bool IsHistory(TableEntity row) => row.RowKey == $"{row.PartitionKey}:state";

    internal static bool IsEpisode(TableEntity row) => row.ContainsKey("State") && row.RowKey.StartsWith($"{row.PartitionKey}:e-", StringComparison.Ordinal);

    internal static Episode ReadEpisode(TableEntity row) =>
        JsonSerializer.Deserialize(LongText.Read(row, "State"), EpisodeJson.Default.Episode) ?? throw new InvalidDataException($"Row {row.RowKey} is empty.");

    private static TableEntity Row(EpisodeKey key, Episode episode)
    {
        var row = new TableEntity(key.Partition, EpisodeRow(key, episode.Sequence)) { ["At"] = episode.LastAt };
        LongText.Write(row, "State", JsonSerializer.Serialize(episode, EpisodeJson.Default.Episode));
        return row;
    }

    private static string StateKey(EpisodeKey key) => $"{key.Partition}:state";

    private static string TakenKey(EpisodeKey key, string report) => $"{key.Partition}:r-{report}";

    private static string EpisodeRow(EpisodeKey key, int sequence) => string.Create(CultureInfo.InvariantCulture, $"{key.Partition}:e-{sequence:D8}");

    private static string NameOf(EpisodeKey key, Episode episode, EpisodePlace place) =>
        string.Create(CultureInfo.InvariantCulture, $"{place.At.ToUnixTimeMilliseconds():D15}-{Hashes.NameOf(key.Partition, 12)}-{episode.Sequence}");

    private static string StormPartition(EpisodeKey key) => $"{key.Workspace}:s:{key.Source}";

    private static string GroupPartition(EpisodeKey key, string group) => $"{key.Workspace}:g:{group}";

    private static string TicketPartition(string workspace, long number) => string.Create(CultureInfo.InvariantCulture, $"{workspace}:t:{number}");
}
