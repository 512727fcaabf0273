using System.Text.Json;
using System.Text.Json.Serialization;

namespace Helpdesk.Functions.Hosting;

/// <summary>One function as the Functions host knows it: a folder of its name with a function.json.</summary>
public sealed record FunctionDefinition([property: JsonIgnore] string Name, IReadOnlyList<FunctionBinding> Bindings)
{
    /// <summary>Writes the folders of all <paramref name="functions"/> below <paramref name="app"/>, and removes those that are no longer mapped.</summary>
    public static void WriteAll(string app, IReadOnlyList<FunctionDefinition> functions)
    {
        foreach (var stale in Directory.EnumerateFiles(app, "function.json", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1 }))
            File.Delete(stale);
        foreach (var function in functions)
        {
            var folder = Directory.CreateDirectory(Path.Combine(app, function.Name));
            File.WriteAllText(Path.Combine(folder.FullName, "function.json"), JsonSerializer.Serialize(function, HostingJson.Default.FunctionDefinition));
        }
    }
}

/// <summary>One binding of a function; which properties it has depends on its type.</summary>
public sealed record FunctionBinding(string Type, string Direction, string Name)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? AuthLevel { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Methods { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Route { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? QueueName { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Connection { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Schedule { get; init; }
}
