using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Email;

/// <summary>Mailboxes name the group that gets their tickets.</summary>
public sealed class MailboxNames(SettingsStore settings) : INamesSettings
{
    public async Task<SettingUse?> FindAsync(NamedSetting setting, CancellationToken cancellationToken) =>
        SettingUse.Of("mailboxes", [.. (await NamingAsync(setting, cancellationToken)).Select(mailbox => mailbox.Id)]);

    public async Task MoveAsync(NamedSetting setting, string? successor, Actor by, SettingChanges changes, CancellationToken cancellationToken)
    {
        if (successor is null)
            return;
        foreach (var mailbox in await NamingAsync(setting, cancellationToken))
            changes.Put(EmailKinds.Mailboxes, mailbox with { Group = successor });
    }

    private async Task<IReadOnlyList<Helpdesk.Email.Mailbox>> NamingAsync(NamedSetting setting, CancellationToken cancellationToken) =>
        setting.Kind == NamedKind.Group
            ? [.. (await settings.ListAsync(setting.Workspace, EmailKinds.Mailboxes, cancellationToken)).Where(one => one.Group == setting.Id)]
            : [];
}
