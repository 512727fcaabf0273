using Helpdesk.Email;
using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Email;

/// <summary>What a workspace has set for its mails.</summary>
/// <param name="Wishes">What agents have said of how they want to be told.</param>
/// <param name="Mailboxes">The mailboxes, the oldest first.</param>
public sealed record MailSettingsOfWorkspace(MailSetting Setting, IReadOnlyList<AgentNotifications> Wishes, IReadOnlyList<Mailbox> Mailboxes);

/// <summary>How workspaces write mails, and how agents want to be told.</summary>
public sealed class MailSettings(SettingsStore settings)
{
    private const string Id = "mail";

    public static SettingKind<MailSetting> Kind { get; } = new("mail-", _ => Id, EmailJson.Default.MailSetting) { Audited = "mail-settings" };

    public static SettingKind<AgentNotifications> WishKind { get; } =
        new("notify-", wish => wish.Agent, EmailJson.Default.AgentNotifications) { Audited = "notifications" };

    /// <summary>All of it, read in one request and at most half a minute old.</summary>
    public async ValueTask<MailSettingsOfWorkspace> OfAsync(string workspace, CancellationToken cancellationToken)
    {
        var (set, wishes, mailboxes) = await settings.RememberAsync(workspace, Kind, WishKind, EmailKinds.Mailboxes, cancellationToken);
        return new(set is [var setting, ..] ? setting : new(), wishes, [.. mailboxes.OrderBy(mailbox => mailbox.CreatedAt)]);
    }

    /// <summary>The workspace's setting, or the standard one, as it is now.</summary>
    public async Task<MailSetting> FindAsync(string workspace, CancellationToken cancellationToken) =>
        await settings.ListAsync(workspace, Kind, cancellationToken) is [var setting, ..] ? setting : new();

    public Task PutAsync(string workspace, MailSetting setting, CancellationToken cancellationToken) =>
        settings.PutAsync(workspace, Kind, setting, cancellationToken);

    /// <summary>What an agent has said, as it is now.</summary>
    public async Task<AgentNotifications> WishOfAsync(string workspace, string agent, CancellationToken cancellationToken) =>
        await settings.FindAsync(workspace, WishKind, agent, cancellationToken) ?? new() { Agent = agent };

    public Task PutAsync(string workspace, AgentNotifications wish, CancellationToken cancellationToken) =>
        settings.PutAsync(workspace, WishKind, wish, cancellationToken);
}
