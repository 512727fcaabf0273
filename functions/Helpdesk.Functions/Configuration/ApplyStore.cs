using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs.Models;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Configuration;

/// <summary>"Finish this apply, or take it back."</summary>
public sealed record ApplyMessage(string Workspace, string Apply, DateTimeOffset SentAt)
{
    public const string QueueName = "configuration-applies";

    internal static WorkQueueOptions<ApplyMessage> Queue { get; } =
        new(QueueName, ConfigurationJson.Default.ApplyMessage, message => $"{message.Workspace}/{message.Apply}") { SentAt = message => message.SentAt };
}

/// <summary>How far an apply is.</summary>
[System.Text.Json.Serialization.JsonConverter(typeof(WireNameConverter<ApplyState>))]
public enum ApplyState
{
    /// <summary>It is decided, and being written.</summary>
    Applying,

    /// <summary>All of it holds.</summary>
    Done,

    /// <summary>Somebody else changed the same settings, and what was written is being taken back.</summary>
    TakingBack,

    /// <summary>Nothing of it holds.</summary>
    TakenBack,
}

/// <summary>How many settings of a section were changed.</summary>
/// <param name="Section">The section.</param>
/// <param name="Added">How many were added.</param>
/// <param name="Changed">How many were changed.</param>
/// <param name="Removed">How many were removed.</param>
public sealed record AppliedSection(string Section, int Added, int Changed, int Removed);

/// <summary>That a document was applied, as it is stored.</summary>
public sealed record ConfigurationApply
{
    public required string Id { get; init; }
    public required string Workspace { get; init; }
    public required Actor By { get; init; }
    public required DateTimeOffset At { get; init; }

    /// <summary>When its plan was made: what others have changed since then is in its way.</summary>
    public required DateTimeOffset PlannedAt { get; init; }
    public required ApplyState State { get; init; }

    /// <summary>Names what it writes: each try to commit it has its own.</summary>
    public required string Journal { get; init; }
    public required IReadOnlyList<AppliedSection> Sections { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }

    internal bool IsActive => State is ApplyState.Applying or ApplyState.TakingBack;
}

/// <summary>A try to commit an apply.</summary>
public sealed record OpenApply(string Workspace, string Id, string Journal);

/// <summary>Keeps applies, and what each of them writes until it is finished.</summary>
/// <remarks>
/// A workspace is a partition, an apply a row; what it writes is a blob. First comes a row in the partition of all that is open, by which an apply is found
/// again whose message is lost; then the blob; then the apply itself, which is the commit.
/// </remarks>
public sealed class ApplyStore(StorageClients storage)
{
    public const string TableName = "ConfigurationApplies";
    public const string ContainerName = "configuration-journals";

    /// <summary>How long it is kept that something was applied.</summary>
    public static TimeSpan Kept { get; } = TimeSpan.FromDays(365);

    private const string Open = "~open";

    private TableClient Table => storage.Table(TableName);

    /// <summary>The id of the apply of a plan, the newest first: a plan that is applied again is found to be applied.</summary>
    internal static string IdOf(string workspace, PlanName plan) => OldestId(plan.At) + Hashes.NameOf($"{workspace}/{plan}", 8);

    /// <summary>What ids of applies begin with that were planned at an instant: older ones come behind.</summary>
    internal static string OldestId(DateTimeOffset at) =>
        string.Create(CultureInfo.InvariantCulture, $"{99_999_999_999_999 - at.ToUnixTimeMilliseconds():D14}");

    /// <summary>Whether a text can be the id of an apply.</summary>
    public static bool IsId(string text) => text.Length == 22 && text.All(letter => char.IsAsciiDigit(letter) || char.IsAsciiLetterLower(letter));

    internal async Task<(ConfigurationApply Apply, ETag ETag)?> FindAsync(string workspace, string id, CancellationToken cancellationToken)
    {
        if (!IsId(id))
            return null;
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(Partition(workspace), Key(workspace, id), cancellationToken: cancellationToken);
        return found.HasValue ? (Read(found.Value!), found.Value!.ETag) : null;
    }

    /// <summary>Applies of a workspace behind one, the newest first.</summary>
    public async Task<IReadOnlyList<ConfigurationApply>> ListAsync(string workspace, string after, int limit, CancellationToken cancellationToken)
    {
        var applies = new List<ConfigurationApply>();
        var filter = TableClient.CreateQueryFilter(
            $"PartitionKey eq {Partition(workspace)} and RowKey gt {Key(workspace, after)} and RowKey lt {Key(workspace, "~")}"
        );
        await foreach (var row in Table.QueryAsync<TableEntity>(filter, maxPerPage: limit, cancellationToken: cancellationToken))
        {
            applies.Add(Read(row));
            if (applies.Count == limit)
                break;
        }

        return applies;
    }

