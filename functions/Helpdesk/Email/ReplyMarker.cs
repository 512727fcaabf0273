using System.Buffers;
using System.Collections.Frozen;
using System.Text;

namespace Helpdesk.Email;

/// <summary>
/// The line at the top of every mail that goes out, above which answers are written, and the line with the reply token below it. Answers quote both: the
/// first shows where the quote begins, the second which ticket it is about.
/// </summary>
public static class ReplyMarker
{
    private const string Dashes = "——";
    private const int SignatureLength = 16;
    private const int LongestNumber = 18;
    private static readonly SearchValues<char> SignatureLetters = SearchValues.Create("0123456789abcdefghjkmnpqrstvwxyz");

    private static readonly FrozenDictionary<string, string> Sentences = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["en"] = "Please write above this line",
        ["de"] = "Bitte schreiben Sie über dieser Zeile",
        ["hr"] = "Molimo pišite iznad ove crte",
        ["el"] = "Παρακαλούμε γράψτε πάνω από αυτή τη γραμμή",
    }.ToFrozenDictionary();

    private static readonly FrozenSet<string> Known = Sentences.Values.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>The line above which answers are written, in English where the language has none.</summary>
    public static string Line(string? language) => $"{Dashes} {Sentences.GetValueOrDefault(language ?? "en", Sentences["en"])} {Dashes}";

    /// <summary>The line that carries a reply token.</summary>
    public static string TokenLine(string token) => $"{Dashes} {token} {Dashes}";

    /// <summary>Whether a line, quoted or not, is a marker in any language. Dashes get lost on the way; something in their place does not.</summary>
    public static bool IsLine(ReadOnlySpan<char> line)
    {
        if (line.Length > 200)
            return false;
        var sentence = line.TrimStart("> \u00a0\t");
        var bare = sentence.Trim("—–-_=*#?\u2015\u2500\ufffd \u00a0\t");
        return bare.Length >= 20
            && bare.Length < sentence.Length
            && Known.Contains(
                string.Join(' ', bare.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).Normalize(NormalizationForm.FormC)
            );
    }

    /// <summary>The first reply token in a text, in lower case; null for none. Whether it is one of ours, its signature tells.</summary>
    public static string? FindToken(ReadOnlySpan<char> text)
    {
        var from = 0;
        while (from < text.Length)
        {
            var dash = text[from..].IndexOf('-');
            if (dash < 0)
                return null;
            dash += from;
            if (TokenAround(text, dash) is { } token)
                return token;
            from = dash + 1;
        }

        return null;
    }

    private static string? TokenAround(ReadOnlySpan<char> text, int dash)
    {
        var start = dash;
        while (start > 0 && dash - start <= LongestNumber && char.IsAsciiDigit(text[start - 1]))
            start--;
        var end = dash + 1 + SignatureLength;
        if (start == dash || start == 0 || text[start - 1] is not ('t' or 'T') || end > text.Length)
            return null;
        start--;
        if ((start > 0 && char.IsLetterOrDigit(text[start - 1])) || (end < text.Length && char.IsLetterOrDigit(text[end])))
            return null;
        var token = text[start..end].ToString().ToLowerInvariant();
        return token.AsSpan(token.Length - SignatureLength).ContainsAnyExcept(SignatureLetters) ? null : token;
    }
}
