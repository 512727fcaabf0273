using Azure;
using Helpdesk.Email;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;

namespace Helpdesk.Functions.Email;

/// <summary>A mail of the desk itself that is written already, and about no ticket.</summary>
/// <param name="Key">Names it in its workspace: the same one to the same person at the same time is sent once.</param>
/// <param name="At">What it is of, and when it is due.</param>
/// <param name="Text">The plain text.</param>
/// <param name="Html">The HTML, framed or not.</param>
public sealed record WrittenMail(string Key, DateTimeOffset At, MailEvent Event, string Subject, string Text, string Html, string Language)
{
    /// <summary>Files that go with it; null for none.</summary>
    public IReadOnlyList<MadeFile>? Files { get; init; }
}

/// <summary>Has mails sent that the desk writes by itself.</summary>
public sealed class WrittenMails(
    DirectoryStore directory,
    MailSettings settings,
    OutgoingMails mails,
    DeskIdentity identity,
    PublicAddress site,
    MailOptions options,
    TimeProvider time
)
{
    /// <summary>Has a mail sent to somebody, once however often it is asked for.</summary>
    /// <param name="agent">Id of the agent whom it goes to; null for somebody else.</param>
    public async Task SendAsync(string workspace, WrittenMail written, string email, string? name, string? agent, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(written);
        var set = await settings.OfAsync(workspace, cancellationToken);
        var mailbox = set.Mailboxes.FirstOrDefault(one => one.Id == set.Setting.Mailbox) ?? (set.Mailboxes.Count > 0 ? set.Mailboxes[0] : null);
        var from = mailbox?.Address ?? options.Address ?? $"helpdesk@{new Uri(site.Url).Host}";
        var fromName = mailbox?.Name ?? (await directory.FindWorkspaceAsync(workspace, cancellationToken))?.Name ?? workspace;
        var mail = new Mail
        {
            Id = OutgoingMails.IdOf(workspace, $"{written.Key}/{agent ?? email.ToLowerInvariant()}", 0, written.At),
            Workspace = workspace,
            Event = written.Event,
            To = email,
            Name = name,
            Agent = agent,
            Automatic = true,
            At = written.At,
            State = MailState.Queued,
            Subject = written.Subject,
        };
        mail = mail with { MessageId = MailWriter.MessageIdOf(mail, from) };
        var content = new MailContent
        {
            From = from,
            FromName = MailTemplates.OneLine(fromName),
            Subject = MailTemplates.OneLine(written.Subject),
            MessageId = mail.MessageId,
            Headers = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["Auto-Submitted"] = "auto-generated",
                ["X-Auto-Response-Suppress"] = "All",
                [AutomaticMail.LoopHeader] = await identity.IdAsync(cancellationToken),
            },
            Text = written.Text,
            Html = written.Html,
            Made = written.Files,
            Language = written.Language,
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
}
