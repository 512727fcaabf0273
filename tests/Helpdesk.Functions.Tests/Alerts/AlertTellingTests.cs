using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Helpdesk.Functions.Alerts;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tests.Tickets;
using Helpdesk.Functions.Tickets;
using Helpdesk.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Helpdesk.Functions.Tests.Alerts;

/// <summary>Monitoring tools are told that somebody has acknowledged or resolved the ticket of their alert.</summary>
public sealed class AlertTellingTests(DeskFixture fixture)
{
    private static readonly CancellationToken Cancelled = TestContext.Current.CancellationToken;

    /// <summary>A workspace with a source whose tool is told, in an app whose clock a test moves.</summary>
    private sealed class TellingDesk(RunningApp app, EpisodeDesk alerts, FakeTimeProvider time) : IAsyncDisposable
    {
        private JsonNode? _receipt;
        private string _ticket = "";

        public Desk Desk => alerts.Desk;

        public FakeTimeProvider Time => time;

        public long Number { get; private set; }

        public static async Task<TellingDesk> OpenAsync(DeskFixture fixture, ToolStandIn tool, string kind, string firing, MortalApp? mortal = null)
        {
            var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
            var app = mortal?.App ?? await RunningApp.StartAsync(fixture.Storage, builder => builder.Services.AddSingleton<TimeProvider>(time));
            var alerts = new EpisodeDesk(await fixture.OpenDeskAsync(app), app);
            var prefix = AlertSecrets.PrefixOf(alerts.Desk.Workspace);
            var settings = app.Services.GetRequiredService<IConfiguration>();
            foreach (var (name, value) in new[] { ("Key", "the-key"), ("Application", "the-application-key") })
                settings[$"{prefix}{name}".Replace("__", ":", StringComparison.Ordinal)] = value;
            var tell = new JsonObject { ["url"] = tool.Url };
            if (kind != "alertmanager")
                tell["secretSetting"] = $"{prefix}Key";
            if (kind == "datadog")
                tell["applicationKeySetting"] = $"{prefix}Application";
            if (kind == "pager-duty")
                tell["user"] = "duty@example.com";
            await alerts.AddSourceAsync(
                "tool",
                with: body =>
                {
                    (body["kind"], body["tell"]) = (kind, tell);
                    body.Remove("mapping");
                }
            );
            var desk = new TellingDesk(app, alerts, mortal is null ? time : (FakeTimeProvider)app.Services.GetRequiredService<TimeProvider>())
            {
                Storage = fixture.Storage,
            };
            await desk.ReportAsync(firing);
            desk.Number = (await alerts.TicketAsync(desk._receipt!))["number"]!.GetValue<long>();
            desk._ticket = $"/api/tickets/{desk.Number}";
            return desk;
        }

        /// <summary>Has the tool report something.</summary>
        public async Task ReportAsync(string body)
        {
            var id = await alerts.PostRawAsync("tool", new StringContent(body, Encoding.UTF8, "application/json"));
            await alerts.WorkAsync(id);
            _receipt = await alerts.SettleAsync(id);
            await SettledAsync();
        }

        public async Task AcknowledgeAsync()
        {
            (await Desk.PostAsync($"{_ticket}/acknowledge")).Expect(200);
            await SettledAsync();
        }

        public async Task ResolveAsync()
        {
            (await Desk.PostAsync($"{_ticket}/resolve", new { resolution = "It is gone" })).Expect(200);
            await SettledAsync();
        }

        public async Task ReopenAsync()
        {
            (await Desk.PostAsync($"{_ticket}/reopen")).Expect(200);
            await SettledAsync();
        }

        public Task<List<string>> NotesAsync() => alerts.NotesAsync(_receipt!);

        public async Task<string> StatusAsync() => (await Desk.GetAsync(_ticket)).Expect(200).Json["status"]!.GetValue<string>();

        public async Task<string> EpisodeAsync() => Assert.Single(await alerts.EpisodesAsync($"{Number}"))["state"]!.GetValue<string>();

        /// <summary>What went to tools, the oldest first.</summary>
        public async Task<List<JsonNode>> DeliveriesAsync(string query = "") =>
            [.. (await Desk.GetAsync($"/api/deliveries?channel=alerts{query}")).Expect(200).Json["items"]!.AsArray().Select(one => one!).Reverse()];

