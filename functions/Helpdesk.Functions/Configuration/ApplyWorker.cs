using System.Globalization;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Webhooks;

namespace Helpdesk.Functions.Configuration;

/// <summary>Writes what an apply has decided, or takes it back.</summary>
/// <remarks>
/// Each part is one transaction with a marker in it, so that whoever comes again sees which parts are written. A part that somebody else's change keeps from
/// being written turns the apply back: parts that were written get their earlier rows again, where nobody has changed them since, and the marker of each part
/// says so, so that nobody who comes late can still write it.
/// </remarks>
public sealed class ApplyWorker(
    StorageClients storage,
    ApplyStore applies,
    SettingsStore settings,
    WebhookStore webhooks,
    KeyRing keys,
    KeyedLocks locks,
    TimeProvider time
) : IWorker<ApplyMessage>
{
    private const string MarkerPrefix = "apply-";

    /// <summary>The column of the guard that names the part which was written last, until somebody else decides.</summary>
    private const string GuardedBy = "Apply";

    private TableClient Settings => storage.Table(SettingsStore.TableName);

    public async Task<bool> DoAsync(ApplyMessage message, bool lastTry, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        return await FinishAsync(message.Workspace, message.Apply, cancellationToken) is not null;
    }

    /// <summary>Brings an apply to its end; null when it is not committed.</summary>
    public async Task<ConfigurationApply?> FinishAsync(string workspace, string id, CancellationToken cancellationToken)
    {
        using var turn = await locks.TakeAsync($"configuration-apply/{workspace}/{id}", cancellationToken);
        for (var missed = 0; ; )
        {
            if (await applies.FindAsync(workspace, id, cancellationToken) is not var (apply, etag))
                return null;
            var journal = await applies.FindJournalAsync(apply, cancellationToken);
            if (!apply.IsActive)
            {
                if (journal is not null)
                    await TidyAsync(apply, journal, cancellationToken);
                await applies.CloseAsync(apply, cancellationToken);
                Forget(workspace);
                return apply;
            }

            if (journal is null)
            {
                // Somebody else has finished it since it was read.
                if (missed++ > 0)
                    throw new InvalidDataException($"What the apply {id} of {workspace} writes is gone.");
                continue;
            }

            var next =
                apply.State == ApplyState.TakingBack
                    ? await TakeBackAsync(apply, journal, cancellationToken)
                    : await WriteAsync(apply, journal, cancellationToken);
            await applies.TryWriteAsync(
                apply with
                {
                    State = next,
                    FinishedAt = next is ApplyState.Done or ApplyState.TakenBack ? time.GetUtcNow() : null,
                },
                etag,
                cancellationToken
            );
        }
    }

    private async Task<ApplyState> WriteAsync(ConfigurationApply apply, ApplyJournal journal, CancellationToken cancellationToken)
    {
        foreach (var (index, part) in journal.Parts.Index())
        {
            if (!await IsWrittenAsync(apply, index, part, journal.Guarded == part[0].Partition, cancellationToken))
                return ApplyState.TakingBack;
        }

        foreach (var row in journal.Others)
        {
            try
            {
                await storage.Table(row.Table).SubmitTransactionAsync([row.Action], cancellationToken);
            }
            catch (RequestFailedException raced) when (raced.Status is 404 or 409 or 412)
            {
                // It is written already, or somebody else has written it since: theirs is newer.
            }
        }

        foreach (var message in journal.Messages)
            await storage.Queue(message.Queue).SendMessageAsync(message.Text, message.Delay, TimeSpan.FromSeconds(-1), cancellationToken);
        return ApplyState.Done;
    }

    /// <summary>Writes a part that is not written yet; false when somebody else's change is in its way.</summary>
    /// <param name="isGuarded">Whether settings of its partition are decided under a guard: nobody may have decided any since the part before.</param>
    private async Task<bool> IsWrittenAsync(
        ConfigurationApply apply,
        int index,
        IReadOnlyList<JournalRow> part,
        bool isGuarded,
        CancellationToken cancellationToken
    )
    {
        var marker = Marker(apply, index, part, isUndone: false);
        if (await FindAsync(marker, cancellationToken) is { } there)
            return there.GetBoolean("Undone") != true;
        var actions = part.Where(row => !isGuarded || row.Key != SettingChanges.GuardKey).Select(row => row.Action).ToList();
        if (isGuarded)
        {
            var guard = new TableEntity(part[0].Partition, SettingChanges.GuardKey) { [GuardedBy] = marker.RowKey };
            if (part.FirstOrDefault(row => row.Key == SettingChanges.GuardKey) is { } first)
                actions.Add(
                    first.Read is { } read ? new(TableTransactionActionType.UpdateReplace, guard, new ETag(read)) : new(TableTransactionActionType.Add, guard)
                );
            else if (await FindAsync(guard, cancellationToken) is { } current && current.GetString(GuardedBy) == MarkerKey(apply, index - 1))
                actions.Add(new(TableTransactionActionType.UpdateReplace, guard, current.ETag));
            else
                return await FindAsync(marker, cancellationToken) is { } late && late.GetBoolean("Undone") != true;
        }

        try
        {
            await Settings.SubmitTransactionAsync([new(TableTransactionActionType.Add, marker), .. actions], cancellationToken);
            return true;
        }
        // What storage refuses for good is refused again each time: it is taken back as well.
        catch (RequestFailedException raced) when (raced.Status is >= 400 and < 500 and not (401 or 403 or 408 or 429))
        {
            // Or this very part was written in between, by somebody who works on the same apply.
            return await FindAsync(marker, cancellationToken) is { } meanwhile && meanwhile.GetBoolean("Undone") != true;
        }
    }

    private async Task<ApplyState> TakeBackAsync(ConfigurationApply apply, ApplyJournal journal, CancellationToken cancellationToken)
    {
        foreach (var (index, part) in journal.Parts.Index().Reverse())
        {
            while (!await TryTakeBackAsync(apply, index, part, journal.Guarded == part[0].Partition, cancellationToken)) { }
        }

        return ApplyState.TakenBack;
    }

    private async Task<bool> TryTakeBackAsync(
        ConfigurationApply apply,
        int index,
        IReadOnlyList<JournalRow> part,
        bool isGuarded,
        CancellationToken cancellationToken
    )
    {
        var undone = Marker(apply, index, part, isUndone: true);
        var marker = await FindAsync(undone, cancellationToken);
        if (marker?.GetBoolean("Undone") == true)
            return true;
        List<TableTransactionAction> actions =
        [
            marker is null ? new(TableTransactionActionType.Add, undone) : new(TableTransactionActionType.UpdateReplace, undone, marker.ETag),
        ];
        if (marker is not null)
        {
            foreach (var row in part.Where(row => row.Key != SettingChanges.GuardKey))
            {
                if (await BackAsync(row, cancellationToken) is { } action)
                    actions.Add(action);
            }

            // Whoever has decided by what is taken back decides again.
            if (isGuarded)
                actions.Add(new(TableTransactionActionType.UpsertReplace, new TableEntity(part[0].Partition, SettingChanges.GuardKey)));
        }

        try
        {
            await Settings.SubmitTransactionAsync(actions, cancellationToken);
            return true;
        }
        catch (RequestFailedException raced) when (raced.Status is 404 or 409 or 412)
        {
            return false;
        }
    }

    /// <summary>Puts a row back as it was; null where somebody has changed it since, or it is back already.</summary>
    private async Task<TableTransactionAction?> BackAsync(JournalRow row, CancellationToken cancellationToken)
    {
        var found = await Settings.GetEntityIfExistsAsync<TableEntity>(row.Partition, row.Key, cancellationToken: cancellationToken);
        if (row.RowAfter is not { } written)
            return found.HasValue ? null : new(TableTransactionActionType.Add, row.RowBefore!);
        if (!found.HasValue || !DraftRow.AreSame(found.Value!, written))
            return null;
        return row.RowBefore is { } before
            ? new(TableTransactionActionType.UpdateReplace, before, found.Value!.ETag)
            : new(TableTransactionActionType.Delete, new TableEntity(row.Partition, row.Key), found.Value!.ETag);
    }

    /// <summary>Forgets which parts are written. That one was taken back stays known: somebody who works on the same apply may come late.</summary>
    private async Task TidyAsync(ConfigurationApply apply, ApplyJournal journal, CancellationToken cancellationToken)
    {
        if (apply.State != ApplyState.Done)
            return;
        foreach (var (index, part) in journal.Parts.Index())
        {
            var marker = Marker(apply, index, part, isUndone: false);
            await Settings.DeleteEntityAsync(marker.PartitionKey, marker.RowKey, ETag.All, cancellationToken);
        }
    }

    /// <summary>Forgets what was taken back before an instant.</summary>
    public async Task ForgetTakenBackAsync(string workspace, DateTimeOffset before, CancellationToken cancellationToken)
    {
        var oldest = MarkerPrefix + ApplyStore.OldestId(before);
        foreach (var partition in new[] { workspace, DirectoryStore.AllWorkspaces })
        {
            var filter = TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey gt {oldest} and RowKey lt {MarkerPrefix + "~"}");
            await foreach (var row in Settings.QueryAsync<TableEntity>(filter, select: ["PartitionKey", "RowKey"], cancellationToken: cancellationToken))
                await Settings.DeleteEntityAsync(row.PartitionKey, row.RowKey, ETag.All, cancellationToken);
        }
    }

    private async Task<TableEntity?> FindAsync(TableEntity row, CancellationToken cancellationToken)
    {
        var found = await Settings.GetEntityIfExistsAsync<TableEntity>(row.PartitionKey, row.RowKey, cancellationToken: cancellationToken);
        return found.HasValue ? found.Value : null;
    }

    private static TableEntity Marker(ConfigurationApply apply, int index, IReadOnlyList<JournalRow> part, bool isUndone) =>
        new(part[0].Partition, MarkerKey(apply, index)) { ["Undone"] = isUndone };

    private static string MarkerKey(ConfigurationApply apply, int index) =>
        string.Create(CultureInfo.InvariantCulture, $"{MarkerPrefix}{apply.Id}-{index:D4}");

    /// <summary>Forgets what this process remembers of the workspace.</summary>
    private void Forget(string workspace)
    {
        settings.Forget();
        webhooks.Added(workspace);
        keys.Forget();
    }
}

