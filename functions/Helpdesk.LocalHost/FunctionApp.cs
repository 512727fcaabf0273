using System.Globalization;
using System.Text.Json;

namespace Helpdesk.LocalHost;

/// <summary>A Functions app as its host.json and function.json files describe it.</summary>
public sealed record FunctionApp(
    string Folder, string Executable, IReadOnlyList<string> Arguments, string RoutePrefix, TimeSpan FunctionTimeout, QueueSettings Queues,
    IReadOnlyList<HttpFunction> Http, IReadOnlyList<QueueFunction> QueueFunctions, IReadOnlyList<TimerFunction> Timers,
    IReadOnlyList<DurableFunction> Orchestrators, IReadOnlyList<DurableFunction> Activities, string TaskHub)
{
    /// <summary>Whether the app has anything for a task hub to do.</summary>
    public bool IsDurable => Orchestrators.Count + Activities.Count > 0 || QueueFunctions.Any(function => function.Client is not null) || Timers.Any(function => function.Client is not null);

    /// <summary>Reads an app folder; says what is missing or not possible here.</summary>
    public static FunctionApp Read(string folder)
    {
        var hostFile = Path.Combine(folder, "host.json");
        if (!File.Exists(hostFile))
            throw new LocalHostException($"There is no host.json in {folder}: build the app first.");
        var host = ReadJson(hostFile);
        var handler = Find(host, "customHandler") ?? throw new LocalHostException($"{hostFile} has no customHandler: this host runs custom handlers only.");
        if (Find(handler, "enableForwardingHttpRequest") is not { ValueKind: JsonValueKind.True })
            throw new LocalHostException($"{hostFile} does not set customHandler.enableForwardingHttpRequest, and this host only forwards HTTP.");
        var executable = Text(handler, "description", "defaultExecutablePath") ?? throw new LocalHostException($"{hostFile} names no customHandler.description.defaultExecutablePath.");

        var (http, queues, timers) = (new List<HttpFunction>(), new List<QueueFunction>(), new List<TimerFunction>());
        var (orchestrators, activities) = (new List<DurableFunction>(), new List<DurableFunction>());
        foreach (var file in Directory.EnumerateDirectories(folder).Select(function => Path.Combine(function, "function.json")).Where(File.Exists).Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(Path.GetDirectoryName(file))!;
            var bindings = Find(ReadJson(file), "bindings")?.EnumerateArray().ToList() ?? [];
            var trigger = bindings.SingleOrDefault(binding => Text(binding, "type")?.EndsWith("Trigger", StringComparison.OrdinalIgnoreCase) == true);
            var client = bindings.Where(binding => Text(binding, "type") == "durableClient").Select(binding => Text(binding, "name")).FirstOrDefault();
            switch (trigger.ValueKind == JsonValueKind.Undefined ? null : Text(trigger, "type"))
            {
                case "httpTrigger" when bindings.Count == 2 && Text(trigger, "authLevel") == "anonymous":
                    http.Add(new(name, Text(trigger, "route") ?? name, [.. Find(trigger, "methods")?.EnumerateArray().Select(method => method.GetString()!.ToUpperInvariant()) ?? []]));
                    break;
                case "httpTrigger":
                    throw new LocalHostException($"{file}: this host knows HTTP functions with one httpTrigger (authLevel anonymous) and one http output only.");
                case "queueTrigger":
                    queues.Add(new(name, Text(trigger, "name")!, Text(trigger, "queueName") ?? throw new LocalHostException($"{file} names no queueName."), client));
                    break;
                case "timerTrigger":
                    timers.Add(new(name, Text(trigger, "name")!, Text(trigger, "schedule") ?? throw new LocalHostException($"{file} names no schedule."), client));
                    break;
                case "orchestrationTrigger":
                    orchestrators.Add(new(name, Text(trigger, "name")!));
                    break;
                case "activityTrigger":
                    activities.Add(new(name, Text(trigger, "name")!));
                    break;
                case var other:
                    throw new LocalHostException($"{file}: this host does not know the trigger {other ?? "(none)"}.");
            }
        }

        return new(
            folder,
            Path.Combine(folder, executable),
            [.. Find(handler, "description", "arguments")?.EnumerateArray().Select(argument => argument.GetString()!) ?? []],
            Text(host, "extensions", "http", "routePrefix") ?? "api",
            Time(host, TimeSpan.FromMinutes(30), "functionTimeout"),
            QueueSettings.Read(host),
            http, queues, timers, orchestrators, activities,
            Text(host, "extensions", "durableTask", "hubName") is { Length: > 0 } hub && hub.All(char.IsAsciiLetterOrDigit) ? hub : "LocalTaskHub");
    }

    internal static JsonElement? Find(JsonElement json, params IReadOnlyList<string> path)
    {
        foreach (var name in path)
        {
            if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty(name, out json))
                return null;
        }

        return json;
    }

    internal static string? Text(JsonElement json, params IReadOnlyList<string> path) =>
        Find(json, path) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    internal static TimeSpan Time(JsonElement json, TimeSpan otherwise, params IReadOnlyList<string> path) =>
        Text(json, path) is not { } text ? otherwise
        : TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var time) ? time
        : throw new LocalHostException($"host.json: {string.Join('.', path)} is \"{text}\", which is no time.");

    private static JsonElement ReadJson(string file)
    {
        try
        {
            return JsonDocument.Parse(File.ReadAllBytes(file), new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true }).RootElement;
        }
        catch (JsonException broken)
        {
            throw new LocalHostException($"{file} is not valid JSON: {broken.Message}", broken);
        }
    }
}

/// <summary>An HTTP function; without methods it takes all of them.</summary>
public sealed record HttpFunction(string Name, string Route, IReadOnlyList<string> Methods);

/// <summary>A function that runs for every message of a queue. <paramref name="Client"/> is the binding that gets the durable client, or null.</summary>
public sealed record QueueFunction(string Name, string Binding, string Queue, string? Client = null);

/// <summary>A function that runs by a schedule. <paramref name="Client"/> is the binding that gets the durable client, or null.</summary>
public sealed record TimerFunction(string Name, string Binding, string Schedule, string? Client = null);

/// <summary>An orchestrator or an activity.</summary>
public sealed record DurableFunction(string Name, string Binding);

/// <summary>host.json's <c>extensions.queues</c>, with the defaults of the queue extension.</summary>
public sealed record QueueSettings(int BatchSize, int NewBatchThreshold, TimeSpan VisibilityTimeout, int MaxDequeueCount, TimeSpan MaxPollingInterval, bool Base64)
{
    internal static QueueSettings Read(JsonElement host)
    {
        int Whole(string name, int otherwise) => FunctionApp.Find(host, "extensions", "queues", name) is { } value ? value.GetInt32() : otherwise;
        var batchSize = Whole("batchSize", 16);
        if (batchSize is < 1 or > 32)
            throw new LocalHostException($"host.json: extensions.queues.batchSize is {batchSize}; it must be 1 to 32.");
        return new(
            batchSize,
            Whole("newBatchThreshold", batchSize / 2),
            FunctionApp.Time(host, TimeSpan.Zero, "extensions", "queues", "visibilityTimeout"),
            Math.Max(1, Whole("maxDequeueCount", 5)),
            FunctionApp.Time(host, TimeSpan.FromMinutes(1), "extensions", "queues", "maxPollingInterval"),
            !string.Equals(FunctionApp.Text(host, "extensions", "queues", "messageEncoding"), "none", StringComparison.OrdinalIgnoreCase));
    }
}
