using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tests.Tickets;
using Helpdesk.Functions.Tests.Webhooks;
using Helpdesk.Functions.Tickets;
using Helpdesk.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Automations;

public sealed class RunAutomationsTests(DeskFixture fixture)
{
    private static object Is(string field, object value) =>
        new
        {
            field,
            op = "is",
            value,
        };

    private static object Set(string field, object value) =>
        new
        {
            @do = "set",
            field,
            value,
        };

    private static object Tag(params string[] tags) => new { @do = "add-tags", tags };

    private static object Note(string text) => new { @do = "note", text };

    [Fact]
    public async Task An_automation_runs_once_and_the_ticket_says_which()
    {
        using var desk = await fixture.OpenDeskAsync();
        (
            await desk.PostAsync(
                "/api/groups",
                new
                {
                    id = "second",
                    name = "Second level",
                    tier = 2,
                }
            )
        ).Expect(201);
        await desk.AutomateAsync(
            "vpn",
            "ticket-opened",
            new
            {
                field = "subject",
                op = "contains",
                value = "vpn",
            },
            Set("priority", "high"),
            Tag("network", "vpn"),
            new { @do = "assign", group = "second" },
            Set("custom.building", "B4"),
            Note("{{ requester.name }} wrote: {{ ticket.subject }} in {{ custom.building }}, {{ group.name }}"),
            new { @do = "comment", text = "Hello {{ requester.name }}, we look at ticket {{ ticket.number }}." }
        );
        var number = await desk.OpenAsync("No VPN");
        var other = await desk.OpenAsync("Printer");
        await fixture.App.DeliveredAsync();
        await fixture.App.DeliverAsync(desk, number);
        await fixture.App.DeliverAsync(desk, other);

        var ticket = await desk.TicketAsync(number);
        Assert.Equal("high", ticket.Text("priority"));
        Assert.Equal("second", ticket.Text("group"));
        Assert.Equal("B4", ticket["customFields"]!.Text("building"));
        Assert.Equal(["network", "vpn"], ticket["tags"]!.AsArray().Select(tag => tag!.GetValue<string>()));
        var run = Assert.Single(await desk.RunsAsync(number));
        Assert.Equal("vpn", run.Text("automation"));
        Assert.Equal("Rule vpn", run.Text("name"));
        Assert.Equal(1, run["version"]!.GetValue<int>());
        Assert.Equal(1, run["seq"]!.GetValue<long>());
        Assert.Equal(1, run["depth"]!.GetValue<int>());
        Assert.All(run["did"]!.AsArray(), one => Assert.Equal("done", one!.Text("result")));
        var comments = await desk.CommentsAsync(number);
        Assert.Equal(["Rita wrote: No VPN in B4, Second level", $"Hello Rita, we look at ticket {number}."], comments.Select(one => one.Text("body")));
        Assert.Equal(["internal", "public"], comments.Select(one => one.Text("visibility")));
        // Who reads the answer is not told what the rule is called.
        Assert.Null(comments[1]["author"]?["name"]);
        var changed = (await desk.EventsAsync(number)).Single(one => one.Text("type") == "priority-changed");
        Assert.Equal("system", changed.Text("by"));
        Assert.Equal("automation/vpn", changed["actor"]!.Text("id"));
        // What the desk calls its rules is for those who work in it.
        using var integration = await desk.WithRoleAsync("integration");
        foreach (
            var told in new[]
            {
                await integration.EventsAsync(number),
                [.. (await integration.GetAsync("/api/events?limit=100")).Json["items"]!.AsArray().Select(one => one!)],
            }
        )
        {
            var theirs = told.Single(one => one["seq"]!.GetValue<long>() == changed["seq"]!.GetValue<long>());
            Assert.Equal(("system", null), (theirs.Text("by"), theirs["actor"]));
        }
        Assert.Equal("Rule vpn", changed["actor"]!.Text("name"));
        Assert.Empty(await desk.RunsAsync(other));
        Assert.Equal(1, (await desk.TicketAsync(other))["version"]!.GetValue<long>());
    }

