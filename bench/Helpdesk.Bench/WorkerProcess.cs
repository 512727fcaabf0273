using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Helpdesk.LocalHost.App;
using Helpdesk.LocalHost.Http;
using Helpdesk.LocalHost.Rpc;
using Helpdesk.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Helpdesk.Bench;

/// <summary>A built or published app: its folder, and the name of its main assembly.</summary>
internal sealed record AppFolder(string Folder, string Name);

/// <summary>An isolated worker as a process of its own, started and called by this process as a Functions host does it, and nothing between the two.</summary>
/// <remarks>Queue messages and timers come to nobody here: what the app leaves to a host is not done.</remarks>
internal sealed class WorkerProcess : IAsyncDisposable
{
    private static readonly string[] ForServersOnly =
    [
        "ASPNETCORE_URLS",
        "ASPNETCORE_HTTP_PORTS",
        "ASPNETCORE_HTTPS_PORTS",
        "DOTNET_URLS",
        "URLS",
        "HTTP_PORTS",
        "HTTPS_PORTS",
    ];
    private readonly WebApplication _rpc;
    private readonly WorkerStream _stream;
    private readonly Process _process;

    private WorkerProcess(WebApplication rpc, WorkerStream stream, Process process) => (_rpc, _stream, _process) = (rpc, stream, process);

    public Desk Desk { get; private set; } = null!;

    /// <summary>From the start of the process until every function was loaded and the worker took connections.</summary>
    public TimeSpan Ready { get; private set; }

    public int Id => _process.Id;

    /// <param name="settings">What the app finds in its environment.</param>
    public static async Task<WorkerProcess> StartAsync(AppFolder app, IReadOnlyDictionary<string, string> settings)
    {
        var stream = new WorkerStream();
        var rpc = BuildServer(stream);
        await rpc.StartAsync();
        var endpoint = new Uri(rpc.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        var began = Stopwatch.GetTimestamp();
        var worker = new WorkerProcess(rpc, stream, Children.Start(Command(app, endpoint, settings)));
        var (address, functions) = await worker.LoadAsync(app.Folder);
        await AnswersAsync(address);
        worker.Ready = Stopwatch.GetElapsedTime(began);
        worker.Desk = new(address, new Invoking(rpc.Services, stream, functions));
        return worker;
    }

    public async ValueTask DisposeAsync()
    {
        Desk?.Dispose();
        await Children.KillAsync(_process);
        _stream.Dispose();
        await _rpc.DisposeAsync();
    }

    private static WebApplication BuildServer(WorkerStream stream)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc(grpc => grpc.MaxReceiveMessageSize = grpc.MaxSendMessageSize = null);
        builder.Services.AddSingleton(stream);
        var server = builder.Build();
        server.MapGrpcService<WorkerService>();
        return server;
    }

    private static ProcessStartInfo Command(AppFolder app, Uri host, IReadOnlyDictionary<string, string> settings)
    {
        var (port, unlimited) = (host.Port.ToString(CultureInfo.InvariantCulture), int.MaxValue.ToString(CultureInfo.InvariantCulture));
        var start = new ProcessStartInfo(
            "dotnet",
            [
                Path.Combine(app.Folder, app.Name + ".dll"),
                "--host",
                host.Host,
                "--port",
                port,
                "--workerId",
                "bench",
                "--requestId",
                "bench",
                "--grpcMaxMessageLength",
                unlimited,
                "--functions-uri",
                host.AbsoluteUri,
                "--functions-worker-id",
                "bench",
                "--functions-request-id",
                "bench",
                "--functions-grpc-max-message-length",
                unlimited,
            ]
        )
        {
            WorkingDirectory = app.Folder,
        };
        foreach (var (key, value) in settings)
            start.Environment[key] = value;
        foreach (var key in ForServersOnly)
            start.Environment.Remove(key);
        start.Environment["FUNCTIONS_APPLICATION_DIRECTORY"] = start.Environment["FUNCTIONS_WORKER_DIRECTORY"] = app.Folder;
        start.Environment["FUNCTIONS_WORKER_RUNTIME"] = "dotnet-isolated";
        start.Environment["Functions__Worker__HostEndpoint"] = host.AbsoluteUri;
        start.Environment["Functions__Worker__WorkerId"] = start.Environment["Functions__Worker__RequestId"] = "bench";
        start.Environment["Functions__Worker__GrpcMaxMessageLength"] = unlimited;
        return start;
    }

