using System.Net;
using Grpc.Core;
using Helpdesk.LocalHost.Rpc;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Helpdesk.LocalHost.Worker;

/// <summary>
/// Where workers call the host: a gRPC server of its own, up before anything else, so that the worker starts while the host still builds itself.
/// </summary>
public sealed class WorkerEndpoint : IAsyncDisposable
{
    private readonly WebApplication _server;

    private WorkerEndpoint(WebApplication server) => _server = server;

    public Uri Address => new(_server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    public static async Task<WorkerEndpoint> StartAsync(WorkerSupervisor workers, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder
            .WebHost.UseKestrelCore()
            .ConfigureKestrel(kestrel =>
            {
                kestrel.Limits.MaxRequestBodySize = null;
                kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
            });
        builder.Services.AddRouting();
        builder.Services.AddGrpc(grpc => (grpc.MaxReceiveMessageSize, grpc.MaxSendMessageSize) = (null, null));
        builder.Services.AddSingleton(workers);
        // Signals are the host's own affair.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        var server = builder.Build();
        server.UseRouting();
        server.MapGrpcService<Calls>();
        await server.StartAsync(cancellationToken);
        return new(server);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    /// <summary>Takes the stream of each worker to whom waits for it.</summary>
    private sealed class Calls(WorkerSupervisor workers) : FunctionRpc.FunctionRpcBase
    {
        public override async Task EventStream(
            IAsyncStreamReader<StreamingMessage> requestStream,
            IServerStreamWriter<StreamingMessage> responseStream,
            ServerCallContext context
        )
        {
            if (await requestStream.MoveNext(context.CancellationToken) && requestStream.Current.StartStream?.WorkerId is { } id)
                await workers.AttachAsync(id, requestStream, responseStream, context.CancellationToken);
        }
    }
}

/// <summary>A host that is started and stopped by code, not by signals.</summary>
internal sealed class NoLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
