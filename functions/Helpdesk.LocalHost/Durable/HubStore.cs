using Azure;
using Azure.Data.Tables;
using Google.Protobuf;
using Helpdesk.Durable.Protocol;

namespace Helpdesk.LocalHost.Durable;

/// <summary>The rows of a task hub: one partition for each instance.</summary>
/// <remarks>
/// <c>instance</c>, <c>history-…</c> (older parts), <c>inbox-…</c> (what has happened), <c>outbox-…</c> (what is to be done), <c>timer-…</c>. A turn is one transaction.
/// Where it does not fit into one, what it adds is written first, stamped with a turn that only the instance's own row makes true.
/// </remarks>
internal sealed class HubStore(TableClient table)
{
    private const int TransactionRows = 95;
    private const int TransactionBytes = 3_000_000;
    private const int TailLimit = 48_000;

    public Task CreateAsync(CancellationToken cancel) => table.CreateIfNotExistsAsync(cancel);

    /// <summary>Notes that this host has the hub; whoever had it before finds out at its next conflict.</summary>
    public Task TakeOverAsync(string owner, CancellationToken cancel) =>
        table.UpsertEntityAsync(new TableEntity("!hub", "owner") { ["Owner"] = owner }, TableUpdateMode.Replace, cancel);

    public async Task<bool> IsOwnerAsync(string owner, CancellationToken cancel)
    {
        var found = await table.GetEntityIfExistsAsync<TableEntity>("!hub", "owner", cancellationToken: cancel);
        return found.HasValue && found.Value!.GetString("Owner") == owner;
    }

    /// <summary>An instance with its history, or null.</summary>
    public async Task<StoredInstance?> FindAsync(string id, CancellationToken cancel)
    {
        var partition = HubKeys.Partition(id);
        var found = await table.GetEntityIfExistsAsync<TableEntity>(partition, HubKeys.Row(id, StoredInstance.RowName), cancellationToken: cancel);
        if (!found.HasValue)
            return null;
        var instance = StoredInstance.Read(found.Value!);
        if (instance.Parts == 0)
            return instance with { History = instance.Tail };
        var parts = await Task.WhenAll(Enumerable.Range(0, instance.Parts).Select(async part =>
            BinaryColumns.Read((await table.GetEntityAsync<TableEntity>(partition, HubKeys.Row(id, HubKeys.Part(instance.Generation, part)), cancellationToken: cancel)).Value, "Bytes") ?? []));
        return instance with { History = [.. parts.SelectMany(part => part), .. instance.Tail] };
    }

    /// <summary>Puts an instance into the table, or in the place of one that is over, with what starts it.</summary>
    public async Task<StoredInstance> AddAsync(StoredInstance instance, StoredInstance? replaced, TableEntity start, CancellationToken cancel)
    {
        List<TableTransactionAction> actions =
        [
            replaced is null ? new(TableTransactionActionType.Add, instance.ToRow()) : new(TableTransactionActionType.UpdateReplace, instance.ToRow(), replaced.ETag),
            new(TableTransactionActionType.UpsertReplace, start),
        ];
        var written = await table.SubmitTransactionAsync(actions, cancel);
        return instance with { ETag = written.Value[0].Headers.ETag!.Value };
    }

    /// <summary>Adds something to an inbox and, in the same transaction, removes the row it comes from. False when that row is gone: it has been done.</summary>
    public async Task<bool> AppendAsync(string id, TableEntity message, string? from, CancellationToken cancel)
    {
        if (from is null)
        {
            await table.UpsertEntityAsync(message, TableUpdateMode.Replace, cancel);
            return true;
        }

        try
        {
            await table.SubmitTransactionAsync(
            [
                new(TableTransactionActionType.Delete, new TableEntity(HubKeys.Partition(id), HubKeys.Row(id, from)), ETag.All),
                new(TableTransactionActionType.UpsertReplace, message),
            ], cancel);
            return true;
        }
        catch (RequestFailedException gone) when (gone.Status == 404)
        {
            return false;
        }
    }

