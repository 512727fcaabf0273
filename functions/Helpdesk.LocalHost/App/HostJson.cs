using System.Globalization;
using System.Text.Json;

namespace Helpdesk.LocalHost.App;

/// <summary>The app's host.json.</summary>
public sealed class HostJson(JsonElement root)
{
    public static HostJson Read(string folder) => new(FunctionApp.ReadJson(Path.Combine(folder, "host.json")) ?? JsonDocument.Parse("{}").RootElement);

    /// <summary>Every value with its path below a section.</summary>
    public IEnumerable<KeyValuePair<string, string?>> Flatten(string section) => Flatten(section, root);

    private static IEnumerable<KeyValuePair<string, string?>> Flatten(string path, JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.Object => element.EnumerateObject().SelectMany(property => Flatten($"{path}:{property.Name}", property.Value)),
            JsonValueKind.Array => element
                .EnumerateArray()
                .SelectMany((value, index) => Flatten(string.Create(CultureInfo.InvariantCulture, $"{path}:{index}"), value)),
            JsonValueKind.Null => [],
            _ => [new(path, element.ToString())],
        };
}
