using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Contacts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Contacts;

/// <summary>An erasure, under way or done: from then on the proof of it.</summary>
public sealed record Erasure
{
    public required string Id { get; init; }
    public required string Workspace { get; init; }

    /// <summary>Id of the contact.</summary>
    public required string Contact { get; init; }
    public required ErasureMode Mode { get; init; }
    public required string Reason { get; init; }
    public required Actor By { get; init; }
    public required DateTimeOffset AskedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>For each address and number a hash of it with the id of the erasure: who knows the address can check that it was meant.</summary>
    public IReadOnlyList<string> Subjects { get; init; } = [];

    /// <summary>What was erased, by store, in the order in which it was done.</summary>
    public IReadOnlyList<ErasedStore> Stores { get; init; } = [];

    /// <summary>How many files other stores than that of files have removed so far; null once it is done.</summary>
    public long? Files { get; init; }

    /// <summary>Who it is; null once it is done.</summary>
    public ErasedPerson? Person { get; init; }

    /// <summary>Where the next step in the last of the stores begins; null for its end.</summary>
    public string? Step { get; init; }
}

/// <summary>What was erased from one store.</summary>
/// <param name="Store">Which store it is.</param>
/// <param name="Erased">How many rows or files were changed or removed.</param>
public sealed record ErasedStore(string Store, long Erased);

/// <summary>"Go on with this erasure."</summary>
public sealed record ErasureMessage(string Workspace, string Erasure, DateTimeOffset SentAt)
{
    public const string QueueName = "erasure-work";

    internal static WorkQueueOptions<ErasureMessage> Queue { get; } =
        new(QueueName, ErasureJson.Default.ErasureMessage, message => $"{message.Workspace} {message.Erasure}")
        {
            SentAt = message => message.SentAt,
            Tries = 20,
            Parallel = 1,
        };
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(UtcInstantConverter)]
)]
[JsonSerializable(typeof(Erasure))]
[JsonSerializable(typeof(ErasureMessage))]
internal sealed partial class ErasureJson : JsonSerializerContext;

/// <summary>Keeps erasures and their proofs, and what was found on the way.</summary>
public sealed class ErasureStore(StorageClients storage)
{
    public const string TableName = "Erasures";

    private TableClient Table => storage.Table(TableName);

    /// <summary>The id of the erasure of a contact in a way: asked for twice, it is one.</summary>
    public static string IdOf(string contact, ErasureMode mode) => Hashes.NameOf($"erasure {contact} {mode}", 16);

    /// <summary>Whether an id can be one of an erasure.</summary>
    public static bool IsId(string text) => ContactRows.IsId(text);

    /// <summary>A hash by which who knows an address can check that it was meant.</summary>
    public static string SubjectOf(string erasure, string value) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{erasure}\n{value.ToLowerInvariant()}")));

    /// <summary>Adds an erasure; false when it is there already.</summary>
    public async Task<bool> TryAddAsync(Erasure erasure, CancellationToken cancellationToken)
    {
        try
        {
            await Table.AddEntityAsync(Row(erasure), cancellationToken);
            return true;
        }
        catch (RequestFailedException there) when (there.Status == 409)
        {
            return false;
        }
    }

    public async Task<(Erasure Erasure, ETag ETag)?> FindAsync(string workspace, string id, CancellationToken cancellationToken)
    {
        if (!IsId(id))
            return null;
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(Partition(workspace), Key(workspace, id), cancellationToken: cancellationToken);
        return found.HasValue ? (Read(found.Value!), found.Value!.ETag) : null;
    }

    /// <summary>Writes how far an erasure is; false when another process has gone on with it.</summary>
    public async Task<bool> TryWriteAsync(Erasure erasure, ETag etag, CancellationToken cancellationToken)
    {
        try
        {
            await Table.UpdateEntityAsync(Row(erasure), etag, TableUpdateMode.Replace, cancellationToken);
            return true;
        }
        catch (RequestFailedException raced) when (raced.Status == 412)
        {
            return false;
        }
    }

    public async Task<ListPage<Erasure>> ReadPageAsync(string workspace, int limit, string? cursor, CancellationToken cancellationToken)
    {
        var list = $"erasures {workspace}";
        var after = Key(workspace, cursor is null ? "" : PageCursor.Read(list, cursor, 1)[0]);
        var items = new List<Erasure>();
        await foreach (
            var row in Table.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey eq {Partition(workspace)} and RowKey gt {after}"),
                limit + 1,
                cancellationToken: cancellationToken
            )
        )
        {
            if (items.Count == limit)
                return new(items, PageCursor.Write(list, items[^1].Id));
            items.Add(Read(row));
        }

        return new(items, null);
    }

    /// <summary>Notes something that leads to more data; twice is once.</summary>
    public Task NoteAsync(ErasureOrder order, ErasureFind kind, string value, CancellationToken cancellationToken)
    {
        var partition = FindsPartition(order);
        var row = new TableEntity(partition, $"{partition}:{WireName<ErasureFind>.Of(kind)}:{Hashes.Short(value)}") { ["Value"] = value };
        return Table.UpsertEntityAsync(row, TableUpdateMode.Replace, cancellationToken);
    }

    /// <summary>What was noted of a kind.</summary>
    public async Task<IReadOnlyList<string>> ReadNotedAsync(ErasureOrder order, ErasureFind kind, CancellationToken cancellationToken)
    {
        var partition = FindsPartition(order);
        var start = $"{partition}:{WireName<ErasureFind>.Of(kind)}:";
        var values = new List<string>();
        await foreach (
            var row in Table.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey gt {start} and RowKey lt {start[..^1] + ";"}"),
                cancellationToken: cancellationToken
            )
        )
            values.Add(row.GetString("Value"));
        return values;
    }

    /// <summary>Removes what was noted; it is needed no longer, and tells of the person.</summary>
    public async Task ForgetAsync(ErasureOrder order, CancellationToken cancellationToken)
    {
        await foreach (
            var row in Table.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey eq {FindsPartition(order)}"),
                select: ["PartitionKey", "RowKey"],
                cancellationToken: cancellationToken
            )
        )
            await Table.DeleteEntityAsync(row.PartitionKey, row.RowKey, ETag.All, cancellationToken);
    }

    internal static TableEntity Row(Erasure erasure)
    {
        var row = new TableEntity(Partition(erasure.Workspace), Key(erasure.Workspace, erasure.Id));
        LongText.Write(row, "State", JsonSerializer.Serialize(erasure, ErasureJson.Default.Erasure));
        return row;
    }

    internal static Erasure Read(TableEntity row) =>
        JsonSerializer.Deserialize(LongText.Read(row, "State"), ErasureJson.Default.Erasure) ?? throw new InvalidDataException("An erasure's row is empty.");

    private static string Partition(string workspace) => $"{workspace}:erasures";

    private static string Key(string workspace, string id) => $"{Partition(workspace)}:{id}";

    private static string FindsPartition(ErasureOrder order) => $"{order.Workspace}:finds:{order.Id}";
}
