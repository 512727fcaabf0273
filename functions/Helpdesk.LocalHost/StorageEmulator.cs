using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace Helpdesk.LocalHost;

/// <summary>Azurite on free ports, with its data in the data folder.</summary>
public sealed class StorageEmulator : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(15);
    private readonly Process _process;

    private StorageEmulator(Process process, string connectionString) => (_process, ConnectionString) = (process, connectionString);

    public string ConnectionString { get; }

    /// <summary>Starts it and waits until all three services answer.</summary>
    public static async Task<StorageEmulator> StartAsync(string script, DataFolder data, CancellationToken cancel)
    {
        if (!File.Exists(script))
            throw new LocalHostException($"The storage emulator is not there ({script}): run npm ci, or give a storage account with --storage.");
        var folder = Directory.CreateDirectory(Path.Combine(data.Path, "azurite")).FullName;
        var ports = new[] { Ports.Free(), Ports.Free(), Ports.Free() };
        string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
        Process process;
        try
        {
            process = Native.Start("node",
            [
                script, "--silent", "--location", folder, "--skipApiVersionCheck", "--disableTelemetry",
                "--blobPort", Text(ports[0]), "--queuePort", Text(ports[1]), "--tablePort", Text(ports[2]),
            ], folder, [], silent: true);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw new LocalHostException("Node is not installed, and the storage emulator needs it: install Node 20 or newer, or give a storage account with --storage.");
        }

        data.Remember(process.Id);
        var began = Stopwatch.GetTimestamp();
        foreach (var port in ports)
        {
            while (!await AnswersAsync(port, cancel))
            {
                if (process.HasExited || Stopwatch.GetElapsedTime(began) > StartLimit)
                {
                    Native.Signal(process.Id, Native.SigKill);
                    throw new LocalHostException($"The storage emulator does not start with the data in {folder}: move that folder away, or choose another one with --data.");
                }

                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancel);
            }
        }

        // The account and key are the emulator's own, the same everywhere.
        return new(process, "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;"
            + $"BlobEndpoint=http://127.0.0.1:{ports[0]}/devstoreaccount1;QueueEndpoint=http://127.0.0.1:{ports[1]}/devstoreaccount1;TableEndpoint=http://127.0.0.1:{ports[2]}/devstoreaccount1;");
    }

    /// <summary>Lets it write what it holds in memory, and waits for that.</summary>
    public async ValueTask DisposeAsync()
    {
        Native.Signal(_process.Id, Native.SigTerm);
        using var limit = new CancellationTokenSource(StopLimit);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            Native.Signal(_process.Id, Native.SigKill);
        }

        _process.Dispose();
    }

    private static async Task<bool> AnswersAsync(int port, CancellationToken cancel)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", port, cancel);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
