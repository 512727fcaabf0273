namespace Helpdesk.Search;

/// <summary>Words that mean the same: who looks for one of them finds what has another.</summary>
/// <param name="Words">Each is one word, or two with a hyphen between them.</param>
public sealed record SynonymGroup(IReadOnlyList<string> Words);

/// <summary>The words of a workspace that mean the same.</summary>
public sealed record Synonyms
{
    public const int MostGroups = 200;

    /// <summary>Words of one group.</summary>
    public const int MostWords = 8;

    public const int WordLength = 40;

    /// <summary>Words that are looked for besides those of one query.</summary>
    public const int MostMore = 16;

    public IReadOnlyList<SynonymGroup> Groups { get; init; } = [];

    /// <summary>Counts its changes; 0 where nothing was ever said.</summary>
    public int Version { get; init; }

    /// <summary>When it was changed last; null for never.</summary>
    public DateTimeOffset? UpdatedAt { get; init; }

    /// <summary>What is wrong with groups, and with which; null for nothing.</summary>
    public static (int Group, string Problem)? Wrong(IReadOnlyList<SynonymGroup> groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        var known = new Dictionary<string, (int Group, string Word)>(StringComparer.Ordinal);
        foreach (var (at, group) in groups.Index())
        {
            if (group.Words.Count < 2)
                return (at, "must have at least two words.");
            foreach (var word in group.Words)
            {
                if (FormsOf(word) is not [var form, ..])
                    return (at, $"contains \"{word}\": a synonym is one word, or two with a hyphen between them.");
                if (known.TryAdd(form, (at, word)))
                    continue;
                var where = known[form].Group == at ? "there twice" : "in another group as well";
                var why = IsJoined(word) == IsJoined(known[form].Word) ? "" : ": a word with a hyphen is the same as the joined one";
                return (at, $"contains \"{word}\", which is {where}{why}.");
            }
        }

        return null;
    }

    /// <summary>A query that also asks for what means the same as its words. What is excluded, in quotation marks or only begun is taken as it is.</summary>
    public SearchQuery In(SearchQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        var left = MostMore;
        return Groups.Count == 0
            ? query
            : query with
            {
                Words = [.. query.Words.Select(words => FormsOf(words) is { } forms ? words with { Synonyms = Take(forms) } : words)],
            };

        List<QueryWord> Take(IReadOnlyList<string> forms)
        {
            List<QueryWord> more = [.. Of(forms).Take(left).Select(word => new QueryWord(word, FormsOf(word)))];
            left -= more.Count;
            return more;
        }
    }

    /// <summary>The words of a text that mean the same as others, each with those others; at most as many others as a query takes.</summary>
    public IReadOnlyList<(string Word, IReadOnlyList<string> Others)> In(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (Groups.Count == 0)
            return [];
        var (found, left) = (new List<(string, IReadOnlyList<string>)>(), MostMore);
        foreach (var word in SearchWords.Of(text).DistinctBy(word => word.Forms[0], StringComparer.Ordinal))
        {
            List<string> others = [.. Of(word.Forms).Take(left)];
            left -= others.Count;
            if (others.Count > 0)
                found.Add((text.Substring(word.Start, word.Length), others));
        }

        return found;
    }

    /// <summary>The other words of the group that a word is in.</summary>
    private IEnumerable<string> Of(IReadOnlyList<string> forms) =>
        Groups
            .FirstOrDefault(group => group.Words.Any(word => FormsOf(word).Intersect(forms, StringComparer.Ordinal).Any()))
            ?.Words.Where(word => !FormsOf(word).Intersect(forms, StringComparer.Ordinal).Any())
        ?? [];

    /// <summary>What words of a query are known by; null where they are taken as they are.</summary>
    private static IReadOnlyList<string>? FormsOf(QueryWords words) =>
        words.Not || words.Exact || words.Words[^1].Begins ? null
        : words.Words.Count == 1 ? words.Words[0].Forms
        : words.Joined.Count > 0 ? words.Joined
        : null;

    private static bool IsJoined(string word) => SearchWords.Of(word).Count() == 2;

    /// <summary>What a word is found by; empty for what is no single word.</summary>
    private static IReadOnlyList<string> FormsOf(string word) =>
        SearchWords.Of(word).ToList() switch
        {
            [var only] => only.Forms,
            [{ Joined: { Count: > 0 } joined }, _] => joined,
            _ => [],
        };
}
