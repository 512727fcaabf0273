using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Helpdesk;

/// <summary>How a value of an enum is written outside the program: <c>OnHold</c> is <c>on-hold</c>.</summary>
public static class WireName<T>
    where T : struct, Enum
{
    private static readonly FrozenDictionary<string, T> Values = Enum.GetValues<T>()
        .ToFrozenDictionary(value => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString()), StringComparer.Ordinal);

    private static readonly FrozenDictionary<T, string> Names = Values.ToFrozenDictionary(pair => pair.Value, pair => pair.Key);

    /// <summary>All names, in the order of the enum.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Enum.GetValues<T>().Select(value => Names[value])];

    /// <summary>The wire form of <paramref name="value"/>.</summary>
    public static string Of(T value) => Names[value];

    /// <summary>Reads the exact wire form; names are case-sensitive.</summary>
    public static bool TryParse(string text, out T value) => Values.TryGetValue(text, out value);
}

/// <summary>Writes an enum in JSON by its <see cref="WireName{T}"/>.</summary>
public sealed class WireNameConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false)
    where T : struct, Enum;
