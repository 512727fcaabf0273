using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;

namespace Helpdesk.Functions.Storage;

/// <summary>A row that a draft has written.</summary>
/// <param name="Before">What is stored; null for nothing.</param>
/// <param name="After">What it would be; null for nothing.</param>
public sealed record DraftWrite(string Table, string Partition, string Key, TableEntity? Before, TableEntity? After);

/// <summary>A message that a draft would have sent.</summary>
public sealed record DraftMessage(string Queue, string Text, TimeSpan Delay);

/// <summary>A table of which a draft reads each partition once and whole, but for some rows that nobody decides by.</summary>
/// <param name="First">The row that is read before all others: whoever writes the others writes it, too.</param>
/// <param name="From">Where the rows begin that are left out.</param>
/// <param name="To">Where they end.</param>
public sealed record ReadWhole(string Table, string First, string From, string To);

/// <summary>
/// Storage as it would be after writes that nobody has made: what reads it sees what it wrote itself, and nobody else does. Blobs cannot be drafted.
/// </summary>
public sealed class StorageDraft(StorageClients real, ReadWhole whole) : StorageClients(real)
{
    private readonly ConcurrentDictionary<string, Task<SortedDictionary<string, TableEntity>>> _partitions = new(StringComparer.Ordinal);
    private State _state = new([], []);
    private int _etags;

    /// <summary>The state of a draft at some point, to go back to.</summary>
    public sealed record State(
        ImmutableDictionary<(string Table, string Partition, string Key), DraftWrite> Writes,
        ImmutableList<(string Id, DraftMessage Message)> Messages
    );

    /// <summary>What differs from what is stored, and the first rows of partitions that are read whole, which are written whatever is in them.</summary>
    public IReadOnlyList<DraftWrite> Writes =>
        [
            .. _state
                .Writes.Values.Where(write =>
                    write is not { Before: null, After: null }
                    && (IsFirst(write) || write is not { Before: { } before, After: { } after } || !DraftRow.AreSame(before, after))
                )
                .OrderBy(write => write.Table, StringComparer.Ordinal)
                .ThenBy(write => write.Partition, StringComparer.Ordinal)
                .ThenBy(write => write.Key, StringComparer.Ordinal),
        ];

    /// <summary>What would be sent.</summary>
    public IReadOnlyList<DraftMessage> Messages => [.. _state.Messages.Select(sent => sent.Message)];

    public override TableClient Table(string name) => new DraftTable(base.Table(name), this);

    public override QueueClient Queue(string name) => new DraftQueue(name, this);

    public override BlobContainerClient Container(string name) => throw new NotSupportedException($"A draft has no blobs ({name}).");

    /// <summary>Where the draft is now.</summary>
    public State Mark() => _state;

    /// <summary>Takes back what came after a mark.</summary>
    public void Return(State mark) => _state = mark;

    internal ETag NextETag() => new(string.Create(CultureInfo.InvariantCulture, $"W/\"draft-{Interlocked.Increment(ref _etags)}\""));

    internal bool IsReadWhole(string table) => table == whole.Table;

    internal bool HasWrites(string table) => _state.Writes.Keys.Any(key => key.Table == table);

    internal bool Knows(string table, string partition, string key) => _state.Writes.ContainsKey((table, partition, key));

    internal IEnumerable<TableEntity> RowsOf(string table) =>
        _state.Writes.Values.Where(write => write.Table == table).Select(write => write.After).OfType<TableEntity>();

    internal async Task<TableEntity?> FindAsync(TableClient table, string partition, string key, CancellationToken cancellationToken)
    {
        if (_state.Writes.TryGetValue((table.Name, partition, key), out var written))
            return written.After;
        if (IsReadWhole(table.Name) && !IsLeftOut(key))
            return (await StoredAsync(table, partition, cancellationToken)).GetValueOrDefault(key);
        var found = await table.GetEntityIfExistsAsync<TableEntity>(partition, key, cancellationToken: cancellationToken);
        return found.HasValue ? found.Value : null;
    }

