using System.Text.Json;
using Azure.Data.Tables;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Bench;

/// <summary>A list page among few tickets and among many, against the bare range queries it consists of.</summary>
internal static class ListBench
{
    private static readonly string Open = TicketList.Start(TicketList.Status, "open");

    public static async Task RunAsync(AppFolder app)
    {
        await using var azurite = await Storage.StartAsync(inMemory: true);
        await using var worker = await WorkerProcess.StartAsync(app, Desk.Settings(azurite.ConnectionString));
        var table = new TableClient(azurite.ConnectionString, "TicketLists");
        await OpenBench.WithoutPromisesAsync(worker.Desk);
        await worker.Desk.OpenAsync();
        await Storage.QuietAsync(azurite.ConnectionString, Storage.Deliveries);
        Console.WriteLine(
            "\n## A list page (status=open, 25 tickets), against the bare range queries it consists of\n\n| tickets in the list | storage "
                + "requests | bare p50 | page p50 | page p99 | ratio |\n|---|---|---|---|---|---|"
        );
        var filled = 0;
        foreach (var tickets in new[] { 1_000, 100_000 })
        {
            await FillAsync(table, filled, tickets);
            filled = tickets;
            var bare = await Load.RunAsync(1, TimeSpan.FromSeconds(6), _ => ReadAsync(table));
            var page = await Load.RunAsync(1, TimeSpan.FromSeconds(6), _ => worker.Desk.GetAsync("/api/tickets?status=open"));
            Console.WriteLine(
                Figures.Text($"| {tickets} | {TicketList.Shards} | {bare.P50:F1} ms | {page.P50:F1} ms | {page.P99:F1} ms | {page.P50 / bare.P50:F2} |")
            );
        }
    }

    /// <summary>Writes rows of the list of open tickets as the app writes them, for the order that is read.</summary>
    public static async Task FillAsync(TableClient table, int from, int to)
    {
        var start = new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var rows = Enumerable
            .Range(from + 1_000_000, to - from)
            .Select(number =>
            {
                var at = start.AddSeconds(number);
                var summary = JsonSerializer.Serialize(
                    new
                    {
                        id = $"{number}-aaaaaaaaaa",
                        number,
                        workspace = "main",
                        subject = $"Ticket {number}",
                        description = "",
                        status = "open",
                        priority = "normal",
                        tier = 1,
                        requester = new { email = "rita@example.com", name = "Rita" },
                        tags = Array.Empty<string>(),
                        customFields = new { },
                        channel = "api",
                        createdAt = at.UtcDateTime,
                        updatedAt = at.UtcDateTime,
                        version = 2,
                    }
                );
                var partition = TicketList.Partition("main", live: true, number % TicketList.Shards);
                return new TableEntity(partition, Open + TicketList.RowKey(TicketOrder.UpdatedDescending, at.ToUnixTimeMilliseconds(), number))
                {
                    ["Ticket"] = summary,
                };
            });
        foreach (var partition in rows.GroupBy(row => row.PartitionKey))
        {
            foreach (var chunk in partition.Chunk(100))
                await table.SubmitTransactionAsync(chunk.Select(row => new TableTransactionAction(TableTransactionActionType.UpsertReplace, row)));
        }
    }

    /// <summary>What a page asks of storage: the first rows of each shard.</summary>
    private static Task ReadAsync(TableClient table) =>
        Task.WhenAll(
            Enumerable
                .Range(0, TicketList.Shards)
                .Select(async shard =>
                {
                    var partition = TicketList.Partition("main", live: true, shard);
                    await foreach (
                        var page in table
                            .QueryAsync<TableEntity>(
                                TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey gt {Open + "ud-"} and RowKey lt {Open + "ud."}"),
                                26
                            )
                            .AsPages()
                    )
                    {
                        if (page.Values.Count != 26)
                            throw new InvalidDataException("A shard has too few rows.");
                        break;
                    }
                })
        );
}
