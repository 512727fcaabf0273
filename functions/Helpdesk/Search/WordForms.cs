using System.Collections.Frozen;
using System.Text;

namespace Helpdesk.Search;

/// <summary>Makes words comparable over the desk's languages: lower case, letters without their marks, and the other ways people spell them.</summary>
/// <remarks>
/// <c>Müller</c> is <c>muller</c> and <c>mueller</c>, <c>Straße</c> is <c>strasse</c>, <c>Đuro</c> is <c>duro</c> and <c>djuro</c>, <c>Εκτυπωτής</c> is
/// <c>εκτυπωτησ</c>. By tables and not by Unicode's decompositions: the app runs without the culture data that would know them.
/// </remarks>
public static class WordForms
{
    /// <summary>Letters of a word that count.</summary>
    public const int Length = 40;

    private const char Diaeresis = '\u0308';

    /// <summary>A letter, as it is without its mark.</summary>
    private static readonly FrozenDictionary<char, string> Plain = Table(
        "a:àáâãäåāăąǎª|c:çćčĉċ|d:ďđð|e:èéêëēĕėęěə|g:ğģĝġ|h:ĥħ|i:ìíîïĩīĭįıǐ|j:ĵ|k:ķĸ|l:łľļĺŀ|n:ñńňņŋ|o:òóôõöøōŏőǒº|r:ŕřŗ|s:śšşșŝſ|t:ťţțŧ|"
            + "u:ùúûüũūŭůűųǔ|w:ŵẁẃẅ|y:ýÿŷ|z:źžż|ss:ß|ae:æǽ|oe:œ|th:þ|ij:ĳ|dz:ǆ|lj:ǉ|nj:ǌ|fi:ﬁ|fl:ﬂ|ff:ﬀ|"
            + "α:άἀἁὰᾶ|ε:έἐἑὲ|η:ήἠἡὴῆ|ι:ίϊΐἰἱὶῖ|ο:όὀὁὸ|υ:ύϋΰὐὑὺῦ|ω:ώὠὡὼῶ|σ:ς|и:й|е:ё"
    );

    /// <summary>A letter, as it is spelt where its mark cannot be typed.</summary>
    private static readonly FrozenDictionary<char, string> Spelt = Table("ae:ä|oe:öø|ue:ü|aa:å|dj:đ|d:ð");

    /// <summary>The forms of a word, the plain one first; empty for a word of nothing but marks.</summary>
    public static IReadOnlyList<string> Of(ReadOnlySpan<char> word)
    {
        var (plain, spelt) = (new StringBuilder(word.Length + 4), new StringBuilder(word.Length + 4));
        for (var i = 0; i < word.Length && plain.Length < Length; i++)
        {
            var letter = Lower(word[i]);
            if (IsMark(letter))
                continue;
            // A letter and its mark may come as two.
            if (i + 1 < word.Length && word[i + 1] == Diaeresis)
                letter = letter switch
                {
                    'a' => 'ä',
                    'o' => 'ö',
                    'u' => 'ü',
                    _ => letter,
                };
            var bare = Plain.GetValueOrDefault(letter);
            if (bare is null)
                plain.Append(letter);
            else
                plain.Append(bare);
            if ((Spelt.GetValueOrDefault(letter) ?? bare) is { } other)
                spelt.Append(other);
            else
                spelt.Append(letter);
        }

        if (plain.Length == 0)
            return [];
        var (first, second) = (Cut(plain), Cut(spelt));
        return first == second ? [first] : [first, second];
    }

    /// <summary>The plain form.</summary>
    public static string Plainly(ReadOnlySpan<char> word) => Of(word) is [var first, ..] ? first : "";

    /// <summary>What the plain form would be, had the word been spelt out for want of marks: <c>muller</c> for <c>mueller</c>.</summary>
    public static string Unspelt(string plain)
    {
        ArgumentNullException.ThrowIfNull(plain);
        foreach (var (spelt, bare) in (ReadOnlySpan<(string, string)>)[("ae", "a"), ("oe", "o"), ("ue", "u"), ("aa", "a"), ("dj", "d")])
            plain = plain.Replace(spelt, bare, StringComparison.Ordinal);
        return plain;
    }

    /// <summary>Whether a sign belongs to a word: a letter, a digit, or a mark on the letter before it.</summary>
    /// <remarks>Signs beyond the basic plane are none, so that the order of words is the same in every store.</remarks>
    public static bool IsLetter(char sign) => char.IsLetterOrDigit(sign) || IsMark(sign) || sign is 'ª' or 'º';

    private static bool IsMark(char sign) =>
        char.GetUnicodeCategory(sign) is System.Globalization.UnicodeCategory.NonSpacingMark or System.Globalization.UnicodeCategory.EnclosingMark;

    private static char Lower(char sign) =>
        sign switch
        {
            'İ' => 'i',
            'ẞ' => 'ß',
            // Full width, as East Asian keyboards write it.
            >= '！' and <= '～' => char.ToLowerInvariant((char)(sign - '！' + '!')),
            _ => char.ToLowerInvariant(sign),
        };

    private static string Cut(StringBuilder word) => word.Length <= Length ? word.ToString() : word.ToString(0, Length);

    private static FrozenDictionary<char, string> Table(string groups) =>
        groups
            .Split('|')
            .Select(group => group.Split(':'))
            .SelectMany(group => group[1].Select(letter => (Letter: letter, Plain: group[0])))
            .ToFrozenDictionary(one => one.Letter, one => one.Plain);
}
