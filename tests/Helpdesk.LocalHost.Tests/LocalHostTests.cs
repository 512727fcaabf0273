using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Helpdesk.Testing;

[assembly: AssemblyFixture(typeof(Helpdesk.LocalHost.Tests.StorageFixture))]
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Helpdesk.LocalHost.Tests;

public sealed class StorageFixture : IAsyncLifetime
{
    private AzuriteServer _azurite = null!;

    public string Storage => _azurite.ConnectionString;

    public async ValueTask InitializeAsync() => _azurite = await AzuriteServer.StartAsync();

    public ValueTask DisposeAsync() => _azurite.DisposeAsync();
}

/// <summary>The real host process with a handler that does what each call says.</summary>
internal sealed class RunningHost : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _folder;
    private readonly StringBuilder _output = new();

    private RunningHost(Process process, string folder, int port)
    {
        (_process, _folder, Port) = (process, folder, port);
        Http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
    }

    public int Port { get; }
    public HttpClient Http { get; }
    public int Pid => _process.Id;

    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    /// <summary>Where its task hub answers, when it was told to.</summary>
    public int DurablePort { get; private init; }

    public static RunningHost Begin(string storage, string suffix, int? port = null, string? folder = null, params (string Name, string Value)[] environment)
    {
        var own = folder ?? Directory.CreateTempSubdirectory("helpdesk-host-").FullName;
        var app = Path.Combine(own, "app");
        if (folder is null)
            WriteApp(app, suffix);
        var listen = port ?? AzuriteServer.FreePort();
        var durable = environment.Any(setting => setting.Name == "DURABLE") ? AzuriteServer.FreePort() : 0;
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Helpdesk.LocalHost.dll"), "--app", app, "--port", listen.ToString(CultureInfo.InvariantCulture), "--data", Path.Combine(own, "data"), "--storage", storage, .. durable is 0 ? Array.Empty<string>() : ["--durable-port", durable.ToString(CultureInfo.InvariantCulture)]])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["RECORD"] = Path.Combine(own, "record");
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        var process = Process.Start(start)!;
        var host = new RunningHost(process, own, listen) { DurablePort = durable };
        void Keep(object _, DataReceivedEventArgs line)
        {
            lock (host._output)
                host._output.AppendLine(line.Data);
        }

        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return host;
    }

    public static async Task<RunningHost> StartAsync(string storage, string suffix, string? folder = null, params (string Name, string Value)[] environment)
    {
        var host = Begin(storage, suffix, null, folder, environment);
        await Until.TrueAsync(() => Task.FromResult(host.Output.Contains("is ready at", StringComparison.Ordinal)), "the host is ready");
        return host;
    }

    public async Task<(int Code, string Output)> ExitAsync()
    {
        // Not WaitForExitAsync: that waits for the output's end too, and an orphan of a killed host holds it open.
        await Until.TrueAsync(() => Task.FromResult(_process.HasExited), "the host ends");
        await Until.TrueAsync(() => Task.FromResult(Output.Length > 0), "it has said something");
        return (_process.ExitCode, Output);
    }

    /// <summary>What the handler wrote down, a call each.</summary>
    public List<JsonNode> Record() => File.Exists(Path.Combine(_folder, "record"))
        ? [.. File.ReadAllLines(Path.Combine(_folder, "record")).Select(line => JsonNode.Parse(line)!)]
        : [];

    public List<JsonNode> Calls(string url) => [.. Record().Where(line => line["url"]?.GetValue<string>() == url)];

    public int HandlerPid() => Record().Last(line => line["started"] is not null)["started"]!.GetValue<int>();

    public string Folder => _folder;

    public Task SignalAsync(string signal, int? pid = null) =>
        Process.Start("kill", [$"-{signal}", (pid ?? _process.Id).ToString(CultureInfo.InvariantCulture)]).WaitForExitAsync();

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await SignalAsync("TERM");
            await ExitAsync();
        }

        _process.Dispose();
        Http.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static void WriteApp(string app, string suffix)
    {
        void Function(string name, string json)
        {
            Directory.CreateDirectory(Path.Combine(app, name));
            File.WriteAllText(Path.Combine(app, name, "function.json"), json);
        }

        Function("Api", """{"bindings":[{"type":"httpTrigger","direction":"in","name":"req","authLevel":"anonymous","methods":["get","head","post","put","patch","delete","options"],"route":"api/{*path:regex(^[A-Za-z0-9._~/-]*$)}"},{"type":"http","direction":"out","name":"res"}]}""");
        Function("Open", """{"bindings":[{"type":"httpTrigger","direction":"in","name":"req","authLevel":"anonymous","route":"open/{*path}"},{"type":"http","direction":"out","name":"res"}]}""");
        Function("QueueIn", $$"""{"bindings":[{"type":"queueTrigger","direction":"in","name":"item","queueName":"in-{{suffix}}","connection":"AzureWebJobsStorage"}]}""");
        Function("Tick", """{"bindings":[{"type":"timerTrigger","direction":"in","name":"myTimer","schedule":"* * * * * *"}]}""");
        Function("Yearly", """{"bindings":[{"type":"timerTrigger","direction":"in","name":"myTimer","schedule":"0 0 0 1 1 *"}]}""");
        File.WriteAllText(Path.Combine(app, "host.json"), $$$$"""
            {"version":"2.0","functionTimeout":"00:00:04","customHandler":{"description":{"defaultExecutablePath":"{{{{Path.Combine(AppContext.BaseDirectory, "ScriptedHandler")}}}}"},"enableForwardingHttpRequest":true},
             "extensions":{"http":{"routePrefix":""},"queues":{"batchSize":4,"newBatchThreshold":2,"visibilityTimeout":"00:00:01","maxDequeueCount":3,"maxPollingInterval":"00:00:00.2","messageEncoding":"none"}}}
            """);
    }
}

