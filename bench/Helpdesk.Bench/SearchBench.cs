using System.Diagnostics;
using System.Diagnostics.Metrics;
using Azure.Core;
using Helpdesk.Functions.Search;
using Helpdesk.Functions.Storage;
using Helpdesk.Search;

namespace Helpdesk.Bench;

/// <summary>The search index by itself: what a ticket costs until it lies in segments, and a query among few tickets and among many.</summary>
internal static class SearchBench
{
    private const int Counted = 1_000;
    private const int Step = 1_000;

    private static readonly string[] Queries = ["printer", "printer room7", "\"printer in room7\" status:open -word3", "prin*", "0x80070005"];

    public static async Task RunAsync(params int[] sizes)
    {
        await using var azurite = await Storage.StartAsync(inMemory: true);
        using var meters = new Meters();
        var meter = new Requests(meters);
        var clients = new StorageClients(
            new StorageOptions(azurite.ConnectionString, azurite.ConnectionString, azurite.ConnectionString),
            [new StorageName(StorageKind.Table, SearchIndexStore.TableName)],
            meter
        );
        var index = new SearchIndexStore(clients, TimeProvider.System);
        await IndexingAsync(index, meter, azurite.ProcessId);

        Console.WriteLine(
            "\n## A query, without the tickets that are shown\n\n| tickets | segments | query | storage requests | found | p50 | p99 |\n"
                + "|---|---|---|---|---|---|---|"
        );
        var filled = 0;
        foreach (var tickets in sizes)
        {
            while (filled < tickets)
            {
                var documents = Enumerable.Range(filled + 1, Math.Min(Step, tickets - filled)).SelectMany(DocumentsOf).ToList();
                await index.FlushAsync("many", 1, purge: false, CancellationToken.None, documents);
                filled += Step;
            }

            var segments = (await index.FindAsync("many", CancellationToken.None)).Index.Segments.Count;
            foreach (var query in Queries)
                await QueryAsync(index, meter, tickets, segments, query);
        }
    }

    /// <summary>Ticket by ticket, as a quiet desk indexes them.</summary>
    private static async Task IndexingAsync(SearchIndexStore index, Requests meter, int emulator)
    {
        await index.PutAsync("one", [.. DocumentsOf(1)], CancellationToken.None);
        var (requests, own, theirs, started) = (meter.Count, Environment.CpuUsage.TotalTime, ProcessFacts.Cpu(emulator), Stopwatch.GetTimestamp());
        for (var number = 2; number < Counted + 2; number++)
        {
            await index.PutAsync("one", [.. DocumentsOf(number)], CancellationToken.None);
            if (number * 2 % SearchIndexStore.NewRows == 0)
                await index.FlushAsync("one", 1, purge: false, CancellationToken.None);
        }

        Console.WriteLine(
            "\n## Indexing a ticket of 20 words, segments and their merging included\n\n| storage requests | worker | Azurite | elapsed |\n|---|---|---|---|"
        );
        Console.WriteLine(
            Figures.Text($"| {(meter.Count - requests) / (double)Counted:F2} | {Each(Environment.CpuUsage.TotalTime - own):F2} ms ")
                + Figures.Text($"| {Each(ProcessFacts.Cpu(emulator) - theirs):F2} ms | {Each(Stopwatch.GetElapsedTime(started)):F2} ms |")
        );

        static double Each(TimeSpan time) => time.TotalMilliseconds / Counted;
    }

    private static async Task QueryAsync(SearchIndexStore index, Requests meter, int tickets, int segments, string text)
    {
        var plan = new SearchPlan(SearchQuery.Read(text).Query!);
        await AskAsync();
        var before = meter.Count;
        var found = await AskAsync();
        var requests = meter.Count - before;
        var times = new List<double>();
        for (var i = 0; i < 20; i++)
        {
            var started = Stopwatch.GetTimestamp();
            await AskAsync();
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        Console.WriteLine(
            Figures.Text($"| {tickets} | {segments} | `{text}` | {requests} | {found} | {Figures.Median(times):F1} ms | {Figures.At(times, 0.99):F1} ms |")
        );

        async Task<int> AskAsync()
        {
            var reading = await index.ReadAsync("many", plan.Ranges(), CancellationToken.None);
            return new SearchRanking(plan, reading.Parts, reading.Tickets, SearchFields.All).Run().Hits.Count;
        }
    }

    private static IEnumerable<SearchDocument> DocumentsOf(int number)
    {
        var words = string.Join(' ', Enumerable.Range(0, 16).Select(i => $"word{(number * 31L + i * 17) % 9973}"));
        yield return new SearchDocument.Words(number, 1)
            .Add(SearchField.Number, Figures.Text($"{number}"))
            .Add(SearchField.Subject, Figures.Text($"Printer in room{number % 500}"))
            .Add(SearchField.Description, number % 5_000 == 17 ? $"{words} 0x80070005" : words)
            .Add(SearchField.Requester, Figures.Text($"rita{number % 700}@example.com Rita"))
            .Build();
        yield return new SearchDocument.Facts(number, 1)
            .Add("status", number % 20 == 0 ? "open" : "closed")
            .Add("priority", "normal")
            .Add("group", "it-support")
            .Build();
    }

    private sealed class Requests(IMeterFactory meters) : StorageMeter(meters)
    {
        private long _count;

        public long Count => Interlocked.Read(ref _count);

        public override void OnSendingRequest(HttpMessage message) => Interlocked.Increment(ref _count);
    }

    private sealed class Meters : IMeterFactory
    {
        private readonly List<Meter> _made = [];

        public Meter Create(MeterOptions options)
        {
            var made = new Meter(options);
            _made.Add(made);
            return made;
        }

        public void Dispose() => _made.ForEach(meter => meter.Dispose());
    }
}
