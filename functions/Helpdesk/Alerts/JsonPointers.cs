using System.Globalization;
using System.Text.Json;

namespace Helpdesk.Alerts;

/// <summary>Finds values in JSON by pointers (RFC 6901).</summary>
public static class JsonPointers
{
    /// <summary>What is wrong with a pointer, in words; null for one that is right.</summary>
    public static string? ProblemOf(string pointer)
    {
        if (pointer.Length > 0 && pointer[0] != '/')
            return $"contains \"{pointer}\", which is not a JSON pointer: it begins with a slash, such as /event/id.";
        for (var at = pointer.IndexOf('~', StringComparison.Ordinal); at >= 0; at = pointer.IndexOf('~', at + 1))
        {
            if (at + 1 == pointer.Length || pointer[at + 1] is not ('0' or '1'))
                return $"contains \"{pointer}\": in a JSON pointer ~ is written ~0, and a slash in a name ~1.";
        }

        return null;
    }

    /// <summary>The value that a pointer leads to; null where there is none.</summary>
    public static JsonElement? Find(JsonElement json, string pointer)
    {
        if (pointer.Length == 0)
            return json;
        foreach (var part in pointer[1..].Split('/'))
        {
            var name = part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            if (json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var member))
                json = member;
            else if (json.ValueKind == JsonValueKind.Array && IndexOf(name) is { } index && index < json.GetArrayLength())
                json = json[index];
            else
                return null;
        }

        return json;
    }

    private static int? IndexOf(string name) =>
        name.Length is > 0 and <= 6 && name.AsSpan().IndexOfAnyExceptInRange('0', '9') < 0 && (name.Length == 1 || name[0] != '0')
            ? int.Parse(name, NumberStyles.None, CultureInfo.InvariantCulture)
            : null;
}
