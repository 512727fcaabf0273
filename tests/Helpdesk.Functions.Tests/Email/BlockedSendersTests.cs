using System.Text.Json.Nodes;

namespace Helpdesk.Functions.Tests.Email;

/// <summary>Mails of senders that are blocked are kept, and nothing else comes of them.</summary>
public sealed class BlockedSendersTests(DeskFixture fixture)
{
    private static string Reason(Answer receipt) => receipt.Json["reason"]!.GetValue<string>();

    [Fact]
    public async Task What_a_blocked_sender_writes_is_kept_listed_not_answered_and_a_ticket_when_it_is_replayed()
    {
        using var mails = await MailDesk.OpenAsync(fixture);
        using var agent = await mails.Desk.WithRoleAsync("agent");
        (await agent.PostAsync("/api/blocked-senders", new { sender = "Eve@Example.NET", reason = "Nothing but advertising." })).Expect(201);
        (await agent.PostAsync("/api/blocked-senders", new { sender = "@casino.example" })).Expect(201);
        (await agent.PostAsync("/api/blocked-senders", new { sender = "a/b@example.net" })).Expect(400);
        var address = await mails.SendAsync(mails.Mail("Buy this", ("From", "Eve <eve@example.net>")));
        var domain = await mails.SendAsync(mails.Mail("And this", ("From", "ads@mail.casino.example")));
        Assert.Equal(
            [("ignored", "ignored: blocked sender (eve@example.net)"), ("ignored", "ignored: blocked sender (casino.example)")],
            new[] { address, domain }.Select(receipt => (receipt.Json["state"]!.GetValue<string>(), Reason(receipt)))
        );
        Assert.StartsWith("new ticket", Reason(await mails.SendAsync(mails.Mail("Help", ("From", "tom@example.net")))), StringComparison.Ordinal);
        // Another name in front does not help.
        var hidden = await mails.SendAsync(mails.Mail("Buy", ("From", "good@ok.example"), ("Reply-To", "eve@example.net"), ("Auto-Submitted", "no")));
        Assert.Equal("ignored: blocked sender (eve@example.net)", Reason(hidden));

        // Among other things that were ignored they are found.
        await mails.SendAsync(mails.Mail("Away", ("Auto-Submitted", "auto-replied")));
        async Task<List<string>> ListedAsync(string query) =>
            [.. (await agent.GetAsync($"/api/receipts?{query}")).Expect(200).Json["items"]!.AsArray().Select(one => one!["id"]!.GetValue<string>())];
        var ids = new[] { domain, address }.Select(receipt => receipt.Json["id"]!.GetValue<string>()).ToList();
        Assert.Equal([hidden.Json["id"]!.GetValue<string>(), .. ids], await ListedAsync("state=ignored&channel=email&reason=Blocked%20sender"));
        Assert.Equal([hidden.Json["id"]!.GetValue<string>(), ids[1]], await ListedAsync("reason=eve@example.net"));
        Assert.Empty(await ListedAsync("state=ignored&channel=web"));
        Assert.Equal(4, (await ListedAsync("state=ignored")).Count);

        await mails.App.MailedAsync();
        Assert.DoesNotContain((await mails.Desk.GetAsync("/api/outbox")).Json["items"]!.AsArray(), mail => To(mail!) is "eve@example.net");
        (await agent.PostAsync($"/api/receipts/{ids[1]}/replay")).Expect(202);
        await mails.WorkAsync(ids[1], replay: true);
        await mails.WorkAsync(ids[1], replay: true);
        var replayed = (await agent.GetAsync($"/api/receipts/{ids[1]}")).Expect(200);
        Assert.Equal(("processed", "eve@example.net"), (replayed.Json["state"]!.GetValue<string>(), await RequesterAsync(mails, replayed)));
    }

