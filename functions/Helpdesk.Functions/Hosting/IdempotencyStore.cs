using Azure;
using Azure.Data.Tables;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Hosting;

/// <summary>Reserves the id of what a request is about to make, so that the same request makes the same thing, even across a crash.</summary>
public sealed class IdempotencyStore(StorageClients storage, TimeProvider time)
{
    public const string TableName = "IdempotencyKeys";

    private TableClient Table => storage.Table(TableName);

    /// <summary>The id reserved for this key, made by <paramref name="makeId"/> the first time.</summary>
    public async Task<string> ReserveAsync(string scope, Idempotency idempotency, Func<ValueTask<string>> makeId, CancellationToken cancellationToken)
    {
        var (partition, rowKey) = ($"{scope}:{idempotency.Name[..2]}", idempotency.Name);
        // Asking first costs a new key one request and spares a repeated one a wasted ticket number.
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(partition, rowKey, cancellationToken: cancellationToken);
        while (true)
        {
            if (found.HasValue && found.Value!.GetDateTimeOffset("At") > time.GetUtcNow() - Idempotency.Kept)
            {
                idempotency.Replays(found.Value.GetString("Request"));
                return found.Value.GetString("Id");
            }

            var row = new TableEntity(partition, rowKey)
            {
                ["Id"] = await makeId(),
                ["Request"] = idempotency.Request,
                ["At"] = time.GetUtcNow(),
            };
            try
            {
                if (found.HasValue)
                    await Table.UpdateEntityAsync(row, found.Value!.ETag, TableUpdateMode.Replace, cancellationToken);
                else
                    await Table.AddEntityAsync(row, cancellationToken);
                return row.GetString("Id");
            }
            catch (RequestFailedException raced) when (raced.Status is 404 or 409 or 412)
            {
                found = await Table.GetEntityIfExistsAsync<TableEntity>(partition, rowKey, cancellationToken: cancellationToken);
            }
        }
    }

    /// <summary>Removes keys that are too old to be honoured; says how many.</summary>
    public async Task<int> RemoveOldAsync(CancellationToken cancellationToken)
    {
        var removed = 0;
        var before = time.GetUtcNow() - Idempotency.Kept;
        await foreach (
            var row in Table.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"At lt {before}"),
                select: ["PartitionKey", "RowKey"],
                cancellationToken: cancellationToken
            )
        )
        {
            await Table.DeleteEntityAsync(row.PartitionKey, row.RowKey, ETag.All, cancellationToken);
            removed++;
        }

        return removed;
    }
}
