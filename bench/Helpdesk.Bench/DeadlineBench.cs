using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Helpdesk.Testing;

namespace Helpdesk.Bench;

/// <summary>Promises of seconds on the running product: how late they are noticed, and what they ask of storage.</summary>
internal static class DeadlineBench
{
    /// <summary>Opens tickets at once and says how late each warning, breach and escalation was noticed.</summary>
    public static async Task RunAsync(string app, int tickets, int seconds)
    {
        await using var azurite = await AzuriteServer.StartAsync();
        await using var host = await Handler.StartHostAsync(app, azurite.ConnectionString);
        await DeskAsync(host, seconds, active: true);
        var ids = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(Enumerable.Range(0, tickets), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) => ids.Add((await OpenAsync(host))["id"]!.GetValue<string>()));
        await Task.Delay(TimeSpan.FromSeconds(seconds * 1.5 + 20), TimeProvider.System);
        var lags = new List<double>();
        foreach (var id in ids)
        {
            var events = (await host.SendAsync(HttpMethod.Get, $"/api/tickets/{id}/events?limit=100"))["items"]!.AsArray();
            lags.AddRange(events.Where(happened => happened!["data"]!["detectedAt"] is not null).Select(happened =>
                (Instant(happened!["data"]!["detectedAt"]!) - Instant(happened["data"]!["breachedAt"] ?? happened["data"]!["dueAt"]!)).TotalSeconds));
        }

        lags.Sort();
        Console.WriteLine("\n## Deadlines of tickets opened at once, below the laptop host\n\n| tickets | due times | noticed | median | p99 | longest |\n|---|---|---|---|---|---|");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {tickets} | {tickets * 4} | {lags.Count} | {lags[lags.Count / 2]:F2} s | {lags[(int)(lags.Count * 0.99)]:F2} s | {lags[^1]:F2} s |"));
    }

    /// <summary>Counts what one ticket asks of storage on its way from opening over a warning, a breach and two escalations to its resolution, with a policy and without.</summary>
    public static async Task LifecycleAsync(string app)
    {
        Console.WriteLine("\n## Storage requests of a ticket's life: opened, warned of, breached and escalated, escalated again, resolved\n\n| | opening | warning | breach, escalation | second escalation | resolution | in all |\n|---|---|---|---|---|---|---|");
        var sums = new List<int>();
        foreach (var active in new[] { true, false })
        {
            await using var azurite = await AzuriteServer.StartAsync(keepRequests: true);
            await using var host = await Handler.StartHostAsync(app, azurite.ConnectionString);
            await DeskAsync(host, 12, active);
            // The first ticket finds the tables, the keys and the way to the task hub.
            await OpenAsync(host);
            await Task.Delay(TimeSpan.FromSeconds(25), TimeProvider.System);
            azurite.TakeRequests();
            var counts = new List<int>();
            var id = (await OpenAsync(host))["id"]!.GetValue<string>();
            foreach (var phase in new[] { 4.5, 5, 5, 6 })
            {
                await Task.Delay(TimeSpan.FromSeconds(phase), TimeProvider.System);
                counts.Add(Count(azurite.TakeRequests()));
            }

            await host.SendAsync(HttpMethod.Post, $"/api/tickets/{id}/resolve", new { resolution = "Done" });
            await Task.Delay(TimeSpan.FromSeconds(5), TimeProvider.System);
            counts.Add(Count(azurite.TakeRequests()));
            var all = counts.Sum();
            sums.Add(all);
            Console.WriteLine($"| {(active ? "with a policy" : "without")} | {string.Join(" | ", counts)} | {all} |");
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\nOf the requests of such a life {100.0 * (sums[0] - sums[1]) / sums[0]:F0} % are for its promises. Polling of queues and the timers' own blobs are left out; app and task hub are in, and the sweep of due times where it met the ticket."));
    }

    /// <summary>Requests for data; polling an empty queue and keeping a timer's time are no ticket's doing.</summary>
    private static int Count(IReadOnlyList<string> requests) =>
        requests.Count(line => !line.Contains("numofmessages", StringComparison.Ordinal) && !line.Contains("azure-webjobs-hosts", StringComparison.Ordinal)
            && !(line.Contains("GET", StringComparison.Ordinal) && line.Contains("/DueTimes", StringComparison.Ordinal))
            && !line.Contains("swept", StringComparison.Ordinal) && !line.Contains("Rewinds", StringComparison.Ordinal));

    private static async Task DeskAsync(Handler host, int seconds, bool active)
    {
        var hours = new Dictionary<string, string[]>();
        foreach (var day in new[] { "mon", "tue", "wed", "thu", "fri", "sat", "sun" })
            hours[day] = ["00:00-24:00"];
        await host.SendAsync(HttpMethod.Post, "/api/calendars", new { id = "always", name = "Always", timeZone = "UTC", hours });
        await host.SendAsync(HttpMethod.Post, "/api/groups", new { id = "third", name = "Third", tier = 3 });
        await host.SendAsync(HttpMethod.Post, "/api/groups", new { id = "second", name = "Second", tier = 2, escalatesTo = "third" });
        await host.SendAsync(HttpMethod.Post, "/api/groups", new { id = "first", name = "First", tier = 1, escalatesTo = "second" });
        await host.SendAsync(HttpMethod.Patch, "/api/sla/policies/standard", new { active = false });
        await host.SendAsync(HttpMethod.Patch, "/api/automations/closing", new { closeResolvedAfter = (string?)null });
        await host.SendAsync(HttpMethod.Post, "/api/sla/policies", new
        {
            name = "Seconds",
            active,
            calendar = "always",
            targets = new[] { new { metric = "resolution", within = $"PT{seconds}S" } },
            steps = new object[]
            {
                new { metric = "resolution", at = 50, @do = "warn" },
                new { metric = "resolution", at = 100, @do = "escalate", toTier = 2 },
                new { metric = "resolution", at = 150, @do = "escalate", toTier = 3 },
            },
        });
    }

    private static Task<JsonNode> OpenAsync(Handler host) =>
        host.SendAsync(HttpMethod.Post, "/api/tickets", new { subject = "Seconds count", description = "d", requester = new { email = "rita@example.com" }, group = "first" });

    private static DateTimeOffset Instant(JsonNode node) => DateTimeOffset.Parse(node.GetValue<string>(), CultureInfo.InvariantCulture);
}
