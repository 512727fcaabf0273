using System.Text.Json;
using System.Text.RegularExpressions;

namespace Helpdesk.Bench;

/// <summary>What a ticket and an idle hour ask of storage, by service, and what that costs at the prices of <c>bench/prices.json</c>.</summary>
internal static partial class CostBench
{
    private const int HoursOfMonth = 730;
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(5);

    private enum Service
    {
        Table,
        Queue,
        BlobOther,
        BlobWrite,
    }

    public static async Task RunAsync(AppFolder app)
    {
        var file = Path.Combine(Helpdesk.Testing.AzuriteServer.Root, "bench/prices.json");
        using var prices = JsonDocument.Parse(await File.ReadAllTextAsync(file));
        await TicketAsync(app, prices.RootElement);
        await IdleAsync(app, prices.RootElement);
    }

    private static async Task TicketAsync(AppFolder app, JsonElement prices)
    {
        Console.WriteLine(
            "\n## A ticket, from its opening to its resolution\n\n"
                + "| | tables | queues | blobs read, leases | blobs written | executions | 1,000 tickets |\n|---|---|---|---|---|---|---|"
        );
        foreach (var promises in new[] { false, true })
        {
            await using var azurite = await Storage.StartAsync(keepRequests: true);
            await using var host = await HostProcess.StartAsync(app, azurite.ConnectionString);
            await DeadlineBench.SetUpAsync(host.Desk, 12, promises, ladder: true);
            // The first ticket finds the tables, the keys and the way to the orchestrations.
            await DeadlineBench.OpenAsync(host.Desk);
            await Task.Delay(TimeSpan.FromSeconds(25), TimeProvider.System);
            azurite.TakeRequests();
            var requests = (await DeadlineBench.LifeAsync(host.Desk, azurite)).SelectMany(phase => phase).Select(Read).OfType<Request>().ToList();
            // Two requests over HTTP; each message that the task hub has worked off was an activity or a turn of an orchestrator.
            var executions = 2 + requests.Count(request => request.Method == "DELETE" && IsHub(request) && request.Service == Service.Queue);
            var price = 1000 * (PriceOf(requests, prices) + PriceOf(executions, prices));
            Console.WriteLine(
                Figures.Text($"| {(promises ? "warned of, broken, escalated twice" : "without promises")} | ")
                    + Figures.Text($"{Counted(requests, 1)} | {executions} | {price:F2} {Currency(prices)} |")
            );
        }
    }

    private static async Task IdleAsync(AppFolder app, JsonElement prices)
    {
        await using var azurite = await Storage.StartAsync(keepRequests: true);
        await using var host = await HostProcess.StartAsync(app, azurite.ConnectionString);
        await host.Desk.OpenAsync();
        await Task.Delay(TimeSpan.FromSeconds(30), TimeProvider.System);
        azurite.TakeRequests();
        await Task.Delay(Idle, TimeProvider.System);
        var requests = azurite.TakeRequests().Select(Read).OfType<Request>().ToList();

        var perHour = TimeSpan.FromHours(1) / Idle;
        Console.WriteLine(
            "\n## What an idle desk asks of storage in an hour, while an instance runs\n\n"
                + "| what for | tables | queues | blobs read, leases | blobs written | a month |\n|---|---|---|---|---|---|"
        );
        foreach (var part in requests.GroupBy(PurposeOf).OrderBy(part => part.Key, StringComparer.Ordinal))
            Console.WriteLine(Row(part.Key, part));
        Console.WriteLine(Row("in all", requests));

        string Row(string name, IEnumerable<Request> part) =>
            Figures.Text($"| {name} | {Counted(part, perHour)} | {PriceOf(part, prices) * perHour * HoursOfMonth:F2} {Currency(prices)} |");
    }

    private static string? Currency(JsonElement prices) => prices.GetProperty("currency").GetString();

    private static string Counted(IEnumerable<Request> requests, double perHour)
    {
        var counts = requests.CountBy(request => request.Service).ToDictionary();
        return string.Join(" | ", Enum.GetValues<Service>().Select(service => Figures.Text($"{counts.GetValueOrDefault(service) * perHour:F0}")));
    }

    private static double PriceOf(IEnumerable<Request> requests, JsonElement prices) =>
        requests.Sum(request =>
            prices.GetProperty("storagePer10000").GetProperty(JsonNamingPolicy.CamelCase.ConvertName(request.Service.ToString())).GetDouble()
        ) / 10_000;

    /// <summary>At most: every execution on an instance that does nothing else, and beyond what is free.</summary>
    private static double PriceOf(int executions, JsonElement prices)
    {
        var functions = prices.GetProperty("functions");
        return executions
            * (
                functions.GetProperty("perMillionExecutions").GetDouble() / 1_000_000
                + functions.GetProperty("leastSeconds").GetDouble()
                    * functions.GetProperty("instanceGb").GetDouble()
                    * functions.GetProperty("perGbSecond").GetDouble()
            );
    }

    private static bool IsHub(Request request) => request.Path.StartsWith("helpdeskhub", StringComparison.OrdinalIgnoreCase);

    private static string PurposeOf(Request request) =>
        request.Path switch
        {
            _ when IsHub(request) => request.Service switch
            {
                Service.Queue => "task hub: polling its queues",
                Service.Table => "task hub: its tables",
                _ => "task hub: leases of its partitions",
            },
            _ when request.Path.StartsWith("azure-webjobs", StringComparison.Ordinal) => "timers: locks and schedules",
            _ when request.Service == Service.Queue => "polling the app's queues",
            _ => "the app's timers",
        };

    private static Request? Read(string line)
    {
        if (Line().Match(line) is not { Success: true } match)
            return null;
        var (method, path, query) = (match.Groups["method"].Value, match.Groups["path"].Value, match.Groups["query"].Value);
        var name = path.Split('/', '(')[0];
        // A lease is priced as a read is.
        var service = IsBlob(name, path, query)
            ? method is "GET" or "HEAD" || query.Contains("comp=lease", StringComparison.Ordinal)
                ? Service.BlobOther
                : Service.BlobWrite
            : path.Contains("/messages", StringComparison.Ordinal) || !name.Any(char.IsUpper) && name != "$batch"
                ? Service.Queue
                : Service.Table;
        return new(service, method, path);
    }

    private static bool IsBlob(string name, string path, string query) =>
        query.Contains("comp=lease", StringComparison.Ordinal)
        || query.Contains("restype=container", StringComparison.Ordinal)
        || path.Contains('.', StringComparison.Ordinal)
        || name.Contains("lease", StringComparison.Ordinal)
        || name.StartsWith("azure-webjobs", StringComparison.Ordinal);

    [GeneratedRegex("\"(?<method>[A-Z]+) /devstoreaccount1/(?<path>[^ ?\"]*)(?<query>[^ \"]*)")]
    private static partial Regex Line();

    private sealed record Request(Service Service, string Method, string Path);
}