    /// <summary>Commits a turn: the instance as it is now, what it took from its inbox, and what it adds.</summary>
    /// <param name="appended">Bytes that go to the end of the history.</param>
    public async Task<StoredInstance> CommitAsync(StoredInstance before, StoredInstance after, byte[] appended, IReadOnlyList<string> taken, IReadOnlyList<TableEntity> added, CancellationToken cancel)
    {
        var isNew = after.Generation != before.Generation;
        byte[] history = isNew ? appended : [.. before.History ?? [], .. appended];
        byte[] tail = isNew ? appended : [.. before.Tail, .. appended];
        var parts = isNew ? 0 : before.Parts;
        while (tail.Length > TailLimit)
        {
            var length = Math.Min(tail.Length, BinaryColumns.Limit);
            var row = new TableEntity(HubKeys.Partition(after.Id), HubKeys.Row(after.Id, HubKeys.Part(after.Generation, parts++)));
            BinaryColumns.Write(row, "Bytes", tail.AsSpan(0, length));
            await table.UpsertEntityAsync(row, TableUpdateMode.Replace, cancel);
            tail = tail[length..];
        }

        after = after with { Tail = tail, Parts = parts, History = history, Turn = before.Turn + 1 };
        var size = added.Sum(SizeOf);
        var early = added.Count + 1 > TransactionRows || size > TransactionBytes;
        if (early)
        {
            foreach (var chunk in Chunks(added))
                await table.SubmitTransactionAsync(chunk.Select(row => new TableTransactionAction(TableTransactionActionType.UpsertReplace, row)), cancel);
        }

        List<TableTransactionAction> actions = [new(TableTransactionActionType.UpdateReplace, after.ToRow(), before.ETag)];
        if (!early)
        {
            // What is committed together with the turn needs no stamp, and a restart no look at the instance.
            foreach (var row in added)
                row.Remove("Turn");
            actions.AddRange(added.Select(row => new TableTransactionAction(TableTransactionActionType.UpsertReplace, row)));
        }

        var withDeletes = Math.Min(taken.Count, TransactionRows - actions.Count);
        actions.AddRange(taken.Take(withDeletes).Select(key => new TableTransactionAction(TableTransactionActionType.Delete, new TableEntity(HubKeys.Partition(after.Id), HubKeys.Row(after.Id, key)), ETag.All)));
        var written = await table.SubmitTransactionAsync(actions, cancel);

        // What is left lies below the mark of what was taken, and would be dropped after a restart as well.
        foreach (var key in taken.Skip(withDeletes))
            await DeleteAsync(after.Id, key, cancel);
        if (isNew)
        {
            for (var part = 0; part < before.Parts; part++)
                await DeleteAsync(after.Id, HubKeys.Part(before.Generation, part), cancel);
        }

        return after with { ETag = written.Value[0].Headers.ETag!.Value };
    }

    public async Task<bool> ExistsAsync(string id, string name, CancellationToken cancel) =>
        (await table.GetEntityIfExistsAsync<TableEntity>(HubKeys.Partition(id), HubKeys.Row(id, name), ["RowKey"], cancel)).HasValue;

    public Task DeleteAsync(string id, string name, CancellationToken cancel) => table.DeleteEntityAsync(HubKeys.Partition(id), HubKeys.Row(id, name), ETag.All, cancel);

    /// <summary>Removes everything of an instance; its own row last, so that what is left can be removed again.</summary>
    public async Task PurgeAsync(string id, CancellationToken cancel)
    {
        var partition = HubKeys.Partition(id);
        var (keys, last) = (new List<string>(), HubKeys.Row(id, StoredInstance.RowName));
        await foreach (var row in table.QueryAsync<TableEntity>(TableClient.CreateQueryFilter($"PartitionKey eq {partition}"), select: ["PartitionKey", "RowKey"], cancellationToken: cancel))
            keys.Add(row.RowKey);
        foreach (var chunk in keys.Where(key => key != last).Append(last).Chunk(TransactionRows))
            await table.SubmitTransactionAsync(chunk.Select(key => new TableTransactionAction(TableTransactionActionType.Delete, new TableEntity(partition, key), ETag.All)), cancel);
    }

    public static TableEntity MessageRow(string id, long number, HistoryEvent happened, string? executionId, string? source, long turn = 0)
    {
        var row = new TableEntity(HubKeys.Partition(id), HubKeys.Row(id, HubKeys.Inbox(number))) { ["Id"] = id, ["Turn"] = turn };
        BinaryColumns.Write(row, "Event", happened.ToByteArray());
        if (executionId is not null)
            row["ExecutionId"] = executionId;
        if (source is not null)
            row["Source"] = source;
        return row;
    }

    public static TableEntity OutboxRow(OutboxWork work, long turn)
    {
        var row = new TableEntity(HubKeys.Partition(work.InstanceId), HubKeys.Row(work.InstanceId, work.RowName)) { ["Id"] = work.InstanceId, ["ExecutionId"] = work.ExecutionId, ["Turn"] = turn };
        BinaryColumns.Write(row, "Action", work.Action.ToByteArray());
        return row;
    }

    public static TableEntity TimerRow(HubTimer timer, long turn)
    {
        var row = new TableEntity(HubKeys.Partition(timer.InstanceId), HubKeys.Row(timer.InstanceId, timer.RowName)) { ["Id"] = timer.InstanceId, ["FireAt"] = timer.FireAt, ["Turn"] = turn };
        if (timer.ExecutionId is not null)
            row["ExecutionId"] = timer.ExecutionId;
        BinaryColumns.Write(row, "Event", timer.Event.ToByteArray());
        return row;
    }

