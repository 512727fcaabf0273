using System.Text.Json.Nodes;
using Helpdesk.Functions.Tests.Tickets;
using Helpdesk.Functions.Views;
using Helpdesk.Tickets;
using Helpdesk.Views;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Helpdesk.Functions.Tests.Views;

public sealed class BulkTicketsTests(DeskFixture fixture)
{
    private static string Outcomes(JsonNode job) => string.Join(' ', job["items"]!.AsArray().Select(one => one!["outcome"]!.GetValue<string>()));

    private static async Task<JsonNode> TicketAsync(Desk desk, string number) => (await desk.GetAsync($"/api/tickets/{number}")).Expect(200).Json;

    private static async Task<string> OpenAsync(Desk desk, string subject = "Printer") => (await desk.OpenTicketAsync(subject)).Json["number"]!.ToString();

    private static async Task<int> CommentsAsync(Desk desk, string number) =>
        (await desk.GetAsync($"/api/tickets/{number}/comments?limit=100")).Expect(200).Json["items"]!.AsArray().Count;

    private static Task WorkAsync(RunningApp app, Desk desk, string job) =>
        app.InvokeAsync(nameof(WorkBulkChanges), $$"""{"workspace":"{{desk.Workspace}}","job":"{{job}}","sentAt":"2026-01-01T00:00:00.000Z"}""");

    [Fact]
    public async Task Tickets_are_named_by_numbers_as_well_and_what_is_wrong_with_them_is_said_once()
    {
        using var desk = await fixture.OpenDeskAsync();
        var number = long.Parse(await OpenAsync(desk), System.Globalization.CultureInfo.InvariantCulture);

        var answer = (await desk.PostAsync("/api/tickets/bulk", new { tickets = new object[] { number, "999999" }, patch = new { priority = "low" } }));
        Assert.Equal("done not-found", Outcomes(answer.Expect(200).Json));
        Assert.Equal("low", (await TicketAsync(desk, $"{number}"))["priority"]!.GetValue<string>());

        var wrong = (await desk.PostAsync("/api/tickets/bulk", new { tickets = new object[] { 1.5 }, patch = new { priority = "low" } })).Expect(400).Json;
        Assert.Single(wrong["errors"]!["tickets"]!.AsArray());
    }

    [Fact]
    public async Task Each_ticket_is_changed_by_the_rules_and_the_answer_says_what_became_of_it()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var elsewhere = await fixture.OpenDeskAsync();
        using var bridge = await desk.WithRoleAsync("integration");
        (await desk.PostAsync("/api/groups", new { id = "lab", name = "Lab" })).Expect(201);
        var first = await OpenAsync(desk);
        var second = await OpenAsync(desk);
        var closed = (await desk.ClosedTicketAsync()).Json["number"]!.ToString();
        var body = new
        {
            tickets = new[] { first, second, closed, "999999" },
            patch = new { priority = "high", customFields = new { building = "7" } },
            assign = new { group = "lab", assignee = "me" },
            comment = new { body = "Looking into it.", visibility = "internal" },
        };
        Assert.Equal(403, (await bridge.PostAsync("/api/tickets/bulk", body)).Status);
        Assert.Equal(400, (await elsewhere.PostAsync("/api/tickets/bulk", body)).Status);
        var answer = (await desk.PostAsync("/api/tickets/bulk", body, ("Idempotency-Key", "once"))).Expect(200).Json;
        Assert.Equal("done", answer["state"]!.GetValue<string>());
        Assert.Equal("done done refused not-found", Outcomes(answer));
        Assert.Equal("ticket-closed", answer["items"]![2]!["code"]!.GetValue<string>());
        foreach (var number in new[] { first, second })
        {
            var ticket = await TicketAsync(desk, number);
            Assert.Equal("high lab admin open", $"{ticket["priority"]} {ticket["group"]} {ticket["assignee"]} {ticket["status"]}");
            Assert.Equal(1, await CommentsAsync(desk, number));
        }

