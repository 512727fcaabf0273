using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Settings;

/// <summary>A kind of setting, whatever it holds.</summary>
public abstract record SettingKind(string Prefix, JsonTypeInfo Stored)
{
    /// <summary>What the record of changes calls it, such as <c>group</c>; null for what the app keeps for itself.</summary>
    public string? Audited { get; init; }
}

/// <summary>A kind of setting and how it is stored.</summary>
public sealed record SettingKind<T>(string Prefix, Func<T, string> IdOf, JsonTypeInfo<T> Json) : SettingKind(Prefix, Json)
    where T : class
{
    /// <summary>Lies behind every row of this kind.</summary>
    public string End => Prefix[..^1] + ".";

    /// <summary>Names of fields, wherever they are in it, whose values no record may show.</summary>
    public IReadOnlyList<string> Secrets { get; init; } = [];
}

/// <summary>Keeps what admins set: one partition per workspace, small and read often.</summary>
public sealed class SettingsStore(StorageClients storage, TimeProvider time)
{
    public const string TableName = "Settings";

    private const string Hash = "Hash";
    private readonly ShortMemory<object> _memory = new(time, TimeSpan.FromSeconds(5));
    private readonly ShortMemory<object> _lists = new(time, TimeSpan.FromSeconds(30));

    private TableClient Table => storage.Table(TableName);

    /// <summary>One setting, at most a few seconds old, or null.</summary>
    public async ValueTask<T?> FindAsync<T>(string partition, SettingKind<T> kind, string id, CancellationToken cancellationToken)
        where T : class =>
        (T?)await _memory.GetAsync($"{partition}/{kind.Prefix}{id}", async () => (await ReadAsync(partition, kind, id, cancellationToken))?.Value);

    /// <summary>All settings of a kind, by id.</summary>
    public async Task<IReadOnlyList<T>> ListAsync<T>(string partition, SettingKind<T> kind, CancellationToken cancellationToken)
        where T : class
    {
        var (items, _) = await ReadPageAsync(partition, kind, null, int.MaxValue, cancellationToken);
        return items;
    }

    /// <summary>One page of the settings of a kind, by id.</summary>
    public async Task<ListPage<T>> ListAsync<T>(string partition, SettingKind<T> kind, int limit, string? cursor, CancellationToken cancellationToken)
        where T : class
    {
        var list = $"{partition} {kind.Prefix}";
        var (items, more) = await ReadPageAsync(partition, kind, cursor is null ? null : PageCursor.Read(list, cursor, 1)[0], limit, cancellationToken);
        return new(items, more ? PageCursor.Write(list, kind.IdOf(items[^1])) : null);
    }

    /// <summary>Adds a setting and the answer that a repeated request gets; 409 when its id is taken.</summary>
    public Task<TAnswer> AddAsync<T, TAnswer>(
        string partition,
        SettingKind<T> kind,
        T value,
        Func<T, TAnswer> answer,
        JsonTypeInfo<TAnswer> answerJson,
        Idempotency? idempotency,
        CancellationToken cancellationToken,
        string? hash = null,
        SettingChanges? with = null
    )
        where T : class
    {
        var row = Row(partition, kind, value);
        if (hash is not null)
            row[Hash] = hash;
        return AddAsync(kind, value, [row], answer, answerJson, idempotency, cancellationToken, with);
    }

