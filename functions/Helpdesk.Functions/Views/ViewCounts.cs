using System.Collections.Concurrent;
using Helpdesk.Conditions;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Views;

/// <summary>How many tickets a view has.</summary>
/// <param name="Count">How many were found: all of them, or at least that many where there are more.</param>
/// <param name="More">Whether there may be more than were counted.</param>
public sealed record TicketCount(int Count, bool More);

/// <summary>Counts the tickets of many views at once: the lists that they need are read once for all of them, and remembered for a few seconds.</summary>
public sealed class ViewCounts(TicketListScans scans, ViewReader reader, KeyedLocks locks, TimeProvider time)
{
    /// <summary>Requests for lists in one round, for all views of a workspace together.</summary>
    public const int MostQueries = 80;

    /// <summary>For how long what was read is good.</summary>
    public static TimeSpan Remembered { get; } = TimeSpan.FromSeconds(5);

    /// <summary>As many workspaces are remembered.</summary>
    private const int MostWorkspaces = 16;

    private static readonly TicketStatus[] Live = [TicketStatus.New, TicketStatus.Open, TicketStatus.Pending, TicketStatus.OnHold];

    private readonly ConcurrentDictionary<string, Round> _rounds = new(StringComparer.Ordinal);

    /// <summary>The counts of conditions, in their order, and when the lists were read.</summary>
    public async Task<(IReadOnlyList<TicketCount> Counts, DateTimeOffset At)> CountAsync(
        string workspace,
        IReadOnlyList<Condition> conditions,
        CancellationToken cancellationToken
    )
    {
        using var turn = await locks.TakeAsync($"view-counts {workspace}", cancellationToken);
        var round = RoundOf(workspace);
        var counts = new List<TicketCount>();
        foreach (var condition in conditions)
        {
            var key = condition.ToString();
            if (!round.Counts.TryGetValue(key, out var count))
                round.Counts[key] = count = await CountAsync(workspace, condition, round, cancellationToken);
            counts.Add(count);
        }

        return (counts, round.At);
    }

    private Round RoundOf(string workspace)
    {
        var now = time.GetUtcNow();
        foreach (var (of, old) in _rounds)
        {
            if (now - old.At >= Remembered)
                _rounds.TryRemove(of, out _);
        }

        if (_rounds.TryGetValue(workspace, out var round))
            return round;
        if (_rounds.Count >= MostWorkspaces)
            _rounds.TryRemove(_rounds.MinBy(one => one.Value.At).Key, out _);
        return _rounds[workspace] = new(now);
    }

    private async Task<TicketCount> CountAsync(string workspace, Condition condition, Round round, CancellationToken cancellationToken)
    {
        var plan = ViewPlan.Of(workspace, condition, null, round.At);
        if (plan.List == ViewList.Nothing)
            return new(0, false);
        var (rows, more) = await RowsAsync(workspace, plan, round, cancellationToken);
        var match = await reader.MatchAsync(workspace, condition, cancellationToken);
        var count = 0;
        var untold = new List<ListedTicket>();
        foreach (var row in rows)
        {
            if (match.ByRow(row) is not { } isWanted)
                untold.Add(row);
            else if (isWanted)
                count++;
        }

        var looked = untold.Take(round.LooksLeft).ToList();
        round.LooksLeft -= looked.Count;
        await Parallel.ForEachAsync(
            looked,
            new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = cancellationToken },
            async (row, cancelled) =>
            {
                if (await match.ByLookAsync(row, cancelled))
                    Interlocked.Increment(ref count);
            }
        );
        return new(count, more || looked.Count < untold.Count);
    }

    /// <summary>The tickets among which those of a plan are, each once, and whether there are more.</summary>
    private async Task<(IReadOnlyCollection<ListedTicket> Rows, bool More)> RowsAsync(
        string workspace,
        ViewPlan plan,
        Round round,
        CancellationToken cancellationToken
    )
    {
        if (!plan.Done)
        {
            // Mostly all that is being worked fits in here: then every view of it is counted from the same rows.
            var prefix = TicketList.Prefix(TicketOrder.UpdatedDescending);
            var all = new TicketListPlan(
                [.. from status in Live from shard in Enumerable.Range(0, TicketList.Shards) select ViewPlan.OfStatus(workspace, status, shard)],
                TicketOrder.UpdatedDescending,
                prefix,
                prefix[..^1] + "."
            );
            var live = await HeadsAsync(all, round, cancellationToken);
            if (!live.More)
                return live;
        }

        return await HeadsAsync(plan.Stretches, round, cancellationToken);
    }

    private async Task<(IReadOnlyCollection<ListedTicket> Rows, bool More)> HeadsAsync(TicketListPlan plan, Round round, CancellationToken cancellationToken)
    {
        var (reading, isShort) = (new List<Task<(IReadOnlyList<ListedTicket> Rows, bool More)>>(), false);
        foreach (var range in plan.Ranges)
        {
            var key = (range, plan.After, plan.Before);
            if (!round.Heads.TryGetValue(key, out var head))
            {
                if (round.QueriesLeft == 0)
                {
                    isShort = true;
                    continue;
                }

                round.QueriesLeft--;
                round.Heads[key] = head = scans.ReadHeadAsync(range, plan.After, plan.Before, cancellationToken);
            }

            reading.Add(head);
        }

        try
        {
            var heads = await Task.WhenAll(reading);
            // A ticket with two of the tags that are asked for stands in both lists.
            var rows = heads.SelectMany(head => head.Rows).DistinctBy(row => row.Ticket.Number).ToList();
            return (rows, isShort || heads.Any(head => head.More));
        }
        catch
        {
            // What could not be read is not remembered.
            round.At = DateTimeOffset.MinValue;
            throw;
        }
    }

    /// <summary>What was read at an instant.</summary>
    private sealed class Round(DateTimeOffset at)
    {
        public DateTimeOffset At { get; set; } = at;

        public Dictionary<(TicketListRange Range, string After, string Before), Task<(IReadOnlyList<ListedTicket> Rows, bool More)>> Heads { get; } = [];

        public Dictionary<string, TicketCount> Counts { get; } = new(StringComparer.Ordinal);

        public int QueriesLeft { get; set; } = MostQueries;

        public int LooksLeft { get; set; } = ViewReader.MostLooks;
    }
}
