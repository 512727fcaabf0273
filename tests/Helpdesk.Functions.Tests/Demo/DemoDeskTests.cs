using System.Text.Json.Nodes;
using Helpdesk.Functions.Demo;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Tickets;
using Helpdesk.Tickets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Demo;

public sealed class DemoDeskTests(DeskFixture fixture)
{
    private static readonly CancellationToken Cancelled = TestContext.Current.CancellationToken;

    private Task<RunningApp> StartAsync() => RunningApp.StartAsync(fixture.Storage, null, "--Demo:Allowed=true");

    private static async Task<Desk> PrepareAsync(Desk desk)
    {
        (
            await desk.PostAsync(
                "/api/groups",
                new
                {
                    id = "experts",
                    name = "Experts",
                    tier = 2,
                }
            )
        ).Expect(201);
        await desk.PostAsync(
            "/api/groups",
            new
            {
                id = "helpers",
                name = "Helpers",
                tier = 1,
                escalatesTo = "experts",
                routing = "round-robin",
            }
        );
        (
            await desk.PostAsync(
                "/api/agents",
                new
                {
                    id = "ada",
                    name = "Ada",
                    email = "ada@example.com",
                    groups = new[] { "helpers" },
                }
            )
        ).Expect(201);
        (
            await desk.PostAsync(
                "/api/agents",
                new
                {
                    id = "bea",
                    name = "Bea",
                    email = "bea@example.com",
                    groups = new[] { "experts" },
                }
            )
        ).Expect(201);
        await desk.PostAsync(
            "/api/sla/policies",
            new
            {
                name = "All",
                calendar = "business-hours",
                targets = new[] { new { metric = "first-reply", within = "PT1M" } },
            }
        );
        await desk.PostAsync(
            "/api/automations",
            new
            {
                name = "Broken",
                on = new[] { "sla-breached" },
                actions = new[] { new { @do = "add-tags", tags = new[] { "broken" } } },
            }
        );
        return desk;
    }

    private static string Ago(DateTimeOffset asOf, double hours) => asOf.AddHours(-hours).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", null);

    /// <summary>Answered too late, escalated, resolved and closed by itself; merged away; taken in; new.</summary>
    private static object Story(DateTimeOffset asOf)
    {
        object Step(double ago, string by, string what, object? more = null)
        {
            var step = JsonNode.Parse(System.Text.Json.JsonSerializer.Serialize(more ?? new { }))!.AsObject();
            (step["at"], step["by"], step["do"]) = (Ago(asOf, ago), by, what);
            return step;
        }

        object Ticket(int number, double ago, params object[] steps) =>
            new
            {
                number,
                at = Ago(asOf, ago),
                channel = "email",
                subject = $"Kettle {number}",
                description = "It whistles",
                requester = new { email = "rita@kettle.example", name = "Rita" },
                language = "en",
                group = "helpers",
                tags = new[] { "kettle" },
                steps,
            };
        return new
        {
            tickets = new[]
            {
                Ticket(
                    1,
                    900,
                    Step(700, "assignee", "comment", new { text = "Which kettle?" }),
                    Step(699, "assignee", "escalate", new { text = "Too hot" }),
                    Step(698, "bea", "time", new { minutes = 25 }),
                    Step(697, "bea", "resolve", new { text = "Descaled" }),
                    Step(650, "requester", "ask"),
                    Step(649, "requester", "rate", new { rating = 4, text = "Warm" }),
                    Step(200, "requester", "comment", new { text = "Closed by then" })
                ),
                Ticket(2, 100, Step(99, "assignee", "receive", new { ticket = 3 }), Step(50, "requester", "comment", new { text = "Any news?" })),
                Ticket(3, 99.5, Step(99.2, "assignee", "note", new { text = "Again" }), Step(99, "assignee", "merge", new { ticket = 2 })),
                Ticket(4, 0.001, Step(-5, "assignee", "comment", new { text = "Not yet" })),
            },
        };
    }

    private static async Task<DateTimeOffset> BeginAsync(Desk desk) =>
        (await desk.PostAsync("/api/operations/demo")).Expect(200).Json["asOf"]!.GetValue<DateTimeOffset>();

    private static async Task<string> SeenAsync(Desk desk)
    {
        var seen = new List<string>();
        foreach (
            var path in new[]
            {
                "tickets?sort=createdAt",
                "tickets/1/events?limit=100",
                "tickets/2/comments",
                "tickets/3",
                "events?limit=100",
                "views/counts",
                "search?q=kettle",
                "reports/volume?by=day,tier",
                "reports/sla",
                "reports/satisfaction?by=assignee",
                "reports/deflection?by=week,channel,article",
                "satisfaction",
                "reports/backlog?by=group",
            }
        )
            seen.Add((await desk.GetAsync($"/api/{path}")).Expect(200).Text);
        return System.Text.RegularExpressions.Regex.Replace(string.Join('\n', seen), "\"(asOf|next|age)\":\"[^\"]*\"", "");
    }

