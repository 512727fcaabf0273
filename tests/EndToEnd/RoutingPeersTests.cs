using System.Globalization;
using Helpdesk.Testing;

namespace Helpdesk.EndToEnd;

/// <summary>Two hosts with a worker each on one storage, as an app has them that was scaled out.</summary>
public sealed class RoutingPeersTests(ITestOutputHelper output) : IDisposable
{
    private const string Key = "hd_first_key_of_the_routing_tests";
    private const int Tickets = 30;
    private static readonly string[] Agents = ["ada", "ben", "cem"];
    private readonly string _data = System.IO.Directory.CreateTempSubdirectory("helpdesk-routing-").FullName;

    public void Dispose() => System.IO.Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task Two_processes_that_give_tickets_to_the_same_agents_give_each_as_many()
    {
        await using var azurite = await AzuriteServer.StartAsync(inMemory: true);
        var ports = new[] { AzuriteServer.FreePort(), AzuriteServer.FreePort() };
        await using var first = await StartAsync(azurite, ports[0]);
        await using var second = await StartAsync(azurite, ports[1]);
        using var one = new Api(new Uri($"http://127.0.0.1:{ports[0]}"), Key);
        using var other = new Api(new Uri($"http://127.0.0.1:{ports[1]}"), Key);
        // One group gives its tickets by itself, the other one's are given by an automation.
        await one.PostAsync(
            "/api/groups",
            new
            {
                id = "routed",
                name = "Routed",
                routing = "round-robin",
            }
        );
        await one.PostAsync("/api/groups", new { id = "automated", name = "Automated" });
        foreach (var agent in Agents)
            await one.PostAsync(
                "/api/agents",
                new
                {
                    id = agent,
                    name = agent,
                    email = $"{agent}@example.com",
                    groups = new[] { "routed", "automated" },
                }
            );
        await one.PostAsync(
            "/api/automations",
            new
            {
                id = "give",
                name = "Give",
                on = new[] { "ticket-opened" },
                condition = new
                {
                    field = "group",
                    op = "is",
                    value = "automated",
                },
                actions = new[] { new { @do = "assign", strategy = "round-robin" } },
            }
        );
        // Both processes know of all that; what is added reaches the other one within half a minute.
        await Until.TrueAsync(
            async () =>
            {
                var ticket = await other.PostAsync("/api/tickets", Ticket("automated"));
                return await EventuallyAssignedAsync(one, ticket["number"]!.ToString(), TimeSpan.FromSeconds(3)) is not null;
            },
            TimeSpan.FromSeconds(60),
            "the second process runs the automation"
        );

        foreach (var group in new[] { "routed", "automated" })
        {
            var before = await CountAsync(one, group);
            var numbers = new string[Tickets];
            await Parallel.ForAsync(
                0,
                Tickets,
                new ParallelOptions { MaxDegreeOfParallelism = 6 },
                async (i, _) => numbers[i] = (await (i % 2 == 0 ? one : other).PostAsync("/api/tickets", Ticket(group)))["number"]!.ToString()
            );
            foreach (var number in numbers)
                Assert.NotNull(await EventuallyAssignedAsync(one, number, TimeSpan.FromSeconds(60)));
            // Those that came before count as well: it goes by turns.
            var counts = await CountAsync(one, group);
            output.WriteLine($"{group}: {string.Join(", ", counts.Select(agent => $"{agent.Key} {agent.Value}"))}, before {before.Values.Sum()}");
            Assert.Equal(Tickets + before.Values.Sum(), counts.Values.Sum());
            Assert.InRange(counts.Values.Max() - counts.Values.Min(), 0, 1);
        }
    }

    private async Task<Started> StartAsync(AzuriteServer azurite, int port)
    {
        var host = Started.Begin(
            "./run.sh",
            ["--port", $"{port}", "--data", Path.Combine(_data, $"{port}"), "--storage", azurite.ConnectionString],
            ("HELPDESK_ADMIN_KEY", Key),
            ("Logging__Level", "Error")
        );
        await host.SaysAsync("is ready at", seconds: 300);
        return host;
    }

    private static object Ticket(string group) =>
        new
        {
            subject = "Printer",
            description = "It is on fire",
            requester = new { email = "rita@example.com" },
            group,
        };

    private static async Task<string?> EventuallyAssignedAsync(Api api, string number, TimeSpan within)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        for (var until = TimeProvider.System.GetUtcNow() + within; TimeProvider.System.GetUtcNow() < until; await timer.WaitForNextTickAsync())
        {
            if ((await api.GetAsync($"/api/tickets/{number}"))["assignee"]?.ToString() is { } assignee)
                return assignee;
        }

        return null;
    }

    private static async Task<Dictionary<string, int>> CountAsync(Api api, string group)
    {
        var counts = Agents.ToDictionary(agent => agent, _ => 0, StringComparer.Ordinal);
        foreach (var number in Enumerable.Range(1, 400))
        {
            var (status, ticket) = await api.SendAsync(HttpMethod.Get, string.Create(CultureInfo.InvariantCulture, $"/api/tickets/{number}"));
            if (status == 200 && ticket!["group"]?.ToString() == group && ticket["assignee"]?.ToString() is { } assignee)
                counts[assignee]++;
        }

        return counts;
    }
}
