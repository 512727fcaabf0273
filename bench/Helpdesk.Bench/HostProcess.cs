using System.Diagnostics;
using System.Globalization;
using Helpdesk.Testing;

namespace Helpdesk.Bench;

/// <summary>The laptop host with the app below it.</summary>
internal sealed class HostProcess : IAsyncDisposable
{
    private static readonly string Program = Path.Combine(AzuriteServer.Root, "functions/Helpdesk.LocalHost/bin/Release/net10.0/Helpdesk.LocalHost.dll");
    private readonly Process _process;
    private readonly string _data;

    private HostProcess(Process process, string data, int port)
    {
        (_process, _data) = (process, data);
        Desk = new(new Uri($"http://127.0.0.1:{port}"), new SocketsHttpHandler { MaxConnectionsPerServer = 512, UseProxy = false });
        // What goes wrong meanwhile is worth more than a number.
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is { } text && (text.Contains(" error: ", StringComparison.Ordinal) || text.Contains(" critical: ", StringComparison.Ordinal)))
                Console.Error.WriteLine(text);
        };
        process.BeginOutputReadLine();
    }

    public Desk Desk { get; }

    public int Id => _process.Id;

    /// <summary>The app's process.</summary>
    public int WorkerId => ProcessFacts.ChildrenOf(_process.Id).Single();

    public static async Task<HostProcess> StartAsync(AppFolder app, string storage)
    {
        var port = AzuriteServer.FreePort();
        var data = System.IO.Directory.CreateTempSubdirectory("helpdesk-bench-").FullName;
        var start = new ProcessStartInfo(
            "dotnet",
            [Program, "--app", app.Folder, "--name", "Helpdesk", "--port", port.ToString(CultureInfo.InvariantCulture), "--data", data, "--storage", storage]
        )
        {
            RedirectStandardOutput = true,
        };
        foreach (var (key, value) in Desk.Settings(storage))
            start.Environment[key] = value;
        var host = new HostProcess(Children.Start(start), data, port);
        await host.Desk.WhenUpAsync();
        return host;
    }

    public async ValueTask DisposeAsync()
    {
        Desk.Dispose();
        await Children.EndAsync(_process);
        System.IO.Directory.Delete(_data, recursive: true);
    }
}
