using System.Text.Json.Nodes;
using Helpdesk.Alerts;
using Helpdesk.Functions.Alerts;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using static Helpdesk.Functions.Tests.Alerts.EpisodeDesk;

namespace Helpdesk.Functions.Tests.Alerts;

/// <summary>What falls due without anything being reported: messages are delivered by the tests, twice each.</summary>
public sealed class EpisodeDueTests(DeskFixture fixture)
{
    private static string Text(JsonNode node, string name) => node[name]!.GetValue<string>();

    private async Task<(RunningApp App, FakeTimeProvider Time)> StartAsync()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        return (await RunningApp.StartAsync(fixture.Storage, builder => builder.Services.AddSingleton<TimeProvider>(time)), time);
    }

    private static async Task DueAsync(EpisodeDesk alerts, string source = "prometheus", string? key = "disk")
    {
        var due = new JsonObject { ["workspace"] = alerts.Desk.Workspace, ["source"] = source };
        if (key is not null)
            due["hash"] = EpisodeKey.Of(alerts.Desk.Workspace, source, key).Hash;
        for (var i = 0; i < 2; i++)
            await alerts.App.InvokeAsync(nameof(WorkEpisodeDues), due.ToJsonString());
    }

    [Fact]
    public async Task A_ticket_of_what_flaps_stays_open_until_it_has_been_quiet()
    {
        var (app, time) = await StartAsync();
        await using var running = app;
        using var alerts = await OpenAsync(fixture, new() { FlapChanges = 4, FlapWithin = TimeSpan.FromMinutes(30) }, app);
        var opened = await alerts.SendAsync(Firing());
        foreach (var state in new[] { Resolved(), Firing(), Resolved() })
        {
            time.Advance(TimeSpan.FromMinutes(1));
            await alerts.SendAsync(state);
        }

        Assert.Equal("open", Text(await alerts.TicketAsync(opened), "status"));
        Assert.Single(await alerts.NotesAsync(opened), note => note.Contains("begins and ends too often", StringComparison.Ordinal));
        Assert.True((await alerts.EpisodesAsync(opened))[^1]["flapping"]!.GetValue<bool>());
        time.Advance(TimeSpan.FromMinutes(29));
        await DueAsync(alerts);
        Assert.Equal("open", Text(await alerts.TicketAsync(opened), "status"));
        time.Advance(TimeSpan.FromMinutes(1));
        await DueAsync(alerts);
        Assert.Equal("resolved", Text(await alerts.TicketAsync(opened), "status"));
        Assert.Equal(["resolved", "resolved"], (await alerts.EpisodesAsync(opened)).Select(episode => Text(episode, "state")));
    }

    [Fact]
    public async Task During_maintenance_nothing_opens_and_what_still_fires_afterwards_does()
    {
        var (app, time) = await StartAsync();
        await using var running = app;
        using var alerts = await OpenAsync(fixture, null, app);
        var window = new
        {
            name = "Patch day",
            from = time.GetUtcNow().AddMinutes(-5),
            to = time.GetUtcNow().AddMinutes(30),
            labels = new { service = "payments" },
        };
        using var agent = await alerts.Desk.WithRoleAsync("agent");
        (await agent.PostAsync("/api/maintenance-windows", window)).Expect(403);
        var added = (await alerts.Desk.PostAsync("/api/maintenance-windows", window)).Expect(201);
        Assert.Equal("patch-day", Text(added.Json, "id"));
        Assert.Single((await agent.GetAsync("/api/maintenance-windows")).Expect(200).Json["items"]!.AsArray());

        var muted = await alerts.SendAsync(Firing(), Firing("short"));
        Assert.Equal("2 reports: 2 began during maintenance and opened no ticket", Text(muted, "reason"));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("1 report: 1 counted, without a ticket", Text(await alerts.SendAsync(Firing()), "reason"));
        Assert.Equal("1 report: 1 ended, without a ticket", Text(await alerts.SendAsync(Resolved("short")), "reason"));
        var other = Firing("other") with { Labels = new Dictionary<string, string> { ["service"] = "search" } };
        Assert.Matches("opened ticket", Text(await alerts.SendAsync(other), "reason"));

        time.Advance(TimeSpan.FromMinutes(31));
        await DueAsync(alerts);
        await DueAsync(alerts, key: "short");
        var over = await alerts.SendAsync(Resolved());
        var ticket = await alerts.TicketAsync(over);
        Assert.Equal(("disk is broken", "resolved"), (Text(ticket, "subject"), Text(ticket, "status")));
        Assert.Contains("It began during the maintenance \"Patch day\" and still fires.", Text(ticket, "description"), StringComparison.Ordinal);
        await alerts.App.DeliveredAsync();
        Assert.Equal(2, (await alerts.Desk.NumbersAsync("")).Count);

        using var others = await fixture.OpenDeskAsync();
        (await others.GetAsync("/api/maintenance-windows/patch-day")).Expect(404);
        (await others.DeleteAsync("/api/maintenance-windows/patch-day")).Expect(404);
        (await alerts.Desk.DeleteAsync("/api/maintenance-windows/patch-day")).Expect(204);
    }

    [Fact]
    public async Task A_maintenance_window_goes_by_a_condition_and_can_be_changed()
    {
        var (app, time) = await StartAsync();
        await using var running = app;
        using var alerts = await OpenAsync(fixture, null, app);
        var window = new
        {
            name = "Disks",
            from = time.GetUtcNow().AddMinutes(-5),
            to = time.GetUtcNow().AddMinutes(30),
            condition = new
            {
                all = new object[]
                {
                    new
                    {
                        field = "subject",
                        op = "contains",
                        value = "disk",
                    },
                    new
                    {
                        field = "label.service",
                        op = "is",
                        value = "payments",
                    },
                },
            },
        };
        (await alerts.Desk.PostAsync("/api/maintenance-windows", window)).Expect(201);
        Assert.Matches("began during maintenance", Text(await alerts.SendAsync(Firing()), "reason"));
        Assert.Matches("opened ticket", Text(await alerts.SendAsync(Firing("cpu")), "reason"));

        const string place = "/api/maintenance-windows/disks";
        using var agent = await alerts.Desk.WithRoleAsync("agent");
        (await agent.PatchAsync(place, new { name = "x" })).Expect(403);
        using var others = await fixture.OpenDeskAsync(app);
        (await others.PatchAsync(place, new { name = "x" })).Expect(404);
        Assert.Contains("to", (await alerts.Desk.PatchAsync(place, new { to = window.from })).Expect(400).Json["errors"]!.AsObject().Select(one => one.Key));
        var wrong = new
        {
            condition = new
            {
                field = "status",
                op = "is",
                value = "new",
            },
        };
        (await alerts.Desk.PatchAsync(place, wrong)).Expect(400);
        (await alerts.Desk.PatchAsync(place, new { sources = new[] { "nope" } })).Expect(400);
        var weekly = new { timeZone = "Europe/Berlin", hours = new { mon = new[] { "00:00-24:00" } } };
        (await alerts.Desk.PatchAsync(place, new { weekly })).Expect(400);
        var changed = await alerts.Desk.PatchAsync(
            place,
            new
            {
                weekly,
                from = (string?)null,
                to = (string?)null,
                condition = (object?)null,
            }
        );
        Assert.Equal((null, null), (changed.Expect(200).Json["from"], changed.Json["condition"]));
        Assert.NotNull((await alerts.Desk.GetAsync(place)).Expect(200).Json["weekly"]);
    }

    [Theory]
    [InlineData("""{"name":"x"}""", "weekly")]
    [InlineData("""{"name":"x","from":"2026-01-01T00:00:00Z"}""", "to")]
    [InlineData("""{"name":"x","from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z","sources":["nope"]}""", "sources")]
    [InlineData("""{"name":"x","from":"2026-01-02T00:00:00Z","to":"2026-01-01T00:00:00Z"}""", "to")]
    [InlineData("""{"name":"x","weekly":{"timeZone":"Europe/Berlin","hours":{}}}""", "weekly.hours")]
    [InlineData("""{"name":"x","weekly":{"timeZone":"Europe/Berlin","hours":{"sat":["22:00-04:00"]}},"to":"2026-01-01T00:00:00Z"}""", "weekly")]
    public async Task A_maintenance_window_that_makes_no_sense_is_refused(string body, string field)
    {
        using var desk = await fixture.OpenDeskAsync();
        var refused = (await desk.PostAsync("/api/maintenance-windows", JsonNode.Parse(body))).Expect(400);
        Assert.Contains(field, refused.Json["errors"]!.AsObject().Select(error => error.Key));
    }

    [Fact]
    public async Task Silence_opens_a_ticket_and_the_next_beat_resolves_it()
    {
        var (app, time) = await StartAsync();
        await using var running = app;
        using var alerts = await OpenAsync(fixture, null, app);
        await alerts.AddSourceAsync("backup", with: body => (body["kind"], body["every"], body["mapping"]) = ("heartbeat", "PT5M", null));
        async Task BeatAsync(HttpMethod method) => Assert.Null((await alerts.BeatAsync("backup", method)).Expect(202).Json["receipt"]);

        await BeatAsync(HttpMethod.Get);
        time.Advance(TimeSpan.FromMinutes(4));
        await BeatAsync(HttpMethod.Post);
        time.Advance(TimeSpan.FromMinutes(4));
        await DueAsync(alerts, "backup", null);
        await alerts.App.DeliveredAsync();
        Assert.Empty(await alerts.Desk.NumbersAsync(""));
        time.Advance(TimeSpan.FromMinutes(2));
        await DueAsync(alerts, "backup", null);
        await alerts.App.DeliveredAsync();
        var number = Assert.Single(await alerts.Desk.NumbersAsync(""));
        var ticket = await alerts.TicketAsync($"{number}");
        Assert.Matches("^Backup has not been heard of since", Text(ticket, "subject"));
        Assert.Equal(("new", "high"), (Text(ticket, "status"), Text(ticket, "priority")));

        time.Advance(TimeSpan.FromMinutes(2));
        await BeatAsync(HttpMethod.Get);
        Assert.Equal("resolved", Text(await alerts.TicketAsync($"{number}"), "status"));
        await BeatAsync(HttpMethod.Get);
        // Silent again, shortly after: the same ticket.
        time.Advance(TimeSpan.FromMinutes(6));
        await DueAsync(alerts, "backup", null);
        Assert.Equal("open", Text(await alerts.TicketAsync($"{number}"), "status"));
        Assert.Empty((await alerts.Desk.GetAsync("/api/receipts")).Expect(200).Json["items"]!.AsArray());
    }
}
