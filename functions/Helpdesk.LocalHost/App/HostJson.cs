using System.Globalization;
using System.Text.Json;

namespace Helpdesk.LocalHost.App;

/// <summary>The app's host.json.</summary>
public sealed class HostJson(JsonElement root)
{
    /// <summary>The section of the configuration in which the real host keeps it, so that settings such as <c>AzureFunctionsJobHost__extensions__queues__batchSize</c> go before it.</summary>
    public const string Section = "AzureFunctionsJobHost";

    public static HostJson Read(string folder) => new(FunctionApp.ReadJson(Path.Combine(folder, "host.json")) ?? JsonDocument.Parse("{}").RootElement);

    /// <summary>Every value with its path below <see cref="Section"/>.</summary>
    public IEnumerable<KeyValuePair<string, string?>> Flatten() => Flatten(Section, root);

    /// <summary>What stands before the routes of HTTP functions; empty for none.</summary>
    public static string RoutePrefix(IConfiguration configuration) => configuration[$"{Section}:extensions:http:routePrefix"]?.Trim('/') ?? "api";

    /// <summary>How long a function may run; null for as long as it likes.</summary>
    public static TimeSpan? FunctionTimeout(IConfiguration configuration)
    {
        var text = configuration[$"{Section}:functionTimeout"];
        if (text is null)
            return TimeSpan.FromMinutes(30);
        if (text == "-1")
            return null;
        return TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var time) && time > TimeSpan.Zero
            ? time
            : throw new LocalHostException($"functionTimeout in host.json is '{text}': give a length such as 00:05:00, or -1 for none.");
    }

    private static IEnumerable<KeyValuePair<string, string?>> Flatten(string path, JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(property => Flatten($"{path}:{property.Name}", property.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany((value, index) => Flatten(string.Create(CultureInfo.InvariantCulture, $"{path}:{index}"), value)),
        JsonValueKind.Null => [],
        _ => [new(path, element.ToString())],
    };
}
