using Azure;
using Azure.Data.Tables;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Deadlines;

/// <summary>Why a ticket has to be looked at.</summary>
public enum DueKind
{
    Sla,
    Closing,
    Automations,
    Satisfaction,
    Agenda,
    Approvals,
}

/// <summary>A ticket that has to be looked at, at an instant.</summary>
public sealed record DueTime(DueKind Kind, string Workspace, long Number, DateTimeOffset At)
{
    public TicketAddress Address => new(Workspace, Number);
}

/// <summary>An index of due times by hour: the means by which a deadline is met when no orchestration is there to meet it.</summary>
/// <remarks>A row that is no longer true does no harm: whoever finds it asks the ticket, and writes where it belongs now.</remarks>
public sealed class DueTimes(StorageClients storage, TimeProvider time)
{
    public const string TableName = "DueTimes";

    private const int Shards = 4;
    private const string MarkPartition = "swept";

    private TableClient Table => storage.Table(TableName);

    /// <summary>Notes that a ticket has to be looked at. The same again changes nothing.</summary>
    public Task NoteAsync(DueTime due, CancellationToken cancellationToken) => Table.UpsertEntityAsync(Row(due), TableUpdateMode.Replace, cancellationToken);

    /// <summary>Notes when a ticket has to be looked at next, null for never, in place of a due time that has been seen to.</summary>
    public async Task MoveAsync(DueTime done, DateTimeOffset? next, CancellationToken cancellationToken)
    {
        var (place, key) = (PartitionOf(done.At, done.Number), KeyOf(done));
        var due = next is { } at ? Row(done with { At = at }) : null;
        if (due?.PartitionKey == place && due.RowKey != key)
        {
            try
            {
                var move = new[]
                {
                    new TableTransactionAction(TableTransactionActionType.UpsertReplace, due),
                    new TableTransactionAction(TableTransactionActionType.Delete, new TableEntity(place, key), ETag.All),
                };
                await Table.SubmitTransactionAsync(move, cancellationToken);
                return;
            }
            catch (RequestFailedException gone) when (gone.Status == 404)
            {
                // The old one has been swept already.
            }
        }

        // First the new one: between the two there must be one that is found.
        if (due is not null)
            await Table.UpsertEntityAsync(due, TableUpdateMode.Replace, cancellationToken);
        if (due?.PartitionKey != place || due.RowKey != key)
            await Table.DeleteEntityAsync(place, key, cancellationToken: cancellationToken);
    }

    /// <summary>Everything that was due before an instant, oldest hour first; each is removed once <paramref name="act"/> has seen to it.</summary>
    /// <returns>How many there were, and the oldest.</returns>
    public async Task<(int Count, DateTimeOffset? Oldest)> SweepAsync(DateTimeOffset before, Func<DueTime, Task> act, CancellationToken cancellationToken)
    {
        var mark = await Table.GetEntityIfExistsAsync<TableEntity>(MarkPartition, MarkPartition, cancellationToken: cancellationToken);
        var current = HourOf(before);
        var hour = mark.HasValue ? mark.Value!.GetDateTimeOffset("Hour")!.Value : current.AddHours(-1);
        var (count, oldest) = (0, (DateTimeOffset?)null);
        for (; hour <= current; hour = hour.AddHours(1))
        {
            for (var shard = 0; shard < Shards; shard++)
            {
                var partition = PartitionOf(hour, shard);
                await foreach (
                    var row in Table.QueryAsync<TableEntity>(
                        TableClient.CreateQueryFilter($"PartitionKey eq {partition} and At lt {before}"),
                        cancellationToken: cancellationToken
                    )
                )
                {
                    var due = Read(row);
                    count++;
                    if (oldest is null || due.At < oldest)
                        oldest = due.At;
                    await act(due);
                    // Written anew meanwhile: then it stays for the next sweep.
                    await RemoveAsync(row, cancellationToken);
                }
            }
        }

        // The last hour is looked at once more: a row may have been on its way into it.
        await Table.UpsertEntityAsync(
            new TableEntity(MarkPartition, MarkPartition) { ["Hour"] = current.AddHours(-1) },
            TableUpdateMode.Replace,
            cancellationToken
        );
        return (count, oldest);
    }

    private async Task RemoveAsync(TableEntity row, CancellationToken cancellationToken)
    {
        try
        {
            await Table.DeleteEntityAsync(row.PartitionKey, row.RowKey, row.ETag, cancellationToken);
        }
        catch (RequestFailedException changed) when (changed.Status is 404 or 412)
        {
            // Somebody else has seen to it, or it is due again.
        }
    }

    private TableEntity Row(DueTime due) => Row(due, time.GetUtcNow());

    internal static TableEntity Row(DueTime due, DateTimeOffset now) =>
        // What is due already still has to lie in an hour that will be swept.
        new(PartitionOf(due.At > now ? due.At : now, due.Number), KeyOf(due))
        {
            ["Workspace"] = due.Workspace,
            ["Number"] = due.Number,
            ["At"] = due.At,
        };

    internal static DueTime Read(TableEntity row) =>
        new(
            WireName<DueKind>.TryParse(row.RowKey.Split('-')[0], out var kind) ? kind : DueKind.Sla,
            row.GetString("Workspace"),
            row.GetInt64("Number")!.Value,
            row.GetDateTimeOffset("At")!.Value
        );

    /// <remarks>With the instant, so that whoever has seen to one due time removes that one and no other that was noted meanwhile.</remarks>
    private static string KeyOf(DueTime due) =>
        string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"{WireName<DueKind>.Of(due.Kind)}-{due.Workspace}-{due.Number}-{due.At.ToUnixTimeMilliseconds()}"
        );

    private static string PartitionOf(DateTimeOffset at, long number) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{at.UtcDateTime:yyyyMMddHH}-{number % Shards}");

    private static DateTimeOffset HourOf(DateTimeOffset at) => new(at.UtcDateTime.Date.AddHours(at.UtcDateTime.Hour), TimeSpan.Zero);
}
