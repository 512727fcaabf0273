namespace Helpdesk.Search;

/// <summary>A term with its documents, wherever it was read.</summary>
public readonly record struct FoundTerm(string Term, int Count, IEnumerable<(long Key, ReadOnlyMemory<byte> Places)> Documents);

/// <summary>A part of the index, with the terms that a query needs.</summary>
/// <param name="Documents">The documents of this part; those in older parts are of the past. Null where nothing is older.</param>
/// <param name="Read">The terms of a range.</param>
public sealed record SearchPart(SegmentDocuments? Documents, Func<TermRange, IEnumerable<FoundTerm>> Read);

/// <summary>A ticket that was found.</summary>
/// <param name="Fields">Where the words stand.</param>
public readonly record struct SearchHit(long Number, double Score, byte Fields);

/// <summary>What was found, the best first.</summary>
/// <param name="All">Whether each of them has every word; otherwise no ticket had, and these have some.</param>
/// <param name="Counts">How many tickets the index has, and each clause's words: with the same the next page ranks alike.</param>
public sealed record SearchFound(IReadOnlyList<SearchHit> Hits, bool All, IReadOnlyList<long> Counts);

/// <summary>Ranks tickets by their words.</summary>
/// <remarks>
/// What a word counts rises with its rarity and with the field that it stands in, and falls with the length of the field. Words next to each other count
/// more. Of tickets that are equally right the newer one comes first.
/// </remarks>
public sealed class SearchRanking(SearchPlan plan, IReadOnlyList<SearchPart> parts, long tickets, byte fields, IReadOnlyList<long>? counts = null)
{
    private const double Saturation = 1.2;

    /// <summary>So many of the best are looked at for words next to each other.</summary>
    private const int Closest = 300;

    private readonly Dictionary<TermRange, List<(int Part, FoundTerm Term)>> _terms = [];

    /// <param name="least">So many of the words are enough; null where each ticket must have all of them, or half of them if none has all.</param>
    public SearchFound Run(int? least = null)
    {
        var clauses = plan.Clauses.Select(clause => new Clause(clause, EstimateOf(clause))).ToList();
        var wanted = clauses.Where(clause => !clause.Planned.Clause.Not).ToList();
        var known = counts is { } given && given.Count == wanted.Count + 1 ? given : [tickets, .. wanted.Select(clause => clause.Count)];
        for (var i = 0; i < wanted.Count; i++)
            wanted[i].Rarity = Rarity(known[0], known[i + 1], wanted[i].Planned.Words.Count);

        HashSet<long>? allowed = null;
        foreach (var fact in plan.Facts.Where(fact => !fact.Fact.Not).OrderBy(EstimateOf))
            allowed = NumbersOf(fact, allowed);
        var (found, all) = (allowed, false);
        if (least is null)
        {
            foreach (var clause in wanted.OrderBy(clause => clause.Count))
            {
                clause.Hits = Collect(clause.Planned, found);
                found = [.. clause.Hits.Keys];
            }

            all = found is { Count: > 0 } || wanted.Count < 2;
        }

        if (!all)
        {
            foreach (var clause in wanted)
                clause.Hits = Collect(clause.Planned, allowed);
            var enough = Math.Min(least ?? (wanted.Count + 1) / 2, wanted.Count);
            found =
            [
                .. wanted.SelectMany(clause => clause.Hits.Keys).GroupBy(number => number).Where(group => group.Count() >= enough).Select(group => group.Key),
            ];
        }

        foreach (var clause in clauses.Where(clause => clause.Planned.Clause.Not))
            found!.ExceptWith(Collect(clause.Planned, found).Keys);
        foreach (var fact in plan.Facts.Where(fact => fact.Fact.Not))
            found!.ExceptWith(NumbersOf(fact, found));
        return new(Rank(found!, wanted, all), all, known);
    }

    private static List<SearchHit> Rank(HashSet<long> found, List<Clause> wanted, bool all)
    {
        var hits = new List<SearchHit>(found.Count);
        foreach (var number in found)
        {
            var (score, mask, has) = (0.0, 0, 0);
            foreach (var clause in wanted)
            {
                if (!clause.Hits.TryGetValue(number, out var hit))
                    continue;
                score += clause.Rarity * hit.Weight / (Saturation + hit.Weight);
                mask |= hit.Fields;
                has++;
            }

            if (!all)
                score *= (double)has * has / (wanted.Count * wanted.Count);
            hits.Add(new(number, score, (byte)mask));
        }

        hits.Sort(Compare);
        for (var i = 0; i < Math.Min(Closest, hits.Count) && wanted.Count > 1; i++)
            hits[i] = hits[i] with { Score = hits[i].Score + Closeness(hits[i].Number, wanted) };
        for (var i = 0; i < hits.Count; i++)
            hits[i] = hits[i] with { Score = Math.Round(hits[i].Score, 3) };
        hits.Sort(Compare);
        return hits;
    }

