using Azure;
using Azure.Data.Tables;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Telephone;

/// <summary>What is known of telephone calls goes after a time: each call, the lines of time of numbers, and which ticket took the calls of one.</summary>
public sealed class CallRetention(StorageClients storage) : IKeptForAWhile
{
    private const int StepSize = 500;

    public string Name => "calls";

    public DateTimeOffset? Before(RetentionSetting setting, DateTimeOffset now) => setting?.CallsMonths is { } months ? now.AddMonths(-months) : null;

    public async Task<RetentionStep> ApplyAsync(
        string workspace,
        DateTimeOffset before,
        string run,
        bool dryRun,
        string? from,
        CancellationToken cancellationToken
    )
    {
        var table = storage.Table(CallStore.TableName);
        var (rows, next) = await table.ReadPageAsync(workspace, from, cancellationToken, StepSize);
        var count = 0L;
        foreach (var row in rows)
        {
            var call = row.ContainsKey("Call") ? CallStore.Read(row) : null;
            // Which ticket takes the calls of a number bears no time of its own: storage knows when it was written.
            if ((call?.ListedAt ?? row.Timestamp) >= before)
                continue;
            // A call that is counted has a row of its own, and one in the line of time of its number.
            if (CallStore.IsCall(row))
                count++;
            if (!dryRun)
                await RemoveAsync(table, row, cancellationToken);
        }

        return new(count, next);
    }

    private static async Task RemoveAsync(TableClient table, TableEntity row, CancellationToken cancellationToken)
    {
        try
        {
            await table.DeleteEntityAsync(row.PartitionKey, row.RowKey, row.ETag, cancellationToken);
        }
        catch (RequestFailedException changed) when (changed.Status == 412)
        {
            // Something has just been said of it: it is not old any more, or goes the next night.
        }
    }
}
