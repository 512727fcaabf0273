using System.Globalization;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Helpdesk.Reports;

namespace Helpdesk.Functions.Reports;

/// <summary>Keeps what running the desk has used: a row for each hour and process, written at most once a minute.</summary>
/// <remarks>
/// A process that is killed loses what it counted in its last minute. A row holds all that its process has counted in the hour so far, so that writing it
/// again changes nothing.
/// </remarks>
public sealed class UsageLog(StorageClients storage, UsageMeter meter, KeyedLocks locks, TimeProvider time)
{
    /// <summary>No workspace has this name.</summary>
    private const string Everything = "~usage";

    private DeskUsage? _hour;

    private TableClient Table => storage.Table(ReportCounts.TableName);

    /// <summary>Writes what was counted since the last time, or nothing.</summary>
    public async Task WriteAsync(CancellationToken cancellationToken)
    {
        using var turn = await locks.TakeAsync(Everything, cancellationToken);
        var used = meter.Take();
        var now = time.GetUtcNow();
        var hour = new DateTimeOffset(now.Year, now.Month, now.Day, now.Hour, 0, 0, TimeSpan.Zero);
        var before = _hour is { } known && known.At == hour ? known : new(hour, 0, 0, 0, 0, 0, 0);
        _hour = before with
        {
            Tables = before.Tables + used.Tables,
            Queues = before.Queues + used.Queues,
            Blobs = before.Blobs + used.Blobs,
            Executions = before.Executions + used.Executions,
            Milliseconds = before.Milliseconds + used.Milliseconds,
            Mails = before.Mails + used.Mails,
        };
        // The writing of this row alone is no use that would have to be written.
        if (used.IsNothing || used == new UsedSince(1, 0, 0, 0, 0, 0))
            return;
        await Table.UpsertEntityAsync(Row(_hour, ThisProcess.Id), TableUpdateMode.Replace, cancellationToken);
    }

    /// <summary>What all processes have used between two instants, by hour.</summary>
    public async Task<IReadOnlyList<DeskUsage>> ReadAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
    {
        var found = new List<DeskUsage>();
        for (var month = new DateOnly(from.Year, from.Month, 1); month <= DateOnly.FromDateTime(to.UtcDateTime); month = month.AddMonths(1))
        {
            var partition = Partition(month);
            var (first, last) = ($"{partition}:{Name(from)}", $"{partition}:{Name(to)};");
            var filter = TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey ge {first} and RowKey lt {last}");
            await foreach (var row in Table.QueryAsync<TableEntity>(filter, cancellationToken: cancellationToken))
                found.Add(Read(row));
        }

        return found;
    }

    internal static TableEntity Row(DeskUsage usage, string process)
    {
        var partition = Partition(DateOnly.FromDateTime(usage.At.UtcDateTime));
        return new(partition, $"{partition}:{Name(usage.At)}:{process}")
        {
            ["At"] = usage.At,
            ["Tables"] = usage.Tables,
            ["Queues"] = usage.Queues,
            ["Blobs"] = usage.Blobs,
            ["Executions"] = usage.Executions,
            ["Milliseconds"] = usage.Milliseconds,
            ["Mails"] = usage.Mails,
        };
    }

    internal static DeskUsage Read(TableEntity row) =>
        new(
            row.GetDateTimeOffset("At")!.Value,
            row.GetInt64("Tables") ?? 0,
            row.GetInt64("Queues") ?? 0,
            row.GetInt64("Blobs") ?? 0,
            row.GetInt64("Executions") ?? 0,
            row.GetInt64("Milliseconds") ?? 0,
            row.GetInt64("Mails") ?? 0
        );

    private static string Partition(DateOnly month) => $"{Everything}:{month.ToString("yyyyMM", CultureInfo.InvariantCulture)}";

    private static string Name(DateTimeOffset at) => at.UtcDateTime.ToString("yyyyMMddHH", CultureInfo.InvariantCulture);
}

/// <summary>Has what was used written once a minute, and when the process ends.</summary>
public sealed partial class WriteUsage(UsageLog log, LastWork last, TimeProvider time, ILogger<WriteUsage> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await WriteAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process ends.
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await last.TryAsync(log.WriteAsync, cancellationToken);
    }

    /// <summary>What could not be written is in the row of the next time: that holds the whole hour.</summary>
    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        try
        {
            await log.WriteAsync(cancellationToken);
        }
        catch (RequestFailedException failed)
        {
            Log.NotWritten(logger, failed);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "What was used could not be written; it is written the next time")]
        public static partial void NotWritten(ILogger logger, Exception failed);
    }
}
