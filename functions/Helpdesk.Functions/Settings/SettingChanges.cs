using System.Security.Cryptography;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Settings;

/// <summary>Settings that others name have changed meanwhile: what was decided by them has to be decided again.</summary>
public sealed class SettingsMovedException(Exception inner) : Exception("Settings of this workspace have changed meanwhile.", inner);

/// <summary>Writes to the settings of a workspace that stand or fall together, and with what they were decided by.</summary>
public sealed class SettingChanges(TableClient table, SettingsStore settings, string partition, ETag guard)
{
    /// <summary>A transaction holds 100 rows, and one of them is the guard's.</summary>
    private const int TransactionLimit = 99;
    internal const string GuardKey = "guard";

    private readonly Dictionary<string, TableTransactionAction> _writes = new(StringComparer.Ordinal);
    private readonly List<Func<CancellationToken, Task>> _afterwards = [];
    private ETag _guard = guard;

    /// <summary>Writes a setting, whether it is there or not.</summary>
    public void Put<T>(SettingKind<T> kind, T value)
        where T : class
    {
        var row = SettingsStore.Row(partition, kind, value);
        _writes[row.RowKey] = new(TableTransactionActionType.UpsertReplace, row);
    }

    /// <summary>Removes a setting that is there.</summary>
    public void Remove<T>(SettingKind<T> kind, string id)
        where T : class => _writes[kind.Prefix + id] = new(TableTransactionActionType.Delete, new TableEntity(partition, kind.Prefix + id), ETag.All);

    /// <summary>Does something once everything is written. It may never come to it: whatever has to happen needs a message sent before.</summary>
    public void Afterwards(Func<CancellationToken, Task> act) => _afterwards.Add(act);

    /// <summary>Writes everything, and <paramref name="more"/> with it.</summary>
    /// <exception cref="SettingsMovedException">Somebody else has changed such settings since they were read.</exception>
    internal async Task CommitAsync(IReadOnlyList<TableTransactionAction> more, CancellationToken cancellationToken)
    {
        List<TableTransactionAction> actions = [.. _writes.Values.OrderBy(write => write.ActionType == TableTransactionActionType.Delete), .. more];
        _writes.Clear();
        foreach (var chunk in actions.Chunk(TransactionLimit))
        {
            var row = new TableEntity(partition, GuardKey);
            try
            {
                var written = await table.SubmitTransactionAsync([.. chunk, new(TableTransactionActionType.UpdateReplace, row, _guard)], cancellationToken);
                _guard = written.Value[^1].Headers.ETag!.Value;
            }
            catch (RequestFailedException moved) when (moved.Status is 412 or 404)
            {
                throw new SettingsMovedException(moved);
            }
        }

        if (actions.Count > 0)
            settings.Forget();
        foreach (var act in _afterwards)
            await act(cancellationToken);
        _afterwards.Clear();
    }
}

/// <summary>
/// Lets settings that name each other change one after the other, whoever changes them: all of them are decided under one row of the workspace, which every
/// such change writes.
/// </summary>
public sealed class SettingsTransactions(StorageClients storage, SettingsStore settings)
{
    private TableClient Table => storage.Table(SettingsStore.TableName);

    /// <summary>Decides by the settings as they are now, and writes; decides again when somebody else was faster.</summary>
    public async Task<T> RunAsync<T>(string partition, Func<SettingChanges, Task<T>> decide, CancellationToken cancellationToken)
    {
        while (true)
        {
            var changes = new SettingChanges(Table, settings, partition, await GuardAsync(partition, cancellationToken));
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
