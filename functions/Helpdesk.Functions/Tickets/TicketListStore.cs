using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Helpdesk.Sla;

namespace Helpdesk.Functions.Tickets;

/// <summary>A ticket's step from where it stood in the lists (null: nowhere) to where it belongs now.</summary>
public sealed record ListMove(ListPosition? From, Ticket Ticket)
{
    public ListPosition To { get; } = ListPosition.Of(Ticket);
}

/// <summary>Which tickets are wanted. An empty list of values means any.</summary>
public sealed record TicketFilter
{
    public IReadOnlyList<TicketStatus> Statuses { get; init; } = [];
    public IReadOnlyList<TicketPriority> Priorities { get; init; } = [];

    /// <summary>Ids; <see cref="TicketList.Nobody"/> for unassigned.</summary>
    public IReadOnlyList<string> Assignees { get; init; } = [];
    public IReadOnlyList<string> Groups { get; init; } = [];
    public IReadOnlyList<string> Requesters { get; init; } = [];

    /// <summary>Addresses of people who take part and are not the requester.</summary>
    public IReadOnlyList<string> Participants { get; init; } = [];
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Live tickets alone have one that is not <see cref="SlaHealth.Ok"/>.</summary>
    public IReadOnlyList<SlaHealth> Healths { get; init; } = [];
    public TicketOrder Order { get; init; }
}

/// <summary>Keeps the lists of tickets and reads them, page by page, at a cost that does not grow with the number of tickets.</summary>
/// <remarks>A ticket leaves one list before it enters the next, so that no reader meets it twice.</remarks>
public sealed class TicketListStore(StorageClients storage, RequestGauge requests, TimeProvider time)
{
    public const string TableName = "TicketLists";

    /// <summary>Rows in a transaction, where a single ticket has no more: small enough that a request need not wait long behind it.</summary>
    private const int TransactionRows = 60;

    /// <summary>Rows that the service takes in one transaction.</summary>
    private const int TransactionLimit = 100;
    private const int Parallel = 4;

    /// <summary>A requester with more tickets than this, live or done, is looked for by status.</summary>
    private const int SortedWhenRead = 5000;

    /// <summary>Rows looked at for one page, per partition and round, and rounds: what bounds the cost of a filter that few tickets pass.</summary>
    private const int Rounds = 4;

    private static readonly bool[] Both = [true, false];

    private TableClient Table => storage.Table(TableName);

    /// <summary>Brings the lists up to date for many tickets at once; running it twice changes nothing.</summary>
    /// <param name="since">When the oldest of them was committed; work that is not old yet lets requests go first.</param>
    public async Task ApplyAsync(IReadOnlyList<ListMove> moves, CancellationToken cancellationToken, DateTimeOffset? since = null)
    {
        var leaving = new Dictionary<string, List<List<TableTransactionAction>>>(StringComparer.Ordinal);
        var arriving = new Dictionary<string, List<List<TableTransactionAction>>>(StringComparer.Ordinal);
        foreach (var move in moves)
        {
            var to = move.To.Rows().ToList();
            var partition = to[0].Partition;
            var listed = Summary(move.Ticket);
            var summary = JsonSerializer.Serialize(listed, TicketJson.Stored.Ticket);
            var tells = ListedTicket.TellsOf(move.Ticket, listed);
            var arrives = to.Select(row => Upsert(row.Partition, row.RowKey, summary, tells)).ToList();
            var leaves = (move.From?.Rows() ?? []).Except(to).Select(row => Delete(row.Partition, row.RowKey)).ToList();
            if (leaves.Count > 0 && leaves[0].Entity.PartitionKey == partition)
                arrives.AddRange(leaves);
            else if (leaves.Count > 0)
                Of(leaving, leaves[0].Entity.PartitionKey).Add(leaves);
            Of(arriving, partition).Add(arrives);
        }

        await SubmitAsync(leaving, since, cancellationToken);
        await SubmitAsync(arriving, since, cancellationToken);
    }

    /// <summary>Removes what an interrupted run may have left behind.</summary>
    public Task RemoveAsync(ListPosition stale, ListPosition current, CancellationToken cancellationToken)
    {
        var actions = stale.Rows().Except(current.Rows()).Select(row => Delete(row.Partition, row.RowKey));
        return EachAsync(actions, cancellationToken);
    }

