using System.Globalization;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Alerts;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Alerts;

/// <summary>Sources that say that they are alive: silence is an alert, the next beat its end.</summary>
/// <remarks>
/// A beat has no content, and leaves no receipt: one row per source says when the last one was. A single message per source waits for the instant at which the
/// next one is missed; when it comes and there was one meanwhile, it is sent again. So a beat costs a read and a write, whatever is open.
/// </remarks>
public sealed class Heartbeats(StorageClients storage, AlertEpisodes episodes, WorkQueue<EpisodeDue> queue, TimeProvider time)
{
    private const string Last = "LastAt";
    private const string Silent = "SilentSince";
    private const string Armed = "ArmedFor";

    /// <summary>A message that is so late was lost.</summary>
    private static readonly TimeSpan Lost = TimeSpan.FromMinutes(5);

    /// <summary>Queues count in whole seconds: a message may come that much before its time.</summary>
    private static readonly TimeSpan Early = TimeSpan.FromSeconds(2);

    private TableClient Table => storage.Table(EpisodeStore.TableName);

    /// <summary>How much later than announced a beat may be: a tenth of the time between two, from 5 seconds to 10 minutes.</summary>
    public static TimeSpan GraceOf(TimeSpan every) => TimeSpan.FromSeconds(Math.Clamp(every.TotalSeconds / 10, 5, 600));

    /// <summary>Notes that a source is alive.</summary>
    public async Task BeatAsync(string workspace, AlertSource source, CancellationToken cancellationToken)
    {
        if (source.Every is not { } every || !source.Active)
            return;
        var (partition, now) = (PartitionOf(workspace, source), time.GetUtcNow());
        var due = now + every + GraceOf(every);
        var found = await FindAsync(partition, cancellationToken);
        var row = new TableEntity(partition, RowOf(partition)) { [Last] = now };
        if (found?.GetDateTimeOffset(Armed) is not { } armed || armed + Lost < now || armed > due)
        {
            await ArmAsync(workspace, source, due, cancellationToken);
            row[Armed] = due;
        }

        if (found?.GetDateTimeOffset(Silent) is { } silent)
        {
            var report = ReportOf(source, silent) with { State = AlertState.Resolved, EndedAt = now };
            await episodes.TakeAsync(workspace, source, new(report, NameOf("alive", silent), now, null), cancellationToken);
            // Merging leaves columns that are not named.
            var alive = new TableEntity(partition, RowOf(partition))
            {
                [Last] = now,
                [Armed] = row.GetDateTimeOffset(Armed) ?? found.GetDateTimeOffset(Armed),
            };
            await Table.UpsertEntityAsync(alive, TableUpdateMode.Replace, cancellationToken);
            return;
        }

        await Table.UpsertEntityAsync(row, TableUpdateMode.Merge, cancellationToken);
    }

    /// <summary>Reports a source that has fallen silent.</summary>
    public async Task CheckAsync(string workspace, AlertSource source, CancellationToken cancellationToken)
    {
        var partition = PartitionOf(workspace, source);
        while (await FindAsync(partition, cancellationToken) is { } row)
        {
            if (source.Every is not { } every || !source.Active)
            {
                // The first beat after it is active again begins anew.
                await Table.DeleteEntityAsync(partition, RowOf(partition), ETag.All, cancellationToken);
                return;
            }

            var (last, now) = (row.GetDateTimeOffset(Last)!.Value, time.GetUtcNow());
            var due = last + every + GraceOf(every);
            if (due > now)
            {
                // Another message is on its way: one is enough.
                if (row.GetDateTimeOffset(Armed) > now + Early)
                    return;
                await ArmAsync(workspace, source, due, cancellationToken);
                await Table.UpsertEntityAsync(new TableEntity(partition, RowOf(partition)) { [Armed] = due }, TableUpdateMode.Merge, cancellationToken);
                return;
            }

            // First it is noted that it is silent: a beat from now on says that it is over, even before the report of it is taken.
            var silent = new TableEntity(partition, RowOf(partition)) { [Last] = last, [Silent] = last };
            try
            {
                await Table.UpdateEntityAsync(silent, row.ETag, TableUpdateMode.Replace, cancellationToken);
            }
            catch (RequestFailedException raced) when (raced.Status is 404 or 412)
            {
                continue;
            }

            await episodes.TakeAsync(workspace, source, new(ReportOf(source, last), NameOf("silent", last), now, null), cancellationToken);
            return;
        }
    }

    private static AlertReport ReportOf(AlertSource source, DateTimeOffset since) =>
        new()
        {
            Key = "heartbeat",
            State = AlertState.Firing,
            StartedAt = since,
            Subject = string.Create(CultureInfo.InvariantCulture, $"{source.Name} has not been heard of since {since.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC"),
            Description = $"It should say every {Hosting.IsoLength.Of(source.Every ?? TimeSpan.Zero)} that it is alive, and does not.",
            Priority = Helpdesk.Tickets.TicketPriority.High,
        };

    private static string NameOf(string what, DateTimeOffset since) => string.Create(CultureInfo.InvariantCulture, $"{what} {since.ToUnixTimeMilliseconds()}");

    private Task ArmAsync(string workspace, AlertSource source, DateTimeOffset due, CancellationToken cancellationToken)
    {
        var wait = due - time.GetUtcNow();
        return queue.SendAsync(
            new(workspace, source.Id, null),
            wait > EpisodeDue.Longest ? EpisodeDue.Longest
                : wait < TimeSpan.Zero ? TimeSpan.Zero
                : TimeSpan.FromSeconds(Math.Ceiling(wait.TotalSeconds)),
            cancellationToken
        );
    }

    private async Task<TableEntity?> FindAsync(string partition, CancellationToken cancellationToken)
    {
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(partition, RowOf(partition), cancellationToken: cancellationToken);
        return found.HasValue ? found.Value : null;
    }

    private static string PartitionOf(string workspace, AlertSource source) => $"{workspace}:b:{source.Id}";

    private static string RowOf(string partition) => $"{partition}:beat";
}
