using System.Text.Json.Nodes;
using Helpdesk.Functions.Email;
using Helpdesk.Functions.Tickets;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Email;

/// <summary>Who a mail is believed to be from.</summary>
public sealed class MailSenderTests(DeskFixture fixture)
{
    private const string Forged = "mx.example.com; spf=pass; dmarc=fail (p=none) header.from=example.com";

    private static string Reason(Answer receipt) => receipt.Json["reason"]!.GetValue<string>();

    private static long Number(Answer receipt) => receipt.Json["number"]!.GetValue<long>();

    private static async Task AddAgentAsync(MailDesk mails) =>
        (
            await mails.Desk.PostAsync(
                "/api/agents",
                new
                {
                    id = "ada",
                    name = "Ada",
                    email = "ada@agents.example",
                }
            )
        ).Expect(201);

    private static async Task<string> AddressAsync(MailDesk mails, Answer opened)
    {
        var tokens = mails.App.Services.GetRequiredService<ReplyTokens>();
        var token = await tokens.OfAsync(new TicketAddress(mails.Desk.Workspace, Number(opened)), default);
        return mails.Address.Replace("@", $"+{token}@", StringComparison.Ordinal);
    }

    private static async Task<JsonNode> MailOfAsync(MailDesk mails, Answer opened, string what)
    {
        await mails.App.MailedAsync();
        var items = (await mails.Desk.GetAsync($"/api/outbox?limit=100&ticket={Number(opened)}")).Expect(200).Json["items"]!.AsArray();
        return items.First(one => one!["event"]!.GetValue<string>() == what)!;
    }

    [Theory]
    [InlineData("rita@example.com")]
    [InlineData("Rita <RITA@example.com>, x@example.net")]
    [InlineData("x@example.net, rita@example.com")]
    public async Task Where_answers_are_wanted_makes_nobody_a_participant(string replyTo)
    {
        using var mails = await MailDesk.OpenAsync(fixture);
        var opened = await mails.SendAsync(mails.Mail());
        (await mails.Desk.PostAsync($"/api/tickets/{Number(opened)}/resolve", new { resolution = "Done" })).Expect(200);
        var forged = await mails.SendAsync(mails.Mail("Not me", ("From", "mal@evil.example"), ("Reply-To", replyTo), ("Subject", $"[#{Number(opened)}] x")));
        Assert.StartsWith("new ticket", Reason(forged), StringComparison.Ordinal);
        Assert.Equal("resolved", (await mails.TicketAsync(opened))["status"]!.GetValue<string>());
        Assert.Empty(await mails.CommentsAsync(opened));
        // With a token the words are the sender's own, whatever Reply-To says.
        await mails.SendAsync(mails.Mail("I am Mal", ("From", "mal@evil.example"), ("Reply-To", replyTo), ("To", await AddressAsync(mails, opened))));
        var ticket = await mails.TicketAsync(opened);
        Assert.Equal("mal@evil.example", Assert.Single(ticket["participants"]!.AsArray())!["email"]!.GetValue<string>());
    }

    [Fact]
    public async Task An_agents_address_and_a_ticket_number_are_no_answer_of_the_agent()
    {
        using var mails = await MailDesk.OpenAsync(fixture);
        await AddAgentAsync(mails);
        var opened = await mails.SendAsync(mails.Mail());
        var forged = await mails.SendAsync(mails.Mail("Pay here", ("From", "Ada <ada@agents.example>"), ("Subject", $"Invoice [#{Number(opened)}]")));
        Assert.StartsWith("new ticket: an agent's answer has a reply token", Reason(forged), StringComparison.Ordinal);
        Assert.Empty(await mails.CommentsAsync(opened));
        var id = (await MailOfAsync(mails, opened, "received"))["messageId"]!.GetValue<string>().Trim('<', '>');
        foreach (var header in new[] { ("In-Reply-To", $"<{id}>"), ("References", $"<{id}>"), ("To", await AddressAsync(mails, opened)) })
            await mails.SendAsync(mails.Mail($"By {header.Item1}", ("From", "ada@agents.example"), header));
        Assert.Equal(["public agent: By In-Reply-To", "public agent: By References", "public agent: By To"], await mails.CommentsAsync(opened));
    }

    [Fact]
    public async Task A_sender_who_fails_dmarc_is_no_agent_and_others_get_a_note()
    {
        using var mails = await MailDesk.OpenAsync(fixture);
        await AddAgentAsync(mails);
        var opened = await mails.SendAsync(mails.Mail());
        var address = await AddressAsync(mails, opened);
        await mails.SendAsync(mails.Mail("Pay here", ("From", "ada@agents.example"), ("To", address), ("Authentication-Results", Forged)));
        await mails.SendAsync(mails.Mail("More smoke", ("To", address), ("Authentication-Results", Forged)));
        Assert.Equal(
            [
                "internal system: The sender could not be verified (dmarc=fail). From ada@agents.example:\n\nPay here",
                "public requester: More smoke",
                "internal system: The sender could not be verified (dmarc=fail).",
            ],
            await mails.CommentsAsync(opened)
        );
        var other = await mails.SendAsync(mails.Mail("Door", ("Subject", "Door"), ("Authentication-Results", Forged)));
        Assert.Equal(["internal system: The sender could not be verified (dmarc=fail)."], await mails.CommentsAsync(other));
        var fine = await mails.SendAsync(mails.Mail("Roof", ("Subject", "Roof"), ("Authentication-Results", "mx.example.com; dmarc=pass")));
        Assert.Empty(await mails.CommentsAsync(fine));
    }

