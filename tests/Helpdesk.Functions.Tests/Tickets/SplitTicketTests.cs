using System.Text.Json.Nodes;

namespace Helpdesk.Functions.Tests.Tickets;

public sealed class SplitTicketTests(DeskFixture fixture)
{
    private static async Task<JsonNode> SayAsync(Desk desk, JsonNode ticket, object words) =>
        (await desk.PostAsync($"/api/tickets/{ticket["id"]}/comments", words)).Expect(201).Json;

    private static async Task<JsonArray> CommentsAsync(Desk desk, JsonNode ticket) =>
        (await desk.GetAsync($"/api/tickets/{ticket["id"]}/comments")).Expect(200).Json["items"]!.AsArray();

    [Fact]
    public async Task A_comment_becomes_a_ticket_of_its_author_and_both_name_each_other()
    {
        using var desk = await fixture.OpenDeskAsync();
        var ticket = (
            await desk.PostAsync(
                "/api/tickets",
                new
                {
                    subject = "Printer",
                    description = "It is on fire",
                    requester = new { email = "rita@example.com", name = "Rita" },
                    participants = new[] { new { email = "ned@example.com", name = "Ned" } },
                    priority = "high",
                    type = "incident",
                }
            )
        ).Expect(201).Json;
        await SayAsync(desk, ticket, new { body = "Any news?", author = "requester" });
        var words = await SayAsync(desk, ticket, new { body = "The scanner is broken, too", from = "ned@example.com" });
        var request = new { comment = words["id"]!.GetValue<string>(), subject = "Scanner" };
        var split = (await desk.PostAsync($"/api/tickets/{ticket["id"]}/split", request, ("Idempotency-Key", "split"))).Expect(201);
        var made = split.Json;
        Assert.Equal($"/api/tickets/{made["id"]}", split.Headers.Location!.ToString());
        Assert.Equal(
            ("Scanner", "The scanner is broken, too", "ned@example.com", "high", "incident", "new"),
            (
                made["subject"]!.GetValue<string>(),
                made["description"]!.GetValue<string>(),
                made["requester"]!["email"]!.GetValue<string>(),
                made["priority"]!.GetValue<string>(),
                made["type"]!.GetValue<string>(),
                made["status"]!.GetValue<string>()
            )
        );
        var now = (await desk.GetAsync($"/api/tickets/{ticket["id"]}")).Json;
        var (there, back) = (Assert.Single(now["links"]!.AsArray())!, Assert.Single(made["links"]!.AsArray())!);
        Assert.Equal(("split-into", made["number"]!.GetValue<long>()), (there["kind"]!.GetValue<string>(), there["number"]!.GetValue<long>()));
        Assert.Equal(("split-from", ticket["id"]!.GetValue<string>()), (back["kind"]!.GetValue<string>(), back["ticket"]!.GetValue<string>()));
        Assert.Equal("Any news?", Assert.Single(await CommentsAsync(desk, ticket))!["body"]!.GetValue<string>());

        // The same again is the same ticket, with the key and without.
        Assert.Equal(split.Text, (await desk.PostAsync($"/api/tickets/{ticket["id"]}/split", request, ("Idempotency-Key", "split"))).Expect(201).Text);
        Assert.Equal(split.Text, (await desk.PostAsync($"/api/tickets/{ticket["id"]}/split", request)).Expect(201).Text);
        Assert.Equal(
            "idempotency-key-reused",
            (await desk.PostAsync($"/api/tickets/{ticket["id"]}/split", new { request.comment, subject = "Other" }, ("Idempotency-Key", "split")))
                .Expect(409)
                .Code
        );
        var events = (await desk.GetAsync($"/api/tickets/{ticket["id"]}/events")).Json["items"]!.AsArray();
        Assert.Equal(
            made["id"]!.GetValue<string>(),
            events.Single(one => one!["type"]!.GetValue<string>() == "comment-split")!["data"]!["into"]!.GetValue<string>()
        );
    }