/// <summary>Finishes applies whose process has died.</summary>
public sealed class WorkConfigurationApplies(WorkRunner<ApplyMessage> work)
{
    [Function(nameof(WorkConfigurationApplies))]
    public Task Run([QueueTrigger(ApplyMessage.QueueName)] ApplyMessage message, int dequeueCount, CancellationToken cancellationToken) =>
        work.ReceiveAsync(message, dequeueCount, cancellationToken);
}

/// <summary>Finds applies again whose message is lost, and what is left of those that were never committed.</summary>
public sealed class LostApplies(ApplyStore applies, WorkQueue<ApplyMessage> queue, TimeProvider time) : IRegularWork
{
    /// <summary>An apply that is open for so long has been left.</summary>
    public static TimeSpan After { get; } = TimeSpan.FromMinutes(15);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        foreach (var open in await applies.ListOpenAsync(now - After, cancellationToken))
        {
            if (await applies.FindAsync(open.Workspace, open.Id, cancellationToken) is var (apply, _) && apply.Journal == open.Journal)
                await queue.SendAsync(new(open.Workspace, open.Id, now), TimeSpan.Zero, cancellationToken);
            else
                await applies.CloseAsync(open, cancellationToken);
        }
    }
}

/// <summary>Forgets applies of long ago.</summary>
public sealed class TidyApplies(ApplyStore applies, ApplyWorker worker, TimeProvider time) : INightlyWork
{
    public async Task TidyAsync(string workspace, CancellationToken cancellationToken)
    {
        await applies.RemoveOldAsync(workspace, time.GetUtcNow(), cancellationToken);
        await worker.ForgetTakenBackAsync(workspace, time.GetUtcNow() - TimeSpan.FromDays(1), cancellationToken);
    }
}
