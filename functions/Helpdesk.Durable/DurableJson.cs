using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Helpdesk.Durable;

/// <summary>Inputs, results and events in JSON, by source-generated contracts alone. Instants are written in UTC, since the host may rewrite any other form.</summary>
public sealed class DurableJson
{
    private readonly JsonSerializerOptions _options;

    /// <summary>Knows the types of <paramref name="contracts"/> and the plain ones (texts, numbers, true and false, raw JSON).</summary>
    public DurableJson(params IReadOnlyList<IJsonTypeInfoResolver> contracts)
    {
        _options = new(JsonSerializerDefaults.Web)
        {
            TypeInfoResolver = JsonTypeInfoResolver.Combine([.. contracts, PlainJson.Default]),
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };
        _options.MakeReadOnly();
    }

    /// <summary>The JSON text of a value; null for null.</summary>
    public string? Write(object? value) => value is null ? null : JsonSerializer.Serialize(value, _options.GetTypeInfo(value.GetType()));

    /// <summary>The JSON text of what an activity or orchestrator gives, null included.</summary>
    public string Write<T>(T value) => JsonSerializer.Serialize(value, (JsonTypeInfo<T>)_options.GetTypeInfo(typeof(T)));

    /// <summary>Reads a value; the default one when there is no text.</summary>
    public T? Read<T>(string? json) => string.IsNullOrEmpty(json) ? default : JsonSerializer.Deserialize(json, (JsonTypeInfo<T>)_options.GetTypeInfo(typeof(T)));
}

[JsonSerializable(typeof(object))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(bool))]
[JsonSerializable(typeof(int))]
[JsonSerializable(typeof(long))]
[JsonSerializable(typeof(double))]
[JsonSerializable(typeof(DateTime))]
[JsonSerializable(typeof(DateTime?))]
[JsonSerializable(typeof(DateTimeOffset))]
[JsonSerializable(typeof(DateTimeOffset?))]
[JsonSerializable(typeof(Guid))]
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(int[]))]
[JsonSerializable(typeof(List<string>))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(System.Text.Json.Nodes.JsonNode))]
[JsonSerializable(typeof(System.Text.Json.Nodes.JsonObject))]
internal sealed partial class PlainJson : JsonSerializerContext;