    private static int Compare(SearchHit one, SearchHit other) =>
        one.Score != other.Score ? other.Score.CompareTo(one.Score) : other.Number.CompareTo(one.Number);

    /// <summary>What is added for words of the query that stand by each other as they do there.</summary>
    private static double Closeness(long number, List<Clause> wanted)
    {
        var sum = 0.0;
        for (var i = 0; i + 1 < wanted.Count; i++)
        {
            if (!wanted[i].Hits.TryGetValue(number, out var first) || !wanted[i + 1].Hits.TryGetValue(number, out var second))
                continue;
            var best = 0.0;
            for (var field = 0; field < SearchFields.Count; field++)
            {
                if ((first.Fields & second.Fields & (1 << field)) == 0)
                    continue;
                var (one, other) = (first.PlacesIn(field), second.PlacesIn(field));
                var near = Nearest(one, other, wanted[i].Planned.Words.Count);
                var share = field == (int)SearchField.Subject ? 1 : 0.6;
                best = Math.Max(
                    best,
                    share
                        * (
                            near == 1 ? 0.5
                            : near <= 4 ? 0.25
                            : 0
                        )
                );
            }

            sum += best * Math.Min(wanted[i].Rarity, wanted[i + 1].Rarity);
        }

        return sum;
    }

    /// <summary>How far the second word is from the end of the first, in words; 1 for right behind it.</summary>
    private static int Nearest(HashSet<int> one, HashSet<int> other, int length)
    {
        var nearest = int.MaxValue;
        foreach (var place in one)
        {
            foreach (var distance in (int[])[1, 2, 3, 4, -1, -2, -3])
            {
                if (other.Contains(place + length - 1 + distance))
                    nearest = Math.Min(nearest, distance > 0 ? distance : 1 - distance);
            }
        }

        return nearest;
    }

    /// <summary>The tickets that have the words of a clause.</summary>
    private Dictionary<long, Hit> Collect(PlannedWords planned, HashSet<long>? within)
    {
        var mask = (byte)(planned.Clause.Fields & fields);
        Dictionary<long, Hit> hits;
        if (planned.Words.Count == 1)
        {
            hits = Collect(planned.Words[0], mask, within);
        }
        else
        {
            // The rarest first: the others are only looked at where that is.
            var words = new Dictionary<long, Hit>?[planned.Words.Count];
            foreach (var index in Enumerable.Range(0, words.Length).OrderBy(index => EstimateOf(planned.Words[index])))
            {
                var found = words[index] = Collect(planned.Words[index], mask, within);
                within = [.. found.Keys];
            }

            hits = [];
            foreach (var number in within!)
            {
                if (InARow([.. words.Select(found => found![number])]) is { } row)
                    hits[number] = row;
            }
        }

        if (planned.Joined is { } joined)
        {
            foreach (var (number, hit) in Collect(joined, mask, null))
                hits.TryAdd(number, hit);
        }

        return hits;
    }

    private static Hit? InARow(IReadOnlyList<Hit> words)
    {
        var row = new Hit();
        for (var field = 0; field < SearchFields.Count; field++)
        {
            if (words.Any(word => (word.Fields & (1 << field)) == 0))
                continue;
            var starts = words[0].PlacesIn(field);
            for (var i = 1; i < words.Count && starts.Count > 0; i++)
            {
                var next = words[i].PlacesIn(field);
                var offset = i;
                starts.RemoveWhere(start => !next.Contains(start + offset));
            }

            if (starts.Count > 0)
                row.AddRow(field, starts, words[0].Norm);
        }

        return row.Fields == 0 ? null : row;
    }

    private Dictionary<long, Hit> Collect(WordLookup word, byte mask, HashSet<long>? within)
    {
        var hits = new Dictionary<long, Hit>();
        foreach (var (part, term, quality) in TermsOf(word))
        {
            foreach (var (key, places) in term.Documents)
            {
                var number = key >> 1;
                if ((places.Span[0] & mask) == 0 || (within is not null && !within.Contains(number)) || IsPast(part, key))
                    continue;
                if (!hits.TryGetValue(number, out var hit))
                    hits[number] = hit = new();
                hit.Add(places, quality, mask);
            }
        }

        return hits;
    }

