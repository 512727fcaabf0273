using System.Text;
using System.Text.Json;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Helpdesk.Functions.Alerts;

/// <summary>Opens what was sent, with the lenience that tools and their templates need: a report that is lost helps nobody.</summary>
public static class AlertPayload
{
    private const string Form = "application/x-www-form-urlencoded";

    /// <summary>The body as JSON: an object or a list. A form becomes an object of texts.</summary>
    /// <exception cref="InvalidRequestException">It is neither.</exception>
    public static JsonElement ReadJson(AlertBody body)
    {
        if (IsForm(body.ContentType))
            return JsonSerializer.SerializeToElement(ReadForm(body), AlertPayloadJson.Default.IReadOnlyDictionaryStringString);
        try
        {
            var json = JsonDocument
                .Parse(WithWholeCharacters(TextOf(body)), new JsonDocumentOptions { MaxDepth = 64, AllowTrailingCommas = true })
                .RootElement;
            return json.ValueKind is JsonValueKind.Object or JsonValueKind.Array
                ? json
                : throw new InvalidRequestException(StatusCodes.Status400BadRequest, "object-expected", "The body is neither a JSON object nor a list.");
        }
        catch (JsonException broken)
        {
            throw new InvalidRequestException(StatusCodes.Status400BadRequest, "malformed-json", $"The body is not valid JSON: {broken.Message}");
        }
    }

    /// <summary>The body as a JSON object.</summary>
    public static JsonElement ReadObject(AlertBody body, string what) =>
        ReadJson(body) is { ValueKind: JsonValueKind.Object } json ? json : throw NotThat(what, "the body is a list");

    /// <summary>The fields of a form; of a name that comes twice the last.</summary>
    public static IReadOnlyDictionary<string, string> ReadForm(AlertBody body)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in new QueryStringEnumerable(TextOf(body)))
        {
            if (fields.Count < 200)
                fields[pair.DecodeName().ToString()] = pair.DecodeValue().ToString();
        }

        return fields;
    }

    public static bool IsForm(string contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type) && type.MediaType.Equals(Form, StringComparison.OrdinalIgnoreCase);

    /// <summary>The text of a body: in the charset that it names, else in UTF-8, else in what the web calls Latin-1.</summary>
    public static string TextOf(AlertBody body)
    {
        try
        {
            return Encoding.UTF8.GetString(TextEncodings.ToUtf8(body.Bytes, body.ContentType).Span);
        }
        catch (InvalidRequestException)
        {
            return TextEncodings.Find("latin1").GetString(body.Bytes.Span);
        }
    }

    /// <summary>What is said of a body that is not what the kind of its source sends.</summary>
    public static InvalidRequestException NotThat(string what, string problem) =>
        new(StatusCodes.Status400BadRequest, "not-understood", $"This is not {what}: {problem}.");

    /// <summary>JSON in which no half of a character is escaped: a template that cuts a text may cut an emoji in two.</summary>
    private static string WithWholeCharacters(string json)
    {
        if (!json.Contains("\\u", StringComparison.Ordinal) || !TextEncodings.HasLoneSurrogate(Encoding.UTF8.GetBytes(json), namesOnly: false))
            return json;
        var (whole, copied) = (new StringBuilder(json.Length), 0);
        for (var at = 0; at < json.Length - 1; at++)
        {
            if (json[at] != '\\')
                continue;
            if (Unit(at) is not { } unit || !char.IsSurrogate(unit))
                at++;
            else if (char.IsHighSurrogate(unit) && Unit(at + 6) is { } next && char.IsLowSurrogate(next))
                at += 11;
            else
            {
                whole.Append(json, copied, at - copied).Append("\\ufffd");
                copied = at + 6;
                at += 5;
            }
        }

        return whole.Append(json, copied, json.Length - copied).ToString();

        char? Unit(int at) =>
            at + 6 <= json.Length
            && json[at] == '\\'
            && json[at + 1] == 'u'
            && ushort.TryParse(
                json.AsSpan(at + 2, 4),
                System.Globalization.NumberStyles.AllowHexSpecifier,
                System.Globalization.CultureInfo.InvariantCulture,
                out var unit
            )
                ? (char)unit
                : null;
    }
}

[System.Text.Json.Serialization.JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
internal sealed partial class AlertPayloadJson : System.Text.Json.Serialization.JsonSerializerContext;

/// <summary>Short ways to what may be in JSON, whatever it is.</summary>
internal static class AlertJsonElements
{
    /// <summary>A simple member as text; null where there is none.</summary>
    public static string? Text(this JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) ? Helpdesk.Alerts.AlertMappings.TextOf(value) : null;

    /// <summary>The first of several members that has something in it.</summary>
    public static string? First(this JsonElement json, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (json.Text(name) is { } text && !string.IsNullOrWhiteSpace(text))
                return text;
        }

        return null;
    }

    /// <summary>A member that is an object; null where there is none.</summary>
    public static JsonElement? Object(this JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object ? value : null;

    /// <summary>A member that is a list; null where there is none.</summary>
    public static JsonElement? List(this JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Array ? value : null;

    /// <summary>The simple members of an object, as texts.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Texts(this JsonElement? json)
    {
        if (json is not { ValueKind: JsonValueKind.Object } given)
            yield break;
        foreach (var member in given.EnumerateObject())
        {
            if (Helpdesk.Alerts.AlertMappings.TextOf(member.Value) is { } text)
                yield return new(member.Name, text);
        }
    }
}
