using Azure;
using Azure.Data.Tables;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Teams;

/// <summary>Erases people from what is remembered of the rosters of Teams.</summary>
public sealed class PeopleErasure(StorageClients storage) : IHoldsPersonalData
{
    public string Name => "people";

    public int Place => 60;

    public async Task<ErasureStep> EraseAsync(ErasureOrder order, string? from, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        var table = storage.Table(TeamsStore.PeopleTableName);
        var erased = 0L;
        await foreach (
            var row in table.QueryAsync<TableEntity>(TableClient.CreateQueryFilter($"PartitionKey eq {order.Workspace}"), cancellationToken: cancellationToken)
        )
        {
            if (!row.TellsOf(order.Person))
                continue;
            await table.DeleteEntityAsync(row.PartitionKey, row.RowKey, ETag.All, cancellationToken);
            erased++;
        }

        return new(erased, null);
    }
}
