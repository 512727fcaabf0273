using System.Text;
using Helpdesk.Functions.Hosting;

namespace Helpdesk.Functions.Intake;

/// <summary>Reads what a browser posts as <c>application/x-www-form-urlencoded</c>, in whichever encoding the page has.</summary>
public static class FormPost
{
    private const string Fallback = "windows-1252";

    /// <summary>The fields by name; of a name that comes twice, all values with commas between.</summary>
    /// <param name="charset">What the post says its encoding is; null when it does not: then UTF-8, or Windows-1252 where it cannot be that.</param>
    public static IReadOnlyDictionary<string, string> Read(ReadOnlySpan<byte> body, string? charset)
    {
        var pairs = new List<(byte[] Name, byte[] Value)>();
        foreach (var range in body.Split((byte)'&'))
        {
            var pair = body[range];
            var equals = pair.IndexOf((byte)'=');
            if (pair.Length > 0)
                pairs.Add((Unescape(equals < 0 ? pair : pair[..equals]), equals < 0 ? [] : Unescape(pair[(equals + 1)..])));
        }

        // A form can say it in a field of this name, which browsers fill in.
        charset ??= pairs.FirstOrDefault(pair => pair.Name.AsSpan().SequenceEqual("_charset_"u8)).Value is { Length: > 0 } said
            ? Encoding.ASCII.GetString(said)
            : null;
        var encoding = TextEncodings.Find(charset ?? "utf-8");
        try
        {
            return Decode(pairs, encoding);
        }
        catch (DecoderFallbackException) when (charset is null)
        {
            return Decode(pairs, TextEncodings.Find(Fallback));
        }
        catch (DecoderFallbackException)
        {
            throw new InvalidRequestException(StatusCodes.Status400BadRequest, "invalid-text", $"The form is not valid {charset}: send UTF-8.");
        }
    }

    private static Dictionary<string, string> Decode(IEnumerable<(byte[] Name, byte[] Value)> pairs, Encoding encoding) =>
        pairs
            .Select(pair => (Name: encoding.GetString(pair.Name), Value: encoding.GetString(pair.Value)))
            .GroupBy(pair => pair.Name, StringComparer.Ordinal)
            .ToDictionary(same => same.Key, same => string.Join(',', same.Select(pair => pair.Value)), StringComparer.Ordinal);

    private static byte[] Unescape(ReadOnlySpan<byte> text)
    {
        var bytes = new List<byte>(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '%' && i + 2 < text.Length && Digit(text[i + 1]) is { } high && Digit(text[i + 2]) is { } low)
            {
                bytes.Add((byte)(high * 16 + low));
                i += 2;
            }
            else
            {
                bytes.Add(text[i] == '+' ? (byte)' ' : text[i]);
            }
        }

        return [.. bytes];
    }

    private static int? Digit(byte letter) => char.IsAsciiHexDigit((char)letter) ? Convert.ToInt32(((char)letter).ToString(), 16) : null;
}
