using System.Collections.Frozen;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Helpdesk.Functions.Hosting;

namespace Helpdesk.Functions.Settings;

/// <summary>All kinds of settings whose changes are recorded: what a static property or field of the app holds.</summary>
public static class SettingKinds
{
    private static readonly Lazy<FrozenDictionary<string, SettingKind>> All = new(Find);

    /// <summary>What the record of changes calls them, in order.</summary>
    public static IReadOnlyList<string> Audited => [.. All.Value.Keys.Order(StringComparer.Ordinal)];

    /// <summary>A recorded value as the API shows it elsewhere: its lengths in ISO 8601.</summary>
    public static JsonObject? Shown(string kind, JsonObject? value) =>
        value is not null && All.Value.TryGetValue(kind, out var known) ? Shown(value, known.Stored.Type, known.Stored.Options) as JsonObject : value;

    private static JsonNode? Shown(JsonNode? node, Type type, JsonSerializerOptions options)
    {
        if (node is JsonValue text && (Nullable.GetUnderlyingType(type) ?? type) == typeof(TimeSpan))
            return text.TryGetValue<string>(out var stored) && TimeSpan.TryParse(stored, CultureInfo.InvariantCulture, out var length)
                ? IsoLength.Of(length)
                : node.DeepClone();
        if (node is null or JsonValue || !options.TryGetTypeInfo(type, out var info))
            return node?.DeepClone();
        Type? TypeOf(string field) => info.Properties.FirstOrDefault(property => property.Name == field)?.PropertyType ?? info.ElementType;
        return node switch
        {
            JsonObject fields => new JsonObject(
                fields.Select(field =>
                    KeyValuePair.Create(field.Key, TypeOf(field.Key) is { } of ? Shown(field.Value, of, options) : field.Value?.DeepClone())
                )
            ),
            JsonArray items when info.ElementType is { } of => new JsonArray([.. items.Select(item => Shown(item, of, options))]),
            _ => node.DeepClone(),
        };
    }

    private static FrozenDictionary<string, SettingKind> Find()
    {
        const BindingFlags Static = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        var kinds =
            from type in typeof(SettingKinds).Assembly.GetTypes()
            where !type.ContainsGenericParameters
            // What a property holds lies in a field.
            from field in type.GetFields(Static)
            let kind = typeof(SettingKind).IsAssignableFrom(field.FieldType) ? (SettingKind?)field.GetValue(null)
            : IsVersioned(field.FieldType) ? (SettingKind?)field.FieldType.GetProperty("Newest")!.GetValue(field.GetValue(null))
            : null
            where kind?.Audited is not null
            select kind;
        return kinds.DistinctBy(kind => kind.Audited).ToFrozenDictionary(kind => kind.Audited!, StringComparer.Ordinal);
    }

    private static bool IsVersioned(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(VersionedKind<>);
}
