using System.Globalization;

namespace Helpdesk.Search;

/// <summary>What a ticket is found by, made from the ticket as it is.</summary>
/// <remarks>
/// A ticket is two documents: its words, and what it is (status, group, tags …), which changes far more often. The words of a ticket that is only assigned
/// need not be read again.
/// </remarks>
public sealed class SearchDocument
{
    private SearchDocument(long key, long version, IReadOnlyList<KeyValuePair<string, byte[]>> terms, bool again) =>
        (Key, Version, Terms, Again) = (key, version, terms, again);

    /// <summary>The number of the ticket, doubled; one more for what it is.</summary>
    public long Key { get; }

    /// <summary>The version of the ticket. Of documents with the same key the newest counts.</summary>
    public long Version { get; }

    /// <summary>Whether it takes the place of one of the same version.</summary>
    public bool Again { get; }

    /// <summary>Where each term stands, in the order of the terms.</summary>
    public IReadOnlyList<KeyValuePair<string, byte[]>> Terms { get; }

    public static long WordsKey(long number) => number << 1;

    public static long FactsKey(long number) => (number << 1) | 1;

    /// <summary>What a fact is found by.</summary>
    public static string Fact(string name, string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var kept = new string([
            .. value.ToLowerInvariant().Where(sign => sign is not ('/' or '\\' or '#' or '?') && !char.IsControl(sign) && !char.IsSurrogate(sign)),
        ]);
        return $"={name}:{PlainText.Head(kept, 100)}";
    }

    /// <summary>The bytes that <see cref="Read"/> reads.</summary>
    public byte[] Write()
    {
        var writer = new SearchWriter();
        writer.Byte(1);
        writer.Number(Key);
        writer.Number(Version);
        writer.Byte(Again ? (byte)1 : (byte)0);
        foreach (var (term, payload) in Terms)
        {
            writer.Text(term);
            writer.Bytes(payload);
        }

        return writer.Written.ToArray();
    }

    public static SearchDocument Read(byte[] bytes)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        var reader = new SearchReader(bytes);
        if (reader.Byte() != 1)
            throw new InvalidDataException("A document of the search index has an unknown form.");
        var (key, version, again) = (reader.Number(), reader.Number(), reader.Byte() == 1);
        var terms = new List<KeyValuePair<string, byte[]>>();
        while (!reader.IsAtEnd)
        {
            var term = reader.Text();
            var (start, length) = reader.Skip();
            terms.Add(new(term, bytes[start..(start + length)]));
        }

        return new(key, version, terms, again);
    }

    /// <summary>Gathers the words of a ticket.</summary>
    public sealed class Words(long number, long version)
    {
        /// <summary>Places of one term in one field that are kept.</summary>
        private const int MostPlaces = 30;

        /// <summary>Signs of one field that are looked at.</summary>
        private const int MostSigns = 100_000;

        /// <summary>Between texts of one field, so that no phrase spans two.</summary>
        private const int Gap = 100;

        private readonly SortedDictionary<string, List<int>?[]> _terms = new(StringComparer.Ordinal);
        private readonly int[] _next = new int[SearchFields.Count];
        private readonly int[] _signs = new int[SearchFields.Count];
        private readonly int[] _words = new int[SearchFields.Count];

        /// <summary>Adds a text of a field.</summary>
        public Words Add(SearchField field, string? text)
        {
            var index = (int)field;
            if (string.IsNullOrWhiteSpace(text) || _signs[index] >= MostSigns)
                return this;
            text = PlainText.Head(text, MostSigns - _signs[index]);
            _signs[index] += text.Length;
            var last = -1;
            foreach (var word in SearchWords.Of(text))
            {
                last = word.Position;
                _words[index]++;
                foreach (var form in word.All)
                    Add(index, form, _next[index] + word.Position);
            }

            _next[index] += last + 1 + Gap;
            return this;
        }

        public SearchDocument Build(bool again = false)
        {
            var norm = (byte)((Math.Min(15, _words[(int)SearchField.Subject]) << 4) | Math.Min(15, (int)Math.Log2(1 + _words.Sum())));
            var writer = new SearchWriter();
            var terms = new List<KeyValuePair<string, byte[]>>(_terms.Count);
            foreach (var (term, fields) in _terms)
            {
                writer.Clear();
                var mask = 0;
                for (var field = 0; field < SearchFields.Count; field++)
                    mask |= fields[field] is null ? 0 : 1 << field;
                writer.Byte((byte)mask);
                writer.Byte(norm);
                foreach (var places in fields)
                {
                    if (places is null)
                        continue;
                    writer.Number(places.Count);
                    var before = 0;
                    foreach (var place in places)
                    {
                        writer.Number(place - before);
                        before = place;
                    }
                }

                terms.Add(new(term, writer.Written.ToArray()));
            }

            return new(WordsKey(number), version, terms, again);
        }

        private void Add(int field, string term, int place)
        {
            if (!_terms.TryGetValue(term, out var fields))
                _terms[term] = fields = new List<int>?[SearchFields.Count];
            var places = fields[field] ??= [];
            if (places.Count < MostPlaces && (places.Count == 0 || places[^1] != place))
                places.Add(place);
        }
    }

    /// <summary>Gathers what a ticket is.</summary>
    public sealed class Facts(long number, long version)
    {
        private readonly SortedSet<string> _terms = new(StringComparer.Ordinal);

        public Facts Add(string name, string? value)
        {
            if (value is not null)
                _terms.Add(Fact(name, value));
            return this;
        }

        public SearchDocument Build(bool again = false) =>
            new(FactsKey(number), version, [.. _terms.Select(term => new KeyValuePair<string, byte[]>(term, []))], again);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Key}@{Version}");
}
