using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Helpdesk.LocalHost;

/// <summary>What the host sends for triggers other than HTTP, exactly as recorded from the Functions host.</summary>
public static class InvocationEnvelope
{
    /// <summary>What the host says it is.</summary>
    public const string HostVersion = "4.1037.0.0";

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The envelope of a queue message. Texts are JSON inside JSON; the payload's own properties overwrite the host's.</summary>
    public static JsonObject Queue(string function, string binding, QueuedMessage message, DateTimeOffset now)
    {
        var metadata = new JsonObject
        {
            ["DequeueCount"] = message.DequeueCount.ToString(CultureInfo.InvariantCulture),
            ["ExpirationTime"] = Seconds(message.ExpiresOn),
            ["Id"] = Encode(message.Id),
            ["InsertionTime"] = Seconds(message.InsertedOn),
            ["NextVisibleTime"] = Seconds(message.NextVisibleOn),
            ["PopReceipt"] = Encode(message.PopReceipt),
            ["sys"] = Sys(function, now),
        };
        if (TryParseObject(message.Text) is { } payload)
            Flatten(payload, metadata);

        return new() { ["Data"] = new JsonObject { [binding] = Encode(message.Text) }, ["Metadata"] = metadata };
    }

    /// <summary>The envelope of a timer.</summary>
    public static JsonObject Timer(string function, string binding, TimerStatus? status, bool isPastDue, DateTimeOffset now) => new()
    {
        ["Data"] = new JsonObject
        {
            [binding] = new JsonObject
            {
                ["Schedule"] = new JsonObject { ["AdjustForDST"] = true },
                ["ScheduleStatus"] = status is null ? null : new JsonObject { ["Last"] = Instant(status.Last), ["Next"] = Instant(status.Next), ["LastUpdated"] = Instant(status.LastUpdated) },
                ["IsPastDue"] = isPastDue,
            },
        },
        ["Metadata"] = new JsonObject { ["sys"] = Sys(function, now) },
    };

    /// <summary>The envelope of an orchestrator's turn: a protobuf message in base64.</summary>
    public static JsonObject Orchestrator(string function, string binding, string request, DateTimeOffset now) => new()
    {
        ["Data"] = new JsonObject { [binding] = Encode(request) },
        ["Metadata"] = new JsonObject { ["sys"] = Sys(function, now) },
    };

    /// <summary>The envelope of an activity. Its input is JSON inside JSON, and its fields are flattened over the host's own.</summary>
    public static JsonObject Activity(string function, string binding, string instanceId, string? input, DateTimeOffset now)
    {
        var metadata = new JsonObject { ["instanceId"] = Encode(instanceId), ["sys"] = Sys(function, now) };
        if (input is null or "null")
            return new() { ["Data"] = new JsonObject { [binding] = "null" }, ["Metadata"] = metadata };
        metadata[binding] = Encode(input);
        metadata["data"] = input;
        if (TryParseObject(input) is { } payload)
        {
            metadata["data"] = payload.DeepClone();
            Flatten(payload, metadata, arrays: false);
        }

        return new() { ["Data"] = new JsonObject { [binding] = Encode(input) }, ["Metadata"] = metadata };
    }

    /// <summary>Adds what a durable client binding hands over: where the task hub answers.</summary>
    public static JsonObject WithClient(JsonObject envelope, string? binding, DurableAddress? durable)
    {
        if (binding is null || durable is null)
            return envelope;
        var client = new JsonObject
        {
            ["taskHubName"] = durable.TaskHub,
            ["connectionName"] = null,
            ["creationUrls"] = null,
            ["managementUrls"] = null,
            ["baseUrl"] = null,
            ["requiredQueryStringParameters"] = "code=local",
            ["rpcBaseUrl"] = durable.Rpc,
            ["httpBaseUrl"] = durable.Http,
            ["maxGrpcMessageSizeInBytes"] = 4_194_304,
            ["grpcHttpClientTimeout"] = "\"00:01:40\"",
        };
        envelope["Data"]!.AsObject()[binding] = Encode(client.ToJsonString(Plain));
        return envelope;
    }

    /// <summary>Whether an answer counts as success: any 2xx with a JSON object.</summary>
    public static bool IsSuccess(int status, string? mediaType, ReadOnlySpan<byte> body)
    {
        if (status is < 200 or > 299 || mediaType is not ("application/json" or "text/json"))
            return false;
        try
        {
            var reader = new Utf8JsonReader(body);
            return JsonElement.TryParseValue(ref reader, out var json) && json.Value.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>The bytes of an envelope.</summary>
    public static byte[] Bytes(JsonObject envelope) => JsonSerializer.SerializeToUtf8Bytes(envelope, Plain);

    private static JsonObject Sys(string function, DateTimeOffset now) => new()
    {
        ["MethodName"] = function,
        ["UtcNow"] = now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture),
        ["RandGuid"] = Guid.NewGuid().ToString(),
    };

    /// <summary>A simple value as the host turns it into text: dates and decimals lose their original form on the way.</summary>
    private static string Flattened(JsonNode? value)
    {
        switch (value?.GetValueKind())
        {
            case null or JsonValueKind.Null:
                return "";
            case JsonValueKind.True or JsonValueKind.False:
                return value.GetValue<bool>() ? "True" : "False";
            case JsonValueKind.Number:
                var digits = value.ToJsonString(Plain);
                return digits.AsSpan().IndexOfAny('.', 'e', 'E') < 0 ? digits : value.GetValue<double>().ToString(CultureInfo.InvariantCulture);
            default:
                var text = value.GetValue<string>();
                return text.Length >= 19 && text[10] == 'T' && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant)
                    ? instant.UtcDateTime.ToString(CultureInfo.InvariantCulture)
                    : text;
        }
    }

