using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Helpdesk.Views;

namespace Helpdesk.Functions.Views;

/// <summary>"Carry on with a change of many tickets."</summary>
/// <param name="Job">Id of the change.</param>
public sealed record BulkMessage(string Workspace, string Job, DateTimeOffset SentAt)
{
    public const string QueueName = "bulk-changes";

    internal static WorkQueueOptions<BulkMessage> Queue { get; } =
        new(QueueName, BulkJson.Default.BulkMessage, message => $"{message.Workspace}/{message.Job}") { SentAt = message => message.SentAt };
}

/// <summary>Keeps changes of many tickets: what is to be done, to which tickets, and what became of each.</summary>
/// <remarks>
/// A workspace is a partition; <c>job-id</c>, <c>tickets-id</c>, <c>done-id-00000</c> and <c>undone-id-00000</c> for so many tickets each, all behind the
/// partition's name. An id begins with the time, the newest first.
/// </remarks>
public sealed class BulkStore(StorageClients storage)
{
    public const string TableName = "BulkChanges";

    /// <summary>Tickets of one step, and of one row of results.</summary>
    public const int StepSize = 50;

    /// <summary>How long a change is kept.</summary>
    public static TimeSpan Kept { get; } = TimeSpan.FromDays(30);

    private TableClient Table => storage.Table(TableName);

    public static string NewId(DateTimeOffset now) =>
        string.Create(CultureInfo.InvariantCulture, $"{99_999_999_999_999 - now.ToUnixTimeMilliseconds():D14}{Hashes.RandomName(8)}");

    /// <summary>Whether a text can be the id of a change.</summary>
    public static bool IsId(string text) => text.Length == 22 && text.All(letter => char.IsAsciiDigit(letter) || char.IsAsciiLetterLower(letter));

    /// <summary>A change as it is, or null.</summary>
    internal async Task<(BulkJob Job, ETag ETag)?> FindAsync(string workspace, string id, CancellationToken cancellationToken)
    {
        if (!IsId(id))
            return null;
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(Partition(workspace), Key(workspace, "job", id), cancellationToken: cancellationToken);
        return found.HasValue ? (Read(found.Value!), found.Value!.ETag) : null;
    }

    /// <summary>Changes of a workspace behind one, the newest first.</summary>
    /// <param name="after">Id of the change before; empty for the first ones.</param>
    public async Task<IReadOnlyList<BulkJob>> ListAsync(string workspace, string after, int limit, CancellationToken cancellationToken)
    {
        var jobs = new List<BulkJob>();
        var rows = Table.QueryAsync<TableEntity>(
            TableClient.CreateQueryFilter(
                $"PartitionKey eq {Partition(workspace)} and RowKey gt {Key(workspace, "job", after)} and RowKey lt {Key(workspace, "job", "~")}"
            ),
            maxPerPage: limit,
            cancellationToken: cancellationToken
        );
        await foreach (var row in rows)
        {
            jobs.Add(Read(row));
            if (jobs.Count == limit)
                break;
        }

        return jobs;
    }

    /// <summary>Adds a change with its tickets; false when it is there already.</summary>
    public async Task<bool> TryAddAsync(BulkJob job, IReadOnlyList<string> tickets, CancellationToken cancellationToken)
    {
        try
        {
            await Table.SubmitTransactionAsync(
                [new(TableTransactionActionType.Add, Row(job)), new(TableTransactionActionType.Add, Tickets(job, tickets))],
                cancellationToken
            );
            return true;
        }
        catch (RequestFailedException there) when (there.Status == 409)
        {
            return false;
        }
    }

    /// <summary>Writes a change as it is now, with tickets or results; null when somebody else was faster.</summary>
    internal async Task<ETag?> TryWriteAsync(
        BulkJob job,
        ETag read,
        CancellationToken cancellationToken,
        IReadOnlyList<string>? tickets = null,
        (bool IsUndo, int Step, IReadOnlyList<BulkResult> Results)? results = null
    )
    {
        List<TableTransactionAction> actions = [new(TableTransactionActionType.UpdateReplace, Row(job), read)];
        if (tickets is not null)
            actions.Add(new(TableTransactionActionType.UpsertReplace, Tickets(job, tickets)));
        if (results is var (isUndo, step, of))
        {
            var row = new TableEntity(Partition(job.Workspace), StepKey(job.Workspace, job.Id, isUndo, step));
            LongText.Write(row, "Results", JsonSerializer.Serialize(of, BulkJson.Default.IReadOnlyListBulkResult));
            actions.Add(new(TableTransactionActionType.UpsertReplace, row));
        }

        try
        {
            return (await Table.SubmitTransactionAsync(actions, cancellationToken)).Value[0].Headers.ETag!.Value;
        }
        catch (RequestFailedException raced) when (raced.Status is 404 or 412)
        {
            return null;
        }
    }

