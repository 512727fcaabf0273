using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Helpdesk.Testing;

[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Helpdesk.EndToEnd;

/// <summary>A process of the product, started as a user would, with what it printed.</summary>
public sealed class Started : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();

    private Started(Process process) => _process = process;

    public int Pid => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    public static Started Begin(string file, IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(Path.Combine(AzuriteServer.Root, file), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = AzuriteServer.Root,
        };
        // What the machine that runs the tests has set is not what a user has.
        foreach (var name in new[] { "HELPDESK_ADMIN_KEY", "AzureWebJobsStorage" })
            start.Environment.Remove(name);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        var process = Process.Start(start)!;
        var started = new Started(process);
        void Keep(object _, DataReceivedEventArgs line)
        {
            lock (started._output)
                started._output.AppendLine(line.Data);
        }

        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return started;
    }

    public Task SaysAsync(string text, int seconds = 120) =>
        Until.TrueAsync(
            () =>
                Task.FromResult(
                    Output.Contains(text, StringComparison.Ordinal)
                        || (HasExited ? throw new InvalidOperationException($"It ended with {ExitCode}: {Output}") : false)
                ),
            TimeSpan.FromSeconds(seconds),
            $"it says \"{text}\""
        );

    public Task EndsAsync(int seconds = 60) => Until.TrueAsync(() => Task.FromResult(_process.HasExited), TimeSpan.FromSeconds(seconds), "it ends");

    public async Task StopAsync()
    {
        await SignalAsync(Pid, "TERM");
        await EndsAsync();
    }

    public static async Task SignalAsync(int pid, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", pid.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary>The workers that this host has started and that run.</summary>
    public async Task<IReadOnlyList<int>> WorkersAsync()
    {
        using var pgrep = Process.Start(
            new ProcessStartInfo("pgrep", ["-P", Pid.ToString(CultureInfo.InvariantCulture), "-f", "Helpdesk.Functions"]) { RedirectStandardOutput = true }
        )!;
        var text = await pgrep.StandardOutput.ReadToEndAsync();
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(pid => int.Parse(pid, CultureInfo.InvariantCulture))];
    }

    /// <summary>Kills the worker, or every fourth time the host, which <paramref name="again"/> starts anew; gives the host that runs then.</summary>
    public async Task<Started> KillAsync(int kill, Func<Started> again)
    {
        if (kill % 4 != 3)
        {
            foreach (var worker in await WorkersAsync())
                await SignalAsync(worker, "KILL");
            return this;
        }

        await SignalAsync(Pid, "KILL");
        await EndsAsync();
        var host = again();
        await host.SaysAsync("is ready at");
        return host;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await StopAsync();
        _process.Dispose();
    }
}

/// <summary>Speaks to a running helpdesk over HTTP, and knows nothing else of it.</summary>
public sealed class Api(Uri address, string key) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromSeconds(5) })
    {
        BaseAddress = address,
        Timeout = TimeSpan.FromSeconds(30),
    };

    public async Task<(int Status, JsonNode? Json)> SendAsync(HttpMethod method, string path, object? body = null, string? idempotencyKey = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        if (idempotencyKey is not null)
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        // With a length, as curl and browsers send it: the host answers chunked requests with 500.
        if (request.Content is not null)
            await request.Content.LoadIntoBufferAsync();
        using var response = await _http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return ((int)response.StatusCode, text.StartsWith('{') ? JsonNode.Parse(text) : null);
    }

    public async Task<JsonNode> GetAsync(string path)
    {
        var (status, json) = await SendAsync(HttpMethod.Get, path);
        return status == 200 ? json! : throw new InvalidOperationException($"{path} answered {status}: {json?.ToJsonString()}");
    }

    public async Task<JsonNode> PostAsync(string path, object body)
    {
        var (status, json) = await SendAsync(HttpMethod.Post, path, body);
        return status is >= 200 and < 300 ? json! : throw new InvalidOperationException($"{path} answered {status}: {json?.ToJsonString()}");
    }

    public Task<string> GetTextAsync(string path) => _http.GetStringAsync(path);

    /// <summary>All items of a list, page by page.</summary>
    public async Task<List<JsonNode>> AllAsync(string path)
    {
        var (items, cursor) = (new List<JsonNode>(), "");
        while (true)
        {
            var page = await GetAsync($"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}limit=100{cursor}");
            items.AddRange(page["items"]!.AsArray().Select(item => item!));
            if (page["nextCursor"] is not { } next)
                return items;
            cursor = $"&cursor={next}";
        }
    }

    public void Dispose() => _http.Dispose();
}
