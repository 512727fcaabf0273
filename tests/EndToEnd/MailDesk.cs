using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Helpdesk.Testing;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace Helpdesk.EndToEnd;

/// <summary>A relay and mailboxes as they are in the world: OpenSMTPD takes mail for every address, Dovecot has it fetched.</summary>
public sealed class MailWorld : IAsyncDisposable
{
    private MailWorld(DovecotServer mailboxes, OpenSmtpdServer relay) => (Mailboxes, Relay) = (mailboxes, relay);

    public DovecotServer Mailboxes { get; }

    public OpenSmtpdServer Relay { get; }

    public static async Task<MailWorld> StartAsync()
    {
        var mailboxes = await DovecotServer.StartAsync();
        try
        {
            return new(mailboxes, await OpenSmtpdServer.StartAsync(mailboxes));
        }
        catch
        {
            await mailboxes.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends a mail as somebody's mail program does.</summary>
    public async Task SendAsync(MimeMessage mail)
    {
        using var client = new SmtpClient();
        await client.ConnectAsync("127.0.0.1", Relay.Port, SecureSocketOptions.None);
        await client.SendAsync(mail);
        await client.DisconnectAsync(true);
    }

    /// <summary>The mails that somebody has got, oldest first.</summary>
    public IReadOnlyList<MimeMessage> MailsOf(string user) =>
        [.. Mailboxes.MailsOf(user).Select(mail => MimeMessage.Load(new MemoryStream(Encoding.UTF8.GetBytes(mail.Mail)))).OrderBy(mail => mail.Headers.Count)];

    /// <summary>A new mail.</summary>
    public static MimeMessage Mail(string from, string to, string subject, string text)
    {
        var mail = new MimeMessage
        {
            Subject = subject,
            MessageId = $"{Guid.NewGuid():N}@{from.Split('@')[1]}",
            Body = new TextPart("plain") { Text = text },
        };
        mail.From.Add(MailboxAddress.Parse(from));
        mail.To.Add(MailboxAddress.Parse(to));
        return mail;
    }

    /// <summary>An answer as mail programs write it: to whoever wants answers, in the same thread, with what it answers below.</summary>
    public static MimeMessage Answer(MimeMessage mail, string from, string text)
    {
        var to = (mail.ReplyTo.Count > 0 ? mail.ReplyTo : mail.From).Mailboxes.First();
        var answer = Mail(from, to.Address, $"Re: {mail.Subject}", "");
        answer.InReplyTo = mail.MessageId!;
        foreach (var id in mail.References)
            answer.References.Add(id);
        answer.References.Add(mail.MessageId!);
        var quoted = string.Join("\n", (mail.TextBody ?? "").ReplaceLineEndings("\n").Split('\n').Select(line => $"> {line}"));
        answer.Body = new TextPart("plain") { Text = $"{text}\n\nOn Thu, Nov 26, 2026 at 1:00 AM {mail.From} wrote:\n{quoted}\n" };
        return answer;
    }

    public async ValueTask DisposeAsync()
    {
        await Relay.DisposeAsync();
        await Mailboxes.DisposeAsync();
    }
}

/// <summary>A desk as a user starts it, whose mailbox is fetched from a <see cref="MailWorld"/> every other second and which sends through it.</summary>
public sealed class MailDesk : IAsyncDisposable
{
    private const string Key = "hd_first_key_of_the_mail_tests";
    private readonly string _data = System.IO.Directory.CreateTempSubdirectory("helpdesk-mail-").FullName;
    private readonly int _port = AzuriteServer.FreePort();
    private readonly MailWorld _world;

    private MailDesk(MailWorld world, string address) => (_world, Address) = (world, address);

    public string Address { get; }

    public Started Host { get; private set; } = null!;

    public Api Api { get; private set; } = null!;

    public static async Task<MailDesk> StartAsync(MailWorld world, string address)
    {
        var desk = new MailDesk(world, address);
        try
        {
            desk.Host = desk.Begin();
            await desk.Host.SaysAsync("is ready at");
            desk.Api = new(new Uri($"http://127.0.0.1:{desk._port}"), Key);
            world.Mailboxes.Maildir(address);
            await desk.Api.PostAsync(
                "/api/mailboxes",
                new
                {
                    id = "support",
                    address,
                    receive = "imap",
                    imap = new
                    {
                        host = "127.0.0.1",
                        port = world.Mailboxes.Port,
                        security = "none",
                        user = address,
                        passwordSetting = "MailSecrets__support",
                    },
                }
            );
            return desk;
        }
        catch
        {
            await desk.DisposeAsync();
            throw;
        }
    }

    public Started Begin() =>
        Started.Begin(
            "./run.sh",
            ["--port", _port.ToString(CultureInfo.InvariantCulture), "--data", _data],
            ("HELPDESK_ADMIN_KEY", Key),
            ("HELPDESK_IMAP_SCHEDULE", "*/2 * * * * *"),
            ("MailSecrets__support", DovecotServer.Password),
            ("Mail__Smtp__Host", "127.0.0.1"),
            ("Mail__Smtp__Port", _world.Relay.Port.ToString(CultureInfo.InvariantCulture)),
            ("Mail__Smtp__Security", "none"),
            ("Dispatch__Delay", "00:00:02"),
            ("Logging__Level", "Warning")
        );

    /// <summary>Kills the worker, or every fourth time the host, which is started again.</summary>
    public async Task KillAsync(int kill) => Host = await Host.KillAsync(kill, Begin);

    public Task<List<JsonNode>> TicketsAsync() => Api.AllAsync("/api/tickets?sort=createdAt");

    public Task<List<JsonNode>> CommentsAsync(JsonNode ticket) => Api.AllAsync($"/api/tickets/{ticket["id"]}/comments");

    /// <summary>Waits until no mail has come to anybody for a while: whatever was to be said is said.</summary>
    /// <param name="robot">Something that answers mails; gives how many it has answered.</param>
    public static async Task WhenQuietAsync(MailWorld world, Func<Task<int>> robot, TimeSpan quiet)
    {
        var (seen, since) = (-1, System.Diagnostics.Stopwatch.GetTimestamp());
        await Until.TrueAsync(
            async () =>
            {
                await robot();
                var mails = System
                    .IO.Directory.GetFiles(world.Mailboxes.Mails, "*", SearchOption.AllDirectories)
                    .Count(file => file.Contains("/cur/") || file.Contains("/new/"));
                if (mails != seen)
                    (seen, since) = (mails, System.Diagnostics.Stopwatch.GetTimestamp());
                return System.Diagnostics.Stopwatch.GetElapsedTime(since) > quiet;
            },
            TimeSpan.FromMinutes(4),
            "no more mails are sent"
        );
    }

    public async ValueTask DisposeAsync()
    {
        Api?.Dispose();
        if (Host is not null)
            await Host.DisposeAsync();
        System.IO.Directory.Delete(_data, recursive: true);
    }
}
