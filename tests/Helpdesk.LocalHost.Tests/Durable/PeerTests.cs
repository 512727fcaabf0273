using System.Diagnostics;
using System.Globalization;
using Helpdesk.Testing;

namespace Helpdesk.LocalHost.Tests.Durable;

/// <summary>A Durable Task SDK that nobody here wrote connects to the task hub, as client and as worker, and runs its own orchestrations.</summary>
public sealed class PeerTests(StorageFixture fixture, ITestOutputHelper output)
{
    [Fact]
    public async Task The_javascript_sdk_runs_its_orchestrations_on_our_hub()
    {
        await using var host = await RunningHost.StartAsync(fixture.Storage, "peer", null, ("DURABLE", "true"));
        var (code, said) = await RunPeerAsync(host.DurablePort);
        output.WriteLine(said);
        Assert.True(code == 0, $"{said}\n{host.Output}");
        Assert.True(said.Split('\n').Count(line => line.StartsWith("ok ", StringComparison.Ordinal)) >= 20, said);
    }

    private static async Task<(int Code, string Said)> RunPeerAsync(int port)
    {
        var folder = Path.Combine(AzuriteServer.Root, "tests/DurablePeer");
        if (!Directory.Exists(Path.Combine(folder, "node_modules")))
            throw new InvalidOperationException("The peer is not installed: run ./test.sh, or npm ci in tests/DurablePeer.");
        using var node = Process.Start(new ProcessStartInfo("node", ["peer.mjs", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}")])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = node.StandardError.ReadToEndAsync();
        var said = await node.StandardOutput.ReadToEndAsync() + await errors;
        await node.WaitForExitAsync();
        return (node.ExitCode, said);
    }
}
