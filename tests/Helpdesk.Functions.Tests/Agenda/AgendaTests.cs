using System.Globalization;
using System.Text.Json.Nodes;
using Helpdesk.Functions.Agenda;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tests.Automations;
using Helpdesk.Functions.Tests.Tickets;
using Helpdesk.Functions.Tests.Webhooks;
using Helpdesk.Functions.Tickets;
using Helpdesk.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Agenda;

/// <summary>Tickets come back when an agent wants them to, and tasks are reminded of when they are due.</summary>
public sealed class AgendaTests(DeskFixture fixture)
{
    private static readonly CancellationToken Cancelled = TestContext.Current.CancellationToken;

    private static async Task<(Desk Agent, string Id)> AgentAsync(Desk desk, string id)
    {
        (
            await desk.PostAsync(
                "/api/agents",
                new
                {
                    id,
                    name = id,
                    email = $"{id}@example.com",
                }
            )
        ).Expect(201);
        var key = (
            await desk.PostAsync(
                "/api/keys",
                new
                {
                    name = "Key",
                    role = "agent",
                    agent = id,
                }
            )
        ).Expect(201).Json["key"]!.GetValue<string>();
        return (new(desk.Workspace, key, desk.Address), id);
    }

    /// <summary>Has the desk look what is due, and once more.</summary>
    private static async Task RemindAsync(WebhookDesk hooks, long number)
    {
        for (var again = 0; again < 2; again++)
            await hooks.App.Services.GetRequiredService<RemindAgents>().RemindAsync(new(hooks.Desk.Workspace, number), Cancelled);
        await hooks.App.MailedAsync();
    }

    private static async Task<List<JsonNode>> OfTypeAsync(Desk desk, long number, string type) =>
        [.. (await desk.EventsAsync(number)).Where(one => one.Text("type") == type)];

    private static async Task<List<JsonNode>> ListAsync(Desk desk, string path) =>
        [.. (await desk.GetAsync(path)).Expect(200).Json["items"]!.AsArray().Select(one => one!)];

    private static async Task<List<JsonNode>> RemindersAsync(Desk desk) =>
        [.. (await ListAsync(desk, "/api/outbox?limit=100")).Where(mail => mail.Text("event") == "reminder")];

    private static string At(WebhookDesk hooks, double hours) =>
        hooks.Time.GetUtcNow().AddHours(hours).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    [Fact]
    public async Task A_waiting_ticket_comes_back_and_its_agent_is_reminded_once()
    {
        await using var hooks = await WebhookDesk.OpenAsync(fixture);
        var (ada, _) = await AgentAsync(hooks.Desk, "ada");
        using var _ = ada;
        var number = await hooks.Desk.OpenAsync();
        (await hooks.Desk.PatchAsync($"/api/tickets/{number}", new { status = "pending" })).Expect(200);
        var set = (await ada.PostAsync($"/api/tickets/{number}/follow-up", new { @in = "PT48H", note = "Has the part come?" })).Expect(200).Json;
        Assert.Equal("ada", set["followUp"]!.Text("to"));
        await hooks.App.DeliveredAsync();
        var listed = Assert.Single(await ListAsync(ada, "/api/follow-ups"));
        Assert.Equal(("Has the part come?", number), (listed["followUp"]!.Text("note"), listed["number"]!.GetValue<long>()));

        hooks.Time.Advance(TimeSpan.FromHours(47));
        await RemindAsync(hooks, number);
        Assert.Empty(await OfTypeAsync(hooks.Desk, number, "follow-up-due"));
        hooks.Time.Advance(TimeSpan.FromHours(2));
        await RemindAsync(hooks, number);
        var due = Assert.Single(await OfTypeAsync(hooks.Desk, number, "follow-up-due"));
        Assert.Equal("Has the part come?", due["data"]!.Text("note"));
        var ticket = await hooks.Desk.TicketAsync(number);
        Assert.Equal("open", ticket.Text("status"));
        Assert.Null(ticket["followUp"]);
        var mail = Assert.Single(await RemindersAsync(hooks.Desk));
        Assert.Equal("ada@example.com", mail.Text("to"));
        Assert.Contains("Has the part come?", mail.Text("text"), StringComparison.Ordinal);
        // The requester hears nothing of it.
        Assert.DoesNotContain(
            await ListAsync(hooks.Desk, "/api/outbox?limit=100"),
            one => one.Text("to") == "rita@example.com" && one.Text("event") != "received"
        );
        Assert.Empty(await ListAsync(ada, "/api/follow-ups"));

        // How somebody is told is theirs to say.
        (await ada.PatchAsync("/api/agents/ada/notifications", new { reminder = "none" })).Expect(200);
        hooks.Time.Advance(TimeSpan.FromMinutes(1));
        (await ada.PostAsync($"/api/tickets/{number}/follow-up", new { @in = "PT1H" })).Expect(200);
        hooks.Time.Advance(TimeSpan.FromHours(2));
        await RemindAsync(hooks, number);
        Assert.Equal(2, (await OfTypeAsync(hooks.Desk, number, "follow-up-due")).Count);
        Assert.Single(await RemindersAsync(hooks.Desk));
    }