    /// <summary>All rows of a partition that is read whole, in their order.</summary>
    internal async Task<IEnumerable<TableEntity>> ReadPartitionAsync(TableClient table, string partition, CancellationToken cancellationToken)
    {
        var stored = await StoredAsync(table, partition, cancellationToken);
        var writes = _state.Writes;
        return stored
            .Values.Where(row => !writes.ContainsKey((table.Name, partition, row.RowKey)))
            .Concat(writes.Values.Where(write => write.Table == table.Name && write.Partition == partition).Select(write => write.After).OfType<TableEntity>())
            .OrderBy(row => row.RowKey, StringComparer.Ordinal);
    }

    internal void Write(string table, TableEntity? there, TableEntity? row)
    {
        var key = (table, (there ?? row!).PartitionKey, (there ?? row!).RowKey);
        var before = _state.Writes.TryGetValue(key, out var earlier) ? earlier.Before : there;
        _state = _state with { Writes = _state.Writes.SetItem(key, new(table, key.PartitionKey, key.RowKey, before, row)) };
    }

    internal string Send(DraftMessage message)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"{_state.Messages.Count}-{Interlocked.Increment(ref _etags)}");
        _state = _state with { Messages = _state.Messages.Add((id, message)) };
        return id;
    }

    internal void TakeBack(string id) => _state = _state with { Messages = _state.Messages.RemoveAll(sent => sent.Id == id) };

    private bool IsFirst(DraftWrite write) => (write.Table, write.Key) == (whole.Table, whole.First);

    private bool IsLeftOut(string key) => string.CompareOrdinal(key, whole.From) >= 0 && string.CompareOrdinal(key, whole.To) < 0;

    private Task<SortedDictionary<string, TableEntity>> StoredAsync(TableClient table, string partition, CancellationToken cancellationToken) =>
        _partitions.GetOrAdd(
            partition,
            async _ =>
            {
                var rows = new SortedDictionary<string, TableEntity>(StringComparer.Ordinal);
                var first = await table.GetEntityIfExistsAsync<TableEntity>(partition, whole.First, cancellationToken: cancellationToken);
                var filter = TableClient.CreateQueryFilter($"PartitionKey eq {partition} and (RowKey lt {whole.From} or RowKey ge {whole.To})");
                await foreach (var row in table.QueryAsync<TableEntity>(filter, cancellationToken: cancellationToken))
                    rows[row.RowKey] = row;
                // Rows that were read after it may be newer, never older.
                if (first.HasValue)
                    rows[whole.First] = first.Value!;
                else
                    rows.Remove(whole.First);
                return rows;
            }
        );

    private sealed class DraftQueue(string name, StorageDraft draft) : QueueClient
    {
        public override string Name => name;

        public override Task<Response<SendReceipt>> SendMessageAsync(
            string messageText,
            TimeSpan? visibilityTimeout = null,
            TimeSpan? timeToLive = null,
            CancellationToken cancellationToken = default
        )
        {
            var id = draft.Send(new(name, messageText, visibilityTimeout ?? TimeSpan.Zero));
            var receipt = QueuesModelFactory.SendReceipt(id, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, id, DateTimeOffset.UnixEpoch);
            return Task.FromResult(Response.FromValue(receipt, new DraftAnswer(201)));
        }

        public override Task<Response<UpdateReceipt>> UpdateMessageAsync(
            string messageId,
            string popReceipt,
            string? messageText = null,
            TimeSpan visibilityTimeout = default,
            CancellationToken cancellationToken = default
        ) => Task.FromResult(Response.FromValue(QueuesModelFactory.UpdateReceipt(popReceipt, DateTimeOffset.UnixEpoch), new DraftAnswer(204)));

        public override Task<Response> DeleteMessageAsync(string messageId, string popReceipt, CancellationToken cancellationToken = default)
        {
            draft.TakeBack(messageId);
            return Task.FromResult<Response>(new DraftAnswer(204));
        }
    }
}
