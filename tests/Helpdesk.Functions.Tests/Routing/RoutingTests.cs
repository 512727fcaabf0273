using System.Net.Http.Json;
using Helpdesk.Functions.Deadlines;
using Helpdesk.Functions.Routing;
using Helpdesk.Functions.Tickets;
using Helpdesk.Routing;
using Helpdesk.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Helpdesk.Functions.Tests.Routing;

/// <summary>Who gets a ticket, and who waits.</summary>
public sealed class RoutingTests(DeskFixture fixture)
{
    [Fact]
    public async Task A_ticket_that_comes_into_a_group_goes_to_whose_turn_it_is_and_says_why()
    {
        var routing = await RoutingDesk.OpenAsync(fixture, null, "round-robin", "ada", "ben");
        var tickets = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            tickets.Add(await routing.OpenTicketAsync());
            await routing.SettledAsync();
        }

        Assert.Equal(["ada", "ben", "ada", "ben"], await routing.AssigneesAsync(tickets));
        var events = (await routing.Desk.GetAsync($"/api/tickets/{tickets[0]}/events")).Expect(200).Json["items"]!.AsArray();
        Assert.Equal(["ticket-opened", "ticket-routed", "assignee-changed", "status-changed"], events.Select(item => item!["type"]!.ToString()));
        var data = events[1]!["data"]!;
        Assert.Equal(
            ("help", "round-robin", "ada", "Whose turn it was, of 2 available."),
            (data["group"]!.ToString(), data["strategy"]!.ToString(), data["agent"]!.ToString(), data["why"]!.ToString())
        );
        Assert.Equal("system", events[1]!["by"]!.ToString());
        Assert.Empty(await routing.QueueAsync());
    }

    [Fact]
    public async Task Nobody_who_is_away_is_given_a_ticket_and_the_next_who_comes_gets_the_oldest_up_to_their_capacity()
    {
        var routing = await RoutingDesk.OpenAsync(fixture, null, "least-busy");
        await routing.AddAgentAsync("ada", capacity: 2);
        await routing.AddAgentAsync("ben", capacity: 1);
        (await routing.SetAsync("ada", "away")).Expect(200);
        (await routing.SetAsync("ben", "away")).Expect(200);
        var tickets = new List<string>();
        for (var i = 0; i < 4; i++)
            tickets.Add(await routing.OpenTicketAsync());
        await routing.SettledAsync();
        Assert.Equal(tickets, await routing.QueueAsync());
        Assert.Equal(["Nobody: 2 away."], await routing.RoutedAsync(tickets[0]));

        Assert.Equal("online", (await routing.SetAsync("ada", "online")).Expect(200).Json["presence"]!.ToString());
        await routing.SettledAsync();
        Assert.Equal(["ada", "ada", null, null], await routing.AssigneesAsync(tickets));
        Assert.Equal(tickets[2..], await routing.QueueAsync());
        Assert.Equal(["Nobody: 2 away.", "ada"], await routing.RoutedAsync(tickets[0]));

        // Room again: the next one.
        (await routing.Desk.PostAsync($"/api/tickets/{tickets[0]}/resolve", new { resolution = "Done" })).Expect(200);
        await routing.SettledAsync();
        Assert.Equal(["ada", "ada", "ada", null], await routing.AssigneesAsync(tickets));
        (await routing.SetAsync("ben", "online")).Expect(200);
        await routing.SettledAsync();
        Assert.Equal("ben", await routing.AssigneeOfAsync(tickets[3]));
        Assert.Empty(await routing.QueueAsync());

        // Who goes away keeps what they have.
        (await routing.SetAsync("ben", "away")).Expect(200);
        await routing.SettledAsync();
        Assert.Equal("ben", await routing.AssigneeOfAsync(tickets[3]));
        var presences = (await routing.Desk.GetAsync("/api/agents/presence")).Expect(200).Json["items"]!.AsArray();
        Assert.Equal(["ada online 2", "admin online ", "ben away 1"], presences.Select(item => $"{item!["agent"]} {item["presence"]} {item["load"]}").Order());
    }

    [Fact]
    public async Task The_least_busy_agent_is_who_has_the_smallest_weight_of_open_tickets_however_they_came_to_them()
    {
        var routing = await RoutingDesk.OpenAsync(fixture, null, "least-busy", "ada", "ben");
        var urgent = await routing.OpenTicketAsync("urgent");
        (await routing.Desk.PostAsync($"/api/tickets/{urgent}/assign", new { assignee = "ada" })).Expect(200);
        await routing.SettledAsync();
        // Ada has 2 by hand; Ben takes 1, then 2, and then it is Ada's turn.
        var first = await routing.OpenTicketAsync();
        await routing.SettledAsync();
        Assert.Equal("ben", await routing.AssigneeOfAsync(first));
        (await routing.Desk.PatchAsync($"/api/tickets/{first}", new { priority = "high" })).Expect(200);
        await routing.SettledAsync();
        var second = await routing.OpenTicketAsync();
        await routing.SettledAsync();
        Assert.Equal("ben", await routing.AssigneeOfAsync(second));
        var third = await routing.OpenTicketAsync();
        await routing.SettledAsync();
        Assert.Equal("ada", await routing.AssigneeOfAsync(third));
        // What waits for the requester is no load.
        (await routing.Desk.PatchAsync($"/api/tickets/{urgent}", new { status = "pending" })).Expect(200);
        await routing.SettledAsync();
        var fourth = await routing.OpenTicketAsync();
        await routing.SettledAsync();
        Assert.Equal("ada", await routing.AssigneeOfAsync(fourth));
    }

    [Fact]
    public async Task Skills_are_wanted_by_tags_and_a_ticket_waits_for_who_has_them_without_holding_up_others()
    {
        var routing = await RoutingDesk.OpenAsync(fixture, null, "skills");
        await routing.AddAgentAsync("ada", skills: ["vpn", "sap"]);
        await routing.AddAgentAsync("ben", skills: ["printers"]);
        (await routing.SetAsync("ada", "away")).Expect(200);
        (await routing.SetAsync("ben", "away")).Expect(200);
        var vpn = await routing.OpenTicketAsync("normal", "vpn", "monday");
        var printer = await routing.OpenTicketAsync("normal", "printers");
        await routing.SettledAsync();
        (await routing.SetAsync("ben", "online")).Expect(200);
        await routing.SettledAsync();
        Assert.Equal("ben", await routing.AssigneeOfAsync(printer));
        Assert.Equal([vpn], await routing.QueueAsync());
        (await routing.SetAsync("ada", "online")).Expect(200);
        await routing.SettledAsync();
        Assert.Equal("ada", await routing.AssigneeOfAsync(vpn));
    }

    [Fact]
    public async Task A_ticket_that_comes_back_without_an_agent_is_routed_again_and_in_a_group_without_routing_nothing_happens()
    {
        var routing = await RoutingDesk.OpenAsync(fixture, null, null, "ada", "ben");
        var ticket = await routing.OpenTicketAsync();
        await routing.SettledAsync();
        Assert.Null(await routing.AssigneeOfAsync(ticket));
        Assert.Empty(await routing.RoutedAsync(ticket));

        Assert.Equal(
            "round-robin",
            (await routing.Desk.PatchAsync("/api/groups/help", new { routing = "round-robin" })).Expect(200).Json["routing"]!.ToString()
        );
        (await routing.Desk.PatchAsync($"/api/tickets/{ticket}", new { assignee = "ada" })).Expect(200);
        (await routing.Desk.PatchAsync($"/api/tickets/{ticket}", new { assignee = (string?)null })).Expect(200);
        await routing.SettledAsync();
        Assert.NotNull(await routing.AssigneeOfAsync(ticket));
        Assert.Single(await routing.RoutedAsync(ticket));

        // Who is no longer active gives their tickets back, and they go to somebody else.
        var had = await routing.AssigneeOfAsync(ticket);
        (await routing.Desk.PatchAsync($"/api/agents/{had}", new { active = false })).Expect(200);
        await routing.Desk.ListShowsAsync($"assignee={had}", long.Parse(ticket, System.Globalization.CultureInfo.InvariantCulture));
        await routing.App.InvokeAsync(
            nameof(HandOverTickets),
            $$"""{"workspace":"{{routing.Desk.Workspace}}","kind":"agent","id":"{{had}}","by":{"kind":"system"},"sentAt":"2026-01-01T00:00:00Z"}"""
        );
        await routing.SettledAsync();
        Assert.NotNull(await routing.AssigneeOfAsync(ticket));
        Assert.NotEqual(had, await routing.AssigneeOfAsync(ticket));
        (await routing.Desk.PatchAsync("/api/groups/help", new { routing = (string?)null })).Expect(200);
        Assert.Null((await routing.Desk.GetAsync("/api/groups/help")).Expect(200).Json["routing"]);
    }

    [Fact]
    public async Task An_absence_ends_by_itself_and_hours_begin_by_the_calendar()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 11, 23, 7, 0, 0, TimeSpan.Zero));
        // Its timer looks at all that is due in a storage, and that is a day ahead.
        await using var own = await AzuriteServer.StartAsync(inMemory: true);
        await using var app = await RunningApp.StartAsync(own.ConnectionString, builder => builder.Services.AddSingleton<TimeProvider>(time));
        var routing = await RoutingDesk.OpenAsync(fixture, app, "round-robin");
        (
            await routing.Desk.PostAsync(
                "/api/calendars",
                new
                {
                    id = "early",
                    name = "Early",
                    timeZone = "Etc/UTC",
                    hours = new { mon = new[] { "08:00-16:00" }, tue = new[] { "08:00-16:00" } },
                }
            )
        ).Expect(201);
        await routing.AddAgentAsync("ada", calendar: "early");
        await routing.AddAgentAsync("ben");
        (await routing.SetAsync("ben", "away", time.GetUtcNow().AddDays(1))).Expect(200);
        (await routing.Desk.DeleteAsync("/api/calendars/early")).Expect(409);
        var first = await routing.OpenTicketAsync();
        await routing.SettledAsync();
        Assert.Equal(["Nobody: 1 away, 1 outside of their hours."], await routing.RoutedAsync(first));
        Assert.Equal(["ada off", "admin online", "ben away"], await PresencesAsync(routing));

        time.Advance(TimeSpan.FromHours(1));
        await app.InvokeAsync(nameof(GiveWaitingTickets), $$"""{"workspace":"{{routing.Desk.Workspace}}","group":"help"}""");
        await routing.SettledAsync();
        Assert.Equal("ada", await routing.AssigneeOfAsync(first));

        time.Advance(TimeSpan.FromHours(8));
        var second = await routing.OpenTicketAsync();
        await routing.SettledAsync();
        Assert.Null(await routing.AssigneeOfAsync(second));
        // Without any message: the timer looks wherever tickets wait.
        time.Advance(TimeSpan.FromHours(15));
        await app.InvokeAsync(nameof(SweepDueTimes), "{}");
        await routing.SettledAsync();
        Assert.Equal("ben", await routing.AssigneeOfAsync(second));
        Assert.Equal(["ada off", "admin online", "ben online"], await PresencesAsync(routing));
    }

    private static async Task<IEnumerable<string>> PresencesAsync(RoutingDesk routing) =>
        (await routing.Desk.GetAsync("/api/agents/presence")).Expect(200).Json["items"]!
            .AsArray()
            .Select(item => $"{item!["agent"]} {item["presence"]}")
            .Order();

    [Fact]
    public async Task Agents_say_of_themselves_whether_they_are_there_and_of_nobody_else()
    {
        var routing = await RoutingDesk.OpenAsync(fixture, null, "round-robin", "ada");
        using var agent = await routing.Desk.WithRoleAsync("agent");
        using var bridge = await routing.Desk.WithRoleAsync("integration");
        using var stranger = await fixture.OpenDeskAsync();
        static JsonContent Body(object body) => JsonContent.Create(body);
        var me = (await agent.SendAsync(HttpMethod.Put, "/api/me/presence", Body(new { presence = "away" }))).Expect(200).Json;
        Assert.Equal("away", me["presence"]!.ToString());
        (await agent.SendAsync(HttpMethod.Put, $"/api/agents/{me["agent"]}/presence", Body(new { presence = "online" }))).Expect(200);
        (await agent.SendAsync(HttpMethod.Put, "/api/agents/ada/presence", Body(new { presence = "away" }))).Expect(403);
        (await bridge.SendAsync(HttpMethod.Put, "/api/me/presence", Body(new { presence = "away" }))).Expect(403);
        (await bridge.GetAsync("/api/agents/presence")).Expect(403);
        (await bridge.GetAsync("/api/groups/help/queue")).Expect(403);
        (await stranger.SendAsync(HttpMethod.Put, "/api/agents/ada/presence", Body(new { presence = "away" }))).Expect(404);
        (await stranger.GetAsync("/api/groups/help/queue")).Expect(404);
        Assert.DoesNotContain("ada", (await stranger.GetAsync("/api/agents/presence")).Expect(200).Text, StringComparison.Ordinal);
        (await routing.SetAsync("nobody", "away")).Expect(404);
        (await routing.SetAsync("ada", "off")).Expect(400);
        (await routing.SetAsync("ada", "online", TimeProvider.System.GetUtcNow().AddHours(1))).Expect(400);
        (await routing.SetAsync("ada", "away", TimeProvider.System.GetUtcNow().AddHours(-1))).Expect(400);
        (await routing.Desk.PatchAsync("/api/agents/ada", new { capacity = 0 })).Expect(400);
        (await routing.Desk.PatchAsync("/api/agents/ada", new { skills = new[] { "Not a skill" } })).Expect(400);
        (await routing.Desk.PatchAsync("/api/agents/ada", new { calendar = "nowhere" })).Expect(400);
        (await routing.Desk.PatchAsync("/api/groups/help", new { routing = "by-dice" })).Expect(400);
    }

    [Fact]
    public async Task The_same_event_gives_the_same_agent_however_often_it_is_told_and_costs_no_turn()
    {
        var routing = await RoutingDesk.OpenAsync(fixture, null, null, "ada", "ben", "cleo");
        var service = fixture.App.Services.GetRequiredService<TicketRouting>();
        var tickets = fixture.App.Services.GetRequiredService<TicketStore>();
        var number = long.Parse(await routing.OpenTicketAsync(), System.Globalization.CultureInfo.InvariantCulture);
        var ticket = (await tickets.FindAsync(new(routing.Desk.Workspace, number), TestContext.Current.CancellationToken))!;
        Task<string?> ChooseAsync(string key) =>
            service.ChooseAsync(ticket, "help", RoutingStrategy.RoundRobin, [], key, TestContext.Current.CancellationToken);
        Assert.Equal("ada", await ChooseAsync("rule-1"));
        Assert.Equal("ada", await ChooseAsync("rule-1"));
        Assert.Equal("ben", await ChooseAsync("rule-2"));
        Assert.Equal("ada", await ChooseAsync("rule-1"));
        Assert.Equal("cleo", await ChooseAsync("rule-3"));
        // Who has gone away since is not given it.
        (await routing.SetAsync("ada", "away")).Expect(200);
        Assert.Equal("ben", await ChooseAsync("rule-1"));
    }
}
