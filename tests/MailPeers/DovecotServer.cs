using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Helpdesk.Testing;

/// <summary>A real mail server for one test: Dovecot as Debian has it, on a port of its own, with its mails in a folder that goes with it.</summary>
/// <remarks>Users, all with the same password, are there as soon as they are named. Mails are Maildir files, so that a test can put thousands at
/// once.</remarks>
public sealed class DovecotServer : IAsyncDisposable
{
    public const string Password = "a-password-with-ümlaut";
    private const string Program = "/usr/sbin/dovecot";
    private readonly string _folder;
    private readonly bool _protected;
    private readonly Uri? _tokens;
    private Process? _process;
    private int _delivered;

    private DovecotServer(string folder, bool isProtected, Uri? tokens) => (_folder, _protected, _tokens) = (folder, isProtected, tokens);

    /// <summary>Answers in the clear, or with STARTTLS where it is protected.</summary>
    public int Port { get; } = AzuriteServer.FreePort();

    /// <summary>Answers with TLS from the start, where it is protected.</summary>
    public int TlsPort { get; } = AzuriteServer.FreePort();

    /// <summary>The certificate that a client has to trust; null where it is not protected.</summary>
    public string? Certificate => _protected ? Path.Combine(_folder, "cert.pem") : null;

    /// <summary>The folder in which the mailboxes lie, each under the name of its user.</summary>
    public string Mails => Path.Combine(_folder, "mail");

    /// <summary>What it has logged.</summary>
    public string Log => File.Exists(LogFile) ? File.ReadAllText(LogFile) : "";

    private string LogFile => Path.Combine(_folder, "log");

