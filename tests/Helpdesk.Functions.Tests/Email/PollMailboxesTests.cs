using System.Text;
using System.Text.Json.Nodes;
using Helpdesk.Email;
using Helpdesk.Functions.Email;
using Helpdesk.Functions.Intake;
using Helpdesk.Functions.Settings;
using Helpdesk.Intake;
using Helpdesk.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Email;

/// <summary>Mailboxes on a real mail server are fetched: nothing is lost, nothing comes twice.</summary>
public sealed class PollMailboxesTests(DeskFixture fixture, PollMailboxesTests.Server server) : IClassFixture<PollMailboxesTests.Server>
{
    public sealed class Server : IAsyncLifetime
    {
        public DovecotServer Dovecot { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Dovecot = await DovecotServer.StartAsync();

        public ValueTask DisposeAsync() => Dovecot.DisposeAsync();
    }

    [Fact]
    public async Task Each_mail_becomes_one_receipt_and_is_marked_as_read()
    {
        var box = await OpenAsync();
        for (var i = 0; i < 3; i++)
            server.Dovecot.Deliver(box.User, Mail($"Question {i}"));

        var status = await box.PollAsync();
        Assert.Equal(("ok", 3, 0), (status["state"]!.GetValue<string>(), status["kept"]!.GetValue<int>(), status["backlog"]!.GetValue<int>()));
        Assert.Equal(["Question 0", "Question 1", "Question 2"], await box.SubjectsAsync());
        Assert.All(server.Dovecot.MailsOf(box.User), mail => Assert.True(mail.Read));

        Assert.Equal(3, (await box.PollAsync())["kept"]!.GetValue<int>());
        server.Dovecot.Deliver(box.User, Mail("Question 3"));
        await box.PollAsync();
        Assert.Equal(4, (await box.SubjectsAsync()).Count);
    }

    private async Task<Box> OpenAsync(RunningApp? app = null, Func<ImapSettings, ImapSettings>? with = null)
    {
        app ??= fixture.App;
        var desk = await fixture.OpenDeskAsync(app);
        var user = $"{desk.Workspace}@example.com";
        var secret = $"{ImapSecrets.PrefixOf(desk.Workspace)}support";
        app.Services.GetRequiredService<IConfiguration>()[secret.Replace("__", ":", StringComparison.Ordinal)] = DovecotServer.Password;
        var settings = new ImapSettings("127.0.0.1", server.Dovecot.Port, MailSecurity.None, user, secret);
        var mailbox = new Mailbox
        {
            Id = "support",
            Address = user,
            Receive = MailboxReceive.Imap,
            Imap = with is null ? settings : with(settings),
            CreatedAt = TimeProvider.System.GetUtcNow(),
        };
        server.Dovecot.Maildir(user);
        var box = new Box(app, desk, mailbox, user);
        await box.PutAsync(mailbox);
        return box;
    }

    private static string Mail(string subject, string? id = null, string text = "It is on fire.") =>
        $"From: Rita <rita@example.com>\r\nTo: support@example.com\r\nSubject: {subject}\r\n"
        + $"Message-ID: <{id ?? Guid.NewGuid().ToString("N")}@example.com>\r\nDate: Thu, 26 Nov 2026 01:00:00 +0000\r\n\r\n{text}\r\n";

    /// <summary>A mailbox of a workspace of its own.</summary>
    private sealed record Box(RunningApp App, Desk Desk, Mailbox Mailbox, string User)
    {
        public async Task<JsonNode> PollAsync() => (await Desk.PostAsync("/api/mailboxes/support/poll")).Expect(200).Json;

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
                var page = await store.ReadAsync(Desk.Workspace, null, 100, cursor, CancellationToken.None);
                foreach (var receipt in page.Items)
                    found.Add((receipt, Encoding.UTF8.GetString((await store.ReadBodyAsync(receipt, CancellationToken.None)).Span)));
                cursor = page.NextCursor;
            } while (cursor is not null);
            return found;
        }

        public async Task<List<string>> SubjectsAsync() =>
            [
                .. (await ReceiptsAsync())
                    .Select(one => one.Mail.Split("\r\n").First(line => line.StartsWith("Subject: ", StringComparison.Ordinal))["Subject: ".Length..])
                    .Order(StringComparer.Ordinal),
            ];
    }
}
