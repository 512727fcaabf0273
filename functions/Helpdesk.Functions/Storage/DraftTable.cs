using System.Globalization;
using System.Linq.Expressions;
using System.Text.RegularExpressions;
using Azure;
using Azure.Data.Tables;

namespace Helpdesk.Functions.Storage;

/// <summary>A table as it would be: reads show what was written here over what is stored, writes are kept here.</summary>
internal sealed partial class DraftTable(TableClient real, StorageDraft draft) : TableClient
{
    public override string Name => real.Name;

    public override Task<Response> AddEntityAsync<T>(T entity, CancellationToken cancellationToken = default) =>
        WriteAsync(new(TableTransactionActionType.Add, entity));

    public override Task<Response> UpsertEntityAsync<T>(
        T entity,
        TableUpdateMode mode = TableUpdateMode.Merge,
        CancellationToken cancellationToken = default
    ) => WriteAsync(new(mode == TableUpdateMode.Merge ? TableTransactionActionType.UpsertMerge : TableTransactionActionType.UpsertReplace, entity));

    public override Task<Response> UpdateEntityAsync<T>(
        T entity,
        ETag ifMatch,
        TableUpdateMode mode = TableUpdateMode.Merge,
        CancellationToken cancellationToken = default
    ) => WriteAsync(new(mode == TableUpdateMode.Merge ? TableTransactionActionType.UpdateMerge : TableTransactionActionType.UpdateReplace, entity, ifMatch));

    public override async Task<Response> DeleteEntityAsync(
        string partitionKey,
        string rowKey,
        ETag ifMatch = default,
        CancellationToken cancellationToken = default
    ) =>
        await draft.FindAsync(real, partitionKey, rowKey, cancellationToken) is null
            ? new DraftAnswer(404)
            : await WriteAsync(new(TableTransactionActionType.Delete, new TableEntity(partitionKey, rowKey), ifMatch));

    public override Task<Response> DeleteEntityAsync(ITableEntity entity, ETag ifMatch = default, CancellationToken cancellationToken = default) =>
        DeleteEntityAsync(entity.PartitionKey, entity.RowKey, ifMatch, cancellationToken);

    public override async Task<NullableResponse<T>> GetEntityIfExistsAsync<T>(
        string partitionKey,
        string rowKey,
        IEnumerable<string>? select = null,
        CancellationToken cancellationToken = default
    ) => new DraftFound<T>((T?)(object?)await draft.FindAsync(real, partitionKey, rowKey, cancellationToken));

    public override async Task<Response<T>> GetEntityAsync<T>(
        string partitionKey,
        string rowKey,
        IEnumerable<string>? select = null,
        CancellationToken cancellationToken = default
    ) =>
        await draft.FindAsync(real, partitionKey, rowKey, cancellationToken) is { } row
            ? Response.FromValue((T)(object)row, new DraftAnswer(200))
            : throw Refused(404, "ResourceNotFound");

    public override AsyncPageable<T> QueryAsync<T>(
        string? filter = null,
        int? maxPerPage = null,
        IEnumerable<string>? select = null,
        CancellationToken cancellationToken = default
    )
    {
        var partition =
            filter is null ? null
            : OnePartition().Match(filter) is { Success: true } named ? named.Groups[1].Value.Replace("''", "'", StringComparison.Ordinal)
            : null;
        if (partition is not null && draft.IsReadWhole(real.Name))
            return new DraftRows<T>(
                async cancelled =>
                    [.. (await draft.ReadPartitionAsync(real, partition, cancelled)).Where(DraftFilter.Of(filter!)).Select(row => (T)(object)row)],
                cancellationToken
            );
        if (!draft.HasWrites(real.Name))
            return real.QueryAsync<T>(filter, maxPerPage, select, cancellationToken);
        return new DraftRows<T>(
            async cancelled =>
            {
                var rows = new List<TableEntity>();
                await foreach (var row in real.QueryAsync<TableEntity>(filter, cancellationToken: cancelled))
                {
                    if (!draft.Knows(real.Name, row.PartitionKey, row.RowKey))
                        rows.Add(row);
                }

                rows.AddRange(draft.RowsOf(real.Name).Where(filter is null ? _ => true : DraftFilter.Of(filter)));
                rows.Sort(
                    (one, other) =>
                        string.CompareOrdinal(one.PartitionKey, other.PartitionKey) is not 0 and var order
                            ? order
                            : string.CompareOrdinal(one.RowKey, other.RowKey)
                );
                return [.. rows.Select(row => (T)(object)row)];
            },
            cancellationToken
        );
    }

    public override AsyncPageable<T> QueryAsync<T>(
        Expression<Func<T, bool>> filter,
        int? maxPerPage = null,
        IEnumerable<string>? select = null,
        CancellationToken cancellationToken = default
    ) => throw new NotSupportedException("A draft reads filters that are texts.");

    public override async Task<Response<IReadOnlyList<Response>>> SubmitTransactionAsync(
        IEnumerable<TableTransactionAction> transactionActions,
        CancellationToken cancellationToken = default
    )
    {
        var before = draft.Mark();
        var (answers, at) = (new List<Response>(), 0);
        try
        {
            foreach (var action in transactionActions)
            {
                answers.Add(await WriteAsync(action));
                at++;
            }
        }
        catch (RequestFailedException refused)
        {
            draft.Return(before);
            refused.Data["FailedEntity"] = at.ToString(CultureInfo.InvariantCulture);
            throw new TableTransactionFailedException(refused);
        }

        return Response.FromValue<IReadOnlyList<Response>>(answers, new DraftAnswer(202));
    }

    private async Task<Response> WriteAsync(TableTransactionAction action)
    {
        var (entity, type) = (action.Entity, action.ActionType);
        var there = await draft.FindAsync(real, entity.PartitionKey, entity.RowKey, CancellationToken.None);
        if (type == TableTransactionActionType.Add && there is not null)
            throw Refused(409, "EntityAlreadyExists");
        if (type is TableTransactionActionType.UpdateMerge or TableTransactionActionType.UpdateReplace or TableTransactionActionType.Delete)
        {
            if (there is null)
                throw Refused(404, "ResourceNotFound");
            if (action.ETag != default && action.ETag != ETag.All && action.ETag != there.ETag)
                throw Refused(412, "UpdateConditionNotSatisfied");
        }

        if (type == TableTransactionActionType.Delete)
        {
            draft.Write(real.Name, there!, null);
            return new DraftAnswer(204);
        }

        var etag = draft.NextETag();
        var row = DraftRow.Of(entity, etag);
        if (there is not null && type is TableTransactionActionType.UpdateMerge or TableTransactionActionType.UpsertMerge)
        {
            foreach (var (name, value) in DraftRow.Columns(there ?? row))
                row.TryAdd(name, value);
        }

        draft.Write(real.Name, there, row);
        return new DraftAnswer(204, etag);
    }

    private static RequestFailedException Refused(int status, string code) => new(status, $"The draft answered {status} ({code}).", code, null);

    [GeneratedRegex("^PartitionKey eq '((?:[^']|'')*)'")]
    private static partial Regex OnePartition();
}
