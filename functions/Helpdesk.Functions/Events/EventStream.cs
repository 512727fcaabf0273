using System.Collections.Concurrent;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Events;

/// <summary>What a reader of the stream gets, and where it goes on.</summary>
public sealed record StreamPage(IReadOnlyList<EventReference> Events, StreamPosition Next);

/// <summary>All events of a workspace in one order.</summary>
/// <remarks>
/// The order is that in which they are appended: the head of a segment, the events and the marks by which each comes once are one transaction under the
/// head's ETag. So nothing ever appears before what somebody has read already, and whoever appends the same again changes nothing.
/// </remarks>
public sealed class EventStream(StorageClients storage, EventStreamOptions options, EventStreamSignals signals, TimeProvider time)
{
    public const string TableName = "EventStream";

    /// <summary>Events of one transaction: a mark each, and two rows more.</summary>
    private const int MostAtOnce = 90;

    /// <summary>Tries among others that append, before the events are left to their messages.</summary>
    private const int MostAttempts = 50;

    /// <summary>Events that one page looks at where most of them are not wanted.</summary>
    private const int MostLookedAt = 1000;

    /// <summary>Segments that go in one night.</summary>
    private const int MostRemoved = 10;

    private readonly KeyedLocks _turns = new();

    /// <summary>The open segments as this process knows them. One that another process has moved on shows at the next write, by its ETag.</summary>
    private readonly ConcurrentDictionary<string, StreamHead> _open = new(StringComparer.Ordinal);

    private TableClient Table => storage.Table(TableName);

    /// <summary>Appends events, each of them once however often it is given. Those of one ticket come in their order, without gaps.</summary>
    public async Task AppendAsync(string workspace, IReadOnlyList<EventReference> events, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(events);
        using var turn = await _turns.TakeAsync(workspace, cancellationToken);
        // What was committed and then found again by a repeated request is told of twice.
        foreach (var some in events.DistinctBy(one => (one.Number, one.Seq)).Chunk(MostAtOnce))
            await AppendSomeAsync(workspace, some, cancellationToken);
    }

    private async Task AppendSomeAsync(string workspace, IReadOnlyList<EventReference> events, CancellationToken cancellationToken)
    {
        var checkedSegment = 0L;
        for (var attempt = 0; ; attempt++)
        {
            var head = await OpenSegmentAsync(workspace, cancellationToken);
            if (head.Segment != checkedSegment)
                events = await NotInEarlierOnesAsync(workspace, head, events, cancellationToken);
            checkedSegment = head.Segment;
            if (events.Count == 0)
                return;
            try
            {
                await SubmitAsync(workspace, head, events, cancellationToken);
                signals.Notify(workspace);
                return;
            }
            catch (RequestFailedException raced) when (raced.Status is 404 or 409 or 412 && attempt < MostAttempts)
            {
                _open.TryRemove(workspace, out _);
                // Some of them are there already, or the segment has just been begun by somebody else.
                if (raced.Status == 409)
                    events = await NotSeenAsync(workspace, head.Segment, events, cancellationToken);
                await TicketStore.PauseAsync(attempt, cancellationToken);
            }
        }
    }

    private async Task SubmitAsync(string workspace, StreamHead head, IReadOnlyList<EventReference> events, CancellationToken cancellationToken)
    {
        var partition = EventStreamRows.Partition(workspace, head.Segment);
        var next = head with { Last = head.Last + events.Count, LastAt = time.GetUtcNow() };
        var isNew = head.ETag == default;
        List<TableTransactionAction> actions =
        [
            new(isNew ? TableTransactionActionType.Add : TableTransactionActionType.UpdateReplace, EventStreamRows.Head(partition, next), head.ETag),
            new(TableTransactionActionType.Add, EventStreamRows.Events(partition, next.Last, events)),
            .. events.Select(one => new TableTransactionAction(
                TableTransactionActionType.Add,
                new TableEntity(partition, EventStreamRows.SeenKey(partition, one.Number, one.Seq))
            )),
        ];
        var answers = await Table.SubmitTransactionAsync(actions, cancellationToken);
        _open[workspace] = next with { ETag = answers.Value[0].Headers.ETag!.Value };
        if (isNew && head.Segment > 1)
            await WriteEndsAsync(workspace, "Current", head.Segment, cancellationToken);
    }