    private async Task<(Uri Address, IReadOnlyList<Function> Functions)> LoadAsync(string folder)
    {
        var begun = await _stream.AskAsync(
            new()
            {
                WorkerInitRequest = new()
                {
                    HostVersion = "4.1000.0.0",
                    WorkerDirectory = folder,
                    FunctionAppDirectory = folder,
                },
            }
        );
        var described = await _stream.AskAsync(new() { FunctionsMetadataRequest = new() { FunctionAppDirectory = folder } });
        var functions = described.FunctionMetadataResponse.FunctionMetadataResults.Select(one => new Function(one)).ToList();
        foreach (
            var loaded in await Task.WhenAll(functions.Select(function => _stream.AskAsync(new() { FunctionLoadRequest = function.ToLoadRequest(folder) })))
        )
        {
            if (loaded.FunctionLoadResponse.Result.Status != StatusResult.Types.Status.Success)
                throw new FunctionFailedException(loaded.FunctionLoadResponse.Result);
        }

        return (new Uri(begun.WorkerInitResponse.Capabilities["HttpUri"]), functions);
    }

    /// <summary>The stream is there before the worker's own server listens.</summary>
    private static async Task AnswersAsync(Uri address)
    {
        using var step = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        for (var tries = 0; ; tries++)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(address.Host, address.Port);
                return;
            }
            catch (SocketException) when (tries < 30_000)
            {
                await step.WaitForNextTickAsync();
            }
        }
    }

    /// <summary>Sends each request as a host does: the invocation over the stream, the request itself to the worker.</summary>
    private sealed class Invoking(IServiceProvider services, WorkerStream stream, IReadOnlyList<Function> functions)
        : DelegatingHandler(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                UseProxy = false,
            }
        )
    {
        // A client that leads nowhere: there are no orchestrations here.
        private const string NoHub =
            """{"rpcBaseUrl":"http://127.0.0.1:1/","taskHubName":"bench","connectionName":"Storage","requiredQueryStringParameters":""}""";
        private readonly FunctionRouter _router = new(services.GetRequiredService<IInlineConstraintResolver>(), functions, "", Note);

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var routed = new DefaultHttpContext { RequestServices = services };
            (routed.Request.Method, routed.Request.Path) = (request.Method.Method, request.RequestUri!.AbsolutePath);
            if (!await _router.TryRunAsync(routed))
                return new(HttpStatusCode.NotFound);
            var invocation = Invocation(routed.Features.Get<Function>()!, routed.GetRouteData().Values);
            request.Headers.Add("x-ms-invocation-id", invocation.InvocationId);
            var verdict = stream.InvokeAsync(invocation);
            var answer = await base.SendAsync(request, cancellationToken);
            await answer.Content.LoadIntoBufferAsync(cancellationToken);
            return (await verdict).Result is { Status: not StatusResult.Types.Status.Success } failed ? throw new FunctionFailedException(failed) : answer;
        }

        private static Task Note(Function function, HttpContext context)
        {
            context.Features.Set(function);
            return Task.CompletedTask;
        }

        private static InvocationRequest Invocation(Function function, RouteValueDictionary values)
        {
            var invocation = new InvocationRequest
            {
                InvocationId = Guid.NewGuid().ToString(),
                FunctionId = function.Id,
                TraceContext = new(),
                RetryContext = new(),
            };
            invocation.InputData.Add(
                new ParameterBinding
                {
                    Name = function.Trigger.Name,
                    Data = new() { Http = new() },
                }
            );
            foreach (var client in function.Bindings.Where(binding => binding.Is("durableClient")))
                invocation.InputData.Add(
                    new ParameterBinding
                    {
                        Name = client.Name,
                        Data = new() { String = NoHub },
                    }
                );
            foreach (var (key, value) in values)
                invocation.TriggerMetadata[key] = new() { String = value?.ToString() ?? "" };
            return invocation;
        }
    }
}