    private static void Flatten(JsonObject payload, JsonObject metadata, bool arrays = true)
    {
        foreach (var (name, value) in payload)
        {
            if (!arrays && value is JsonArray)
                continue;
            metadata.Remove(name);
            metadata[name] = value is JsonObject or JsonArray ? value.DeepClone() : Encode(Flattened(value));
        }
    }

    private static string Encode(string text) => JsonSerializer.Serialize(text, Plain);

    private static string Seconds(DateTimeOffset? instant) =>
        instant?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'+00:00'", CultureInfo.InvariantCulture) ?? "";

    private static string Instant(DateTimeOffset instant) =>
        instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'+00:00'", CultureInfo.InvariantCulture);

    private static JsonObject? TryParseObject(string text)
    {
        if (!text.AsSpan().TrimStart().StartsWith("{"))
            return null;
        try
        {
            return JsonNode.Parse(text) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>A queue message as the host has it in hand.</summary>
public sealed record QueuedMessage(
    string Id, string PopReceipt, string Text, long DequeueCount, DateTimeOffset? InsertedOn, DateTimeOffset? ExpiresOn, DateTimeOffset? NextVisibleOn);

/// <summary>When a timer ran last and is due next; kept in storage between runs.</summary>
public sealed record TimerStatus(DateTimeOffset Last, DateTimeOffset Next, DateTimeOffset LastUpdated);

/// <summary>Where the task hub of this host answers.</summary>
public sealed record DurableAddress(string TaskHub, string Rpc, string Http);

/// <summary>What a function answered: its body when it succeeded, and otherwise why it did not.</summary>
public sealed record FunctionAnswer(JsonElement? Body, string? Problem);

/// <summary>Calls the handler for everything but HTTP.</summary>
public sealed partial class Invoker(HandlerProcess handler, FunctionApp app, ILogger<Invoker> logger) : IDisposable
{
    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false });

    /// <summary>Runs a function once; waits first while the handler starts again. Says whether it succeeded.</summary>
    public async Task<bool> InvokeAsync(string function, JsonObject envelope, CancellationToken cancel) => (await AskAsync(function, envelope, cancel)).Body is not null;

    /// <summary>Runs a function once and gives what it answered.</summary>
    public async Task<FunctionAnswer> AskAsync(string function, JsonObject envelope, CancellationToken cancel)
    {
        if (await handler.WhenReadyAsync(cancel) is not { } address)
            return new(null, "the handler has ended for good");
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, "/" + function)) { Content = new ByteArrayContent(InvocationEnvelope.Bytes(envelope)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json", "utf-8");
        request.Headers.TransferEncodingChunked = true;
        request.Headers.TryAddWithoutValidation("X-Azure-Functions-HostVersion", InvocationEnvelope.HostVersion);
        request.Headers.TryAddWithoutValidation("X-Azure-Functions-InvocationId", Guid.NewGuid().ToString());
        request.Headers.TryAddWithoutValidation("User-Agent", $"Azure-Functions-Host/{InvocationEnvelope.HostVersion}");
        using var limit = new CancellationTokenSource(app.FunctionTimeout);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancel);
        try
        {
            using var answer = await _http.SendAsync(request, both.Token);
            var body = await answer.Content.ReadAsByteArrayAsync(both.Token);
            if (InvocationEnvelope.IsSuccess((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, body))
                return new(JsonElement.Parse(body), null);
            Log.Failed(logger, function, (int)answer.StatusCode);
            return new(null, $"the handler answered {(int)answer.StatusCode}, or no JSON object");
        }
        catch (HttpRequestException dropped)
        {
            Log.Dropped(logger, function, dropped.Message);
            return new(null, "the handler dropped the call");
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            Log.TimedOut(logger, function, app.FunctionTimeout);
            handler.Kill();
            return new(null, $"it did not end within {app.FunctionTimeout}");
        }
    }

    public void Dispose() => _http.Dispose();

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "{Function} failed: the handler answered {Status}")]
        public static partial void Failed(ILogger logger, string function, int status);

        [LoggerMessage(LogLevel.Warning, "{Function} failed: the handler dropped the call ({Reason})")]
        public static partial void Dropped(ILogger logger, string function, string reason);

        [LoggerMessage(LogLevel.Error, "{Function} did not end within {Limit}; the handler is killed with everything it was doing")]
        public static partial void TimedOut(ILogger logger, string function, TimeSpan limit);
    }
}