    [Fact]
    public async Task An_answer_to_a_mail_about_a_note_is_a_note()
    {
        using var mails = await MailDesk.OpenAsync(fixture);
        await AddAgentAsync(mails);
        var opened = await mails.SendAsync(mails.Mail());
        (await mails.Desk.PostAsync($"/api/tickets/{Number(opened)}/comments", new { body = "@ada he is difficult", visibility = "internal" })).Expect(201);
        var mention = await MailOfAsync(mails, opened, "mention");
        var address = await AddressAsync(mails, opened);
        Assert.Contains("becomes an internal note", mention["text"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.DoesNotContain(address.Split('+', '@')[1], mention["text"]!.GetValue<string>(), StringComparison.Ordinal);
        var id = mention["messageId"]!.GetValue<string>().Trim('<', '>');
        var note = address.Replace("@", ".note@", StringComparison.Ordinal);
        await mails.SendAsync(mails.Mail("One", ("From", "ada@agents.example"), ("In-Reply-To", $"<{id}>")));
        await mails.SendAsync(mails.Mail("Two", ("From", "ada@agents.example"), ("To", note)));
        await mails.SendAsync(mails.Mail("Three", ("From", "ada@agents.example"), ("To", address), ("In-Reply-To", $"<{id}>")));
        await mails.SendAsync(mails.Mail("Four", ("From", "ada@home.example"), ("References", $"<{id}>")));
        Assert.Equal(
            ["internal agent: One", "internal agent: Two", "internal agent: Three", "internal system: From ada@home.example:\n\nFour"],
            (await mails.CommentsAsync(opened)).Skip(1)
        );
    }

    [Theory]
    [InlineData("—— Please write above this line ——\n\nThank you for writing to us.")]
    [InlineData("> —— Bitte schreiben Sie über dieser Zeile ——\n> Guten Tag")]
    [InlineData("\n\n>\n> -- Molimo pišite iznad ove crte --\n> Poštovani")]
    [InlineData("On Tue, 10 Mar 2026 at 10:00, Support <s@desk.example> wrote:\n> —— Please write above this line ——\n>\n> Thank you.")]
    public async Task A_mail_that_only_quotes_the_desk_is_ignored(string words)
    {
        using var mails = await MailDesk.OpenAsync(fixture);
        var opened = await mails.SendAsync(mails.Mail());
        var empty = await mails.SendAsync(mails.Mail(words, ("To", await AddressAsync(mails, opened))));
        Assert.Equal("ignored: it only quotes this desk", Reason(empty));
        await mails.SendAsync(mails.Mail($"Yes\n{words}", ("To", await AddressAsync(mails, opened))));
        Assert.Equal(["public requester: Yes"], await mails.CommentsAsync(opened));
    }

    [Fact]
    public async Task A_mailbox_of_the_desk_never_asks_for_help_or_takes_part()
    {
        using var mails = await MailDesk.OpenAsync(fixture);
        var opened = await mails.SendAsync(mails.Mail());
        await mails.SendAsync(mails.Mail("Loop", ("From", mails.Address), ("To", await AddressAsync(mails, opened))));
        Assert.Empty((await mails.TicketAsync(opened))["participants"] as JsonArray ?? []);
        var own = await mails.SendAsync(mails.Mail("Loop", ("From", mails.Address), ("Subject", "Loop")));
        Assert.NotEqual(mails.Address, (await mails.TicketAsync(own))["requester"]!["email"]!.GetValue<string>());
        Assert.True((await mails.TicketAsync(own))["automatic"]!.GetValue<bool>());
    }

    [Fact]
    public async Task A_postmasters_request_is_a_ticket()
    {
        using var mails = await MailDesk.OpenAsync(fixture);
        var opened = await mails.SendAsync(mails.Mail("Please renew our certificate.", ("From", "postmaster@example.com"), ("Subject", "Certificate")));
        Assert.True((await mails.TicketAsync(opened))["automatic"]!.GetValue<bool>());
        var report = await mails.SendAsync(mails.Mail("Nothing to see.", ("From", "postmaster@example.com"), ("Subject", "Report"), ("Return-Path", "<>")));
        Assert.StartsWith("ignored", Reason(report), StringComparison.Ordinal);
    }
}