    /// <summary>Commits an apply; false where its plan is applied already.</summary>
    public async Task<bool> TryAddAsync(ConfigurationApply apply, ApplyJournal journal, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(apply);
        var open = new TableEntity(Open, OpenKey(apply))
        {
            ["Workspace"] = apply.Workspace,
            ["Apply"] = apply.Id,
            ["Journal"] = apply.Journal,
            ["At"] = apply.At,
        };
        await Table.UpsertEntityAsync(open, TableUpdateMode.Replace, cancellationToken);
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            await JsonSerializer.SerializeAsync(gzip, journal, ConfigurationJson.Default.ApplyJournal, cancellationToken);
        await Blob(apply).UploadAsync(BinaryData.FromBytes(packed.ToArray()), overwrite: true, cancellationToken);
        try
        {
            await Table.AddEntityAsync(Row(apply), cancellationToken);
            return true;
        }
        catch (RequestFailedException there) when (there.Status == 409)
        {
            await CloseAsync(apply, cancellationToken);
            return false;
        }
    }

    /// <summary>What an apply writes; null once it is finished.</summary>
    public async Task<ApplyJournal?> FindJournalAsync(ConfigurationApply apply, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(apply);
        try
        {
            BlobDownloadResult read = await Blob(apply).DownloadContentAsync(cancellationToken);
            await using var gzip = new GZipStream(read.Content.ToStream(), CompressionMode.Decompress);
            return await JsonSerializer.DeserializeAsync(gzip, ConfigurationJson.Default.ApplyJournal, cancellationToken);
        }
        catch (RequestFailedException gone) when (gone.Status == 404)
        {
            return null;
        }
    }

    /// <summary>Moves an apply on; false when somebody else did.</summary>
    internal async Task<bool> TryWriteAsync(ConfigurationApply apply, ETag read, CancellationToken cancellationToken)
    {
        try
        {
            await Table.UpdateEntityAsync(Row(apply), read, TableUpdateMode.Replace, cancellationToken);
            return true;
        }
        catch (RequestFailedException raced) when (raced.Status is 404 or 412)
        {
            return false;
        }
    }

    /// <summary>Forgets what an apply writes, since it is finished, or never was committed.</summary>
    public async Task CloseAsync(ConfigurationApply apply, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(apply);
        await Blob(apply).DeleteIfExistsAsync(cancellationToken: cancellationToken);
        await Table.DeleteEntityAsync(Open, OpenKey(apply), ETag.All, cancellationToken);
    }

    /// <summary>Forgets a try to commit that came to nothing.</summary>
    public async Task CloseAsync(OpenApply open, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(open);
        await storage.Container(ContainerName).DeleteBlobIfExistsAsync(BlobName(open), cancellationToken: cancellationToken);
        await Table.DeleteEntityAsync(Open, OpenKey(open), ETag.All, cancellationToken);
    }

    /// <summary>What was open at an instant, whether it is committed or not.</summary>
    public async Task<IReadOnlyList<OpenApply>> ListOpenAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        var open = new List<OpenApply>();
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {Open} and At lt {before}");
        await foreach (var row in Table.QueryAsync<TableEntity>(filter, cancellationToken: cancellationToken))
            open.Add(new(row.GetString("Workspace"), row.GetString("Apply"), row.GetString("Journal")));
        return open;
    }

    /// <summary>Removes applies that are older than <see cref="Kept"/>.</summary>
    public async Task RemoveOldAsync(string workspace, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var oldest = OldestId(now - Kept);
        var filter = TableClient.CreateQueryFilter(
            $"PartitionKey eq {Partition(workspace)} and RowKey gt {Key(workspace, oldest)} and RowKey lt {Key(workspace, "~")}"
        );
        await foreach (var row in Table.QueryAsync<TableEntity>(filter, select: ["PartitionKey", "RowKey"], cancellationToken: cancellationToken))
            await Table.DeleteEntityAsync(row.PartitionKey, row.RowKey, ETag.All, cancellationToken);
    }

    private Azure.Storage.Blobs.BlobClient Blob(ConfigurationApply apply) => storage.Container(ContainerName).GetBlobClient(BlobName(OpenOf(apply)));

    private static TableEntity Row(ConfigurationApply apply)
    {
        var row = new TableEntity(Partition(apply.Workspace), Key(apply.Workspace, apply.Id));
        LongText.Write(row, "Apply", JsonSerializer.Serialize(apply, ConfigurationJson.Default.ConfigurationApply));
        return row;
    }

    private static ConfigurationApply Read(TableEntity row) =>
        JsonSerializer.Deserialize(LongText.Read(row, "Apply"), ConfigurationJson.Default.ConfigurationApply)
        ?? throw new InvalidDataException($"The apply {row.RowKey} of {row.PartitionKey} is empty.");

    private static string Partition(string workspace) => $"{workspace}:applies";

    private static string Key(string workspace, string id) => $"{workspace}:apply-{id}";

    private static OpenApply OpenOf(ConfigurationApply apply) => new(apply.Workspace, apply.Id, apply.Journal);

    private static string OpenKey(ConfigurationApply apply) => OpenKey(OpenOf(apply));

    private static string OpenKey(OpenApply open) => $"{Open}:{open.Workspace}:{open.Id}:{open.Journal}";

    private static string BlobName(OpenApply open) => $"{open.Workspace}/{open.Id}-{open.Journal}";
}
