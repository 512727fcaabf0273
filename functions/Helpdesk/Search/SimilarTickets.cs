namespace Helpdesk.Search;

/// <summary>Finds tickets that are about the same as another one: those that share its telling words.</summary>
/// <remarks>
/// Which words tell, the index knows: rare ones count more. Asked for are a few of the subject, and of the beginning of the description where the subject is
/// short. Codes and long words come first, since short ones are in every ticket.
/// </remarks>
public static class SimilarTickets
{
    /// <summary>Words that are looked for: each is a range of the index or two.</summary>
    public const int MostWords = 6;

    private const int ShortestOfSubject = 4;
    private const int ShortestOfDescription = 6;

    /// <summary>Letters of the description that are looked at.</summary>
    private const int Beginning = 600;

    /// <summary>What a ticket must reach of what the ticket itself does. Half of the words are enough, a few that are in everything are not.</summary>
    private const double Share = 0.05;

    /// <summary>The query that finds them; null for a ticket whose words say nothing.</summary>
    public static SearchQuery? QueryOf(string subject, string description)
    {
        ArgumentNullException.ThrowIfNull(subject);
        ArgumentNullException.ThrowIfNull(description);
        var words = Telling(subject, ShortestOfSubject, MostWords, []);
        if (words.Count < MostWords / 2)
            words.AddRange(Telling(description[..Math.Min(description.Length, Beginning)], ShortestOfDescription, MostWords - words.Count, words));
        return words.Count == 0 ? null : new([.. words.Select(word => new QueryWords(word.Text, [word], [], SearchFields.All, Exact: false, Not: false))], []);
    }

    /// <summary>So many of a query's words a ticket must have.</summary>
    public static int LeastOf(SearchQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        return Math.Min(2, query.Words.Count);
    }

    /// <summary>The others that are like enough to a ticket, the best first.</summary>
    public static IEnumerable<SearchHit> Others(SearchFound found, long number)
    {
        ArgumentNullException.ThrowIfNull(found);
        var least = Share * found.Hits.Where(hit => hit.Number == number).Select(hit => hit.Score).FirstOrDefault();
        return found.Hits.Where(hit => hit.Number != number && hit.Score >= least);
    }

    /// <summary>Short, but telling: VPN, SAP.</summary>
    private static bool IsAcronym(ReadOnlySpan<char> word)
    {
        foreach (var letter in word)
        {
            if (!char.IsUpper(letter))
                return false;
        }

        return word.Length > 1;
    }

    /// <summary>The words that tell most, in the order of the text: what stands together is looked for together.</summary>
    private static List<QueryWord> Telling(string text, int shortest, int most, IReadOnlyList<QueryWord> known) =>
        [
            .. SearchWords
                .Of(text)
                .Where(word => word.Forms[0].Length >= shortest || word.Forms[0].Any(char.IsAsciiDigit) || IsAcronym(text.AsSpan(word.Start, word.Length)))
                .Where(word => !known.Any(one => one.Forms[0] == word.Forms[0]))
                .DistinctBy(word => word.Forms[0], StringComparer.Ordinal)
                .OrderByDescending(word => word.Forms[0].Any(char.IsAsciiDigit) && word.Forms[0].Any(char.IsLetter))
                .ThenByDescending(word => word.Length)
                .Take(most)
                .OrderBy(word => word.Start)
                .Select(word => new QueryWord(text.Substring(word.Start, word.Length), word.Forms)),
        ];
}
