using System.Net;
using Azure.Data.Tables;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Helpdesk.LocalHost.Durable;

/// <summary>A task hub and the gRPC service it answers on.</summary>
internal sealed class DurableHost : IAsyncDisposable
{
    private readonly WebApplication _web;
    private readonly TaskHub _hub;
    private bool _stopped;

    private DurableHost(WebApplication web, TaskHub hub, DurableAddress address) => (_web, _hub, Address) = (web, hub, address);

    public DurableAddress Address { get; }

    /// <summary>Opens the hub: it can be asked, and runs nothing before <see cref="Begin"/>.</summary>
    public static async Task<DurableHost> StartAsync(LocalHostOptions options, FunctionApp app, string storage, Invoker invoker, TimeProvider time, ILoggerFactory loggers, CancellationToken cancel)
    {
        var streams = new StreamWorkers(app);
        var table = new TableClient(storage, $"{app.TaskHub}Instances");
        var hub = new TaskHub(table, [new FunctionWorker(app, invoker, time), streams], waitsForWorkers: options.DurablePort is not null, time, loggers.CreateLogger<TaskHub>());
        await hub.OpenAsync(cancel);

        var port = options.DurablePort ?? Ports.Free();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.Sources.Clear();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<IHostLifetime, LocalHost.NoLifetime>();
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton(hub);
        builder.Services.AddSingleton(streams);
        builder.Services.AddSingleton(time);
        builder.Services.AddSingleton<TaskHubService>();
        builder.Services.AddGrpc();
        // Plain HTTP/2, as the Durable extension has it; nobody beyond this machine can reach it.
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            // A client that waits for a hundred instances shares its connection with a worker, whose answers must still come through.
            kestrel.Limits.Http2.MaxStreamsPerConnection = 10_000;
            kestrel.Listen(IPAddress.Loopback, port, listen => listen.Protocols = HttpProtocols.Http2);
        });
        var web = builder.Build();
        web.MapGrpcService<TaskHubService>();
        try
        {
            await web.StartAsync(cancel);
        }
        catch (IOException taken) when (taken.InnerException is AddressInUseException)
        {
            throw new LocalHostException($"Port {port} is taken: choose another one with --durable-port.", taken);
        }

        return new(web, hub, new(app.TaskHub, $"http://127.0.0.1:{port}", $"http://localhost:{options.Port}/runtime/webhooks/durabletask"));
    }

    /// <summary>Lets instances run.</summary>
    public void Begin() => _hub.Start();

    /// <summary>Ends everything; what is under way is in the table.</summary>
    public async Task StopAsync()
    {
        if (_stopped)
            return;
        _stopped = true;
        await _hub.DisposeAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await _web.StopAsync(limit.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _web.DisposeAsync();
    }
}
