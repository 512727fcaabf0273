using Helpdesk.Functions.Settings;
using Helpdesk.Webhooks;

namespace Helpdesk.Functions.Webhooks;

/// <summary>Conditions of subscriptions name groups, agents, policies and calendars.</summary>
public sealed class WebhookNames(WebhookStore webhooks) : INamesSettings
{
    public async Task<SettingUse?> FindAsync(NamedSetting setting, CancellationToken cancellationToken) =>
        SettingUse.Of("webhooks", [.. (await NamingAsync(setting, cancellationToken)).Select(webhook => webhook.Id)]);

    public async Task MoveAsync(NamedSetting setting, string? successor, Actor by, SettingChanges changes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(setting);
        ArgumentNullException.ThrowIfNull(changes);
        if (successor is null)
            return;
        foreach (var webhook in await NamingAsync(setting, cancellationToken))
            changes.Put(WebhookStore.Kind, webhook with { Condition = webhook.Condition!.Renamed(setting.Kind, setting.Id, successor) });
    }

    private async Task<IReadOnlyList<Webhook>> NamingAsync(NamedSetting setting, CancellationToken cancellationToken) =>
        [
            .. (await webhooks.ListAsync(setting.Workspace, cancellationToken)).Where(webhook =>
                webhook.Condition?.Named(setting.Kind).Any(one => one.Id == setting.Id) == true
            ),
        ];
}
