using System.Collections.Concurrent;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Functions.Storage;
using Helpdesk.Reports;

namespace Helpdesk.Functions.Reports;

/// <summary>What is counted of a ticket at a version.</summary>
public sealed record CountedTicket(long Number, long Version, IReadOnlyList<Measure> Measures)
{
    /// <summary>The same by day (UTC).</summary>
    public ILookup<DateOnly, Measure> ByDay => field ??= Measures.ToLookup(measure => DateOnly.FromDateTime(measure.At.UtcDateTime));
}

/// <summary>Keeps what each ticket adds to each day, and the days summed up.</summary>
public sealed class ReportDays(StorageClients storage)
{
    /// <summary>Measures of a day that still fit in the row of its sum; a day with more is read ticket by ticket.</summary>
    internal const int MostPacked = 25_000;

    /// <summary>Days of one month: each has a row that says that it must be summed up anew.</summary>
    private const int MostDays = 31;

    private TableClient Table => storage.Table(ReportCounts.TableName);

    /// <summary>Counts many tickets that nobody has counted before, a hundred rows in one request; the same ones again change nothing.</summary>
    public async Task CountAsync(string workspace, IReadOnlyList<CountedTicket> counted, CancellationToken cancellationToken)
    {
        var months = counted
            .SelectMany(ticket => ticket.ByDay.Select(day => (Ticket: ticket, Day: day.Key, Measures: (IReadOnlyList<Measure>)[.. day])))
            .GroupBy(one => ReportRows.Month(workspace, one.Day));
        foreach (var month in months)
        {
            var named = new TableEntity(ReportRows.Months(workspace), ReportRows.MonthKey(workspace, month.First().Day));
            await Table.UpsertEntityAsync(named, TableUpdateMode.Replace, cancellationToken);
            foreach (var some in month.Chunk(TableTransactions.RowLimit - MostDays))
            {
                IEnumerable<TableEntity> rows =
                [
                    .. some.Select(one => ReportRows.Day(month.Key, one.Day, one.Ticket.Number, one.Ticket.Version, one.Measures)),
                    .. some.Select(one => one.Day.Day).Distinct().Select(day => ReportRows.StalePack(month.Key, day)),
                ];
                await Table.SubmitTransactionAsync(rows.Select(Upsert), cancellationToken);
            }
        }

        foreach (var shard in counted.GroupBy(ticket => ReportRows.Tickets(workspace, ticket.Number)))
        {
            var rows = shard.Select(ticket => ReportRows.Ticket(workspace, ticket.Number, ticket.Version, ticket.ByDay.Select(day => day.Key)));
            foreach (var chunk in TableTransactions.Split(rows.Select(Upsert)))
                await Table.SubmitTransactionAsync(chunk, cancellationToken);
        }

        static TableTransactionAction Upsert(TableEntity row) => new(TableTransactionActionType.UpsertReplace, row);
    }

    /// <summary>Writes what a ticket adds to days of one month.</summary>
    internal async Task WriteAsync(
        string workspace,
        string month,
        IReadOnlyList<DateOnly> days,
        long number,
        long version,
        ILookup<DateOnly, Measure> measures,
        CancellationToken cancellationToken
    )
    {
        var actions = new List<TableTransactionAction>();
        foreach (var day in days)
        {
            var row = ReportRows.Day(month, day, number, version, [.. measures[day]]);
            var found = await Table.GetEntityIfExistsAsync<TableEntity>(month, row.RowKey, cancellationToken: cancellationToken);
            if (found.HasValue && (found.Value!.GetInt64("Version") > version || LongText.Read(found.Value, "Measures") == LongText.Read(row, "Measures")))
                continue;
            actions.Add(
                found.HasValue
                    ? new(TableTransactionActionType.UpdateReplace, row, found.Value!.ETag)
                    : new TableTransactionAction(TableTransactionActionType.Add, row)
            );
            actions.Add(new(TableTransactionActionType.UpsertReplace, ReportRows.StalePack(month, day.Day)));
        }

        if (actions.Count == 0)
            return;
        // Before anything is in it: a month that is not named is not read.
        if (actions.Exists(action => action.ActionType == TableTransactionActionType.Add))
            await Table.UpsertEntityAsync(
                new TableEntity(ReportRows.Months(workspace), ReportRows.MonthKey(workspace, days[0])),
                TableUpdateMode.Replace,
                cancellationToken
            );
        await Table.SubmitTransactionAsync(actions, cancellationToken);
    }

