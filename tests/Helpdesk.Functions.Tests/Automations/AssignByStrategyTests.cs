using Helpdesk.Functions.Tests.Routing;

namespace Helpdesk.Functions.Tests.Automations;

/// <summary>Automations that give a ticket to whoever a strategy chooses, in groups that give nothing to anybody by themselves.</summary>
public sealed class AssignByStrategyTests(DeskFixture fixture)
{
    private static async Task RuleAsync(RoutingDesk routing, string strategy, params string[] skills)
    {
        object assign =
            skills.Length == 0
                ? new { @do = "assign", strategy }
                : new
                {
                    @do = "assign",
                    strategy,
                    skills,
                };
        await routing.Desk.AutomateAsync("give", "ticket-opened", null, assign);
    }

    /// <summary>Opens a ticket, whose message then comes twice more.</summary>
    private static async Task<string> OpenAsync(RoutingDesk routing, string priority = "normal")
    {
        var number = await routing.OpenTicketAsync(priority);
        await routing.SettledAsync();
        await routing.App.DeliverAsync(routing.Desk, long.Parse(number, System.Globalization.CultureInfo.InvariantCulture));
        await routing.SettledAsync();
        return number;
    }

    private static async Task<string> OutcomeAsync(RoutingDesk routing, string number)
    {
        var run = Assert.Single(await routing.Desk.RunsAsync(long.Parse(number, System.Globalization.CultureInfo.InvariantCulture)));
        var did = Assert.Single(run["did"]!.AsArray())!;
        return $"{did.Text("result")} {did.Text("why")}".Trim();
    }

    [Fact]
    public async Task By_turns_everybody_gets_as_many_however_often_an_event_comes()
    {
        var routing = await RoutingDesk.OpenAsync(fixture, null, null, "ada", "ben", "cem");
        await RuleAsync(routing, "round-robin");
        var tickets = new List<string>();
        for (var i = 0; i < 6; i++)
            tickets.Add(await OpenAsync(routing));
        Assert.Equal(["ada", "ben", "cem", "ada", "ben", "cem"], await routing.AssigneesAsync(tickets));
        Assert.Equal("done", await OutcomeAsync(routing, tickets[0]));
    }

    [Fact]
    public async Task The_least_busy_agent_gets_the_next_one()
    {
        var routing = await RoutingDesk.OpenAsync(fixture, null, null, "ada", "ben");
        var urgent = await routing.OpenTicketAsync("urgent");
        (await routing.Desk.PostAsync($"/api/tickets/{urgent}/assign", new { assignee = "ada" })).Expect(200);
        await routing.SettledAsync();
        await RuleAsync(routing, "least-busy");
        // Ada has 2 by hand: Ben takes 1, and then it does not matter.
        var first = await OpenAsync(routing);
        Assert.Equal("ben", await routing.AssigneeOfAsync(first));
        (await routing.Desk.PatchAsync($"/api/tickets/{first}", new { priority = "urgent" })).Expect(200);
        await routing.SettledAsync();
        (await routing.Desk.PatchAsync($"/api/tickets/{urgent}", new { status = "pending" })).Expect(200);
        await routing.SettledAsync();
        Assert.Equal("ada", await routing.AssigneeOfAsync(await OpenAsync(routing)));
    }

    [Fact]
    public async Task Skills_of_the_action_are_wanted_and_a_ticket_for_which_nobody_is_there_is_given_to_the_next_who_comes()
    {
        var routing = await RoutingDesk.OpenAsync(fixture, null, null);
        await routing.AddAgentAsync("ada", skills: ["vpn", "sap"]);
        await routing.AddAgentAsync("ben", skills: ["printers"]);
        await RuleAsync(routing, "skills", "vpn");
        Assert.Equal("ada", await routing.AssigneeOfAsync(await OpenAsync(routing)));
        (await routing.SetAsync("ada", "away")).Expect(200);
        await routing.SettledAsync();
        var waiting = await OpenAsync(routing);
        Assert.Null(await routing.AssigneeOfAsync(waiting));
        Assert.Equal("unchanged Nobody who can take it is there: it is given to the next agent of the group who is.", await OutcomeAsync(routing, waiting));
        (await routing.SetAsync("ada", "online")).Expect(200);
        await routing.SettledAsync();
        Assert.Equal("ada", await routing.AssigneeOfAsync(waiting));
        // The dry run gives it to nobody and takes nobody's turn.
        var trial = (
            await routing.Desk.PostAsync(
                "/api/automations/try",
                new
                {
                    automation = new { on = new[] { "ticket-opened" }, actions = new[] { new { @do = "assign", strategy = "round-robin" } } },
                    ticket = waiting,
                }
            )
        )
            .Expect(200)
            .Json;
        Assert.Contains("only decided when it is really done", trial["items"]![0]!["events"]![0]!["did"]![0]!.Text("why"), StringComparison.Ordinal);
    }
}
