using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Azure.Data.Tables;
using Azure.Storage.Queues;
using Helpdesk.Bench;
using Helpdesk.Functions.Tickets;
using Helpdesk.Testing;

// Everything is measured on one Azurite in one run; only ratios within a run say anything on a machine like this.
var root = AzuriteServer.Root;
var jit = Path.Combine(root, "functions/Helpdesk.Functions/bin/Release/net10.0");
var native = Path.Combine(root, "artifacts/native");
var what = args.Length > 0 ? args : ["start", "open", "list", "get", "engine", "lifecycle", "deadlines", "chat"];

await using var azurite = await AzuriteServer.StartAsync();
Console.WriteLine($"Machine: {Environment.ProcessorCount} cores, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1L << 30)} GiB, .NET {Environment.Version}, {TimeProvider.System.GetUtcNow():yyyy-MM-dd}");

if (what.Contains("start"))
    await StartAsync();
if (what.Contains("open"))
    await OpenAsync();
if (what.Contains("list"))
    await ListAsync();
if (what.Contains("get"))
    await GetBench.RunAsync(jit, few: 1_000, many: 50_000);

if (what.Contains("engine"))
    EngineBench.Run();
if (what.Contains("hub"))
    await HubBench.RunAsync();
if (what.Contains("lifecycle"))
    await DeadlineBench.LifecycleAsync(native);
if (what.Contains("chat"))
{
    await ChatBench.CostAsync(native);
    await ChatBench.RunAsync(native, people: 200, seconds: 60);
}

if (what.Contains("deadlines"))
    await DeadlineBench.RunAsync(native, tickets: 500, seconds: 60);

async Task StartAsync()
{
    Console.WriteLine("\n## Cold start: process start to first stored ticket\n\n| build | median | best | worst | memory after it |\n|---|---|---|---|---|");
    // The tables are there, as they are at every start but the very first.
    await using (var first = await Handler.StartAsync(jit, azurite.ConnectionString))
        await first.OpenAsync();
    var medians = new List<double>();
    foreach (var (name, folder) in new[] { ("native", native), ("JIT", jit) })
    {
        var (times, memory) = (new List<double>(), new List<double>());
        for (var i = 0; i < 11; i++)
        {
            var began = Stopwatch.GetTimestamp();
            await using var handler = Handler.Begin(folder, azurite.ConnectionString);
            await handler.OpenWhenUpAsync();
            // The first run reads the program from disk.
            if (i == 0)
                continue;
            times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            memory.Add(handler.MemoryMegabytes());
        }

        medians.Add(Median(times));
        Console.WriteLine(Text($"| {name} | {Median(times):F0} ms | {times.Min():F0} ms | {times.Max():F0} ms | {Median(memory):F0} MB |"));
    }

    Console.WriteLine(Text($"\nRatio native to JIT: {medians[0] / medians[1]:F2} (budget 0.20)"));
}

async Task OpenAsync()
{
    Console.WriteLine("\n## Opening tickets, against the bare storage requests (one queue message, one transaction)\n\n| clients | bare /s | app /s | ratio | app p50 | app p99 | host and app /s | ratio | p50 | p99 |\n|---|---|---|---|---|---|---|---|---|---|");
    await using var handler = await Handler.StartAsync(native, azurite.ConnectionString);
    await using var host = await Handler.StartHostAsync(native, azurite.ConnectionString);
    await handler.OpenAsync();
    await host.OpenAsync();
    var queue = new QueueClient(azurite.ConnectionString, "bare-queue");
    await queue.CreateIfNotExistsAsync();
    var table = new TableClient(azurite.ConnectionString, "BareTable");
    await table.CreateIfNotExistsAsync();
    var span = TimeSpan.FromSeconds(5);
    foreach (var clients in new[] { 1, 8, 32 })
    {
        var (bare, app, hosted) = (new List<Rate>(), new List<Rate>(), new List<Rate>());
        // Taken in turns, so that whatever else the machine does meets all three.
        for (var round = 0; round < 3; round++)
        {
            bare.Add(await Load.RunAsync(clients, span, _ => BareAsync(queue, table)));
            // Azurite gets slower with every message that lies in any queue.
            await queue.ClearMessagesAsync();
            app.Add(await Load.RunAsync(clients, span, _ => handler.OpenAsync()));
            await Handler.QuietAsync(azurite.ConnectionString);
            hosted.Add(await Load.RunAsync(clients, span, _ => host.OpenAsync()));
            await Handler.QuietAsync(azurite.ConnectionString);
        }

        double PerSecond(List<Rate> rates) => Median(rates.Select(rate => rate.PerSecond));
        Console.WriteLine(Text($"| {clients} | {PerSecond(bare):F0} | {PerSecond(app):F0} | {PerSecond(app) / PerSecond(bare):F2} | {Median(app.Select(rate => rate.P50)):F1} ms | {Median(app.Select(rate => rate.P99)):F1} ms | {PerSecond(hosted):F0} | {PerSecond(hosted) / PerSecond(bare):F2} | {Median(hosted.Select(rate => rate.P50)):F1} ms | {Median(hosted.Select(rate => rate.P99)):F1} ms |"));
    }
}

async Task ListAsync()
{
    Console.WriteLine("\n## A list page (status=open, 25 tickets), against the bare range queries it consists of\n\n| tickets in the list | storage requests | bare p50 | page p50 | page p99 | ratio |\n|---|---|---|---|---|---|");
    await using var handler = await Handler.StartAsync(native, azurite.ConnectionString);
    var table = new TableClient(azurite.ConnectionString, "TicketLists");
    await handler.OpenAsync();
    var filled = 0;
    foreach (var tickets in new[] { 1_000, 100_000 })
    {
        await ListRows.FillAsync(table, filled, tickets);
        filled = tickets;
        var bare = await Load.RunAsync(1, TimeSpan.FromSeconds(6), _ => ListRows.ReadAsync(table));
        var page = await Load.RunAsync(1, TimeSpan.FromSeconds(6), _ => handler.GetAsync("/api/tickets?status=open"));
        Console.WriteLine(Text($"| {tickets} | {ListPosition.Shards} | {bare.P50:F1} ms | {page.P50:F1} ms | {page.P99:F1} ms | {page.P50 / bare.P50:F2} |"));
    }
}

static async Task BareAsync(QueueClient queue, TableClient table)
{
    var partition = Guid.NewGuid().ToString("N");
    await queue.SendMessageAsync($$"""{"workspace":"main","number":1,"upTo":1,"sentAt":"2026-01-01T00:00:00.000Z","sender":"{{partition}}"}""", TimeSpan.FromSeconds(3600), TimeSpan.FromSeconds(-1));
    var state = new string('x', 600);
    await table.SubmitTransactionAsync(
    [
        new(TableTransactionActionType.Add, new TableEntity(partition, "ticket") { ["State"] = state, ["Description"] = "It is on fire", ["Status"] = "new", ["Version"] = 1L }),
        new(TableTransactionActionType.Add, new TableEntity(partition, "event-0000000001") { ["Data"] = state, ["Type"] = "ticket-opened", ["By"] = "agent", ["At"] = TimeProvider.System.GetUtcNow() }),
    ]);
}

static double Median(IEnumerable<double> values)
{
    var sorted = values.Order().ToList();
    return sorted[sorted.Count / 2];
}

static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
