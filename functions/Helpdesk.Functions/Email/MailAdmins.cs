using System.Net;
using Helpdesk.Email;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Email;

/// <summary>Mails the admins of a workspace, who are the agents that hold an admin key; where there is none, the first admin of the desk.</summary>
public sealed class MailAdmins(SettingsStore settings, WrittenMails mails)
{
    /// <summary>As many are told at the most.</summary>
    private const int Most = 20;

    public async Task TellAsync(string workspace, AdminNotice notice, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(notice);
        var paragraphs = notice
            .Text.ReplaceLineEndings("\n")
            .Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
            .Select(paragraph => $"<p>{WebUtility.HtmlEncode(paragraph).Replace("\n", "<br>", StringComparison.Ordinal)}</p>\n");
        // The same notice has the same day, and so the same id, however often it is given.
        var written = new WrittenMail($"notice/{notice.Key}", notice.At, MailEvent.Notice, notice.Subject, notice.Text, string.Concat(paragraphs), "en");
        foreach (var admin in await AdminsAsync(workspace, cancellationToken))
            await mails.SendAsync(workspace, written, admin.Email, admin.Name, admin.Id, cancellationToken);
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