        // The same key and request get the same job, and nothing is done twice.
        var again = (await desk.PostAsync("/api/tickets/bulk", body, ("Idempotency-Key", "once"))).Expect(200).Json;
        Assert.Equal(answer["id"]!.ToString(), again["id"]!.ToString());
        Assert.Equal(1, await CommentsAsync(desk, first));
        var id = answer["id"]!.ToString();
        Assert.Equal(404, (await elsewhere.GetAsync($"/api/bulk/{id}")).Status);
        Assert.Equal(404, (await elsewhere.PostAsync($"/api/bulk/{id}/undo")).Status);
        Assert.Equal(403, (await bridge.GetAsync($"/api/bulk/{id}")).Status);
        var none = new { tickets = new[] { first }, patch = new { priority = "high" } };
        Assert.Equal("unchanged", Outcomes((await desk.PostAsync("/api/tickets/bulk", none)).Expect(200).Json));

        // One field was changed since: it stays, and says so.
        (await desk.PatchAsync($"/api/tickets/{second}", new { priority = "urgent" })).Expect(200);
        var undone = (await desk.PostAsync($"/api/bulk/{id}/undo")).Expect(200).Json;
        Assert.Equal("done done unchanged unchanged", Outcomes(undone));
        Assert.Equal(["comment", "mails"], undone["undo"]!["notUndone"]!.AsArray().Select(one => one!.GetValue<string>()));
        Assert.Empty(undone["items"]![0]!["left"]!.AsArray());
        Assert.Equal(["priority"], undone["items"]![1]!["left"]!.AsArray().Select(one => one!.GetValue<string>()));
        var back = await TicketAsync(desk, first);
        Assert.Equal("normal   new {}", $"{back["priority"]} {back["group"]} {back["assignee"]} {back["status"]} {back["customFields"]!.ToJsonString()}");
        Assert.Equal("urgent", (await TicketAsync(desk, second))["priority"]!.GetValue<string>());
        Assert.Equal(1, await CommentsAsync(desk, first));
    }

    [Fact]
    public async Task A_ticket_that_was_new_is_new_again_unless_somebody_has_answered_it_since()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var elsewhere = await fixture.OpenDeskAsync();
        var (quiet, answered, open, closed) = (await OpenAsync(desk), await OpenAsync(desk), await OpenAsync(desk), await OpenAsync(desk));
        (await desk.PatchAsync($"/api/tickets/{open}", new { status = "open" })).Expect(200);
        var job = (await desk.PostAsync("/api/tickets/bulk", new { tickets = new[] { quiet, answered, open, closed }, resolution = "Done." }))
            .Expect(200)
            .Json;
        Assert.Equal("done done done done", Outcomes(job));
        (await desk.PostAsync($"/api/tickets/{answered}/comments", new { body = "It was the cable." })).Expect(201);
        (await desk.PostAsync($"/api/tickets/{closed}/close")).Expect(200);
        Assert.Equal(404, (await elsewhere.PostAsync($"/api/bulk/{job["id"]}/undo")).Status);

        var undone = (await desk.PostAsync($"/api/bulk/{job["id"]}/undo")).Expect(200).Json;

        string[] expected = ["new", "resolved", "open", "closed"];
        foreach (var (number, status) in new[] { quiet, answered, open, closed }.Zip(expected))
            Assert.Equal(status, (await TicketAsync(desk, number))["status"]!.GetValue<string>());
        Assert.Equal("done unchanged done refused", Outcomes(undone));
        Assert.Equal("status", undone["items"]![1]!["left"]![0]!.GetValue<string>());
        Assert.Equal("ticket-closed", undone["items"]![3]!["code"]!.GetValue<string>());
        // It can be answered like any other new one.
        (await desk.PostAsync($"/api/tickets/{quiet}/comments", new { body = "On my way." })).Expect(201);
        Assert.Equal("open", (await TicketAsync(desk, quiet))["status"]!.GetValue<string>());
    }

    [Fact]
    public async Task What_is_wrong_is_said_before_anything_is_done()
    {
        using var desk = await fixture.OpenDeskAsync();
        foreach (
            var wrong in new object[]
            {
                new { tickets = new[] { "1" } },
                new { patch = new { priority = "high" } },
                new
                {
                    tickets = new[] { "1" },
                    view = "open",
                    patch = new { priority = "high" },
                },
                new { tickets = new[] { "one" }, patch = new { priority = "high" } },
                new { tickets = new[] { "1" }, patch = new { mood = "high" } },
                new { tickets = new[] { "1" }, patch = new { group = "gone" } },
                new { view = "gone", patch = new { priority = "high" } },
                new
                {
                    tickets = new[] { "1" },
                    limit = 5,
                    patch = new { priority = "high" },
                },
            }
        )
            (await desk.PostAsync("/api/tickets/bulk", wrong)).Expect(400);
    }

    [Fact]
    public async Task The_first_tickets_of_a_view_are_changed()
    {
        using var desk = await fixture.OpenDeskAsync();
        var numbers = new List<string>();
        for (var i = 0; i < 4; i++)
            numbers.Add(await OpenAsync(desk));
        await fixture.App.DeliveredAsync();
        await ViewsTests.ShowsAsync(desk, "unassigned", numbers.Select(long.Parse));
        var answer = (
            await desk.PostAsync(
                "/api/tickets/bulk",
                new
                {
                    view = "unassigned",
                    limit = 3,
                    assign = new { assignee = "me" },
                }
            )
        ).Expect(200).Json;
        Assert.Equal(3, answer["total"]!.GetValue<int>());
        Assert.Equal("done done done", Outcomes(answer));
        Assert.Null((await TicketAsync(desk, numbers[3]))["assignee"]);
    }

    [Fact]
    public async Task More_than_a_hundred_are_changed_by_and_by_and_can_be_cancelled_and_undone()
    {
        using var desk = await fixture.OpenDeskAsync();
        var number = await OpenAsync(desk);
        List<string> tickets = [number, .. Enumerable.Range(1_000_000, 119).Select(one => $"{one}")];
        var asked = (await desk.PostAsync("/api/tickets/bulk", new { tickets, patch = new { priority = "urgent" } })).Expect(202).Json;
        var id = asked["id"]!.ToString();
        await Testing.Until.TrueAsync(
            async () => (await desk.GetAsync($"/api/bulk/{id}")).Expect(200).Json["state"]!.GetValue<string>() == "done",
            "the change is done"
        );
        var job = (await desk.GetAsync($"/api/bulk/{id}")).Json;
        Assert.Equal("""{"worked":120,"done":1,"unchanged":0,"refused":0,"notFound":119}""", job["progress"]!.ToJsonString());
        var (results, cursor) = (new List<string>(), "");
        do
        {
            var page = (await desk.GetAsync($"/api/bulk/{id}/results?limit=40{cursor}")).Expect(200).Json;
            results.AddRange(page["items"]!.AsArray().Select(one => one!["ticket"]!.GetValue<string>()));
            cursor = page["nextCursor"] is { } next ? $"&cursor={next.GetValue<string>()}" : "";
        } while (cursor.Length > 0);
        Assert.Equal(tickets, results);
        Assert.Equal("bulk-not-running", (await desk.PostAsync($"/api/bulk/{id}/cancel")).Code);
        (await desk.PostAsync($"/api/bulk/{id}/undo")).Expect(202);
        await Testing.Until.TrueAsync(
            async () => (await desk.GetAsync($"/api/bulk/{id}")).Json["undo"]!["state"]!.GetValue<string>() == "done",
            "the change is undone"
        );
        Assert.Contains("undone already", (await desk.PostAsync($"/api/bulk/{id}/cancel")).Expect(409).Text, StringComparison.Ordinal);
        Assert.Equal("normal", (await TicketAsync(desk, number))["priority"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_process_that_dies_at_any_write_leaves_a_change_that_is_carried_through_once()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var mortal = await MortalApp.StartAsync(
            fixture.Storage,
            "",
            everything: true,
            builder => builder.Services.AddSingleton<TimeProvider>(time)
        );
        await using var other = await RunningApp.StartAsync(fixture.Storage, builder => builder.Services.AddSingleton<TimeProvider>(time));
        using var desk = await fixture.OpenDeskAsync(mortal.App);
        using var healthy = new Desk(desk.Workspace, desk.Key, other.Address);
        var isOver = false;
        for (var writes = 1; !isOver; writes++)
        {
            Assert.True(writes < 40, "The change never ends.");
            var numbers = new[] { await OpenAsync(healthy), await OpenAsync(healthy), await OpenAsync(healthy) };
            (await desk.GetAsync("/api/views")).Expect(200);
            var key = $"try-{writes}";
            var body = new
            {
                tickets = numbers,
                patch = new { priority = "high" },
                comment = new { body = "Once.", visibility = "internal" },
            };
            mortal.DieAfter(writes);
            await desk.PostAsync("/api/tickets/bulk", body, ("Idempotency-Key", key));
            isOver = !mortal.HasDied;
            mortal.Revive();
            // Whoever died still claims it for a minute.
            time.Advance(TimeSpan.FromMinutes(2));
            var again = (await healthy.PostAsync("/api/tickets/bulk", body, ("Idempotency-Key", key))).Expect(200).Json;
            Assert.Equal("done done done", Outcomes(again));
            for (var twice = 0; twice < 2; twice++)
                await WorkAsync(other, healthy, again["id"]!.ToString());
            foreach (var number in numbers)
            {
                Assert.Equal("high", (await TicketAsync(healthy, number))["priority"]!.GetValue<string>());
                Assert.Equal(1, await CommentsAsync(healthy, number));
            }

            var undone = (await healthy.PostAsync($"/api/bulk/{again["id"]}/undo")).Expect(200).Json;
            Assert.Equal("done done done", Outcomes(undone));
            Assert.Equal("normal", (await TicketAsync(healthy, numbers[0]))["priority"]!.GetValue<string>());
        }
    }

    /// <summary>A change as a request for more than a hundred tickets leaves it, before anybody works on it.</summary>
    private static async Task<string> AskAsync(RunningApp app, Desk desk, DateTimeOffset now, IReadOnlyList<string> tickets)
    {
        var id = BulkStore.NewId(now);
        await app
            .Services.GetRequiredService<BulkStore>()
            .TryAddAsync(
                new()
                {
                    Id = id,
                    Workspace = desk.Workspace,
                    By = new(ActorKind.Agent, "admin", "Admin"),
                    Action = new("""{"priority":"high"}""", "Once.", CommentVisibility.Internal, null),
                    State = BulkState.Working,
                    Total = tickets.Count,
                    CreatedAt = now,
                },
                tickets,
                TestContext.Current.CancellationToken
            );
        return id;
    }

    private static async Task<int> ChangesAsync(Desk desk, string number) =>
        (await desk.GetAsync($"/api/tickets/{number}/events?limit=100")).Expect(200).Json["items"]!
            .AsArray()
            .Count(one => one!["type"]!.GetValue<string>() == "priority-changed");

    [Fact]
    public async Task A_long_change_and_its_undoing_are_carried_through_once_whenever_a_process_dies_and_end_when_cancelled()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var mortal = await MortalApp.StartAsync(
            fixture.Storage,
            "",
            everything: true,
            builder => builder.Services.AddSingleton<TimeProvider>(time)
        );
        await using var other = await RunningApp.StartAsync(fixture.Storage, builder => builder.Services.AddSingleton<TimeProvider>(time));
        using var desk = await fixture.OpenDeskAsync(mortal.App);
        using var healthy = new Desk(desk.Workspace, desk.Key, other.Address);
        var (isOver, cancelled) = (false, 0);
        for (var writes = 1; !isOver; writes++)
        {
            Assert.True(writes < 60, "The change never ends.");
            var numbers = new[] { await OpenAsync(healthy), await OpenAsync(healthy), await OpenAsync(healthy) };
            // Two steps: fifty tickets and two.
            string[] all = [numbers[0], .. Enumerable.Range(1_000_000, 48).Select(one => $"{one}"), numbers[1], "2000000", numbers[2]];
            var id = await AskAsync(other, healthy, time.GetUtcNow(), all);
            (await desk.GetAsync("/api/views")).Expect(200);
            mortal.DieAfter(writes);
            var death = await Record.ExceptionAsync(() => WorkAsync(mortal.App, desk, id));
            Assert.True(mortal.HasDied || death is null, $"{death}");
            isOver = !mortal.HasDied;
            mortal.Revive();
            // Whoever died still claims it for a minute.
            time.Advance(TimeSpan.FromMinutes(2));
            var job = (await healthy.GetAsync($"/api/bulk/{id}")).Expect(200).Json;
            var isCancelled = cancelled == 0 && job["progress"]!["worked"]!.GetValue<int>() == 50;
            if (isCancelled)
            {
                cancelled++;
                Assert.Equal("cancelled", (await healthy.PostAsync($"/api/bulk/{id}/cancel")).Expect(200).Json["state"]!.GetValue<string>());
            }

            for (var twice = 0; twice < 2; twice++)
                await WorkAsync(other, healthy, id);
            job = (await healthy.GetAsync($"/api/bulk/{id}")).Expect(200).Json;
            Assert.Equal(isCancelled ? "cancelled" : "done", job["state"]!.GetValue<string>());
            Assert.Equal(isCancelled ? 50 : 52, job["progress"]!["worked"]!.GetValue<int>());
            foreach (var number in isCancelled ? numbers[..2] : numbers)
                Assert.Equal((1, 1), (await ChangesAsync(healthy, number), await CommentsAsync(healthy, number)));
            if (isCancelled)
                Assert.Equal((0, 0), (await ChangesAsync(healthy, numbers[2]), await CommentsAsync(healthy, numbers[2])));

            (await desk.GetAsync("/api/views")).Expect(200);
            mortal.DieAfter(writes);
            await desk.PostAsync($"/api/bulk/{id}/undo");
            isOver &= !mortal.HasDied;
            mortal.Revive();
            time.Advance(TimeSpan.FromMinutes(2));
            var undone = (await healthy.PostAsync($"/api/bulk/{id}/undo")).Expect(200).Json;
            Assert.Equal("done", undone["undo"]!["state"]!.GetValue<string>());
            foreach (var number in isCancelled ? numbers[..2] : numbers)
                Assert.Equal((2, 1), (await ChangesAsync(healthy, number), await CommentsAsync(healthy, number)));
        }

        Assert.Equal(1, cancelled);
    }

    [Fact]
    public async Task A_macro_is_applied_to_each_ticket_that_it_is_for_and_its_fields_can_be_put_back()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var ada = await desk.WithRoleAsync("agent");
        using var ben = await desk.WithRoleAsync("agent");
        using var stranger = await fixture.OpenDeskAsync();
        var macro = new
        {
            id = "ask",
            name = "Ask",
            personal = true,
            condition = new
            {
                field = "priority",
                op = "is-not",
                value = "urgent",
            },
            actions = new object[]
            {
                new { @do = "comment", text = "Please send a picture of ticket {{ ticket.number }}." },
                new
                {
                    @do = "set",
                    field = "status",
                    value = "pending",
                },
                new
                {
                    @do = "set",
                    field = "priority",
                    value = "high",
                },
                new
                {
                    @do = "notify",
                    to = "group",
                    text = "Asked",
                },
            },
        };
        (await ada.PostAsync("/api/macros", macro)).Expect(201);
        var first = await OpenAsync(desk);
        var second = await OpenAsync(desk);
        (await desk.PatchAsync($"/api/tickets/{second}", new { status = "open" })).Expect(200);
        var urgent = await OpenAsync(desk);
        (await desk.PatchAsync($"/api/tickets/{urgent}", new { priority = "urgent" })).Expect(200);
        var body = new { tickets = new[] { first, second, urgent, "999999" }, macro = "ask" };
        Assert.Contains("macro was not found", (await ben.PostAsync("/api/tickets/bulk", body)).Expect(400).Text, StringComparison.Ordinal);
        (await stranger.PostAsync("/api/tickets/bulk", body)).Expect(400);
        (
            await ada.PostAsync(
                "/api/tickets/bulk",
                new
                {
                    body.tickets,
                    body.macro,
                    resolution = "Done",
                }
            )
        ).Expect(400);
        (await ada.PostAsync("/api/tickets/bulk", new { body.tickets, macro = "" })).Expect(400);

        var answer = (await ada.PostAsync("/api/tickets/bulk", body, ("Idempotency-Key", "once"))).Expect(200).Json;
        Assert.Equal("done done refused not-found", Outcomes(answer));
        Assert.Equal("macro-not-for-this", answer["items"]![2]!["code"]!.GetValue<string>());
        // What was not done is told for each ticket; there is no group to tell.
        Assert.Equal("notify", Assert.Single(answer["items"]![0]!["notDone"]!.AsArray())!["do"]!.GetValue<string>());
        Assert.Equal("ask", answer["action"]!["macro"]!.GetValue<string>());
        (await ada.PostAsync("/api/tickets/bulk", body, ("Idempotency-Key", "once"))).Expect(200);
        foreach (var number in new[] { first, second })
        {
            var ticket = await TicketAsync(desk, number);
            Assert.Equal("pending high", $"{ticket["status"]} {ticket["priority"]}");
            Assert.Equal(1, await CommentsAsync(desk, number));
        }

        var undone = (await ada.PostAsync($"/api/bulk/{answer["id"]}/undo")).Expect(200).Json;
        Assert.Equal(["comment", "mails"], undone["undo"]!["notUndone"]!.AsArray().Select(one => one!.GetValue<string>()));
        var back = await TicketAsync(desk, second);
        Assert.Equal("open normal", $"{back["status"]} {back["priority"]}");

        // One that is switched off, or goes while it is at work, is said for all of them at once.
        (await ada.PatchAsync("/api/macros/ask", new { active = false })).Expect(200);
        Assert.Equal("macro-not-active", (await ada.PostAsync("/api/tickets/bulk", body)).Expect(409).Code);
    }

    [Fact]
    public async Task A_macro_that_is_gone_ends_the_change_with_the_reason()
    {
        using var desk = await fixture.OpenDeskAsync();
        var number = await OpenAsync(desk);
        var jobs = fixture.App.Services.GetRequiredService<BulkStore>();
        var id = await AskAsync(fixture.App, desk, TimeProvider.System.GetUtcNow(), [number]);
        var (job, etag) = (await jobs.FindAsync(desk.Workspace, id, TestContext.Current.CancellationToken))!.Value;
        await jobs.TryWriteAsync(job with { Action = new(null, null, CommentVisibility.Public, null, "gone") }, etag, TestContext.Current.CancellationToken);
        for (var twice = 0; twice < 2; twice++)
            await WorkAsync(fixture.App, desk, id);
        var failed = (await desk.GetAsync($"/api/bulk/{id}")).Expect(200).Json;
        Assert.Equal("failed", failed["state"]!.GetValue<string>());
        Assert.Contains("gone", failed["error"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changes_are_listed_the_newest_first_for_those_who_may_make_them()
    {
        using var desk = await fixture.OpenDeskAsync();
        using var stranger = await fixture.OpenDeskAsync();
        using var bridge = await desk.WithRoleAsync("integration");
        Assert.Empty((await desk.GetAsync("/api/bulk")).Expect(200).Json["items"]!.AsArray());
        var ids = new List<string>();
        foreach (var priority in new[] { "low", "high", "urgent" })
        {
            var asked = new
            {
                tickets = new[] { "999999" },
                patch = new { priority },
                comment = new { body = "Because.", visibility = "internal" },
            };
            ids.Insert(0, (await desk.PostAsync("/api/tickets/bulk", asked)).Expect(200).Json["id"]!.GetValue<string>());
        }

        var (listed, cursor) = (new List<JsonNode>(), "");
        do
        {
            var page = (await desk.GetAsync($"/api/bulk?limit=2{cursor}")).Expect(200).Json;
            listed.AddRange(page["items"]!.AsArray().Select(one => one!));
            cursor = page["nextCursor"] is { } next ? $"&cursor={next.GetValue<string>()}" : "";
        } while (cursor.Length > 0);
        Assert.Equal(ids.Order(StringComparer.Ordinal), listed.Select(one => one["id"]!.GetValue<string>()));
        var latest = listed.Single(one => one["id"]!.GetValue<string>() == ids[0]);
        Assert.Equal(
            """{"patch":{"priority":"urgent"},"comment":{"body":"Because.","visibility":"internal"},"resolution":null,"macro":null}""",
            latest["action"]!.ToJsonString()
        );
        Assert.NotNull(latest["by"]!["id"]);
        Assert.Empty((await stranger.GetAsync("/api/bulk")).Expect(200).Json["items"]!.AsArray());
        (await bridge.GetAsync("/api/bulk")).Expect(403);
    }
}