    /// <summary>Adds a setting with other rows of its partition; the first row is its own.</summary>
    internal async Task<TAnswer> AddAsync<T, TAnswer>(
        SettingKind<T> kind,
        T value,
        IReadOnlyList<TableEntity> rows,
        Func<T, TAnswer> answer,
        JsonTypeInfo<TAnswer> answerJson,
        Idempotency? idempotency,
        CancellationToken cancellationToken,
        SettingChanges? with = null
    )
        where T : class
    {
        var partition = rows[0].PartitionKey;
        if (idempotency is not null && await ReplayAsync(partition, idempotency, answerJson, cancellationToken) is { } earlier)
            return earlier;

        var given = answer(value);
        var actions = rows.Select(row => new TableTransactionAction(TableTransactionActionType.Add, row)).ToList();
        if (SettingChange.Of(kind, kind.IdOf(value), Acting.By, time.GetUtcNow(), null, rows[0]) is { } change)
            actions.Add(new(TableTransactionActionType.Add, change.Row(partition)));
        if (idempotency is not null)
        {
            var answered = new TableEntity(partition, AnswerKey(idempotency)) { ["Request"] = idempotency.Request, ["At"] = time.GetUtcNow() };
            LongText.Write(answered, "Sealed", Convert.ToBase64String(idempotency.Seal(JsonSerializer.SerializeToUtf8Bytes(given, answerJson))));
            actions.Add(new(TableTransactionActionType.UpsertReplace, answered));
        }

        try
        {
            await (with is null ? SubmitAsync(actions, cancellationToken) : with.CommitAsync(actions, cancellationToken));
        }
        catch (RequestFailedException there) when (there.Status == 409)
        {
            if (idempotency is not null && await ReplayAsync(partition, idempotency, answerJson, cancellationToken) is { } first)
                return first;
            throw new HelpdeskRuleException("already-exists", $"The id \"{kind.IdOf(value)}\" is taken: choose another one.");
        }

        return given;
    }

    /// <summary>A setting, made at the first time; when several make it at once, the first one's stands.</summary>
    public async ValueTask<T> FindOrAddAsync<T>(string partition, SettingKind<T> kind, string id, Func<T> make, CancellationToken cancellationToken)
        where T : class
    {
        if (await FindAsync(partition, kind, id, cancellationToken) is { } known)
            return known;
        try
        {
            return await AddAsync(partition, kind, make(), it => it, kind.Json, null, cancellationToken);
        }
        catch (HelpdeskRuleException taken) when (taken.Code == "already-exists")
        {
            return await FindAsync(partition, kind, id, cancellationToken)
                ?? throw new InvalidDataException($"Setting {id} of {partition} is gone again.", taken);
        }
    }

    /// <summary>All settings of a kind, at most half a minute old.</summary>
    public async ValueTask<IReadOnlyList<T>> RememberAsync<T>(string partition, SettingKind<T> kind, CancellationToken cancellationToken)
        where T : class =>
        (IReadOnlyList<T>)(await _lists.GetAsync($"{partition}/{kind.Prefix}", async () => await ListAsync(partition, kind, cancellationToken)))!;

    /// <summary>All settings of three kinds, read in one request where one of them is not remembered.</summary>
    public async ValueTask<(IReadOnlyList<T1>, IReadOnlyList<T2>, IReadOnlyList<T3>)> RememberAsync<T1, T2, T3>(
        string partition,
        SettingKind<T1> first,
        SettingKind<T2> second,
        SettingKind<T3> third,
        CancellationToken cancellationToken
    )
        where T1 : class
        where T2 : class
        where T3 : class
    {
        Task<List<TableEntity>>? reading = null;
        return (await OfAsync(first), await OfAsync(second), await OfAsync(third));

        async ValueTask<IReadOnlyList<T>> OfAsync<T>(SettingKind<T> kind)
            where T : class =>
            (IReadOnlyList<T>)
                (
                    await _lists.GetAsync(
                        $"{partition}/{kind.Prefix}",
                        async () =>
                            (await (reading ??= ReadAsync()))
                                .Where(row => row.RowKey.StartsWith(kind.Prefix, StringComparison.Ordinal))
                                .Select(row => Read(row, kind))
                                .ToList()
                    )
                )!;

        async Task<List<TableEntity>> ReadAsync()
        {
            var rows = new List<TableEntity>();
            var filter = TableClient.CreateQueryFilter(
                $"""
                PartitionKey eq {partition} and (RowKey gt {first.Prefix} and RowKey lt {first.End}
                 or RowKey gt {second.Prefix} and RowKey lt {second.End} or RowKey gt {third.Prefix} and RowKey lt {third.End})
                """
            );
            await foreach (var row in Table.QueryAsync<TableEntity>(filter.ReplaceLineEndings(""), cancellationToken: cancellationToken))
                rows.Add(row);
            return rows;
        }
    }

