using System.Net.Sockets;
using Helpdesk.Email;
using Helpdesk.Functions.Hosting;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Security;

namespace Helpdesk.Functions.Email;

/// <summary>A mail server cannot be used as a mailbox says; the message names what to change.</summary>
public sealed class ImapException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Opens connections to the servers that mailboxes are fetched from.</summary>
public sealed class ImapConnections(ImapSecrets secrets, ImapTokens tokens, OutsideConnections outside, IEnumerable<IProtocolLogger> log)
{
    private const int TimeOut = 60_000;

    /// <summary>Connects and signs in; <see cref="ImapException"/> says why that does not work.</summary>
    public async Task<ImapClient> OpenAsync(string workspace, ImapSettings imap, CancellationToken cancellationToken)
    {
        var client = log.FirstOrDefault() is { } logger ? new ImapClient(logger) : new ImapClient();
        try
        {
            client.Timeout = TimeOut;
            // As browsers and HttpClient do: many servers have certificates whose lists of revoked ones cannot be reached.
            client.CheckCertificateRevocation = false;
            await ConnectAsync(client, imap, cancellationToken);
            await SignInAsync(client, workspace, imap, cancellationToken);
            return client;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    private async Task ConnectAsync(ImapClient client, ImapSettings imap, CancellationToken cancellationToken)
    {
        var options = imap.Security switch
        {
            MailSecurity.Tls => SecureSocketOptions.SslOnConnect,
            MailSecurity.StartTls => SecureSocketOptions.StartTls,
            _ => SecureSocketOptions.None,
        };
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            patience.CancelAfter(TimeOut);
            // How it is encrypted is the mailbox's own choice: inside, many servers have no certificate.
            var socket = await outside.ConnectAsync(imap.Host, imap.Port, encrypted: true, patience.Token);
            await client.ConnectAsync(socket, imap.Host, imap.Port, options, cancellationToken);
        }
        catch (OutsideAddressException refused)
        {
            throw new ImapException($"imap.host is not called: {refused.Message}", refused);
        }
        catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ImapException($"{imap.Host}:{imap.Port} does not answer within a minute.", late);
        }
        catch (SslHandshakeException untrusted)
        {
            throw new ImapException(
                $"{imap.Host}:{imap.Port} has no certificate that this machine trusts for that name, or speaks no TLS there: check host, port and security.",
                untrusted
            );
        }
        catch (NotSupportedException plain)
        {
            throw new ImapException($"{imap.Host}:{imap.Port} offers no STARTTLS: set security to tls and the port that goes with it, mostly 993.", plain);
        }
        catch (Exception failure) when (failure is SocketException or IOException or TimeoutException or ImapProtocolException)
        {
            throw new ImapException($"{imap.Host}:{imap.Port} does not answer as a mail server: {failure.Message}", failure);
        }
    }

    private async Task SignInAsync(ImapClient client, string workspace, ImapSettings imap, CancellationToken cancellationToken)
    {
        try
        {
            if (imap.OAuth is not { } oauth)
            {
                await client.AuthenticateAsync(System.Text.Encoding.UTF8, imap.User, secrets.Read(workspace, imap.PasswordSetting), cancellationToken);
                return;
            }

            var token = await tokens.GetAsync(workspace, oauth, refused: null, cancellationToken);
            try
            {
                await client.AuthenticateAsync(new SaslMechanismOAuth2(imap.User, token), cancellationToken);
            }
            catch (AuthenticationException) when (client.IsConnected)
            {
                // It may have been withdrawn before its time: once with a new one.
                token = await tokens.GetAsync(workspace, oauth, refused: token, cancellationToken);
                await client.AuthenticateAsync(new SaslMechanismOAuth2(imap.User, token), cancellationToken);
            }
        }
        catch (AuthenticationException refused)
        {
            throw new ImapException(
                imap.OAuth is null
                    ? $"The mail server refuses user and password: {refused.Message} Check user and passwordSetting, and that IMAP is allowed for it."
                    : $"The mail server refuses the token: {refused.Message} Check that the application may open this mailbox by IMAP.",
                refused
            );
        }
        catch (NotSupportedException method)
        {
            throw new ImapException($"The mail server offers no sign-in that fits: {method.Message}", method);
        }
    }
}
