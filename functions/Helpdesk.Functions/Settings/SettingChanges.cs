using System.Security.Cryptography;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Settings;

/// <summary>Settings that others name have changed meanwhile: what was decided by them has to be decided again.</summary>
public sealed class SettingsMovedException(Exception inner) : Exception("Settings of this workspace have changed meanwhile.", inner);

/// <summary>Writes to the settings of a workspace that stand or fall together, and with what they were decided by.</summary>
public sealed class SettingChanges(TableClient table, SettingsStore settings, string partition, ETag guard, TimeProvider time)
{
    /// <summary>A transaction holds 100 rows, and one of them is the guard's.</summary>
    private const int TransactionLimit = 99;
    internal const string GuardKey = "guard";

    private readonly Dictionary<string, Write> _writes = new(StringComparer.Ordinal);
    private readonly List<Func<CancellationToken, Task>> _afterwards = [];
    private ETag _guard = guard;

    /// <summary>Writes a setting, whether it is there or not.</summary>
    public void Put<T>(SettingKind<T> kind, T value)
        where T : class
    {
        var row = SettingsStore.Row(partition, kind, value);
        _writes[row.RowKey] = Writes(kind, kind.IdOf(value), row);
    }

    /// <summary>Removes a setting that is there.</summary>
    public void Remove<T>(SettingKind<T> kind, string id)
        where T : class => _writes[kind.Prefix + id] = Writes(kind, id, null);

    /// <summary>Does something once everything is written. It may never come to it: whatever has to happen needs a message sent before.</summary>
    public void Afterwards(Func<CancellationToken, Task> act) => _afterwards.Add(act);

    /// <summary>Writes everything, and <paramref name="more"/> with it.</summary>
    /// <exception cref="SettingsMovedException">Somebody else has changed such settings since they were read.</exception>
    internal async Task CommitAsync(IReadOnlyList<TableTransactionAction> more, CancellationToken cancellationToken)
    {
        var (transaction, own, done) = (new List<TableTransactionAction>(), 0, 0);
        foreach (var write in _writes.Values.OrderBy(write => write.Row is null).ToList())
        {
            var actions = await ActionsAsync(write, cancellationToken);
            await MakeRoomAsync(actions.Count);
            transaction.AddRange(actions);
            own = transaction.Count;
        }

        _writes.Clear();
        foreach (var action in more)
        {
            await MakeRoomAsync(1);
            transaction.Add(action);
        }

        await MakeRoomAsync(TransactionLimit);
        if (done > 0)
            settings.Forget();
        foreach (var act in _afterwards)
            await act(cancellationToken);
        _afterwards.Clear();

        async Task MakeRoomAsync(int count)
        {
            if (transaction.Count == 0 || transaction.Count + count <= TransactionLimit)
                return;
            await SubmitAsync(transaction, own, cancellationToken);
            done += transaction.Count;
            (transaction, own) = ([], 0);
        }
    }

    /// <param name="own">How many actions of the beginning are changes decided here: they do not conflict unless somebody else has been there.</param>
    private async Task SubmitAsync(IReadOnlyList<TableTransactionAction> actions, int own, CancellationToken cancellationToken)
    {
        var row = new TableEntity(partition, GuardKey);
        try
        {
            var written = await table.SubmitTransactionAsync([.. actions, new(TableTransactionActionType.UpdateReplace, row, _guard)], cancellationToken);
            _guard = written.Value[^1].Headers.ETag!.Value;
        }
        catch (RequestFailedException moved)
            when (moved.Status is 412 or 404 || (moved is TableTransactionFailedException { Status: 409, FailedTransactionActionIndex: var at } && at < own))
        {
            throw new SettingsMovedException(moved);
        }
    }

    /// <summary>A write, under what it was before where a record tells that.</summary>
    private async Task<IReadOnlyList<TableTransactionAction>> ActionsAsync(Write write, CancellationToken cancellationToken)
    {
        if (write.Record is not { } record)
            return
            [
                write.Row is { } put
                    ? new(TableTransactionActionType.UpsertReplace, put)
                    : new(TableTransactionActionType.Delete, new TableEntity(partition, write.Key), ETag.All),
            ];
        var found = await table.GetEntityIfExistsAsync<TableEntity>(partition, write.Key, cancellationToken: cancellationToken);
        var before = found.HasValue ? found.Value! : null;
        var action =
            write.Row is null ? new(TableTransactionActionType.Delete, new TableEntity(partition, write.Key), before?.ETag ?? ETag.All)
            : before is null ? new(TableTransactionActionType.Add, write.Row)
            : new TableTransactionAction(TableTransactionActionType.UpdateReplace, write.Row, before.ETag);
        return record(before) is { } change ? [action, new(TableTransactionActionType.Add, change.Row(partition))] : [action];
    }

    private Write Writes<T>(SettingKind<T> kind, string id, TableEntity? row)
        where T : class =>
        new(kind.Prefix + id, row, kind.Audited is null ? null : before => SettingChange.Of(kind, id, Acting.By, time.GetUtcNow(), before, row));

    /// <param name="Row">Null to remove it.</param>
    /// <param name="Record">What the record of changes says, given the row before; null for a setting that is not recorded.</param>
    private sealed record Write(string Key, TableEntity? Row, Func<TableEntity?, SettingChange?>? Record);
}

/// <summary>
/// Lets settings that name each other change one after the other, whoever changes them: all of them are decided under one row of the workspace, which every
/// such change writes.
/// </summary>
public sealed class SettingsTransactions(StorageClients storage, SettingsStore settings, TimeProvider time)
{
    private TableClient Table => storage.Table(SettingsStore.TableName);

    /// <summary>Decides by the settings as they are now, and writes; decides again when somebody else was faster.</summary>
    public async Task<T> RunAsync<T>(string partition, Func<SettingChanges, Task<T>> decide, CancellationToken cancellationToken)
    {
        while (true)
        {
            var changes = new SettingChanges(Table, settings, partition, await GuardAsync(partition, cancellationToken), time);
            try
            {
                var result = await decide(changes);
                await changes.CommitAsync([], cancellationToken);
                return result;
            }
            catch (SettingsMovedException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32(5, 50)), TimeProvider.System, cancellationToken);
            }
        }
    }

    private async Task<ETag> GuardAsync(string partition, CancellationToken cancellationToken)
    {
        while (true)
        {
            var found = await Table.GetEntityIfExistsAsync<TableEntity>(partition, SettingChanges.GuardKey, cancellationToken: cancellationToken);
            if (found.HasValue)
                return found.Value!.ETag;
            try
            {
                var made = await Table.AddEntityAsync(new TableEntity(partition, SettingChanges.GuardKey), cancellationToken);
                return made.Headers.ETag!.Value;
            }
            catch (RequestFailedException there) when (there.Status == 409)
            {
                // Somebody else has just made it.
            }
        }
    }
}
