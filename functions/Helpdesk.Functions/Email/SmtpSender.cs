using System.Net.Sockets;
using Helpdesk.Email;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace Helpdesk.Functions.Email;

/// <summary>Hands mails over to a mail server.</summary>
public sealed class SmtpSender(MailOptions options) : IMailSender
{
    public string Name => "smtp";

    public bool Leaves => true;

    public async Task SendAsync(Mail mail, MailContent content, IReadOnlyList<SentFile> files, CancellationToken cancellationToken)
    {
        using var message = MailMessages.Of(mail, content, files);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.TimeOut);
        try
        {
            using var client = new SmtpClient { Timeout = (int)options.TimeOut.TotalMilliseconds };
            await client.ConnectAsync(options.SmtpHost, options.SmtpPort, SecurityOf(options.SmtpSecurity), limit.Token);
            if (options.SmtpUser is { } user)
                await client.AuthenticateAsync(user, options.SmtpPassword ?? "", limit.Token);
            var (from, to) = (new MailboxAddress(null, content.From), new MailboxAddress(null, mail.To));
            await client.SendAsync(FormatOptions.Default, message, from, [to], limit.Token);
            await LeaveAsync(client, limit.Token);
        }
        catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
        {
            throw new MailRefusedException($"The mail server did not answer within {options.TimeOut.TotalSeconds} seconds.", permanent: false, inner: late);
        }
        catch (SmtpCommandException refused)
        {
            var code = (int)refused.StatusCode;
            throw new MailRefusedException($"The mail server refused it: {code} {MailTemplates.OneLine(refused.Message)}", code >= 500, inner: refused);
        }
        // Wrong settings, and faults of the line: an admin or time mends them.
        catch (Exception fault)
            when (fault is AuthenticationException or SslHandshakeException or SmtpProtocolException or SocketException or IOException or NotSupportedException
            )
        {
            throw new MailRefusedException($"The mail server could not be used: {MailTemplates.OneLine(fault.Message)}", permanent: false, inner: fault);
        }
    }

    /// <summary>The mail is taken by now: a server that hangs up without a word changes nothing about that.</summary>
    private static async Task LeaveAsync(SmtpClient client, CancellationToken cancellationToken)
    {
        try
        {
            await client.DisconnectAsync(quit: true, cancellationToken);
        }
        catch (Exception gone) when (gone is IOException or SocketException or SmtpProtocolException or OperationCanceledException)
        {
            // Nobody is there to say goodbye to.
        }
    }

    private static SecureSocketOptions SecurityOf(MailSecurity security) =>
        security switch
        {
            MailSecurity.Tls => SecureSocketOptions.SslOnConnect,
            MailSecurity.StartTls => SecureSocketOptions.StartTls,
            _ => SecureSocketOptions.None,
        };
}
