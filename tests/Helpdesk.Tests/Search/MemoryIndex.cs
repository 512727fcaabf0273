using Helpdesk.Search;

namespace Helpdesk.Tests.Search;

/// <summary>An index in memory: documents that no segment has yet, and segments, made and merged as the desk does it.</summary>
public sealed class MemoryIndex
{
    private readonly List<(SegmentDocuments Documents, IReadOnlyList<SegmentChunk> Chunks)> _segments = [];
    private readonly List<SearchDocument> _new = [];

    public void Add(params IEnumerable<SearchDocument> documents) => _new.AddRange(documents.Select(one => SearchDocument.Read(one.Write())));

    /// <summary>Makes a segment of what is new, which takes in so many of the newest segments.</summary>
    public async Task FlushAsync(int merged)
    {
        var fresh = Newest();
        var inputs = _segments.Take(merged).ToList();
        var from = fresh.ToDictionary(one => one.Key, _ => 0);
        var versions = fresh.ToDictionary(one => one.Key, one => one.Version);
        for (var i = 0; i < inputs.Count; i++)
        {
            foreach (var (key, version) in inputs[i].Documents.All)
            {
                if (from.TryAdd(key, i + 1))
                    versions[key] = version;
            }
        }

        var merge = new SegmentMerge(
            [SegmentMerge.Of(fresh).ToAsyncEnumerable(), .. inputs.Select(input => input.Chunks.SelectMany(chunk => chunk.Read()).ToAsyncEnumerable())],
            (input, key) => from[key] == input
        );
        var (writer, chunks) = (new SegmentWriter(), new List<SegmentChunk>());
        await foreach (var (term, documents, isCut) in merge.RunAsync(TestContext.Current.CancellationToken))
        {
            if (writer.Add(term, documents, isCut) is { } full)
                chunks.Add(full);
        }

        if (writer.Finish() is { } last)
            chunks.Add(last);
        _segments.RemoveRange(0, merged);
        _segments.Insert(0, (SegmentDocuments.Read(new SegmentDocuments(versions).Write()), chunks));
        _new.Clear();
    }

    public SearchFound Find(string text, byte fields = SearchFields.All, Synonyms? synonyms = null)
    {
        var (query, problem) = SearchQuery.Read(text);
        Assert.Null(problem);
        var fresh = Newest();
        List<SearchPart> parts =
        [
            new(new(fresh.Select(one => new KeyValuePair<long, long>(one.Key, one.Version))), range => Terms(SegmentMerge.Of(fresh), range)),
            .. _segments.Select(segment => new SearchPart(segment.Documents, range => Terms(segment.Chunks.SelectMany(chunk => chunk.Read()), range))),
        ];
        return new SearchRanking(
            new((synonyms ?? new()).In(query!)),
            parts,
            fresh.Count(one => (one.Key & 1) == 0) + _segments.Sum(one => one.Documents.Words),
            fields
        ).Run();
    }

    public IReadOnlyList<long> Numbers(string text) => [.. Find(text).Hits.Select(hit => hit.Number)];

    private List<SearchDocument> Newest() => [.. _new.GroupBy(one => one.Key).Select(group => group.MaxBy(one => one.Version)!)];

    private static IEnumerable<FoundTerm> Terms(IEnumerable<SegmentTerm> terms, TermRange range) =>
        terms.Where(term => range.Has(term.Term)).Select(term => new FoundTerm(term.Term, term.Count, term.Read()));
}
