using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Helpdesk.Durable;

namespace Helpdesk.Functions.Hosting;

/// <summary>One delivery of a queue message.</summary>
/// <param name="Message">What the sender put in.</param>
/// <param name="DequeueCount">How often it has been tried, this time included.</param>
public sealed record QueueCall<T>(T Message, int DequeueCount);

/// <summary>Maps what the Functions host starts: HTTP route groups, queues, timers, orchestrators and activities. Each becomes a function.json.</summary>
public sealed partial class FunctionEndpoints(IEndpointRouteBuilder endpoints, HandlerAddress address, DurableWorker worker, DurableConnection durable)
{
    /// <summary>Nothing in a path may be decoded a second time: no backslash, no percent sign, no space.</summary>
    private const string SafePath = "{*path:regex(^[A-Za-z0-9._~/-]*$)}";

    private const string Client = "client";

    private readonly List<FunctionDefinition> _definitions = [];

    /// <summary>What is mapped so far.</summary>
    public IReadOnlyList<FunctionDefinition> Definitions => _definitions;

    /// <summary>Lets the host forward everything below a path prefix; the routes themselves are mapped on what is given back.</summary>
    public RouteGroupBuilder Http(string name, string prefix)
    {
        _definitions.Add(Http(name, prefix, SafePath));
        return endpoints.MapGroup(prefix);
    }

    /// <summary>The same, and the prefix itself: a constraint on what follows keeps the bare prefix from matching.</summary>
    public RouteGroupBuilder HttpWithHome(string name, string prefix)
    {
        _definitions.Add(Http($"{name}Home", prefix, null));
        return Http(name, prefix);
    }

    private static FunctionDefinition Http(string name, string prefix, string? rest) => new(name,
    [
        new("httpTrigger", "in", "req")
        {
            AuthLevel = "anonymous",
            Methods = ["get", "head", "post", "put", "patch", "delete", "options"],
            Route = rest is null ? prefix : $"{prefix}/{rest}",
        },
        new("http", "out", "res"),
    ]);

    /// <summary>Runs <paramref name="handle"/> for every message of a queue. It may run twice; what it throws brings the message back.</summary>
    public void Queue<T>(string name, string queue, JsonTypeInfo<T> json, Func<QueueCall<T>, IServiceProvider, CancellationToken, Task> handle) where T : class
    {
        _definitions.Add(new(name, [new("queueTrigger", "in", "message") { QueueName = queue, Connection = "AzureWebJobsStorage" }, new("durableClient", "in", Client)]));
        Entry(name, async (envelope, services, cancel) =>
        {
            await LearnAsync(envelope, cancel);
            var message = JsonSerializer.Deserialize(envelope.Text("message"), json)
                ?? throw new InvalidDataException($"The queue {queue} delivered a message that is null.");
            await handle(new(message, envelope.DequeueCount), services, cancel);
            return null;
        });
    }

    /// <summary>A queue whose messages say nothing: they have the host hand over the way to its task hub.</summary>
    public void DurableClient(string name, string queue)
    {
        _definitions.Add(new(name, [new("queueTrigger", "in", "message") { QueueName = queue, Connection = "AzureWebJobsStorage" }, new("durableClient", "in", Client)]));
        Entry(name, async (envelope, _, cancel) =>
        {
            await LearnAsync(envelope, cancel);
            return null;
        });
    }

    /// <summary>Lets the task hub run an orchestrator.</summary>
    public void Orchestrator<TInput, TOutput>(string name, Func<TaskOrchestrator<TInput, TOutput>> make)
    {
        _definitions.Add(new(name, [new("orchestrationTrigger", "in", "context")]));
        worker.AddOrchestrator(name, make);
        Entry(name, (envelope, _, _) => Task.FromResult<string?>($"\"{worker.RunTurn(envelope.Text("context"))}\""));
    }

    /// <summary>Lets orchestrators call an activity.</summary>
    public void Activity<TInput, TOutput>(string name, Func<TaskActivity<TInput, TOutput>> make)
    {
        _definitions.Add(new(name, [new("activityTrigger", "in", "input")]));
        worker.AddActivity(name, make);
        // The metadata may say what it likes: who calls is not read from it.
        Entry(name, async (envelope, _, cancel) => await worker.RunActivityAsync(new(name, "", cancel), envelope.Text("input")));
    }

