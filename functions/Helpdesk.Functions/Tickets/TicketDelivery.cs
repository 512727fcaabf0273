using System.Collections.Concurrent;
using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Tickets;

/// <summary>Committed changes that this process may bring to the consumers at once.</summary>
public sealed class PendingDeliveries : PendingWork<CommittedChange>;

/// <summary>Brings ticket events to their consumers: at once for what this process committed, and by message for whatever that missed.</summary>
/// <remarks>The row <c>cursor</c> of a ticket tells how far each consumer is, and where the ticket stands in the lists.</remarks>
public sealed partial class TicketDelivery(
    StorageClients storage,
    TicketStore tickets,
    TicketListStore lists,
    TicketQueue queue,
    DeadLetterStore deadLetters,
    IEnumerable<ITicketConsumer> consumers,
    PendingDeliveries pending,
    RequestGauge requests,
    DispatchOptions options,
    TimeProvider time,
    ILogger<TicketDelivery> logger
) : BackgroundService
{
    private const string Lists = "Lists";
    private const int BatchSize = 64;
    private const int Parallel = 4;
    private const int KnownCursors = 5_000;
    private readonly KeyedLocks _locks = new();

    /// <summary>Cursors as this process wrote them last. One that another process has moved on since shows at the next write, by its ETag.</summary>
    private readonly ConcurrentDictionary<string, Cursor> _known = new(StringComparer.Ordinal);
    private readonly IReadOnlyList<ITicketConsumer> _consumers = [.. consumers];

    private TableClient Table => storage.Table(StorageNames.Tickets);

    /// <summary>Delivers what a message asks to look at. Throws when a consumer failed and may be tried again.</summary>
    public async Task DeliverAsync(TicketMessage message, int tries, CancellationToken cancellationToken)
    {
        var address = new TicketAddress(message.Workspace, message.Number);
        using var turn = await _locks.TakeAsync(address.Partition, cancellationToken);
        var ticket = await tickets.FindAsync(address, cancellationToken);
        if (ticket is null || ticket.Version < message.UpTo)
        {
            // The request that sent it may still commit; after the grace it no longer can.
            if (time.GetUtcNow() - message.SentAt < options.Grace)
                await queue.PutBackAsync(message, cancellationToken);
        }

        if (ticket is null)
            return;
        var cursor = await CursorOfAsync(ticket, null, cancellationToken);
        if (message.UpTo < ticket.Version && !(cursor.Delivered(Lists) >= message.UpTo && cursor.Writer == message.Sender))
        {
            // The sender may have ended in the middle of this version: rows of it that no cursor tells of would stay for ever.
            var then = await tickets.ReplayAsync(ticket, message.UpTo, cancellationToken);
            await lists.RemoveAsync(ListPosition.Of(then), ListPosition.Of(ticket), cancellationToken);
        }

        await DeliverOneAsync(ticket, cursor, tries, cancellationToken);
    }

    /// <summary>Gives a dead letter's events to its consumer again.</summary>
    public async Task ReplayAsync(string workspace, DeadLetter letter, CancellationToken cancellationToken)
    {
        var address = new TicketAddress(workspace, letter.Ticket);
        using var turn = await _locks.TakeAsync(address.Partition, cancellationToken);
        if (await tickets.FindAsync(address, cancellationToken) is { } ticket)
        {
            if (letter.Consumer == Lists)
            {
                await lists.ApplyAsync([new(null, ticket)], cancellationToken);
            }
            else if (_consumers.FirstOrDefault(consumer => consumer.Name == letter.Consumer) is { } consumer)
            {
                var events = await tickets.ReadEventsAsync(address, letter.FromSeq - 1, (int)(letter.ToSeq - letter.FromSeq + 1), cancellationToken);
                await consumer.DeliverAsync(ticket, events, cancellationToken);
            }
        }

        await deadLetters.RemoveAsync(workspace, letter.Id, cancellationToken);
    }

    /// <summary>Delivers what this process commits, many tickets at a time when there are many.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var batch = new List<CommittedChange>(BatchSize);
        while (await pending.Work.WaitToReadAsync(stoppingToken))
        {
            batch.Clear();
            while (batch.Count < BatchSize && pending.Work.TryRead(out var change))
                batch.Add(change);
            using var activity = HelpdeskTracing.Source.StartActivity("deliver");
            try
            {
                await DeliverAsync(batch, stoppingToken);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                // The messages of these changes are still there and will be tried until they succeed or become dead letters.
                Log.Postponed(logger, failure, batch.Count);
            }
            finally
            {
                pending.Finished(batch.Count);
            }
        }
    }

    private async Task DeliverAsync(IReadOnlyList<CommittedChange> batch, CancellationToken cancellationToken)
    {
        var byTicket = batch
            .GroupBy(change => TicketAddress.Of(change.After).Partition, StringComparer.Ordinal)
            .Select(changes =>
                (
                    Partition: changes.Key,
                    Last: changes.MaxBy(change => change.After.Version)!,
                    IsNew: changes.Any(change => change.Before is null),
                    All: changes.ToList()
                )
            )
            .ToList();
        using var turns = await _locks.TakeAllAsync(byTicket.Select(one => one.Partition), cancellationToken);

        var work = new List<(CommittedChange Change, Cursor Cursor, IReadOnlyList<CommittedChange> All)>();
        await ForEachAsync(
            byTicket,
            async (one, cancelled) =>
            {
                var cursor =
                    one.IsNew ? new Cursor(one.Partition)
                    : _known.TryGetValue(one.Partition, out var known) ? known
                    : await CursorOfAsync(one.Last.After, one.All[0].Before, cancelled);
                lock (work)
                    work.Add((one.Last, cursor, one.All));
            },
            cancellationToken
        );

        var since = batch.Min(change => change.Message.SentAt);
        await lists.ApplyAsync(
            [.. work.Where(one => one.Cursor.Delivered(Lists) < one.Change.After.Version).Select(one => new ListMove(one.Cursor.Position, one.Change.After))],
            cancellationToken,
            since
        );

        await ForEachAsync(
            work,
            async (one, cancelled) =>
            {
                var ticket = one.Change.After;
                var position = one.Cursor.Delivered(Lists) < ticket.Version ? ListPosition.Of(ticket) : one.Cursor.Position;
                var known = one.All.SelectMany(change => change.Events).OrderBy(happened => happened.Seq).ToList();
                var next = one.Cursor.After(Lists, ticket.Version, position);
                var wanted = _consumers.Any(consumer => !consumer.ByState && consumer.Wants(known));
                var read = new Dictionary<long, IReadOnlyList<TicketEvent>>();
                foreach (var consumer in _consumers)
                    next = await GiveAsync(consumer, ticket, one.Cursor, next, known, read, cancelled);

                // A ticket that was just opened stands where its first event says; a cursor would repeat that at the price of a request.
                if (one.Cursor.ETag == default && ticket.Version == 1 && !wanted)
                {
                    Remember(next);
                    return;
                }

                await requests.GiveWayAsync(since, cancelled);
                if (await TryWriteAsync(next, cancelled) is false)
                {
                    // Another process delivered this ticket meanwhile: what was written here goes again unless it is still true.
                    var current = await tickets.FindAsync(TicketAddress.Of(ticket), cancelled);
                    var cursor = await CursorOfAsync(current!, null, cancelled);
                    await lists.RemoveAsync(ListPosition.Of(ticket), cursor.Position ?? ListPosition.Of(current!), cancelled);
                    await DeliverOneAsync(current!, cursor, 1, cancelled);
                }
            },
            cancellationToken
        );

        await ForEachAsync(
            batch,
            async (change, cancelled) =>
            {
                await requests.GiveWayAsync(since, cancelled);
                await queue.TakeBackAsync(change.Message, cancelled);
            },
            cancellationToken
        );
    }

    private async Task DeliverOneAsync(Ticket ticket, Cursor cursor, int tries, CancellationToken cancellationToken)
    {
        while (true)
        {
            var next = cursor;
            var failures = new List<Exception>();
            if (cursor.Delivered(Lists) < ticket.Version)
            {
                try
                {
                    await lists.ApplyAsync([new(cursor.Position, ticket)], cancellationToken);
                    next = next.After(Lists, ticket.Version, ListPosition.Of(ticket));
                }
                catch (RequestFailedException failure)
                {
                    next = await FailedAsync(Lists, ticket, next, tries, failure, failures, cancellationToken);
                }
            }

            var read = new Dictionary<long, IReadOnlyList<TicketEvent>>();
            foreach (var consumer in _consumers)
            {
                try
                {
                    next = await GiveAsync(consumer, ticket, cursor, next, [], read, cancellationToken);
                }
                catch (Exception failure)
                    when (failure is RequestFailedException or InvalidDataException or HelpdeskRuleException or AggregateException or HttpRequestException)
                {
                    next = await FailedAsync(consumer.Name, ticket, next, tries, failure, failures, cancellationToken);
                }
            }

            var written = ReferenceEquals(next, cursor) || await TryWriteAsync(next, cancellationToken);
            if (written && failures.Count > 0)
                throw new AggregateException($"Ticket {ticket.Number} was not delivered to everybody.", failures);
            if (written)
                return;
            var wrote = ListPosition.Of(ticket);
            ticket = (await tickets.FindAsync(TicketAddress.Of(ticket), cancellationToken))!;
            cursor = await CursorOfAsync(ticket, null, cancellationToken);
            // Another process delivered this ticket meanwhile: what was written here goes again unless it is still true.
            await lists.RemoveAsync(wrote, cursor.Position ?? ListPosition.Of(ticket), cancellationToken);
        }
    }

    /// <param name="read">Events that were read for another consumer, by the event after which they begin: what several have missed is read once.</param>
    private async Task<Cursor> GiveAsync(
        ITicketConsumer consumer,
        Ticket ticket,
        Cursor cursor,
        Cursor next,
        IReadOnlyList<TicketEvent> known,
        Dictionary<long, IReadOnlyList<TicketEvent>> read,
        CancellationToken cancellationToken
    )
    {
        var after = cursor.Delivered(consumer.Name);
        if (after >= ticket.Version)
            return next;
        if (consumer.ByState)
        {
            if (known.Count == 0 || consumer.Wants(known))
                await consumer.DeliverAsync(ticket, known, cancellationToken);
            return next.After(consumer.Name, ticket.Version);
        }

        // What was just committed is known; only what was missed before it is read, most often a single event.
        var isWhole = known.Count > 0 && known[^1].Seq >= ticket.Version && known.Count == known[^1].Seq - known[0].Seq + 1;
        var upTo = isWhole ? known[0].Seq - 1 : ticket.Version;
        IReadOnlyList<TicketEvent>? missed = [];
        if (after < upTo && !read.TryGetValue(after, out missed))
            read[after] = missed = await tickets.ReadEventsAsync(TicketAddress.Of(ticket), after, (int)(upTo - after), cancellationToken);
        IReadOnlyList<TicketEvent> events = isWhole ? [.. missed, .. known.Where(happened => happened.Seq > after)] : missed;
        if (consumer.Wants(events))
            await consumer.DeliverAsync(ticket, events, cancellationToken);
        return next.After(consumer.Name, ticket.Version);
    }

    private async Task<Cursor> FailedAsync(
        string consumer,
        Ticket ticket,
        Cursor next,
        int tries,
        Exception failure,
        List<Exception> failures,
        CancellationToken cancellationToken
    )
    {
        if (tries < options.Tries)
        {
            failures.Add(failure);
            return next;
        }

        var from = next.Delivered(consumer) + 1;
        Log.GaveUp(logger, failure, consumer, ticket.Id, from, ticket.Version);
        await deadLetters.AddAsync(
            ticket.Workspace,
            new(
                DeadLetterStore.IdOf(consumer, ticket.Number, from),
                consumer,
                ticket.Number,
                from,
                ticket.Version,
                time.GetUtcNow(),
                failure.Message.Length > 1000 ? failure.Message[..1000] : failure.Message
            ),
            cancellationToken
        );
        return next.After(consumer, ticket.Version, consumer == Lists ? ListPosition.Of(ticket) : null);
    }

    /// <summary>The cursor; where there is none, the ticket stands where it was opened, or nowhere yet.</summary>
    private async Task<Cursor> CursorOfAsync(Ticket ticket, Ticket? before, CancellationToken cancellationToken)
    {
        var address = TicketAddress.Of(ticket);
        var cursor = await ReadCursorAsync(address, cancellationToken);
        if (cursor.ETag != default || ticket.Version == 1)
            return cursor;
        var opened = before is { Version: 1 } ? before : await tickets.ReplayAsync(ticket, 1, cancellationToken);
        return cursor.StandingAt(ListPosition.Of(opened));
    }

    private async Task<Cursor> ReadCursorAsync(TicketAddress address, CancellationToken cancellationToken)
    {
        var partition = address.Partition;
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(partition, TicketRows.CursorKey(partition), cancellationToken: cancellationToken);
        return found.HasValue ? new(found.Value!) : new(partition);
    }

    private async Task<bool> TryWriteAsync(Cursor cursor, CancellationToken cancellationToken)
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

    private void Remember(Cursor cursor)
    {
        if (_known.Count >= KnownCursors)
            _known.Clear();
        _known[cursor.Partition] = cursor;
    }

    private static Task ForEachAsync<T>(IEnumerable<T> all, Func<T, CancellationToken, ValueTask> each, CancellationToken cancellationToken) =>
        System.Threading.Tasks.Parallel.ForEachAsync(
            all,
            new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken },
            each
        );

    /// <summary>How far each consumer is with a ticket.</summary>
    private sealed record Cursor
    {
        private readonly IReadOnlyDictionary<string, long> _delivered;

        public Cursor(string partition) => (Partition, _delivered) = (partition, new Dictionary<string, long>(StringComparer.Ordinal));

        public Cursor(TableEntity row)
        {
            Partition = row.PartitionKey;
            ETag = row.ETag;
            Writer = row.GetString("Writer");
            Position = row.GetString("Position") is { } position ? JsonSerializer.Deserialize(position, TicketJson.Stored.ListPosition) : null;
            _delivered = row.Where(column => column.Value is long).ToDictionary(column => column.Key, column => (long)column.Value, StringComparer.Ordinal);
        }

        public string Partition { get; }
        public ETag ETag { get; }
        public string? Writer { get; }
        public ListPosition? Position { get; private init; }

        private Dictionary<string, long> Moved { get; init; } = new(StringComparer.Ordinal);

        public long Delivered(string consumer) => Moved.TryGetValue(consumer, out var to) || _delivered.TryGetValue(consumer, out to) ? to : 0;

        public Cursor After(string consumer, long seq, ListPosition? position = null) =>
            this with
            {
                Moved = new(Moved, StringComparer.Ordinal) { [consumer] = Math.Max(seq, Delivered(consumer)) },
                Position = position ?? Position,
            };

        public Cursor StandingAt(ListPosition position) => this with { Position = position };

        public TableEntity ToRow()
        {
            var row = new TableEntity(Partition, TicketRows.CursorKey(Partition)) { ["Writer"] = ThisProcess.Id };
            foreach (var consumer in _delivered.Keys.Union(Moved.Keys, StringComparer.Ordinal))
                row[consumer] = Delivered(consumer);
            if (Position is not null)
                row["Position"] = JsonSerializer.Serialize(Position, TicketJson.Stored.ListPosition);
            return row;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "{Count} changes were not delivered at once; their messages will see to them")]
        public static partial void Postponed(ILogger logger, Exception failure, int count);

        [LoggerMessage(LogLevel.Error, "{Consumer} could not take events {From} to {To} of ticket {TicketId}; they are a dead letter now")]
        public static partial void GaveUp(ILogger logger, Exception failure, string consumer, string ticketId, long from, long to);
    }
}