    /// <summary>Everything that waits in any inbox.</summary>
    public async IAsyncEnumerable<(string Id, PendingMessage Message, long Turn)> ReadInboxesAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (var row in table.QueryAsync<TableEntity>(TableClient.CreateQueryFilter($"RowKey gt {"inbox-"} and RowKey lt {"inbox."}"), cancellationToken: cancel))
        {
            var name = HubKeys.Name(row.RowKey);
            yield return (row.GetString("Id"), new(
                long.Parse(name.AsSpan("inbox-".Length), System.Globalization.CultureInfo.InvariantCulture), name,
                HistoryEvent.Parser.ParseFrom(BinaryColumns.Read(row, "Event")), row.GetString("ExecutionId"), row.GetString("Source")), row.GetInt64("Turn") ?? 0);
        }
    }

    /// <summary>Instances whose next turn needs no message.</summary>
    public async IAsyncEnumerable<string> ReadCarryingAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (var row in table.QueryAsync<TableEntity>(TableClient.CreateQueryFilter($"RowKey gt {"instance-"} and RowKey lt {"instance."} and HasCarried eq true"), select: ["PartitionKey", "RowKey", "Id"], cancellationToken: cancel))
            yield return row.GetString("Id");
    }

    /// <summary>Everything that waits in any outbox.</summary>
    public async IAsyncEnumerable<(OutboxWork Work, long Turn)> ReadOutboxesAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (var row in table.QueryAsync<TableEntity>(TableClient.CreateQueryFilter($"RowKey gt {"outbox-"} and RowKey lt {"outbox."}"), cancellationToken: cancel))
        {
            yield return (new(row.GetString("Id"), row.GetString("ExecutionId"), HubKeys.Name(row.RowKey), OrchestratorAction.Parser.ParseFrom(BinaryColumns.Read(row, "Action"))), row.GetInt64("Turn") ?? 0);
        }
    }

    /// <summary>Timers that fire before an instant.</summary>
    public async IAsyncEnumerable<(HubTimer Timer, long Turn)> ReadTimersAsync(DateTimeOffset before, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (var row in table.QueryAsync<TableEntity>(TableClient.CreateQueryFilter($"RowKey gt {"timer-"} and RowKey lt {"timer."} and FireAt lt {before}"), cancellationToken: cancel))
        {
            yield return (new(row.GetString("Id"), row.GetString("ExecutionId"), HubKeys.Name(row.RowKey), row.GetDateTimeOffset("FireAt")!.Value,
                HistoryEvent.Parser.ParseFrom(BinaryColumns.Read(row, "Event"))), row.GetInt64("Turn") ?? 0);
        }
    }

    /// <summary>One page of instances without their histories.</summary>
    public async Task<(IReadOnlyList<StoredInstance> Instances, string? Token)> QueryAsync(InstanceQuery query, CancellationToken cancel)
    {
        var filter = TableClient.CreateQueryFilter($"RowKey gt {"instance-"} and RowKey lt {"instance."}");
        if (query.RuntimeStatus.Count > 0)
            filter += $" and ({string.Join(" or ", query.RuntimeStatus.Select(status => $"Status eq {(int)status}"))})";
        if (query.CreatedTimeFrom is { } from)
            filter += " and " + TableClient.CreateQueryFilter($"CreatedAt ge {from.ToDateTimeOffset()}");
        if (query.CreatedTimeTo is { } to)
            filter += " and " + TableClient.CreateQueryFilter($"CreatedAt le {to.ToDateTimeOffset()}");
        if (!string.IsNullOrEmpty(query.InstanceIdPrefix))
            filter += " and " + TableClient.CreateQueryFilter($"PartitionKey ge {HubKeys.Partition(query.InstanceIdPrefix)} and PartitionKey lt {HubKeys.Partition(query.InstanceIdPrefix) + "~"}");
        var size = query.MaxInstanceCount is > 0 and <= 1000 ? query.MaxInstanceCount : 100;
        var columns = query.FetchInputsAndOutputs ? null : new[] { "PartitionKey", "RowKey", "Id", "Name", "ExecutionId", "Status", "CreatedAt", "UpdatedAt", "CompletedAt", "CustomStatus0", "Failure0", "Parent" };
        await foreach (var page in table.QueryAsync<TableEntity>(filter, size, columns, cancel).AsPages(string.IsNullOrEmpty(query.ContinuationToken) ? null : query.ContinuationToken, size))
        {
            if (page.Values.Count > 0 || page.ContinuationToken is null)
                return ([.. page.Values.Select(StoredInstance.Read)], page.ContinuationToken);
        }

        return ([], null);
    }

    private static IEnumerable<List<TableEntity>> Chunks(IReadOnlyList<TableEntity> rows)
    {
        var (chunk, size) = (new List<TableEntity>(), 0);
        foreach (var row in rows)
        {
            var one = SizeOf(row);
            if (chunk.Count == TransactionRows || (chunk.Count > 0 && size + one > TransactionBytes))
            {
                yield return chunk;
                (chunk, size) = ([], 0);
            }

            chunk.Add(row);
            size += one;
        }

        if (chunk.Count > 0)
            yield return chunk;
    }

    private static int SizeOf(TableEntity row) => 500 + row.Select(column => column.Value).OfType<byte[]>().Sum(bytes => bytes.Length * 4 / 3);
}
