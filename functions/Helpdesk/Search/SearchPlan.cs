namespace Helpdesk.Search;

/// <summary>Terms in a row: from one, up to another.</summary>
public readonly record struct TermRange(string From, string To)
{
    /// <summary>One term alone.</summary>
    public static TermRange Of(string term) => new(term, term + '\u0001');

    /// <summary>All terms that begin so.</summary>
    public static TermRange Beginning(string beginning) => new(beginning, beginning + '\uffff');

    public bool Has(string term) => string.CompareOrdinal(term, From) >= 0 && string.CompareOrdinal(term, To) < 0;
}

/// <summary>Which terms a word of a query stands for, and for how much each.</summary>
public sealed class WordLookup
{
    private readonly IReadOnlyList<string> _exact;
    private readonly IReadOnlyList<string> _inflected;
    private readonly IReadOnlyList<string> _beginnings;
    private readonly IReadOnlyList<WordLookup> _synonyms;

    /// <summary>What a word counts that only means the same.</summary>
    private const double Synonym = 0.9;

    public WordLookup(QueryWord word, IReadOnlyList<string> joined, bool exact, IReadOnlyList<QueryWord> synonyms)
    {
        ArgumentNullException.ThrowIfNull(word);
        ArgumentNullException.ThrowIfNull(joined);
        ArgumentNullException.ThrowIfNull(synonyms);
        _exact = [.. word.Forms, .. joined];
        _synonyms = [.. synonyms.Select(one => new WordLookup(one, [], exact: false, []))];
        _beginnings = word.Begins ? word.Forms : [];
        _inflected = exact || word.Begins ? [] : [.. word.Forms.Where(form => Inflections.StemOf(form) is not null)];
        Ranges =
        [
            .. Narrowed(
                _beginnings
                    .Select(TermRange.Beginning)
                    .Concat(_inflected.Select(form => TermRange.Beginning(Inflections.StemOf(form)!)))
                    .Concat(_exact.Select(TermRange.Of))
                    .Concat(_synonyms.SelectMany(one => one.Ranges))
                    .ToList()
            ),
        ];
    }

    /// <summary>What must be read for it; at most as many as the word and those that mean the same have forms.</summary>
    public IReadOnlyList<TermRange> Ranges { get; }

    /// <summary>How much a term counts for this word; 0 for nothing.</summary>
    public double Quality(string term)
    {
        if (_exact.Contains(term, StringComparer.Ordinal))
            return 1;
        if (_beginnings.Any(beginning => term.StartsWith(beginning, StringComparison.Ordinal)))
            return 0.8;
        var inflected = _inflected.Any(form => Inflections.Fits(form, term)) ? Inflections.Quality : 0;
        return _synonyms.Count == 0 ? inflected : Math.Max(inflected, Synonym * _synonyms.Max(one => one.Quality(term)));
    }

    /// <summary>A range that lies in another one is read with it.</summary>
    private static IEnumerable<TermRange> Narrowed(List<TermRange> ranges) =>
        ranges
            .Distinct()
            .Where(range =>
                !ranges.Exists(other => other != range && string.CompareOrdinal(other.From, range.From) <= 0 && string.CompareOrdinal(other.To, range.To) >= 0)
            );
}

/// <summary>What must be read for a query.</summary>
public sealed class SearchPlan
{
    public SearchPlan(SearchQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        Query = query;
        Clauses =
        [
            .. query.Words.Select(clause => new PlannedWords(
                clause,
                [
                    .. clause.Words.Select(word =>
                        clause.Words.Count == 1
                            ? new WordLookup(word, clause.Joined, clause.Exact, clause.Synonyms)
                            : new WordLookup(word, [], exact: true, [])
                    ),
                ],
                clause is { Joined.Count: > 0, Words.Count: > 1 } ? new WordLookup(new("", clause.Joined), [], exact: true, clause.Synonyms) : null
            )),
        ];
        Facts = [.. query.Facts.Select(fact => new PlannedFact(fact, [.. fact.Values.Select(value => SearchDocument.Fact(fact.Name, value))]))];
    }

    public SearchQuery Query { get; }

    public IReadOnlyList<PlannedWords> Clauses { get; }

    public IReadOnlyList<PlannedFact> Facts { get; }

    /// <summary>The ranges of terms that are read, each once.</summary>
    public IReadOnlyList<TermRange> Ranges() =>
        [
            .. Clauses
                .SelectMany(clause => clause.Words.Concat(clause.Joined is { } joined ? [joined] : []))
                .SelectMany(word => word.Ranges)
                .Concat(Facts.SelectMany(fact => fact.Terms).Select(TermRange.Of))
                .Distinct(),
        ];
}

/// <summary>Words of a query with what they stand for.</summary>
/// <param name="Joined">What may stand for all of them together; null for nothing.</param>
public sealed record PlannedWords(QueryWords Clause, IReadOnlyList<WordLookup> Words, WordLookup? Joined);

/// <summary>What a ticket must be, as terms of which one will do.</summary>
public sealed record PlannedFact(QueryFact Fact, IReadOnlyList<string> Terms);