    [Fact]
    public async Task A_past_is_what_the_rules_make_of_it_and_everything_tells_the_same()
    {
        await using var app = await StartAsync();
        using var desk = await PrepareAsync(await fixture.OpenDeskAsync(app));
        var asOf = await BeginAsync(desk);
        var added = (await desk.PostAsync("/api/operations/demo/tickets", Story(asOf))).Expect(200).Json;
        Assert.Equal((4, 1, false), ((int)added["tickets"]!, (int)added["skipped"]!, (bool)added["finished"]!));
        var article = await Knowledge.ArticlesTests.PublishAsync(desk, "What a kettle wants", "Water.");
        (await desk.PostAsync("/api/operations/demo/readings")).Expect(200);
        Assert.True((bool)(await desk.PostAsync("/api/operations/demo/finish")).Expect(200).Json["finished"]!);
        var spared = Assert.Single((await desk.GetAsync("/api/reports/deflection?by=article")).Expect(200).Json["rows"]!.AsArray())!;
        Assert.Equal(article, $"{spared["key"]!["article"]}");
        Assert.InRange(spared["values"]!["solved"]!.GetValue<double>(), 1, spared["values"]!["read"]!.GetValue<double>() - 1);
        Assert.InRange(spared["values"]!["read"]!.GetValue<double>(), 2, spared["values"]!["shown"]!.GetValue<double>() - 1);

        await desk.ListShowsAsync("status=closed", 1, 3);
        await desk.ListShowsAsync("tag=kettle&status=open", 2, 4);
        var first = (await desk.GetAsync("/api/tickets/1/events?limit=100")).Json["items"]!.AsArray();
        var types = first.Select(one => one!["type"]!.GetValue<string>()).ToList();
        Assert.Equal(["ticket-opened", "ticket-routed", "assignee-changed", "status-changed"], types.Take(4));
        foreach (var type in new[] { "sla-breached", "automation-ran", "tags-changed", "tier-changed", "group-changed", "time-logged" })
            Assert.Contains(type, types);
        // Resolved, and closed by the desk itself seven days later.
        var closing = first[^1]!;
        Assert.Equal(
            ("status-changed", Ago(asOf, 697 - 7 * 24)),
            (closing["type"]!.GetValue<string>(), closing["at"]!.GetValue<string>().Replace(".000Z", "Z"))
        );
        var merged = (await desk.GetAsync("/api/tickets/3")).Json;
        Assert.Equal((await desk.GetAsync("/api/tickets/2")).Json["id"]!.GetValue<string>(), merged["mergedInto"]!.GetValue<string>());
        Assert.Equal("Warm", Assert.Single((await desk.GetAsync("/api/satisfaction")).Expect(200).Json["items"]!.AsArray())!["comment"]!.GetValue<string>());
        Assert.Equal(3, (await desk.GetAsync("/api/tickets/2/comments")).Json["items"]!.AsArray().Count);

        // Of the past the stream has the last week.
        var events = 0;
        for (var number = 1; number <= 4; number++)
        {
            var address = new TicketAddress(desk.Workspace, number);
            var store = app.Services.GetRequiredService<TicketStore>();
            var ticket = (await store.FindAsync(address, Cancelled))!;
            var history = await store.ReadEventsAsync(address, 0, 1000, Cancelled);
            events += history.Count(happened => happened.At >= asOf.AddDays(-7));
            var replayed = TicketHistory.Replay(history, ticket.Description) with { Sla = ticket.Sla };
            Assert.Equal(Stored(ticket), Stored(replayed));
        }

        Assert.Equal(events, await StreamedAsync(app, desk));
        Assert.Equal(4, (int)(await desk.GetAsync("/api/operations/search")).Json["tickets"]!);
        var before = await SeenAsync(desk);
        (await desk.PostAsync("/api/operations/reports/rebuild")).Expect(202);
        Assert.Equal(before, await SeenAsync(desk));
        Assert.Empty((await desk.GetAsync("/api/outbox")).Expect(200).Json["items"]!.AsArray());

        static string Stored(Ticket ticket) => System.Text.Json.JsonSerializer.Serialize(ticket, TicketJson.Stored.Ticket);
    }

