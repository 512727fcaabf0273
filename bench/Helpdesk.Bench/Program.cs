using Helpdesk.Bench;
using Helpdesk.Testing;

// Every benchmark has an emulator of its own on free ports, and measures everything that it compares in one run: on a shared machine only ratios within a run say anything.
Children.EndWithThisProcess();
var root = AzuriteServer.Root;
AppFolder desk = new(Path.Combine(root, "functions/Helpdesk.Functions/bin/Release/net10.0"), "Helpdesk.Functions");
AppFolder published = new(Path.Combine(root, "artifacts/bench/desk"), "Helpdesk.Functions");
AppFolder empty = new(Path.Combine(root, "bench/EmptyApp/bin/Release/net10.0"), "EmptyApp");
AppFolder publishedEmpty = new(Path.Combine(root, "artifacts/bench/empty"), "EmptyApp");

// Each with the time after which something has gone wrong.
(string Name, TimeSpan Limit, Func<Task> Run)[] benchmarks =
[
    ("start", TimeSpan.FromMinutes(5), async () =>
    {
        await StartBench.WorkerAsync([("published", published, publishedEmpty), ("built", desk, empty)]);
        await StartBench.MemoryAsync(published);
        await StartBench.RunScriptAsync();
    }),
    ("open", TimeSpan.FromMinutes(12), async () =>
    {
        await OpenBench.RateAsync(desk);
        await OpenBench.CpuAsync(desk);
        await OpenBench.RequestsAsync(desk);
    }),
    ("list", TimeSpan.FromMinutes(5), () => ListBench.RunAsync(desk)),
    ("get", TimeSpan.FromMinutes(5), () => GetBench.RunAsync(desk, few: 1_000, many: 50_000)),
    ("engine", TimeSpan.FromMinutes(2), () => Task.Run(EngineBench.Run)),
    ("lifecycle", TimeSpan.FromMinutes(4), () => DeadlineBench.LifecycleAsync(desk)),
    ("deadlines", TimeSpan.FromMinutes(8), () => DeadlineBench.RunAsync(desk, (50, Ladder: false), (500, Ladder: false), (500, Ladder: true))),
    ("chat", TimeSpan.FromMinutes(5), async () =>
    {
        await ChatBench.CostAsync(desk);
        await ChatBench.RunAsync(desk, people: 200, seconds: 60);
    }),
];

if (args.FirstOrDefault(name => !benchmarks.Any(one => one.Name == name)) is { } unknown)
{
    Console.Error.WriteLine($"{unknown} is no benchmark; there are {string.Join(", ", benchmarks.Select(one => one.Name))}.");
    return 2;
}

Console.WriteLine(Figures.Text($"Machine: {Environment.ProcessorCount} cores, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1L << 30)} GiB, .NET {Environment.Version}, {TimeProvider.System.GetUtcNow():yyyy-MM-dd}"));
foreach (var (name, limit, run) in benchmarks.Where(one => args.Length == 0 || args.Contains(one.Name)))
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
