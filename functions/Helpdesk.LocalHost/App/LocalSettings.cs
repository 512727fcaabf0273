using System.Globalization;
using System.Text.Json;

namespace Helpdesk.LocalHost.App;

/// <summary>The app's local.settings.json, read as Core Tools read it: a setting that the environment has already goes before it.</summary>
/// <param name="Values">Settings for the app and the host, connection strings included.</param>
/// <param name="Port">Where the app answers when the command line does not say.</param>
/// <param name="CorsOrigins">Origins whose pages may read answers; <c>*</c> for every one.</param>
public sealed record LocalSettings(IReadOnlyDictionary<string, string> Values, int? Port, IReadOnlyList<string> CorsOrigins, bool CorsCredentials)
{
    public static LocalSettings Read(string folder)
    {
        var file = Path.Combine(folder, "local.settings.json");
        var root = FunctionApp.ReadJson(file) ?? JsonDocument.Parse("{}").RootElement;
        if (root.TryGetProperty("IsEncrypted", out var encrypted) && encrypted.ValueKind == JsonValueKind.True)
            throw new LocalHostException($"{file} is encrypted: run 'func settings decrypt' in the app's folder first.");
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var setting in Objects(root, "Values"))
            values[setting.Name] = Text(file, $"Values.{setting.Name}", setting.Value);
        foreach (var connection in Objects(root, "ConnectionStrings"))
        {
            var value =
                connection.Value.ValueKind == JsonValueKind.Object && connection.Value.TryGetProperty("ConnectionString", out var inner)
                    ? inner
                    : connection.Value;
            values[$"ConnectionStrings__{connection.Name}"] = Text(file, $"ConnectionStrings.{connection.Name}", value);
        }

        var host = root.TryGetProperty("Host", out var section) && section.ValueKind == JsonValueKind.Object ? section : default;
        string? Host(string name) =>
            host.ValueKind == JsonValueKind.Object && host.TryGetProperty(name, out var value) ? Text(file, $"Host.{name}", value) : null;
        return new(
            values,
            Host("LocalHttpPort") is { } port ? Whole(file, port) : null,
            Host("CORS")?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [],
            bool.TryParse(Host("CORSCredentials"), out var credentials) && credentials
        );
    }

    private static JsonElement.ObjectEnumerator Objects(JsonElement root, string name) =>
        root.TryGetProperty(name, out var section) && section.ValueKind == JsonValueKind.Object ? section.EnumerateObject() : default;

    private static string Text(string file, string name, JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.ToString(),
            JsonValueKind.Null => "",
            _ => throw new LocalHostException($"{name} in {file} must be a text, a number, true or false."),
        };

    private static int Whole(string file, string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and < 65536
            ? number
            : throw new LocalHostException($"Host.LocalHttpPort in {file} is no port: give a number from 1 to 65535.");
}