    [Fact]
    public async Task Forms_were_filled_in_agents_have_things_to_do_and_articles_were_read_once_however_often_it_is_told()
    {
        await using var app = await StartAsync();
        using var desk = await PrepareAsync(await fixture.OpenDeskAsync(app));
        var asOf = await BeginAsync(desk);
        var form = new
        {
            id = "kettle",
            name = "New kettle",
            subject = "hidden",
            details = "hidden",
            fields = new[]
            {
                new
                {
                    name = "litres",
                    type = "number",
                    label = "How many litres?",
                    required = true,
                },
            },
        };
        (await desk.PostAsync("/api/forms", form)).Expect(201);
        var article = (
            await desk.PostAsync(
                "/api/articles",
                new
                {
                    title = "Kettles",
                    language = "en",
                    body = "Descale them.",
                }
            )
        ).Expect(201).Json;
        (await desk.PostAsync($"/api/articles/{article["article"]!["id"]}/publish")).Expect(200);
        object[] steps =
        [
            new
            {
                at = Ago(asOf, 90),
                by = "assignee",
                @do = "task",
                text = "Ask the shop",
            },
            new
            {
                at = Ago(asOf, 80),
                by = "assignee",
                @do = "done",
            },
            new
            {
                at = Ago(asOf, 70),
                by = "assignee",
                @do = "task",
                text = "Bring it",
                due = Ago(asOf, -30),
            },
            new
            {
                at = Ago(asOf, 60),
                by = "assignee",
                @do = "follow-up",
                text = "Does it boil?",
                due = Ago(asOf, -20),
            },
        ];
        var told = new
        {
            number = 1,
            at = Ago(asOf, 100),
            channel = "web",
            requester = new { email = "rita@kettle.example", name = "Rita" },
            group = "helpers",
            form = "kettle",
            answers = new { litres = 2 },
            steps,
        };
        var added = (await desk.PostAsync("/api/operations/demo/tickets", new { tickets = new[] { told } })).Expect(200).Json;
        Assert.Equal(0, (int)added["skipped"]!);
        (await desk.PostAsync("/api/operations/demo/readings")).Expect(200);

        var ticket = (await desk.GetAsync("/api/tickets/1")).Expect(200).Json;
        Assert.Equal("New kettle", ticket["form"]!["name"]!.GetValue<string>());
        Assert.Equal("2", ticket["form"]!["answers"]![0]!["value"]!.GetValue<string>());
        Assert.Equal(1, (int)ticket["openTasks"]!);
        Assert.NotNull(ticket["followUp"]);
        var read = await ReadingsAsync(desk);
        Assert.True((long)read["views"]! > 20 && (long)read["searches"]! > 20 && read["missed"]!.AsArray().Count > 2, read.ToJsonString());

        // As if the process had died before it answered.
        (await desk.PostAsync("/api/operations/demo/readings")).Expect(200);
        Assert.Equal(read.ToJsonString(), (await ReadingsAsync(desk)).ToJsonString());
    }

    private static async Task<JsonNode> ReadingsAsync(Desk desk) => (await desk.GetAsync("/api/knowledge/statistics")).Expect(200).Json;

    private static async Task<int> StreamedAsync(RunningApp app, Desk desk) =>
        (await app.Services.GetRequiredService<EventStream>().ReadAsync(desk.Workspace, StreamPosition.Beginning, _ => true, 1000, Cancelled)).Events.Count;

    [Fact]
    public async Task Who_is_interrupted_begins_the_same_tickets_again_and_nothing_is_there_twice()
    {
        await using var app = await StartAsync();
        using var desk = await PrepareAsync(await fixture.OpenDeskAsync(app));
        var story = Story(await BeginAsync(desk));
        (await desk.PostAsync("/api/operations/demo/tickets", story)).Expect(200);
        (await desk.PostAsync("/api/operations/demo/finish")).Expect(200);
        var (before, streamed) = (await SeenAsync(desk), await StreamedAsync(app, desk));

        // As if the process had died before it noted that they are there.
        var settings = app.Services.GetRequiredService<SettingsStore>();
        var place = (await settings.ListAsync(desk.Workspace, DemoDesk.Kind, Cancelled))[0];
        await settings.PutAsync(desk.Workspace, DemoDesk.Kind, place with { Tickets = 0, FinishedAt = null }, Cancelled);
        (await desk.PostAsync("/api/operations/demo/tickets", story)).Expect(200);
        (await desk.PostAsync("/api/operations/demo/tickets", story)).Expect(200);
        (await desk.PostAsync("/api/operations/demo/finish")).Expect(200);

        Assert.Equal(before, await SeenAsync(desk));
        Assert.Equal(streamed, await StreamedAsync(app, desk));
        Assert.Equal(5, (await desk.OpenTicketAsync()).Json["number"]!.GetValue<long>());
    }

    [Fact]
    public async Task Only_an_empty_workspace_of_an_app_that_makes_demos_becomes_one()
    {
        using var elsewhere = await fixture.OpenDeskAsync();
        Assert.Equal(404, (await elsewhere.PostAsync("/api/operations/demo")).Status);
        Assert.Equal(404, (await elsewhere.PostAsync("/api/operations/demo/tickets", new { tickets = Array.Empty<object>() })).Status);

        await using var app = await StartAsync();
        using var used = await fixture.OpenDeskAsync(app);
        var number = (await used.OpenTicketAsync()).Json["number"]!.GetValue<long>();
        await used.ListShowsAsync("", number);
        Assert.Equal("desk-not-empty", (await used.PostAsync("/api/operations/demo")).Expect(409).Code);
        using var agent = await used.WithRoleAsync("agent");
        Assert.Equal(403, (await agent.PostAsync("/api/operations/demo")).Status);
    }

    [Fact]
    public void On_Azure_no_demo_is_made()
    {
        var settings = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["Demo:Allowed"] = "true", ["WEBSITE_INSTANCE_ID"] = "x" })
            .Build();
        Assert.Contains("runs on Azure", Assert.Throws<InvalidOperationException>(() => (object)DemoOptions.From(settings)).Message, StringComparison.Ordinal);
    }
}
