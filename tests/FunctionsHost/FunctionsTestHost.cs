using System.Collections.Frozen;
using System.Net;
using System.Reflection;
using Helpdesk.LocalHost.App;
using Helpdesk.LocalHost.Http;
using Helpdesk.LocalHost.Rpc;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

namespace Helpdesk.Testing;

/// <summary>What a function let through, as a Functions host gets to know of it.</summary>
public sealed class FunctionFailedException(StatusResult result) : Exception($"{result.Exception?.Type}: {result.Exception?.Message}");

/// <summary>
/// An isolated worker app in the process of the test, and as much of a Functions host as it needs: routes, HTTP, invocations. Queues and timers are
/// called by hand.
/// </summary>
public sealed class FunctionsTestHost : IAsyncDisposable
{
    private const string InvocationHeader = "x-ms-invocation-id";

    // A client that leads nowhere: what a test does with orchestrations, it does with a client of its own.
    private const string NoHub =
        """{"rpcBaseUrl":"http://127.0.0.1:1/","taskHubName":"tests","connectionName":"Storage","requiredQueryStringParameters":""}""";
    private static readonly Lock EntryAssembly = new();
    private static readonly HttpMessageInvoker Http = new(
        new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.None,
            RequestHeaderEncodingSelector = (_, _) => System.Text.Encoding.Latin1,
            ResponseHeaderEncodingSelector = (_, _) => System.Text.Encoding.Latin1,
        }
    );
    private readonly WebApplication _host;
    private readonly IHost _app;
    private readonly WorkerStream _worker;
    private FrozenDictionary<string, Function> _functions = FrozenDictionary<string, Function>.Empty;
    private string _workerAddress = "";

    private FunctionsTestHost(WebApplication host, IHost app, WorkerStream worker) => (_host, _app, _worker) = (host, app, worker);

    /// <summary>Where the app is reached.</summary>
    public Uri Address { get; private set; } = null!;

    public IServiceProvider Services => _app.Services;

    /// <summary>The real host's router with all functions in it.</summary>
    public FunctionRouter Router { get; private set; } = null!;

    /// <summary>Every function as the worker described it.</summary>
    public IReadOnlyCollection<Function> Functions => _functions.Values;

    /// <summary>
    /// Builds the app with its own <paramref name="create"/>, lets the test replace services in <paramref name="configure"/>, and starts it.
    /// </summary>
    public static async Task<FunctionsTestHost> StartAsync(
        Func<string[], FunctionsApplicationBuilder> create,
        Action<FunctionsApplicationBuilder>? configure,
        params IEnumerable<string> arguments
    )
    {
        var worker = new WorkerStream();
        FunctionsTestHost? started = null;
        var host = BuildHost(worker, context => started!.AnswerAsync(context));
        await host.StartAsync();
        var addresses = host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ToList();
        var app = BuildApp(
            create,
            configure,
            [
                .. arguments,
                $"--Functions:Worker:HostEndpoint={addresses[0]}",
                "--Functions:Worker:WorkerId=test",
                "--Functions:Worker:RequestId=test",
                $"--Functions:Worker:GrpcMaxMessageLength={int.MaxValue}",
            ]
        );
        started = new(host, app, worker) { Address = new Uri(addresses[1]) };
        await app.StartAsync();
        started._workerAddress = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        await started.LoadAsync(Path.GetDirectoryName(create.Method.DeclaringType!.Assembly.Location)!);
        return started;
    }

    /// <summary>Calls a function as the host does for a queue message, a timer or an activity; throws what the host would see.</summary>
    public async Task<string?> InvokeAsync(string function, string input, params IEnumerable<(string Name, string Value)> metadata)
    {
        var called = _functions[function];
        var request = RequestOf(called);
        request.InputData.Add(
            new ParameterBinding
            {
                Name = called.Trigger.Name,
                Data = new() { String = input },
            }
        );
        foreach (var (name, value) in metadata)
            request.TriggerMetadata[name] = new() { String = value };
        var answer = await _worker.InvokeAsync(request);
        return answer.Result.Status == StatusResult.Types.Status.Success
            ? answer.ReturnValue?.String is { Length: > 0 } text
                ? text
                : answer.ReturnValue?.Json
            : throw new FunctionFailedException(answer.Result);
    }

    public async ValueTask DisposeAsync()
    {
        // The stream ends from this side first: the worker never ends it, and its server would wait half a minute for that.
        _worker.Dispose();
        await _app.StopAsync();
        _app.Dispose();
        await _host.StopAsync();
        await _host.DisposeAsync();
    }

    private static WebApplication BuildHost(WorkerStream worker, RequestDelegate front)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder
            .WebHost.UseKestrelCore()
            .ConfigureKestrel(kestrel =>
            {
                kestrel.Limits.MaxRequestBodySize = null;
                kestrel.RequestHeaderEncodingSelector = _ => System.Text.Encoding.Latin1;
                kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
                kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
            });
        builder.Services.AddGrpc(grpc => grpc.MaxReceiveMessageSize = grpc.MaxSendMessageSize = null);
        builder.Services.AddHttpForwarder();
        builder.Services.AddSingleton(worker);
        var host = builder.Build();
        host.UseWhen(context => context.Request.Protocol == HttpProtocol.Http11, requests => requests.Run(front));
        host.UseRouting();
        host.MapGrpcService<WorkerService>();
        return host;
    }

    private static IHost BuildApp(Func<string[], FunctionsApplicationBuilder> create, Action<FunctionsApplicationBuilder>? configure, string[] arguments)
    {
        var assembly = create.Method.DeclaringType!.Assembly;
        // The worker reads its folder from the environment and its generated start-up code from the entry assembly, while it is built and never after.
        lock (EntryAssembly)
        {
            Environment.SetEnvironmentVariable("FUNCTIONS_APPLICATION_DIRECTORY", Path.GetDirectoryName(assembly.Location));
            var before = Assembly.GetEntryAssembly();
            Assembly.SetEntryAssembly(assembly);
            try
            {
                var builder = create(arguments);
                // The worker keeps one address for the whole process; each app listens on one of its own.
                builder.Services.Configure<KestrelServerOptions>(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
                configure?.Invoke(builder);
                return builder.Build();
            }
            finally
            {
                Assembly.SetEntryAssembly(before);
            }
        }
    }

    private async Task LoadAsync(string folder)
    {
        await _worker.AskAsync(
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
        var described = (await _worker.AskAsync(new() { FunctionsMetadataRequest = new() { FunctionAppDirectory = folder } })).FunctionMetadataResponse;
        var functions = described.FunctionMetadataResults.Select(one => new Function(one)).ToList();
        foreach (var function in functions)
        {
            var loaded = (await _worker.AskAsync(new() { FunctionLoadRequest = function.ToLoadRequest(folder) })).FunctionLoadResponse;
            if (loaded.Result.Status != StatusResult.Types.Status.Success)
                throw new FunctionFailedException(loaded.Result);
        }

        _functions = functions.ToFrozenDictionary(function => function.Name, StringComparer.OrdinalIgnoreCase);
        Router = new(_host.Services.GetRequiredService<IInlineConstraintResolver>(), functions, "", ForwardAsync);
    }

    private async Task AnswerAsync(HttpContext context)
    {
        if (!await Router.TryRunAsync(context))
            context.Response.StatusCode = StatusCodes.Status404NotFound;
    }

    /// <summary>
    /// What a Functions host does with an HTTP request: the function is told over the stream, the request itself goes to the worker's own server.
    /// </summary>
    private async Task ForwardAsync(Function function, HttpContext context)
    {
        var request = RequestOf(function);
        request.InputData.Add(
            new ParameterBinding
            {
                Name = function.Trigger.Name,
                Data = new() { Http = new() },
            }
        );
        foreach (var (key, value) in context.GetRouteData().Values)
            request.TriggerMetadata[key] = new() { String = value?.ToString() ?? "" };
        context.Request.Headers[InvocationHeader] = request.InvocationId;
        var verdict = _worker.InvokeAsync(request);
        await context
            .RequestServices.GetRequiredService<IHttpForwarder>()
            .SendAsync(
                context,
                _workerAddress,
                Http,
                new ForwarderRequestConfig { ActivityTimeout = TimeSpan.FromMinutes(2) },
                new VerdictFirst(verdict),
                context.RequestAborted
            );
    }

    private static InvocationRequest RequestOf(Function function)
    {
        var request = new InvocationRequest
        {
            InvocationId = Guid.NewGuid().ToString(),
            FunctionId = function.Id,
            TraceContext = new(),
            RetryContext = new(),
        };
        foreach (var client in function.Bindings.Where(binding => binding.Is("durableClient")))
            request.InputData.Add(
                new ParameterBinding
                {
                    Name = client.Name,
                    Data = new() { String = NoHub },
                }
            );
        return request;
    }

    /// <summary>A function that throws looks like an empty 200 on the forwarded side: then the verdict comes before the answer.</summary>
    private sealed class VerdictFirst(Task<InvocationResponse> verdict) : HttpTransformer
    {
        public override async ValueTask TransformRequestAsync(
            HttpContext httpContext,
            HttpRequestMessage proxyRequest,
            string destinationPrefix,
            CancellationToken cancellationToken
        )
        {
            await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
            proxyRequest.Headers.Host = httpContext.Request.Host.Value;
        }

        public override async ValueTask<bool> TransformResponseAsync(
            HttpContext httpContext,
            HttpResponseMessage? proxyResponse,
            CancellationToken cancellationToken
        )
        {
            if (
                proxyResponse is { StatusCode: HttpStatusCode.OK, Content.Headers.ContentLength: 0 }
                && (await verdict).Result.Status != StatusResult.Types.Status.Success
            )
            {
                httpContext.Response.StatusCode = StatusCodes.Status500InternalServerError;
                return false;
            }

            return await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        }
    }
}
