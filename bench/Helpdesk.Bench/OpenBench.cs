using System.Diagnostics;
using Azure.Data.Tables;
using Azure.Storage.Queues;
using Helpdesk.Testing;

namespace Helpdesk.Bench;

/// <summary>
/// Opening tickets: how many in a second, against the same clients' bare storage requests; what each costs in processor time and in storage requests.
/// </summary>
internal static class OpenBench
{
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(5);

    public static async Task RateAsync(AppFolder app)
    {
        await using var azurite = await Storage.StartAsync();
        await using var worker = await WorkerProcess.StartAsync(app, Desk.Settings(azurite.ConnectionString));
        await using var host = await HostProcess.StartAsync(app, azurite.ConnectionString);
        // The worker alone has nobody who would take what promises start.
        await WithoutPromisesAsync(host.Desk);
        await worker.Desk.OpenAsync();
        await host.Desk.OpenAsync();
        var queue = new QueueClient(azurite.ConnectionString, "bare-queue");
        await queue.CreateIfNotExistsAsync();
        var table = new TableClient(azurite.ConnectionString, "BareTable");
        await table.CreateIfNotExistsAsync();
        Console.WriteLine(
            "\n## Opening tickets, against the bare storage requests (one queue message, one transaction)\n\n| clients | bare /s | app /s | "
                + "ratio | app p50 | app p99 | host and app /s | ratio | p50 | p99 |\n|---|---|---|---|---|---|---|---|---|---|"
        );
        foreach (var clients in new[] { 1, 8, 32 })
        {
            var (bare, alone, hosted) = (new List<Rate>(), new List<Rate>(), new List<Rate>());
            // Taken in turns, so that whatever else the machine does meets all three.
            for (var round = 0; round < 3; round++)
            {
                bare.Add(await Load.RunAsync(clients, Span, _ => BareAsync(queue, table)));
                await queue.ClearMessagesAsync();
                alone.Add(await Load.RunAsync(clients, Span, _ => worker.Desk.OpenAsync()));
                await Storage.QuietAsync(azurite.ConnectionString, Storage.Deliveries);
                hosted.Add(await Load.RunAsync(clients, Span, _ => host.Desk.OpenAsync()));
                await Storage.QuietAsync(azurite.ConnectionString, Storage.Deliveries);
            }

            var rate = Figures.Median(bare.Select(one => one.PerSecond));
            Console.WriteLine(Figures.Text($"| {clients} | {Rates(bare)} | {Row(alone, rate)} | {Row(hosted, rate)} |"));
        }
    }

    /// <summary>Processor time of each process from the first request until everything is delivered.</summary>
    public static async Task CpuAsync(AppFolder app)
    {
        const int warmUp = 300,
            rounds = 3;
        Console.WriteLine(
            "\n## Processor time of a ticket, opened and delivered, in milliseconds; median (lowest, highest) of the rounds\n\n| desk | "
                + "worker | host | Azurite | all | idle before, each second: worker, host, Azurite |\n|---|---|---|---|---|---|"
        );
        // With promises each of them starts an orchestration, which costs more than the ticket does.
        foreach (var (promises, tickets) in new[] { (false, 1_000), (true, 300) })
        {
            await using var azurite = await Storage.StartAsync();
            await using var host = await HostProcess.StartAsync(app, azurite.ConnectionString);
            if (!promises)
                await WithoutPromisesAsync(host.Desk);
            int[] processes = [host.WorkerId, host.Id, azurite.ProcessId];
            await Load.TimesAsync(clients: 8, warmUp, _ => host.Desk.OpenAsync());
            await SettledAsync(azurite);
            var idle = await MeasureAsync(processes, () => Task.Delay(TimeSpan.FromSeconds(10), TimeProvider.System));
            var spent = new List<double[]>();
            for (var round = 0; round < rounds; round++)
            {
                spent.Add(
                    await MeasureAsync(
                        processes,
                        async () =>
                        {
                            await Load.TimesAsync(clients: 8, tickets, _ => host.Desk.OpenAsync());
                            await SettledAsync(azurite);
                        }
                    )
                );
            }

            string Column(Func<double[], double> of) => Figures.Spread([.. spent.Select(round => of(round) / tickets)], "F1");
            Console.WriteLine(
                Figures.Text($"| {(promises ? "standard policy" : "without SLA")} | ")
                    + Figures.Text($"{Column(round => round[0])} | {Column(round => round[1])} | {Column(round => round[2])} | ")
                    + Figures.Text($"{Column(round => round.Sum())} | {idle[0] / 10:F0}, {idle[1] / 10:F0}, {idle[2] / 10:F0} |")
            );
        }

        Console.WriteLine("\nBudget: worker 2.6, host 2.5, all 13.");
    }