    [Fact]
    public async Task A_resolved_ticket_stays_resolved_and_the_end_of_a_ticket_ends_its_follow_up()
    {
        await using var hooks = await WebhookDesk.OpenAsync(fixture);
        var desk = hooks.Desk;
        var resolved = (await desk.ResolvedTicketAsync()).Json["number"]!.GetValue<long>();
        (
            await desk.PostAsync(
                $"/api/tickets/{resolved}/follow-up",
                new
                {
                    at = At(hooks, 1),
                    to = "none",
                    note = "Still out?",
                }
            )
        ).Expect(200);
        var closed = (await desk.ResolvedTicketAsync()).Json["number"]!.GetValue<long>();
        (await desk.PostAsync($"/api/tickets/{closed}/follow-up", new { at = At(hooks, 1), to = "none" })).Expect(200);
        (await desk.PostAsync($"/api/tickets/{closed}/close")).Expect(200);
        (await desk.PostAsync($"/api/tickets/{closed}/follow-up", new { at = At(hooks, 1) })).Expect(409);
        var wrong = (await desk.PostAsync($"/api/tickets/{closed}/follow-up", new { at = "tomorrow" })).Expect(400).Json["errors"]!["at"]!;
        Assert.Single(wrong.AsArray());
        var years = (await desk.PostAsync($"/api/tickets/{closed}/follow-up", new { @in = "P10Y" })).Expect(400);
        Assert.Contains("in must be a length of at most two years", years.Text, StringComparison.Ordinal);
        await hooks.App.DeliveredAsync();
        Assert.Equal(resolved, Assert.Single(await ListAsync(desk, "/api/follow-ups?agent=none"))["number"]!.GetValue<long>());
        hooks.Time.Advance(TimeSpan.FromHours(2));
        await RemindAsync(hooks, resolved);
        await RemindAsync(hooks, closed);
        Assert.Equal("resolved", (await desk.TicketAsync(resolved)).Text("status"));
        Assert.Single(await OfTypeAsync(desk, resolved, "follow-up-due"));
        Assert.Empty(await OfTypeAsync(desk, closed, "follow-up-due"));
    }

    [Fact]
    public async Task A_follow_up_is_replaced_taken_back_and_ends_with_an_answer_where_that_is_wanted()
    {
        await using var hooks = await WebhookDesk.OpenAsync(fixture);
        var desk = hooks.Desk;
        var number = await desk.OpenAsync();
        (await desk.PostAsync($"/api/tickets/{number}/follow-up", new { at = At(hooks, 5), to = "none" })).Expect(200);
        (
            await desk.PostAsync(
                $"/api/tickets/{number}/follow-up",
                new
                {
                    at = At(hooks, 9),
                    to = "none",
                    unlessAnswered = true,
                }
            )
        ).Expect(200);
        await hooks.App.DeliveredAsync();
        Assert.Single(await ListAsync(desk, "/api/follow-ups?agent=none"));
        Assert.Empty(await ListAsync(desk, $"/api/follow-ups?agent=none&dueBefore={At(hooks, 6)}"));
        Assert.True((await desk.GetAsync($"/api/tickets/{number}/follow-up")).Expect(200).Json["unlessAnswered"]!.GetValue<bool>());
        (await desk.PostAsync($"/api/tickets/{number}/comments", new { body = "A note", visibility = "internal" })).Expect(201);
        (await desk.GetAsync($"/api/tickets/{number}/follow-up")).Expect(200);
        (await desk.PostAsync($"/api/tickets/{number}/comments", new { body = "It is out", author = "requester" })).Expect(201);
        (await desk.GetAsync($"/api/tickets/{number}/follow-up")).Expect(404);
        Assert.Empty(await ListAsync(desk, "/api/follow-ups?agent=none"));

        (await desk.PostAsync($"/api/tickets/{number}/follow-up", new { at = At(hooks, 5), to = "none" })).Expect(200);
        for (var again = 0; again < 2; again++)
            (await desk.DeleteAsync($"/api/tickets/{number}/follow-up")).Expect(200);
        Assert.Single(await OfTypeAsync(desk, number, "follow-up-cancelled"));
        hooks.Time.Advance(TimeSpan.FromHours(10));
        await RemindAsync(hooks, number);
        Assert.Empty(await OfTypeAsync(desk, number, "follow-up-due"));
    }

