using System.Net;
using Azure;
using Helpdesk.Email;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Email;

/// <summary>Mails the admins of a workspace, who are the agents that hold an admin key; where there is none, the first admin of the desk.</summary>
public sealed class MailAdmins(
    SettingsStore settings,
    DirectoryStore directory,
    MailSettings mailSettings,
    OutgoingMails mails,
    DeskIdentity identity,
    PublicAddress site,
    MailOptions options,
    TimeProvider time
)
{
    /// <summary>As many are told at the most.</summary>
    private const int Most = 20;

    public async Task TellAsync(string workspace, AdminNotice notice, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(notice);
        var set = await mailSettings.OfAsync(workspace, cancellationToken);
        var mailbox = set.Mailboxes.FirstOrDefault(one => one.Id == set.Setting.Mailbox) ?? (set.Mailboxes.Count > 0 ? set.Mailboxes[0] : null);
        var from = mailbox?.Address ?? options.Address ?? $"helpdesk@{new Uri(site.Url).Host}";
        var name = mailbox?.Name ?? (await directory.FindWorkspaceAsync(workspace, cancellationToken))?.Name ?? workspace;
        foreach (var admin in await AdminsAsync(workspace, cancellationToken))
            await TellAsync(workspace, notice, admin, from, name, cancellationToken);
    }

    private async Task TellAsync(string workspace, AdminNotice notice, Agent admin, string from, string name, CancellationToken cancellationToken)
    {
        // The same notice has the same day, and so the same id, however often it is given.
        var mail = new Mail
        {
            Id = OutgoingMails.IdOf(workspace, $"notice/{notice.Key}/{admin.Id}", 0, notice.At),
            Workspace = workspace,
            Event = MailEvent.Notice,
            To = admin.Email,
            Name = admin.Name,
            Agent = admin.Id,
            Automatic = true,
            At = notice.At,
            State = MailState.Queued,
            Subject = notice.Subject,
        };
        mail = mail with { MessageId = MailWriter.MessageIdOf(mail, from) };
        var content = new MailContent
        {
            From = from,
            FromName = MailTemplates.OneLine(name),
            Subject = notice.Subject,
            MessageId = mail.MessageId,
            Headers = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["Auto-Submitted"] = "auto-generated",
                ["X-Auto-Response-Suppress"] = "All",
                [AutomaticMail.LoopHeader] = await identity.IdAsync(cancellationToken),
            },
            Text = notice.Text,
            Html = string.Concat(
                notice
                    .Text.ReplaceLineEndings("\n")
                    .Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
                    .Select(paragraph => $"<p>{WebUtility.HtmlEncode(paragraph).Replace("\n", "<br>", StringComparison.Ordinal)}</p>\n")
            ),
            Language = "en",
            Date = time.GetUtcNow(),
        };
        try
        {
            await mails.AddWrittenAsync(mail, content, cancellationToken);
        }
        catch (RequestFailedException told) when (told.Status == 409)
        {
            // It was written before; its message sees to the rest.
        }
    }

    private async Task<IReadOnlyList<Agent>> AdminsAsync(string workspace, CancellationToken cancellationToken)
    {
        var admins = (await settings.ListAsync(workspace, DirectoryKinds.Keys, cancellationToken))
            .Where(key => key.Role == KeyRole.Admin)
            .Select(key => key.Agent)
            .ToHashSet(StringComparer.Ordinal);
        var agents = (await settings.ListAsync(workspace, DirectoryKinds.Agents, cancellationToken))
            .Where(agent => agent.Active && admins.Contains(agent.Id))
            .Take(Most)
            .ToList();
        return agents.Count > 0 || workspace != DirectoryStore.HomeWorkspace ? agents : [DirectoryStore.FirstAdmin];
    }
}