    private HashSet<long> NumbersOf(PlannedFact fact, HashSet<long>? within)
    {
        var numbers = new HashSet<long>();
        foreach (var (part, term) in fact.Terms.SelectMany(term => Terms(TermRange.Of(term))))
        {
            foreach (var (key, _) in term.Documents)
            {
                if ((within is null || within.Contains(key >> 1)) && !IsPast(part, key))
                    numbers.Add(key >> 1);
            }
        }

        return numbers;
    }

    private bool IsPast(int part, long key)
    {
        for (var newer = 0; newer < part; newer++)
        {
            if (parts[newer].Documents!.Has(key))
                return true;
        }

        return false;
    }

    private IEnumerable<(int Part, FoundTerm Term, double Quality)> TermsOf(WordLookup word) =>
        word.Ranges.SelectMany(Terms).Select(one => (one.Part, one.Term, Quality: word.Quality(one.Term.Term))).Where(one => one.Quality > 0);

    private List<(int Part, FoundTerm Term)> Terms(TermRange range)
    {
        if (!_terms.TryGetValue(range, out var terms))
            _terms[range] = terms = [.. parts.SelectMany((part, index) => part.Read(range).Select(term => (index, term)))];
        return terms;
    }

    private long EstimateOf(WordLookup word) => TermsOf(word).Sum(one => (long)one.Term.Count);

    private long EstimateOf(PlannedWords words) => words.Words.Min(EstimateOf) + (words.Joined is { } joined ? EstimateOf(joined) : 0);

    private long EstimateOf(PlannedFact fact) => fact.Terms.SelectMany(term => Terms(TermRange.Of(term))).Sum(one => (long)one.Term.Count);

    private static double Rarity(long all, long with, int words)
    {
        var count = Math.Min(with, all);
        // Words in a row are rarer than the rarest of them.
        return Math.Log(1 + (all - count + 0.5) / (count + 0.5)) * (1 + 0.5 * (words - 1));
    }

    private sealed class Clause(PlannedWords planned, long count)
    {
        public PlannedWords Planned => planned;

        public long Count => count;

        public double Rarity { get; set; }

        public Dictionary<long, Hit> Hits { get; set; } = [];
    }

    /// <summary>A word, or words in a row, in one ticket.</summary>
    private sealed class Hit
    {
        private readonly List<ReadOnlyMemory<byte>> _places = [];
        private HashSet<int>?[]? _rows;

        public byte Fields { get; private set; }

        public byte Norm { get; private set; }

        public double Weight { get; private set; }

        public void Add(ReadOnlyMemory<byte> places, double quality, byte mask)
        {
            _places.Add(places);
            var reader = new SearchReader(places.Span);
            var (fields, norm) = (reader.Byte(), reader.Byte());
            Norm = norm;
            var weight = 0.0;
            for (var field = 0; field < SearchFields.Count; field++)
            {
                if ((fields & (1 << field)) == 0)
                    continue;
                var count = (int)reader.Number();
                for (var i = 0; i < count; i++)
                    reader.Number();
                if ((mask & (1 << field)) != 0)
                    weight += WeightOf(field, count, norm);
            }

            Fields |= (byte)(fields & mask);
            // Several forms of one word are one word.
            Weight = Math.Max(Weight, quality * weight);
        }

        public void AddRow(int field, HashSet<int> starts, byte norm)
        {
            _rows ??= new HashSet<int>?[SearchFields.Count];
            _rows[field] = starts;
            (Fields, Norm) = ((byte)(Fields | (1 << field)), norm);
            Weight += WeightOf(field, starts.Count, norm);
        }

        /// <summary>Where the word stands in a field.</summary>
        public HashSet<int> PlacesIn(int wanted)
        {
            if (_rows is not null)
                return [.. _rows[wanted] ?? []];
            var found = new HashSet<int>();
            foreach (var places in _places)
            {
                var reader = new SearchReader(places.Span);
                var fields = reader.Byte();
                reader.Byte();
                for (var field = 0; field <= wanted; field++)
                {
                    if ((fields & (1 << field)) == 0)
                        continue;
                    var (count, place) = ((int)reader.Number(), 0);
                    for (var i = 0; i < count; i++)
                    {
                        place += (int)reader.Number();
                        if (field == wanted)
                            found.Add(place);
                    }
                }
            }

            return found;
        }

        private static double WeightOf(int field, int count, byte norm)
        {
            var length = field == (int)SearchField.Subject ? 0.7 + 0.3 * (norm >> 4) / 6 : 0.6 + 0.4 * (norm & 15) / 6;
            return SearchFields.Weight(field) * (1 + Math.Log(count)) / length;
        }
    }
}
