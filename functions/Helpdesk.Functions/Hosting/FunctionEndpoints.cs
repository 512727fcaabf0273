using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Helpdesk.Functions.Hosting;

/// <summary>One delivery of a queue message.</summary>
/// <param name="Message">What the sender put in.</param>
/// <param name="DequeueCount">How often it has been tried, this time included.</param>
public sealed record QueueCall<T>(T Message, int DequeueCount);

/// <summary>Maps what the Functions host starts: HTTP route groups, queues and timers. Each becomes a function.json.</summary>
public sealed partial class FunctionEndpoints(IEndpointRouteBuilder endpoints, HandlerAddress address)
{
    /// <summary>Nothing in a path may be decoded a second time: no backslash, no percent sign, no space.</summary>
    private const string SafePath = "{*path:regex(^[A-Za-z0-9._~/-]*$)}";

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
        _definitions.Add(new(name, [new("queueTrigger", "in", "message") { QueueName = queue, Connection = "AzureWebJobsStorage" }]));
        Entry(name, async (envelope, services, cancel) =>
        {
            var message = JsonSerializer.Deserialize(envelope.Text("message"), json)
                ?? throw new InvalidDataException($"The queue {queue} delivered a message that is null.");
            await handle(new(message, envelope.DequeueCount), services, cancel);
        });
    }

    /// <summary>Runs <paramref name="handle"/> by an NCRONTAB schedule of six fields, in UTC.</summary>
    public void Timer(string name, string schedule, Func<IServiceProvider, CancellationToken, Task> handle)
    {
        _definitions.Add(new(name, [new("timerTrigger", "in", "timer") { Schedule = schedule }]));
        Entry(name, (_, services, cancel) => handle(services, cancel));
    }

    private void Entry(string name, Func<InvocationEnvelope, IServiceProvider, CancellationToken, Task> handle) =>
        endpoints.MapPost($"/{name}", async context =>
        {
            if (!address.IsCalledByHost(context.Request))
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return;
            }

            var logger = context.RequestServices.GetRequiredService<ILogger<FunctionEndpoints>>();
            try
            {
                using var document = await JsonDocument.ParseAsync(context.Request.Body, default, context.RequestAborted);
                await handle(new(document.RootElement), context.RequestServices, context.RequestAborted);
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
            await context.Response.WriteAsync("""{"Outputs":{},"Logs":[],"ReturnValue":null}""", context.RequestAborted);
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

    /// <summary>The text bound to <paramref name="binding"/>, byte for byte as it was sent.</summary>
    public string Text(string binding)
    {
        var outer = root.GetProperty("Data").GetProperty(binding);
        using var inner = JsonDocument.Parse(outer.GetString()!);
        return inner.RootElement.ValueKind == JsonValueKind.String ? inner.RootElement.GetString()! : inner.RootElement.GetRawText();
    }
}
