using System.Globalization;
using System.Net.Http.Json;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Routing;
using Helpdesk.Functions.Tests.Tickets;

namespace Helpdesk.Functions.Tests.Routing;

/// <summary>Several processes at once, and processes that die.</summary>
public sealed class RoutingTogetherTests(DeskFixture fixture)
{
    [Theory]
    [InlineData("round-robin", 200)]
    [InlineData("least-busy", 60)]
    public async Task Two_processes_that_route_at_once_put_nobody_more_than_one_ahead(string strategy, int tickets)
    {
        await using var second = await RunningApp.StartAsync(fixture.Storage);
        var routing = await RoutingDesk.OpenAsync(fixture, null, strategy, "ada", "ben", "cleo", "dan", "eve", "fay", "gus");
        (await routing.SetAsync("gus", "away")).Expect(200);
        using var elsewhere = new Desk(routing.Desk.Workspace, routing.Desk.Key, second.Address);
        var other = new RoutingDesk(second, elsewhere);
        var opened = new System.Collections.Concurrent.ConcurrentBag<string>();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, tickets),
            new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = TestContext.Current.CancellationToken },
            async (i, _) => opened.Add(await (i % 2 == 0 ? routing : other).OpenTicketAsync())
        );
        await routing.SettledAsync();
        await other.SettledAsync();
        var given = (await routing.AssigneesAsync(opened)).GroupBy(agent => agent ?? "nobody").ToDictionary(agent => agent.Key, agent => agent.Count());
        Assert.Equal(["ada", "ben", "cleo", "dan", "eve", "fay"], given.Keys.Order());
        Assert.True(given.Values.Max() - given.Values.Min() <= 1, string.Join(", ", given));
    }

    [Fact]
    public async Task Two_processes_give_nobody_more_than_they_hold_and_no_waiting_ticket_is_lost()
    {
        await using var second = await RunningApp.StartAsync(fixture.Storage);
        var routing = await RoutingDesk.OpenAsync(fixture, null, "round-robin");
        await routing.AddAgentAsync("ada", capacity: 5);
        await routing.AddAgentAsync("ben", capacity: 4);
        using var elsewhere = new Desk(routing.Desk.Workspace, routing.Desk.Key, second.Address);
        var other = new RoutingDesk(second, elsewhere);
        // While tickets come, both come and go.
        var opened = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => (i % 2 == 0 ? routing : other).OpenTicketAsync()));
        await Task.WhenAll(routing.SetAsync("ada", "away"), other.SetAsync("ben", "away"));
        await Task.WhenAll(routing.SetAsync("ben", "online"), other.SetAsync("ada", "online"));
        await routing.SettledAsync();
        await other.SettledAsync();
        await routing.SettledAsync();
        var given = (await routing.AssigneesAsync(opened)).GroupBy(agent => agent ?? "nobody").ToDictionary(agent => agent.Key, agent => agent.Count());
        Assert.Equal((5, 4, 11), (given["ada"], given["ben"], given["nobody"]));
        Assert.Equal(11, (await routing.QueueAsync()).Count);
    }

    [Theory]
    [InlineData("arrives")]
    [InlineData("comes")]
    public async Task Whenever_a_process_dies_a_ticket_is_given_once(string what)
    {
        await using var mortal = await MortalApp.StartAsync(fixture.Storage, everything: true);
        var routing = await RoutingDesk.OpenAsync(fixture, null, "round-robin");
        await routing.AddAgentAsync("ada", capacity: 500);
        await routing.AddAgentAsync("ben");
        using var desk = new Desk(routing.Desk.Workspace, routing.Desk.Key, mortal.App.Address);
        var dying = new RoutingDesk(mortal.App, desk);
        var (tickets, isThrough) = (new List<string>(), false);
        for (var writes = 0; !isThrough; writes++)
        {
            Assert.True(writes < 60, "The process never came to the end.");
            foreach (var agent in new[] { "ada", "ben" })
                (await routing.SetAsync(agent, what == "comes" ? "away" : "online")).Expect(200);
            await routing.SettledAsync();
            var ticket = (await routing.Desk.OpenTicketAsync()).Json["number"]!.ToString();
            if (what == "comes")
                (await routing.Desk.PostAsync($"/api/tickets/{ticket}/assign", new { group = "help" })).Expect(200);
            await routing.SettledAsync();
            mortal.DieAfter(writes);
            _ =
                what == "comes"
                    ? await desk.SendAsync(HttpMethod.Put, "/api/agents/ben/presence", JsonContent.Create(new { presence = "online" }))
                    : await desk.PostAsync($"/api/tickets/{ticket}/assign", new { group = "help" });
            await dying.SettledAsync();
            isThrough = !mortal.HasDied;
            // Whoever gets the message that was sent before looks, twice.
            var now = await routing.TicketAsync(ticket);
            for (var i = 0; i < 2; i++)
            {
                await routing.App.InvokeAsync(
                    nameof(DispatchTicketEvents),
                    $$"""
                    {"workspace":"{{desk.Workspace}}","number":{{ticket}},"upTo":{{now["version"]}},"sentAt":"2026-01-01T00:00:00Z","sender":"dead"}
                    """
                );
                await routing.App.InvokeAsync(nameof(GiveWaitingTickets), $$"""{"workspace":"{{desk.Workspace}}","agent":"ben"}""");
                await routing.SettledAsync();
            }

            var after = await routing.TicketAsync(ticket);
            var presences = (await routing.Desk.GetAsync("/api/agents/presence")).Expect(200).Json["items"]!.AsArray();
            var isThere = presences.Any(item => item!["agent"]!.ToString() == "ben" && item["presence"]!.ToString() == "online");
            Assert.Equal(after["group"] is not null && isThere ? 1 : 0, (await routing.RoutedAsync(ticket)).Count(agent => agent is "ada" or "ben"));
            Assert.Equal(after["group"] is not null && isThere, after["assignee"] is not null);
            if (after["assignee"] is not null)
                tickets.Add(ticket);
            else
                (await routing.Desk.PostAsync($"/api/tickets/{ticket}/resolve", new { resolution = "Not needed" })).Expect(200);
            mortal.Revive();
        }

        Assert.NotEmpty(tickets);
        await routing.SettledAsync();
        Assert.Empty(await routing.QueueAsync());
    }

    [Fact]
    public async Task A_group_without_routing_costs_no_request_and_one_with_it_a_bounded_number()
    {
        await using var app = await fixture.StartFrozenAppAsync();
        using var count = new StorageCount(app);
        var plain = await RoutingDesk.OpenAsync(fixture, app, null, "ada", "ben");
        var turns = await RoutingDesk.OpenAsync(fixture, app, "round-robin", "ada", "ben");
        var loads = await RoutingDesk.OpenAsync(fixture, app, "least-busy", "ada", "ben");
        async Task<long> CostAsync(Func<Task> act)
        {
            await count.WhenDeliveredAsync();
            count.Reset();
            await act();
            return await count.WhenDeliveredAsync();
        }

        async Task<long> OpenAsync(RoutingDesk routing)
        {
            await routing.OpenTicketAsync();
            return await CostAsync(async () =>
            {
                await routing.OpenTicketAsync();
                await routing.SettledAsync();
            });
        }

        await plain.Desk.OpenTicketAsync();
        var without = await CostAsync(() => plain.Desk.OpenTicketAsync());
        Assert.Equal(without, await OpenAsync(plain));
        Assert.DoesNotContain(count.Paths, path => path.Contains("Routing", StringComparison.Ordinal));
        var (byTurns, byLoad) = (await OpenAsync(turns), await OpenAsync(loads));
        TestContext.Current.SendDiagnosticMessage(string.Create(CultureInfo.InvariantCulture, $"opened {without}, by turns {byTurns}, least busy {byLoad}"));
        Assert.InRange(byTurns - without, 1, 16);
        Assert.InRange(byLoad - without, 1, 20);
    }
}