    /// <summary>The segment that is appended to; one that is full or old is closed, and the next one begins with its first events.</summary>
    private async Task<StreamHead> OpenSegmentAsync(string workspace, CancellationToken cancellationToken)
    {
        var head = _open.TryGetValue(workspace, out var known) ? known : await FindOpenAsync(workspace, cancellationToken);
        if (head.ETag == default || (head.Last < options.SegmentLength && time.GetUtcNow() - head.BeganAt < options.SegmentAge))
            return head;
        _open.TryRemove(workspace, out _);
        await TryCloseAsync(workspace, head, cancellationToken);
        return await FindOpenAsync(workspace, cancellationToken);
    }

    private async Task<StreamHead> FindOpenAsync(string workspace, CancellationToken cancellationToken)
    {
        var (first, current) = await ReadEndsAsync(workspace, cancellationToken);
        for (var segment = Math.Max(first, current); ; segment++)
        {
            var now = time.GetUtcNow();
            var head = await FindHeadAsync(workspace, segment, cancellationToken) ?? new StreamHead(segment, 0, now, now, false, false);
            if (!head.Closed)
                return head;
        }
    }

    private async Task<bool> TryCloseAsync(string workspace, StreamHead head, CancellationToken cancellationToken)
    {
        try
        {
            var row = EventStreamRows.Head(EventStreamRows.Partition(workspace, head.Segment), head with { Closed = true });
            await Table.UpdateEntityAsync(row, head.ETag, TableUpdateMode.Replace, cancellationToken);
            return true;
        }
        catch (RequestFailedException raced) when (raced.Status is 404 or 412)
        {
            return false;
        }
    }

    /// <summary>
    /// Those that no earlier segment has: an event cannot have been appended before it happened, so that only those are looked for that are older than
    /// the segment. One that is older than all that is kept is not appended any more.
    /// </summary>
    private async Task<IReadOnlyList<EventReference>> NotInEarlierOnesAsync(
        string workspace,
        StreamHead head,
        IReadOnlyList<EventReference> events,
        CancellationToken cancellationToken
    )
    {
        var wanted = events;
        for (var segment = head; ; )
        {
            var older = wanted.Where(one => one.At < segment.BeganAt + options.Skew).ToList();
            if (segment.Segment == 1 || older.Count == 0)
                return wanted;
            if (await FindHeadAsync(workspace, segment.Segment - 1, cancellationToken) is not { Removed: false } before)
                return [.. wanted.Where(one => one.At >= segment.BeganAt - options.Skew)];
            var unseen = (await NotSeenAsync(workspace, before.Segment, older, cancellationToken)).ToHashSet();
            wanted = [.. wanted.Where(one => unseen.Contains(one) || !older.Contains(one))];
            segment = before;
        }
    }