    /// <summary>One page. It may hold fewer than <paramref name="limit"/>; only a null cursor is the end.</summary>
    /// <param name="startAt">Begins with tickets created, or changed, at this instant; for an order by that, and without a cursor.</param>
    /// <param name="again">Whether what was changed since the first page comes, and so may come twice; otherwise it may not come at all.</param>
    public async Task<ListPage<Ticket>> ReadAsync(
        string workspace,
        TicketFilter filter,
        int limit,
        string? cursor,
        CancellationToken cancellationToken,
        DateTimeOffset? startAt = null,
        bool again = false
    )
    {
        var list =
            $"{workspace} {filter.Order} {string.Join(',', filter.Statuses)} {string.Join(',', filter.Priorities)} "
            + $"{string.Join(',', filter.Assignees)} {string.Join(',', filter.Groups)} {string.Join(',', filter.Requesters)} "
            + $"{string.Join(',', filter.Participants)} "
            + $"{string.Join(',', filter.Tags)} {string.Join(',', filter.Healths)}";
        var prefix = TicketList.Prefix(filter.Order);
        var (after, asOf) = (prefix, time.GetUtcNow().ToUnixTimeMilliseconds());
        if (startAt is { } start)
            after = TicketList.RowKey(filter.Order, start.ToUnixTimeMilliseconds(), 0);
        if (cursor is not null)
        {
            var parts = PageCursor.Read(list, cursor, 2);
            if (!parts[0].StartsWith(prefix, StringComparison.Ordinal) || !long.TryParse(parts[1], out asOf))
                throw new InvalidRequestException("cursor", "cursor is not one that this list gave; start again without it.");
            after = parts[0];
        }

        var (ranges, passes) = Plan(workspace, filter);
        var byPerson = filter.Requesters.Count + filter.Participants.Count > 0 && filter.Order != TicketOrder.UpdatedDescending;
        var sorted = byPerson ? await SortedAsync(ranges, filter.Order, cancellationToken) : null;
        if (sorted is null && byPerson)
        {
            (ranges, passes) =
                filter.Participants.Count == 0
                    ? Plan(workspace, filter, byRequester: false)
                    : throw new InvalidRequestException("sort", $"sort can only be -updatedAt for a participant with more than {SortedWhenRead} tickets.");
        }

        var take = passes is null ? Math.Min(limit + 1, 101) : Math.Clamp(limit * 4, 100, 400);
        var items = new List<Ticket>(limit);
        for (var round = 0; round < Rounds; round++)
        {
            var from = after;
            var segments = sorted is not null
                ? [([.. sorted.Where(row => string.CompareOrdinal(row.RowKey, from) > 0)], false)]
                : await Task.WhenAll(ranges.Select(range => SegmentAsync(range, from, prefix, take, cancellationToken)));
            // Beyond the end of the shortest segment another partition's rows may come first.
            var open = segments.Where(segment => segment.More).Select(segment => segment.Rows[^1].RowKey).ToList();
            var frontier = open.Count == 0 ? null : open.Min(StringComparer.Ordinal);
            foreach (var row in segments.SelectMany(segment => segment.Rows).OrderBy(row => row.RowKey, StringComparer.Ordinal))
            {
                if (frontier is not null && string.CompareOrdinal(row.RowKey, frontier) > 0)
                    break;
                if (items.Count == limit)
                    return new(items, PageCursor.Write(list, after, asOf.ToString(System.Globalization.CultureInfo.InvariantCulture)));
                if (row.RowKey == after)
                    continue;
                after = row.RowKey;
                var ticket = JsonSerializer.Deserialize(row.GetString("Ticket"), TicketJson.Stored.Ticket)!;
                // What moved to the end since the first page would be met twice.
                if (!again && filter.Order == TicketOrder.UpdatedAscending && ticket.UpdatedAt.ToUnixTimeMilliseconds() > asOf)
                    continue;
                if (passes?.Invoke(ticket) != false)
                    items.Add(ticket);
            }

            if (frontier is null)
                return new(items, null);
            if (items.Count == limit)
                break;
        }

        return new(items, PageCursor.Write(list, after, asOf.ToString(System.Globalization.CultureInfo.InvariantCulture)));
    }

    /// <summary>Where rows of a list lie: all whose key begins so, in a partition.</summary>
    private sealed record ListRange(string Partition, string Start);