    [Fact]
    public async Task What_is_wrong_with_a_follow_up_is_said()
    {
        await using var hooks = await WebhookDesk.OpenAsync(fixture);
        var desk = hooks.Desk;
        var number = await desk.OpenAsync();
        async Task<string> WrongAsync(object body) =>
            string.Join(' ', (await desk.PostAsync($"/api/tickets/{number}/follow-up", body)).Expect(400).Json["errors"]!.AsObject().Select(one => one.Key));
        Assert.Equal("at", await WrongAsync(new { }));
        Assert.Equal("at", await WrongAsync(new { at = At(hooks, 1), @in = "PT1H" }));
        Assert.Equal("at", await WrongAsync(new { at = At(hooks, -1) }));
        Assert.Equal("in", await WrongAsync(new { @in = "PT0S" }));
        Assert.Equal("calendar", await WrongAsync(new { at = At(hooks, 1), calendar = "business-hours" }));
        Assert.Equal("calendar", await WrongAsync(new { @in = "PT1H", calendar = "nowhere" }));
        Assert.Equal("to", await WrongAsync(new { @in = "PT1H", to = "nobody-here" }));
        var set = (
            await desk.PostAsync(
                $"/api/tickets/{number}/follow-up",
                new
                {
                    @in = "PT40H",
                    calendar = "business-hours",
                    to = "none",
                }
            )
        ).Expect(200).Json;
        // Forty hours of business are more than two days.
        Assert.True(DateTimeOffset.Parse(set["followUp"]!.Text("at"), CultureInfo.InvariantCulture) > hooks.Time.GetUtcNow().AddDays(4));
        (await desk.PostAsync("/api/tickets/999/follow-up", new { @in = "PT1H" })).Expect(404);
    }