    /// <summary>Ids or numbers of its tickets.</summary>
    public async Task<IReadOnlyList<string>> ReadTicketsAsync(BulkJob job, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(job);
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(
            Partition(job.Workspace),
            Key(job.Workspace, "tickets", job.Id),
            cancellationToken: cancellationToken
        );
        return found.HasValue && LongText.Read(found.Value!, "Tickets") is { Length: > 0 } tickets ? tickets.Split(' ') : [];
    }

    /// <summary>The results of one step; empty when it is not done.</summary>
    public async Task<IReadOnlyList<BulkResult>> ReadResultsAsync(BulkJob job, bool isUndo, int step, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(job);
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(
            Partition(job.Workspace),
            StepKey(job.Workspace, job.Id, isUndo, step),
            cancellationToken: cancellationToken
        );
        return found.HasValue ? JsonSerializer.Deserialize(LongText.Read(found.Value!, "Results"), BulkJson.Default.IReadOnlyListBulkResult)! : [];
    }

    /// <summary>Removes changes that are older than <see cref="Kept"/>, so many rows at the most.</summary>
    public async Task RemoveOldAsync(string workspace, DateTimeOffset now, int most, CancellationToken cancellationToken)
    {
        var oldest = $"{99_999_999_999_999 - (now - Kept).ToUnixTimeMilliseconds():D14}";
        var removed = 0;
        // The job itself goes last, so that a night that ends early is gone on with.
        foreach (var kind in new[] { "done", "tickets", "undone", "job" })
        {
            var filter = TableClient.CreateQueryFilter(
                $"PartitionKey eq {Partition(workspace)} and RowKey gt {Key(workspace, kind, oldest)} and RowKey lt {Key(workspace, kind, "~")}"
            );
            await foreach (var row in Table.QueryAsync<TableEntity>(filter, select: ["PartitionKey", "RowKey"], cancellationToken: cancellationToken))
            {
                if (removed++ == most)
                    return;
                await Table.DeleteEntityAsync(row.PartitionKey, row.RowKey, ETag.All, cancellationToken);
            }
        }
    }

    internal static bool IsJob(TableEntity row) => row.ContainsKey("Job");

    internal static BulkJob Read(TableEntity row) =>
        JsonSerializer.Deserialize(LongText.Read(row, "Job"), BulkJson.Default.BulkJob)
        ?? throw new InvalidDataException($"The change {row.RowKey} of {row.PartitionKey} is empty.");

    internal static TableEntity Row(BulkJob job)
    {
        var row = new TableEntity(Partition(job.Workspace), Key(job.Workspace, "job", job.Id));
        LongText.Write(row, "Job", JsonSerializer.Serialize(job, BulkJson.Default.BulkJob));
        return row;
    }

    private static TableEntity Tickets(BulkJob job, IReadOnlyList<string> tickets)
    {
        var row = new TableEntity(Partition(job.Workspace), Key(job.Workspace, "tickets", job.Id));
        LongText.Write(row, "Tickets", string.Join(' ', tickets));
        return row;
    }

    private static string StepKey(string workspace, string id, bool isUndo, int step) =>
        Key(workspace, isUndo ? "undone" : "done", string.Create(CultureInfo.InvariantCulture, $"{id}-{step:D5}"));

    private static string Partition(string workspace) => $"{workspace}:bulk";

    private static string Key(string workspace, string kind, string id) => $"{workspace}:{kind}-{id}";
}

/// <summary>Changes of many tickets in storage; add fields, never rename them.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(UtcInstantConverter)]
)]
[JsonSerializable(typeof(BulkJob))]
[JsonSerializable(typeof(BulkMessage))]
[JsonSerializable(typeof(IReadOnlyList<BulkResult>))]
internal sealed partial class BulkJson : JsonSerializerContext;
