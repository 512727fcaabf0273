using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Helpdesk.Bench;

/// <summary>Promises of seconds on the running product: how late they are noticed, and what they ask of storage.</summary>
internal static class DeadlineBench
{
    /// <summary>How long after its opening a ticket's target is due.</summary>
    private const int Seconds = 40;

    /// <summary>Opens tickets at once and says how late each due time was noticed.</summary>
    /// <param name="loads">How many tickets, and how many due times each of them has: the breach alone, or warning, breach and two escalations.</param>
    public static async Task RunAsync(AppFolder app, params IReadOnlyList<(int Tickets, bool Ladder)> loads)
    {
        Console.WriteLine(
            "\n## Deadlines of tickets opened at once, below the laptop host\n\n| tickets | due times | noticed | median | p99 | longest | "
                + "budget (p99) |\n|---|---|---|---|---|---|---|"
        );
        foreach (var (tickets, ladder) in loads)
        {
            await using var azurite = await Storage.StartAsync();
            await using var host = await HostProcess.StartAsync(app, azurite.ConnectionString);
            await SetUpAsync(host.Desk, Seconds, active: true, ladder);
            // A host that has just started has other things to do than its first orchestrations.
            await OpenAsync(host.Desk);
            var ids = new ConcurrentBag<string>();
            await Load.TimesAsync(clients: 16, tickets, async _ => ids.Add((await OpenAsync(host.Desk))["id"]!.GetValue<string>()));
            await Task.Delay(TimeSpan.FromSeconds((ladder ? Seconds * 1.5 : Seconds) + 25), TimeProvider.System);
            var lags = new List<double>();
            foreach (var id in ids)
            {
                var events = (await host.Desk.SendAsync(HttpMethod.Get, $"/api/tickets/{id}/events?limit=100"))["items"]!.AsArray();
                lags.AddRange(
                    events
                        .Where(happened => happened!["data"]!["detectedAt"] is not null)
                        .Select(happened =>
                            (Instant(happened!["data"]!["detectedAt"]!) - Instant(happened["data"]!["breachedAt"] ?? happened["data"]!["dueAt"]!)).TotalSeconds
                        )
                );
            }

            var budget = tickets <= 50 ? "2 s" : "10 s";
            Console.WriteLine(
                lags.Count == 0
                    ? Figures.Text($"| {tickets} | {tickets * (ladder ? 4 : 1)} | 0 | | | | {budget} |")
                    : Figures.Text($"| {tickets} | {tickets * (ladder ? 4 : 1)} | {lags.Count} | {Figures.Median(lags):F2} s | ")
                        + Figures.Text($"{Figures.At(lags, 0.99):F2} s | {lags.Max():F2} s | {budget} |")
            );
        }
    }

    /// <summary>
    /// Counts what one ticket asks of storage on its way from opening over a warning, a breach and two escalations to its resolution, with a policy
    /// and without.
    /// </summary>
    public static async Task LifecycleAsync(AppFolder app)
    {
        Console.WriteLine(
            "\n## Storage requests of a ticket's life: opened, warned of, breached and escalated, escalated again, resolved\n\n| | opening | "
                + "warning | breach, escalation | second escalation | resolution | in all |\n|---|---|---|---|---|---|---|"
        );
        var sums = new List<int>();
        foreach (var active in new[] { true, false })
        {
            await using var azurite = await Storage.StartAsync(keepRequests: true);
            await using var host = await HostProcess.StartAsync(app, azurite.ConnectionString);
            await SetUpAsync(host.Desk, 12, active, ladder: true);
            // The first ticket finds the tables, the keys and the way to the orchestrations.
            await OpenAsync(host.Desk);
            await Task.Delay(TimeSpan.FromSeconds(25), TimeProvider.System);
            azurite.TakeRequests();
            var counts = (await LifeAsync(host.Desk, azurite)).Select(phase => phase.Count).ToList();
            var all = counts.Sum();
            sums.Add(all);
            Console.WriteLine($"| {(active ? "with a policy" : "without")} | {string.Join(" | ", counts)} | {all} |");
        }

        Console.WriteLine(
            Figures.Text($"\nOf the requests of such a life {100.0 * (sums[0] - sums[1]) / sums[0]:F0} % are for its promises. Polling of queues and ")
                + "the timers' own blobs are left out; app and orchestrations are in, and the sweep of due times where it met the ticket."
        );
    }

