using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Email;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Email;

/// <summary>A mailbox's position as it is stored.</summary>
/// <param name="Recent">The marks of what was kept last: the block of the index that is not full yet.</param>
/// <param name="ETag">Null for a row that is not there yet.</param>
public sealed record StoredPosition(ImapPosition Position, ReadOnlyMemory<byte> Recent, ETag? ETag);

/// <summary>The marks by which a mail is recognised that was kept before under another number.</summary>
/// <param name="Seen">Of what is known without fetching it: Message-ID, size and time of arrival; 0 for a mail without a Message-ID.</param>
/// <param name="Bytes">Of all its bytes; 0 for a mail that was not fetched.</param>
public readonly record struct MailMarks(ulong Seen, ulong Bytes);

/// <summary>Keeps how far each mailbox has been fetched, and the marks of what was kept.</summary>
/// <remarks>
/// One partition per mailbox: its position, and blocks of 500 marks each, of which the newest 400 are kept. A block is written with the position, so
/// that recognising costs nothing until a server numbers its mails anew.
/// </remarks>
public sealed class ImapPositions(StorageClients storage)
{
    public const string TableName = "MailboxPositions";

    private const int MarkLength = 16;
    private const int BlockLength = 500;
    private const int BlockLimit = 400;

    /// <summary>Holds a name that each write makes anew, by which it is known.</summary>
    private const string WriteColumn = "Write";

    private TableClient Table => storage.Table(TableName);

    public async Task<StoredPosition> ReadAsync(string workspace, string mailbox, CancellationToken cancellationToken)
    {
        var partition = Partition(workspace, mailbox);
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(partition, PositionKey(partition), cancellationToken: cancellationToken);
        return found is { HasValue: true, Value: { } row } ? new(Read(row), row.GetBinary("Recent") ?? [], row.ETag) : new(new(), default, null);
    }

    /// <summary>Stores a position and the marks of what was kept since; null when somebody else has stored one meanwhile.</summary>
    public async Task<StoredPosition?> TryWriteAsync(
        string workspace,
        string mailbox,
        StoredPosition before,
        ImapPosition position,
        IReadOnlyCollection<MailMarks> kept,
        CancellationToken cancellationToken
    )
    {
        var partition = Partition(workspace, mailbox);
        var recent = Append(before.Recent.Span, kept);
        var actions = new List<TableTransactionAction>();
        var full = recent.Length / (BlockLength * MarkLength);
        for (var block = 0; block < full; block++)
        {
            var number = position.Blocks + block;
            var marks = recent.AsSpan(block * BlockLength * MarkLength, BlockLength * MarkLength).ToArray();
            actions.Add(new(TableTransactionActionType.UpsertReplace, new TableEntity(partition, BlockKey(partition, number)) { ["Marks"] = marks }));
            if (number >= BlockLimit)
                actions.Add(new(TableTransactionActionType.Delete, new TableEntity(partition, BlockKey(partition, number - BlockLimit)), ETag.All));
        }

        var written = position with { Blocks = position.Blocks + full };
        recent = recent[(full * BlockLength * MarkLength)..];
        var row = Row(partition, written, recent);
        row[WriteColumn] = Hashes.RandomName(16);
        try
        {
            if (actions.Count == 0)
            {
                var response = before.ETag is { } etag
                    ? await Table.UpdateEntityAsync(row, etag, TableUpdateMode.Replace, cancellationToken)
                    : await Table.AddEntityAsync(row, cancellationToken);
                return new(written, recent, response.Headers.ETag);
            }

            actions.Add(before.ETag is { } known ? new(TableTransactionActionType.UpdateReplace, row, known) : new(TableTransactionActionType.Add, row));
            var responses = await Table.SubmitTransactionAsync(actions, cancellationToken);
            return new(written, recent, responses.Value[^1].Headers.ETag);
        }
        catch (RequestFailedException raced) when (raced.Status is 409 or 412)
        {
            return await IsMineAsync(partition, row, cancellationToken) is { } etag ? new(written, recent, etag) : null;
        }
    }

    /// <summary>The version of a row that was written although storage says no; null where somebody else's stands there.</summary>
    /// <remarks>An answer that is lost or comes too late has the request repeated, and the repetition meets what the first one wrote.</remarks>
    private async Task<ETag?> IsMineAsync(string partition, TableEntity row, CancellationToken cancellationToken)
    {
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(partition, row.RowKey, [WriteColumn], cancellationToken);
        return found.HasValue && found.Value!.GetString(WriteColumn) == row.GetString(WriteColumn) ? found.Value.ETag : null;
    }

    /// <summary>The marks of everything that was kept, as far back as they reach.</summary>
    public async Task<HashSet<ulong>> ReadMarksAsync(string workspace, string mailbox, CancellationToken cancellationToken)
    {
        var partition = Partition(workspace, mailbox);
        var marks = new HashSet<ulong>();
        await foreach (
            var row in Table.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey eq {partition}"),
                select: ["Marks", "Recent"],
                cancellationToken: cancellationToken
            )
        )
        {
            var block = (row.GetBinary("Marks") ?? row.GetBinary("Recent") ?? []).AsSpan();
            for (var at = 0; at + 8 <= block.Length; at += 8)
                marks.Add(BinaryPrimitives.ReadUInt64LittleEndian(block[at..]));
        }

        marks.Remove(0);
        return marks;
    }

    internal static TableEntity Row(string partition, ImapPosition position, ReadOnlyMemory<byte> recent)
    {
        var row = new TableEntity(partition, PositionKey(partition)) { ["Recent"] = recent.ToArray() };
        LongText.Write(row, "Position", JsonSerializer.Serialize(position, EmailJson.Default.ImapPosition));
        return row;
    }

    internal static ImapPosition Read(TableEntity row) =>
        JsonSerializer.Deserialize(LongText.Read(row, "Position"), EmailJson.Default.ImapPosition)
        ?? throw new InvalidDataException($"The position {row.RowKey} is empty.");

    private static byte[] Append(ReadOnlySpan<byte> recent, IReadOnlyCollection<MailMarks> kept)
    {
        var all = new byte[recent.Length + kept.Count * MarkLength];
        recent.CopyTo(all);
        var at = recent.Length;
        foreach (var (seen, bytes) in kept)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(all.AsSpan(at), seen);
            BinaryPrimitives.WriteUInt64LittleEndian(all.AsSpan(at + 8), bytes);
            at += MarkLength;
        }

        return all;
    }

    private static string Partition(string workspace, string mailbox) => $"{workspace}:{mailbox}";

    private static string PositionKey(string partition) => $"{partition}:position";

    private static string BlockKey(string partition, int number) => string.Create(CultureInfo.InvariantCulture, $"{partition}:block:{number:D8}");
}
