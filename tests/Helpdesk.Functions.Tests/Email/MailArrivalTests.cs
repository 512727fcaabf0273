using System.Text.Json;
using Helpdesk.Functions.Email;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Intake;
using Helpdesk.Functions.Tests.Tickets;
using Helpdesk.Functions.Tickets;
using Helpdesk.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Email;

/// <summary>Mails that come twice, to several mailboxes, or without end; and processes that die while they work one.</summary>
public sealed class MailArrivalTests(DeskFixture fixture)
{
    private static string IdOf(string mail) => mail.Split("Message-ID: ")[1].Split("\r\n")[0];

    private static string Reason(Answer receipt) => receipt.Json["reason"]!.GetValue<string>();

    [Fact]
    public async Task The_same_mail_again_is_a_repeat_and_another_one_of_the_same_id_is_not()
    {
        using var mails = await MailDesk.OpenAsync(fixture);
        var mail = mails.Mail("One");
        var first = await mails.SendAsync(mail);
        var again = await mails.SendAsync("Received: from elsewhere\r\n" + mail);
        Assert.Equal(
            ("ignored", $"ignored: the same mail came before, as receipt {first.Json["id"]}"),
            (again.Json["state"]!.GetValue<string>(), Reason(again))
        );
        var other = await mails.SendAsync(mail.Replace("One", "Something else entirely", StringComparison.Ordinal));
        Assert.NotEqual(first.Json["number"]!.GetValue<long>(), other.Json["number"]!.GetValue<long>());
        // Answers to the id that two mails have go to the ticket that had it first.
        var answer = await mails.SendAsync(mails.Mail("Answer", ("From", "sam@example.com"), ("Subject", "Re: Printer"), ("In-Reply-To", IdOf(mail))));
        Assert.Equal(first.Json["number"]!.GetValue<long>(), answer.Json["number"]!.GetValue<long>());
        // Elsewhere it is new.
        using var others = await MailDesk.OpenAsync(fixture);
        Assert.Equal("processed", (await others.SendAsync(mail)).Json["state"]!.GetValue<string>());
        // A mail without an id is told by what its author says of it.
        var nameless = mails.Mail("Nameless", ("Message-ID", ""), ("Subject", "No id"));
        Assert.Equal("processed", (await mails.SendAsync(nameless)).Json["state"]!.GetValue<string>());
        Assert.Equal("ignored", (await mails.SendAsync(nameless)).Json["state"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_mail_to_several_mailboxes_at_the_same_instant_is_one_ticket_and_the_other_groups_are_told()
    {
        using var desk = await fixture.OpenDeskAsync();
        foreach (var id in new[] { "first", "second", "third" })
            (await desk.PostAsync("/api/groups", new { id, name = id })).Expect(201);
        var paths = new List<string>();
        foreach (var id in new[] { "first", "second", "third" })
            paths.Add(await MailDesk.AddMailboxAsync(desk, $"{id}@{desk.Workspace}.example", new { id, group = id }));
        using var mails = new MailDesk(desk, fixture.App) { IntakePath = paths[0] };
        var mail = mails.Mail("All of you", ("To", string.Join(", ", new[] { "first", "second", "third" }.Select(id => $"{id}@{desk.Workspace}.example"))));
        var receipts = await Task.WhenAll(paths.Select(path => mails.SendAsync(mail, path)));
        var number = Assert.Single(receipts.Select(receipt => receipt.Json["number"]!.GetValue<long>()).Distinct());
        await desk.ListShowsAsync("status=new", number);
        var ticket = await mails.TicketAsync(receipts[0]);
        var others = new[] { "first", "second", "third" }.Where(id => id != ticket["group"]!.GetValue<string>());
        Assert.Equal(
            others.Select(id => $"internal system: This mail was also sent to {id}@{desk.Workspace}.example (group {id}).").Order(StringComparer.Ordinal),
            (await mails.CommentsAsync(receipts[0])).Order(StringComparer.Ordinal)
        );
        Assert.Empty(ticket["participants"]?.AsArray() ?? []);
    }

    [Fact]
    public async Task The_envelope_tells_which_mailbox_a_form_of_SendGrids_is_for()
    {
        using var desk = await fixture.OpenDeskAsync();
        (await desk.PostAsync("/api/groups", new { id = "sales", name = "Sales" })).Expect(201);
        await MailDesk.AddMailboxAsync(desk, $"sales@{desk.Workspace}.example", new { id = "sales", group = "sales" });
        using var mails = new MailDesk(desk, fixture.App) { IntakePath = await MailDesk.AddMailboxAsync(desk, $"support@{desk.Workspace}.example") };
        using var anybody = new Desk("", "", fixture.App.Address);
        foreach (var raw in new[] { true, false })
        {
            var form = new MultipartFormDataContent
            {
                { new StringContent($$"""{"to":["sales@{{desk.Workspace}}.example"],"from":"rita@example.com"}"""), "envelope" },
            };
            if (raw)
            {
                form.Add(new StringContent(mails.Mail("Raw", ("To", "undisclosed@example.com"), ("Subject", "Raw"))), "email");
            }
            else
            {
                form.Add(new StringContent("From: Rita <rita@example.com>\nMessage-ID: <f1@example.com>\nSubject: Fields\n"), "headers");
                form.Add(new StringContent("Fields"), "text");
                form.Add(new StringContent("Rita <rita@example.com>"), "from");
                form.Add(new StringContent("Fields"), "subject");
            }

            var id = (await anybody.SendAsync(HttpMethod.Post, mails.IntakePath, form)).Expect(202).Json["receipt"]!.GetValue<string>();
            await mails.WorkAsync(id);
            await Until.TrueAsync(
                async () => (await desk.GetAsync($"/api/receipts/{id}")).Json["state"]!.GetValue<string>() == "processed",
                "the form is worked"
            );
            var ticket = await mails.TicketAsync(await desk.GetAsync($"/api/receipts/{id}"));
            Assert.Equal(
                ("sales", "sales", raw ? "Raw" : "Fields"),
                (ticket["mailbox"]!.GetValue<string>(), ticket["group"]!.GetValue<string>(), ticket["description"]!.GetValue<string>().Trim())
            );
        }
    }

    [Fact]
    public async Task The_same_words_within_the_hour_are_a_repeat_and_short_answers_are_not()
    {
        using var mails = await MailDesk.OpenAsync(fixture);
        const string robot = "Thank you for your message. We will come back to you as soon as we can.";
        var first = mails.Mail("One");
        var opened = await mails.SendAsync(first);
        for (var i = 0; i < 3; i++)
        {
            var said = await mails.SendAsync(mails.Mail(robot, ("In-Reply-To", IdOf(first))));
            Assert.Equal(i == 0 ? "processed" : "ignored", said.Json["state"]!.GetValue<string>());
        }

        for (var i = 0; i < 2; i++)
            Assert.Equal("processed", (await mails.SendAsync(mails.Mail("Yes, please.", ("In-Reply-To", IdOf(first))))).Json["state"]!.GetValue<string>());
        Assert.Equal(3, (await mails.CommentsAsync(opened)).Count);
        // A new request: the same subject and words again are a repeat, under another subject or by somebody else they are not.
        foreach (
            var (from, subject, state) in new[]
            {
                ("rita@example.com", "Alarm", "processed"),
                ("rita@example.com", "Re: Alarm", "ignored"),
                ("rita@example.com", "Another alarm", "processed"),
                ("tom@example.com", "Alarm", "processed"),
            }
        )
            Assert.Equal(state, (await mails.SendAsync(mails.Mail(robot, ("From", from), ("Subject", subject)))).Json["state"]!.GetValue<string>());
    }

    [Fact]
    public async Task Mails_reopen_a_ticket_three_times_an_hour_and_are_only_added_after_that()
    {
        using var mails = await MailDesk.OpenAsync(fixture);
        var first = mails.Mail("One");
        var opened = await mails.SendAsync(first);
        for (var i = 1; i <= 5; i++)
        {
            (await mails.Desk.PostAsync($"/api/tickets/{opened.Json["number"]}/resolve", new { resolution = $"Done {i}" })).Expect(200);
            await mails.SendAsync(mails.Mail($"It is broken again, number {i}", ("In-Reply-To", IdOf(first))));
            Assert.Equal(i <= 3 ? "open" : "resolved", (await mails.TicketAsync(opened))["status"]!.GetValue<string>());
            if (i > 3)
                (await mails.Desk.PostAsync($"/api/tickets/{opened.Json["number"]}/reopen")).Expect(200);
        }

        var comments = await mails.CommentsAsync(opened);
        Assert.Equal(5, comments.Count(comment => comment.StartsWith("public requester: It is broken again", StringComparison.Ordinal)));
        Assert.Single(comments, comment => comment.StartsWith("internal system: Mails have reopened this ticket 3 times", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("new")]
    [InlineData("reply")]
    [InlineData("stranger")]
    [InlineData("automatic")]
    [InlineData("also")]
    public async Task A_process_that_dies_between_any_two_writes_leaves_nothing_undone_and_nothing_doubled(string kind)
    {
        await using var mortal = await MortalApp.StartAsync(fixture.Storage, everything: true);
        using var desk = await fixture.OpenDeskAsync();
        var path = await MailDesk.AddMailboxAsync(desk, $"one@{desk.Workspace}.example", new { id = "one" });
        var second = await MailDesk.AddMailboxAsync(desk, $"two@{desk.Workspace}.example", new { id = "two" });
        using var mails = new MailDesk(desk, fixture.App) { IntakePath = path };
        using var dying = new MailDesk(new Desk(desk.Workspace, desk.Key, mortal.App.Address), mortal.App) { IntakePath = path };
        for (var writes = 0; ; writes++)
        {
            var topic = $"{kind} {writes}";
            var first = mails.Mail(topic, ("To", $"one@{desk.Workspace}.example, two@{desk.Workspace}.example"), ("Subject", topic));
            var opened = kind == "new" ? null : await mails.SendAsync(first);
            var mail = kind switch
            {
                "new" => mails.Mail(topic, ("Subject", topic)),
                "reply" => mails.Mail("Reply", ("Subject", topic), ("In-Reply-To", IdOf(first))),
                "stranger" => mails.Mail("Reply", ("From", "sam@example.net"), ("Subject", topic), ("In-Reply-To", IdOf(first))),
                "automatic" => mails.Mail("Away", ("Subject", topic), ("Auto-Submitted", "auto-replied"), ("In-Reply-To", IdOf(first))),
                _ => first,
            };
            mortal.DieAfter(writes);
            string? id = null;
            try
            {
                id = await dying.TryPostAsync(mail, kind == "also" ? second : path);
                if (id is not null)
                    await dying.WorkAsync(id);
            }
            catch (Exception dead) when (dead is HttpRequestException or InvalidOperationException or Xunit.Sdk.XunitException || mortal.HasDied)
            {
                // It died while it worked.
            }

            var died = mortal.HasDied;
            mortal.Revive();
            // What was not answered is sent again; what was, comes as a message.
            if (id is null)
                id = await mails.PostAsync(mail, kind == "also" ? second : path);
            await mails.WorkAsync(id);
            await mails.WorkAsync(id);
            await Until.TrueAsync(
                async () => (await desk.GetAsync($"/api/receipts/{id}")).Expect(200).Json["state"]!.GetValue<string>() != "received",
                "the mail is worked"
            );
            var receipt = await desk.GetAsync($"/api/receipts/{id}");
            // The first answer may have been lost after the mail was stored.
            if (receipt.Json["state"]!.GetValue<string>() == "ignored")
                receipt = await desk.GetAsync($"/api/receipts/{Reason(receipt).Split(' ')[^1]}");
            var ticket = await mails.TicketAsync(opened ?? receipt);
            Assert.Equal(topic, ticket["subject"]!.GetValue<string>());
            Assert.Equal(
                kind switch
                {
                    "new" => [],
                    "automatic" => ["internal system: Automatic reply (Auto-Submitted: auto-replied) from rita@example.com:\n\nAway"],
                    "also" => [$"internal system: This mail was also sent to two@{desk.Workspace}.example."],
                    "stranger" =>
                    [
                        "public requester: Reply",
                        "internal system: sam@example.net was not part of this ticket: the mail is here because it answers one of the ticket's mails. "
                            + "They take part from now on; remove them from the participants if they should not.",
                    ],
                    _ => ["public requester: Reply"],
                },
                await mails.CommentsAsync(opened ?? receipt)
            );
            // Whatever died on the way, answers to the mail find the ticket.
            if (kind != "also")
            {
                var answer = await mails.SendAsync(mails.Mail("Answer", ("From", "sam@example.net"), ("In-Reply-To", IdOf(mail))));
                Assert.Equal(ticket["number"]!.GetValue<long>(), answer.Json["number"]!.GetValue<long>());
            }

            await DispatchAsync(desk, ticket["number"]!.GetValue<long>());
            await Until.TrueAsync(
                async () => (await desk.NumbersAsync("")).Count == writes + 1,
                $"there is one ticket for each of {writes + 1} mails, and not {(await desk.NumbersAsync("")).Count}"
            );
            if (!died)
                break;
        }
    }

    /// <summary>Has the messages of all changes of a ticket come, as those of a process that died do.</summary>
    private async Task DispatchAsync(Desk desk, long number)
    {
        var version = (await desk.GetAsync($"/api/tickets/{number}")).Expect(200).Json["version"]!.GetValue<long>();
        for (var upTo = 1L; upTo <= version; upTo++)
        {
            var message = new TicketMessage(desk.Workspace, number, upTo, default, "");
            await fixture.App.InvokeAsync(nameof(DispatchTicketEvents), JsonSerializer.Serialize(message, TicketJson.Stored.TicketMessage));
        }
    }

    [Fact]
    public async Task A_reply_to_a_closed_ticket_carries_on_what_a_process_that_died_had_begun()
    {
        await using var mortal = await MortalApp.StartAsync(fixture.Storage, everything: true);
        using var mails = await MailDesk.OpenAsync(fixture);
        using var dying = new MailDesk(new Desk(mails.Desk.Workspace, mails.Desk.Key, mortal.App.Address), mortal.App) { IntakePath = mails.IntakePath };
        for (var writes = 0; ; writes++)
        {
            var first = mails.Mail($"Printer {writes}", ("Subject", $"Printer {writes}"));
            var opened = await ClosedAsync(mails, first);
            var (one, other) = (Reply(mails, first, $"One {writes}"), Reply(mails, first, $"Other {writes}"));
            mortal.DieAfter(writes);
            string? id = null;
            try
            {
                id = await dying.TryPostAsync(one, mails.IntakePath);
                if (id is not null)
                    await dying.WorkAsync(id);
            }
            catch (Exception dead) when (dead is HttpRequestException or InvalidOperationException or Xunit.Sdk.XunitException || mortal.HasDied)
            {
                // It died while it worked.
            }

            var died = mortal.HasDied;
            // The second reply comes while the first one's process is dead.
            var second = await mails.SendAsync(other);
            mortal.Revive();
            id ??= await mails.PostAsync(one);
            await mails.WorkAsync(id);
            await mails.WorkAsync(id);
            await mails.SettleAsync(id);
            var followUp = await mails.TicketAsync(second);
            Assert.StartsWith($"{opened}-", followUp["followUpOf"]!.GetValue<string>(), StringComparison.Ordinal);
            var words = (await mails.CommentsAsync(second)).Append(followUp["description"]!.GetValue<string>().Trim());
            Assert.Equal([$"One {writes}", $"Other {writes}"], words.Select(said => said.Split(": ")[^1]).Order(StringComparer.Ordinal));
            if (!died)
                break;
        }
    }

    [Fact]
    public async Task A_closed_ticket_that_a_receipt_took_up_which_is_gone_is_taken_up_by_one_of_those_who_come()
    {
        using var mails = await MailDesk.OpenAsync(fixture);
        var first = mails.Mail("One");
        var opened = await ClosedAsync(mails, first);
        var closed = (await mails.Desk.GetAsync($"/api/tickets/{opened}")).Json["id"]!.GetValue<string>();
        // As a process leaves it that took the ticket up, and whose receipt was erased before another one carried it on.
        var arrivals = mails.App.Services.GetRequiredService<MailArrivals>();
        var gone = new Arrival(ReceiptStore.NewId(TimeProvider.System.GetUtcNow()), "", TimeProvider.System.GetUtcNow());
        await arrivals.OfFollowUpAsync(mails.Desk.Workspace, closed, gone, TestContext.Current.CancellationToken);
        var receipts = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => mails.SendAsync(Reply(mails, first, $"Reply {i}"))));
        Assert.Single(receipts.Select(receipt => receipt.Json["number"]!.GetValue<long>()).Distinct());
        Assert.Single(receipts, receipt => Reason(receipt).StartsWith("new ticket, a follow-up of", StringComparison.Ordinal));
        Assert.Equal(3, (await mails.CommentsAsync(receipts[0])).Count);
    }

    /// <summary>The number of the ticket that a mail opened, closed since.</summary>
    private static async Task<long> ClosedAsync(MailDesk mails, string mail)
    {
        var number = (await mails.SendAsync(mail)).Json["number"]!.GetValue<long>();
        (await mails.Desk.PostAsync($"/api/tickets/{number}/resolve", new { resolution = "Done" })).Expect(200);
        (await mails.Desk.PostAsync($"/api/tickets/{number}/close")).Expect(200);
        return number;
    }

    private static string Reply(MailDesk mails, string mail, string words) => mails.Mail(words, ("Subject", "Re: it"), ("In-Reply-To", IdOf(mail)));
}
