using System.Text.Json.Nodes;
using Helpdesk.Functions.Email;
using Helpdesk.Functions.Tickets;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Email;

/// <summary>Which ticket a mail goes to, and by which rule.</summary>
public sealed class MailThreadingTests(DeskFixture fixture)
{
    private static string Reason(Answer receipt) => receipt.Json["reason"]!.GetValue<string>();

    private static long Number(Answer receipt) => receipt.Json["number"]!.GetValue<long>();

    private static string IdOf(string mail) => mail.Split("Message-ID: ")[1].Split("\r\n")[0];

    /// <summary>The token with another last letter.</summary>
    private static string Changed(string token) => token[..^1] + (token[^1] == '0' ? '1' : '0');

    private static Task<string> TokenAsync(MailDesk mails, long number) =>
        mails.App.Services.GetRequiredService<ReplyTokens>().OfAsync(new(mails.Desk.Workspace, number), default).AsTask();

    [Fact]
    public async Task A_reply_token_in_any_address_leads_to_its_ticket_and_a_forged_one_does_not()
    {
        using var mails = await MailDesk.OpenAsync(fixture);
        var opened = await mails.SendAsync(mails.Mail());
        var token = await TokenAsync(mails, Number(opened));
        var address = mails.Address.Replace("@", $"+{token}@", StringComparison.Ordinal);
        foreach (var header in new[] { "To", "Cc", "Reply-To" })
        {
            var reply = await mails.SendAsync(mails.Mail($"By {header}", ("Subject", "Something else"), ("To", "x@example.com"), (header, address)));
            Assert.Equal($"comment on ticket {Number(opened)}: an address has the reply token of that ticket", Reason(reply));
        }

        Assert.Equal(["public requester: By To", "public requester: By Cc", "public requester: By Reply-To"], await mails.CommentsAsync(opened));
        foreach (
            var forged in new[]
            {
                address.Replace("+t", "+t1", StringComparison.Ordinal),
                mails.Address.Replace("@", $"+{Changed(token)}@", StringComparison.Ordinal),
                mails.Address.Replace("@", "+t1-@", StringComparison.Ordinal),
            }
        )
        {
            var stray = await mails.SendAsync(mails.Mail($"By {forged}", ("From", "eve@example.net"), ("To", forged)));
            Assert.NotEqual(Number(opened), Number(stray));
        }

        // The token of another workspace's ticket of the same number is none here.
        using var others = await MailDesk.OpenAsync(fixture);
        var other = await others.SendAsync(others.Mail());
        var foreign = others.Address.Replace("@", $"+{await TokenAsync(mails, Number(other))}@", StringComparison.Ordinal);
        Assert.StartsWith(
            "new ticket",
            Reason(await others.SendAsync(others.Mail("Foreign", ("From", "eve@example.net"), ("To", foreign)))),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task In_Reply_To_then_References_from_the_right_lead_to_the_ticket_of_a_mail_that_was_seen()
    {
        using var mails = await MailDesk.OpenAsync(fixture);
        var (one, two) = (mails.Mail("One"), mails.Mail("Two", ("Subject", "Scanner")));
        var (first, second) = (await mails.SendAsync(one), await mails.SendAsync(two));
        var byReply = await mails.SendAsync(
            mails.Mail("Reply", ("Subject", "Re: Printer"), ("In-Reply-To", IdOf(one)), ("References", $"{IdOf(one)} {IdOf(two)}"))
        );
        Assert.Equal($"comment on ticket {Number(first)}: In-Reply-To names a mail of that ticket", Reason(byReply));
        var byReferences = await mails.SendAsync(
            mails.Mail(
                "Reference",
                ("Subject", "Re: Printer"),
                ("In-Reply-To", "<unknown@x.example>"),
                ("References", $"{IdOf(one)} {IdOf(two)} <unknown@x.example>")
            )
        );
        Assert.Equal($"comment on ticket {Number(second)}: References names a mail of that ticket", Reason(byReferences));
        // A comment's own mail is part of the thread from then on.
        var reply = mails.Mail("Reply to a reply", ("Subject", "x"), ("In-Reply-To", IdOf(one)));
        await mails.SendAsync(reply);
        Assert.Equal(Number(first), Number(await mails.SendAsync(mails.Mail("And again", ("Subject", "y"), ("In-Reply-To", IdOf(reply))))));
        Assert.Equal(["public requester: Reply", "public requester: Reply to a reply", "public requester: And again"], await mails.CommentsAsync(first));
    }

    [Fact]
    public async Task The_number_in_a_subject_counts_for_those_who_take_part()
    {
        using var mails = await MailDesk.OpenAsync(fixture);
        var opened = await mails.SendAsync(mails.Mail("One", ("Cc", "Carl <carl@example.com>")));
        var subject = $"=?utf-8?Q?Re=3A_=5B=23{Number(opened)}=5D_Dr=C3=BCcker?=";
        foreach (var from in new[] { "RITA@example.com", "carl@example.com" })
        {
            var reply = await mails.SendAsync(mails.Mail($"From {from}", ("From", from), ("Subject", subject)));
            Assert.Equal($"comment on ticket {Number(opened)}: its subject names that ticket, and its sender takes part in it", Reason(reply));
        }

        foreach (var from in new[] { "eve@example.net", "rita@example.com.example.net", "\"rita@example.com\" <eve@example.net>" })
            Assert.StartsWith(
                "new ticket",
                Reason(await mails.SendAsync(mails.Mail($"Injected {from}", ("From", from), ("Subject", subject)))),
                StringComparison.Ordinal
            );
        foreach (var nonsense in new[] { "[#0]", "[#99999999999999999999]", $"#{Number(opened)}", $"[# {Number(opened)}]" })
            Assert.StartsWith("new ticket", Reason(await mails.SendAsync(mails.Mail(nonsense, ("Subject", nonsense)))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stranger_who_knows_no_more_than_the_id_of_a_mail_is_told_of_once()
    {
        using var mails = await MailDesk.OpenAsync(fixture);
        var first = mails.Mail("One", ("Cc", "carl@example.com"));
        var opened = await mails.SendAsync(first);
        var token = mails.Address.Replace("@", $"+{await TokenAsync(mails, Number(opened))}@", StringComparison.Ordinal);
        async Task SayAsync(string from, string words, params (string, string)[] headers) =>
            await mails.SendAsync(mails.Mail(words, [("From", from), ("Subject", "Re: Printer"), .. headers]));
        // Who takes part, and who has a mail of the desk, is nobody to be told of.
        await SayAsync("carl@example.com", "Carl", ("In-Reply-To", IdOf(first)));
        await SayAsync("tom@example.net", "Tom", ("To", token));
        await SayAsync("Sam <sam@example.net>", "Sam", ("In-Reply-To", IdOf(first)));
        await SayAsync("Sam <sam@example.net>", "Sam again", ("References", IdOf(first)));
        // Taken out, and back again.
        (await mails.Desk.PatchAsync($"/api/tickets/{Number(opened)}", new { participants = Array.Empty<object>() })).Expect(200);
        await SayAsync("sam@example.net", "Sam once more", ("In-Reply-To", IdOf(first)));
        const string why =
            "was not part of this ticket: the mail is here because it answers one of the ticket's mails. "
            + "They take part from now on; remove them from the participants if they should not.";
        Assert.Equal(
            [$"internal system: Sam (sam@example.net) {why}"],
            (await mails.CommentsAsync(opened)).Where(said => said.StartsWith("internal", StringComparison.Ordinal))
        );
    }

    [Fact]
    public async Task A_stranger_who_answers_becomes_a_participant_and_one_who_drags_old_references_along_does_not()
    {
        using var mails = await MailDesk.OpenAsync(fixture);
        var first = mails.Mail("One");
        var opened = await mails.SendAsync(first);
        var joined = await mails.SendAsync(mails.Mail("Me too", ("From", "Sam <sam@example.net>"), ("Subject", "Re: Printer"), ("In-Reply-To", IdOf(first))));
        Assert.Equal(Number(opened), Number(joined));
        Assert.Equal(["sam@example.net"], (await mails.TicketAsync(opened))["participants"]!.AsArray().Select(one => one!["email"]!.GetValue<string>()));
        foreach (
            var (subject, stays) in new[]
            {
                ("Invoice overdue", false),
                ("AW: Printer", true),
                ("Fwd: your printer!", true),
                ("Rechnung 17", false),
                ("", true),
            }
        )
        {
            var stranger = $"{Guid.NewGuid():N}@example.org";
            var dragged = await mails.SendAsync(mails.Mail($"{subject}?", ("From", stranger), ("Subject", subject), ("References", IdOf(first))));
            Assert.Equal(stays, Number(dragged) == Number(opened));
        }

        // Who takes part may change the subject.
        Assert.Equal(
            Number(opened),
            Number(await mails.SendAsync(mails.Mail("By Sam", ("From", "sam@example.net"), ("Subject", "Invoice"), ("References", IdOf(first)))))
        );
    }

    [Fact]
    public async Task A_reply_to_a_closed_ticket_opens_a_follow_up_and_one_to_a_merged_ticket_goes_where_that_went()
    {
        using var mails = await MailDesk.OpenAsync(fixture);
        var (one, two) = (mails.Mail("One"), mails.Mail("Two", ("Subject", "Scanner"), ("From", "tom@example.com")));
        var (first, second) = (await mails.SendAsync(one), await mails.SendAsync(two));
        (await mails.Desk.PostAsync($"/api/tickets/{Number(first)}/merge", new { into = $"{Number(second)}", confirm = true })).Expect(200);
        var reply = await mails.SendAsync(mails.Mail("After the merge", ("In-Reply-To", IdOf(one))));
        Assert.Equal($"comment on ticket {Number(second)}: In-Reply-To names a mail of that ticket", Reason(reply));
        (await mails.Desk.PostAsync($"/api/tickets/{Number(second)}/resolve", new { resolution = "Done" })).Expect(200);
        (await mails.Desk.PostAsync($"/api/tickets/{Number(second)}/close")).Expect(200);
        var later = await mails.SendAsync(mails.Mail("It burns again", ("In-Reply-To", IdOf(one)), ("Subject", $"Printer in room 4 [#{Number(second)}]")));
        Assert.Equal($"new ticket, a follow-up of ticket {Number(second)}, which is closed: In-Reply-To names a mail of that ticket", Reason(later));
        var followUp = await mails.TicketAsync(later);
        Assert.StartsWith($"{Number(second)}-", followUp["followUpOf"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("Printer in room 4", followUp["subject"]!.GetValue<string>());
    }

    [Fact]
    public async Task Later_replies_to_a_closed_ticket_go_to_its_follow_up_until_that_is_closed_as_well()
    {
        using var mails = await MailDesk.OpenAsync(fixture);
        var one = mails.Mail("One", ("Cc", "carl@example.com"));
        var first = await mails.SendAsync(one);
        await CloseAsync(mails, Number(first));
        var second = await mails.SendAsync(mails.Mail("It burns again", ("In-Reply-To", IdOf(one))));
        Assert.StartsWith("new ticket, a follow-up of", Reason(second), StringComparison.Ordinal);
        var third = await mails.SendAsync(mails.Mail("And it smells of burnt plastic in the whole corridor", ("In-Reply-To", IdOf(one))));
        Assert.Equal(
            $"comment on ticket {Number(second)}: a follow-up of ticket {Number(first)}, which is closed: In-Reply-To names a mail of that ticket",
            Reason(third)
        );
        // Somebody who took part in the closed ticket, and names it by its number.
        var carls = await mails.SendAsync(mails.Mail("I see it too", ("From", "carl@example.com"), ("Subject", $"Re: Printer [#{Number(first)}]")));
        Assert.Equal(Number(second), Number(carls));
        Assert.Equal(
            ["public requester: And it smells of burnt plastic in the whole corridor", "public requester: I see it too"],
            await mails.CommentsAsync(second)
        );

        await CloseAsync(mails, Number(second));
        var fourth = await mails.SendAsync(mails.Mail("Once more", ("In-Reply-To", IdOf(one))));
        Assert.StartsWith($"new ticket, a follow-up of ticket {Number(second)}, which is closed", Reason(fourth), StringComparison.Ordinal);
        var fifth = await mails.SendAsync(mails.Mail("It still does", ("In-Reply-To", IdOf(one))));
        Assert.Equal(Number(fourth), Number(fifth));
        // What comes for the second ticket finds the same one.
        Assert.Equal(Number(fourth), Number(await mails.SendAsync(mails.Mail("Hello?", ("Subject", $"[#{Number(second)}]")))));
    }

    [Fact]
    public async Task Replies_to_a_closed_ticket_at_the_same_instant_open_one_follow_up()
    {
        using var mails = await MailDesk.OpenAsync(fixture);
        var one = mails.Mail("One");
        var first = await mails.SendAsync(one);
        await CloseAsync(mails, Number(first));
        var words = Enumerable.Range(0, 4).Select(i => $"It burns on floor {i}, and nobody has come to look at it until now").ToList();
        var ids = await Task.WhenAll(words.Select(word => mails.PostAsync(mails.Mail(word, ("In-Reply-To", IdOf(one))))));
        await Task.WhenAll(ids.Concat(ids).Select(id => mails.WorkAsync(id)));
        var receipts = await Task.WhenAll(ids.Select(id => mails.SettleAsync(id)));
        Assert.Single(receipts.Select(Number).Distinct());
        Assert.Single(receipts, receipt => Reason(receipt).StartsWith("new ticket, a follow-up of", StringComparison.Ordinal));
        var said = (await mails.CommentsAsync(receipts[0])).Append($"public requester: {(await mails.TicketAsync(receipts[0]))["description"]}");
        Assert.Equal(words.Select(word => $"public requester: {word}"), said.Select(one => one.Trim()).Order());
    }

    [Fact]
    public async Task A_follow_up_that_an_agent_opened_takes_the_replies_to_the_closed_ticket()
    {
        using var mails = await MailDesk.OpenAsync(fixture);
        var one = mails.Mail("One");
        var first = await mails.SendAsync(one);
        await CloseAsync(mails, Number(first));
        var opened = (
            await mails.Desk.PostAsync(
                "/api/tickets",
                new
                {
                    subject = "Printer, again",
                    description = "She called",
                    requester = new { email = "rita@example.com" },
                    followUpOf = $"{Number(first)}",
                }
            )
        ).Expect(201);
        await mails.App.DeliveredAsync();
        var reply = await mails.SendAsync(mails.Mail("As I said on the telephone", ("In-Reply-To", IdOf(one))));
        Assert.Equal(opened.Json["number"]!.GetValue<long>(), Number(reply));
    }

    private static async Task CloseAsync(MailDesk mails, long number)
    {
        (await mails.Desk.PostAsync($"/api/tickets/{number}/resolve", new { resolution = "Done" })).Expect(200);
        (await mails.Desk.PostAsync($"/api/tickets/{number}/close")).Expect(200);
    }

    [Fact]
    public async Task An_agents_mail_to_a_ticket_is_the_agents_public_comment()
    {
        using var mails = await MailDesk.OpenAsync(fixture);
        (
            await mails.Desk.PostAsync(
                "/api/agents",
                new
                {
                    id = "ada",
                    name = "Ada",
                    email = "Ada@agents.example",
                }
            )
        ).Expect(201);
        var first = mails.Mail("One");
        var opened = await mails.SendAsync(first);
        var address = mails.Address.Replace("@", $"+{await TokenAsync(mails, Number(opened))}@", StringComparison.Ordinal);
        var answered = await mails.SendAsync(
            mails.Mail("Have you tried water?", ("From", "Ada L <ada@agents.example>"), ("To", $"{address}, {mails.Address}"), ("Cc", "ops@example.com"))
        );
        Assert.StartsWith("comment on ticket", Reason(answered), StringComparison.Ordinal);
        Assert.Equal(["public agent: Have you tried water?"], await mails.CommentsAsync(opened));
        var ticket = await mails.TicketAsync(opened);
        Assert.Equal("open", ticket["status"]!.GetValue<string>());
        Assert.Equal(["ops@example.com"], ticket["participants"]!.AsArray().Select(one => one!["email"]!.GetValue<string>()));

        // What an agent passes on is the request of whoever wrote it.
        var forwarded = await mails.SendAsync(
            mails.Mail(
                "Please look.\n\n---------- Forwarded message ---------\nFrom: Paul P. <Paul@example.org>\nSubject: Door\n\nIt does not close.",
                ("From", "ada@agents.example"),
                ("Subject", "Fwd: Door")
            )
        );
        Assert.Equal("paul@example.org", (await mails.TicketAsync(forwarded))["requester"]!["email"]!.GetValue<string>());
        var own = await mails.SendAsync(mails.Mail("My chair", ("From", "ada@agents.example"), ("Subject", "Chair")));
        Assert.Equal("ada@agents.example", (await mails.TicketAsync(own))["requester"]!["email"]!.GetValue<string>());
    }

    [Fact]
    public async Task Those_in_copy_take_part_except_the_desk_itself_and_its_agents()
    {
        using var mails = await MailDesk.OpenAsync(fixture, new { aliases = new[] { "help@forwarded.example" } });
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
        using var elsewhere = await MailDesk.OpenAsync(fixture);
        var tagged = mails.Address.Replace("@", "+x@", StringComparison.Ordinal);
        var opened = await mails.SendAsync(
            mails.Mail(
                "One",
                ("To", $"{mails.Address}, Tom <tom@example.com>, rita@example.com"),
                ("Cc", $"CARL@example.com, ada@agents.example, {elsewhere.Address}, {tagged}, help@forwarded.example, nonsense, carl@example.com")
            )
        );
        async Task<List<string>> ParticipantsAsync(Answer receipt) =>
            [.. ((await mails.TicketAsync(receipt))["participants"] as JsonArray ?? []).Select(one => one!["email"]!.GetValue<string>())];
        Assert.Equal(["tom@example.com", "carl@example.com"], await ParticipantsAsync(opened));
        var reply = await mails.SendAsync(
            mails.Mail("Two", ("From", "carl@example.com"), ("Subject", $"[#{Number(opened)}]"), ("Cc", "dora@example.com, tom@example.com"))
        );
        Assert.Equal(Number(opened), Number(reply));
        Assert.Equal(["tom@example.com", "carl@example.com", "dora@example.com"], await ParticipantsAsync(opened));
        // A blind copy: those it names do not know of the desk.
        var blind = await mails.SendAsync(mails.Mail("Three", ("To", "list@example.org"), ("Cc", "eve@example.org"), ("Subject", "Blind")));
        Assert.Empty(await ParticipantsAsync(blind));
        // More than a ticket can have: as many as it can.
        var many = string.Join(", ", Enumerable.Range(0, 100).Select(i => $"p{i}@example.com"));
        var more = string.Join(", ", Enumerable.Range(100, 120).Select(i => $"p{i}@example.com"));
        Assert.Equal(
            199,
            (await ParticipantsAsync(await mails.SendAsync(mails.Mail("Four", ("To", $"{mails.Address}, {more}"), ("Cc", many), ("Subject", "Many"))))).Count
        );
    }
}
