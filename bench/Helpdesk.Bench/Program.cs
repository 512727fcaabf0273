using Helpdesk.Bench;
using Helpdesk.Testing;

// Every benchmark has an emulator of its own on free ports, and measures everything that it compares in one run: on a shared machine only ratios
// within a run say anything.
Children.EndWithThisProcess();
var root = AzuriteServer.Root;
AppFolder desk = new(Path.Combine(root, "functions/Helpdesk.Functions/bin/Release/net10.0"), "Helpdesk.Functions");
AppFolder published = new(Path.Combine(root, "artifacts/bench/desk"), "Helpdesk.Functions");
AppFolder empty = new(Path.Combine(root, "bench/EmptyApp/bin/Release/net10.0"), "EmptyApp");
AppFolder publishedEmpty = new(Path.Combine(root, "artifacts/bench/empty"), "EmptyApp");

// Each with the time after which something has gone wrong; what stands before the colon runs all that share it.
(string Name, TimeSpan Limit, Func<Task> Run)[] benchmarks =
[
    ("start:worker", TimeSpan.FromMinutes(4), () => StartBench.WorkerAsync([("published", published, publishedEmpty), ("built", desk, empty)])),
    ("start:memory", TimeSpan.FromMinutes(3), () => StartBench.MemoryAsync(published)),
    ("start:script", TimeSpan.FromMinutes(3), StartBench.RunScriptAsync),
    ("open:rate", TimeSpan.FromMinutes(6), () => OpenBench.RateAsync(desk)),
    ("open:cpu", TimeSpan.FromMinutes(6), () => OpenBench.CpuAsync(desk)),
    ("open:requests", TimeSpan.FromMinutes(4), () => OpenBench.RequestsAsync(desk)),
    ("mail", TimeSpan.FromMinutes(6), () => MailBench.RunAsync(desk)),
    ("alerts", TimeSpan.FromMinutes(12), () => AlertBench.RunAsync(desk)),
    ("list", TimeSpan.FromMinutes(5), () => ListBench.RunAsync(desk)),
    ("views", TimeSpan.FromMinutes(25), () => ViewsBench.RunAsync(desk, 0, 100_000)),
    ("search", TimeSpan.FromMinutes(12), () => SearchBench.RunAsync(1_000, 10_000, 100_000)),
    ("reports", TimeSpan.FromMinutes(12), () => ReportsBench.RunAsync(1_000, 10_000, 100_000)),
    ("get", TimeSpan.FromMinutes(5), () => GetBench.RunAsync(desk, few: 1_000, many: 50_000)),
    ("web", TimeSpan.FromMinutes(6), () => WebBench.RunAsync(desk)),
    ("engine", TimeSpan.FromMinutes(2), () => Task.Run(EngineBench.Run)),
    ("lifecycle", TimeSpan.FromMinutes(4), () => DeadlineBench.LifecycleAsync(desk)),
    ("cost", TimeSpan.FromMinutes(9), () => CostBench.RunAsync(desk)),
    ("deadlines", TimeSpan.FromMinutes(8), () => DeadlineBench.RunAsync(desk, (50, Ladder: false), (500, Ladder: false), (500, Ladder: true))),
    ("chat:cost", TimeSpan.FromMinutes(3), () => ChatBench.CostAsync(desk)),
    ("chat:people", TimeSpan.FromMinutes(4), () => ChatBench.RunAsync(desk, people: 200, seconds: 60)),
];

bool Means(string given, string name) => name == given || name.StartsWith(given + ":", StringComparison.Ordinal);
if (args.FirstOrDefault(given => !benchmarks.Any(one => Means(given, one.Name))) is { } unknown)
{
    Console.Error.WriteLine($"{unknown} is no benchmark; there are {string.Join(", ", benchmarks.Select(one => one.Name))}.");
    return 2;
}

Console.WriteLine(
    Figures.Text($"Machine: {Environment.ProcessorCount} cores, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1L << 30)} GiB, .NET ")
        + Figures.Text($"{Environment.Version}, {TimeProvider.System.GetUtcNow():yyyy-MM-dd}")
);
foreach (var (name, limit, run) in benchmarks.Where(one => args.Length == 0 || args.Any(given => Means(given, one.Name))))
{
    var running = run();
    try
    {
        await running.WaitAsync(limit, TimeProvider.System);
    }
    catch (TimeoutException) when (!running.IsCompleted)
    {
        Console.Error.WriteLine(Figures.Text($"{name} did not end within {limit.TotalMinutes:F0} minutes."));
        return 1;
    }
}

return 0;
