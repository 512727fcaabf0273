using System.Collections.Concurrent;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Storage;
using Helpdesk.Webhooks;

namespace Helpdesk.Functions.Webhooks;

/// <summary>That a subscription has been failing, without a delivery in between that worked.</summary>
/// <param name="Error">Why the last try failed.</param>
public sealed record FailingWebhook(DateTimeOffset Since, DateTimeOffset LastAt, string Error);

/// <summary>Knows which subscriptions fail, and switches off those that fail for too long.</summary>
public sealed partial class WebhookHealth(
    StorageClients storage,
    SettingsTransactions transactions,
    WebhookStore webhooks,
    TellAdmins tellAdmins,
    TimeProvider time,
    ILogger<WebhookHealth> logger
)
{
    /// <summary>A subscription that was found well is not looked up again for that long.</summary>
    private static readonly TimeSpan Trusted = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _well = new(StringComparer.Ordinal);

    private TableClient Table => storage.Table(WebhookDeliveries.TableName);

    /// <summary>Since when a subscription has been failing; null for one that works.</summary>
    public async Task<FailingWebhook?> FindAsync(string workspace, string webhook, CancellationToken cancellationToken)
    {
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(Partition(workspace), webhook, cancellationToken: cancellationToken);
        return found.HasValue ? Read(found.Value!) : null;
    }

    /// <summary>Those subscriptions of a workspace that have been failing.</summary>
    public async Task<IReadOnlyDictionary<string, FailingWebhook>> ReadAsync(string workspace, CancellationToken cancellationToken)
    {
        var failing = new Dictionary<string, FailingWebhook>(StringComparer.Ordinal);
        await foreach (
            var row in Table.QueryAsync<TableEntity>(TableClient.CreateQueryFilter($"PartitionKey eq {Partition(workspace)}"), null, null, cancellationToken)
        )
            failing[row.RowKey] = Read(row);
        return failing;
    }

    /// <summary>Notes that a subscription works.</summary>
    public async Task WorksAsync(string workspace, string webhook, CancellationToken cancellationToken)
    {
        var key = $"{workspace}/{webhook}";
        if (_well.TryGetValue(key, out var until) && until > time.GetUtcNow())
            return;
        if (await FindAsync(workspace, webhook, cancellationToken) is not null)
            await ForgetAsync(workspace, webhook, cancellationToken);
        _well[key] = time.GetUtcNow() + Trusted;
    }

    /// <summary>Notes that a try failed; a subscription that has failed for too long is switched off.</summary>
    /// <returns>Whether it is off now.</returns>
    public async Task<bool> FailsAsync(string workspace, string webhook, string error, CancellationToken cancellationToken)
    {
        _well.TryRemove($"{workspace}/{webhook}", out _);
        var now = time.GetUtcNow();
        var since = (await FindAsync(workspace, webhook, cancellationToken))?.Since ?? now;
        await Table.UpsertEntityAsync(Row(workspace, webhook, new(since, now, error)), TableUpdateMode.Replace, cancellationToken);
        if (now - since < WebhookRetries.SwitchedOffAfter)
            return false;
        await SwitchOffAsync(workspace, webhook, $"Every delivery has failed for three days. The last time: {error}", cancellationToken);
        return true;
    }

    /// <summary>Switches a subscription off, and tells the admins of the workspace. One that is off stays as it is.</summary>
    public async Task SwitchOffAsync(string workspace, string id, string reason, CancellationToken cancellationToken)
    {
        var off = new WebhookOff(time.GetUtcNow(), reason);
        var switched = await transactions.RunAsync(
            workspace,
            async changes =>
            {
                if ((await webhooks.ListAsync(workspace, cancellationToken)).FirstOrDefault(one => one.Id == id) is not { Active: true } webhook)
                    return null;
                var with = webhook with { Active = false, Off = off };
                changes.Put(WebhookStore.Kind, with);
                return with;
            },
            cancellationToken
        );
        if (switched is null)
            return;
        Log.SwitchedOff(logger, id, workspace);
        await tellAdmins(
            workspace,
            new(
                $"webhook-off/{id}/{off.At.ToUnixTimeMilliseconds()}",
                $"The webhook \"{switched.Name ?? id}\" was switched off",
                $"""
                The desk no longer sends ticket events to {new Uri(switched.Url).Host} (subscription "{id}").

                {reason}

                Once the receiver works again, set "active": true by PATCH /api/webhooks/{id}. What could not be delivered can be replayed:
                GET /api/webhooks/{id}/deliveries?state=failed lists it.
                """
            ),
            cancellationToken
        );
    }

    /// <summary>Forgets that a subscription failed.</summary>
    public Task ForgetAsync(string workspace, string webhook, CancellationToken cancellationToken) =>
        Table.DeleteEntityAsync(Partition(workspace), webhook, ETag.All, cancellationToken);

    internal static TableEntity Row(string workspace, string webhook, FailingWebhook failing) =>
        new(Partition(workspace), webhook)
        {
            ["Since"] = failing.Since,
            ["LastAt"] = failing.LastAt,
            ["Error"] = failing.Error,
        };

    internal static FailingWebhook Read(TableEntity row) =>
        new(row.GetDateTimeOffset("Since")!.Value, row.GetDateTimeOffset("LastAt")!.Value, row.GetString("Error"));

    private static string Partition(string workspace) => $"{workspace}:failing";

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "Webhook {Webhook} of workspace {Workspace} was switched off")]
        public static partial void SwitchedOff(ILogger logger, string webhook, string workspace);
    }
}
