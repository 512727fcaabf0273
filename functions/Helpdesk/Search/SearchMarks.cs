namespace Helpdesk.Search;

/// <summary>A piece of a text, and where in it the words stand that were looked for.</summary>
/// <param name="Text">The piece, as it was written: escape it where it is shown.</param>
/// <param name="Marks">Where the words begin and end in it, counted in UTF-16 units; the end is not part of them.</param>
public sealed record MarkedText(string Text, IReadOnlyList<IReadOnlyList<int>> Marks);

/// <summary>Finds the words of a query in a text again.</summary>
public static class SearchMarks
{
    /// <summary>Signs of a piece, when a text is longer.</summary>
    public const int PieceLength = 240;

    private const int Before = 60;

    /// <summary>The piece of a text with the most of the words; null when none of them stands there.</summary>
    /// <param name="field">Only words that were looked for in this field count.</param>
    public static MarkedText? In(string text, SearchField field, SearchPlan plan)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(plan);
        var lookups = plan
            .Clauses.Where(clause => !clause.Clause.Not && (clause.Clause.Fields & SearchFields.Mask(field)) != 0)
            .SelectMany(clause => clause.Words.Concat(clause.Joined is { } joined ? [joined] : []))
            .ToList();
        var words = SearchWords.Of(text).ToList();
        var found = new List<(int Start, int End, int Lookup)>();
        for (var i = 0; i < words.Count; i++)
        {
            var word = words[i];
            for (var lookup = 0; lookup < lookups.Count; lookup++)
            {
                var at = lookup;
                if (word.Joined.Any(form => lookups[at].Quality(form) > 0) && i + 1 < words.Count)
                    found.Add((word.Start, words[i + 1].Start + words[i + 1].Length, lookup));
                else if (word.Forms.Concat(word.Parts).Any(form => lookups[at].Quality(form) > 0))
                    found.Add((word.Start, word.Start + word.Length, lookup));
            }
        }

        if (found.Count == 0)
            return null;
        var (start, end) = PieceOf(text, found);
        var marks = new List<IReadOnlyList<int>>();
        foreach (var (from, to, _) in found.Where(one => one.Start >= start && one.End <= end).OrderBy(one => one.Start).ThenByDescending(one => one.End))
        {
            if (marks.Count == 0 || from - start >= marks[^1][1])
                marks.Add([from - start, to - start]);
        }

        return new(text[start..end], marks);
    }

    private static (int Start, int End) PieceOf(string text, List<(int Start, int End, int Lookup)> found)
    {
        if (text.Length <= PieceLength)
            return (0, text.Length);
        // The window that begins with a word and has the most different ones.
        var best = found.MaxBy(first =>
            found.Where(one => one.Start >= first.Start && one.End <= first.Start + PieceLength - Before).Select(one => one.Lookup).Distinct().Count()
        );
        var start = Math.Max(0, Math.Min(best.Start - Before, text.Length - PieceLength));
        // Not in the middle of a word, nor of a sign that is two units.
        var space = start > 0 ? text.IndexOf(' ', start, Math.Min(Before / 2, best.Start - start)) : -1;
        if (space >= 0)
            start = space + 1;
        else if (start > 0 && char.IsLowSurrogate(text[start]))
            start--;
        var end = Math.Min(text.Length, Math.Max(start + PieceLength, best.End));
        if (end < text.Length && char.IsLowSurrogate(text[end]))
            end++;
        return (start, end);
    }
}