        /// <summary>How each telling stands, such as <c>acknowledged sent</c>.</summary>
        public async Task<List<string>> StatesAsync() => [.. (await DeliveriesAsync()).Select(one => $"{one["event"]} {one["state"]}")];

        /// <summary>Moves the clock, and has the message of every alert key come, and once more.</summary>
        public async Task LaterAsync(TimeSpan wait)
        {
            time.Advance(wait);
            await WorkAsync();
        }

        public async Task WorkAsync()
        {
            var keys = new List<(string Source, string Hash)>();
            await foreach (
                var row in new Azure.Data.Tables.TableClient(Storage, AlertTellingStore.TableName).QueryAsync<Azure.Data.Tables.TableEntity>(
                    Azure.Data.Tables.TableClient.CreateQueryFilter($"PartitionKey eq {Desk.Workspace + ":log"}"),
                    cancellationToken: Cancelled
                )
            )
                keys.Add((row.GetString("Source"), row.GetString("Hash")));
            foreach (var (source, hash) in keys.Distinct())
            {
                for (var again = 0; again < 2; again++)
                    await app.InvokeAsync(nameof(WorkAlertTellings), Message(source, hash));
            }

            await SettledAsync();
        }

        /// <summary>Tells the subscribers of the ticket's events once more.</summary>
        public async Task TellAgainAsync()
        {
            var subscriber = app.Services.GetServices<IEventSubscriber>().OfType<TellAlertTools>().Single();
            var store = app.Services.GetRequiredService<TicketStore>();
            var ticket = (await store.FindAsync(new(Desk.Workspace, Number), Cancelled))!;
            await subscriber.TakeAsync(ticket, await store.ReadEventsAsync(TicketAddress.Of(ticket), 0, 1000, Cancelled), Cancelled);
            await SettledAsync();
        }

        public string Message(string source, string hash) =>
            JsonSerializer.Serialize(new AlertLane(Desk.Workspace, source, hash, DateTimeOffset.UnixEpoch), AlertTellingJson.Default.AlertLane);

        public string Storage { get; init; } = "";

        private async Task SettledAsync()
        {
            await app.DeliveredAsync();
            var lanes = app.Services.GetRequiredService<WorkQueue<AlertLane>>();
            await Until.TrueAsync(() => Task.FromResult(lanes.Outstanding == 0), "all tools are told");
            await app.DeliveredAsync();
        }

        public async ValueTask DisposeAsync()
        {
            alerts.Dispose();
            await app.DisposeAsync();
        }
    }

    private static string OfAlertmanager(string status) =>
        $$$"""
            {"version":"4","status":"{{{status}}}","alerts":[{"status":"{{{status}}}","labels":{"alertname":"DiskFull","host":"the \"big\" one"},
              "annotations":{"summary":"Disk full"},"startsAt":"2026-11-26T08:00:00Z","endsAt":"0001-01-01T00:00:00Z","fingerprint":"f1"}]}
            """;

    private static string OfPagerDuty(string type, string id) =>
        new JsonObject
        {
            ["event"] = new JsonObject
            {
                ["id"] = id,
                ["event_type"] = $"incident.{type}",
                ["occurred_at"] = "2026-11-26T08:00:00Z",
                ["data"] = new JsonObject
                {
                    ["id"] = "PGR0VU2",
                    ["title"] = "Disk full",
                    ["status"] = "triggered",
                    ["service"] = new JsonObject { ["summary"] = "Shop" },
                },
            },
        }.ToJsonString();

    private const string OfDatadog =
        """{"id":"1","cycle_key":"c1","monitor_id":"4711","transition":"Triggered","title":"Disk full","scope":"host:web-1,env:prod"}""";

