using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Helpdesk.Testing;

/// <summary>
/// A real mail relay for one test: OpenSMTPD as Debian has it, on a port of its own. It takes mail for every address and puts it into the mailboxes of a
/// <see cref="DovecotServer"/>, so that a mail goes all the way that it goes in the world.
/// </summary>
/// <remarks>It has to be root, and keeps what it has not delivered in the spool folder that is built into it: one at a time runs on a machine.</remarks>
public sealed class OpenSmtpdServer : IAsyncDisposable
{
    private const string Program = "/usr/sbin/smtpd";
    private readonly string _folder;
    private readonly StringBuilder _log = new();
    private Process? _process;

    private OpenSmtpdServer(string folder) => _folder = folder;

    public int Port { get; } = AzuriteServer.FreePort();

    /// <summary>What it has logged: every connection, mail and delivery.</summary>
    public string Log
    {
        get
        {
            lock (_log)
                return _log.ToString();
        }
    }

    public static async Task<OpenSmtpdServer> StartAsync(DovecotServer mailboxes)
    {
        if (!File.Exists(Program))
            throw new InvalidOperationException("OpenSMTPD is not installed: run ./test.sh as root, or install opensmtpd.");
        if (!Environment.IsPrivilegedProcess)
            throw new InvalidOperationException("OpenSMTPD runs as root only: run these tests as root.");
        var server = new OpenSmtpdServer(System.IO.Directory.CreateTempSubdirectory("helpdesk-smtpd-").FullName);
        await File.WriteAllTextAsync(
            Path.Combine(server._folder, "smtpd.conf"),
            $$"""
            table everybody { "@" = "dovecot" }
            listen on 127.0.0.1 port {{server.Port}}
            action "deliver" maildir "{{mailboxes.Mails}}/%{rcpt.user:lowercase|strip}@%{rcpt.domain:lowercase}" virtual <everybody>
            match from any for any action "deliver"

            """
        );
        try
        {
            await server.StartAgainAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async Task StartAgainAsync()
    {
        var start = new ProcessStartInfo(Program, ["-d", "-f", Path.Combine(_folder, "smtpd.conf")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _process = Process.Start(start)!;
        void Keep(object _, DataReceivedEventArgs line)
        {
            lock (_log)
                _log.AppendLine(line.Data);
        }

        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await Until.TrueAsync(AnswersAsync, "OpenSMTPD answers");
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

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        System.IO.Directory.Delete(_folder, recursive: true);
    }

    private async Task<bool> AnswersAsync()
    {
        if (_process!.HasExited)
            throw new InvalidOperationException($"OpenSMTPD ended with {_process.ExitCode}: {Log}");
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, Port);
            return await client.GetStream().ReadAsync(new byte[4]) > 0;
        }
        catch (Exception notYet) when (notYet is SocketException or IOException)
        {
            return false;
        }
    }
}
