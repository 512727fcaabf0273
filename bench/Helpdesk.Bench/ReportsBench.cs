using System.Diagnostics;
using System.Diagnostics.Metrics;
using Azure.Core;
using Helpdesk.Functions.Reports;
using Helpdesk.Functions.Storage;
using Helpdesk.Reports;
using Helpdesk.Tickets;

namespace Helpdesk.Bench;

/// <summary>Reports of a year, among few tickets and among many: what reading the days costs, and making the numbers of them.</summary>
internal static class ReportsBench
{
    private const int Step = 1_000;
    private static readonly DateOnly First = new(2025, 1, 1);
    private static readonly string[] Tags = ["vpn", "printer", "network", "account", "hardware"];

    public static async Task RunAsync(params int[] sizes)
    {
        await using var azurite = await Storage.StartAsync(inMemory: true);
        using var meters = new Meters();
        var meter = new Requests(meters);
        var clients = new StorageClients(
            new StorageOptions(azurite.ConnectionString, azurite.ConnectionString, azurite.ConnectionString),
            [new StorageName(StorageKind.Table, ReportCounts.TableName)],
            meter
        );
        var days = new ReportDays(clients);
        Console.WriteLine(
            "\n## A report of a year\n\n| tickets | report | storage requests | the first time | worker's CPU | elapsed (p50 of 5) | lines |\n"
                + "|---|---|---|---|---|---|---|"
        );
        foreach (var tickets in sizes)
        {
            var workspace = Figures.Text($"of-{tickets}");
            for (var filled = 0; filled < tickets; filled += Step)
                await days.CountAsync(workspace, [.. Enumerable.Range(filled + 1, Step).Select(number => TicketOf(number, tickets))], CancellationToken.None);
            foreach (
                var (name, by) in new (ReportName, ReportDimension[])[]
                {
                    (ReportName.Volume, [ReportDimension.Month, ReportDimension.Group]),
                    (ReportName.Resolution, [ReportDimension.Priority]),
                    (ReportName.Volume, [ReportDimension.Tag]),
                    (ReportName.Backlog, [ReportDimension.Week]),
                }
            )
                await ReportAsync(days, meter, workspace, tickets, new(name, First, First.AddDays(364), by, "Europe/Berlin"));
        }
    }

    private static async Task ReportAsync(ReportDays days, Requests meter, string workspace, int tickets, ReportRequest request)
    {
        var (from, to) = Report.Span(request);
        var before = meter.Count;
        var lines = await MakeAsync();
        var first = meter.Count - before;
        var (times, cpu, requests) = (new List<double>(), Environment.CpuUsage.TotalTime, meter.Count);
        for (var i = 0; i < 5; i++)
        {
            var started = Stopwatch.GetTimestamp();
            await MakeAsync();
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        var (each, asked) = ((Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds / 5, (meter.Count - requests) / 5);
        Console.WriteLine(
            Figures.Text($"| {tickets} | {request.Name} by {string.Join(", ", request.By)} | {asked} | {first} | {each:F0} ms ")
                + Figures.Text($"| {Figures.Median(times):F0} ms | {lines} |")
        );

        async Task<int> MakeAsync()
        {
            var (measures, earlier) = await days.ReadAsync(workspace, from, to, request.Name == ReportName.Backlog, CancellationToken.None);
            return Report.Make(request, measures, earlier).Rows.Count;
        }
    }

    /// <summary>A ticket that is opened, answered twice and resolved, spread evenly over the year.</summary>
    private static CountedTicket TicketOf(int number, int tickets)
    {
        var opened = new DateTimeOffset(First, TimeOnly.MinValue, TimeSpan.Zero).AddMinutes(number * (364d * 24 * 60 / tickets));
        var of = new MeasureOf(
            (IntakeChannel)(number % 7),
            (TicketPriority)(number % 4),
            1,
            Figures.Text($"group-{number % 8}"),
            Figures.Text($"agent-{number % 40}"),
            "problem",
            Figures.Text($"organisation-{number % 90}"),
            Tags[number % 5]
        );
        Measure At(MeasureKind kind, double hours, double value, string? by = null) => new(kind, number, opened.AddHours(hours), value, of, by);
        return new(
            number,
            9,
            [
                At(MeasureKind.Opened, 0, 1),
                At(MeasureKind.Backlog, 0, 1),
                At(MeasureKind.Reply, 1, 1, of.Assignee),
                At(MeasureKind.FirstReply, 1, 3600, of.Assignee),
                At(MeasureKind.Reply, 5, 1, of.Assignee),
                At(MeasureKind.Resolved, 20 + number % 30, 3600 * (20 + number % 30), of.Assignee),
                At(MeasureKind.Backlog, 20 + number % 30, -1),
                At(MeasureKind.SlaMet, 1, 1),
            ]
        );
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
