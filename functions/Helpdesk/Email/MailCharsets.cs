using System.Collections.Frozen;
using System.Text;

namespace Helpdesk.Email;

/// <summary>Reads the bytes of a text: as declared, else as UTF-8, else as windows-1252. No text is lost to a wrong declaration.</summary>
public static class MailCharsets
{
    /// <summary>So many letters of more than one byte are no coincidence: bytes that are UTF-8 throughout were meant to be.</summary>
    private const int NoCoincidence = 6;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Names that mean more than they say, as every browser takes them, and names that libraries do not know.</summary>
    private static readonly FrozenDictionary<string, string> Meant = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
    {
        ["us-ascii"] = "windows-1252",
        ["ascii"] = "windows-1252",
        ["ansi_x3.4-1968"] = "windows-1252",
        ["iso-8859-1"] = "windows-1252",
        ["iso8859-1"] = "windows-1252",
        ["iso_8859-1"] = "windows-1252",
        ["latin1"] = "windows-1252",
        ["latin-1"] = "windows-1252",
        ["ansi"] = "windows-1252",
        ["cp1252"] = "windows-1252",
        ["cp1250"] = "windows-1250",
        ["cp1251"] = "windows-1251",
        ["cp1253"] = "windows-1253",
        ["win-1250"] = "windows-1250",
        ["win-1251"] = "windows-1251",
        ["iso-8859-9"] = "windows-1254",
        ["iso-8859-11"] = "windows-874",
        ["tis-620"] = "windows-874",
        ["utf8"] = "utf-8",
        ["utf-8mb4"] = "utf-8",
        ["unicode"] = "utf-16",
        ["gb2312"] = "gb18030",
        ["gbk"] = "gb18030",
        ["x-gbk"] = "gb18030",
        ["cp936"] = "gb18030",
        ["big5-hkscs"] = "big5",
        ["x-sjis"] = "shift_jis",
        ["sjis"] = "shift_jis",
        ["cp932"] = "shift_jis",
        ["windows-31j"] = "shift_jis",
        ["euc-kr"] = "ks_c_5601-1987",
        ["cp949"] = "ks_c_5601-1987",
        ["uhc"] = "ks_c_5601-1987",
        ["iso-8859-8-i"] = "iso-8859-8",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>Windows-1252; its five holes are read as control characters.</summary>
    public static Encoding Western { get; } = Find("windows-1252", strict: false)!;

    /// <summary>The text of some bytes.</summary>
    /// <param name="declared">The charset's name as the mail says it; null where it says none.</param>
    public static string Decode(ReadOnlySpan<byte> bytes, string? declared)
    {
        if (Marked(bytes) is { } marked)
            return marked;
        var utf8 = TryDecode(StrictUtf8, bytes);
        var encoding = declared is null ? null : Find(Meaning(declared), strict: true);
        if (utf8 is not null && (encoding is null or UTF8Encoding || IsUtf8AfterAll(bytes, encoding)))
            return utf8;
        return (encoding is null ? null : TryDecode(encoding, bytes)) ?? utf8 ?? Western.GetString(bytes);
    }

    /// <summary>A byte order mark says more than any declaration.</summary>
    private static string? Marked(ReadOnlySpan<byte> bytes) =>
        bytes switch
        {
            [0xEF, 0xBB, 0xBF, .. var rest] => TryDecode(StrictUtf8, rest),
            [0xFF, 0xFE, .. var rest] when rest.Length % 2 == 0 => TryDecode(new UnicodeEncoding(false, false, throwOnInvalidBytes: true), rest),
            [0xFE, 0xFF, .. var rest] when rest.Length % 2 == 0 => TryDecode(new UnicodeEncoding(true, false, throwOnInvalidBytes: true), rest),
            _ => null,
        };

    /// <summary>Bytes that are UTF-8 from end to end hardly ever are anything else. Charsets that use seven bits prove nothing.</summary>
    private static bool IsUtf8AfterAll(ReadOnlySpan<byte> bytes, Encoding declared)
    {
        if (declared is UnicodeEncoding or UTF32Encoding)
            return false;
        var letters = 0;
        foreach (var one in bytes)
            letters += one >= 0xC0 ? 1 : 0;
        return letters >= (declared.IsSingleByte ? 1 : NoCoincidence);
    }

    private static string Meaning(string name)
    {
        var trimmed = name.Trim(' ', '"', '\'', '\t');
        return Meant.GetValueOrDefault(trimmed, trimmed);
    }

    private static Encoding? Find(string name, bool strict)
    {
        DecoderFallback decoding = strict ? DecoderFallback.ExceptionFallback : DecoderFallback.ReplacementFallback;
        if (name.Equals("utf-8", StringComparison.OrdinalIgnoreCase))
            return StrictUtf8;
        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(name, EncoderFallback.ReplacementFallback, decoding)
                ?? Encoding.GetEncoding(name, EncoderFallback.ReplacementFallback, decoding);
        }
        catch (Exception unknown) when (unknown is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    private static string? TryDecode(Encoding encoding, ReadOnlySpan<byte> bytes)
    {
        try
        {
            return encoding.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
