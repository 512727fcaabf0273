using Helpdesk.Testing;

[assembly: AssemblyFixture(typeof(Helpdesk.LocalHost.Tests.SharedHost))]

namespace Helpdesk.LocalHost.Tests;

/// <summary>One emulator for all tests, and one host on it for those that leave it as it is.</summary>
public sealed class SharedHost : IAsyncLifetime
{
    private readonly HostFolder _folder = new();
    private AzuriteServer _azurite = null!;

    public string Storage => _azurite.ConnectionString;

    public RunningHost Host { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _azurite = await AzuriteServer.StartAsync(inMemory: true);
        Host = await RunningHost.StartAsync(Storage, _folder, arguments: ["--verbose"]);
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await _azurite.DisposeAsync();
        _folder.Dispose();
    }
}