public sealed class LocalHostTests(StorageFixture storage)
{
    private static string Suffix() => Guid.NewGuid().ToString("N")[..12];

    [Fact]
    public async Task Calls_are_forwarded_as_recorded()
    {
        await using var host = await RunningHost.StartAsync(storage.Storage, Suffix());
        foreach (var file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "recordings/01-http-forwarding"), "fwd-*").Order())
        {
            var recorded = JsonNode.Parse(await File.ReadAllTextAsync(file))!["request"]!;
            var line = recorded["requestLine"]!.GetValue<string>().Split(' ');
            var body = recorded["bodyText"]!.GetValue<string>();
            if (!line[1].StartsWith("/api/", StringComparison.Ordinal) || body.Contains('\uFFFD', StringComparison.Ordinal))
                continue; // Readiness probes, timers, and bodies that the recording itself could not hold as text.
            // A path with an escaped slash is one that only a route without our constraint lets through.
            var url = line[1].Contains('%', StringComparison.Ordinal) ? "/open" + line[1][4..] : line[1];
            using var request = new HttpRequestMessage(new HttpMethod(line[0]), new Uri(host.Http.BaseAddress + url[1..], new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
            var expected = recorded["rawHeaders"]!.AsArray().Select(header => header!.GetValue<string>().Split(": ", 2)).ToDictionary(pair => pair[0], pair => pair[1]);
            if (body.Length > 0)
                request.Content = new StringContent(body) { Headers = { ContentType = null } };
            foreach (var (name, value) in expected.Where(pair => !pair.Key.StartsWith("X-Azure", StringComparison.Ordinal) && pair.Key is not ("Host" or "Content-Length")))
            {
                var sent = name == "User-Agent" ? value.Replace(" Azure-Functions-Host/4.1037.0.0", "", StringComparison.Ordinal) : value;
                if (name == "Content-Type")
                    request.Content!.Headers.TryAddWithoutValidation(name, sent);
                else
                    request.Headers.TryAddWithoutValidation(name, sent);
            }

            using var answer = await host.Http.SendAsync(request);
            Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
            var received = host.Calls(url)[^1];
            Assert.Equal((line[0], body), (received["method"]!.GetValue<string>(), received["body"]!.GetValue<string>()));
            var headers = received["headers"]!.AsObject().ToDictionary(header => header.Key, header => header.Value!.GetValue<string>());
            Assert.Equal(expected.Keys.Order(StringComparer.OrdinalIgnoreCase), headers.Keys.Order(StringComparer.OrdinalIgnoreCase));
            foreach (var (name, value) in expected.Where(pair => pair.Key is not ("Host" or "X-Azure-Functions-InvocationId" or "Content-Length")))
                Assert.Equal(value, headers[name]);
            Assert.Equal($"127.0.0.1:{host.Port}", headers["Host"]);
        }
    }

    [Theory]
    [InlineData("/api/tickets/1?x=1&x=2&flag&e=", "/api/tickets/1?x=1,2&flag=&e=")]
    [InlineData("/open/a%2Fb%20c", "/open/a%2Fb%20c")]
    [InlineData("/open/a%252Fb", "/open/a%2Fb")]
    [InlineData("/open/a%3Fb", "/open/a?b")]
    [InlineData("/open/a%23b", "/open/a")]
    [InlineData("/open/a%5cb", "/open/a/b")]
    [InlineData("/open/..%5cQueueIn", "/QueueIn")]
    [InlineData("/open/%252e%252e/QueueIn", "/QueueIn")]
    public async Task A_path_reaches_the_handler_as_the_functions_host_would_send_it(string sent, string received)
    {
        await using var host = await RunningHost.StartAsync(storage.Storage, Suffix());
        await RawAsync(host.Port, $"GET {sent} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        Assert.Contains(received, host.Record().Select(line => line["url"]?.GetValue<string>()));
    }

    [Fact]
    public async Task Paths_with_a_constraint_chunks_and_unknown_routes_end_at_the_host()
    {
        await using var host = await RunningHost.StartAsync(storage.Storage, Suffix());
        foreach (var path in new[] { "/api/..%5cQueueIn", "/api/..\\QueueIn", "/api/%252e%252e/QueueIn", "/QueueIn", "/api/..%2fQueueIn", "/api/a%20b", "/api/a%3Fb", "//api/x", "/other" })
            Assert.StartsWith("HTTP/1.1 404 ", await RawAsync(host.Port, $"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 500 ", await RawAsync(host.Port, "POST /api/x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\n{}\r\n0\r\n\r\n"), StringComparison.Ordinal);
        Assert.DoesNotContain(host.Record(), line => line["url"]?.GetValue<string>() is "/QueueIn" or "/api/x");
        Assert.StartsWith("HTTP/1.1 200 ", await RawAsync(host.Port, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_come_back_as_the_handler_gave_them()
    {
        await using var host = await RunningHost.StartAsync(storage.Storage, Suffix());
        foreach (var (script, status) in new[] { ("f-204", 204), ("f-302", 302), ("f-304", 304), ("f-418", 418), ("f-500", 500), ("f-cookies", 201), ("destroy", 500) })
        {
            using var answer = await host.Http.GetAsync($"/api/tickets/1?b={script}");
            Assert.Equal(status, (int)answer.StatusCode);
            if (script == "destroy")
                Assert.Empty(await answer.Content.ReadAsByteArrayAsync());
            else
                Assert.Equal("yes", answer.Headers.GetValues("X-From-Handler").Single());
            if (script == "f-302")
                Assert.Equal("/api/tickets/9", answer.Headers.Location!.ToString());
            if (script == "f-cookies")
                Assert.Equal(["a=1; Path=/", "b=2; HttpOnly"], answer.Headers.GetValues("Set-Cookie"));
        }

        using var empty = await host.Http.PostAsync("/api/tickets/1", new ByteArrayContent([]) { Headers = { ContentType = new("application/json") } });
        Assert.DoesNotContain("Content-Type", host.Calls("/api/tickets/1")[^1]["headers"]!.AsObject().Select(header => header.Key));
        using var large = await host.Http.PostAsync("/api/large", new ByteArrayContent(new byte[31_000_000]));
        Assert.Equal(HttpStatusCode.Created, large.StatusCode);
    }

    [Fact]
    public async Task Messages_are_worked_tried_again_and_moved_to_the_poison_queue()
    {
        var suffix = Suffix();
        var queue = new QueueClient(storage.Storage, $"in-{suffix}");
        await queue.CreateAsync();
        await using var host = await RunningHost.StartAsync(storage.Storage, suffix);
        foreach (var text in new[] { "plain ünïcode", """{"ticket":"T1","n":5}""", "fail-once", "q-500 for ever" })
            await queue.SendMessageAsync(text);
        var poison = new QueueClient(storage.Storage, $"in-{suffix}-poison");
        await Until.TrueAsync(async () => await poison.ExistsAsync() && (await poison.PeekMessagesAsync(10)).Value.Length == 1, "the poison queue has the message");
        Assert.Equal("q-500 for ever", (await poison.PeekMessageAsync()).Value.Body.ToString());
        await Until.TrueAsync(async () => (await queue.GetPropertiesAsync()).Value.ApproximateMessagesCount == 0, "the queue is empty");

        var calls = host.Calls("/QueueIn");
        List<string> Texts(string part) => [.. calls.Select(call => JsonNode.Parse(call["body"]!.GetValue<string>())!).Where(body => body["Data"]!["item"]!.GetValue<string>().Contains(part, StringComparison.Ordinal)).Select(body => body["Metadata"]!["DequeueCount"]!.GetValue<string>())];
        Assert.Equal(["1"], Texts("T1"));
        Assert.Equal(["1"], Texts("plain ünïcode"));
        Assert.Equal(["1", "2"], Texts("fail-once"));
        Assert.Equal(["1", "2", "3"], Texts("q-500"));
        Assert.All(calls, call =>
        {
            var headers = call["headers"]!.AsObject();
            Assert.Equal("chunked", headers["Transfer-Encoding"]!.GetValue<string>());
            Assert.StartsWith("127.0.0.1:", headers["Host"]!.GetValue<string>(), StringComparison.Ordinal);
            Assert.Equal("application/json; charset=utf-8", headers["Content-Type"]!.GetValue<string>());
            Assert.Equal("Azure-Functions-Host/4.1037.0.0", headers["User-Agent"]!.GetValue<string>());
            Assert.NotNull(headers["X-Azure-Functions-InvocationId"]);
        });
    }

    [Fact]
    public async Task A_handler_that_dies_is_started_again_while_calls_wait()
    {
        var suffix = Suffix();
        await using var host = await RunningHost.StartAsync(storage.Storage, suffix);
        var first = host.HandlerPid();
        await host.SignalAsync("KILL", first);
        await Until.TrueAsync(async () =>
        {
            using var answer = await host.Http.GetAsync("/api/after");
            return answer.StatusCode == HttpStatusCode.Created;
        }, "calls succeed again");
        Assert.NotEqual(first, host.HandlerPid());
        using var died = await host.Http.GetAsync("/api/x?b=exit3");
        Assert.Equal(HttpStatusCode.InternalServerError, died.StatusCode);
        using var waited = await host.Http.GetAsync("/api/waits");
        Assert.True(waited.StatusCode is HttpStatusCode.Created or HttpStatusCode.InternalServerError);
    }

    [Fact]
    public async Task A_handler_that_ends_with_0_is_never_started_again()
    {
        await using var host = await RunningHost.StartAsync(storage.Storage, Suffix());
        using var ended = await host.Http.GetAsync("/api/x?b=exit0");
        await Until.TrueAsync(() => Task.FromResult(host.Output.Contains("exit code 0", StringComparison.Ordinal)), "the host has noticed");
        using var after = await host.Http.GetAsync("/api/x");
        Assert.Equal(HttpStatusCode.InternalServerError, after.StatusCode);
        Assert.Single(host.Record(), line => line["started"] is not null);
    }

    [Fact]
    public async Task A_call_that_takes_too_long_is_answered_with_500_and_the_handler_is_killed()
    {
        await using var host = await RunningHost.StartAsync(storage.Storage, Suffix());
        var first = host.HandlerPid();
        using var answer = await host.Http.GetAsync("/api/x?b=hang");
        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        await Until.TrueAsync(() => Task.FromResult(host.HandlerPid() != first), "another handler runs");
    }

    [Fact]
    public async Task Timers_run_and_one_missed_run_is_made_up_for()
    {
        var suffix = Suffix();
        var container = new BlobContainerClient(storage.Storage, "azure-webjobs-hosts");
        await container.CreateIfNotExistsAsync();
        var status = new TimerStatus(new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero), new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await container.GetBlobClient("timers/localhost/Host.Functions.Yearly/status").UploadAsync(BinaryData.FromObjectAsJson(status), overwrite: true);
        await using var host = await RunningHost.StartAsync(storage.Storage, suffix);
        await Until.TrueAsync(() => Task.FromResult(host.Calls("/Tick").Count >= 2 && host.Calls("/Yearly").Count == 1), "the timers ran");
        JsonNode Timer(JsonNode call) => JsonNode.Parse(call["body"]!.GetValue<string>())!["Data"]!["myTimer"]!;
        Assert.True(Timer(host.Calls("/Yearly")[0])["IsPastDue"]!.GetValue<bool>());
        Assert.Equal("2025-01-01T00:00:00+00:00", Timer(host.Calls("/Yearly")[0])["ScheduleStatus"]!["Last"]!.GetValue<string>());
        Assert.Null(Timer(host.Calls("/Tick")[0])["ScheduleStatus"]);
        await Until.TrueAsync(async () => JsonSerializer.Deserialize<TimerStatus>((await container.GetBlobClient("timers/localhost/Host.Functions.Yearly/status").DownloadContentAsync()).Value.Content)!.Next.Year > 2026,
            "the next run is noted");
    }

    [Fact]
    public async Task Asked_to_stop_it_finishes_what_is_in_hand_and_ends_its_handler()
    {
        var suffix = Suffix();
        var host = await RunningHost.StartAsync(storage.Storage, suffix);
        var handler = host.HandlerPid();
        await host.SignalAsync("TERM");
        var (code, _) = await host.ExitAsync();
        Assert.Equal(0, code);
        Assert.False(File.Exists($"/proc/{handler}/stat") && (await File.ReadAllTextAsync($"/proc/{handler}/comm")).StartsWith("Scripted", StringComparison.Ordinal));
        await host.DisposeAsync();
    }

    [Fact]
    public async Task A_host_that_was_killed_leaves_no_handler_behind_once_it_runs_again()
    {
        var suffix = Suffix();
        var killed = await RunningHost.StartAsync(storage.Storage, suffix);
        var orphan = killed.HandlerPid();
        await killed.SignalAsync("KILL");
        await killed.ExitAsync();
        Assert.True(File.Exists($"/proc/{orphan}/stat"));
        await using var host = await RunningHost.StartAsync(storage.Storage, suffix, killed.Folder);
        Assert.NotEqual(orphan, host.HandlerPid());
        Assert.False(File.Exists($"/proc/{orphan}/exe") && new FileInfo($"/proc/{orphan}/exe").LinkTarget?.Contains("ScriptedHandler", StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task What_stands_in_the_way_is_told_in_one_sentence()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        await using var port = RunningHost.Begin(storage.Storage, Suffix(), ((IPEndPoint)taken.LocalEndpoint).Port);
        var (code, output) = await port.ExitAsync();
        Assert.Equal(1, code);
        Assert.Matches("^Port [0-9]+ is taken: choose another one with --port.\\s*$", output);

        await using var wrong = RunningHost.Begin("nonsense", Suffix());
        Assert.Contains("--storage is no connection string", (await wrong.ExitAsync()).Output, StringComparison.Ordinal);

        await using var first = await RunningHost.StartAsync(storage.Storage, Suffix());
        var second = RunningHost.Begin(storage.Storage, Suffix(), null, first.Folder);
        Assert.Contains("is in use by another run", (await second.ExitAsync()).Output, StringComparison.Ordinal);

        await using var dies = RunningHost.Begin(storage.Storage, Suffix(), null, null, ("DIE_AT_START", "true"));
        Assert.Contains("did not start three times", (await dies.ExitAsync()).Output, StringComparison.Ordinal);
    }

    private static async Task<string> RawAsync(int port, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }
}
