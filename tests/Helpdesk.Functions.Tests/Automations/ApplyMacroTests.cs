using System.Text.Json.Nodes;

namespace Helpdesk.Functions.Tests.Automations;

public sealed class ApplyMacroTests(DeskFixture fixture)
{
    private static readonly object[] Ask =
    [
        new { @do = "comment", text = "Hello {{ requester.name }}, please send a picture.\n{{ agent.name }}" },
        new
        {
            @do = "set",
            field = "status",
            value = "pending",
        },
        new { @do = "assign", agent = "me" },
        new { @do = "note", text = "Asked" },
    ];

    private static async Task<JsonNode> AddAsync(Desk desk, string id, object[] actions, object? condition = null) => (
            await desk.PostAsync(
                "/api/macros",
                new
                {
                    id,
                    name = $"Macro {id}",
                    actions,
                    condition,
                }
            )
        ).Expect(201).Json;

    [Fact]
    public async Task Texts_that_are_too_long_together_are_left_out_and_the_rest_is_done()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var agent = await desk.WithRoleAsync("agent");
        // Letters that take most room on the way to storage.
        var description = string.Concat(Enumerable.Repeat("ä🔥", 21_000));
        var repeat = new { @do = "note", text = "{{ ticket.description }}" };
        await AddAsync(
            desk,
            "repeat",
            [
                new { @do = "note", text = "{{ ticket.description }}{{ ticket.description }}" },
                .. Enumerable.Repeat(repeat, 18),
                new { @do = "add-tags", tags = new[] { "end" } },
            ]
        );
        var number = (
            await desk.PostAsync(
                "/api/tickets",
                new
                {
                    subject = "Long",
                    description,
                    requester = new { email = "rita@example.com" },
                }
            )
        ).Expect(201).Json["number"]!.GetValue<long>();
        (await agent.PostAsync($"/api/tickets/{number}/macro", new { macro = "repeat" })).Expect(200);
        var did = (await desk.EventsAsync(number)).Single(one => one.Text("type") == "macro-applied")["data"]!["did"]!.AsArray();
        Assert.Equal(["not-done", .. Enumerable.Repeat("done", 6), .. Enumerable.Repeat("not-done", 12), "done"], did.Select(one => one!.Text("result")));
        Assert.Contains("65,536", did[0]!.Text("why"), StringComparison.Ordinal);
        Assert.Contains("400,000", did[7]!.Text("why"), StringComparison.Ordinal);
        Assert.Equal(6, (await desk.CommentsAsync(number)).Count(one => one.Text("body") == description));
    }

    [Fact]
    public async Task A_macro_does_all_at_once_and_is_recorded()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var agent = await desk.WithRoleAsync("agent");
        await AddAsync(desk, "ask", Ask);
        var number = await desk.OpenAsync();
        var ticket = (await agent.PostAsync($"/api/tickets/{number}/macro", new { macro = "ask" }, ("Idempotency-Key", "k-1"), ("If-Match", "\"1\""))).Expect(
            200
        );
        Assert.Equal("pending", ticket.Json.Text("status"));
        var again = (await agent.PostAsync($"/api/tickets/{number}/macro", new { macro = "ask" }, ("Idempotency-Key", "k-1"), ("If-Match", "\"1\""))).Expect(
            200
        );
        Assert.Equal(ticket.ETag, again.ETag);
        (await agent.PostAsync($"/api/tickets/{number}/macro", new { macro = "ask" }, ("If-Match", "\"1\""))).Expect(412);

        var comments = await desk.CommentsAsync(number);
        Assert.Equal(2, comments.Count);
        Assert.StartsWith("Hello Rita, please send a picture.\nAgent ", comments[0].Text("body"), StringComparison.Ordinal);
        Assert.Equal("agent", comments[0].Text("by"));
        var run = (await desk.EventsAsync(number)).Single(one => one.Text("type") == "macro-applied");
        Assert.Equal("agent", run.Text("by"));
        Assert.Equal("ask", run["data"]!.Text("macro"));
        Assert.Equal(["done", "done", "done", "done"], run["data"]!["did"]!.AsArray().Select(one => one!.Text("result")));
    }

    [Fact]
    public async Task A_macro_is_only_for_tickets_of_its_condition()
    {
        using var desk = await fixture.OpenDeskAsync();
        await AddAsync(
            desk,
            "ask",
            Ask,
            new
            {
                field = "priority",
                op = "is",
                value = "urgent",
            }
        );
        var number = await desk.OpenAsync();
        var refused = (await desk.PostAsync($"/api/tickets/{number}/macro", new { macro = "ask" })).Expect(409);
        Assert.Equal("macro-not-for-this", refused.Code);
        Assert.Contains("priority", refused.Text, StringComparison.Ordinal);
        (await desk.PatchAsync("/api/macros/ask", new { condition = (object?)null, active = false })).Expect(200);
        Assert.Equal("macro-not-active", (await desk.PostAsync($"/api/tickets/{number}/macro", new { macro = "ask" })).Expect(409).Code);
        var closed = (await desk.ClosedTicketAsync()).Json["number"]!.GetValue<long>();
        (await desk.PatchAsync("/api/macros/ask", new { active = true })).Expect(200);
        Assert.Equal("ticket-closed", (await desk.PostAsync($"/api/tickets/{closed}/macro", new { macro = "ask" })).Expect(409).Code);
        (await desk.PostAsync($"/api/tickets/{number}/macro", new { macro = "nothing" })).Expect(400);
        (await desk.PostAsync("/api/tickets/999999/macro", new { macro = "ask" })).Expect(404);
    }

    [Fact]
    public async Task A_personal_macro_is_nobody_elses()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var ada = await desk.WithRoleAsync("agent");
        using var ben = await desk.WithRoleAsync("agent");
        using var stranger = await fixture.OpenDeskAsync();
        await AddAsync(desk, "shared", Ask);
        Assert.True((await AddAsync(ada, "own", Ask))["personal"]!.GetValue<bool>());
        Assert.Equal(["own", "shared"], await NamesAsync(ada));
        Assert.Equal(["shared"], await NamesAsync(ben));
        Assert.Equal(["shared"], await NamesAsync(desk));
        Assert.Empty(await NamesAsync(stranger));
        (await ben.GetAsync("/api/macros/own")).Expect(404);
        (await desk.DeleteAsync("/api/macros/own")).Expect(404);
        (await ben.PatchAsync("/api/macros/shared", new { name = "Mine" })).Expect(403);
        (
            await ben.PostAsync(
                "/api/macros",
                new
                {
                    name = "For all",
                    actions = Ask,
                    personal = false,
                }
            )
        ).Expect(400);
        var number = await desk.OpenAsync();
        (await ben.PostAsync($"/api/tickets/{number}/macro", new { macro = "own" })).Expect(400);
        (await ada.PostAsync($"/api/tickets/{number}/macro", new { macro = "own" })).Expect(200);
        using var integration = await desk.WithRoleAsync("integration");
        (await integration.PostAsync($"/api/tickets/{number}/macro", new { macro = "shared" })).Expect(403);
        (await ada.PatchAsync("/api/macros/own", new { name = "Renamed" })).Expect(200);
        (await ada.DeleteAsync("/api/macros/own")).Expect(204);
        Assert.Equal(["shared"], await NamesAsync(ada));

        static async Task<List<string>> NamesAsync(Desk desk) =>
            [.. (await desk.GetAsync("/api/macros")).Expect(200).Json["items"]!.AsArray().Select(one => one!.Text("id"))];
    }
}
