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
            var length = Cut(text.AsSpan(from, most));
            parts.Add(text.Substring(from, length));
            from += length;
        }

        parts.Add(text[from..]);
        return parts;
    }

    private static int Cut(ReadOnlySpan<char> text)
    {
        foreach (var between in new[] { "\n\n", "\n", " " })
        {
            // A cut in the first half would make many small parts.
            if (text.LastIndexOf(between, StringComparison.Ordinal) is var at && at >= text.Length / 2)
                return at + between.Length;
        }

        return char.IsHighSurrogate(text[^1]) ? text.Length - 1 : text.Length;
    }
}
