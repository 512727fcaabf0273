using Helpdesk.Functions.Hosting;

namespace Helpdesk.Functions.Webhooks;

/// <summary>Removes deliveries that are older than 30 days, and forgets subscriptions that are gone once nothing of theirs is left.</summary>
public sealed class TidyWebhooks(WebhookStore webhooks, WebhookDeliveries deliveries, TimeProvider time) : INightlyWork
{
    /// <summary>How long a delivery is kept.</summary>
    public static TimeSpan Kept { get; } = TimeSpan.FromDays(30);

    /// <summary>As many are removed in one night at the most: what is left, the next one finds.</summary>
    private const int AtOnce = 20_000;

    public async Task TidyAsync(string workspace, CancellationToken cancellationToken)
    {
        var (now, left) = (time.GetUtcNow(), AtOnce);
        var there = (await webhooks.ListAsync(workspace, cancellationToken)).Select(webhook => webhook.Id).ToList();
        foreach (var id in there)
            left -= await deliveries.RemoveBeforeAsync(workspace, id, now - Kept, left, cancellationToken);
        foreach (var id in (await deliveries.ReadRemovedAsync(workspace, cancellationToken)).Except(there, StringComparer.Ordinal))
        {
            left -= await deliveries.RemoveBeforeAsync(workspace, id, now - Kept, left, cancellationToken);
            if ((await deliveries.ReadAsync(workspace, id, "", 1, cancellationToken)).Count == 0)
                await deliveries.ForgetRemovedAsync(workspace, id, cancellationToken);
        }
    }
}
