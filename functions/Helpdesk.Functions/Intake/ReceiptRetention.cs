using System.Globalization;
using Azure.Data.Tables;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Intake;

/// <summary>The stored bodies of what came in long ago. The receipts stay: they say what became of it.</summary>
public sealed class ReceiptRetention(StorageClients storage) : IKeptForAWhile
{
    private const int StepSize = 200;

    public string Name => "receipt-bodies";

    private TableClient Table => storage.Table(ReceiptStore.TableName);

    public DateTimeOffset? Before(RetentionSetting setting, DateTimeOffset now) => setting?.ReceiptBodiesDays is { } days ? now.AddDays(-days) : null;

    /// <summary>Partitions are days: the oldest come first, and everything behind the last day is younger.</summary>
    public async Task<RetentionStep> ApplyAsync(
        string workspace,
        DateTimeOffset before,
        string run,
        bool dryRun,
        string? from,
        CancellationToken cancellationToken
    )
    {
        var end = string.Create(CultureInfo.InvariantCulture, $"{workspace}:{before:yyyyMMdd}");
        var (partition, after) = from?.Split('|') is [var day, var id] ? (day, id) : ($"{workspace}:", "");
        var filter = TableClient.CreateQueryFilter(
            $"PartitionKey lt {end} and (PartitionKey gt {partition} or (PartitionKey eq {partition} and RowKey gt {after}))"
        );
        var (count, looked) = (0L, 0);
        TableEntity? last = null;
        await foreach (
            var row in Table.QueryAsync<TableEntity>(filter, StepSize, ["PartitionKey", "RowKey", "State", "StateColumns", "Bodiless"], cancellationToken)
        )
        {
            looked++;
            last = row;
            if (row.ContainsKey("State") && row.GetBoolean("Bodiless") != true && ReceiptStore.Read(row) is { State: not ReceiptState.Received } receipt)
            {
                if (!dryRun)
                    await RemoveAsync(row, receipt, cancellationToken);
                count++;
            }

            if (looked == StepSize)
                break;
        }

        return new(count, looked == StepSize ? $"{last!.PartitionKey}|{last.RowKey}" : null);
    }

    private async Task RemoveAsync(TableEntity row, Receipt receipt, CancellationToken cancellationToken)
    {
        await storage
            .Container(ReceiptStore.BodiesName)
            .GetBlobClient($"{receipt.Workspace}/{receipt.Id}")
            .DeleteIfExistsAsync(cancellationToken: cancellationToken);
        var bodiless = ReceiptStore.Row(receipt);
        bodiless["Bodiless"] = true;
        await Table.UpdateEntityAsync(bodiless, row.ETag, TableUpdateMode.Replace, cancellationToken);
    }
}
