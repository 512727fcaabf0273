using System.Text;
using System.Text.Json.Nodes;
using Helpdesk.Email;
using Helpdesk.Functions.Email;
using Helpdesk.Functions.Intake;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Storage;
using Helpdesk.Intake;
using Helpdesk.Testing;
using MailKit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Email;

/// <summary>A mailbox that is fetched, in a workspace of its own.</summary>
internal sealed record FetchedBox(RunningApp App, Desk Desk, DovecotServer Server, Mailbox Mailbox)
{
    public string User => Mailbox.Imap!.User;

    public static async Task<FetchedBox> OpenAsync(
        DeskFixture fixture,
        DovecotServer server,
        RunningApp? app = null,
        Func<ImapSettings, ImapSettings>? with = null
    )
    {
        app ??= fixture.App;
        var desk = await fixture.OpenDeskAsync(app);
        var user = $"{desk.Workspace}@example.com";
        var secret = $"{ImapSecrets.PrefixOf(desk.Workspace)}support";
        app.Services.GetRequiredService<IConfiguration>()[secret.Replace("__", ":", StringComparison.Ordinal)] = DovecotServer.Password;
        var settings = new ImapSettings("127.0.0.1", server.Port, MailSecurity.None, user, secret);
        server.Maildir(user);
        var mailbox = new Mailbox
        {
            Id = "support",
            Address = user,
            Receive = MailboxReceive.Imap,
            Imap = with is null ? settings : with(settings),
            CreatedAt = TimeProvider.System.GetUtcNow(),
        };
        var box = new FetchedBox(app, desk, server, mailbox);
        await box.PutAsync(mailbox);
        return box;
    }

    public static string Mail(string subject, string? id = null, string text = "It is on fire.", DateTimeOffset? at = null) =>
        $"From: Rita <rita@example.com>\r\nTo: support@example.com\r\nSubject: {subject}\r\n"
        + $"Message-ID: <{id ?? Guid.NewGuid().ToString("N")}@example.com>\r\nDate: {at ?? TimeProvider.System.GetUtcNow():R}\r\n\r\n{text}\r\n";

    /// <summary>Puts mails with these subjects.</summary>
    public void Deliver(params IEnumerable<string> subjects)
    {
        foreach (var subject in subjects)
            Server.Deliver(User, Mail(subject));
    }

    public async Task<JsonNode> PollAsync() => (await Desk.PostAsync("/api/mailboxes/support/poll")).Expect(200).Json;

    /// <summary>As the timer does it: a server that fails is left alone for a while.</summary>
    public Task PollByTimerAsync() =>
        App
            .Services.GetRequiredService<ImapPoller>()
            .PollAsync(Desk.Workspace, Mailbox, atOnce: false, TimeProvider.System.GetUtcNow().AddDays(1000), CancellationToken.None);

    /// <summary>Waits until nothing is left to do about the receipts, their tickets and what is mailed about them.</summary>
    public async Task WorkedAsync()
    {
        var receipts = App.Services.GetRequiredService<WorkQueue<ReceiptMessage>>();
        await Until.TrueAsync(() => Task.FromResult(receipts.Outstanding == 0), "all receipts are worked");
        await App.MailedAsync();
    }

    public async Task<JsonNode> StatusAsync() => (await Desk.GetAsync("/api/mailboxes/support/status")).Expect(200).Json;

    public Task PutAsync(Mailbox mailbox) =>
        App.Services.GetRequiredService<SettingsStore>().PutAsync(Desk.Workspace, EmailKinds.Mailboxes, mailbox, CancellationToken.None);

    /// <summary>What the receipts of the workspace hold.</summary>
    public async Task<List<(Receipt Receipt, string Mail)>> ReceiptsAsync()
    {
        var store = App.Services.GetRequiredService<ReceiptStore>();
        var (found, cursor) = (new List<(Receipt, string)>(), (string?)null);
        do
        {
            var page = await store.ReadAsync(Desk.Workspace, new(), 100, cursor, CancellationToken.None);
            foreach (var receipt in page.Items)
                found.Add((receipt, Encoding.UTF8.GetString((await store.ReadBodyAsync(receipt, CancellationToken.None)).Span)));
            cursor = page.NextCursor;
        } while (cursor is not null);
        return found;
    }

    /// <summary>The subjects of all receipts, in order.</summary>
    public async Task<List<string>> SubjectsAsync() => [.. (await ReceiptsAsync()).Select(one => SubjectOf(one.Mail)).Order(StringComparer.Ordinal)];

    public static string SubjectOf(string mail) =>
        mail.Split('\n').FirstOrDefault(line => line.StartsWith("Subject: ", StringComparison.Ordinal))?["Subject: ".Length..].TrimEnd('\r') ?? "";

    /// <summary>Subjects that sort in their order.</summary>
    public static List<string> Subjects(int from, int count) => [.. Enumerable.Range(from, count).Select(i => $"Question {i:D5}")];
}

/// <summary>Sees every command that the app sends to a mail server, and can do something at that moment.</summary>
internal sealed class WireTap : IProtocolLogger
{
    private readonly List<string> _commands = [];
    private string _line = "";

    /// <summary>Is told each command, without its tag.</summary>
    public Action<string>? OnCommand { get; set; }

    public IAuthenticationSecretDetector? AuthenticationSecretDetector { get; set; }

    public IReadOnlyList<string> Take()
    {
        lock (_commands)
        {
            var taken = _commands.ToList();
            _commands.Clear();
            return taken;
        }
    }

    public void LogConnect(Uri uri) { }

    public void LogServer(byte[] buffer, int offset, int count) { }

    public void LogClient(byte[] buffer, int offset, int count)
    {
        _line += Encoding.Latin1.GetString(buffer, offset, count);
        while (_line.IndexOf("\r\n", StringComparison.Ordinal) is var end and >= 0)
        {
            var (line, rest) = (_line[..end], _line[(end + 2)..]);
            _line = rest;
            // A tag is a letter and eight digits; what follows without one belongs to the command before.
            if (line.Length < 10 || line[9] != ' ' || !line[1..9].All(char.IsAsciiDigit))
                continue;
            lock (_commands)
                _commands.Add(line[10..]);
            OnCommand?.Invoke(line[10..]);
        }
    }

    public void Dispose() { }
}
