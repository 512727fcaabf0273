using System.Runtime.CompilerServices;

namespace Helpdesk.Search;

/// <summary>Brings terms of several parts together, the parts in the order of their terms.</summary>
/// <param name="parts">The parts.</param>
/// <param name="keep">Whether a part's document counts.</param>
public sealed class SegmentMerge(IReadOnlyList<IAsyncEnumerable<SegmentTerm>> parts, Func<int, long, bool> keep)
{
    /// <summary>The terms of documents that no segment has yet.</summary>
    public static IEnumerable<SegmentTerm> Of(IReadOnlyList<SearchDocument> documents)
    {
        var writer = new SearchWriter();
        foreach (
            var term in documents
                .SelectMany(document => document.Terms.Select(term => (Term: term.Key, document.Key, Places: term.Value)))
                .GroupBy(one => one.Term, StringComparer.Ordinal)
                .OrderBy(group => group.Key, StringComparer.Ordinal)
        )
        {
            writer.Clear();
            var (count, before) = (0, 0L);
            foreach (var (_, key, places) in term.OrderByDescending(one => one.Key))
            {
                writer.Number(count == 0 ? key : before - key);
                writer.Bytes(places);
                before = key;
                count++;
            }

            yield return new(term.Key, count, writer.Written.ToArray());
        }
    }

    /// <summary>Each term with its documents, and whether older documents were left out.</summary>
    public async IAsyncEnumerable<(string Term, IEnumerable<(long Key, ReadOnlyMemory<byte> Places)> Documents, bool IsCut)> RunAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var readers = parts.Select(part => part.GetAsyncEnumerator(cancellationToken)).ToList();
        try
        {
            var waiting = new PriorityQueue<int, (string Term, int Part)>(
                Comparer<(string Term, int Part)>.Create(
                    (one, other) => string.CompareOrdinal(one.Term, other.Term) is not 0 and var order ? order : one.Part.CompareTo(other.Part)
                )
            );
            for (var part = 0; part < readers.Count; part++)
            {
                if (await readers[part].MoveNextAsync())
                    waiting.Enqueue(part, (readers[part].Current.Term, part));
            }

            while (waiting.TryPeek(out _, out var next))
            {
                var (documents, isCut) = (new List<(long Key, ReadOnlyMemory<byte> Places)>(), false);
                while (waiting.TryPeek(out var part, out var same) && same.Term == next.Term)
                {
                    waiting.Dequeue();
                    isCut |= readers[part].Current.IsCut;
                    documents.AddRange(readers[part].Current.Read().Where(one => keep(part, one.Key)));
                    if (await readers[part].MoveNextAsync())
                        waiting.Enqueue(part, (readers[part].Current.Term, part));
                }

                documents.Sort((one, other) => other.Key.CompareTo(one.Key));
                if (documents.Count > 0)
                    yield return (next.Term, documents, isCut);
            }
        }
        finally
        {
            foreach (var reader in readers)
                await reader.DisposeAsync();
        }
    }
}