    [Fact]
    public async Task An_acknowledged_alert_is_silent_in_Alertmanager_until_its_ticket_is_resolved()
    {
        await using var tool = await ToolStandIn.StartAsync();
        tool.Firing["f1"] = true;
        await using var desk = await TellingDesk.OpenAsync(fixture, tool, "alertmanager", OfAlertmanager("firing"));
        Assert.Empty(tool.Asked);
        await desk.AcknowledgeAsync();
        await desk.TellAgainAsync();
        Assert.Equal(["GET /api/v2/silences", "POST /api/v2/silences"], tool.Lines());
        var (get, post) = (tool.Asked.First(), tool.Asked.Last());
        Assert.Equal(
            ["""filter=alertname="DiskFull" """.Trim(), """filter=host="the \"big\" one" """.Trim()],
            get.Query.TrimStart('?').Split('&').Select(Uri.UnescapeDataString)
        );
        Assert.Equal(
            """[{"name":"alertname","value":"DiskFull","isRegex":false,"isEqual":true},"""
                + """{"name":"host","value":"the \u0022big\u0022 one","isRegex":false,"isEqual":true}]""",
            post.Json["matchers"]!.ToJsonString()
        );
        var (from, until) = (post.Json["startsAt"]!.GetValue<DateTimeOffset>(), post.Json["endsAt"]!.GetValue<DateTimeOffset>());
        Assert.Equal(TimeSpan.FromHours(4), until - from);
        Assert.Contains($"Ticket #{desk.Number}", post.Json["comment"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains($"/api/tickets/{desk.Number}", post.Json["comment"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("Helpdesk", post.Json["createdBy"]!.GetValue<string>());
        Assert.False(post.Headers.ContainsKey("Authorization"));
        Assert.Equal(["acknowledged sent"], await desk.StatesAsync());

        // What somebody else keeps silent stays so.
        tool.Kept["theirs"] = JsonNode.Parse("""{"comment":"planned work"}""")!;
        await desk.ResolveAsync();
        await desk.TellAgainAsync();
        Assert.Equal(["theirs"], tool.Kept.Keys);
        Assert.Equal("DELETE /api/v2/silence/silence-1", tool.Lines()[^1]);
        Assert.Equal(["acknowledged sent", "resolved sent"], await desk.StatesAsync());
        var told = Assert.Single(await desk.DeliveriesAsync("&state=sent&ticket=" + desk.Number), one => one["event"]!.GetValue<string>() == "resolved");
        Assert.Equal(("tool", desk.Number, 1), (told["to"]!.GetValue<string>(), told["ticket"]!.GetValue<long>(), told["attempts"]!.GetValue<int>()));
        // Once, though it was told again and again.
        Assert.Single(await desk.NotesAsync(), note => note.Contains("\"Disk full\" of Tool", StringComparison.Ordinal));
        Assert.Equal("resolved", await desk.StatusAsync());

        // Who may not see the desk sees nothing of it.
        using var other = await fixture.OpenDeskAsync();
        Assert.Empty((await other.GetAsync("/api/deliveries?channel=alerts")).Expect(200).Json["items"]!.AsArray());
        (await other.GetAsync($"/api/deliveries/alerts/{told["id"]}")).Expect(404);
        (await other.PostAsync($"/api/deliveries/alerts/{told["id"]}/replay")).Expect(404);
    }

    [Fact]
    public async Task A_ticket_that_is_open_again_is_silent_no_longer()
    {
        await using var tool = await ToolStandIn.StartAsync();
        tool.Firing["f1"] = true;
        await using var desk = await TellingDesk.OpenAsync(fixture, tool, "alertmanager", OfAlertmanager("firing"));
        await desk.ResolveAsync();
        await desk.ReopenAsync();
        // Nothing of it was silent.
        Assert.Empty(await desk.DeliveriesAsync());
        await desk.AcknowledgeAsync();
        Assert.Single(tool.Kept);
        tool.Broken = 503;
        await desk.ResolveAsync();
        tool.Broken = null;
        await desk.ReopenAsync();
        Assert.Empty(tool.Kept);
        Assert.Equal(["acknowledged sent", "resolved suppressed", "reopened sent"], await desk.StatesAsync());
    }

    [Fact]
    public async Task A_tool_that_is_silent_is_asked_whether_the_alert_is_over()
    {
        await using var tool = await ToolStandIn.StartAsync();
        tool.Firing["f1"] = true;
        await using var desk = await TellingDesk.OpenAsync(fixture, tool, "alertmanager", OfAlertmanager("firing"));
        await desk.AcknowledgeAsync();
        await desk.LaterAsync(TimeSpan.FromMinutes(6));
        Assert.Equal("GET /api/v2/alerts", tool.Lines()[^1]);
        Assert.Equal("firing", await desk.EpisodeAsync());
        tool.Firing.Clear();
        await desk.LaterAsync(TimeSpan.FromMinutes(6));
        // It may have started a moment ago.
        Assert.Equal("firing", await desk.EpisodeAsync());
        Assert.Single(tool.Kept);
        await desk.LaterAsync(TimeSpan.FromMinutes(3));
        Assert.Equal("resolved", await desk.EpisodeAsync());
        Assert.Empty(tool.Kept);
        Assert.Equal(["acknowledged sent", "over sent"], await desk.StatesAsync());
        Assert.Contains(await desk.NotesAsync(), note => note.Contains("this is over", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_a_tool_reports_as_over_ends_its_silence_and_is_not_told_back()
    {
        await using var tool = await ToolStandIn.StartAsync();
        await using var desk = await TellingDesk.OpenAsync(fixture, tool, "alertmanager", OfAlertmanager("firing"));
        await desk.AcknowledgeAsync();
        await desk.ReportAsync(OfAlertmanager("resolved"));
        Assert.Empty(tool.Kept);
        Assert.Equal(["acknowledged sent", "over sent"], await desk.StatesAsync());
        var asked = tool.Asked.Count;
        await desk.ResolveAsync();
        Assert.Equal(asked, tool.Asked.Count);
        Assert.DoesNotContain(await desk.NotesAsync(), note => note.Contains("still fire", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_tool_that_is_down_is_told_later_and_of_what_happened_last()
    {
        await using var tool = await ToolStandIn.StartAsync();
        await using var desk = await TellingDesk.OpenAsync(fixture, tool, "alertmanager", OfAlertmanager("firing"));
        tool.Broken = 503;
        await desk.AcknowledgeAsync();
        var waits = Assert.Single(await desk.DeliveriesAsync());
        Assert.Equal(("queued", 1), (waits["state"]!.GetValue<string>(), waits["attempts"]!.GetValue<int>()));
        Assert.Contains("503", waits["error"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains("not today", waits["error"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("delivery-queued", (await desk.Desk.PostAsync($"/api/deliveries/alerts/{waits["id"]}/replay")).Expect(409).Code);
        // Not before its time.
        await desk.WorkAsync();
        Assert.Single(tool.Asked);
        await desk.LaterAsync(TimeSpan.FromSeconds(11));
        Assert.Equal(2, tool.Asked.Count);
        tool.Broken = null;
        await desk.ResolveAsync();
        Assert.Equal(["acknowledged suppressed", "resolved sent"], await desk.StatesAsync());
        Assert.DoesNotContain(tool.Asked, one => one.Method == "POST");
        Assert.Equal("delivery-overtaken", (await desk.Desk.PostAsync($"/api/deliveries/alerts/{waits["id"]}/replay")).Expect(409).Code);
    }

    [Fact]
    public async Task What_a_tool_refuses_has_failed_and_can_be_replayed()
    {
        await using var tool = await ToolStandIn.StartAsync();
        await using var desk = await TellingDesk.OpenAsync(fixture, tool, "alertmanager", OfAlertmanager("firing"));
        tool.Broken = 401;
        await desk.AcknowledgeAsync();
        var failed = Assert.Single(await desk.DeliveriesAsync("&state=failed"));
        tool.Broken = null;
        (await desk.Desk.PostAsync($"/api/deliveries/alerts/{failed["id"]}/replay")).Expect(202);
        await desk.WorkAsync();
        Assert.Equal(["acknowledged sent"], await desk.StatesAsync());
        Assert.Single(tool.Kept);
    }

    [Fact]
    public async Task PagerDuty_is_told_that_an_incident_is_acknowledged_and_resolved()
    {
        await using var tool = await ToolStandIn.StartAsync();
        await using var desk = await TellingDesk.OpenAsync(fixture, tool, "pager-duty", OfPagerDuty("triggered", "e1"));
        await desk.AcknowledgeAsync();
        Assert.Equal(["GET /incidents/PGR0VU2", "PUT /incidents/PGR0VU2"], tool.Lines());
        foreach (var asked in tool.Asked)
        {
            Assert.Equal("Token token=the-key", asked.Headers["Authorization"]);
            Assert.Equal("application/vnd.pagerduty+json;version=2", asked.Headers["Accept"]);
            Assert.Equal("duty@example.com", asked.Headers["From"]);
        }

        Assert.Equal("""{"incident":{"type":"incident","status":"acknowledged"}}""", tool.Asked.Last().Body);
        Assert.StartsWith("application/json", tool.Asked.Last().Headers["Content-Type"], StringComparison.Ordinal);
        await desk.ResolveAsync();
        Assert.Equal("resolved", tool.Incident);
        Assert.Equal(["acknowledged sent", "resolved sent"], await desk.StatesAsync());
        // PagerDuty then reports what it was told: there is nothing more to tell.
        var all = tool.Asked.Count;
        await desk.ReportAsync(OfPagerDuty("resolved", "e2"));
        await desk.WorkAsync();
        Assert.Equal(all, tool.Asked.Count);
    }

    [Fact]
    public async Task A_resolution_that_came_from_PagerDuty_is_not_told_back()
    {
        await using var tool = await ToolStandIn.StartAsync();
        await using var desk = await TellingDesk.OpenAsync(fixture, tool, "pager-duty", OfPagerDuty("triggered", "e1"));
        await desk.ReportAsync(OfPagerDuty("resolved", "e2"));
        Assert.Equal("resolved", await desk.StatusAsync());
        Assert.Empty(tool.Asked);
        Assert.Empty(await desk.DeliveriesAsync());
    }

    [Fact]
    public async Task An_incident_that_is_resolved_already_is_left_as_it_is()
    {
        await using var tool = await ToolStandIn.StartAsync();
        await using var desk = await TellingDesk.OpenAsync(fixture, tool, "pager-duty", OfPagerDuty("triggered", "e1"));
        tool.Incident = "resolved";
        await desk.AcknowledgeAsync();
        Assert.Equal(["GET /incidents/PGR0VU2"], tool.Lines());
        Assert.Equal(["acknowledged sent"], await desk.StatesAsync());
    }

    [Fact]
    public async Task Datadog_has_a_downtime_for_the_group_of_the_monitor()
    {
        await using var tool = await ToolStandIn.StartAsync();
        await using var desk = await TellingDesk.OpenAsync(fixture, tool, "datadog", OfDatadog);
        await desk.AcknowledgeAsync();
        Assert.Equal(["GET /api/v2/downtime", "POST /api/v2/downtime"], tool.Lines());
        var post = tool.Asked.Last();
        Assert.Equal(("the-key", "the-application-key"), (post.Headers["DD-API-KEY"], post.Headers["DD-APPLICATION-KEY"]));
        var attributes = post.Json["data"]!["attributes"]!;
        Assert.Equal("downtime", post.Json["data"]!["type"]!.GetValue<string>());
        Assert.Equal("""{"monitor_id":4711}""", attributes["monitor_identifier"]!.ToJsonString());
        Assert.Equal("host:web-1 AND env:prod", attributes["scope"]!.GetValue<string>());
        Assert.Equal(desk.Time.GetUtcNow().AddHours(4), attributes["schedule"]!["end"]!.GetValue<DateTimeOffset>(), TimeSpan.FromSeconds(2));
        tool.Monitor = "OK";
        await desk.LaterAsync(TimeSpan.FromMinutes(6));
        await desk.LaterAsync(TimeSpan.FromMinutes(3));
        Assert.Contains("GET /api/v1/monitor/4711", tool.Lines());
        Assert.Equal("resolved", await desk.EpisodeAsync());
        Assert.Empty(tool.Kept);
    }

    [Fact]
    public async Task A_process_that_dies_at_any_write_leaves_one_silence()
    {
        await using var tool = await ToolStandIn.StartAsync();
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var mortal = await MortalApp.StartAsync(
            fixture.Storage,
            AlertTellingStore.TableName,
            everything: false,
            builder => builder.Services.AddSingleton<TimeProvider>(time)
        );
        var desk = await TellingDesk.OpenAsync(fixture, tool, "alertmanager", OfAlertmanager("firing"), mortal);
        tool.Broken = 503;
        await desk.AcknowledgeAsync();
        tool.Broken = null;
        var hash = EpisodeKey.Of(desk.Desk.Workspace, "tool", "f1").Hash;
        for (var deaths = 0; ; deaths++)
        {
            Assert.True(deaths < 10, "It comes to no end.");
            time.Advance(TimeSpan.FromMinutes(2));
            mortal.Revive();
            // The claim is written, what came of it is not.
            mortal.DieAfter(deaths == 2 ? int.MaxValue - 1 : 1);
            if (await Record.ExceptionAsync(() => mortal.App.InvokeAsync(nameof(WorkAlertTellings), desk.Message("tool", hash))) is null && deaths >= 2)
                break;
        }

        mortal.Revive();
        Assert.Single(tool.Kept);
        Assert.Single(tool.Asked, one => one.Method == "POST");
        Assert.Equal(["acknowledged sent"], await desk.StatesAsync());
    }

    [Fact]
    public async Task A_person_who_resolves_a_ticket_whose_alert_still_fires_is_told_so_once_whoever_reports()
    {
        using var alerts = await EpisodeDesk.OpenAsync(fixture);
        var first = await alerts.SendAsync(EpisodeDesk.Firing());
        (await alerts.Desk.PostAsync($"/api/tickets/{first["ticket"]}/resolve", new { resolution = "Rebooted" })).Expect(200);
        await Until.TrueAsync(async () => (await alerts.NotesAsync(first)).Count > 0, "the ticket is told");
        Assert.Contains("\"disk is broken\" of Prometheus", Assert.Single(await alerts.NotesAsync(first)), StringComparison.Ordinal);
        Assert.Equal("resolved", (await alerts.TicketAsync(first))["status"]!.GetValue<string>());
        Assert.Empty((await alerts.Desk.GetAsync("/api/deliveries?channel=alerts")).Expect(200).Json["items"]!.AsArray());
    }

    [Fact]
    public async Task What_a_tool_is_told_goes_with_its_kind_and_names_no_secret_of_others()
    {
        using var desk = await fixture.OpenDeskAsync();
        async Task<string> WrongAsync(string kind, object? tell)
        {
            var body = JsonSerializer
                .SerializeToNode(
                    new
                    {
                        name = "Tool",
                        kind,
                        tell,
                    }
                )!
                .AsObject();
            if (kind == "generic")
                body["mapping"] = AlertDesk.PlainMapping;
            var refused = (await desk.PostAsync("/api/alert-sources", body)).Expect(400).Json["errors"]!.AsObject();
            return string.Join(' ', refused.Select(error => error.Key));
        }

        var own = AlertSecrets.PrefixOf(desk.Workspace);
        Assert.Equal("tell", await WrongAsync("generic", new { secretSetting = $"{own}Key" }));
        Assert.Equal("tell.url", await WrongAsync("alertmanager", new { }));
        Assert.Equal("tell.url", await WrongAsync("alertmanager", new { url = "http://10.0.0.1/" }));
        Assert.Equal("tell.url", await WrongAsync("alertmanager", new { url = "https://alertmanager.example.com/?a=b" }));
        Assert.Equal("tell.secretSetting", await WrongAsync("pager-duty", new { user = "a@example.com" }));
        Assert.Equal("tell.user", await WrongAsync("pager-duty", new { secretSetting = $"{own}Key" }));
        Assert.Equal("tell.applicationKeySetting", await WrongAsync("datadog", new { secretSetting = $"{own}Key" }));
        Assert.Equal("tell.secretSetting", await WrongAsync("pager-duty", new { user = "a@example.com", secretSetting = "AlertSecrets__Key" }));
        Assert.Equal("tell.silenceFor", await WrongAsync("alertmanager", new { url = "https://alertmanager.example.com", silenceFor = "P30D" }));
        var added = await desk.PostAsync(
            "/api/alert-sources",
            new
            {
                id = "duty",
                name = "Duty",
                kind = "pager-duty",
                tell = new { user = "a@example.com", secretSetting = $"{own}Key" },
            }
        );
        Assert.Equal($"{own}Key", added.Expect(201).Json["source"]!["tell"]!["secretSetting"]!.GetValue<string>());
        (await desk.PatchAsync("/api/alert-sources/duty", new { tell = new { user = "no address", secretSetting = $"{own}Key" } })).Expect(400);
        Assert.Null((await desk.PatchAsync("/api/alert-sources/duty", new { tell = (object?)null })).Expect(200).Json["tell"]);
    }
}
