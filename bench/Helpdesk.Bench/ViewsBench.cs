using System.Diagnostics;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;
using Helpdesk.Tickets;

namespace Helpdesk.Bench;

/// <summary>Pages and counts of views: among live tickets alone, and where a hundred times as many are closed.</summary>
internal static class ViewsBench
{
    private const int Live = 1_000;
    private const int Asked = 20;

    private static readonly NoMeters Meters = new();

    private static readonly (string Name, string Path)[] Views =
    [
        ("my tickets", "/api/views/my-tickets/tickets?limit=25"),
        ("all live tickets", "/api/views/open/tickets?limit=25"),
        ("urgent ones of a group, by custom field", "/api/views/urgent/tickets?limit=25"),
        ("closed ones with a word in the subject", "/api/views/closed/tickets?limit=25"),
        ("counts of all eight views", "/api/views/counts"),
    ];

    public static async Task RunAsync(AppFolder app, params int[] closed)
    {
        await using var azurite = await Storage.StartAsync(keepRequests: true, inMemory: true);
        await using var worker = await WorkerProcess.StartAsync(app, Desk.Settings(azurite.ConnectionString));
        await OpenBench.WithoutPromisesAsync(worker.Desk);
        await worker.Desk.OpenAsync();
        await worker.Desk.SendAsync(HttpMethod.Post, "/api/groups", new { id = "help", name = "Help" });
        await AddAsync(
            worker.Desk,
            "urgent",
            new
            {
                field = "status",
                op = "is-not",
                value = "closed",
            },
            new
            {
                field = "priority",
                op = "is",
                value = "urgent",
            },
            new
            {
                field = "group",
                op = "is",
                value = "help",
            },
            new
            {
                field = "custom.building",
                op = "is",
                value = "B4",
            }
        );
        await AddAsync(
            worker.Desk,
            "closed",
            new
            {
                field = "status",
                op = "is",
                value = "closed",
            },
            new
            {
                field = "subject",
                op = "contains",
                value = "7",
            }
        );
        await Storage.QuietAsync(azurite.ConnectionString, Storage.Deliveries);
        var lists = Lists(azurite.ConnectionString);
        await FillAsync(lists, 1_000_000, Live, TicketStatus.Open);
        Console.WriteLine(
            "\n## A page of a view (25 tickets)\n\n| live | closed | view | storage requests | worker | Azurite | p50 | p99 |\n"
                + "|---|---|---|---|---|---|---|---|"
        );
        var filled = 0;
        foreach (var count in closed)
        {
            await FillAsync(lists, 2_000_000 + filled, count - filled, TicketStatus.Closed);
            filled = count;
            foreach (var (name, path) in Views)
                await MeasureAsync(azurite, worker, filled, name, path);
        }
    }

    private static async Task MeasureAsync(Testing.AzuriteServer azurite, WorkerProcess worker, int closed, string name, string path)
    {
        // What is remembered for seconds is counted again.
        var pause = path.EndsWith("counts", StringComparison.Ordinal) ? TimeSpan.FromSeconds(5.5) : TimeSpan.Zero;
        await worker.Desk.SendAsync(HttpMethod.Get, path);
        await Task.Delay(pause, TimeProvider.System);
        azurite.TakeRequests();
        await worker.Desk.SendAsync(HttpMethod.Get, path);
        var requests = azurite
            .TakeRequests()
            .Count(line => line.Contains("/TicketLists", StringComparison.Ordinal) || line.Contains("/Tickets(", StringComparison.Ordinal));
        var (own, theirs, times) = (ProcessFacts.Cpu(worker.Id), ProcessFacts.Cpu(azurite.ProcessId), new List<double>());
        var asked = pause > TimeSpan.Zero ? 4 : Asked;
        for (var i = 0; i < asked; i++)
        {
            await Task.Delay(pause, TimeProvider.System);
            var started = Stopwatch.GetTimestamp();
            await worker.Desk.SendAsync(HttpMethod.Get, path);
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        Console.WriteLine(
            Figures.Text($"| {Live} | {closed} | {name} | {requests} | {(ProcessFacts.Cpu(worker.Id) - own).TotalMilliseconds / asked:F1} ms ")
                + Figures.Text($"| {(ProcessFacts.Cpu(azurite.ProcessId) - theirs).TotalMilliseconds / asked:F1} ms ")
                + Figures.Text($"| {Figures.Median(times):F1} ms | {Figures.At(times, 0.99):F1} ms |")
        );
    }

    private static Task AddAsync(Desk desk, string id, params object[] terms) =>
        desk.SendAsync(
            HttpMethod.Post,
            "/api/views",
            new
            {
                id,
                name = id,
                shared = true,
                condition = new { all = terms },
            }
        );

    private static TicketListStore Lists(string storage)
    {
        var clients = new StorageClients(
            new StorageOptions(storage, storage, storage),
            [new StorageName(StorageKind.Table, TicketListStore.TableName)],
            new StorageMeter(Meters)
        );
        return new(clients, new RequestGauge(TimeProvider.System), TimeProvider.System);
    }

    /// <summary>Lists tickets as deliveries do.</summary>
    private static async Task FillAsync(TicketListStore lists, int from, int count, TicketStatus status)
    {
        var start = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var moves = Enumerable
            .Range(from, count)
            .Select(number => new ListMove(
                null,
                new Ticket
                {
                    Id = Figures.Text($"{number}-aaaaaaaaaa"),
                    Number = number,
                    Workspace = "main",
                    Subject = Figures.Text($"Ticket {number}"),
                    Description = "",
                    Status = status,
                    Priority = number % 10 == 0 ? TicketPriority.Urgent : TicketPriority.Normal,
                    Tier = 1,
                    Group = number % 3 == 0 ? "help" : null,
                    Assignee = number % 4 == 0 ? "admin" : null,
                    Requester = new(Figures.Text($"rita{number % 700}@example.com"), "Rita"),
                    CustomFields = new Dictionary<string, System.Text.Json.JsonElement>
                    {
                        ["building"] = System.Text.Json.JsonSerializer.SerializeToElement(number % 2 == 0 ? "B4" : "B5"),
                    },
                    Channel = IntakeChannel.Api,
                    CreatedAt = start.AddSeconds(number - from),
                    UpdatedAt = start.AddSeconds(number - from),
                    Version = 2,
                }
            ));
        foreach (var chunk in moves.Chunk(500))
            await lists.ApplyAsync(chunk, CancellationToken.None);
    }

    private sealed class NoMeters : System.Diagnostics.Metrics.IMeterFactory
    {
        public System.Diagnostics.Metrics.Meter Create(System.Diagnostics.Metrics.MeterOptions options) => new(options);

        public void Dispose() { }
    }
}