    /// <summary>What each phase of a ticket's life asks of storage, background left out.</summary>
    public static async Task<IReadOnlyList<IReadOnlyList<string>>> LifeAsync(Desk desk, Helpdesk.Testing.AzuriteServer azurite)
    {
        var phases = new List<IReadOnlyList<string>>();
        var id = (await OpenAsync(desk))["id"]!.GetValue<string>();
        foreach (var phase in new[] { 4.5, 5, 5, 6 })
        {
            await Task.Delay(TimeSpan.FromSeconds(phase), TimeProvider.System);
            phases.Add([.. Storage.Work(azurite.TakeRequests())]);
        }

        await desk.SendAsync(HttpMethod.Post, $"/api/tickets/{id}/resolve", new { resolution = "Done" });
        await Task.Delay(TimeSpan.FromSeconds(5), TimeProvider.System);
        phases.Add([.. Storage.Work(azurite.TakeRequests())]);
        return phases;
    }

    /// <summary>Promises of seconds to every ticket.</summary>
    public static async Task SetUpAsync(Desk desk, int seconds, bool active, bool ladder)
    {
        var hours = new Dictionary<string, string[]>();
        foreach (var day in new[] { "mon", "tue", "wed", "thu", "fri", "sat", "sun" })
            hours[day] = ["00:00-24:00"];
        await desk.SendAsync(
            HttpMethod.Post,
            "/api/calendars",
            new
            {
                id = "always",
                name = "Always",
                timeZone = "UTC",
                hours,
            }
        );
        await desk.SendAsync(
            HttpMethod.Post,
            "/api/groups",
            new
            {
                id = "third",
                name = "Third",
                tier = 3,
            }
        );
        await desk.SendAsync(
            HttpMethod.Post,
            "/api/groups",
            new
            {
                id = "second",
                name = "Second",
                tier = 2,
                escalatesTo = "third",
            }
        );
        await desk.SendAsync(
            HttpMethod.Post,
            "/api/groups",
            new
            {
                id = "first",
                name = "First",
                tier = 1,
                escalatesTo = "second",
            }
        );
        await desk.SendAsync(HttpMethod.Patch, "/api/sla/policies/standard", new { active = false });
        await desk.SendAsync(HttpMethod.Patch, "/api/automations/closing", new { closeResolvedAfter = (string?)null });
        await desk.SendAsync(
            HttpMethod.Post,
            "/api/sla/policies",
            new
            {
                name = "Seconds",
                active,
                calendar = "always",
                targets = new[] { new { metric = "resolution", within = $"PT{seconds}S" } },
                steps = !ladder
                    ? []
                    : new object[]
                    {
                        new
                        {
                            metric = "resolution",
                            at = 50,
                            @do = "warn",
                        },
                        new
                        {
                            metric = "resolution",
                            at = 100,
                            @do = "escalate",
                            toTier = 2,
                        },
                        new
                        {
                            metric = "resolution",
                            at = 150,
                            @do = "escalate",
                            toTier = 3,
                        },
                    },
            }
        );
    }

    public static Task<JsonNode> OpenAsync(Desk desk) =>
        desk.SendAsync(
            HttpMethod.Post,
            "/api/tickets",
            new
            {
                subject = "Seconds count",
                description = "d",
                requester = new { email = "rita@example.com" },
                group = "first",
            }
        );

    private static DateTimeOffset Instant(JsonNode node) => DateTimeOffset.Parse(node.GetValue<string>(), CultureInfo.InvariantCulture);
}
