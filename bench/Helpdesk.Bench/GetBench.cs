using System.Diagnostics;
using Azure.Data.Tables;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Bench;

/// <summary>Reading one ticket, among few and among many, from the emulator.</summary>
internal static class GetBench
{
    private const int Rounds = 5;
    private const int ReadsPerRound = 200;

    /// <summary>Reads tickets through the app and their rows by themselves, with the smaller and with the larger number stored.</summary>
    public static async Task RunAsync(AppFolder app, int few, int many)
    {
        // In memory: otherwise the emulator writes its whole database every few seconds, and a read that meets this measures the disk.
        await using var azurite = await Storage.StartAsync(inMemory: true);
        await using var host = await HostProcess.StartAsync(app, azurite.ConnectionString);
        var opened = await host.Desk.SendAsync(
            HttpMethod.Post,
            "/api/tickets",
            new
            {
                subject = "Printer",
                description = "It is on fire",
                requester = new { email = "rita@example.com", name = "Rita" },
            }
        );
        var model = TicketAddress.Parse("main", opened["id"]!.GetValue<string>())!.Value;
        await Storage.QuietAsync(azurite.ConnectionString, Storage.Deliveries);
        var table = new TableClient(azurite.ConnectionString, "Tickets");
        var rows = new List<TableEntity>();
        await foreach (var row in table.QueryAsync<TableEntity>(TableClient.CreateQueryFilter($"PartitionKey eq {model.Partition}")))
            rows.Add(row);
        var ticketRow = rows.Single(row => row.ContainsKey("Description")).RowKey;

        Console.WriteLine(
            "\n## Reading one ticket, among few and among many\n\n| tickets | its row alone, ms: median (lowest, highest) of the rounds | "
                + "through host and app, ms |\n|---|---|---|"
        );
        var (bare, read) = (new List<double>(), new List<double>());
        var stored = 1;
        foreach (var tickets in new[] { few, many })
        {
            await FillAsync(table, model, rows, stored + 1, tickets);
            stored = tickets;
            // The first reads find a program that is not compiled yet.
            await MedianAsync(tickets, address => host.Desk.GetAsync($"/api/tickets/{address.Number}"));
            // Rounds of the two are taken in turns, so that whatever else the machine does meets both.
            var (bareRounds, readRounds) = (new List<double>(), new List<double>());
            for (var round = 0; round < Rounds; round++)
            {
                bareRounds.Add(await MedianAsync(tickets, address => table.GetEntityAsync<TableEntity>(address.Partition, KeyOf(ticketRow, model, address))));
                readRounds.Add(await MedianAsync(tickets, address => host.Desk.GetAsync($"/api/tickets/{address.Number}")));
            }

            bare.Add(Figures.Median(bareRounds));
            read.Add(Figures.Median(readRounds));
            Console.WriteLine(Figures.Text($"| {tickets} | {Figures.Spread(bareRounds, "F2")} | {Figures.Spread(readRounds, "F2")} |"));
        }

        Console.WriteLine(
            Figures.Text($"\nRatio of many to few: {bare[1] / bare[0]:F2} its row alone, {read[1] / read[0]:F2} through host and app (budget 2.00)")
        );
    }

    /// <summary>Writes tickets as the app has written the first one, with other numbers, a transaction each.</summary>
    private static Task FillAsync(TableClient table, TicketAddress model, List<TableEntity> rows, int from, int to) =>
        Parallel.ForEachAsync(
            Enumerable.Range(from, to - from + 1),
            new ParallelOptions { MaxDegreeOfParallelism = 8 },
            async (number, cancelled) =>
            {
                var address = new TicketAddress(model.Workspace, number, $"{number}{model.Id!.AsSpan(model.Id!.IndexOf('-', StringComparison.Ordinal))}");
                await table.SubmitTransactionAsync(
                    rows.Select(row => new TableTransactionAction(TableTransactionActionType.Add, Copy(row, model, address))),
                    cancelled
                );
            }
        );

    private static TableEntity Copy(TableEntity row, TicketAddress from, TicketAddress to)
    {
        var copy = new TableEntity(to.Partition, KeyOf(row.RowKey, from, to));
        foreach (var (name, value) in row.Where(column => column.Key is not ("PartitionKey" or "RowKey" or "Timestamp" or "odata.etag")))
            copy[name] = value is string text
                ? text.Replace(from.Id!, to.Id!, StringComparison.Ordinal)
                    .Replace($"\"number\":{from.Number},", $"\"number\":{to.Number},", StringComparison.Ordinal)
                : value;
        return copy;
    }

    /// <summary>A row's key in another ticket's partition, which every key begins with.</summary>
    private static string KeyOf(string key, TicketAddress from, TicketAddress to) => key.Replace(from.Partition, to.Partition, StringComparison.Ordinal);

    private static async Task<double> MedianAsync(int tickets, Func<TicketAddress, Task> read)
    {
        var times = new List<double>();
        for (var i = 0; i < ReadsPerRound; i++)
        {
            // A stride that no number of tickets shares a factor with: reads go all over the table, the same ones in every run.
            var address = new TicketAddress("main", 1 + i * 7919L % tickets);
            var began = Stopwatch.GetTimestamp();
            await read(address);
            times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }

        return Figures.Median(times);
    }
}
