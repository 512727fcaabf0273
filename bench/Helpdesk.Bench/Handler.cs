using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Azure.Data.Tables;
using Azure.Storage.Queues;
using Helpdesk.Functions.Tickets;
using Helpdesk.Testing;
using Helpdesk.Tickets;

namespace Helpdesk.Bench;

/// <summary>The app as a process of its own, alone or below the laptop host.</summary>
internal sealed class Handler : IAsyncDisposable
{
    private const string Key = "hd_first_key_of_the_benchmark";
    private readonly Process _process;
    private readonly HttpClient _http;

    private Handler(Process process, int port)
    {
        _process = process;
        // What the app says went wrong is worth more than a number.
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data?.Contains(" fail: ", StringComparison.Ordinal) == true)
                Console.Error.WriteLine(line.Data);
        };
        process.BeginOutputReadLine();
        _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 64 }) { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        _http.DefaultRequestHeaders.Authorization = new("Bearer", Key);
    }

    public static Handler Begin(string folder, string storage)
    {
        var port = AzuriteServer.FreePort();
        var start = new ProcessStartInfo(Path.Combine(folder, "Helpdesk.Functions")) { WorkingDirectory = folder, RedirectStandardOutput = true };
        start.Environment["FUNCTIONS_CUSTOMHANDLER_PORT"] = port.ToString(CultureInfo.InvariantCulture);
        Set(start, storage);
        return new(Process.Start(start)!, port);
    }

    public static async Task<Handler> StartAsync(string folder, string storage)
    {
        var handler = Begin(folder, storage);
        await handler.WhenUpAsync();
        return handler;
    }

    public static async Task<Handler> StartHostAsync(string folder, string storage)
    {
        var port = AzuriteServer.FreePort();
        var host = Path.Combine(AzuriteServer.Root, "functions/Helpdesk.LocalHost/bin/Release/net10.0/Helpdesk.LocalHost.dll");
        var data = Directory.CreateTempSubdirectory("helpdesk-bench-").FullName;
        var start = new ProcessStartInfo("dotnet", [host, "--app", folder, "--port", port.ToString(CultureInfo.InvariantCulture), "--data", data, "--storage", storage]) { RedirectStandardOutput = true };
        Set(start, storage);
        var handler = new Handler(Process.Start(start)!, port);
        await handler.WhenUpAsync();
        return handler;
    }

    /// <summary>Where it answers.</summary>
    public Uri Address => _http.BaseAddress!;

    public async Task OpenAsync()
    {
        using var content = JsonContent.Create(new { subject = "Printer", description = "It is on fire", requester = new { email = $"r{Environment.TickCount64 % 1000}@example.com", name = "Rita" } });
        await content.LoadIntoBufferAsync();
        using var answer = await _http.PostAsync("/api/tickets", content);
        answer.EnsureSuccessStatusCode();
    }

    public async Task GetAsync(string path)
    {
        using var answer = await _http.GetAsync(path);
        answer.EnsureSuccessStatusCode();
        if (!(await answer.Content.ReadAsStringAsync()).Contains("\"number\"", StringComparison.Ordinal))
            throw new InvalidDataException("The page is empty.");
    }

    /// <summary>Opens a ticket as soon as somebody answers.</summary>
    public async Task OpenWhenUpAsync()
    {
        while (true)
        {
            try
            {
                await OpenAsync();
                return;
            }
            catch (HttpRequestException notYet) when (notYet.HttpRequestError == HttpRequestError.ConnectionError)
            {
                await Task.Yield();
            }
        }
    }

    /// <summary>Sends a request and gives its answer; an error is one.</summary>
    public async Task<System.Text.Json.Nodes.JsonNode> SendAsync(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        if (request.Content is not null)
            await request.Content.LoadIntoBufferAsync();
        using var answer = await _http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? System.Text.Json.Nodes.JsonNode.Parse(text)! : throw new InvalidOperationException($"{path} answered {(int)answer.StatusCode}: {text}");
    }

    /// <summary>Resident memory of the process.</summary>
    public double MemoryMegabytes()
    {
        _process.Refresh();
        return _process.WorkingSet64 / 1e6;
    }

    /// <summary>Waits until no delivery is under way any more. Asked seldom: counting messages is work for Azurite.</summary>
    public static async Task QuietAsync(string storage)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        var queue = new QueueClient(storage, "ticket-events");
        while ((await queue.GetPropertiesAsync()).Value.ApproximateMessagesCount > 0)
            await timer.WaitForNextTickAsync();
    }

    public async ValueTask DisposeAsync()
    {
        using (var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _http.Dispose();
    }

    private Task WhenUpAsync() => Until.TrueAsync(async () =>
    {
        try
        {
            using var answer = await _http.GetAsync("/api/health");
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }, TimeSpan.FromSeconds(60), "the app answers");

    private static void Set(ProcessStartInfo start, string storage)
    {
        start.Environment["AzureWebJobsStorage"] = storage;
        start.Environment["HELPDESK_ADMIN_KEY"] = Key;
        start.Environment["Logging__Level"] = "Warning";
        start.Environment["Chat__PerMinute"] = "1000000";
    }
}

/// <summary>What a number of clients reached together.</summary>
internal sealed record Rate(double PerSecond, double P50, double P99);

/// <summary>Clients that each do one thing after the other for a while.</summary>
internal static class Load
{
    public static async Task<Rate> RunAsync(int clients, TimeSpan span, Func<int, Task> once)
    {
        await Task.WhenAll(Enumerable.Range(0, clients).Select(once));
        var times = new ConcurrentBag<double>();
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(async client =>
        {
            while (Stopwatch.GetElapsedTime(began) < span)
            {
                var one = Stopwatch.GetTimestamp();
                await once(client);
                times.Add(Stopwatch.GetElapsedTime(one).TotalMilliseconds);
            }
        }));
        var elapsed = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var sorted = times.Order().ToList();
        return new(sorted.Count / elapsed, sorted[sorted.Count / 2], sorted[(int)(sorted.Count * 0.99)]);
    }
}

/// <summary>Rows of the list of open tickets, written as the app writes them, for the order that is read.</summary>
internal static class ListRows
{
    public static async Task FillAsync(TableClient table, int from, int to)
    {
        var start = new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var rows = Enumerable.Range(from + 1_000_000, to - from).Select(number =>
        {
            var at = start.AddSeconds(number);
            var summary = JsonSerializer.Serialize(new
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
            });
            var partition = TicketList.Partition("main", TicketList.Status, "open", live: true, number % ListPosition.Shards);
            return new TableEntity(partition, TicketList.RowKey(TicketOrder.UpdatedDescending, at.ToUnixTimeMilliseconds(), number)) { ["Ticket"] = summary };
        });
        foreach (var partition in rows.GroupBy(row => row.PartitionKey))
        {
            foreach (var chunk in partition.Chunk(100))
                await table.SubmitTransactionAsync(chunk.Select(row => new TableTransactionAction(TableTransactionActionType.UpsertReplace, row)));
        }
    }

    /// <summary>What a page asks of storage: the first rows of each shard.</summary>
    public static Task ReadAsync(TableClient table) => Task.WhenAll(Enumerable.Range(0, ListPosition.Shards).Select(async shard =>
    {
        var partition = TicketList.Partition("main", TicketList.Status, "open", live: true, shard);
        await foreach (var page in table.QueryAsync<TableEntity>(TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey gt {"ud-"} and RowKey lt {"ud."}"), 26).AsPages())
        {
            if (page.Values.Count != 26)
                throw new InvalidDataException("A shard has too few rows.");
            break;
        }
    }));
}