    [Fact]
    public async Task Several_who_split_the_same_comment_at_once_make_one_ticket()
    {
        using var desk = await fixture.OpenDeskAsync();
        await using var second = await RunningApp.StartAsync(fixture.Storage);
        using var elsewhere = new Desk(desk.Workspace, desk.Key, second.Address);
        for (var round = 0; round < 5; round++)
        {
            var ticket = (await desk.OpenTicketAsync()).Json;
            var words = await SayAsync(desk, ticket, new { body = "The scanner, too", author = "requester" });
            var request = new { comment = words["id"]!.GetValue<string>() };
            var answers = await Task.WhenAll(
                Enumerable.Range(0, 6).Select(i => (i % 2 == 0 ? desk : elsewhere).PostAsync($"/api/tickets/{ticket["id"]}/split", request))
            );
            Assert.Single(answers.Select(one => one.Expect(201).Json["id"]!.GetValue<string>()).Distinct());
            Assert.Empty(await CommentsAsync(desk, ticket));
            Assert.Single((await desk.GetAsync($"/api/tickets/{ticket["id"]}")).Json["links"]!.AsArray());
        }
    }

    [Fact]
    public async Task A_repeated_comment_is_answered_as_before_although_it_has_become_a_ticket()
    {
        using var desk = await fixture.OpenDeskAsync();
        var ticket = (await desk.OpenTicketAsync()).Json;
        var (path, words) = ($"/api/tickets/{ticket["id"]}/comments", new { body = "The scanner, too", author = "requester" });
        var said = (await desk.PostAsync(path, words, ("Idempotency-Key", "words"))).Expect(201);
        var made = (await desk.PostAsync($"/api/tickets/{ticket["id"]}/split", new { comment = said.Json["id"]!.GetValue<string>() })).Expect(201).Json;
        (await desk.PatchAsync($"/api/tickets/{made["id"]}", new { description = "Corrected since" })).Expect(200);
        Assert.Equal(said.Text, (await desk.PostAsync(path, words, ("Idempotency-Key", "words"))).Expect(201).Text);
        Assert.Empty(await CommentsAsync(desk, ticket));
    }

    [Fact]
    public async Task What_cannot_be_split_is_refused()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var other = await fixture.OpenDeskAsync();
        var (ticket, closed) = ((await desk.OpenTicketAsync()).Json, (await desk.ClosedTicketAsync()).Json);
        foreach (var comment in new[] { "1-999", $"{ticket["number"]}-1", "nothing" })
            Assert.NotNull((await desk.PostAsync($"/api/tickets/{ticket["id"]}/split", new { comment })).Expect(400).Json["errors"]!["comment"]);
        (await desk.PostAsync($"/api/tickets/{ticket["id"]}/split", new { })).Expect(400);
        (await other.PostAsync($"/api/tickets/{ticket["id"]}/split", new { comment = "1-2" })).Expect(404);
        using var bridge = await desk.WithRoleAsync("integration");
        (await bridge.PostAsync($"/api/tickets/{ticket["id"]}/split", new { comment = "1-2" })).Expect(403);
        // What agents say among themselves does not become a description, which everybody reads.
        var note = await SayAsync(desk, ticket, new { body = "Between us", visibility = "internal" });
        var split = await desk.PostAsync($"/api/tickets/{ticket["id"]}/split", new { comment = note["id"]!.GetValue<string>() });
        Assert.Equal("comment-is-note", split.Expect(409).Code);
        // What an agent wrote becomes a ticket of the agent.
        var mine = await SayAsync(desk, ticket, new { body = "I need a new roller" });
        var theirs = (await desk.PostAsync($"/api/tickets/{ticket["id"]}/split", new { comment = mine["id"]!.GetValue<string>() })).Expect(201).Json;
        Assert.Equal(mine["author"]!["name"]!.GetValue<string>(), theirs["requester"]!["name"]!.GetValue<string>());
        Assert.NotNull(closed);
    }
}