    /// <summary>What to read, of the narrowest list that the filter names, and what that does not settle.</summary>
    private static (IReadOnlyList<ListRange> Ranges, Func<Ticket, bool>? Passes) Plan(string workspace, TicketFilter filter, bool byRequester = true)
    {
        var named = new List<(string List, IReadOnlyList<string> Values)>
        {
            // The rows of tickets do not say who takes part: only the list of a participant does.
            (TicketList.Participant, [.. filter.Participants.Select(TicketList.KeyOf)]),
            (TicketList.Sla, [.. filter.Healths.Select(WireName<SlaHealth>.Of)]),
            (TicketList.Requester, [.. filter.Requesters.Select(TicketList.KeyOf)]),
            (TicketList.Tag, [.. filter.Tags.Select(TicketList.KeyOf)]),
            (TicketList.Assignee, filter.Assignees),
            (TicketList.Group, filter.Groups),
            (TicketList.Status, [.. filter.Statuses.Select(WireName<TicketStatus>.Of)]),
        };
        // Unassigned is no list of its own.
        if (filter.Assignees.Contains(TicketList.Nobody))
            named.RemoveAll(one => one.List == TicketList.Assignee);
        if (filter.Order is TicketOrder.DueAscending or TicketOrder.DueDescending)
            named.RemoveAll(one => one.List is TicketList.Tag or TicketList.Assignee or TicketList.Group);
        if (!byRequester)
            named.RemoveAll(one => one.List == TicketList.Requester);

        var narrowest = named.FindIndex(one => one.Values.Count > 0);
        var (list, values) = narrowest < 0 ? (TicketList.Status, WireName<TicketStatus>.All) : named[narrowest];
        var wantsLive = filter.Statuses.Count == 0 || filter.Statuses.Any(status => TicketList.IsLive(WireName<TicketStatus>.Of(status)));
        var wantsDone = filter.Statuses.Count == 0 || filter.Statuses.Any(status => !TicketList.IsLive(WireName<TicketStatus>.Of(status)));
        var ranges =
            from value in values
            from live in list == TicketList.Status ? [TicketList.IsLive(value)]
            : list == TicketList.Sla ? [true]
            : Both
            where live ? wantsLive : wantsDone
            from shard in list == TicketList.Requester ? [TicketList.ShardOf(value)] : Enumerable.Range(0, TicketList.Shards)
            select new ListRange(TicketList.Partition(workspace, live, shard), TicketList.Start(list, value));

        var asked = new[]
        {
            filter.Statuses.Count,
            filter.Priorities.Count,
            filter.Assignees.Count,
            filter.Groups.Count,
            filter.Requesters.Count,
            filter.Participants.Count,
            filter.Tags.Count,
            filter.Healths.Count,
        }.Count(count => count > 0);
        // Several tags or participants of one ticket would show it once for each.
        var settled = asked == 0 || (asked == 1 && narrowest >= 0 && !(list is TicketList.Tag or TicketList.Participant && values.Count > 1));
        return ([.. ranges], settled ? null : Passes(filter));
    }

    /// <summary>All rows of a requester's lists in another order than they are kept in; null when they are too many.</summary>
    private async Task<IReadOnlyList<TableEntity>?> SortedAsync(IReadOnlyList<ListRange> ranges, TicketOrder order, CancellationToken cancellationToken)
    {
        var rows = new List<TableEntity>();
        foreach (var (partition, start) in ranges)
        {
            var end = start[..^1] + ";";
            var filter = TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey gt {start} and RowKey lt {end}");
            await foreach (var row in Table.QueryAsync<TableEntity>(filter, cancellationToken: cancellationToken))
            {
                if (rows.Count == SortedWhenRead)
                    return null;
                row.RowKey = TicketList.RowKey(order, JsonSerializer.Deserialize(row.GetString("Ticket"), TicketJson.Stored.Ticket)!);
                rows.Add(row);
            }
        }

        return rows;
    }

    private static Func<Ticket, bool> Passes(TicketFilter filter)
    {
        var seen = new HashSet<long>();
        return ticket =>
            (filter.Statuses.Count == 0 || filter.Statuses.Contains(ticket.Status))
            && (filter.Priorities.Count == 0 || filter.Priorities.Contains(ticket.Priority))
            && (filter.Assignees.Count == 0 || filter.Assignees.Contains(ticket.Assignee ?? TicketList.Nobody, StringComparer.Ordinal))
            && (filter.Groups.Count == 0 || filter.Groups.Contains(ticket.Group, StringComparer.Ordinal))
            && (filter.Requesters.Count == 0 || filter.Requesters.Contains(ticket.Requester.Email.ToLowerInvariant(), StringComparer.Ordinal))
            && (filter.Healths.Count == 0 || filter.Healths.Contains(ticket.Sla?.Health ?? SlaHealth.Ok))
            && (filter.Tags.Count == 0 || filter.Tags.Any(tag => ticket.Tags.Contains(tag, StringComparer.Ordinal)))
            && seen.Add(ticket.Number);
    }

