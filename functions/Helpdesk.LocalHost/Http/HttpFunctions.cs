using System.Net;
using Helpdesk.LocalHost.App;
using Helpdesk.LocalHost.Rpc;
using Helpdesk.LocalHost.Triggers;
using Helpdesk.LocalHost.Worker;
using Microsoft.Azure.WebJobs;
using Yarp.ReverseProxy.Forwarder;

namespace Helpdesk.LocalHost.Http;

/// <summary>
/// Runs HTTP functions: the request itself goes to the worker's web server, and with it a call over gRPC that says which function it is for.
/// </summary>
public sealed partial class HttpFunctions(
    WorkerSupervisor workers,
    FunctionInvoker invoker,
    IHttpForwarder forwarder,
    IJobHost jobs,
    HttpFunctionOptions options,
    TimeProvider time,
    ILogger<HttpFunctions> logger
) : IDisposable
{
    private static readonly TimeSpan LostLimit = TimeSpan.FromSeconds(5);
    private static readonly ForwarderRequestConfig Patient = new() { ActivityTimeout = Timeout.InfiniteTimeSpan };

    private readonly HttpMessageInvoker _http = new(
        new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            RequestHeaderEncodingSelector = (_, _) => System.Text.Encoding.Latin1,
            ResponseHeaderEncodingSelector = (_, _) => System.Text.Encoding.Latin1,
        }
    );

    /// <summary>Runs a function for a request; one that comes while the worker starts again waits for it.</summary>
    public async Task RunAsync(Function function, HttpContext http)
    {
        if (await TryRunAsync(function, http) == Outcome.Answered)
            return;
        // The worker died before it answered, so the next one gets the request.
        http.Response.Clear();
        await TryRunAsync(function, http);
    }

    public void Dispose() => _http.Dispose();

    private async Task<Outcome> TryRunAsync(Function function, HttpContext http)
    {
        WorkerChannel worker;
        try
        {
            worker = await workers.WhenReadyAsync(http.RequestAborted);
        }
        catch (WorkerLostException)
        {
            http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return Outcome.Answered;
        }
        catch (OperationCanceledException)
        {
            return Outcome.Answered;
        }

        if (worker.Http is not { } address)
            throw new LocalHostException(
                "The app does not take HTTP requests itself: it needs ConfigureFunctionsWebApplication() of the package "
                    + "Microsoft.Azure.Functions.Worker.Extensions.Http.AspNetCore."
            );
        var request = Request(function, http);
        using var limit = new CancellationTokenSource(options.Timeout ?? Timeout.InfiniteTimeSpan, time);
        using var cancelling = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, limit.Token);
        var call = InvokeAsync(worker, request, cancelling.Token);
        var forwarding = new RequestForwarding(request.InvocationId, call);
        var error = await forwarder.SendAsync(http, address.AbsoluteUri, _http, Patient, forwarding, limit.Token);
        if (limit.IsCancellationRequested)
            return await EndAsync(function, http, request.InvocationId);
        if (error == ForwarderError.None || forwarding.Failed)
            return await FinishAsync(function, call);
        if (http.RequestAborted.IsCancellationRequested)
            return Outcome.Answered;
        // A request that only reads may be sent twice, whether or not the worker that died had seen it.
        var onlyReads = HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method);
        if (onlyReads && error == ForwarderError.Request && !http.Response.HasStarted)
        {
            // The connection may break a moment before the worker is known as lost.
            if (await Task.WhenAny(worker.Closed, Task.Delay(LostLimit, time, http.RequestAborted)) == worker.Closed)
                return Outcome.WorkerLost;
        }

        if (!http.Response.HasStarted && http.Response.StatusCode >= StatusCodes.Status500InternalServerError)
            Log.NotForwarded(logger, function.Name, http.GetForwarderErrorFeature()?.Exception?.GetBaseException().Message ?? error.ToString());
        return Outcome.Answered;
    }

    /// <summary>The answer has been given, or the function failed before it gave one.</summary>
    private async Task<Outcome> FinishAsync(Function function, Task<InvocationResponse> call)
    {
        try
        {
            var answer = await call;
            FunctionFailedException.ThrowIfFailed(answer.Result);
            // The client may have gone meanwhile, with its answer.
            await invoker.WriteHttpOutputsAsync(jobs, function, answer, CancellationToken.None);
        }
        catch (Exception ended) when (ended is FunctionFailedException or WorkerLostException or OperationCanceledException)
        {
            // The client has its answer. The worker has logged its exception; that it died is said elsewhere.
        }

        return Outcome.Answered;
    }

    /// <summary>Time is up: an answer that has begun is cut off, and what goes on is ended.</summary>
    private async Task<Outcome> EndAsync(Function function, HttpContext http, string invocationId)
    {
        Log.TimedOut(logger, function.Name, options.Timeout!.Value);
        if (http.Response.HasStarted)
            http.Abort();
        else
            http.Response.StatusCode = StatusCodes.Status500InternalServerError;
        await Task.Delay(FunctionTimeouts.Grace, time);
        if (workers.IsRunning(invocationId))
            workers.Recycle($"{function.Name} goes on after its time is up");
        return Outcome.Answered;
    }

    private InvocationRequest Request(Function function, HttpContext http)
    {
        var request = FunctionInvoker.Request(function, Guid.NewGuid());
        foreach (var binding in function.Bindings)
        {
            if (binding.Is("httpTrigger"))
                request.InputData.Add(
                    new ParameterBinding
                    {
                        Name = binding.Name,
                        Data = new() { Http = new() },
                    }
                );
            else if (binding.Is("durableClient"))
                request.InputData.Add(
                    new ParameterBinding
                    {
                        Name = binding.Name,
                        Data = new() { String = invoker.Client(binding) },
                    }
                );
        }

        foreach (var (name, value) in http.GetRouteData().Values)
        {
            if (value is not null)
                request.TriggerMetadata[name] = new() { String = value.ToString() };
        }

        return request;
    }

    /// <summary>The call, whose failure somebody looks at even when the answer is no longer waited for.</summary>
    private static Task<InvocationResponse> InvokeAsync(WorkerChannel worker, InvocationRequest request, CancellationToken cancellationToken)
    {
        var call = worker.InvokeAsync(request, cancellationToken);
        _ = call.ContinueWith(failed => failed.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        return call;
    }

    private enum Outcome
    {
        Answered,
        WorkerLost,
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "{Function} gave no answer: {Reason}")]
        public static partial void NotForwarded(ILogger logger, string function, string reason);

        [LoggerMessage(LogLevel.Error, "{Function} did not end within {Timeout}.")]
        public static partial void TimedOut(ILogger logger, string function, TimeSpan timeout);
    }
}

/// <param name="Timeout">How long a function may run; null for as long as it likes.</param>
public sealed record HttpFunctionOptions(TimeSpan? Timeout);
