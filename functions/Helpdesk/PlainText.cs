using System.Globalization;
using System.Text;

namespace Helpdesk;

/// <summary>What a text of a ticket may hold, wherever it comes from: the API refuses the rest, a conversation leaves it out.</summary>
public static class PlainText
{
    /// <summary>Whether a character may stand in a text: everything but control characters, of which some make lines.</summary>
    public static bool Allows(Rune rune, bool lines) =>
        Rune.GetUnicodeCategory(rune) != UnicodeCategory.Control || (lines && rune.Value is '\n' or '\r' or '\t');

    /// <summary>The text without control characters, with one kind of line end, and with U+FFFD for half of a character.</summary>
    public static string Of(string text)
    {
        if (text.All(letter => letter is '\n' or '\t' || (!char.IsControl(letter) && !char.IsSurrogate(letter))))
            return text;
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.Replace("\r\n", "\n", StringComparison.Ordinal).EnumerateRunes())
        {
            if (rune.Value is '\r' or '\u0085' or '\f' or '\v')
                clean.Append('\n');
            else if (Allows(rune, lines: true))
                clean.Append(rune);
        }

        return clean.ToString();
    }

    /// <summary>
    /// A long text in parts of at most <paramref name="most"/> characters, cut between paragraphs, lines or words where there are any. Put together they
    /// are the text, to the last character.
    /// </summary>
    public static IReadOnlyList<string> Parts(string text, int most)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 2);
        var parts = new List<string>();
        var from = 0;
        while (text.Length - from > most)
        {
            var length = Cut(text.AsSpan(from), most);
            parts.Add(text.Substring(from, length));
            from += length;
        }

        parts.Add(text[from..]);
        return parts;
    }

    /// <summary>
    /// The beginning of a text, at most so many characters of UTF-16. It never ends within a letter, however many code points that is made of: an accent
    /// stays with its letter, and a family or a flag is whole or not there.
    /// </summary>
    public static string Head(string text, int most)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfNegative(most);
        return text.Length <= most ? text : text[..WholeLetters(text, most)];
    }

    /// <summary>A text of at most so many characters: one that is longer ends in an ellipsis, which counts.</summary>
    public static string Shortened(string text, int most)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        return text.Length <= most ? text : Head(text, most - 1) + "…";
    }

    private static int WholeLetters(ReadOnlySpan<char> text, int most)
    {
        var length = 0;
        while (length < most && StringInfo.GetNextTextElementLength(text[length..]) is var letter && length + letter <= most)
            length += letter;
        // A letter with a thousand accents, with which nothing would be left, is cut between two of them.
        return length > 0 || most == 0 ? length
            : char.IsHighSurrogate(text[most - 1]) ? most - 1
            : most;
    }

    private static int Cut(ReadOnlySpan<char> text, int most)
    {
        foreach (var between in new[] { "\n\n", "\n", " " })
        {
            // A cut in the first half would make many small parts.
            if (text[..most].LastIndexOf(between, StringComparison.Ordinal) is var at && at >= most / 2)
                return at + between.Length;
        }

        return WholeLetters(text, most);
    }
}