    private async Task<(IReadOnlyList<TableEntity> Rows, bool More)> SegmentAsync(
        ListRange range,
        string after,
        string prefix,
        int take,
        CancellationToken cancellationToken
    )
    {
        var (from, end) = (range.Start + after, range.Start + prefix[..^1] + ".");
        var pages = Table
            .QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey eq {range.Partition} and RowKey gt {from} and RowKey lt {end}"),
                take,
                cancellationToken: cancellationToken
            )
            .AsPages(pageSizeHint: take);
        await foreach (var page in pages)
        {
            if (page.Values.Count == 0 && page.ContinuationToken is not null)
                continue;
            // What is compared between ranges is the place in the order.
            foreach (var row in page.Values)
                row.RowKey = row.RowKey[range.Start.Length..];
            return (page.Values, page.ContinuationToken is not null);
        }

        return ([], false);
    }

    private async Task SubmitAsync(
        Dictionary<string, List<List<TableTransactionAction>>> partitions,
        DateTimeOffset? since,
        CancellationToken cancellationToken
    ) =>
        await System.Threading.Tasks.Parallel.ForEachAsync(
            partitions.Values.SelectMany(Transactions),
            new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken },
            async (actions, cancelled) =>
            {
                await requests.GiveWayAsync(since, cancelled);
                try
                {
                    await Table.SubmitTransactionAsync(actions, cancelled);
                }
                catch (RequestFailedException gone) when (gone.Status == 404)
                {
                    // One of the rows to remove is gone since an earlier run; the others still have to go.
                    await EachAsync(actions, cancelled);
                }
            }
        );

    private async Task EachAsync(IEnumerable<TableTransactionAction> actions, CancellationToken cancellationToken)
    {
        foreach (var action in actions)
        {
            if (action.ActionType == TableTransactionActionType.Delete)
                await Table.DeleteEntityAsync(action.Entity.PartitionKey, action.Entity.RowKey, ETag.All, cancellationToken);
            else
                await Table.UpsertEntityAsync((TableEntity)action.Entity, TableUpdateMode.Replace, cancellationToken);
        }
    }

    /// <summary>What a list shows: the ticket without its long texts. Custom fields are there where they are short.</summary>
    internal static Ticket Summary(Ticket ticket) =>
        ticket with
        {
            Sla = ticket.Sla?.Brief(),
            Attachments = null,
            Participants = null,
            Links = null,
            Begun = null,
            Joined = null,
            LastPair = null,
            Automated = null,
            Description = "",
            Resolution = null,
            Satisfaction = null,
            FollowUp = null,
            Tasks = null,
            Approvals = null,
            HeldFrom = null,
            CustomFields = ListedTicket.AreShort(ticket.CustomFields) ? ticket.CustomFields : new Dictionary<string, JsonElement>(),
        };

    /// <summary>What goes into one transaction each: a ticket's rows stay together where they fit.</summary>
    private static IEnumerable<List<TableTransactionAction>> Transactions(List<List<TableTransactionAction>> tickets)
    {
        var transaction = new List<TableTransactionAction>();
        foreach (var rows in tickets.SelectMany(ticket => ticket.Chunk(TransactionLimit)))
        {
            if (transaction.Count > 0 && transaction.Count + rows.Length > TransactionRows)
            {
                yield return transaction;
                transaction = [];
            }

            transaction.AddRange(rows);
        }

        if (transaction.Count > 0)
            yield return transaction;
    }

    private static List<List<TableTransactionAction>> Of(Dictionary<string, List<List<TableTransactionAction>>> partitions, string partition)
    {
        if (!partitions.TryGetValue(partition, out var actions))
            partitions[partition] = actions = [];
        return actions;
    }

    private static TableTransactionAction Upsert(string partition, string key, string summary, int tells) =>
        new(TableTransactionActionType.UpsertReplace, new TableEntity(partition, key) { ["Ticket"] = summary, ["Tells"] = tells });

    private static TableTransactionAction Delete(string partition, string key) =>
        new(TableTransactionActionType.Delete, new TableEntity(partition, key), ETag.All);
}
