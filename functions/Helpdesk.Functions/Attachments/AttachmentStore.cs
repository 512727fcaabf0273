using System.Buffers;
using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Helpdesk.Attachments;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Attachments;

/// <summary>A file that is kept now.</summary>
/// <param name="Sha256">SHA-256 of its bytes in hexadecimal digits: the same for the same file sent again.</param>
public sealed record KeptFile(TicketAttachment Attachment, string Sha256);

/// <summary>A file as it is given away.</summary>
/// <param name="File">What is known of it.</param>
/// <param name="Bytes">Its bytes, as they come from storage.</param>
public sealed record OpenedFile(StoredFile File, Stream Bytes);

/// <summary>Keeps the files that people attach: their bytes in a blob, what is known of them in a row.</summary>
/// <remarks>
/// A file is noted as new, then its bytes are kept, then its row is written: whoever dies in between leaves an orphan that is found and removed.
/// Before a ticket names a file, it is claimed for that ticket.
/// </remarks>
public sealed partial class AttachmentStore(
    StorageClients storage,
    AttachmentSettings settings,
    WorkQueue<ScanMessage> scans,
    TimeProvider time,
    ILogger<AttachmentStore> logger
)
{
    public const string ContainerName = "attachments";

    public const string TableName = "Files";

    /// <summary>How much of a file is held at once while it goes to storage, in bytes.</summary>
    private const int BlockLength = 4 * 1024 * 1024;
    private const int AtOnce = 8;

    /// <summary>What may be attached.</summary>
    public AttachmentLimits Limits => settings.Limits;

    private TableClient Table => storage.Table(TableName);

    private BlobContainerClient Blobs => storage.Container(ContainerName);

    /// <summary>The content type that a name stands for; null when such a file may not be attached. Its bytes have a say as well.</summary>
    public static string? TypeOf(string name) => AttachmentRules.IsProgram(name) ? null : FileTypes.OfName(name);

    /// <summary>See <see cref="FileTypes.IsPicture"/>.</summary>
    public static bool IsPicture(string contentType) => FileTypes.IsPicture(contentType);

    /// <summary>See <see cref="FileNames.Clean"/>.</summary>
    public static string CleanName(string? name) => FileNames.Clean(name);

    /// <summary>Keeps a file whatever the limits are; the same file in the same place again is the same attachment.</summary>
    /// <param name="place">What it came with, such as a chat or a receipt.</param>
    /// <param name="contentType">What its sender says it is; its bytes and its ending decide.</param>
    public async Task<TicketAttachment> AddAsync(
        string workspace,
        string place,
        string name,
        string contentType,
        ReadOnlyMemory<byte> bytes,
        CancellationToken cancellationToken
    )
    {
        var head = bytes[..Math.Min(bytes.Length, FileTypes.HeadLength)];
        using var whole = new MeasuredStream(bytes, Stream.Null, long.MaxValue);
        return (await KeepAsync(workspace, place, FileNames.Clean(name), FileTypes.Of(name, head.Span), whole, cancellationToken)).Attachment;
    }

    /// <summary>Keeps a file as it comes, as far as the limits let it; the same file in the same place again is the same attachment.</summary>
    /// <param name="place">What it came with, such as a chat or a receipt.</param>
    /// <param name="room">How many bytes the message has left.</param>
    /// <returns>The file, or why it is not taken; then <paramref name="content"/> may not have been read to its end.</returns>
    public async Task<(KeptFile? File, FileRefusal? Refused)> TryAddAsync(
        string workspace,
        string place,
        string name,
        Stream content,
        long room,
        CancellationToken cancellationToken
    )
    {
        var limits = settings.Limits;
        var buffer = ArrayPool<byte>.Shared.Rent(FileTypes.HeadLength);
        try
        {
            var length = await content.ReadAtLeastAsync(buffer.AsMemory(0, FileTypes.HeadLength), FileTypes.HeadLength, false, cancellationToken);
            var head = buffer.AsMemory(0, length);
            if (limits.Refuses(name, head.Span) is { } refusal)
                return (null, refusal);
            using var measured = new MeasuredStream(head, content, Math.Min(limits.FileBytes, room));
            return (await KeepAsync(workspace, place, FileNames.Clean(name), FileTypes.Of(name, head.Span), measured, cancellationToken), null);
        }
        catch (FileTooLongException)
        {
            return (null, room < limits.FileBytes ? FileRefusal.TooMuch : FileRefusal.TooLarge);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>What is known of a file; null when there is none. Files that were kept before there were rows are known by their blob.</summary>
    public async Task<StoredFile?> FindAsync(string workspace, string id, CancellationToken cancellationToken)
    {
        if (!FileRows.IsId(id))
            return null;
        if (await ReadAsync(workspace, id, cancellationToken) is { } known)
            return known.File;
        try
        {
            var blob = (await Blobs.GetBlobClient(BlobName(workspace, id)).GetPropertiesAsync(cancellationToken: cancellationToken)).Value;
            return blob.Metadata.TryGetValue("name", out var name)
                ? new StoredFile
                {
                    Id = id,
                    Workspace = workspace,
                    Blob = id,
                    Name = Uri.UnescapeDataString(name),
                    ContentType = blob.ContentType,
                    Size = blob.ContentLength,
                    Sha256 = Hashes.Short(blob.ETag.ToString()),
                    At = blob.LastModified,
                    Place = "",
                }
                : null;
        }
        catch (RequestFailedException missing) when (missing.Status == 404)
        {
            return null;
        }
    }

    /// <summary>What is known of several files; those that are not known are left out.</summary>
    public async Task<IReadOnlyList<StoredFile>> FindAsync(string workspace, IReadOnlyCollection<string> ids, CancellationToken cancellationToken) =>
        [
            .. (await Task.WhenAll(ids.Where(FileRows.IsId).Select(id => ReadAsync(workspace, id, cancellationToken))))
                .OfType<(StoredFile File, ETag)>()
                .Select(found => found.File),
        ];

    /// <summary>The bytes of a file, or <paramref name="length"/> of them from <paramref name="from"/> on; null when they are gone.</summary>
    public async Task<Stream?> OpenAsync(StoredFile file, long from, long length, CancellationToken cancellationToken)
    {
        // Storage does not give a part of nothing.
        if (length == 0)
            return Stream.Null;
        try
        {
            var options = new BlobDownloadOptions { Range = new HttpRange(from, length) };
            return (await Blobs.GetBlobClient(BlobName(file.Workspace, file.Blob)).DownloadStreamingAsync(options, cancellationToken)).Value.Content;
        }
        catch (RequestFailedException missing) when (missing.Status == 404)
        {
            return null;
        }
    }

    /// <summary>The whole file, for whoever passes it on; null when it is gone, or is harmful.</summary>
    public async Task<OpenedFile?> OpenAsync(string workspace, string id, CancellationToken cancellationToken) =>
        await FindAsync(workspace, id, cancellationToken) is { Scan: not { State: ScanState.Infected } } file
        && await OpenAsync(file, 0, file.Size, cancellationToken) is { } bytes
            ? new(file, bytes)
            : null;

    /// <summary>Notes that a receipt is about to name these files.</summary>
    public Task HoldAsync(string workspace, string receipt, IEnumerable<TicketAttachment> files, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            files,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (file, cancelled) =>
                await ChangeAsync(workspace, file.Id, known => known with { Receipt = receipt, ClaimedAt = time.GetUtcNow() }, cancelled)
        );

    /// <summary>Notes that a ticket is about to name these files. Called before the ticket is written, so that nobody removes them meanwhile.</summary>
    /// <param name="note">Whether an internal note names them.</param>
    public Task ClaimAsync(string workspace, long ticket, bool note, IEnumerable<TicketAttachment> files, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            files,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (file, cancelled) =>
                await ChangeAsync(workspace, file.Id, known => known.Removing == true ? null : known.ClaimedBy(ticket, note, time.GetUtcNow()), cancelled)
        );

    /// <summary>Changes what is known of a file; null when there is none, or when <paramref name="change"/> gives nothing.</summary>
    public async Task<StoredFile?> ChangeAsync(string workspace, string id, Func<StoredFile, StoredFile?> change, CancellationToken cancellationToken)
    {
        if (!FileRows.IsId(id))
            return null;
        while (true)
        {
            if (await ReadAsync(workspace, id, cancellationToken) is not (var file, var etag) || change(file) is not { } changed)
                return null;
            if (changed == file)
                return file;
            try
            {
                await Table.UpdateEntityAsync(FileRows.Write(changed), etag, TableUpdateMode.Replace, cancellationToken);
                return changed;
            }
            catch (RequestFailedException raced) when (raced.Status is 404 or 412)
            {
                Log.Raced(logger, id);
            }
        }
    }

    /// <summary>Removes files for good: their bytes, then what is known of them. Those that are gone already stay gone.</summary>
    public Task RemoveAsync(string workspace, IEnumerable<string> ids, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            ids.Where(FileRows.IsId),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (id, cancelled) =>
            {
                var blob = await ReadAsync(workspace, id, cancelled) is { } known ? known.File.Blob : id;
                await Blobs.GetBlobClient(BlobName(workspace, blob)).DeleteIfExistsAsync(cancellationToken: cancelled);
                var partition = FileRows.Partition(workspace, id);
                await Table.DeleteEntityAsync(partition, FileRows.Key(partition, id), ETag.All, cancelled);
            }
        );

    /// <summary>Removes the bytes of a file that never got a row.</summary>
    internal Task RemoveBlobAsync(string workspace, string blob, CancellationToken cancellationToken) =>
        Blobs.GetBlobClient(BlobName(workspace, blob)).DeleteIfExistsAsync(cancellationToken: cancellationToken);

    /// <summary>Files that came before an instant and of which nobody knows yet whether they are named, oldest first.</summary>
    internal async Task<IReadOnlyList<(string Key, string Blob, string? File)>> ReadNewAsync(
        string workspace,
        DateTimeOffset before,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var partition = FileRows.NewPartition(workspace);
        var end = FileRows.NewKey(partition, before, "");
        var found = new List<(string, string, string?)>();
        await foreach (
            var row in Table.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey lt {end}"),
                Math.Min(limit, 1000),
                cancellationToken: cancellationToken
            )
        )
        {
            found.Add((row.RowKey, row.GetString("Blob"), row.GetString("File")));
            if (found.Count == limit)
                break;
        }

        return found;
    }

    /// <summary>Looks at a new file no more.</summary>
    internal Task SettleAsync(string workspace, string key, CancellationToken cancellationToken) =>
        Table.DeleteEntityAsync(FileRows.NewPartition(workspace), key, ETag.All, cancellationToken);

    /// <summary>Looks at a new file again as if it had come now.</summary>
    internal async Task PostponeAsync(string workspace, string key, string blob, string id, CancellationToken cancellationToken)
    {
        await Table.UpsertEntityAsync(FileRows.WriteNew(workspace, time.GetUtcNow(), blob, id), TableUpdateMode.Replace, cancellationToken);
        await SettleAsync(workspace, key, cancellationToken);
    }

    private async Task<KeptFile> KeepAsync(
        string workspace,
        string place,
        string name,
        string contentType,
        MeasuredStream content,
        CancellationToken cancellationToken
    )
    {
        var at = time.GetUtcNow();
        var blob = Hashes.RandomName(FileRows.IdLength);
        await Table.UpsertEntityAsync(FileRows.WriteNew(workspace, at, blob, null), TableUpdateMode.Replace, cancellationToken);
        await UploadAsync(Blobs.GetBlockBlobClient(BlobName(workspace, blob)), content, contentType, cancellationToken);
        var sha256 = content.Sha256;
        var file = new StoredFile
        {
            Id = Hashes.NameOf($"{place}\n{name}\n{sha256}\n{content.Count}", FileRows.IdLength),
            Workspace = workspace,
            Blob = blob,
            Name = name,
            ContentType = contentType,
            Size = content.Count,
            Sha256 = sha256,
            At = at,
            Place = place,
            Scan = settings.ScanUrl is null ? null : new(ScanState.Pending),
        };
        // The same one is about to be removed: this one is another.
        if (await NoteAsync(file, cancellationToken) is not { } noted)
            noted =
                await NoteAsync(file with { Id = Hashes.NameOf($"{place}\n{blob}", FileRows.IdLength) }, cancellationToken)
                ?? throw new InvalidOperationException("A file of a random name is about to be removed before it is kept.");
        return new(new(noted.Id, name, noted.ContentType, noted.Size), sha256);
    }

    /// <summary>Brings a file to storage block by block, in one request where one block is all.</summary>
    private static async Task UploadAsync(BlockBlobClient blob, Stream content, string contentType, CancellationToken cancellationToken)
    {
        var headers = new BlobHttpHeaders { ContentType = contentType };
        var buffer = ArrayPool<byte>.Shared.Rent(BlockLength);
        try
        {
            var blocks = new List<string>();
            while (true)
            {
                var length = await content.ReadAtLeastAsync(buffer.AsMemory(0, BlockLength), BlockLength, throwOnEndOfStream: false, cancellationToken);
                using var block = new MemoryStream(buffer, 0, length, writable: false);
                if (length < BlockLength && blocks.Count == 0)
                {
                    await blob.UploadAsync(block, new BlobUploadOptions { HttpHeaders = headers }, cancellationToken);
                    return;
                }

                if (length > 0)
                {
                    blocks.Add(Convert.ToBase64String(BitConverter.GetBytes(blocks.Count)));
                    await blob.StageBlockAsync(blocks[^1], block, cancellationToken: cancellationToken);
                }

                if (length < BlockLength)
                    break;
            }

            await blob.CommitBlockListAsync(blocks, new CommitBlockListOptions { HttpHeaders = headers }, cancellationToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Notes a file whose bytes are kept; gives the one that is known already where it has come before, and null where that one is going.</summary>
    private async Task<StoredFile?> NoteAsync(StoredFile file, CancellationToken cancellationToken)
    {
        var (workspace, now) = (file.Workspace, time.GetUtcNow());
        // First whose bytes they are: a row that is there never names bytes that would be taken for nobody's.
        await Table.UpsertEntityAsync(FileRows.WriteNew(workspace, file.At, file.Blob, file.Id), TableUpdateMode.Replace, cancellationToken);
        var announced = file.Scan is null ? null : await scans.AnnounceAsync(new(workspace, file.Id, 0, now), cancellationToken);
        try
        {
            await Table.AddEntityAsync(FileRows.Write(file), cancellationToken);
        }
        catch (RequestFailedException there) when (there.Status == 409)
        {
            // The same file has come again, or our own answer was lost.
            var known = await ChangeAsync(workspace, file.Id, known => known.Removing == true ? null : known with { At = file.At }, cancellationToken);
            if (known is null || known.Blob == file.Blob)
                return known;
            await RemoveBlobAsync(workspace, file.Blob, cancellationToken);
            await SettleAsync(workspace, FileRows.NewKey(FileRows.NewPartition(workspace), file.At, file.Blob), cancellationToken);
            return known;
        }

        if (announced is not null)
            scans.Committed(announced);
        return file;
    }

    private async Task<(StoredFile File, ETag ETag)?> ReadAsync(string workspace, string id, CancellationToken cancellationToken)
    {
        var partition = FileRows.Partition(workspace, id);
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(partition, FileRows.Key(partition, id), cancellationToken: cancellationToken);
        return found.HasValue ? (FileRows.Read(found.Value!), found.Value!.ETag) : null;
    }

    private static string BlobName(string workspace, string blob) => $"{workspace}/{blob}";

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Debug, "File {FileId} was changed by another request in the meantime")]
        public static partial void Raced(ILogger logger, string fileId);
    }
}
