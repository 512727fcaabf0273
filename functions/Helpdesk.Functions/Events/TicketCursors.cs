using System.Collections.Concurrent;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Events;

/// <summary>Keeps the cursors of tickets.</summary>
public sealed class TicketCursors(StorageClients storage, TicketStore tickets)
{
    private const int Remembered = 5_000;

    /// <summary>Cursors as this process wrote them last. One that another process has moved on since shows at the next write, by its ETag.</summary>
    private readonly ConcurrentDictionary<string, TicketCursor> _known = new(StringComparer.Ordinal);

    private TableClient Table => storage.Table(TicketStore.TableName);

    /// <summary>The cursor as this process wrote it last, or as it is.</summary>
    /// <param name="before">The ticket as it was before, where that is known; spares reading how it was opened.</param>
    public ValueTask<TicketCursor> RecallAsync(Ticket ticket, Ticket? before, CancellationToken cancellationToken) =>
        _known.TryGetValue(TicketAddress.Of(ticket).Partition, out var known) ? new(known) : new(FindAsync(ticket, before, cancellationToken));

    /// <summary>The cursor; where there is none, the ticket stands where it was opened, or nowhere yet.</summary>
    public async Task<TicketCursor> FindAsync(Ticket ticket, Ticket? before, CancellationToken cancellationToken)
    {
        var partition = TicketAddress.Of(ticket).Partition;
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(partition, TicketRows.CursorKey(partition), cancellationToken: cancellationToken);
        if (found.HasValue)
            return new(found.Value!);
        var cursor = new TicketCursor(partition);
        if (ticket.Version == 1)
            return cursor;
        var opened = before is { Version: 1 } ? before : await tickets.ReplayAsync(ticket, 1, cancellationToken);
        return cursor.StandingAt(ListPosition.Of(opened));
    }

    /// <summary>Writes a cursor; false when another process has written it meanwhile.</summary>
    public async Task<bool> TryWriteAsync(TicketCursor cursor, CancellationToken cancellationToken)
    {
        try
        {
            var row = cursor.ToRow();
            var written =
                cursor.ETag == default
                    ? await Table.AddEntityAsync(row, cancellationToken)
                    : await Table.UpdateEntityAsync(row, cursor.ETag, TableUpdateMode.Replace, cancellationToken);
            row.ETag = written.Headers.ETag!.Value;
            Remember(new(row));
            return true;
        }
        catch (RequestFailedException conflict) when (conflict.Status is 409 or 412)
        {
            _known.TryRemove(cursor.Partition, out _);
            return false;
        }
    }

    private void Remember(TicketCursor cursor)
    {
        if (_known.Count >= Remembered)
            _known.Clear();
        _known[cursor.Partition] = cursor;
    }
}
