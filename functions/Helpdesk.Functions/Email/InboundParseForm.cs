using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Net.Http.Headers;
using MimeKit;

namespace Helpdesk.Functions.Email;

/// <summary>The form in which SendGrid's Inbound Parse posts a mail.</summary>
/// <remarks>Read by hand and in memory: files are not copied, and a form that breaks off still gives what came before.</remarks>
internal sealed class InboundParseForm
{
    private const int PartsLimit = 1000;

    /// <summary>One field of the form.</summary>
    /// <param name="FileName">Null for a field that is no file.</param>
    internal sealed record Field(string Name, string? FileName, string? ContentType, ReadOnlyMemory<byte> Bytes);

    private readonly Dictionary<string, Field> _fields = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Fields by their names; of two with one name the first counts.</summary>
    public Field? this[string name] => _fields.GetValueOrDefault(name);

    /// <summary>The form of a body; null for another content type, and for one without fields.</summary>
    public static InboundParseForm? TryRead(string contentType, ReadOnlyMemory<byte> body)
    {
        if (
            !MediaTypeHeaderValue.TryParse(contentType, out var type)
            || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
            || HeaderUtilities.RemoveQuotes(type.Boundary) is not { Length: > 0 } boundary
        )
            return null;
        var form = new InboundParseForm();
        foreach (var part in Split(body, Encoding.UTF8.GetBytes($"--{boundary.Value}")))
        {
            if (ReadField(part) is { } field)
                form._fields.TryAdd(field.Name, field);
        }

        return form._fields.Count == 0 ? null : form;
    }

    /// <summary>What a field says, in its own charset.</summary>
    public string? Text(string name) => this[name] is { } field ? Helpdesk.Email.MailCharsets.Decode(field.Bytes.Span, CharsetOf(name)) : null;

    /// <summary>A field that is JSON; null where it is missing or broken.</summary>
    public JsonObject? Json(string name)
    {
        if (this[name] is not { } field)
            return null;
        try
        {
            return JsonNode.Parse(field.Bytes.Span) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The addresses that the mail server delivered to, as it was told them.</summary>
    public IEnumerable<string> Recipients => Strings(Json("envelope")?["to"]);

    /// <summary>Whom the mail server would tell that it cannot be delivered; empty for a mail that wants no such report, null where it is not told.</summary>
    public string? EnvelopeFrom => Strings(Json("envelope")?["from"]).FirstOrDefault();

    /// <summary>A text in a JSON object; null where it is none.</summary>
    public static string? String(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static IEnumerable<string> Strings(JsonNode? node) =>
        node is JsonArray array ? array.Select(String).OfType<string>()
        : String(node) is { } one ? [one]
        : [];

    private string? CharsetOf(string name) => String(Json("charsets")?[name]);

    private static Field? ReadField(ReadOnlyMemory<byte> part)
    {
        var end = part.Span.IndexOf("\r\n\r\n"u8);
        if (end < 0)
            return null;
        using var stream = new MemoryStream([.. part.Span[..end], .. "\r\n\r\n"u8]);
        HeaderList headers;
        try
        {
            headers = HeaderList.Load(MailParts.Options, stream);
        }
        catch (FormatException)
        {
            return null;
        }

        if (headers[HeaderId.ContentDisposition] is not { } value || !ContentDisposition.TryParse(MailParts.Options, value, out var disposition))
            return null;
        return disposition.Parameters["name"] is { } name ? new(name, disposition.FileName, headers[HeaderId.ContentType], part[(end + 4)..]) : null;
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Split(ReadOnlyMemory<byte> body, byte[] delimiter)
    {
        var start = body.Span.IndexOf(delimiter);
        for (var parts = 0; start >= 0 && parts < PartsLimit; parts++)
        {
            var from = start + delimiter.Length;
            if (body.Length - from >= 2 && body.Span[from..].StartsWith("--"u8))
                yield break;
            var line = body.Span[from..].IndexOf((byte)'\n');
            if (line < 0)
                yield break;
            from += line + 1;
            var next = body.Span[from..].IndexOf([.. "\r\n"u8, .. delimiter]);
            yield return next < 0 ? body[from..] : body.Slice(from, next);
            start = next < 0 ? -1 : from + next + 2;
        }
    }
}