    /// <summary>Those that a segment does not have.</summary>
    private async Task<IReadOnlyList<EventReference>> NotSeenAsync(
        string workspace,
        long segment,
        IReadOnlyList<EventReference> events,
        CancellationToken cancellationToken
    )
    {
        var partition = EventStreamRows.Partition(workspace, segment);
        var seen = new ConcurrentBag<(long Number, long Seq)>();
        await Parallel.ForEachAsync(
            events.GroupBy(one => one.Number),
            new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = cancellationToken },
            async (ticket, cancelled) =>
            {
                var first = EventStreamRows.SeenKey(partition, ticket.Key, ticket.Min(one => one.Seq));
                var last = EventStreamRows.SeenKey(partition, ticket.Key, ticket.Max(one => one.Seq));
                var filter = TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey ge {first} and RowKey le {last}");
                await foreach (var row in Table.QueryAsync<TableEntity>(filter, select: ["PartitionKey", "RowKey"], cancellationToken: cancelled))
                    seen.Add((ticket.Key, EventStreamRows.SeqOfSeen(row)));
            }
        );
        var known = seen.ToHashSet();
        return [.. events.Where(one => !known.Contains((one.Number, one.Seq)))];
    }

    /// <summary>The events behind a place, oldest first; a broken request when they are kept no longer.</summary>
    /// <param name="wanted">Which of them are wanted.</param>
    /// <param name="limit">How many at most.</param>
    public async Task<StreamPage> ReadAsync(
        string workspace,
        StreamPosition after,
        Func<EventReference, bool> wanted,
        int limit,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(wanted);
        var (events, looked) = (new List<EventReference>(), 0);
        var head = await FindHeadAsync(workspace, after.Segment, cancellationToken);
        if (!await HasReachedAsync(workspace, after, head, cancellationToken))
            throw new InvalidRequestException(
                StatusCodes.Status410Gone,
                "events-unknown",
                "after is a place that this stream has not come to: it is of another desk, or storage was put back to an earlier state. Start again "
                    + "without after, which gives the oldest events that are kept, or with after=latest."
            );
        while (head is not null && (after.Index < head.Last || head.Closed))
        {
            if (after.Index >= head.Last)
            {
                after = new(after.Segment + 1, 0);
                head = await FindHeadAsync(workspace, after.Segment, cancellationToken);
                continue;
            }

            foreach (var (index, one) in await ReadSegmentAsync(workspace, head, after.Index, Math.Min(limit - events.Count, 100), cancellationToken))
            {
                after = after with { Index = index };
                looked++;
                if (wanted(one))
                    events.Add(one);
                if (events.Count == limit || looked == MostLookedAt)
                    return new(events, after);
            }
        }

        return new(events, after);
    }

    /// <summary>Events of one segment behind a place: those of so many appends.</summary>
    private async Task<IReadOnlyList<(long Index, EventReference Event)>> ReadSegmentAsync(
        string workspace,
        StreamHead head,
        long after,
        int appends,
        CancellationToken cancellationToken
    )
    {
        var partition = EventStreamRows.Partition(workspace, head.Segment);
        var filter = TableClient.CreateQueryFilter(
            $"PartitionKey eq {partition} and RowKey gt {EventStreamRows.EventsKey(partition, after)} and RowKey lt {EventStreamRows.EventsEnd(partition)}"
        );
        var found = new List<(long Index, EventReference Event)>();
        await foreach (var page in Table.QueryAsync<TableEntity>(filter, appends, cancellationToken: cancellationToken).AsPages())
        {
            found.AddRange(page.Values.SelectMany(EventStreamRows.ReadEvents).Where(one => one.Index > after));
            if (found.Count > 0)
                break;
        }

        // The head was read first and says that there is more: what is missing has been removed.
        return found.Count > 0 && found[0].Index == after + 1 && !head.Removed
            ? found
            : throw new InvalidRequestException(
                StatusCodes.Status410Gone,
                "events-expired",
                "What came next is kept no longer. Start again without after, which gives the oldest events that are kept, or with after=latest."
            );
    }

    /// <summary>Whether the stream has come to a place. A reader that waits behind the end of a full segment is ahead of the head of the next one.</summary>
    private async Task<bool> HasReachedAsync(string workspace, StreamPosition place, StreamHead? head, CancellationToken cancellationToken)
    {
        if (head is not null)
            return place.Index <= head.Last;
        if (place.Index > 0)
            return false;
        var (first, _) = await ReadEndsAsync(workspace, cancellationToken);
        return place.Segment == first || await FindHeadAsync(workspace, place.Segment - 1, cancellationToken) is not null;
    }

    /// <summary>Before the oldest event that is kept.</summary>
    public async Task<StreamPosition> FindBeginningAsync(string workspace, CancellationToken cancellationToken)
    {
        var (first, _) = await ReadEndsAsync(workspace, cancellationToken);
        while (await FindHeadAsync(workspace, first, cancellationToken) is { Removed: true })
            first++;
        return new(first, 0);
    }

    /// <summary>Behind the newest event.</summary>
    public async Task<StreamPosition> FindEndAsync(string workspace, CancellationToken cancellationToken)
    {
        var head = await FindOpenAsync(workspace, cancellationToken);
        return new(head.Segment, head.Last);
    }

    /// <summary>Removes what is kept too long, a segment at a time: it is marked first, so that no reader takes what is left for all there was.</summary>
    public async Task RemoveOldAsync(string workspace, CancellationToken cancellationToken)
    {
        var before = time.GetUtcNow() - options.Kept;
        var (first, _) = await ReadEndsAsync(workspace, cancellationToken);
        for (var segment = first; segment < first + MostRemoved; segment++)
        {
            if (await FindHeadAsync(workspace, segment, cancellationToken) is not { } head || head.LastAt >= before)
                return;
            if (!head.Closed && !await TryCloseAsync(workspace, head, cancellationToken))
                return;
            var partition = EventStreamRows.Partition(workspace, segment);
            var gone = EventStreamRows.Head(partition, head with { Closed = true, Removed = true });
            await Table.UpdateEntityAsync(gone, ETag.All, TableUpdateMode.Replace, cancellationToken);
            await RemoveRowsAsync(partition, cancellationToken);
            await WriteEndsAsync(workspace, "First", segment + 1, cancellationToken);
        }
    }

    /// <summary>All but the head, which says for ever that there was such a segment.</summary>
    private async Task RemoveRowsAsync(string partition, CancellationToken cancellationToken)
    {
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey ne {EventStreamRows.HeadKey(partition)}");
        var pages = Table.QueryAsync<TableEntity>(filter, TableTransactions.RowLimit, ["PartitionKey", "RowKey"], cancellationToken).AsPages();
        await foreach (var page in pages)
        {
            if (page.Values.Count > 0)
                await Table.SubmitTransactionAsync(
                    page.Values.Select(row => new TableTransactionAction(TableTransactionActionType.Delete, row, ETag.All)),
                    cancellationToken
                );
        }
    }

    private async Task<StreamHead?> FindHeadAsync(string workspace, long segment, CancellationToken cancellationToken)
    {
        var partition = EventStreamRows.Partition(workspace, segment);
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(partition, EventStreamRows.HeadKey(partition), cancellationToken: cancellationToken);
        return found.HasValue ? EventStreamRows.ReadHead(found.Value!) : null;
    }

    /// <summary>The first segment that is kept, and one near the end: both may lag behind, and never lead.</summary>
    private async Task<(long First, long Current)> ReadEndsAsync(string workspace, CancellationToken cancellationToken)
    {
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(workspace, EventStreamRows.EndsKey(workspace), cancellationToken: cancellationToken);
        return found.HasValue ? (found.Value!.GetInt64("First") ?? 1, found.Value.GetInt64("Current") ?? 1) : (1, 1);
    }

    private Task WriteEndsAsync(string workspace, string end, long segment, CancellationToken cancellationToken) =>
        Table.UpsertEntityAsync(new TableEntity(workspace, EventStreamRows.EndsKey(workspace)) { [end] = segment }, TableUpdateMode.Merge, cancellationToken);
}

/// <summary>Has what is kept too long leave the stream, once a night.</summary>
public sealed class EventStreamRetention(EventStream stream) : INightlyWork
{
    public Task TidyAsync(string workspace, CancellationToken cancellationToken) => stream.RemoveOldAsync(workspace, cancellationToken);
}