    private async Task LearnAsync(InvocationEnvelope envelope, CancellationToken cancel)
    {
        if (envelope.TextOrNull(Client) is not { } binding)
            return;
        foreach (var use in durable.Learn(binding))
            await use(durable.Client!, cancel);
    }

    /// <summary>Runs <paramref name="handle"/> by an NCRONTAB schedule of six fields, in UTC.</summary>
    public void Timer(string name, string schedule, Func<IServiceProvider, CancellationToken, Task> handle)
    {
        _definitions.Add(new(name, [new("timerTrigger", "in", "timer") { Schedule = schedule }, new("durableClient", "in", Client)]));
        Entry(name, async (envelope, services, cancel) =>
        {
            await LearnAsync(envelope, cancel);
            await handle(services, cancel);
            return null;
        });
    }

    private void Entry(string name, Func<InvocationEnvelope, IServiceProvider, CancellationToken, Task<string?>> handle) =>
        endpoints.MapPost($"/{name}", async context =>
        {
            if (!address.IsCalledByHost(context.Request))
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return;
            }

            var logger = context.RequestServices.GetRequiredService<ILogger<FunctionEndpoints>>();
            string? value = null;
            try
            {
                using var document = await JsonDocument.ParseAsync(context.Request.Body, default, context.RequestAborted);
                value = await handle(new(document.RootElement), context.RequestServices, context.RequestAborted);
            }
            catch (HelpdeskRuleException rule)
            {
                // Trying again cannot help, so the message is done; what it says is on record.
                Log.Dropped(logger, name, rule.Code, rule.Message);
            }
            catch (Exception failure)
            {
                Log.Failed(logger, failure, name);
                context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            }

            // The host takes anything but a JSON object that says it is JSON for a failure, or waits for ever.
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync($$"""{"Outputs":{},"Logs":[],"ReturnValue":{{value ?? "null"}}}""", context.RequestAborted);
        })
        .WithMetadata(new FunctionEntry())
        .ExcludeFromDescription();

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "{Function} dropped its message by rule {Code}: {Reason}")]
        public static partial void Dropped(ILogger logger, string function, string code, string reason);

        [LoggerMessage(LogLevel.Error, "{Function} failed")]
        public static partial void Failed(ILogger logger, Exception exception, string function);
    }
}

/// <summary>Marks an endpoint that only the Functions host may call; its answer is always JSON.</summary>
public sealed record FunctionEntry;

/// <summary>Where this handler listens, and how a call of the host itself is told from one it forwards for an outsider.</summary>
/// <remarks>The host calls queues and timers in chunks and under the handler's own loopback address; it never forwards a chunked call.</remarks>
public sealed record HandlerAddress(int Port)
{
    /// <summary>Whether the host itself calls.</summary>
    public bool IsCalledByHost(HttpRequest request) =>
        request.ContentLength is null
        && string.Equals(request.Headers.TransferEncoding, "chunked", StringComparison.OrdinalIgnoreCase)
        && request.Host.Value == $"127.0.0.1:{Port}"
        && request.HttpContext.Connection.LocalPort == Port;
}

/// <summary>What the host sends: texts are JSON inside JSON. The metadata beside the data can be forged by a payload, so only the count is read.</summary>
public readonly struct InvocationEnvelope(JsonElement root)
{
    /// <summary>How often the host has tried, this time included.</summary>
    public int DequeueCount =>
        root.TryGetProperty("Metadata", out var metadata) && metadata.TryGetProperty(nameof(DequeueCount), out var count)
        && int.TryParse(count.ToString(), out var value) ? value : 1;

    /// <summary>The text bound to <paramref name="binding"/>, or null when there is no such binding.</summary>
    public string? TextOrNull(string binding) => root.TryGetProperty("Data", out var data) && data.TryGetProperty(binding, out var value) && value.ValueKind == JsonValueKind.String ? Text(binding) : null;

    /// <summary>The text bound to <paramref name="binding"/>, byte for byte as it was sent.</summary>
    public string Text(string binding)
    {
        var outer = root.GetProperty("Data").GetProperty(binding);
        using var inner = JsonDocument.Parse(outer.GetString()!);
        return inner.RootElement.ValueKind == JsonValueKind.String ? inner.RootElement.GetString()! : inner.RootElement.GetRawText();
    }
}
