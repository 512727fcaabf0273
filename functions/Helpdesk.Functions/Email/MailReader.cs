using Helpdesk.Email;
using Helpdesk.Functions.Hosting;
using MimeKit;

namespace Helpdesk.Functions.Email;

/// <summary>Understands a mail as it was stored.</summary>
public static class MailReader
{
    public const string Mime = "message/rfc822";

    /// <summary>Reads a mail; whatever is wrong with it, there is something to show.</summary>
    /// <param name="contentType"><c>message/rfc822</c>, or <c>multipart/form-data</c> as SendGrid's Inbound Parse sends it, with its boundary.</param>
    public static ReceivedMail Read(string contentType, ReadOnlyMemory<byte> body)
    {
        using var stream = new MemoryStream(body.ToArray());
        using var message = MimeMessage.Load(stream);
        var from = message.From.Mailboxes.FirstOrDefault();
        return new()
        {
            MessageId = message.MessageId,
            From = from is null ? null : new(from.Address.ToLowerInvariant(), from.Name),
            To = [.. message.To.Mailboxes.Select(one => new MailPerson(one.Address.ToLowerInvariant(), one.Name))],
            Cc = [.. message.Cc.Mailboxes.Select(one => new MailPerson(one.Address.ToLowerInvariant(), one.Name))],
            InReplyTo = message.InReplyTo is { } replied ? [replied] : [],
            References = [.. message.References],
            Date = message.Date,
            Subject = message.Subject ?? "",
            Text = message.TextBody ?? "",
            Words = message.TextBody ?? "",
            Html = message.HtmlBody,
            BodyHash = Hashes.Short(message.TextBody ?? message.HtmlBody ?? ""),
        };
    }
}