    /// <summary>Everything that is counted between two instants, and the backlog that was there before.</summary>
    /// <param name="backlog">Whether the backlog is wanted: it reads a little of every month before.</param>
    public async Task<(IReadOnlyList<Measure> Measures, IReadOnlyList<(MeasureOf Of, double Count)> Before)> ReadAsync(
        string workspace,
        DateTimeOffset from,
        DateTimeOffset to,
        bool backlog,
        CancellationToken cancellationToken
    )
    {
        var (first, last) = (DateOnly.FromDateTime(from.UtcDateTime), DateOnly.FromDateTime(to.UtcDateTime));
        var (measures, before) = (new ConcurrentBag<Measure>(), new ConcurrentBag<(MeasureOf Of, double Count)>());
        await Parallel.ForEachAsync(
            await MonthsAsync(workspace, cancellationToken),
            new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = cancellationToken },
            async (begins, cancelled) =>
            {
                var ends = begins.AddMonths(1).AddDays(-1);
                if (begins > last || (!backlog && ends < first))
                    return;
                var month = ReportRows.Month(workspace, begins);
                await foreach (var (day, row) in PacksAsync(month, cancelled))
                {
                    var date = begins.AddDays(day - 1);
                    if (date > last || (!backlog && date < first))
                        continue;
                    if (date < first)
                    {
                        foreach (var move in await MovesAsync(month, day, row, cancelled))
                            before.Add((move.Of, move.Count));
                        continue;
                    }

                    foreach (var measure in await DayAsync(month, day, row, cancelled))
                    {
                        if (measure.At < from && measure.Kind == MeasureKind.Backlog)
                            before.Add((measure.Of, measure.Value));
                        else if (measure.At >= from && measure.At < to)
                            measures.Add(measure);
                    }
                }
            }
        );
        return ([.. measures], [.. before]);
    }

    private async Task<IReadOnlyList<DateOnly>> MonthsAsync(string workspace, CancellationToken cancellationToken)
    {
        var months = new List<DateOnly>();
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {ReportRows.Months(workspace)}");
        await foreach (var row in Table.QueryAsync<TableEntity>(filter, select: ["PartitionKey", "RowKey"], cancellationToken: cancellationToken))
            months.Add(ReportRows.MonthOfKey(row.RowKey));
        return months;
    }

    private async IAsyncEnumerable<(int Day, TableEntity Row)> PacksAsync(
        string month,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var (start, end) = ReportRows.PackRange(month);
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {month} and RowKey gt {start} and RowKey lt {end}");
        await foreach (var row in Table.QueryAsync<TableEntity>(filter, cancellationToken: cancellationToken))
            yield return (ReportRows.DayOfPack(row.RowKey), row);
    }

    private async Task<IReadOnlyList<BacklogMove>> MovesAsync(string month, int day, TableEntity row, CancellationToken cancellationToken) =>
        ReportRows.IsStale(row) ? (await PackAsync(month, day, row, cancellationToken)).Moves : ReportRows.ReadMoves(row);

    private async Task<IReadOnlyList<Measure>> DayAsync(string month, int day, TableEntity row, CancellationToken cancellationToken) =>
        ReportRows.IsStale(row) ? (await PackAsync(month, day, row, cancellationToken)).Measures : ReportRows.ReadPack(row);

    /// <summary>Sums up a day. A ticket that is counted meanwhile empties the row, and this sum is not kept.</summary>
    private async Task<DayPack> PackAsync(string month, int day, TableEntity stale, CancellationToken cancellationToken)
    {
        var measures = new List<Measure>();
        var (start, end) = ReportRows.DayRange(month, day);
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {month} and RowKey gt {start} and RowKey lt {end}");
        await foreach (var row in Table.QueryAsync<TableEntity>(filter, cancellationToken: cancellationToken))
            measures.AddRange(ReportRows.ReadDay(row));
        var pack = ReportRows.Pack(measures);
        if (measures.Count > MostPacked)
            return pack;
        try
        {
            await Table.UpdateEntityAsync(ReportRows.Pack(month, day, pack), stale.ETag, TableUpdateMode.Replace, cancellationToken);
        }
        catch (RequestFailedException raced) when (raced.Status is 404 or 412)
        {
            // The day is not over: what was read is as good as it was when it was read.
        }

        return pack;
    }
}
