using System.Text;

namespace Helpdesk.Contacts;

/// <summary>Makes words comparable: lower case, Latin and Greek letters without their marks, nothing that a storage key cannot hold.</summary>
/// <remarks>By a table and not by Unicode's decompositions: the app runs without the culture data that would know them.</remarks>
public static class Folding
{
    /// <summary>Letters of a term that count: long enough to tell people apart, short enough for a key.</summary>
    public const int TermLength = 40;

    private static readonly Dictionary<char, string> Plain = Table(
        "aàáâãäåāăą|cçćčĉċ|dďđð|eèéêëēĕėęě|gğģĝġ|hĥħ|iìíîïĩīĭįı|jĵ|kķ|lłľļĺ|nñńňņ|oòóôõöøōŏő|rŕřŗ|sśšşșŝ|tťţțŧ|uùúûüũūŭůűų|wŵ|yýÿŷ|zźžż|"
            + "αά|εέ|ηή|ιίϊΐ|οό|υύϋΰ|ωώ|σς"
    );

    /// <summary>A text as it stands in a key: <c>"Jürgen Weiß"</c> is <c>"jurgen weiss"</c>.</summary>
    public static string Term(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var term = new StringBuilder();
        foreach (var letter in text.ToLowerInvariant())
        {
            if (Plain.TryGetValue(letter, out var plain))
                term.Append(plain);
            else if (char.IsLetterOrDigit(letter) || letter is '@' or '.' or '+' or '-' or '_')
                term.Append(letter);
            else if (letter is '\'' or '’' || char.IsSurrogate(letter) || char.IsControl(letter))
                continue;
            else if (term.Length > 0 && term[^1] != ' ')
                term.Append(' ');
            if (term.Length >= TermLength)
                break;
        }

        term.Length = Math.Min(term.Length, TermLength);
        return term.ToString().TrimEnd();
    }

    /// <summary>The words of a name.</summary>
    public static IReadOnlyList<string> Words(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return [.. text.Split([' ', ',', ';', '/', '(', ')', '-', '\t'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
    }

    private static Dictionary<char, string> Table(string groups)
    {
        var table = new Dictionary<char, string>
        {
            ['ß'] = "ss",
            ['æ'] = "ae",
            ['œ'] = "oe",
            ['þ'] = "th",
        };
        foreach (var group in groups.Split('|'))
        {
            foreach (var letter in group.Skip(1))
                table[letter] = group[..1];
        }

        return table;
    }
}
