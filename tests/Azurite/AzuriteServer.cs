using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Helpdesk.LocalHost;

namespace Helpdesk.Testing;

/// <summary>A real storage emulator for one test assembly: ports of its own, nothing kept on disk longer than the run.</summary>
public sealed class AzuriteServer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _folder;

    private static readonly ConcurrentDictionary<int, bool> Given = new();
    private readonly ConcurrentQueue<string> _requests = [];

    private AzuriteServer(Process process, string folder, int[] ports)
    {
        (_process, _folder) = (process, folder);
        ConnectionString =
            "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;"
            + "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;"
            + $"BlobEndpoint=http://127.0.0.1:{ports[0]}/devstoreaccount1;"
            + $"QueueEndpoint=http://127.0.0.1:{ports[1]}/devstoreaccount1;TableEndpoint=http://127.0.0.1:{ports[2]}/devstoreaccount1;";
    }

    public string ConnectionString { get; }

    public int ProcessId => _process.Id;

    /// <summary>The root of the repository, found from where the tests run.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The requests that came since this was asked last, a line each; for a server that keeps them.</summary>
    public IReadOnlyList<string> TakeRequests()
    {
        var taken = new List<string>();
        while (_requests.TryDequeue(out var line))
            taken.Add(line);
        return taken;
    }

    /// <param name="keepRequests">Keeps a line of every request.</param>
    /// <param name="inMemory">Saves nothing to disk. Otherwise the emulator writes its whole database every few seconds, and stands still for as long
    /// as that takes.</param>
    public static async Task<AzuriteServer> StartAsync(bool keepRequests = false, bool inMemory = false)
    {
        var script = Path.Combine(Root, "node_modules/azurite/dist/src/azurite.js");
        if (!File.Exists(script))
            throw new InvalidOperationException("The storage emulator is not installed: run ./test.sh, or npm ci.");
        var folder = System.IO.Directory.CreateTempSubdirectory("helpdesk-azurite-").FullName;
        var ports = new[] { FreePort(), FreePort(), FreePort() };
        var process = Process.Start(
            new ProcessStartInfo(
                "node",
                [
                    script,
                    .. keepRequests ? Array.Empty<string>() : ["--silent"],
                    .. inMemory ? ["--inMemoryPersistence"] : new[] { "--location", folder },
                    "--skipApiVersionCheck",
                    "--disableTelemetry",
                    "--blobPort",
                    $"{ports[0]}",
                    "--queuePort",
                    $"{ports[1]}",
                    "--tablePort",
                    $"{ports[2]}",
                ]
            )
            {
                RedirectStandardOutput = true,
            }
        )!;
        var server = new AzuriteServer(process, folder, ports);
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data?.Contains("HTTP/1.1\"", StringComparison.Ordinal) == true)
                server._requests.Enqueue(line.Data);
        };
        process.BeginOutputReadLine();
        foreach (var port in ports)
            await Until.TrueAsync(() => AnswersAsync(port), "the storage emulator answers");
        return server;
    }

    /// <summary>
    /// A free port: none that a developer's own servers use, none that a laptop host takes for itself, and none twice, since a host that was killed
    /// wants its own again.
    /// </summary>
    public static int FreePort()
    {
        while (true)
        {
            var port = Ports.Free(26_000, 32_000);
            if (Given.TryAdd(port, true))
                return port;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        System.IO.Directory.Delete(_folder, recursive: true);
    }

    private static async Task<bool> AnswersAsync(int port)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "HelpdeskServerless.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests do not run inside the repository.");
        return folder;
    }
}

/// <summary>Waits for something that happens on its own time; says what did not.</summary>
public static class Until
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    /// <summary>Waits for a minute: long enough for a machine that is busy with other things, since nothing is measured here.</summary>
    public static Task TrueAsync(Func<Task<bool>> condition, string what) => TrueAsync(condition, TimeSpan.FromMinutes(1), what);

    public static async Task TrueAsync(Func<Task<bool>> condition, TimeSpan limit, string what)
    {
        var began = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(Step);
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(began) > limit)
                throw new TimeoutException($"It did not come about within {limit} that {what}.");
            await timer.WaitForNextTickAsync();
        }
    }
}
