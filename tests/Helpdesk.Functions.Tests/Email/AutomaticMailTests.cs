using System.Collections.Concurrent;
using Helpdesk.Functions.Email;
using Helpdesk.Functions.Tickets;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Email;

/// <summary>Mail that no person wrote: it is kept, and moves nothing.</summary>
public sealed class AutomaticMailTests(DeskFixture fixture)
{
    private static string IdOf(string mail) => mail.Split("Message-ID: ")[1].Split("\r\n")[0];

    private static string Reason(Answer receipt) => receipt.Json["reason"]!.GetValue<string>();

    [Fact]
    public async Task An_automatic_reply_is_a_note_where_it_belongs_to_a_ticket_and_leaves_the_status_alone()
    {
        using var mails = await MailDesk.OpenAsync(fixture);
        var first = mails.Mail("One");
        var opened = await mails.SendAsync(first);
        (await mails.Desk.PostAsync($"/api/tickets/{opened.Json["number"]}/resolve", new { resolution = "Done" })).Expect(200);
        var away = await mails.SendAsync(
            mails.Mail("I am on holiday", ("Subject", "Automatic reply: Printer"), ("Auto-Submitted", "auto-replied"), ("In-Reply-To", IdOf(first)))
        );
        Assert.Equal(
            $"note on ticket {opened.Json["number"]}: automatic reply (Auto-Submitted: auto-replied); In-Reply-To names a mail of that ticket",
            Reason(away)
        );
        Assert.Equal(
            ["internal system: Automatic reply (Auto-Submitted: auto-replied) from rita@example.com:\n\nI am on holiday"],
            await mails.CommentsAsync(opened)
        );
        Assert.Equal("resolved", (await mails.TicketAsync(opened))["status"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("Auto-Submitted", "auto-replied")]
    [InlineData("X-Autoreply", "yes")]
    [InlineData("Precedence", "auto_reply")]
    [InlineData("Return-Path", "<>")]
    public async Task An_automatic_reply_to_nothing_is_set_aside_with_its_reason_and_can_be_brought_back(string header, string value)
    {
        using var mails = await MailDesk.OpenAsync(fixture);
        var away = await mails.SendAsync(mails.Mail("I am on holiday", (header, value)));
        Assert.Equal(("ignored", $"ignored: automatic reply ({header}: {value})"), (away.Json["state"]!.GetValue<string>(), Reason(away)));
        Assert.Empty(await mails.Desk.NumbersAsync("status=new"));
        await mails.WorkAsync(away.Json["id"]!.GetValue<string>(), replay: true);
        await mails.WorkAsync(away.Json["id"]!.GetValue<string>(), replay: true);
        var back = await mails.Desk.GetAsync($"/api/receipts/{away.Json["id"]}");
        Assert.Equal("processed", back.Json["state"]!.GetValue<string>());
        Assert.True((await mails.TicketAsync(back))["automatic"]!.GetValue<bool>());
    }

    [Theory]
    [InlineData("List-Id", "<news.example.com>")]
    [InlineData("Precedence", "bulk")]
    [InlineData("Auto-Submitted", "auto-generated")]
    public async Task What_a_program_writes_is_a_ticket_of_which_nobody_is_told_or_nothing_as_the_mailbox_says(string header, string value)
    {
        using var mails = await MailDesk.OpenAsync(fixture, new { id = "box" });
        var ticket = await mails.TicketAsync(await mails.SendAsync(mails.Mail("Disk full", ("Subject", "Alert"), (header, value), ("Cc", "all@example.com"))));
        Assert.True(ticket["automatic"]!.GetValue<bool>());
        Assert.Empty(ticket["participants"]?.AsArray() ?? []);
        var first = mails.Mail("One");
        var opened = await mails.SendAsync(first);
        var note = await mails.SendAsync(mails.Mail("Disk still full", (header, value), ("In-Reply-To", IdOf(first))));
        Assert.StartsWith($"note on ticket {opened.Json["number"]}: automatic mail ({header}: ", Reason(note), StringComparison.Ordinal);
        (await mails.Desk.PatchAsync("/api/mailboxes/box", new { automatic = "ignore" })).Expect(200);
        var ignored = await mails.SendAsync(mails.Mail("Disk full again", ("Subject", "Alert 2"), (header, value)));
        Assert.Equal("ignored", ignored.Json["state"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_mail_that_this_desk_wrote_itself_is_set_aside()
    {
        using var mails = await MailDesk.OpenAsync(fixture);
        var self = await fixture.App.Services.GetRequiredService<DeskIdentity>().IdAsync(default);
        var echo = await mails.SendAsync(mails.Mail("Echo", (Helpdesk.Email.AutomaticMail.LoopHeader, self)));
        Assert.StartsWith("ignored: this desk wrote it itself", Reason(echo), StringComparison.Ordinal);
        var other = await mails.SendAsync(mails.Mail("Another desk's", (Helpdesk.Email.AutomaticMail.LoopHeader, "another")));
        Assert.True((await mails.TicketAsync(other))["automatic"]!.GetValue<bool>());
    }

    [Theory]
    [InlineData("5.1.1", true)]
    [InlineData("4.2.2", false)]
    public async Task A_delivery_report_goes_to_the_ticket_of_the_mail_it_is_about_and_tells_of_dead_addresses(string status, bool permanent)
    {
        var told = new ToldAddresses();
        await using var app = await RunningApp.StartAsync(fixture.Storage, builder => builder.Services.AddSingleton<IUndeliverable>(told));
        using var mails = await MailDesk.OpenAsync(fixture, app: app);
        var opened = await mails.SendAsync(mails.Mail("One"));
        var ticket = await mails.TicketAsync(opened);
        var sent = $"{mails.Desk.Workspace}.1@desk.example";
        await app
            .Services.GetRequiredService<MailThreads>()
            .AddAsync(
                mails.Desk.Workspace,
                new(sent, ticket["id"]!.GetValue<string>(), TimeProvider.System.GetUtcNow(), Sent: true, "rita@example.com", "Printer"),
                default
            );
        var report = await mails.SendAsync(Report(mails, sent, "rita@example.com", status));
        Assert.StartsWith(
            $"note on ticket {opened.Json["number"]}: delivery report ({(permanent ? "permanent" : "temporary")} failure {status})",
            Reason(report),
            StringComparison.Ordinal
        );
        // The acknowledgement may go out before or after; after, a second note says whom it did not reach.
        var note = Assert.Single(await mails.CommentsAsync(opened), one => one.Contains("was not delivered", StringComparison.Ordinal));
        Assert.StartsWith($"internal system: The mail to rita@example.com was not delivered: {status} ", note, StringComparison.Ordinal);
        Assert.Equal(permanent ? ["rita@example.com"] : [], told.All.Select(one => one.Email).Distinct());

        // About an address that has nothing to do with the ticket, or a mail that the desk never sent, anybody can write.
        told.All.Clear();
        await mails.SendAsync(Report(mails, sent, "ceo@example.org", status));
        var stray = await mails.SendAsync(Report(mails, "unknown@desk.example", "rita@example.com", status));
        Assert.Equal("ignored: a delivery report of no mail of this desk", Reason(stray));
        Assert.Empty(told.All);
        using var others = await MailDesk.OpenAsync(fixture, app: app);
        Assert.StartsWith("ignored: ", Reason(await others.SendAsync(Report(others, sent, "rita@example.com", status))), StringComparison.Ordinal);
    }

    private static string Report(MailDesk mails, string about, string recipient, string status) =>
        mails.Mail(
            $"""
            --b
            Content-Type: text/plain

            It did not work.
            --b
            Content-Type: message/delivery-status

            Reporting-MTA: dns; mx.example.com

            Final-Recipient: rfc822; {recipient}
            Action: {(status[0] == '5' ? "failed" : "delayed")}
            Status: {status}
            Diagnostic-Code: smtp; 550 {status} No such user

            --b
            Content-Type: message/rfc822

            From: support@desk.example
            Message-ID: <{about}>
            Subject: Printer

            Hello
            --b--
            """,
            ("From", "mailer-daemon@mx.example.com"),
            ("Subject", "Undelivered"),
            ("Return-Path", "<>"),
            ("MIME-Version", "1.0"),
            ("Content-Type", "multipart/report; report-type=delivery-status; boundary=b")
        );

    private sealed class ToldAddresses : IUndeliverable
    {
        public ConcurrentBag<UndeliverableAddress> All { get; } = [];

        public Task NoteAsync(string workspace, UndeliverableAddress address, CancellationToken cancellationToken)
        {
            All.Add(address);
            return Task.CompletedTask;
        }
    }
}
