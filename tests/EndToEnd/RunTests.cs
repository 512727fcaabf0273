using System.Net;
using System.Net.Sockets;
using Helpdesk.Testing;

namespace Helpdesk.EndToEnd;

/// <summary>What somebody sees who has just cloned the repository and types ./run.sh.</summary>
public sealed class RunTests : IDisposable
{
    private readonly string _data = System.IO.Directory.CreateTempSubdirectory("helpdesk-run-").FullName;
    private readonly int _port = AzuriteServer.FreePort();

    private Started Run(params string[] arguments) => Started.Begin("./run.sh", ["--port", $"{_port}", "--data", _data, .. arguments], _topic);

    private (string, string)[] _topic = [];

    private Uri Address => new($"http://localhost:{_port}");

    public void Dispose() => System.IO.Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task Tickets_come_in_by_form_and_api_are_worked_and_are_still_there_after_a_restart()
    {
        string id;
        await using (var run = Run())
        {
            await run.SaysAsync($"Helpdesk is ready at http://localhost:{_port}");
            await run.SaysAsync("Admin key, shown this once");
            var key = run.Output.Split('\n').Single(line => line.StartsWith("Admin key", StringComparison.Ordinal)).Split(' ')[^1].Trim();
            using var api = new Api(Address, key);
            Assert.Contains("How can we help?", await api.GetTextAsync("/support"), StringComparison.Ordinal);
            id = (
                await api.PostAsync(
                    "/api/tickets",
                    new
                    {
                        subject = "Printer",
                        description = "On fire",
                        requester = new { email = "rita@example.com" },
                    }
                )
            )["id"]!.GetValue<string>();
            var receipt = (
                await api.PostAsync(
                    "/api/intake/web",
                    new
                    {
                        subject = "Form",
                        description = "Help",
                        requester = new { email = "rita@example.com" },
                    }
                )
            )["receipt"];
            await Until.TrueAsync(
                async () => (await api.GetAsync($"/api/receipts/{receipt}"))["state"]!.GetValue<string>() == "processed",
                "the form is a ticket"
            );
            await api.PostAsync($"/api/tickets/{id}/assign", new { assignee = "me" });
            await api.PostAsync($"/api/tickets/{id}/resolve", new { resolution = "Extinguished" });
            await Until.TrueAsync(
                async () => (await api.AllAsync("/api/tickets?status=resolved")).Count == 1 && (await api.AllAsync("/api/tickets?status=new")).Count == 1,
                "the lists know"
            );
            await ReplayAsync(api, run);
            await run.StopAsync();
            Assert.Equal(0, run.ExitCode);
        }

        await using var again = Run();
        await again.SaysAsync("Helpdesk is ready at");
        Assert.DoesNotContain("Admin key", again.Output, StringComparison.Ordinal);
        using var later = new Api(Address, (await File.ReadAllTextAsync(Path.Combine(_data, "admin-key"))).Trim());
        Assert.Equal("resolved", (await later.GetAsync($"/api/tickets/{id}"))["status"]!.GetValue<string>());
        Assert.Equal(2, (await later.AllAsync("/api/tickets")).Count);
    }

