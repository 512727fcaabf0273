using Helpdesk.Conditions;
using Helpdesk.Functions.Conditions;
using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Webhooks;

/// <summary>The conditions of subscriptions, which may name people.</summary>
public sealed class WebhookConditions(WebhookStore webhooks) : IHasConditions
{
    public async Task<int> RewriteAsync(string workspace, Func<Condition, Condition> rewrite, SettingChanges changes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(rewrite);
        ArgumentNullException.ThrowIfNull(changes);
        var count = 0;
        foreach (var webhook in await webhooks.ListAsync(workspace, cancellationToken))
        {
            if (webhook.Condition is not { } condition || rewrite(condition) is not { } rewritten || rewritten.ToString() == condition.ToString())
                continue;
            changes.Put(WebhookStore.Kind, webhook with { Condition = rewritten });
            count++;
        }

        return count;
    }

    public async Task<int> RewriteNamesAsync(string workspace, Func<string, string> rewrite, SettingChanges changes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(rewrite);
        ArgumentNullException.ThrowIfNull(changes);
        var count = 0;
        foreach (var webhook in await webhooks.ListAsync(workspace, cancellationToken))
        {
            if (webhook.Name is not { } name || rewrite(name) is not { } called || called == name)
                continue;
            changes.Put(WebhookStore.Kind, webhook with { Name = called });
            count++;
        }

        return count;
    }
}
