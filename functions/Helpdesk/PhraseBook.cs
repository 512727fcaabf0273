using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Helpdesk;

/// <summary>Whole phrases of a few languages: tells a text that says nothing else from one that somebody has to read.</summary>
/// <remarks>
/// Phrases are patterns of small words without accents, with a space between each two. Every word of a text has to belong to one of them: when in
/// doubt, the answer is no.
/// </remarks>
public sealed class PhraseBook
{
    private const int LongestPhrase = 24;

    private readonly Regex[] _meant;
    private readonly Regex[] _polite;

    /// <summary>Every word there is in a phrase: with any other word in it, a text needs no closer look.</summary>
    private readonly HashSet<string> _vocabulary;

    /// <param name="meant">Phrases that say what is looked for.</param>
    /// <param name="polite">Phrases that may go along with it.</param>
    public PhraseBook(IReadOnlyList<string> meant, IReadOnlyList<string> polite)
    {
        (_meant, _polite) = ([.. meant.Select(Compile)], [.. polite.Select(Compile)]);
        _vocabulary = [.. meant.Concat(polite).SelectMany(phrase => phrase.Split([' ', '(', ')', '|', '?', '*', '+'], StringSplitOptions.RemoveEmptyEntries))];
    }

    public bool Knows(string word) => _vocabulary.Contains(word);

    /// <summary>Whether the words are phrases from the first to the last, and one of them says what is looked for.</summary>
    /// <param name="said">Whether that was said already.</param>
    public bool Covers(IReadOnlyList<string> words, bool said = false)
    {
        if (!words.All(_vocabulary.Contains))
            return false;
        // For each word: whether phrases end right before it, and whether one of them said it.
        var (polite, meant) = (new bool[words.Count + 1], new bool[words.Count + 1]);
        (polite[0], meant[0]) = (true, said);
        for (var from = 0; from < words.Count; from++)
        {
            if (!polite[from])
                continue;
            for (var to = from + 1; to <= Math.Min(words.Count, from + LongestPhrase); to++)
            {
                if (meant[to])
                    continue;
                var phrase = string.Join(' ', words.Skip(from).Take(to - from));
                var says = Array.Exists(_meant, one => one.IsMatch(phrase));
                if (!says && ((polite[to] && !meant[from]) || !Array.Exists(_polite, one => one.IsMatch(phrase))))
                    continue;
                polite[to] = true;
                meant[to] = says || meant[from];
            }
        }

        return meant[words.Count];
    }

    /// <summary>
    /// Words as they are compared: small and without accents; null when there is a character between them that <paramref name="between"/>
    /// refuses.
    /// </summary>
    public static List<string>? Words(string text, Func<Rune, Rune, bool> between)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var last = new Rune(' ');
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) == UnicodeCategory.NonSpacingMark && rune.Value != 0xFE0F)
                continue;
            // "I'm" and "it's" are one word.
            if (rune.Value is '\'' or '’' or '`' or 0x02BC)
                continue;
            if (Rune.IsLetter(rune))
            {
                word.Append(Plain(rune));
            }
            else
            {
                if (word.Length > 0)
                    words.Add(word.ToString());
                word.Clear();
                if (!Rune.IsWhiteSpace(rune) && !between(rune, last))
                    return null;
            }

            last = rune;
        }

        if (word.Length > 0)
            words.Add(word.ToString());
        return words;
    }

    /// <summary>Without backtracking no text takes long.</summary>
    private static Regex Compile(string phrase) => new($"^(?:{phrase})$", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    /// <summary>A letter as people type it who leave out its accent.</summary>
    private static string Plain(Rune letter) =>
        Rune.ToLowerInvariant(letter).Value switch
        {
            'ä' or 'à' or 'á' => "a",
            'é' or 'è' => "e",
            'ö' => "o",
            'ü' => "u",
            'ß' => "ss",
            'č' or 'ć' => "c",
            'đ' => "d",
            'š' => "s",
            'ž' => "z",
            'ά' => "α",
            'έ' => "ε",
            'ή' => "η",
            'ί' or 'ϊ' or 'ΐ' => "ι",
            'ό' => "ο",
            'ύ' or 'ϋ' or 'ΰ' => "υ",
            'ώ' => "ω",
            'ς' => "σ",
            var value => new Rune(value).ToString(),
        };
}