    /// <summary>A receipt that failed is worked again by way of the queue, and its message is gone afterwards.</summary>
    private async Task ReplayAsync(Api api, Started run)
    {
        var opened = await api.PostAsync("/api/workspaces", new { id = "branch", name = "Branch" });
        using var branch = new Api(Address, opened["adminKey"]!.GetValue<string>());
        await api.SendAsync(HttpMethod.Patch, "/api/workspaces/branch", new { active = false });
        var receipt = (
            await api.PostAsync(
                "/api/intake/web?workspace=branch",
                new
                {
                    subject = "Early",
                    description = "Help",
                    requester = new { email = "rita@example.com" },
                }
            )
        )["receipt"];
        // Until the workspace is active again its own keys do not open, so the failure is waited for after that.
        await api.SendAsync(HttpMethod.Patch, "/api/workspaces/branch", new { active = true });
        await Until.TrueAsync(
            async () => (await branch.SendAsync(HttpMethod.Get, $"/api/receipts/{receipt}")).Json?["state"]?.GetValue<string>() is "failed" or "processed",
            "the receipt is worked"
        );
        if ((await branch.GetAsync($"/api/receipts/{receipt}"))["state"]!.GetValue<string>() == "failed")
            await branch.SendAsync(HttpMethod.Post, $"/api/receipts/{receipt}/replay");
        await Until.TrueAsync(
            async () => (await branch.GetAsync($"/api/receipts/{receipt}"))["state"]!.GetValue<string>() == "processed",
            "the replayed receipt is a ticket"
        );
        await Until.TrueAsync(
            async () => (await api.GetAsync("/api/operations/queues"))["items"]!.AsArray().All(queue => queue!["waiting"]!.GetValue<int>() == 0),
            "no message is left"
        );
        Assert.DoesNotContain("failed: the worker", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ticket_events_are_published_and_nothing_said_or_written_is_logged()
    {
        var port = AzuriteServer.FreePort();
        using var topic = new HttpListener { Prefixes = { $"http://127.0.0.1:{port}/" } };
        topic.Start();
        _topic = [("Events__TopicEndpoint", $"http://127.0.0.1:{port}/api/events"), ("Events__Key", "a-key-of-the-topic")];
        await using var run = Run();
        await run.SaysAsync("Helpdesk is ready at");
        using var api = new Api(Address, (await File.ReadAllTextAsync(Path.Combine(_data, "admin-key"))).Trim());
        var id = (
            await api.PostAsync(
                "/api/tickets",
                new
                {
                    subject = "Confidential subject",
                    description = "Confidential words",
                    requester = new { email = "rita@example.com", name = "Rita Confidential" },
                }
            )
        )["id"]!.GetValue<string>();
        await api.PostAsync($"/api/tickets/{id}/comments", new { body = "Confidential answer" });

        var types = new List<string>();
        while (types.Count < 3)
        {
            var call = await topic.GetContextAsync().WaitAsync(TimeSpan.FromSeconds(60));
            using var reader = new StreamReader(call.Request.InputStream);
            var events = System.Text.Json.Nodes.JsonNode.Parse(await reader.ReadToEndAsync())!.AsArray();
            types.AddRange(events.Select(happened => happened!["type"]!.GetValue<string>()));
            Assert.All(events, happened => Assert.DoesNotContain("Confidential", happened!.ToJsonString(), StringComparison.Ordinal));
            call.Response.Close();
        }

        Assert.Equal(["helpdesk.ticket-opened", "helpdesk.comment-added", "helpdesk.status-changed"], types);
        await run.SaysAsync($"info: Ticket {id} ");
        Assert.DoesNotContain("onfidential", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("rita@example.com", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Traces_and_metrics_go_where_they_are_wanted()
    {
        var port = AzuriteServer.FreePort();
        using var collector = new HttpListener { Prefixes = { $"http://127.0.0.1:{port}/" } };
        collector.Start();
        _topic =
        [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", $"http://127.0.0.1:{port}"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "1000"),
            ("OTEL_BSP_SCHEDULE_DELAY", "500"),
        ];
        await using var run = Run();
        await run.SaysAsync("Helpdesk is ready at");
        using var api = new Api(Address, (await File.ReadAllTextAsync(Path.Combine(_data, "admin-key"))).Trim());
        await api.PostAsync(
            "/api/tickets",
            new
            {
                subject = "Printer",
                description = "On fire",
                requester = new { email = "rita@example.com" },
            }
        );
        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (
            !(seen.TryGetValue("/v1/traces", out var traces) && traces.Contains("ticket-events", StringComparison.Ordinal))
            || !(seen.TryGetValue("/v1/metrics", out var metrics) && metrics.Contains("helpdesk.storage.requests", StringComparison.Ordinal))
        )
        {
            var call = await collector.GetContextAsync().WaitAsync(limit.Token);
            using var reader = new StreamReader(call.Request.InputStream, System.Text.Encoding.Latin1);
            // Names stand in the protobuf as they are.
            var path = call.Request.Url!.AbsolutePath;
            seen[path] = seen.GetValueOrDefault(path) + await reader.ReadToEndAsync();
            call.Response.Close();
        }

        Assert.DoesNotContain("rita@example.com", string.Concat(seen.Values), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_demo_desk_is_made_once()
    {
        // Killed in the middle, as a laptop that is shut; the whole one has 3,000 tickets.
        _topic = [("DEMO_TICKETS", "600")];
        await using (var run = Run("--demo"))
            await run.SaysAsync("500 of 600 tickets");
        await using (var run = Run("--demo"))
            await run.SaysAsync("The demo desk is ready");
        await using var again = Run("--demo");
        await again.SaysAsync("The demo desk is there already.");
        var key = (await File.ReadAllTextAsync(Path.Combine(_data, "admin-key"))).Trim();
        using var api = new Api(Address, key);
        // And one for each alert.
        const int alerts = 6;
        await Until.TrueAsync(async () => (await api.AllAsync("/api/tickets")).Count == 600 + alerts, "the demo desk is whole");
        foreach (var ticket in (await api.AllAsync("/api/tickets")).Where(one => one["number"]!.GetValue<int>() > 600))
            Assert.Single((await api.GetAsync($"/api/tickets/{ticket["id"]}/episodes"))["items"]!.AsArray());
        Assert.NotEmpty((await api.GetAsync("/api/search?q=custom.model:strong"))["items"]!.AsArray());
        var agents = (await api.AllAsync("/api/agents")).Select(one => one["id"]!.ToString()).ToList();
        Assert.Contains(true, await Task.WhenAll(agents.Select(async one => (await api.AllAsync($"/api/follow-ups?agent={one}")).Count > 0)));
        Assert.Contains(await api.AllAsync("/api/tickets?status=open,pending"), one => one["version"]!.GetValue<int>() > 1);
        var read = await api.GetAsync("/api/knowledge/statistics");
        Assert.All(read["suggestions"]!.AsArray(), one => Assert.True(one!["solved"]!.GetValue<int>() > 0));
        foreach (var list in new[] { "forms", "alert-sources", "maintenance-windows", "webhooks", "report-schedules", "satisfaction", "receipts" })
            Assert.NotEmpty(await api.AllAsync($"/api/{list}"));
        await DemoWalk.WalkAsync(Address, key, api);
    }

    [Theory]
    [InlineData("HELPDESK_ADMIN_KEY", "short", "HELPDESK_ADMIN_KEY is too short to be a secret")]
    [InlineData("Intake__PerMinute", "many", "Intake__PerMinute is \"many\"; it must be a whole number")]
    public async Task A_setting_that_cannot_be_used_ends_the_start_and_is_named(string name, string value, string sentence)
    {
        _topic = [(name, value)];
        await using var run = Run();
        await run.EndsAsync();
        Assert.Equal(1, run.ExitCode);
        await Until.TrueAsync(() => Task.FromResult(run.Output.Contains(sentence, StringComparison.Ordinal)), $"it says {sentence}, and not {run.Output}");
        Assert.DoesNotContain("is ready at", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_stands_in_the_way_is_told_in_one_sentence()
    {
        async Task SaysAsync(string sentence, params string[] arguments)
        {
            await using var run = Started.Begin("./run.sh", arguments);
            await run.EndsAsync();
            Assert.Equal(1, run.ExitCode);
            await Until.TrueAsync(() => Task.FromResult(run.Output.Contains(sentence, StringComparison.Ordinal)), $"it says {sentence}, and not {run.Output}");
        }

        await SaysAsync("--prot is no option here", "--prot", "1");
        await SaysAsync("--port needs a value", "--port");
        await SaysAsync("is no port", "--port", "http");
        await SaysAsync("cannot be written: choose another one with --data", "--data", "/proc/helpdesk");
        var broken = Path.Combine(_data, "file");
        await File.WriteAllTextAsync(broken, "");
        await SaysAsync("cannot be written: choose another one with --data", "--data", broken);
        using var taken = new TcpListener(IPAddress.Loopback, _port);
        taken.Start();
        await SaysAsync($"Port {_port} is taken: choose another one with --port.", "--port", $"{_port}", "--data", _data);
    }
}