    [Fact]
    public async Task A_task_is_done_in_the_list_of_its_agent_and_reminded_of_when_it_is_due()
    {
        await using var hooks = await WebhookDesk.OpenAsync(fixture);
        var desk = hooks.Desk;
        var (ada, _) = await AgentAsync(desk, "ada");
        using var _ = ada;
        var (bob, _) = await AgentAsync(desk, "bob");
        using var __ = bob;
        var number = await desk.OpenAsync();
        var order = (
            await ada.PostAsync(
                $"/api/tickets/{number}/tasks",
                new
                {
                    title = "Order a fuser",
                    assignee = "me",
                    dueAt = At(hooks, 4),
                }
            )
        ).Expect(201).Json.Text("id");
        var call = (await ada.PostAsync($"/api/tickets/{number}/tasks", new { title = "Call Rita", assignee = "bob" })).Expect(201).Json.Text("id");
        var early = (
            await ada.PostAsync(
                $"/api/tickets/{number}/tasks",
                new
                {
                    title = "Look at it",
                    assignee = "ada",
                    dueAt = At(hooks, 2),
                }
            )
        ).Expect(201).Json.Text("id");
        await hooks.App.DeliveredAsync();
        Assert.Equal(3, (await desk.TicketAsync(number))["openTasks"]!.GetValue<int>());
        Assert.Equal(["Look at it", "Order a fuser"], (await ListAsync(ada, "/api/tasks")).Select(one => one["task"]!.Text("title")));
        Assert.Equal(["Look at it"], (await ListAsync(ada, $"/api/tasks?assignee=me&dueBefore={At(hooks, 3)}")).Select(one => one["task"]!.Text("title")));
        Assert.Equal("Call Rita", Assert.Single(await ListAsync(ada, "/api/tasks?assignee=bob"))["task"]!.Text("title"));
        var page = (await ada.GetAsync("/api/tasks?limit=1")).Expect(200).Json;
        Assert.Equal("Order a fuser", Assert.Single(await ListAsync(ada, $"/api/tasks?limit=1&cursor={page.Text("nextCursor")}"))["task"]!.Text("title"));

        var done = (await bob.PatchAsync($"/api/tickets/{number}/tasks/{call}", new { done = true })).Expect(200).Json;
        Assert.Equal("bob", done.Text("doneBy"));
        (await bob.PatchAsync($"/api/tickets/{number}/tasks/{call}", new { done = true })).Expect(200);
        Assert.Single(await OfTypeAsync(desk, number, "task-done"));
        (await ada.PatchAsync($"/api/tickets/{number}/tasks/{early}", new { assignee = "bob", dueAt = At(hooks, 3) })).Expect(200);
        await hooks.App.DeliverAsync(desk, number, upTo: 10);
        Assert.Equal(["Order a fuser"], (await ListAsync(ada, "/api/tasks")).Select(one => one["task"]!.Text("title")));
        Assert.Equal(["Look at it"], (await ListAsync(bob, "/api/tasks")).Select(one => one["task"]!.Text("title")));

        hooks.Time.Advance(TimeSpan.FromHours(3.5));
        await RemindAsync(hooks, number);
        Assert.Equal("bob@example.com", Assert.Single(await RemindersAsync(desk)).Text("to"));
        hooks.Time.Advance(TimeSpan.FromHours(1));
        await RemindAsync(hooks, number);
        Assert.Equal(2, (await RemindersAsync(desk)).Count);
        // What is put off is reminded of again.
        (await ada.PatchAsync($"/api/tickets/{number}/tasks/{order}", new { dueAt = At(hooks, 1) })).Expect(200);
        hooks.Time.Advance(TimeSpan.FromHours(2));
        await RemindAsync(hooks, number);
        Assert.Equal(3, (await OfTypeAsync(desk, number, "task-due")).Count);
        (await ada.DeleteAsync($"/api/tickets/{number}/tasks/{order}")).Expect(204);
        (await ada.DeleteAsync($"/api/tickets/{number}/tasks/{order}")).Expect(404);
        (await ada.PatchAsync($"/api/tickets/{number}/tasks/{order}", new { done = true })).Expect(404);
        Assert.Empty(await ListAsync(ada, "/api/tasks"));
        Assert.Equal(["Call Rita", "Look at it"], (await ListAsync(desk, $"/api/tickets/{number}/tasks")).Select(one => one.Text("title")));
    }

    [Fact]
    public async Task A_ticket_is_not_resolved_before_its_required_tasks_are_done()
    {
        using var desk = await fixture.OpenDeskAsync();
        var number = await desk.OpenAsync();
        (await desk.PostAsync($"/api/tickets/{number}/tasks", new { title = "Nice to have" })).Expect(201);
        var task = (await desk.PostAsync($"/api/tickets/{number}/tasks", new { title = "Wipe the disk", required = true })).Expect(201).Json.Text("id");
        var refused = (await desk.PostAsync($"/api/tickets/{number}/resolve", new { resolution = "Done" })).Expect(409);
        Assert.Equal("tasks-open", refused.Code);
        Assert.Contains("Wipe the disk", refused.Text, StringComparison.Ordinal);
        (await desk.PatchAsync($"/api/tickets/{number}/tasks/{task}", new { done = true })).Expect(200);
        Assert.Equal(1, (await desk.PostAsync($"/api/tickets/{number}/resolve", new { resolution = "Done" })).Expect(200).Json["openTasks"]!.GetValue<int>());
        (await desk.PostAsync($"/api/tickets/{number}/close")).Expect(200);
        (await desk.PostAsync($"/api/tickets/{number}/tasks", new { title = "Late" })).Expect(409);
        await fixture.App.DeliveredAsync();
        Assert.Empty(await ListAsync(desk, "/api/tasks?assignee=none"));
    }

