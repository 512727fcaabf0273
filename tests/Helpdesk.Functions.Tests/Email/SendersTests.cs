using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Helpdesk.Functions.Email;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tests.Tickets;
using Microsoft.Extensions.DependencyInjection;
using SmtpServer.Protocol;

namespace Helpdesk.Functions.Tests.Email;

/// <summary>Mails that leave the desk: by a mail server, and by SendGrid.</summary>
public sealed class SendersTests(DeskFixture fixture)
{
    private static async Task<List<JsonNode>> MailsAsync(RunningApp app, Desk desk, string query = "")
    {
        await app.MailedAsync();
        return [.. (await desk.GetAsync($"/api/outbox?limit=100{query}")).Expect(200).Json["items"]!.AsArray().Select(item => item!)];
    }

    private static string Text(JsonNode node, string name) => node[name]?.GetValue<string>() ?? "";

    private static Task SendAsync(RunningApp app, Desk desk, string mail, int dequeueCount = 1) =>
        app.InvokeAsync(
            nameof(SendOutgoingMails),
            $$"""{"workspace":"{{desk.Workspace}}","mail":"{{mail}}","sentAt":"2026-03-10T09:00:00.000Z"}""",
            dequeueCount
        );

    [Fact]
    public async Task A_mail_server_gets_each_mail_once_with_its_headers()
    {
        await using var peer = SmtpPeer.Start();
        await using var app = await RunningApp.StartAsync(fixture.Storage, null, peer.Settings);
        using var desk = await fixture.OpenDeskAsync(app);
        var ticket = (await desk.OpenTicketAsync("Drucker brennt: ça va?\u202E")).Json;
        (await desk.PostAsync($"/api/tickets/{ticket["id"]}/comments", new { body = "Which floor?\n<script>alert(1)</script>" })).Expect(201);
        var mails = await MailsAsync(app, desk);
        Assert.Equal(["sent", "sent"], mails.Select(mail => Text(mail, "state")));
        foreach (var mail in mails)
            await SendAsync(app, desk, Text(mail, "id"));

        Assert.Equal(2, peer.Taken.Count);
        var answer = peer.Taken.Single(one => !one.Headers.Contains("Auto-Submitted"));
        var received = peer.Taken.Single(one => one.Headers["Auto-Submitted"] == "auto-replied");
        Assert.Equal($"Drucker brennt: ça va? [#{ticket["number"]}]", received.Subject);
        Assert.Equal(received.MessageId, answer.InReplyTo);
        Assert.Contains(received.MessageId, answer.References);
        Assert.EndsWith("@help.example", answer.MessageId, StringComparison.Ordinal);
        Assert.Equal("Admin (Test)", answer.From.Mailboxes.Single().Name);
        Assert.Equal("rita@example.com", answer.To.Mailboxes.Single().Address);
        Assert.Contains("<script>alert(1)</script>", answer.TextBody, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>alert", answer.HtmlBody, StringComparison.Ordinal);
        Assert.All(peer.Taken, one => Assert.Equal("All", one.Headers["X-Auto-Response-Suppress"]));
        Assert.All(peer.Taken, one => Assert.False(string.IsNullOrEmpty(one.Headers[Helpdesk.Email.AutomaticMail.LoopHeader])));
        Assert.All(peer.Taken, one => Assert.False(one.Headers.Contains("List-Unsubscribe")));
    }

    [Theory]
    [InlineData("secret", "sent")]
    [InlineData("wrong", "queued")]
    [InlineData(null, "queued")]
    public async Task A_mail_server_that_wants_a_login_gets_it_and_one_that_refuses_it_is_tried_again(string? password, string state)
    {
        await using var peer = SmtpPeer.Start(endpoint => endpoint.AllowUnsecureAuthentication().AuthenticationRequired());
        string[] login = password is null ? [] : ["--Mail:Smtp:User=desk", $"--Mail:Smtp:Password={password}"];
        await using var app = await RunningApp.StartAsync(fixture.Storage, null, [.. peer.Settings, .. login]);
        using var desk = await fixture.OpenDeskAsync(app);
        await desk.OpenTicketAsync();
        var mail = Assert.Single(await MailsAsync(app, desk));
        Assert.Equal(state, Text(mail, "state"));
        Assert.Equal(password == "secret" ? 1 : 0, peer.Taken.Count);
        Assert.All(peer.Tried, one => Assert.Equal(("desk", password), one));
        Assert.Equal(password is null, peer.Tried.IsEmpty);
        if (password is not null)
            Assert.DoesNotContain(password, Text(mail, "reason"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("start-tls", true)]
    [InlineData("tls", true)]
    [InlineData("start-tls", false)]
    public async Task A_mail_server_without_a_certificate_that_is_trusted_gets_neither_password_nor_mail(string security, bool encrypts)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        await using var peer = SmtpPeer.Start(endpoint =>
        {
            if (encrypts)
                endpoint.Certificate(certificate).IsSecure(security == "tls");
            endpoint.AllowUnsecureAuthentication();
        });
        string[] more = [$"--Mail:Smtp:Security={security}", "--Mail:Smtp:User=desk", "--Mail:Smtp:Password=secret"];
        await using var app = await RunningApp.StartAsync(fixture.Storage, null, [.. peer.Settings, .. more]);
        using var desk = await fixture.OpenDeskAsync(app);
        await desk.OpenTicketAsync();
        var mail = Assert.Single(await MailsAsync(app, desk));
        Assert.Equal("queued", Text(mail, "state"));
        Assert.StartsWith("The mail server could not be used:", Text(mail, "reason"), StringComparison.Ordinal);
        Assert.Empty(peer.Tried);
        Assert.Empty(peer.Taken);
    }

    [Fact]
    public async Task What_a_mail_server_puts_off_is_tried_again_and_what_it_refuses_has_failed_and_can_be_sent_again()
    {
        await using var peer = SmtpPeer.Start();
        await using var app = await RunningApp.StartAsync(fixture.Storage, null, peer.Settings);
        using var desk = await fixture.OpenDeskAsync(app);
        peer.Answers = () => new SmtpResponse(SmtpReplyCode.Aborted, "greylisted");
        await desk.OpenTicketAsync();
        var waiting = Assert.Single(await MailsAsync(app, desk));
        Assert.Equal("queued", Text(waiting, "state"));
        Assert.Contains("greylisted", Text(waiting, "reason"), StringComparison.Ordinal);
        Assert.NotNull(waiting["nextAt"]);

        peer.Answers = () => new SmtpResponse(SmtpReplyCode.MailboxUnavailable, "no such user");
        (await desk.PostAsync($"/api/outbox/{Text(waiting, "id")}/send")).Expect(202);
        await SendAsync(app, desk, Text(waiting, "id"));
        var failed = Assert.Single(await MailsAsync(app, desk, "&state=failed"));
        Assert.Contains("no such user", Text(failed, "reason"), StringComparison.Ordinal);
        Assert.Equal(Text(waiting, "messageId"), Text(failed, "messageId"));

        peer.Answers = () => SmtpResponse.Ok;
        (await desk.PostAsync($"/api/outbox/{Text(failed, "id")}/send")).Expect(202);
        await SendAsync(app, desk, Text(failed, "id"));
        await SendAsync(app, desk, Text(failed, "id"));
        Assert.Equal("sent", Text(Assert.Single(await MailsAsync(app, desk)), "state"));
        Assert.Equal(Text(waiting, "messageId"), Assert.Single(peer.Taken).MessageId);
    }

    /// <summary>Whatever dies in between, the mail goes; twice only where the process died before the server's answer was on record.</summary>
    [Fact]
    public async Task A_process_that_dies_at_any_write_leaves_a_mail_that_is_sent()
    {
        await using var peer = SmtpPeer.Start();
        await using var app = await RunningApp.StartAsync(fixture.Storage, null, peer.Settings);
        for (var writes = 0; writes < 8; writes++)
        {
            using var desk = await fixture.OpenDeskAsync(app);
            var before = peer.Taken.Count;
            await using (var mortal = await MortalApp.StartAsync(fixture.Storage, "Mail", settings: peer.Settings))
            {
                using var here = new Desk(desk.Workspace, desk.Key, mortal.App.Address);
                mortal.DieAfter(writes);
                await here.PostAsync(
                    "/api/tickets",
                    new
                    {
                        subject = "Printer",
                        description = "d",
                        requester = new { email = "rita@example.com" },
                    }
                );
                await Helpdesk.Testing.Until.TrueAsync(() => Task.FromResult(mortal.HasDied || IsIdle(mortal.App)), "it died, or had nothing left to do");
            }

            if ((await desk.GetAsync("/api/tickets/1")).Status == 404)
                continue;
            for (var again = 0; again < 2; again++)
                await app.InvokeAsync(
                    nameof(Helpdesk.Functions.Events.DispatchTicketEvents),
                    $$"""{"workspace":"{{desk.Workspace}}","number":1,"upTo":1,"sentAt":"2026-03-10T09:00:00.000Z","sender":"x"}"""
                );
            await app.MailedAsync();
            foreach (var mail in await MailsAsync(app, desk, "&state=queued"))
            {
                // The claim of the process that died is over.
                await OverAsync(app, desk, Text(mail, "id"));
                await SendAsync(app, desk, Text(mail, "id"));
            }

            Assert.Equal("sent", Text(Assert.Single(await MailsAsync(app, desk)), "state"));
            var taken = peer.Taken.Skip(before).ToList();
            Assert.InRange(taken.Count, 1, 2);
            Assert.Single(taken.Select(one => one.MessageId).Distinct());
        }
    }

    private static bool IsIdle(RunningApp app) =>
        app.Services.GetRequiredService<WorkQueue<Helpdesk.Functions.Tickets.TicketMessage>>().Outstanding == 0
        && app.Services.GetRequiredService<WorkQueue<OutgoingMail>>().Outstanding == 0;

    private static async Task OverAsync(RunningApp app, Desk desk, string id)
    {
        var mails = app.Services.GetRequiredService<OutgoingMails>();
        var (mail, etag) = (await mails.FindAsync(desk.Workspace, id, default))!.Value;
        await mails.TryNoteAsync(mail with { ClaimedUntil = null }, null, etag, default);
    }

    [Fact]
    public async Task SendGrid_gets_a_mail_with_its_headers_and_no_tracking_and_is_left_alone_when_it_says_so()
    {
        await using var peer = await SendGridPeer.StartAsync();
        await using var app = await RunningApp.StartAsync(fixture.Storage, null, peer.Settings);
        using var desk = await fixture.OpenDeskAsync(app);
        await desk.OpenTicketAsync();
        var mail = Assert.Single(await MailsAsync(app, desk));
        var sent = Assert.Single(peer.Taken);
        var person = sent["personalizations"]![0]!;
        Assert.Equal("sent", Text(mail, "state"));
        Assert.Equal($"<{Text(mail, "messageId")}>", person["headers"]!["Message-ID"]!.GetValue<string>());
        Assert.Equal(Text(mail, "id"), person["custom_args"]!["helpdesk_mail"]!.GetValue<string>());
        Assert.False(sent["tracking_settings"]!["click_tracking"]!["enable"]!.GetValue<bool>());

        peer.Answers = () => (429, "7200");
        await desk.OpenTicketAsync("Second", "ned@example.com");
        var waiting = Assert.Single(await MailsAsync(app, desk, "&state=queued"));
        Assert.True(waiting["nextAt"]!.GetValue<DateTimeOffset>() > TimeProvider.System.GetUtcNow() + TimeSpan.FromMinutes(100));
        peer.Answers = () => (400, null);
        await desk.OpenTicketAsync("Third", "tom@example.com");
        Assert.Contains("No, thank you.", Text(Assert.Single(await MailsAsync(app, desk, "&state=failed")), "reason"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_that_bounces_is_suppressed_until_an_agent_lifts_that()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await using var peer = await SendGridPeer.StartAsync();
        await using var app = await RunningApp.StartAsync(
            fixture.Storage,
            null,
            [.. peer.Settings, $"--Mail:SendGrid:EventKey={Convert.ToBase64String(key.ExportSubjectPublicKeyInfo())}"]
        );
        using var desk = await fixture.OpenDeskAsync(app);
        var ticket = (await desk.OpenTicketAsync()).Json;
        var mail = Assert.Single(await MailsAsync(app, desk));
        var events = $$"""
            [{"email":"rita@example.com","event":"bounce","type":"bounce","status":"5.1.1","reason":"550 no such user",
              "helpdesk_mail":"{{Text(mail, "id")}}","helpdesk_workspace":"{{desk.Workspace}}"},
             {"event":"open"},
             {"email":"other@example.com","event":"spamreport","helpdesk_mail":"{{Text(mail, "id")}}","helpdesk_workspace":"{{desk.Workspace}}"}]
            """;
        using var nobody = new Desk(desk.Workspace, "", app.Address);
        (await PostAsync(nobody, key, events, "wrong")).Expect(403);
        (await PostAsync(nobody, key, events)).Expect(204);
        (await PostAsync(nobody, key, events)).Expect(204);

        var suppressed = Assert.Single((await desk.GetAsync("/api/suppressions")).Expect(200).Json["items"]!.AsArray());
        Assert.Equal("rita@example.com", Text(suppressed!, "email"));
        Assert.Equal("failed", Text(Assert.Single(await MailsAsync(app, desk)), "state"));
        (await desk.PostAsync($"/api/tickets/{ticket["id"]}/comments", new { body = "Are you there?" })).Expect(201);
        Assert.Contains("no such user", Text(Assert.Single(await MailsAsync(app, desk, "&state=suppressed")), "reason"), StringComparison.Ordinal);
        var notes = (await desk.GetAsync($"/api/tickets/{ticket["id"]}/comments")).Json["items"]!.AsArray();
        Assert.Single(notes, note => Text(note!, "body").Contains("cannot be reached by mail", StringComparison.Ordinal));

        using var other = await fixture.OpenDeskAsync(app);
        Assert.Empty((await other.GetAsync("/api/suppressions")).Json["items"]!.AsArray());
        (await other.DeleteAsync("/api/suppressions/rita@example.com")).Expect(404);
        (await desk.DeleteAsync("/api/suppressions/rita@example.com")).Expect(204);
        (await PostAsync(nobody, key, events)).Expect(204);
        (await desk.PostAsync($"/api/tickets/{ticket["id"]}/comments", new { body = "And now?" })).Expect(201);
        Assert.Equal("sent", Text((await MailsAsync(app, desk, $"&ticket={ticket["number"]}"))[0], "state"));
        Assert.Equal(2, peer.Taken.Count);
    }

    private static Task<Answer> PostAsync(Desk desk, ECDsa key, string events, string? signed = null)
    {
        var signature = key.SignData(Encoding.UTF8.GetBytes($"1773138600{signed ?? events}"), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        var body = new StringContent(events, Encoding.UTF8) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        return desk.SendAsync(
            HttpMethod.Post,
            "/api/intake/sendgrid-events",
            body,
            (SendGridSignature.Header, Convert.ToBase64String(signature)),
            (SendGridSignature.TimestampHeader, "1773138600")
        );
    }
}
