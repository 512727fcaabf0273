using System.Collections.Frozen;

namespace Helpdesk.Search;

/// <summary>A term of a segment with all documents that it stands in.</summary>
/// <param name="Count">How many there are.</param>
/// <param name="Postings">For each document its key, the highest first, and where the term stands in it.</param>
public readonly record struct SegmentTerm(string Term, int Count, ReadOnlyMemory<byte> Postings)
{
    /// <summary>Whether it stands in more documents than one row holds, so that the oldest were left out.</summary>
    public bool IsCut => Postings.Length > SegmentWriter.TermSize;

    /// <summary>The documents, the newest ticket first.</summary>
    public IEnumerable<(long Key, ReadOnlyMemory<byte> Places)> Read()
    {
        var (at, key) = (0, 0L);
        for (var i = 0; i < Count; i++)
        {
            key = Next(Postings.Span, ref at, i == 0 ? null : key, out var start, out var length);
            yield return (key, Postings.Slice(start, length));
        }
    }

    private static long Next(ReadOnlySpan<byte> postings, ref int at, long? before, out int start, out int length)
    {
        var reader = new SearchReader(postings[at..]);
        var number = reader.Number();
        var (from, count) = reader.Skip();
        (start, length) = (at + from, count);
        at += reader.At;
        return before is { } key ? key - number : number;
    }
}

/// <summary>A part of a segment: terms in a row.</summary>
/// <param name="LastTerm">The last of them.</param>
public sealed record SegmentChunk(string LastTerm, byte[] Bytes)
{
    public IEnumerable<SegmentTerm> Read() => Read(Bytes);

    public static IEnumerable<SegmentTerm> Read(byte[] bytes)
    {
        for (var at = 0; at < bytes.Length; )
            yield return Next(bytes, ref at);
    }

    private static SegmentTerm Next(byte[] bytes, ref int at)
    {
        var reader = new SearchReader(bytes.AsSpan(at));
        var term = reader.Text();
        var count = (int)reader.Number();
        var (start, length) = reader.Skip();
        var found = new SegmentTerm(term, count, bytes.AsMemory(at + start, length));
        at += reader.At;
        return found;
    }
}

/// <summary>Puts terms into chunks, in their order.</summary>
public sealed class SegmentWriter
{
    /// <summary>Bytes of a chunk; more only where a single term has more.</summary>
    public const int ChunkSize = 40_000;

    /// <summary>Bytes of one term: what a row can hold. Documents beyond, the oldest ones, are not found by a term that nearly all have.</summary>
    public const int TermSize = 700_000;

    private readonly SearchWriter _chunk = new();
    private readonly SearchWriter _postings = new();
    private string _last = "";

    /// <summary>Adds a term.</summary>
    /// <param name="postings">The documents, the highest key first.</param>
    /// <param name="isCut">Whether documents were left out before.</param>
    /// <returns>A chunk that is full; null for none.</returns>
    public SegmentChunk? Add(string term, IEnumerable<(long Key, ReadOnlyMemory<byte> Places)> postings, bool isCut = false)
    {
        ArgumentNullException.ThrowIfNull(postings);
        _postings.Clear();
        var (count, before) = (0, 0L);
        foreach (var (key, places) in postings)
        {
            if (_postings.Length + places.Length + 12 > TermSize)
            {
                isCut = true;
                break;
            }

            _postings.Number(count == 0 ? key : before - key);
            _postings.Bytes(places.Span);
            before = key;
            count++;
        }

        if (count == 0)
            return null;
        // The length says so: readers take as many documents as there are, and nothing behind them.
        while (isCut && _postings.Length <= TermSize)
            _postings.Byte(0);
        var full = _chunk.Length > 0 && _chunk.Length + _postings.Length > ChunkSize ? Finish() : null;
        _chunk.Text(term);
        _chunk.Number(count);
        _chunk.Bytes(_postings.Written);
        _last = term;
        return full;
    }

    /// <summary>The last chunk; null for none.</summary>
    public SegmentChunk? Finish()
    {
        if (_chunk.Length == 0)
            return null;
        var chunk = new SegmentChunk(_last, _chunk.Written.ToArray());
        _chunk.Clear();
        return chunk;
    }
}

/// <summary>Which documents a segment has, and in which version: they take the place of those in older segments.</summary>
public sealed class SegmentDocuments
{
    private readonly FrozenDictionary<long, long> _versions;

    public SegmentDocuments(IEnumerable<KeyValuePair<long, long>> versions) => _versions = versions.ToFrozenDictionary();

    public int Count => _versions.Count;

    /// <summary>How many of them are tickets' words.</summary>
    public int Words => field == 0 ? field = _versions.Keys.Count(key => (key & 1) == 0) : field;

    public IEnumerable<KeyValuePair<long, long>> All => _versions;

    public bool Has(long key) => _versions.ContainsKey(key);

    public long? VersionOf(long key) => _versions.TryGetValue(key, out var version) ? version : null;

    public byte[] Write()
    {
        var writer = new SearchWriter();
        var before = 0L;
        foreach (var (key, version) in _versions.OrderBy(one => one.Key))
        {
            writer.Number(key - before);
            writer.Number(version);
            before = key;
        }

        return writer.Written.ToArray();
    }

    public static SegmentDocuments Read(byte[] bytes)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        var versions = new List<KeyValuePair<long, long>>();
        var reader = new SearchReader(bytes);
        var key = 0L;
        while (!reader.IsAtEnd)
        {
            key += reader.Number();
            versions.Add(new(key, reader.Number()));
        }

        return new(versions);
    }
}
