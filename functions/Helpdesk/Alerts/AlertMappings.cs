using System.Text;
using System.Text.Json;

namespace Helpdesk.Alerts;

/// <summary>Reads fields of JSON by a mapping.</summary>
public static class AlertMappings
{
    /// <summary>The value that stands for every other one.</summary>
    public const string Otherwise = "*";

    /// <summary>The fields that a mapping may give, and what each is.</summary>
    public static IReadOnlyDictionary<string, string> Fields { get; } =
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["key"] = "tells disturbances apart, and is the same when one is reported again or is over",
            ["state"] = "firing, resolved or ignored",
            ["subject"] = "one line",
            ["description"] = "plain text",
            ["severity"] = "how bad it is",
            ["startedAt"] = "when it began",
            ["endedAt"] = "when it ended",
            ["link"] = "where the tool shows it",
            ["id"] = "the tool's own id of this report, by which a repeat is known",
        };

    /// <summary>The fields without which there is no report.</summary>
    public static IReadOnlyList<string> Required { get; } = ["key", "state", "subject"];

    /// <summary>What a field is by its mapping.</summary>
    /// <param name="Raw">What was read, before any value map; null where nothing was found.</param>
    /// <param name="Text">What it means; null where nothing was found and there is no default.</param>
    /// <param name="Known">Whether a value map says what it means, where there is one.</param>
    public readonly record struct Found(string? Raw, string? Text, bool Known);

    /// <summary>Reads one field of a report.</summary>
    /// <param name="item">The report.</param>
    /// <param name="body">The whole body, into which pointers that begin with <c>$</c> lead.</param>
    public static Found Read(AlertFieldMapping field, JsonElement item, JsonElement body)
    {
        var text = new StringBuilder();
        foreach (var pointer in field.From)
        {
            if (Find(pointer, item, body) is not { } found || TextOf(found) is not { Length: > 0 } part)
                continue;
            if (text.Length > 0)
                text.Append(field.Join ?? " ");
            text.Append(part);
            if (field.First)
                break;
        }

        var raw = text.Length == 0 ? null : text.ToString();
        if (raw is null)
            return new(null, field.Default, true);
        if (field.Values is null)
            return new(raw, raw, true);
        if (field.Values.TryGetValue(raw.Trim(), out var meant))
            return new(raw, meant, true);
        var loose = field.Values.FirstOrDefault(pair => string.Equals(pair.Key, raw.Trim(), StringComparison.OrdinalIgnoreCase)).Value;
        return (loose ?? field.Values.GetValueOrDefault(Otherwise)) is { } other ? new(raw, other, true) : new(raw, null, false);
    }

    /// <summary>What a pointer of a mapping leads to; null where there is nothing.</summary>
    public static JsonElement? Find(string pointer, JsonElement item, JsonElement body) =>
        pointer.StartsWith('$') ? JsonPointers.Find(body, pointer[1..]) : JsonPointers.Find(item, pointer);

    /// <summary>Why a mapping has a report ignored, in words; null when it has not.</summary>
    public static string? WhyIgnored(AlertMapping mapping, JsonElement item, JsonElement body)
    {
        foreach (var (pointer, values) in mapping.Ignore ?? new Dictionary<string, IReadOnlyList<string>>())
        {
            if (Find(pointer, item, body) is { } found && TextOf(found) is { } text && values.Contains(text, StringComparer.OrdinalIgnoreCase))
                return $"{pointer} is \"{AlertReports.Line(text)}\", which the mapping ignores";
        }

        return null;
    }

    /// <summary>A simple value as text, a list of such as one text; null for what is neither.</summary>
    public static string? TextOf(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
            JsonValueKind.Array => string.Join(", ", value.EnumerateArray().Take(100).Where(IsSimple).Select(TextOf)),
            _ => null,
        };

    private static bool IsSimple(JsonElement value) =>
        value.ValueKind is JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False;
}