    [Fact]
    public async Task Nobody_else_sees_or_changes_what_agents_have_to_do()
    {
        using var desk = await fixture.OpenDeskAsync();
        var number = await desk.OpenAsync();
        var task = (await desk.PostAsync($"/api/tickets/{number}/tasks", new { title = "Wipe the disk" })).Expect(201).Json.Text("id");
        (
            await desk.PostAsync(
                $"/api/tickets/{number}/follow-up",
                new
                {
                    @in = "PT5H",
                    note = "Secret",
                    to = "none",
                }
            )
        ).Expect(200);
        await fixture.App.DeliveredAsync();
        using var other = await fixture.OpenDeskAsync();
        using var bridge = await desk.WithRoleAsync("integration");
        foreach (var path in new[] { $"/api/tickets/{number}/tasks", $"/api/tickets/{number}/follow-up" })
        {
            (await other.GetAsync(path)).Expect(404);
            (await bridge.GetAsync(path)).Expect(403);
        }

        Assert.Empty(await ListAsync(other, "/api/tasks?assignee=none"));
        Assert.Empty(await ListAsync(other, "/api/follow-ups?agent=none"));
        (await bridge.GetAsync("/api/tasks?assignee=none")).Expect(403);
        (await bridge.PostAsync($"/api/tickets/{number}/tasks", new { title = "x" })).Expect(403);
        (await bridge.PostAsync($"/api/tickets/{number}/follow-up", new { @in = "PT1H" })).Expect(403);
        (await other.PatchAsync($"/api/tickets/{number}/tasks/{task}", new { done = true })).Expect(404);
        (await other.DeleteAsync($"/api/tickets/{number}/follow-up")).Expect(404);
        // A key that may not read notes is told nothing of it.
        Assert.DoesNotContain("Secret", (await bridge.GetAsync($"/api/tickets/{number}/events")).Expect(200).Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Secret", (await bridge.GetAsync($"/api/tickets/{number}")).Expect(200).Text, StringComparison.Ordinal);
        (await desk.GetAsync("/api/tasks?due=tomorrow")).Expect(400);
    }

    [Fact]
    public async Task Whatever_dies_a_reminder_comes_once_and_the_lists_tell_the_truth()
    {
        var died = 0;
        for (var writes = 0; writes < 12; writes++)
        {
            await using var hooks = await WebhookDesk.OpenAsync(fixture);
            var desk = hooks.Desk;
            var number = await desk.OpenAsync();
            (
                await desk.PostAsync(
                    "/api/agents",
                    new
                    {
                        id = "ada",
                        name = "Ada",
                        email = "ada@example.com",
                    }
                )
            ).Expect(201);
            (
                await desk.PostAsync(
                    $"/api/tickets/{number}/tasks",
                    new
                    {
                        title = "One",
                        assignee = "ada",
                        dueAt = At(hooks, 0),
                    }
                )
            ).Expect(201);
            await hooks.App.DeliveredAsync();
            await using (var mortal = await MortalApp.StartAsync(fixture.Storage, "Tickets", everything: true))
            {
                using var here = new Desk(desk.Workspace, desk.Key, mortal.App.Address);
                mortal.DieAfter(writes);
                await here.PostAsync($"/api/tickets/{number}/tasks", new { title = "Two", assignee = "ada" });
                try
                {
                    await mortal.App.Services.GetRequiredService<RemindAgents>().RemindAsync(new(desk.Workspace, number), Cancelled);
                }
                catch (InvalidOperationException)
                {
                    // It is dead.
                }

                await Until.TrueAsync(() => Task.FromResult(mortal.HasDied || IsIdle(mortal.App)), "it died, or had nothing left to do");
                died += mortal.HasDied ? 1 : 0;
            }

            hooks.Time.Advance(TimeSpan.FromMinutes(2));
            await RemindAsync(hooks, number);
            await hooks.App.DeliverAsync(desk, number, upTo: 10);
            await hooks.App.MailedAsync();
            Assert.Single(await OfTypeAsync(desk, number, "task-due"));
            Assert.Single(await RemindersAsync(desk));
            var titles = (await ListAsync(desk, $"/api/tickets/{number}/tasks")).Select(one => one.Text("title")).ToList();
            Assert.Equal(titles, (await ListAsync(desk, "/api/tasks?assignee=ada")).Select(one => one["task"]!.Text("title")));
        }

        Assert.True(died > 3, $"It died {died} times.");
    }

    private static bool IsIdle(RunningApp app) => app.Services.GetRequiredService<WorkQueue<TicketMessage>>().Outstanding == 0;
}
