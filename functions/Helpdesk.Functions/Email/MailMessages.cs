using Helpdesk.Email;
using MimeKit;
using MimeKit.Utils;

namespace Helpdesk.Functions.Email;

/// <summary>Builds mails as MIME. The library encodes whatever stands in a header; no text can begin one of its own.</summary>
public static class MailMessages
{
    public static MimeMessage Of(Mail mail, MailContent content, IReadOnlyList<SentFile> files)
    {
        var message = new MimeMessage();
        message.From.Add(new MailboxAddress(content.FromName, content.From));
        message.To.Add(new MailboxAddress(mail.Name is null ? null : MailTemplates.OneLine(mail.Name), mail.To));
        if (content.ReplyTo is { } replyTo)
            message.ReplyTo.Add(new MailboxAddress(content.FromName, replyTo));
        message.Subject = MailTemplates.OneLine(content.Subject);
        message.MessageId = content.MessageId;
        message.Date = content.Date;
        foreach (var (name, value) in content.Headers)
            SetHeader(message, name, MailTemplates.Bare(value));
        var body = new BodyBuilder { TextBody = content.Text, HtmlBody = content.Html };
        foreach (var file in files)
            Add(body, file);
        message.Body = body.ToMessageBody();
        return message;
    }

    private static void SetHeader(MimeMessage message, string name, string value)
    {
        switch (name)
        {
            case "In-Reply-To":
                message.InReplyTo = value.Trim('<', '>');
                break;
            case "References":
                message.References.AddRange(MimeUtils.EnumerateReferences(value));
                break;
            default:
                message.Headers.Replace(name, value);
                break;
        }
    }

    private static void Add(BodyBuilder body, SentFile file)
    {
        var type = ContentType.TryParse(file.ContentType, out var known) ? known : new ContentType("application", "octet-stream");
        var name = MailTemplates.OneLine(file.Name);
        if (file.ContentId is { } id)
            body.LinkedResources.Add(name, file.Bytes.ToArray(), type).ContentId = id;
        else
            body.Attachments.Add(name, file.Bytes.ToArray(), type);
    }
}
