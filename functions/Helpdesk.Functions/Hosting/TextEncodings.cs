using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.Net.Http.Headers;

namespace Helpdesk.Functions.Hosting;

/// <summary>Makes UTF-8 of whatever encoding a request is written in.</summary>
public static class TextEncodings
{
    private static readonly (byte[] Mark, string Name)[] Marks =
    [
        ([0xEF, 0xBB, 0xBF], "utf-8"),
        ([0xFF, 0xFE, 0x00, 0x00], "utf-32"),
        ([0x00, 0x00, 0xFE, 0xFF], "utf-32BE"),
        ([0xFF, 0xFE], "utf-16"),
        ([0xFE, 0xFF], "utf-16BE"),
    ];

    static TextEncodings() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    /// <summary>The charset that a content type names; null for none.</summary>
    public static string? CharsetOf(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type) && HeaderUtilities.RemoveQuotes(type.Charset) is { Length: > 0 } charset
            ? charset.Value
            : null;

    /// <summary>The encoding of that name, which fails on bytes that are none of its own; 415 when it is not known.</summary>
    public static Encoding Find(string charset)
    {
        // What the web calls Latin-1 has always been Windows-1252.
        var name = charset.ToLowerInvariant() switch
        {
            "utf8" => "utf-8",
            "us-ascii" or "ascii" or "iso-8859-1" or "iso8859-1" or "latin1" or "latin-1" => "windows-1252",
            var other => other,
        };
        try
        {
            return Encoding.GetEncoding(name, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
        }
        catch (Exception unknown) when (unknown is ArgumentException or NotSupportedException)
        {
            throw new InvalidRequestException(
                StatusCodes.Status415UnsupportedMediaType,
                "charset-unknown",
                $"The charset \"{PlainText.Head(charset, 40)}\" is not known here: send UTF-8."
            );
        }
    }

    /// <summary>A body in UTF-8, without a byte order mark; 400 for bytes that are not what they say they are.</summary>
    public static ReadOnlyMemory<byte> ToUtf8(ReadOnlyMemory<byte> body, string? contentType)
    {
        var (mark, name) = Marks.FirstOrDefault(one => body.Span.StartsWith(one.Mark));
        name ??= CharsetOf(contentType);
        body = body[(mark?.Length ?? 0)..];
        if (name is null && body.Length > 1 && (body.Span[0] == 0 || body.Span[1] == 0))
            throw new InvalidRequestException(
                StatusCodes.Status415UnsupportedMediaType,
                "charset-unknown",
                "The body looks like UTF-16 without a byte order mark: send UTF-8."
            );
        var encoding = Find(name ?? "utf-8");
        if (encoding is UTF8Encoding)
        {
            return Utf8.IsValid(body.Span)
                ? body
                : throw new InvalidRequestException(StatusCodes.Status400BadRequest, "invalid-utf8", "The body is not valid UTF-8.");
        }

        try
        {
            return Encoding.UTF8.GetBytes(encoding.GetString(body.Span));
        }
        catch (DecoderFallbackException)
        {
            throw new InvalidRequestException(StatusCodes.Status400BadRequest, "invalid-text", $"The body is not valid {name}: send UTF-8.");
        }
    }

    /// <summary>Whether JSON contains half of a character, an escaped surrogate without its other half: in a name, or in any text.</summary>
    /// <param name="namesOnly">Whether to look at the names of fields alone.</param>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static bool HasLoneSurrogate(ReadOnlySpan<byte> json, bool namesOnly)
    {
        if (json.IndexOf("\\u"u8) < 0)
            return false;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 64 });
        while (reader.Read())
        {
            if (!reader.ValueIsEscaped || !(reader.TokenType == JsonTokenType.PropertyName || (!namesOnly && reader.TokenType == JsonTokenType.String)))
                continue;
            try
            {
                reader.GetString();
            }
            catch (InvalidOperationException)
            {
                return true;
            }
        }

        return false;
    }
}
