using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Helpdesk.Functions.Hosting;

/// <summary>JSON of the hosting side alone.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(FunctionDefinition))]
public sealed partial class HostingJson : JsonSerializerContext;

/// <summary>Writes instants as ISO 8601 UTC with a Z, and reads nothing else.</summary>
public sealed class UtcInstantConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetDateTimeOffset().ToUniversalTime();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture));
}

/// <summary>The escaping every answer and row uses: only what JSON itself asks for.</summary>
public static class JsonEscaping
{
    /// <summary>Safe because no answer of ours is ever written into HTML unescaped.</summary>
    public static JavaScriptEncoder Least => JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
}
