namespace Helpdesk.Search;

/// <summary>A word of a text.</summary>
/// <param name="Start">Where it stands in the text.</param>
/// <param name="Length">How long it is there.</param>
/// <param name="Position">Counts the words of the text.</param>
/// <param name="Forms">What it is found by.</param>
/// <param name="Parts">Runs of letters and of digits in it, for a code that has both; it is found by those as well.</param>
/// <param name="Joined">Forms of it and the word behind it, where a hyphen joins them: <c>email</c> for <c>E-Mail</c>.</param>
public readonly record struct SearchWord(
    int Start,
    int Length,
    int Position,
    IReadOnlyList<string> Forms,
    IReadOnlyList<string> Parts,
    IReadOnlyList<string> Joined
)
{
    public IEnumerable<string> All => Forms.Concat(Parts).Concat(Joined);
}

/// <summary>Takes texts apart.</summary>
/// <remarks>
/// Addresses, hosts and numbers with dots become words in a row, which are looked for in a row: <c>anna@firm.example</c> finds itself, and so do
/// <c>firm.example</c> and <c>anna</c>. A code such as <c>0x80070005</c> or <c>KB5034441</c> is one word, and found by its digits as well.
/// </remarks>
public static class SearchWords
{
    private const int ShortestPart = 2;

    /// <summary>The words of a text, in order.</summary>
    public static IEnumerable<SearchWord> Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var position = 0;
        SearchWord? before = null;
        for (var i = 0; i < text.Length; )
        {
            if (!WordForms.IsLetter(text[i]))
            {
                i++;
                continue;
            }

            var start = i;
            while (i < text.Length && (WordForms.IsLetter(text[i]) || IsApostrophe(text, i)))
                i++;
            var word = Take(text, start, i - start, position);
            if (word.Forms.Count == 0)
                continue;
            if (before is { } held)
                yield return IsHyphened(text, held, start)
                    ? held with
                    {
                        Joined = WordForms.Of($"{text.AsSpan(held.Start, held.Length)}{text.AsSpan(start, i - start)}"),
                    }
                    : held;
            before = word;
            position++;
        }

        if (before is { } last)
            yield return last;
    }

    private static SearchWord Take(string text, int start, int length, int position)
    {
        var letters = text.AsSpan(start, length);
        var plain = letters.ContainsAny('\'', '’')
            ? letters.ToString().Replace("'", "", StringComparison.Ordinal).Replace("’", "", StringComparison.Ordinal)
            : null;
        var forms = WordForms.Of(plain ?? letters);
        return new(start, length, position, forms, forms.Count > 0 ? Parts(forms[0]) : [], []);
    }

    /// <summary>The runs of letters and of digits in a word that has both; nothing where they are too short to mean anything.</summary>
    private static List<string> Parts(string word)
    {
        var parts = new List<string>();
        if (!word.Any(char.IsAsciiDigit) || !word.Any(char.IsLetter))
            return parts;
        if (word.StartsWith("0x", StringComparison.Ordinal))
        {
            if (word.Length > 2 + ShortestPart)
                parts.Add(word[2..]);
            return parts;
        }

        for (var i = 0; i < word.Length; )
        {
            var start = i;
            var digits = char.IsAsciiDigit(word[i]);
            while (i < word.Length && char.IsAsciiDigit(word[i]) == digits)
                i++;
            if (i - start >= ShortestPart && i - start < word.Length)
                parts.Add(word[start..i]);
        }

        return parts;
    }

    private static bool IsApostrophe(string text, int at) =>
        text[at] is '\'' or '’' && at + 1 < text.Length && at > 0 && char.IsLetter(text[at - 1]) && char.IsLetter(text[at + 1]);

    private static bool IsHyphened(string text, SearchWord before, int start) =>
        start == before.Start + before.Length + 1 && text[start - 1] is '-' or '\u2010' or '\u2011' or '\u00ad';
}