    /// <summary>Stores a setting whether it is there or not.</summary>
    public async Task PutAsync<T>(string partition, SettingKind<T> kind, T value, CancellationToken cancellationToken)
        where T : class
    {
        await WriteAsync(partition, kind, kind.IdOf(value), Row(partition, kind, value), TableUpdateMode.Merge, cancellationToken);
        Forget();
    }

    /// <summary>Puts a setting in the place of the one that was read; false when somebody else changed or removed it meanwhile.</summary>
    internal async Task<bool> TryReplaceAsync<T>(string partition, SettingKind<T> kind, T value, ETag read, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            await Table.UpdateEntityAsync(Row(partition, kind, value), read, TableUpdateMode.Replace, cancellationToken);
        }
        catch (RequestFailedException raced) when (raced.Status is 404 or 412)
        {
            return false;
        }

        Forget();
        return true;
    }

    /// <summary>Removes a setting as it was read; false when somebody else changed or removed it meanwhile.</summary>
    internal async Task<bool> TryRemoveAsync(TableEntity read, CancellationToken cancellationToken)
    {
        try
        {
            await Table.DeleteEntityAsync(read.PartitionKey, read.RowKey, read.ETag, cancellationToken);
        }
        catch (RequestFailedException raced) when (raced.Status is 404 or 412)
        {
            return false;
        }

        Forget();
        return true;
    }

    /// <summary>Stores a setting with a hash beside it that no answer shows, whether it is there or not.</summary>
    public Task PutHashedAsync<T>(string partition, SettingKind<T> kind, T value, string hash, CancellationToken cancellationToken)
        where T : class
    {
        var row = Row(partition, kind, value);
        row[Hash] = hash;
        return WriteAsync(partition, kind, kind.IdOf(value), row, TableUpdateMode.Replace, cancellationToken);
    }

    /// <summary>A setting and the hash beside it, or null.</summary>
    public async Task<(T Value, string Hash)?> FindHashedAsync<T>(string partition, SettingKind<T> kind, string id, CancellationToken cancellationToken)
        where T : class => await ReadAsync(partition, kind, id, cancellationToken) is { } found ? (found.Value, found.Row.GetString(Hash)) : null;

    /// <summary>Removes a setting; false when there was none.</summary>
    public async Task<bool> RemoveAsync<T>(string partition, SettingKind<T> kind, string id, CancellationToken cancellationToken)
        where T : class
    {
        if (!IsId(id))
            return false;
        var gone = await WriteAsync(partition, kind, id, null, TableUpdateMode.Replace, cancellationToken);
        Forget();
        return gone;
    }

    /// <summary>Writes a setting, or removes it, and the record of the change with it; false when there was nothing to remove.</summary>
    private async Task<bool> WriteAsync<T>(
        string partition,
        SettingKind<T> kind,
        string id,
        TableEntity? row,
        TableUpdateMode mode,
        CancellationToken cancellationToken
    )
        where T : class
    {
        if (kind.Audited is null)
        {
            if (row is null)
                return (await Table.DeleteEntityAsync(partition, kind.Prefix + id, ETag.All, cancellationToken)).Status != 404;
            await Table.UpsertEntityAsync(row, mode, cancellationToken);
            return true;
        }

        while (true)
        {
            var found = await Table.GetEntityIfExistsAsync<TableEntity>(partition, kind.Prefix + id, cancellationToken: cancellationToken);
            var before = found.HasValue ? found.Value : null;
            if (before is null && row is null)
                return false;
            var write =
                row is null ? new(TableTransactionActionType.Delete, new TableEntity(partition, kind.Prefix + id), before!.ETag)
                : before is null ? new(TableTransactionActionType.Add, row)
                : new TableTransactionAction(
                    mode == TableUpdateMode.Merge ? TableTransactionActionType.UpdateMerge : TableTransactionActionType.UpdateReplace,
                    row,
                    before.ETag
                );
            var change = SettingChange.Of(kind, id, Acting.By, time.GetUtcNow(), before, row);
            try
            {
                await Table.SubmitTransactionAsync(
                    change is null ? [write] : [write, new(TableTransactionActionType.Add, change.Row(partition))],
                    cancellationToken
                );
                return true;
            }
            catch (RequestFailedException raced) when (raced.Status is 404 or 409 or 412)
            {
                // What was there before is no longer true: read it again.
            }
        }
    }

    /// <summary>Removes the answers kept for repeated requests that are too old to be given.</summary>
    public async Task<int> RemoveOldAnswersAsync(string partition, DateTimeOffset before, CancellationToken cancellationToken)
    {
        var removed = 0;
        await foreach (
            var row in Table.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey gt {"answer-"} and RowKey lt {"answer."} and At lt {before}"),
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

    /// <summary>Whether a text can be the id of a setting: kebab-case, up to 40 characters.</summary>
    public static bool IsId(string text) =>
        text.Length is > 0 and <= 40 && text[0] != '-' && text[^1] != '-' && text.All(letter => letter is >= 'a' and <= 'z' or >= '0' and <= '9' or '-');

    private async Task<(IReadOnlyList<T> Items, bool More)> ReadPageAsync<T>(
        string partition,
        SettingKind<T> kind,
        string? after,
        int limit,
        CancellationToken cancellationToken
    )
        where T : class
    {
        var items = new List<T>();
        await foreach (
            var row in Table.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey gt {kind.Prefix + after} and RowKey lt {kind.End}"),
                limit == int.MaxValue ? null : limit + 1,
                cancellationToken: cancellationToken
            )
        )
        {
            if (items.Count == limit)
                return (items, true);
            items.Add(Read(row, kind));
        }

        return (items, false);
    }

    internal async Task<(T Value, TableEntity Row)?> ReadAsync<T>(string partition, SettingKind<T> kind, string id, CancellationToken cancellationToken)
        where T : class
    {
        if (!IsId(id))
            return null;
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(partition, kind.Prefix + id, cancellationToken: cancellationToken);
        return found.HasValue ? (Read(found.Value!, kind), found.Value!) : null;
    }

    /// <summary>The answer that the same request got before; null for a new one.</summary>
    public async Task<TAnswer?> ReplayAsync<TAnswer>(
        string partition,
        Idempotency idempotency,
        JsonTypeInfo<TAnswer> json,
        CancellationToken cancellationToken
    )
    {
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(partition, AnswerKey(idempotency), cancellationToken: cancellationToken);
        if (!found.HasValue || found.Value!.GetDateTimeOffset("At") <= time.GetUtcNow() - Idempotency.Kept)
            return default;
        idempotency.Replays(found.Value.GetString("Request"));
        // Answers of an earlier version lie in one column.
        var answer = found.Value.GetBinary("Answer") ?? Convert.FromBase64String(LongText.Read(found.Value, "Sealed"));
        return JsonSerializer.Deserialize(idempotency.Unseal(answer), json);
    }

    /// <summary>Writes rows in one transaction.</summary>
    internal async Task SubmitAsync(IEnumerable<TableTransactionAction> actions, CancellationToken cancellationToken)
    {
        await Table.SubmitTransactionAsync(actions, cancellationToken);
        Forget();
    }

    /// <summary>Forgets what is remembered, since this process has changed it.</summary>
    public void Forget()
    {
        _memory.Forget();
        _lists.Forget();
    }

    private static string AnswerKey(Idempotency idempotency) => $"answer-{idempotency.Name}";

    internal static TableEntity Row<T>(string partition, SettingKind<T> kind, T value)
        where T : class
    {
        var row = new TableEntity(partition, kind.Prefix + kind.IdOf(value));
        LongText.Write(row, "Value", JsonSerializer.Serialize(value, kind.Json));
        return row;
    }

    private static T Read<T>(TableEntity row, SettingKind<T> kind)
        where T : class =>
        JsonSerializer.Deserialize(LongText.Read(row, "Value"), kind.Json)
        ?? throw new InvalidDataException($"Setting {row.RowKey} of {row.PartitionKey} is empty.");
}