    [Fact]
    public async Task Agents_block_admins_lift_and_other_workspaces_see_nothing()
    {
        using var mails = await MailDesk.OpenAsync(fixture);
        using var others = await MailDesk.OpenAsync(fixture);
        using var agent = await mails.Desk.WithRoleAsync("agent");
        using var bridge = await mails.Desk.WithRoleAsync("integration");
        (await bridge.PostAsync("/api/blocked-senders", new { sender = "eve@example.net" })).Expect(403);
        var added = (await agent.PostAsync("/api/blocked-senders", new { sender = "eve@example.net", reason = "First" })).Expect(201).Json;
        var again = (await mails.Desk.PostAsync("/api/blocked-senders", new { sender = "EVE@example.net", reason = "Second" })).Expect(201).Json;
        Assert.Equal(added.ToJsonString(), again.ToJsonString());
        Assert.Equal("First", (await agent.GetAsync("/api/blocked-senders/Eve@example.net")).Expect(200).Json["reason"]!.GetValue<string>());
        Assert.Single((await agent.GetAsync("/api/blocked-senders")).Expect(200).Json["items"]!.AsArray());

        Assert.Empty((await others.Desk.GetAsync("/api/blocked-senders")).Expect(200).Json["items"]!.AsArray());
        (await others.Desk.GetAsync("/api/blocked-senders/eve@example.net")).Expect(404);
        Assert.StartsWith("new ticket", Reason(await others.SendAsync(others.Mail("Hello", ("From", "eve@example.net")))), StringComparison.Ordinal);

        (await agent.DeleteAsync("/api/blocked-senders/eve@example.net")).Expect(403);
        (await mails.Desk.DeleteAsync("/api/blocked-senders/eve@example.net")).Expect(204);
        (await mails.Desk.DeleteAsync("/api/blocked-senders/eve@example.net")).Expect(404);
        Assert.StartsWith("new ticket", Reason(await mails.SendAsync(mails.Mail("Hello", ("From", "eve@example.net")))), StringComparison.Ordinal);
        foreach (var wrong in new[] { "", "com", "eve@", "not a domain", "eve@localhost@", "*.example.com" })
            (await agent.PostAsync("/api/blocked-senders", new { sender = wrong })).Expect(400);
    }

    [Fact]
    public async Task Agents_of_a_blocked_domain_are_heard_and_so_are_reports_on_the_desks_own_mails()
    {
        using var mails = await MailDesk.OpenAsync(fixture);
        (await mails.Desk.PostAsync("/api/agents", new { name = "Ada", email = "ada@blocked.example" })).Expect(201);
        (await mails.Desk.PostAsync("/api/blocked-senders", new { sender = "blocked.example" })).Expect(201);
        Assert.StartsWith("new ticket", Reason(await mails.SendAsync(mails.Mail("Help me", ("From", "ada@blocked.example")))), StringComparison.Ordinal);
        // Who only says so is not believed.
        var forged = mails.Mail("Help me", ("From", "ada@blocked.example"), ("Authentication-Results", "mx.example; dmarc=fail"));
        Assert.Equal("ignored: blocked sender (blocked.example)", Reason(await mails.SendAsync(forged)));

        var opened = await mails.SendAsync(mails.Mail("It is on fire", ("From", "rita@elsewhere.example")));
        await mails.App.MailedAsync();
        var sent = (await mails.Desk.GetAsync($"/api/outbox?ticket={opened.Json["number"]}")).Json["items"]![0]!["messageId"]!.GetValue<string>();
        var report = string.Join(
            "\n",
            "--b",
            "Content-Type: message/delivery-status",
            "",
            "Reporting-MTA: dns; mx.blocked.example",
            "",
            "Final-Recipient: rfc822; rita@elsewhere.example",
            "Action: failed",
            "Status: 5.1.1",
            "",
            "--b",
            "Content-Type: text/rfc822-headers",
            "",
            $"Message-ID: <{sent.Trim('<', '>')}>",
            "",
            "--b--"
        );
        var bounced = await mails.SendAsync(
            mails.Mail(
                report,
                ("From", "mailer-daemon@mx.blocked.example"),
                ("Subject", "Undelivered"),
                ("Content-Type", "multipart/report; report-type=delivery-status; boundary=b")
            )
        );
        Assert.DoesNotContain("blocked", Reason(bounced), StringComparison.Ordinal);
        (await mails.Desk.GetAsync("/api/suppressions/rita@elsewhere.example")).Expect(200);
    }

    private static string To(JsonNode mail) => mail["to"]!.GetValue<string>();

    private static async Task<string> RequesterAsync(MailDesk mails, Answer receipt) =>
        (await mails.TicketAsync(receipt))["requester"]!["email"]!.GetValue<string>();
}
