using System.Collections.Concurrent;
using Azure.Data.Tables;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Tickets;

/// <summary>A stretch of a list in one partition: the rows whose keys begin so.</summary>
/// <param name="Start">See <see cref="TicketList.Start"/>.</param>
public sealed record TicketListRange(string Partition, string Start);

/// <summary>Which stretches are read, in which order, and between which places of it.</summary>
/// <param name="After">Only rows behind this place.</param>
/// <param name="Before">Only rows before this place.</param>
public sealed record TicketListPlan(IReadOnlyList<TicketListRange> Ranges, TicketOrder Order, string After, string Before);

/// <summary>What came of reading a plan.</summary>
/// <param name="Tickets">The tickets that are wanted, in order.</param>
/// <param name="Next">Where to go on; null at the end.</param>
/// <param name="Queries">How many requests it took, besides what was looked up.</param>
public sealed record TicketListScan(IReadOnlyList<ListedTicket> Tickets, string? Next, int Queries);

/// <summary>Whether tickets of a list are wanted: what a row tells, and what a look at the ticket itself tells.</summary>
/// <param name="ByRow">By the row alone; null where it does not tell.</param>
/// <param name="ByLook">By whatever has to be read for it.</param>
/// <param name="Looks">For how many tickets of one page that may be.</param>
public sealed record TicketListFilter(Func<ListedTicket, bool?> ByRow, Func<ListedTicket, CancellationToken, Task<bool>> ByLook, int Looks);

/// <summary>Reads several stretches of lists as one, in order, within a bounded number of requests.</summary>
public sealed class TicketListScans(StorageClients storage)
{
    /// <summary>Requests for one page at the most, besides those of looks.</summary>
    public const int MostQueries = 64;

    /// <summary>Rows that a table gives with one request.</summary>
    public const int MostRows = 1000;

    private const int ParallelLooks = 8;

    private TableClient Table => storage.Table(TicketListStore.TableName);

    /// <summary>One page. It may hold fewer than <paramref name="limit"/>; only a null <see cref="TicketListScan.Next"/> is the end.</summary>
    /// <param name="exact">Whether nearly all rows are wanted, so that no more are read than the page needs.</param>
    public async Task<TicketListScan> ReadAsync(
        TicketListPlan plan,
        string? after,
        int limit,
        bool exact,
        TicketListFilter filter,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(filter);
        var place = after is not null && string.CompareOrdinal(after, plan.After) > 0 ? after : plan.After;
        var take = exact ? Math.Min(limit + 1, MostRows) : Math.Clamp(limit * 2, 50, MostRows);
        var feeds = plan.Ranges.Select(range => new Feed(range)).ToList();
        var (items, queries, looks) = (new List<ListedTicket>(limit), 0, filter.Looks);
        while (true)
        {
            var hungry = feeds.Where(feed => feed.IsHungry).ToList();
            if (queries + hungry.Count > MostQueries)
                return new(items, place, queries);
            queries += hungry.Count;
            var from = place;
            await Task.WhenAll(hungry.Select(feed => feed.FillAsync(Table, from, plan.Before, take, cancellationToken)));
            take = MostRows;

            var window = new List<(ListedTicket Row, bool? Wanted)>();
            var isOut = false;
            while (items.Count + window.Count < limit && feeds.All(feed => !feed.IsHungry) && Nearest(feeds) is { } nearest)
            {
                var row = nearest.Peek();
                // The same ticket may stand in several of the lists.
                var wanted = row.Key == place ? false : filter.ByRow(row);
                if (wanted is null && looks == 0)
                {
                    isOut = true;
                    break;
                }

                looks -= wanted is null ? 1 : 0;
                nearest.Take();
                place = row.Key;
                if (wanted != false)
                    window.Add((row, wanted));
            }

            items.AddRange(await WantedAsync(window, filter, cancellationToken));
            if (isOut)
                return new(items, place, queries);
            if (feeds.All(feed => feed.IsEmpty))
                return new(items, null, queries);
            if (items.Count == limit)
                return new(items, place, queries);
        }
    }

    /// <summary>The first rows of a stretch, at most as many as a table gives with one request, and whether there are more.</summary>
    public async Task<(IReadOnlyList<ListedTicket> Rows, bool More)> ReadHeadAsync(
        TicketListRange range,
        string after,
        string before,
        CancellationToken cancellationToken
    )
    {
        var feed = new Feed(range);
        await feed.FillAsync(Table, after, before, MostRows, cancellationToken);
        return (feed.Rows, feed.HasMore);
    }

    private static Feed? Nearest(List<Feed> feeds)
    {
        Feed? nearest = null;
        foreach (var feed in feeds)
        {
            if (!feed.IsEmpty && (nearest is null || string.CompareOrdinal(feed.Peek().Key, nearest.Peek().Key) < 0))
                nearest = feed;
        }

        return nearest;
    }

    private static async Task<IEnumerable<ListedTicket>> WantedAsync(
        List<(ListedTicket Row, bool? Wanted)> window,
        TicketListFilter filter,
        CancellationToken cancellationToken
    )
    {
        var looked = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        await Parallel.ForEachAsync(
            window.Where(one => one.Wanted is null),
            new ParallelOptions { MaxDegreeOfParallelism = ParallelLooks, CancellationToken = cancellationToken },
            async (one, cancelled) => looked[one.Row.Key] = await filter.ByLook(one.Row, cancelled)
        );
        return window.Where(one => one.Wanted ?? looked[one.Row.Key]).Select(one => one.Row);
    }

    /// <summary>The rows of one stretch that have been read and not been taken yet.</summary>
    private sealed class Feed(TicketListRange range)
    {
        private int _taken;

        public List<ListedTicket> Rows { get; private set; } = [];

        public bool HasMore { get; private set; } = true;

        /// <summary>Whether nobody knows what comes next.</summary>
        public bool IsHungry => HasMore && _taken == Rows.Count;

        public bool IsEmpty => !HasMore && _taken == Rows.Count;

        public ListedTicket Peek() => Rows[_taken];

        public void Take() => _taken++;

        public async Task FillAsync(TableClient table, string after, string before, int take, CancellationToken cancellationToken)
        {
            var (from, to) = (range.Start + after, range.Start + before);
            var pages = table
                .QueryAsync<TableEntity>(
                    TableClient.CreateQueryFilter($"PartitionKey eq {range.Partition} and RowKey gt {from} and RowKey lt {to}"),
                    take,
                    cancellationToken: cancellationToken
                )
                .AsPages(pageSizeHint: take);
            (Rows, HasMore, _taken) = ([], false, 0);
            await foreach (var page in pages)
            {
                HasMore = page.ContinuationToken is not null;
                if (page.Values.Count == 0 && HasMore)
                    continue;
                Rows = [.. page.Values.Select(row => ListedTicket.Read(row, range.Start))];
                return;
            }
        }
    }
}