    [Fact]
    public async Task Automations_run_in_their_order_and_see_what_those_before_them_have_done()
    {
        using var desk = await fixture.OpenDeskAsync();
        await desk.AutomateAsync("b-second", "ticket-opened", Is("priority", "urgent"), Tag("second"));
        await desk.AutomateAsync("c-first", "ticket-opened", null, Set("priority", "urgent"));
        await desk.AutomateAsync("a-then", "priority-changed", Is("became.priority", "urgent"), Tag("then"));
        (await desk.PatchAsync("/api/automations/c-first", new { position = 1 })).Expect(200);
        var number = await desk.OpenAsync();
        await fixture.App.DeliverAsync(desk, number);

        Assert.Equal(["c-first", "b-second", "a-then"], (await desk.RunsAsync(number)).Select(run => run.Text("automation")));
        Assert.Equal([1, 1, 2], (await desk.RunsAsync(number)).Select(run => run["depth"]!.GetValue<int>()));
        Assert.Equal(["second", "then"], (await desk.TicketAsync(number))["tags"]!.AsArray().Select(tag => tag!.GetValue<string>()));
        Assert.Equal(2, (await desk.RunsAsync(number))[0]["version"]!.GetValue<int>());
    }

    [Fact]
    public async Task What_a_rule_refuses_is_said_and_the_rest_is_done()
    {
        using var desk = await fixture.OpenDeskAsync();
        await desk.AutomateAsync(
            "strict",
            "status-changed",
            Is("became.status", "resolved"),
            new { @do = "escalate" },
            Set("priority", "normal"),
            new
            {
                @do = "notify",
                to = "assignee",
                text = "Look",
            },
            new { @do = "comment", text = "{% if ticket.group %}x{% endif %}" },
            new { @do = "close" },
            Note("Too late")
        );
        var number = (await desk.ResolvedTicketAsync()).Json["number"]!.GetValue<long>();
        await fixture.App.DeliverAsync(desk, number);

        var run = Assert.Single(await desk.RunsAsync(number));
        var did = run["did"]!.AsArray().Select(one => (one!.Text("do"), one!.Text("result"), one!.Text("why"))).ToList();
        Assert.Equal(["not-done", "unchanged", "not-done", "not-done", "done", "not-done"], did.Select(one => one.Item2));
        Assert.Contains("resolved", did[0].Item3, StringComparison.Ordinal);
        Assert.Contains("neither an assignee nor a group", did[2].Item3, StringComparison.Ordinal);
        Assert.Contains("empty", did[3].Item3, StringComparison.Ordinal);
        Assert.Contains("closed", did[5].Item3, StringComparison.Ordinal);
        Assert.Equal("closed", (await desk.TicketAsync(number)).Text("status"));
    }

    [Fact]
    public async Task A_chain_that_would_never_end_is_stopped_with_a_note()
    {
        using var desk = await fixture.OpenDeskAsync();
        await desk.AutomateAsync("up", "priority-changed", Is("became.priority", "normal"), Set("priority", "high"));
        await desk.AutomateAsync("down", "priority-changed", Is("became.priority", "high"), Set("priority", "normal"));
        var number = await desk.OpenAsync();
        (await desk.PatchAsync($"/api/tickets/{number}", new { priority = "high" })).Expect(200);
        await Until.TrueAsync(async () => (await desk.CommentsAsync(number)).Count > 0, "the chain is stopped");
        await fixture.App.DeliverAsync(desk, number);

        var runs = await desk.RunsAsync(number);
        Assert.Equal(Enumerable.Range(1, 11), runs.Select(run => run["depth"]!.GetValue<int>()));
        Assert.True(runs[^1]["stopped"]!.GetValue<bool>());
        var note = Assert.Single(await desk.CommentsAsync(number));
        Assert.Equal("internal", note.Text("visibility"));
        Assert.Contains("depth 10, after 10 runs", note.Text("body"), StringComparison.Ordinal);
        Assert.Equal("high", (await desk.TicketAsync(number)).Text("priority"));
        // What a person does next is a beginning again.
        (await desk.PatchAsync($"/api/tickets/{number}", new { priority = "normal" })).Expect(200);
        await Until.TrueAsync(async () => (await desk.CommentsAsync(number)).Count > 1, "the next chain is stopped");
        await fixture.App.DeliverAsync(desk, number);
        Assert.Equal(22, (await desk.RunsAsync(number)).Count);
    }

