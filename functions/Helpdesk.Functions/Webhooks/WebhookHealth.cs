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
        await SwitchOffAsync(
            workspace,
            webhook,
            since + WebhookRetries.SwitchedOffAfter,
            $"Every delivery has failed for three days. The last time: {error}",
            cancellationToken
        );
        return true;
    }

    /// <summary>Switches a subscription off, and tells the admins of the workspace. One that is off stays as it is.</summary>
    /// <param name="at">When there was reason to: it tells this time from others, so that nobody is told twice.</param>
    public async Task SwitchOffAsync(string workspace, string id, DateTimeOffset at, string reason, CancellationToken cancellationToken)
    {
        if ((await webhooks.ListAsync(workspace, cancellationToken)).FirstOrDefault(one => one.Id == id) is not { Active: true } webhook)
            return;
        // First, so that nobody stays untold whatever dies: until it is off, each failure comes here again.
        await tellAdmins(
            workspace,
            new(
                $"webhook-off/{id}",
                $"The webhook \"{webhook.Name ?? id}\" was switched off",
                $"""
                The desk sends no more ticket events to {new Uri(webhook.Url).Host} (webhook "{id}").

                {reason}

                Once the receiver works again, switch the webhook on: PATCH /api/webhooks/{id} with "active": true. What was not delivered is
                listed by GET /api/webhooks/{id}/deliveries?state=failed and can be replayed.
                """,
                at
            ),
            cancellationToken
        );
        var off = new WebhookOff(time.GetUtcNow(), reason);
        var switched = await transactions.RunAsync(
            workspace,
            async changes =>
            {
                if ((await webhooks.ListAsync(workspace, cancellationToken)).FirstOrDefault(one => one.Id == id) is not { Active: true } now)
                    return false;
                changes.Put(WebhookStore.Kind, now with { Active = false, Off = off });
                return true;
            },
            cancellationToken
        );
        if (switched)
            Log.SwitchedOff(logger, id, workspace);
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