    /// <summary>Storage requests of one ticket after the other, from the first one until everything is delivered.</summary>
    public static async Task RequestsAsync(AppFolder app)
    {
        const int tickets = 20;
        Console.WriteLine("\n## Storage requests of a ticket, opened and delivered\n\n| desk | requests each | idle, in as long a time |\n|---|---|---|");
        foreach (var promises in new[] { false, true })
        {
            await using var azurite = await Storage.StartAsync(keepRequests: true);
            await using var host = await HostProcess.StartAsync(app, azurite.ConnectionString);
            if (!promises)
                await WithoutPromisesAsync(host.Desk);
            // The first ticket finds the tables, the keys and the orchestrations.
            await host.Desk.OpenAsync();
            await SettledAsync(azurite);
            azurite.TakeRequests();
            var began = Stopwatch.GetTimestamp();
            for (var i = 0; i < tickets; i++)
                await host.Desk.OpenAsync();
            await SettledAsync(azurite);
            var work = Storage.Work(azurite.TakeRequests()).Count();
            await Task.Delay(Stopwatch.GetElapsedTime(began), TimeProvider.System);
            var idle = Storage.Work(azurite.TakeRequests()).Count();
            Console.WriteLine(Figures.Text($"| {(promises ? "standard policy" : "without SLA")} | {(double)work / tickets:F1} | {idle} |"));
        }

        Console.WriteLine("\nBudget: 12 without SLA.");
    }

    /// <summary>Takes the standard policy and the closing of quiet tickets off a desk.</summary>
    public static async Task WithoutPromisesAsync(Desk desk)
    {
        await desk.SendAsync(HttpMethod.Patch, "/api/sla/policies/standard", new { active = false });
        await desk.SendAsync(HttpMethod.Patch, "/api/automations/closing", new { closeResolvedAfter = (string?)null });
    }

    /// <summary>Until the queues are empty, and the orchestrations that this started have gone to sleep.</summary>
    private static async Task SettledAsync(AzuriteServer azurite)
    {
        await Storage.QuietAsync(azurite.ConnectionString, Storage.Deliveries, Storage.Watches);
        await Task.Delay(TimeSpan.FromSeconds(4), TimeProvider.System);
    }

    private static async Task<double[]> MeasureAsync(int[] processes, Func<Task> work)
    {
        var before = processes.Select(ProcessFacts.Cpu).ToList();
        await work();
        return [.. processes.Select((id, i) => (ProcessFacts.Cpu(id) - before[i]).TotalMilliseconds)];
    }

    private static string Rates(List<Rate> rates) => Figures.Spread([.. rates.Select(rate => rate.PerSecond)], "F0");

    private static string Row(List<Rate> rates, double bare) =>
        Figures.Text($"{Rates(rates)} | {Figures.Median(rates.Select(rate => rate.PerSecond)) / bare:F2} | ")
        + Figures.Text($"{Figures.Median(rates.Select(rate => rate.P50)):F1} ms | {Figures.Median(rates.Select(rate => rate.P99)):F1} ms");

    private static async Task BareAsync(QueueClient queue, TableClient table)
    {
        var partition = Guid.NewGuid().ToString("N");
        await queue.SendMessageAsync(
            $$"""{"workspace":"main","number":1,"upTo":1,"sentAt":"2026-01-01T00:00:00.000Z","sender":"{{partition}}"}""",
            TimeSpan.FromSeconds(3600),
            TimeSpan.FromSeconds(-1)
        );
        var state = new string('x', 600);
        await table.SubmitTransactionAsync([
            new(
                TableTransactionActionType.Add,
                new TableEntity(partition, $"{partition}:ticket")
                {
                    ["State"] = state,
                    ["Description"] = "It is on fire",
                    ["Status"] = "new",
                    ["Version"] = 1L,
                }
            ),
            new(
                TableTransactionActionType.Add,
                new TableEntity(partition, $"{partition}:event-0000000001")
                {
                    ["Data"] = state,
                    ["Type"] = "ticket-opened",
                    ["By"] = "agent",
                    ["At"] = TimeProvider.System.GetUtcNow(),
                }
            ),
        ]);
    }
}