    [Fact]
    public async Task A_chain_that_would_grow_at_every_step_is_stopped_as_well()
    {
        using var desk = await fixture.OpenDeskAsync();
        // Each of them sets off both.
        await desk.AutomateAsync("one", "comment-added ticket-opened", null, Note("One"));
        await desk.AutomateAsync("two", "comment-added ticket-opened", null, Note("Two"));
        var number = await desk.OpenAsync();
        await Until.TrueAsync(
            async () => (await desk.CommentsAsync(number)).Any(one => one.Text("body").Contains("is stopped", StringComparison.Ordinal)),
            "the chain is stopped"
        );
        await fixture.App.DeliverAsync(desk, number);
        Assert.Equal(52, (await desk.CommentsAsync(number)).Count);
        Assert.Single(await desk.CommentsAsync(number), one => one.Text("body").Contains("is stopped", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_webhook_is_told_by_an_automation_whatever_it_has_subscribed_to()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var hooks = await WebhookDesk.OpenAsync(fixture);
        await hooks.SubscribeAsync("board", receiver.Url.ToString(), new { events = new[] { "ticket-merged" } });
        await hooks.Desk.AutomateAsync("tell", "ticket-opened", null, new { @do = "webhook", webhook = "board" });
        var number = await hooks.Desk.OpenAsync();
        await hooks.SettledAsync();
        await hooks.App.DeliverAsync(hooks.Desk, number);
        await hooks.SettledAsync();

        var delivery = await hooks.OnlyDeliveryAsync("board");
        Assert.Equal("automation-ran", delivery.Text("type"));
        Assert.Equal("sent", delivery.Text("state"));
    }

    [Fact]
    public async Task Whatever_dies_an_automation_runs_once()
    {
        var died = 0;
        for (var writes = 0; writes < 12; writes++)
        {
            using var desk = await fixture.OpenDeskAsync();
            await desk.AutomateAsync("one", "ticket-opened", null, Tag("one"), Note("One"), Set("priority", "high"));
            await desk.AutomateAsync("two", "priority-changed", null, Note("Two"));
            await using (var mortal = await MortalApp.StartAsync(fixture.Storage, "Tickets", everything: true))
            {
                using var here = new Desk(desk.Workspace, desk.Key, mortal.App.Address);
                mortal.DieAfter(writes);
                await here.PostAsync(
                    "/api/tickets",
                    new
                    {
                        subject = "Printer",
                        description = "d",
                        requester = new { email = "rita@example.com" },
                    }
                );
                await Until.TrueAsync(() => Task.FromResult(mortal.HasDied || IsIdle(mortal.App)), "it died, or had nothing left to do");
                died += mortal.HasDied ? 1 : 0;
            }

            if ((await desk.GetAsync("/api/tickets/1")).Status == 404)
                continue;
            await fixture.App.DeliverAsync(desk, 1);
            Assert.Equal(["one", "two"], (await desk.RunsAsync(1)).Select(run => run.Text("automation")));
            Assert.Equal(["One", "Two"], (await desk.CommentsAsync(1)).Select(one => one.Text("body")));
            Assert.Equal("high", (await desk.TicketAsync(1)).Text("priority"));
        }

        Assert.True(died > 5, $"It died {died} times.");
    }

    private static bool IsIdle(RunningApp app) => app.Services.GetRequiredService<WorkQueue<TicketMessage>>().Outstanding == 0;

    [Fact]
    public async Task Opening_a_ticket_costs_nothing_more_where_no_automation_runs()
    {
        await using var app = await fixture.StartFrozenAppAsync();
        using var plain = await fixture.OpenDeskAsync(app);
        using var ruled = await fixture.OpenDeskAsync(app);
        for (var i = 0; i < 10; i++)
            await ruled.AutomateAsync(
                $"rule-{i}",
                "ticket-opened",
                new { all = new[] { Is("priority", "urgent"), Is("requester.domain", "nobody.example") } },
                Set("priority", "high")
            );
        using var matching = await fixture.OpenDeskAsync(app);
        await matching.AutomateAsync("one", "ticket-opened", null, Set("priority", "high"), Tag("a"), Note("Hello {{ requester.name }}"));
        var without = await CostAsync(app, plain);
        var with = await CostAsync(app, ruled);
        var run = await CostAsync(app, matching);
        TestContext.Current.TestOutputHelper?.WriteLine($"without {without}, ten that do not match {with}, one that runs {run}");
        Assert.Equal(without, with);
        Assert.InRange(run - without, 1, 12);
    }

    private static async Task<long> CostAsync(RunningApp app, Desk desk)
    {
        await desk.OpenAsync();
        await app.DeliveredAsync();
        using var count = new StorageCount(app);
        await desk.OpenAsync();
        await app.DeliveredAsync();
        return await count.WhenDeliveredAsync();
    }
}
