using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Helpdesk.Testing;

namespace Helpdesk.LocalHost.Tests;

/// <summary>The host as a process of its own, with the foreign app; on the storage of all tests or on an emulator of its own.</summary>
public sealed class RunningHost : IAsyncDisposable
{
    internal static readonly string ForeignApp = Path.Combine(
        AzuriteServer.Root,
        "tests/ForeignApp/bin",
        new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name,
        "net10.0"
    );

    private readonly Process _process;
    private readonly StringBuilder _output = new();

    private RunningHost(Process process, HostFolder folder, int port)
    {
        (_process, Folder, Port) = (process, folder, port);
        Http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public HostFolder Folder { get; }

    public int Port { get; }

    public HttpClient Http { get; }

    public int Pid => _process.Id;

    public bool HasExited => _process.HasExited;

    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    /// <param name="storage">A connection string; null for an emulator that the host itself starts.</param>
    public static RunningHost Begin(
        string? storage,
        HostFolder folder,
        int? port = null,
        string? app = null,
        string[]? arguments = null,
        params (string Name, string? Value)[] environment
    )
    {
        var listen = port ?? AzuriteServer.FreePort();
        string[] where = storage is null
            ? ["--azurite", Path.Combine(AzuriteServer.Root, "node_modules/azurite/dist/src/azurite.js")]
            : ["--storage", storage];
        string[] own =
        [
            Path.Combine(AppContext.BaseDirectory, "Helpdesk.LocalHost.dll"),
            "--app",
            app ?? ForeignApp,
            "--name",
            folder.Name,
            "--port",
            listen.ToString(CultureInfo.InvariantCulture),
            "--data",
            folder.Data,
        ];
        var start = new ProcessStartInfo("dotnet", [.. own, .. where, .. arguments ?? []]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in folder.Environment.Concat(environment))
            start.Environment[name] = value;
        return new(Process.Start(start)!, folder, listen);
    }

    public static async Task<RunningHost> StartAsync(
        string? storage,
        HostFolder? folder = null,
        int? port = null,
        string? app = null,
        string[]? arguments = null,
        params (string Name, string? Value)[] environment
    )
    {
        var host = Begin(storage, folder ?? new HostFolder(), port, app, arguments, environment);
        await host.SaysAsync("is ready at");
        return host;
    }

    public Task SaysAsync(string text)
    {
        return Until.TrueAsync(() => Task.FromResult(Says()), $"the host says \"{text}\"");

        bool Says()
        {
            // In this order: what it says last is there when it has ended.
            var ended = HasExited;
            if (Output.Contains(text, StringComparison.Ordinal))
                return true;
            return ended ? throw new InvalidOperationException($"The host ended with {_process.ExitCode}: {Output}") : false;
        }
    }

    /// <summary>Waits for its end; gives its exit code and what it printed.</summary>
    public async Task<(int Code, string Output)> ExitAsync()
    {
        await Until.TrueAsync(() => Task.FromResult(_process.HasExited), "the host ends");
        await _process.WaitForExitAsync();
        return (_process.ExitCode, Output);
    }

    public async Task<(int Code, string Output)> StopAsync()
    {
        await SignalAsync("TERM");
        return await ExitAsync();
    }

    public async Task KillAsync()
    {
        await SignalAsync("KILL");
        await Until.TrueAsync(() => Task.FromResult(_process.HasExited), "the host is gone");
    }

    public async Task SignalAsync(string signal, int? pid = null)
    {
        using var kill = Process.Start("kill", [$"-{signal}", (pid ?? _process.Id).ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    public async Task<JsonNode> JsonAsync(HttpMethod method, string path)
    {
        using var request = new HttpRequestMessage(method, path);
        using var answer = await Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? JsonNode.Parse(text)! : throw new InvalidOperationException($"{path} answered {(int)answer.StatusCode}: {text}");
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        using (_process)
        {
            if (!_process.HasExited && await StopAsync() is (not 0, _) and var (code, output))
                throw new InvalidOperationException($"The host ended with {code}: {output}");
        }
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_output)
            _output.AppendLine(line.Data);
    }
}

/// <summary>What a host and the next one on the same data have in common: folder, record, names of queues and hub.</summary>
public sealed class HostFolder : IDisposable
{
    private readonly string _path = System.IO.Directory.CreateTempSubdirectory("helpdesk-host-").FullName;

    public string Name { get; } = $"Foreign {Guid.NewGuid():N}"[..20];

    /// <summary>What stands before the names of the app's queues.</summary>
    public string Prefix => Name.Replace(' ', '-').ToLowerInvariant();

    public string Data => Path.Combine(_path, "data");

    public IEnumerable<(string, string?)> Environment =>
        [
            ("RECORD", Path.Combine(_path, "record")),
            ("Prefix", Prefix),
            ("YearlySchedule", "0 0 0 1 1 *"),
            ("AzureFunctionsJobHost__extensions__durableTask__hubName", "Hub" + Name.Split(' ')[1]),
            ("AzureWebJobsStorage", null),
            ("LOCALHOST_ANNOUNCE", null),
        ];

    /// <summary>What the functions of one name noted, in the order in which they did.</summary>
    public List<JsonNode> Record(string function)
    {
        var file = Path.Combine(_path, "record");
        // The last line may be half written.
        var lines = File.Exists(file) ? File.ReadAllText(file).Split('\n').SkipLast(1) : [];
        return [.. lines.Select(line => JsonNode.Parse(line)!).Where(line => line["function"]!.GetValue<string>() == function)];
    }

    public Task RecordedAsync(string function, Func<List<JsonNode>, bool> enough, string what) =>
        Until.TrueAsync(() => Task.FromResult(enough(Record(function))), what);

    /// <summary>The process id of the worker that was started last.</summary>
    public int WorkerPid() => Record("Program")[^1]["pid"]!.GetValue<int>();

    /// <remarks>A test that failed may have left an emulator, which would live on without its folder.</remarks>
    public void Dispose()
    {
        var file = Path.Combine(Data, "azurite.pid");
        if (File.Exists(file))
        {
            // While the lock is held, the process id is that of its holder.
            using var free = Native.TryLock(Path.Combine(Data, "azurite.lock"));
            if (free is null)
                Native.Signal(int.Parse(File.ReadAllText(file), CultureInfo.InvariantCulture), Native.SigKill);
        }

        System.IO.Directory.Delete(_path, recursive: true);
    }
}
