using System.Globalization;
using System.Text;

namespace Helpdesk;

/// <summary>Keeps out of names, subjects and file names what nobody sees: marks that turn text round, characters without width, hidden tags.</summary>
/// <remarks>What joins or separates letters in Persian, Indic scripts and emoji stays.</remarks>
public static class VisibleText
{
    /// <summary>The text on one line and without invisible characters.</summary>
    public static string Of(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is 0x2028 or 0x2029)
                clean.Append(' ');
            else if (!IsInvisible(rune.Value))
                clean.Append(rune);
        }

        return clean.ToString();
    }

    /// <summary>Whether there is nothing to see in a text.</summary>
    public static bool IsBlank(string text) =>
        text.EnumerateRunes().All(rune => Rune.IsWhiteSpace(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format or UnicodeCategory.Control);

    /// <summary>Whether a code point stands for no character and never will, such as U+FFFE.</summary>
    public static bool IsNoCharacter(int rune) => rune is >= 0xFDD0 and <= 0xFDEF || (rune & 0xFFFE) == 0xFFFE;

    private static bool IsInvisible(int rune) =>
        rune
            is 0x00AD // soft hyphen
                or 0x034F
                or 0x061C // Arabic letter mark
                or 0x115F
                or 0x1160
                or 0x17B4
                or 0x17B5
                or 0x180E
                or 0x200B // zero width space
                or 0x200E // left-to-right mark
                or 0x200F // right-to-left mark
                or (>= 0x202A and <= 0x202E) // embeddings and overrides
                or (>= 0x2060 and <= 0x206F) // word joiner, isolates, deprecated ones
                or 0x3164
                or 0xFEFF // byte order mark
                or 0xFFA0
                or (>= 0xFFF9 and <= 0xFFFB)
                or (>= 0x1D173 and <= 0x1D17A)
                or (>= 0xE0000 and <= 0xE007F); // tags
}