    /// <param name="isProtected">Has a certificate for <c>localhost</c>, and takes no password in the clear.</param>
    /// <param name="tokens">Where tokens of OAuth are introspected (RFC 7662); null takes none.</param>
    public static async Task<DovecotServer> StartAsync(bool isProtected = false, Uri? tokens = null)
    {
        if (!File.Exists(Program))
            throw new InvalidOperationException("Dovecot is not installed: run ./test.sh as root, or install dovecot-imapd.");
        var folder = System.IO.Directory.CreateTempSubdirectory("helpdesk-dovecot-").FullName;
        Open(folder);
        foreach (var part in new[] { "run", "state", "mail" })
            Open(System.IO.Directory.CreateDirectory(Path.Combine(folder, part)).FullName);
        var server = new DovecotServer(folder, isProtected, tokens);
        await server.ConfigureAsync();
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Starts it again after <see cref="StopAsync"/>, with the mails that it had.</summary>
    public async Task StartAgainAsync()
    {
        _process = Process.Start(new ProcessStartInfo(Program, ["-F", "-c", Path.Combine(_folder, "dovecot.conf")]))!;
        await Until.TrueAsync(AnswersAsync, $"Dovecot answers: {Log}");
    }

    public async Task StopAsync()
    {
        if (_process is not { } process)
            return;
        using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await process.WaitForExitAsync();
        process.Dispose();
        _process = null;
    }

    /// <summary>Puts a mail where the server looks for new ones, as a delivery agent does.</summary>
    /// <param name="at">When it came in; null for now.</param>
    public void Deliver(string user, string mail, DateTimeOffset? at = null, string folder = "INBOX") =>
        Deliver(user, Encoding.UTF8.GetBytes(mail), at, folder);

    /// <inheritdoc cref="Deliver(string, string, DateTimeOffset?, string)"/>
    public void Deliver(string user, byte[] mail, DateTimeOffset? at = null, string folder = "INBOX")
    {
        var maildir = Maildir(user, folder);
        var now = at ?? TimeProvider.System.GetUtcNow();
        var name = string.Create(
            CultureInfo.InvariantCulture,
            $"{now.ToUnixTimeSeconds()}.M{Interlocked.Increment(ref _delivered):D8}P1.test,S={mail.Length}"
        );
        var file = Path.Combine(maildir, "tmp", name);
        File.WriteAllBytes(file, mail);
        File.SetLastWriteTimeUtc(file, now.UtcDateTime);
        Open(file, "666");
        File.Move(file, Path.Combine(maildir, "new", name));
    }

    /// <summary>Puts a mail that the server finds and cannot open.</summary>
    public void DeliverUnreadable(string user)
    {
        Deliver(user, "Subject: Unreadable\r\n\r\nNobody reads this.\r\n");
        Open(System.IO.Directory.GetFiles(Path.Combine(Maildir(user), "new")).Max(StringComparer.Ordinal)!, "000");
    }

    /// <summary>The mails of a folder as they lie there, in the order of their delivery, and whether each is marked as read.</summary>
    public IReadOnlyList<(string Mail, bool Read)> MailsOf(string user, string folder = "INBOX")
    {
        var maildir = Maildir(user, folder);
        return
        [
            .. new[] { "new", "cur" }
                .SelectMany(part => System.IO.Directory.GetFiles(Path.Combine(maildir, part)))
                .OrderBy(Path.GetFileName, StringComparer.Ordinal)
                .Select(file => (File.ReadAllText(file), file.Split(":2,") is [_, var flags] && flags.Contains('S', StringComparison.Ordinal))),
        ];
    }

    /// <summary>Has the server number all mails of the user anew, as after a migration or a repair: their UIDVALIDITY changes.</summary>
    public void NumberAnew(string user)
    {
        foreach (var file in System.IO.Directory.GetFiles(UserFolder(user), "dovecot*", SearchOption.AllDirectories))
        {
            // This one knows which numbers were given out; without it two in one second could be the same.
            if (!Path.GetFileName(file).StartsWith("dovecot-uidvalidity", StringComparison.Ordinal))
                File.Delete(file);
        }
    }

    /// <summary>The folder of a user's mails, made at the first time.</summary>
    public string Maildir(string user, string folder = "INBOX")
    {
        var maildir = folder == "INBOX" ? UserFolder(user) : Path.Combine(UserFolder(user), $".{folder}");
        if (!System.IO.Directory.Exists(Path.Combine(maildir, "cur")))
        {
            Open(System.IO.Directory.CreateDirectory(UserFolder(user)).FullName);
            foreach (var part in new[] { "", "tmp", "new", "cur" })
                Open(System.IO.Directory.CreateDirectory(Path.Combine(maildir, part)).FullName);
        }

        return maildir;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        System.IO.Directory.Delete(_folder, recursive: true);
    }

    private string UserFolder(string user) => Path.Combine(Mails, user);

    private async Task ConfigureAsync()
    {
        // As root it changes to users of its own, who are there since it was installed; mails cannot belong to root.
        var isRoot = Environment.IsPrivilegedProcess;
        var self = Environment.UserName;
        var configuration = new StringBuilder();
        configuration.AppendLine(
            CultureInfo.InvariantCulture,
            $$"""
            base_dir = {{_folder}}/run
            state_dir = {{_folder}}/state
            log_path = {{LogFile}}
            protocols = imap
            listen = 127.0.0.1
            default_internal_user = {{(isRoot ? "dovecot" : self)}}
            default_login_user = {{(isRoot ? "dovenull" : self)}}
            mail_uid = {{(isRoot ? "dovecot" : self)}}
            mail_gid = {{(isRoot ? "dovecot" : self)}}
            first_valid_uid = 1
            first_valid_gid = 1
            auth_mechanisms = plain xoauth2
            mail_location = maildir:{{_folder}}/mail/%u
            mail_max_userip_connections = 100
            shutdown_clients = yes
            service imap-login {
              chroot = {{(isRoot ? "login" : "")}}
              inet_listener imap {
                port = {{Port}}
              }
              inet_listener imaps {
                port = {{(_protected ? TlsPort : 0)}}
                ssl = yes
              }
            }
            service anvil {
              chroot =
            }
            service stats {
              chroot =
            }
            passdb {
              driver = static
              args = password={{Password}}
              mechanisms = plain
            }
            userdb {
              driver = static
              args = allow_all_users=yes home={{_folder}}/mail/%u
            }
            namespace inbox {
              inbox = yes
            }
            """
        );
        if (_protected)
        {
            var (certificate, key) = (Path.Combine(_folder, "cert.pem"), Path.Combine(_folder, "key.pem"));
            using var rsa = RSA.Create(2048);
            var request = new CertificateRequest("CN=localhost", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName("localhost");
            names.AddIpAddress(System.Net.IPAddress.Loopback);
            request.CertificateExtensions.Add(names.Build());
            var now = TimeProvider.System.GetUtcNow();
            using var self1 = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(30));
            await File.WriteAllTextAsync(certificate, self1.ExportCertificatePem());
            await File.WriteAllTextAsync(key, rsa.ExportPkcs8PrivateKeyPem());
            configuration.AppendLine(
                CultureInfo.InvariantCulture,
                $"""
                ssl = yes
                ssl_cert = <{certificate}
                ssl_key = <{key}
                disable_plaintext_auth = yes
                """
            );
        }
        else
        {
            configuration.AppendLine("ssl = no\ndisable_plaintext_auth = no");
        }

        if (_tokens is not null)
        {
            var oauth = Path.Combine(_folder, "oauth2.conf");
            await File.WriteAllTextAsync(
                oauth,
                $"""
                introspection_url = {_tokens}
                introspection_mode = post
                username_attribute = username
                active_attribute = active
                active_value = true

                """
            );
            configuration.AppendLine(CultureInfo.InvariantCulture, $"passdb {{\n  driver = oauth2\n  mechanisms = xoauth2\n  args = {oauth}\n}}");
        }

        await File.WriteAllTextAsync(Path.Combine(_folder, "dovecot.conf"), configuration.ToString());
    }

    private async Task<bool> AnswersAsync()
    {
        if (_process!.HasExited)
            throw new InvalidOperationException($"Dovecot ended with {_process.ExitCode}: {Log}");
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(System.Net.IPAddress.Loopback, Port);
            var greeting = new byte[4];
            return await client.GetStream().ReadAsync(greeting) > 0;
        }
        catch (Exception notYet) when (notYet is SocketException or IOException)
        {
            return false;
        }
    }

    /// <summary>Lets the server's own users at it.</summary>
    private static void Open(string path, string mode = "777")
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32(mode, 8));
    }
}
