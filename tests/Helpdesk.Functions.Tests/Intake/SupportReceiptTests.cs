using System.Net;
using Azure.Data.Tables;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;
using Helpdesk.Tickets;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Intake;

public sealed class SupportReceiptTests(DeskFixture fixture)
{
    private static object Form(string email = "rita@example.com", string name = "Rita") =>
        new
        {
            subject = "Printer",
            description = $"It is on fire, writes {name}",
            email,
            name,
        };

    private async Task<(Desk Desk, Browser Browser, string Page)> SentAsync()
    {
        var desk = await fixture.OpenDeskAsync();
        var browser = new Browser(fixture.App.Address);
        var page = (await browser.SubmitAsync(desk.Workspace, Form())).Split('?')[0];
        await SupportFormTests.PageOfTicketAsync(browser, page);
        return (desk, browser, page);
    }

    [Fact]
    public async Task The_secret_link_shows_the_public_answers_with_names_and_takes_a_reply_with_files()
    {
        var (desk, browser, page) = await SentAsync();
        (await desk.PostAsync("/api/tickets/1/comments", new { body = "See https://example.com/a?b=1&c=2. *Now*\n1. step" })).Expect(201);
        (await desk.PostAsync("/api/tickets/1/comments", new { body = "Between us", visibility = "internal" })).Expect(201);
        var html = await browser.ReadAsync(page);
        Assert.Contains("It is on fire, writes Rita", html, StringComparison.Ordinal);
        Assert.Contains("<strong>Admin</strong>", html, StringComparison.Ordinal);
        Assert.Contains(
            "See <a href=\"https://example.com/a?b=1&amp;c=2\" rel=\"noopener noreferrer nofollow\" "
                + "target=\"_blank\">https://example.com/a?b=1&amp;c=2</a>. *Now*\n1. step",
            html,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("Between us", html, StringComparison.Ordinal);
        Assert.Contains("Open: somebody is working on it.", html, StringComparison.Ordinal);

        using var sent = await browser.PostAsync(page, new { reply = "Still burning", once = "a" }, ("smoke.jpg", [1]));
        Assert.Equal(HttpStatusCode.Found, sent.StatusCode);
        using var again = await browser.PostAsync(page, new { reply = "Still burning", once = "a" }, ("smoke.jpg", [1]));
        Assert.Equal(HttpStatusCode.Found, again.StatusCode);
        var comments = (await desk.GetAsync("/api/tickets/1/comments")).Json["items"]!.AsArray();
        Assert.Equal(3, comments.Count);
        Assert.Equal(
            ("Still burning", "requester", "rita@example.com", "smoke.jpg"),
            (
                comments[2]!["body"]!.GetValue<string>(),
                comments[2]!["by"]!.GetValue<string>(),
                comments[2]!["author"]!["id"]!.GetValue<string>(),
                comments[2]!["attachments"]![0]!["name"]!.GetValue<string>()
            )
        );
        Assert.Contains("Your answer has arrived.", await browser.ReadAsync(sent.Headers.Location!.ToString()), StringComparison.Ordinal);
        desk.Dispose();
        browser.Dispose();
    }

    [Fact]
    public async Task The_id_alone_shows_no_words_and_takes_none_and_a_wrong_secret_leads_nowhere()
    {
        var (desk, browser, page) = await SentAsync();
        var id = page[..page.IndexOf('.', StringComparison.Ordinal)];
        var html = await browser.ReadAsync(id);
        Assert.Contains("New: nobody has looked at it yet.", html, StringComparison.Ordinal);
        Assert.DoesNotContain("Printer", html, StringComparison.Ordinal);
        Assert.DoesNotContain("on fire", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<form", html, StringComparison.Ordinal);
        var other = await browser.SubmitAsync(desk.Workspace, Form());
        foreach (var wrong in new[] { $"{id}.", $"{page[..^1]}{(page[^1] == 'a' ? 'b' : 'a')}", $"{id}.{other.Split('?')[0].Split('.')[1]}", $"{page}0" })
        {
            await browser.ReadAsync(wrong, 404);
            using var reply = await browser.PostAsync(wrong, new { reply = "Let me in" });
            Assert.Equal(HttpStatusCode.NotFound, reply.StatusCode);
        }

        using var without = await browser.PostAsync(id, new { reply = "Let me in" });
        Assert.Equal(HttpStatusCode.NotFound, without.StatusCode);
        // The same id in another workspace is another link.
        using var elsewhere = await fixture.OpenDeskAsync();
        await browser.ReadAsync(page.Replace(desk.Workspace, elsewhere.Workspace, StringComparison.Ordinal), 404);
        Assert.Empty((await desk.GetAsync("/api/tickets/1/comments")).Json["items"]!.AsArray());
        using var robots = await browser.GoAsync(page);
        Assert.Contains("noindex", robots.Headers.GetValues("X-Robots-Tag").Single(), StringComparison.Ordinal);
        desk.Dispose();
        browser.Dispose();
    }

    [Theory]
    [InlineData("", "Please fill in this field.")]
    [InlineData(" \n ", "Please fill in this field.")]
    [InlineData("a\u0007b", "This contains characters that cannot be used.")]
    public async Task A_reply_that_cannot_be_taken_says_why_beside_the_field(string reply, string problem)
    {
        var (desk, browser, page) = await SentAsync();
        using var answer = await browser.PostAsync(page, new { reply });
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(problem, Browser.WrongOf(await answer.Content.ReadAsStringAsync(), "reply"));
        using var large = await browser.PostAsync(page, new { reply = new string('x', 65_537) }, ("a.exe", [1]));
        var html = await large.Content.ReadAsStringAsync();
        Assert.Equal("This has 65537 characters; at most 65536 are possible.", Browser.WrongOf(html, "reply"));
        Assert.Equal("a.exe is a program or a script and cannot be sent.", Browser.WrongOf(html, "files"));
        Assert.Empty((await desk.GetAsync("/api/tickets/1/comments")).Json["items"]!.AsArray());
        desk.Dispose();
        browser.Dispose();
    }

    [Fact]
    public async Task A_solved_request_is_opened_again_by_a_reply_and_a_closed_one_takes_none_and_keeps_the_words()
    {
        var (desk, browser, page) = await SentAsync();
        (await desk.PostAsync("/api/tickets/1/resolve", new { resolution = "Extinguished" })).Expect(200);
        Assert.Contains("Solved. If it is not, just answer below.", await browser.ReadAsync(page), StringComparison.Ordinal);
        (await browser.PostAsync(page, new { reply = "It still smokes" })).Dispose();
        Assert.Equal("open", (await desk.GetAsync("/api/tickets/1")).Json["status"]!.GetValue<string>());
        (await desk.PostAsync("/api/tickets/1/resolve", new { resolution = "Replaced" })).Expect(200);
        (await desk.PostAsync("/api/tickets/1/close")).Expect(200);
        var html = await browser.ReadAsync(page);
        Assert.Contains("This request is closed.", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<form", html, StringComparison.Ordinal);
        using var late = await browser.PostAsync(page, new { reply = "One more thing" });
        Assert.Equal(HttpStatusCode.Conflict, late.StatusCode);
        Assert.Contains("One more thing", await late.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        desk.Dispose();
        browser.Dispose();
    }

    [Fact]
    public async Task After_a_merge_the_page_follows_to_the_ticket_that_goes_on()
    {
        var (desk, browser, page) = await SentAsync();
        var other = (await browser.SubmitAsync(desk.Workspace, Form(name: "Rita at home"))).Split('?')[0];
        await SupportFormTests.PageOfTicketAsync(browser, other);
        (await desk.PostAsync("/api/tickets/1/comments", new { body = "Which printer?" })).Expect(201);
        (await desk.PostAsync("/api/tickets/1/merge", new { into = 2 })).Expect(200);
        (await desk.PostAsync("/api/tickets/2/comments", new { body = "We come at three" })).Expect(201);
        (await desk.PostAsync("/api/tickets/2/comments", new { body = "Between us", visibility = "internal" })).Expect(201);
        var html = await browser.ReadAsync(page);
        Assert.Contains("It was joined with request 2 about the same.", html, StringComparison.Ordinal);
        foreach (var words in new[] { "It is on fire, writes Rita", "Which printer?", "We come at three" })
            Assert.Equal(2, html.Split(words).Length);
        Assert.DoesNotContain("Between us", html, StringComparison.Ordinal);

        using var sent = await browser.PostAsync(page, new { reply = "Please hurry" });
        Assert.Equal(HttpStatusCode.Found, sent.StatusCode);
        var last = (await desk.GetAsync("/api/tickets/2/comments?limit=100")).Json["items"]!.AsArray()[^1]!;
        Assert.Equal(
            ("Please hurry", "rita@example.com", "Rita"),
            (last["body"]!.GetValue<string>(), last["author"]!["id"]!.GetValue<string>(), last["author"]!["name"]!.GetValue<string>())
        );
        Assert.Contains("Please hurry", await browser.ReadAsync(page), StringComparison.Ordinal);
        Assert.Contains("Please hurry", await browser.ReadAsync(other), StringComparison.Ordinal);
        desk.Dispose();
        browser.Dispose();
    }

    [Fact]
    public async Task After_a_merge_nobody_reads_what_was_said_to_another_requester_before()
    {
        var (desk, browser, page) = await SentAsync();
        var theirs = (await desk.OpenTicketAsync("The lab", "head@example.com")).Json["number"]!.GetValue<long>();
        (await desk.PostAsync($"/api/tickets/{theirs}/comments", new { body = "Said to the head before" })).Expect(201);
        var third = (await desk.OpenTicketAsync("The floor", "floor@example.com")).Json["number"]!.GetValue<long>();
        (await desk.PostAsync($"/api/tickets/{third}/comments", new { body = "Said to the floor before" })).Expect(201);
        (await desk.PostAsync("/api/tickets/1/comments", new { body = "Said to Rita before" })).Expect(201);
        (await desk.PostAsync("/api/tickets/1/merge", new { into = theirs, confirm = true })).Expect(200);
        (await desk.PostAsync($"/api/tickets/{theirs}/comments", new { body = "Said to both" })).Expect(201);
        (await desk.PostAsync($"/api/tickets/{theirs}/merge", new { into = third, confirm = true })).Expect(200);
        (await desk.PostAsync($"/api/tickets/{third}/comments", new { body = "Said to all" })).Expect(201);
        var html = await browser.ReadAsync(page);
        foreach (var words in new[] { "Said to Rita before", "Said to both", "Said to all" })
            Assert.Contains(words, html, StringComparison.Ordinal);
        foreach (var words in new[] { "Said to the head before", "Said to the floor before" })
            Assert.DoesNotContain(words, html, StringComparison.Ordinal);
        desk.Dispose();
        browser.Dispose();
    }

    [Fact]
    public async Task However_much_was_said_the_newest_answer_is_on_the_page()
    {
        var (desk, browser, page) = await SentAsync();
        var table = fixture.App.Services.GetRequiredService<StorageClients>().Table(TicketStore.TableName);
        var partition = new TicketAddress(desk.Workspace, 1).Partition;
        var start = TimeProvider.System.GetUtcNow();
        var rows = Enumerable
            .Range(0, 600)
            .Select(i =>
                TicketRows.Write(
                    partition,
                    new Comment
                    {
                        Id = $"1-{1000 + i}",
                        Body = $"Said {i}.",
                        Visibility = i % 2 == 0 ? CommentVisibility.Public : CommentVisibility.Internal,
                        At = start.AddMilliseconds(i),
                        By = ActorKind.Agent,
                        Actor = new(ActorKind.Agent, "ada", "Ada"),
                    }
                )
            );
        foreach (var chunk in rows.Chunk(100))
            await table.SubmitTransactionAsync(chunk.Select(row => new TableTransactionAction(TableTransactionActionType.Add, row)));
        (await desk.PostAsync("/api/tickets/1/comments", new { body = "We come at three" })).Expect(201);
        var html = await browser.ReadAsync(page);
        foreach (var words in new[] { "Said 598.", "Said 0.", "We come at three" })
            Assert.Contains(words, html, StringComparison.Ordinal);
        Assert.DoesNotContain("Said 599.", html, StringComparison.Ordinal);
        desk.Dispose();
        browser.Dispose();
    }
}
