using System.Collections.Frozen;

namespace Helpdesk.Search;

/// <summary>Words that differ by their endings alone: <c>Drucker</c> and <c>Druckern</c>, <c>printer</c> and <c>printers</c>, <c>pisač</c> and <c>pisača</c>,
/// <c>εκτυπωτής</c> and <c>εκτυπωτή</c>.</summary>
/// <remarks>Nothing is cut off what is kept: a word is looked for as it is, and besides, for less, with other endings of its script.</remarks>
public static class Inflections
{
    /// <summary>What a word with another ending counts.</summary>
    public const double Quality = 0.6;

    private const int ShortestStem = 4;

    private static readonly FrozenSet<string> Endings = (
        // German and English
        "e en er es em ern n s st t te ten end ende enden ung ungen ed ing ings ers "
        // Croatian
        + "a i o u om ima ama og oga oj ih im omu ovi ova ove ovima ev evi em am ju je jem ija ije iji iju ijom ski ska ske "
        // Greek
        + "α ασ ε εσ η ησ ι οσ ου ουσ ον οι ο ων ω εισ ει ουμε ετε ουν ουσε ματα ματοσ ματων εων ια ιων εται ονται ηκε ησε "
    ).Split(' ', StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal);

    private static readonly int Longest = Endings.Max(ending => ending.Length);

    /// <summary>With what all words begin that may be the same word; null for one that is taken as it is.</summary>
    public static string? StemOf(string form)
    {
        ArgumentNullException.ThrowIfNull(form);
        if (form.Length < ShortestStem || form.Any(char.IsDigit))
            return null;
        for (var length = Math.Min(Longest, form.Length - ShortestStem); length > 0; length--)
        {
            if (Endings.Contains(form[^length..]))
                return form[..^length];
        }

        return form;
    }

    /// <summary>Whether two words are one but for their endings.</summary>
    public static bool Fits(string form, string term)
    {
        ArgumentNullException.ThrowIfNull(form);
        ArgumentNullException.ThrowIfNull(term);
        var common = form.AsSpan().CommonPrefixLength(term);
        for (var stem = common; stem >= ShortestStem; stem--)
        {
            if (IsEnding(form[stem..]) && IsEnding(term[stem..]))
                return true;
        }

        return false;
    }

    private static bool IsEnding(string rest) => rest.Length == 0 || Endings.Contains(rest);
}
