using System.Collections.Concurrent;
using Azure;
using Azure.Data.Tables;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Helpdesk.Search;

namespace Helpdesk.Functions.Search;

/// <summary>The index as it was read for one query.</summary>
/// <param name="Parts">Its parts, the newest first.</param>
/// <param name="Tickets">How many tickets it has, or a few more.</param>
/// <param name="Waiting">How many documents no segment has yet.</param>
/// <param name="IsWhole">Whether all was read that the query asks for; what nearly all tickets have, and what has very many endings, is read in part.</param>
public sealed record SearchReading(IReadOnlyList<SearchPart> Parts, long Tickets, int Waiting, bool IsWhole, SearchIndex Index);

/// <summary>Keeps what tickets are found by.</summary>
/// <remarks>
/// <para>
/// A change of a ticket adds one row, whatever the ticket says. When there are many such rows they become a segment: terms with their documents, tens of
/// kilobytes a row. A new segment takes in those before it that are not much larger, so that there are few however many tickets there are, and each
/// document is written again a few times in its life, hundreds of terms at once.
/// </para>
/// <para>
/// A document of a newer part takes the place of the same document in older ones; nothing is changed in place. The row that names the segments decides:
/// until it is written a segment does not count, and in the same transaction the rows go that the segment took in. Whoever dies on the way leaves a
/// segment that the index says was being built, and the next one removes it.
/// </para>
/// </remarks>
public sealed class SearchIndexStore(StorageClients storage, TimeProvider time)
{
    public const string TableName = "SearchIndex";

    /// <summary>New rows after which they become a segment.</summary>
    public const int NewRows = 96;

    /// <summary>A segment takes in an older one that is not larger than this many times.</summary>
    private const int Growth = 8;

    /// <summary>Rows of one segment's terms that a query reads for one range: the one that has the term, and the next.</summary>
    private const int RowsOfRange = 2;

    /// <summary>New rows that are read; more come together only while segments cannot be written.</summary>
    private const int MostNew = 4000;

    /// <summary>What is removed or taken back this long after it stopped to count: no query reads so long.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(2);

    /// <summary>Which documents segments have. A segment never changes.</summary>
    private readonly ConcurrentDictionary<string, SegmentDocuments> _documents = new(StringComparer.Ordinal);

    private TableClient Table => storage.Table(TableName);

    /// <summary>Adds documents, in one request for a hundred; the same ones again change nothing.</summary>
    public async Task PutAsync(string workspace, IReadOnlyList<SearchDocument> documents, CancellationToken cancellationToken)
    {
        var rows = documents.Select(document => SearchRows.Write(workspace, document)).DistinctBy(row => row.RowKey).ToList();
        if (rows.Count == 1)
        {
            await Table.UpsertEntityAsync(rows[0], TableUpdateMode.Replace, cancellationToken);
            return;
        }

        foreach (var chunk in TableTransactions.Split(rows.Select(row => new TableTransactionAction(TableTransactionActionType.UpsertReplace, row))))
            await Table.SubmitTransactionAsync(chunk, cancellationToken);
    }

    /// <summary>Reads what a query needs: one request, and one for each range and segment.</summary>
    public async Task<SearchReading> ReadAsync(string workspace, IReadOnlyList<TermRange> ranges, CancellationToken cancellationToken)
    {
        var (index, _, rows, _) = await ReadNewAsync(workspace, cancellationToken);
        var newest = Newest(rows.Select(one => one.Document));
        var parts = new List<SearchPart> { new(new(newest.Select(one => new KeyValuePair<long, long>(one.Key, one.Version))), range => InNew(newest, range)) };
        var whole = rows.Count < MostNew;
        var reads = index.Segments.SelectMany(segment => ranges.Select(range => ReadAsync(workspace, segment.Id, range, cancellationToken))).ToList();
        var documents = index.Segments.SkipLast(1).Select(segment => DocumentsOfAsync(workspace, segment.Id, cancellationToken)).ToList();
        await Task.WhenAll([.. reads, .. documents]);
        for (var i = 0; i < index.Segments.Count; i++)
        {
            var found = ranges.Select((range, at) => (range, reads[(i * ranges.Count) + at].Result)).ToDictionary(one => one.range, one => one.Result);
            whole &= found.Values.All(one => one.IsWhole);
            parts.Add(
                new(
                    i < documents.Count ? documents[i].Result : null,
                    range =>
                        found.TryGetValue(range, out var read) ? read.Terms : found.Values.SelectMany(one => one.Terms).Where(term => range.Has(term.Term))
                )
            );
        }

        return new(parts, index.Segments.Sum(segment => (long)segment.Tickets) + newest.Count(one => (one.Key & 1) == 0), rows.Count, whole, index);
    }

    /// <summary>The index of a workspace, and how many documents no segment has yet.</summary>
    public async Task<(SearchIndex Index, int Waiting)> FindAsync(string workspace, CancellationToken cancellationToken)
    {
        var (index, _, rows, _) = await ReadNewAsync(workspace, cancellationToken);
        return (index, rows.Count);
    }

    /// <summary>Changes what the index says of its rebuilding; false when somebody else changed it meanwhile.</summary>
    public async Task<bool> TryNoteAsync(string workspace, Func<SearchIndex, SearchIndex> change, CancellationToken cancellationToken)
    {
        var partition = SearchRows.Partition(workspace);
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(partition, SearchRows.IndexKey(partition), cancellationToken: cancellationToken);
        var (index, etag) = found.HasValue ? (SearchRows.ReadIndex(found.Value!), found.Value!.ETag) : (new SearchIndex([]), default);
        return await TryWriteAsync(workspace, change(index), etag, [], cancellationToken);
    }

    /// <summary>Has words that nobody finds any more go with the next tidying.</summary>
    public Task MarkForPurgeAsync(string workspace, CancellationToken cancellationToken)
    {
        var partition = SearchRows.Partition(workspace);
        return Table.UpsertEntityAsync(new TableEntity(partition, SearchRows.PurgeKey(partition)), TableUpdateMode.Replace, cancellationToken);
    }

    /// <summary>Makes a segment of what is new.</summary>
    /// <param name="least">New rows below which nothing is done.</param>
    /// <param name="purge">Whether all segments become one, so that nothing is left that does not count any more; null where it is marked.</param>
    /// <param name="more">Documents that come in many at once, and so need no rows of their own; when this gives false, they were not taken.</param>
    /// <returns>False when somebody else is at it.</returns>
    public async Task<bool> FlushAsync(
        string workspace,
        int least,
        bool? purge,
        CancellationToken cancellationToken,
        IReadOnlyList<SearchDocument>? more = null
    )
    {
        var (index, etag, rows, marked) = await ReadNewAsync(workspace, cancellationToken);
        var all = purge ?? marked;
        var count = rows.Count + (more?.Count ?? 0);
        var now = time.GetUtcNow();
        if (index.Building is { } other && now - other.At < Grace && !all)
            return false;
        var old = (index.Retired ?? []).Where(mark => all || now - mark.At >= Grace).Concat(index.Building is { } left ? [left] : []).ToList();
        if (count < Math.Max(1, least) && !(all && index.Segments.Count > 0))
        {
            if (old.Count > 0)
                await RemoveAsync(workspace, index, etag, old, cancellationToken);
            return true;
        }

        // First it is noted, so that whoever dies here leaves nothing that nobody knows of.
        var id = Hashes.RandomName(10);
        var begun = index with
        {
            Building = new(id, now),
            Retired = [.. (index.Retired ?? []), .. index.Building is { } dead ? [dead] : Array.Empty<SegmentMark>()],
        };
        if (await WriteAsync(workspace, begun, etag, [], cancellationToken) is not { } noted)
            return false;

        var merged = Merged(index.Segments, count, all);
        var documents = new List<SegmentDocuments>();
        foreach (var segment in index.Segments)
            documents.Add(await DocumentsOfAsync(workspace, segment.Id, cancellationToken));
        var fresh = Newest(rows.Select(one => one.Document).Concat(more ?? [])).Where(one => IsNewer(one, documents)).ToList();
        var info = await BuildAsync(workspace, id, fresh, [.. index.Segments.Take(merged)], [.. documents.Take(merged)], cancellationToken);

        var partition = SearchRows.Partition(workspace);
        var done = begun with
        {
            Segments = info.Documents == 0 ? [.. index.Segments.Skip(merged)] : [info, .. index.Segments.Skip(merged)],
            Building = null,
            Retired = [.. (begun.Retired ?? []), .. index.Segments.Take(merged).Select(segment => new SegmentMark(segment.Id, time.GetUtcNow()))],
        };
        var taken = rows.Select(one => one.Key).ToList();
        if (marked)
            taken.Insert(0, SearchRows.PurgeKey(partition));
        var first = taken.Take(TableTransactions.RowLimit - 1).Select(key => new TableEntity(partition, key)).ToList();
        if (await WriteAsync(workspace, done, noted, first, cancellationToken) is not { } written)
        {
            // Somebody was faster, unless it is our own commit whose answer was lost.
            if ((await FindAsync(workspace, cancellationToken)).Index.Segments.All(segment => segment.Id != id))
                await RemoveRowsAsync(workspace, id, cancellationToken);
            return false;
        }

        // What is left of the rows is in the segment already: they say the same.
        foreach (var chunk in taken.Skip(first.Count).Chunk(TableTransactions.RowLimit))
            await DeleteAsync(chunk.Select(key => new TableEntity(partition, key)), cancellationToken);
        old = [.. (done.Retired ?? []).Where(mark => all || now - mark.At >= Grace)];
        if (old.Count > 0)
            await RemoveAsync(workspace, done, written, old, cancellationToken);
        return true;
    }

    /// <summary>Takes the rows of segments away that do not count any more.</summary>
    private async Task RemoveAsync(string workspace, SearchIndex index, ETag etag, IReadOnlyList<SegmentMark> old, CancellationToken cancellationToken)
    {
        foreach (var mark in old)
            await RemoveRowsAsync(workspace, mark.Id, cancellationToken);
        await TryWriteAsync(
            workspace,
            index with
            {
                Retired = (index.Retired ?? []).Except(old).ToList() is { Count: > 0 } rest ? rest : null,
                Building = index.Building is { } building && old.Contains(building) ? null : index.Building,
            },
            etag,
            [],
            cancellationToken
        );
    }

    private async Task RemoveRowsAsync(string workspace, string segment, CancellationToken cancellationToken)
    {
        var partition = SearchRows.SegmentPartition(workspace, segment);
        var rows = Table.QueryAsync<TableEntity>(
            TableClient.CreateQueryFilter($"PartitionKey eq {partition}"),
            1000,
            ["PartitionKey", "RowKey"],
            cancellationToken
        );
        var keys = new List<TableEntity>();
        await foreach (var row in rows)
            keys.Add(new(partition, row.RowKey));
        foreach (var chunk in keys.Chunk(TableTransactions.RowLimit))
            await DeleteAsync(chunk, cancellationToken);
        _documents.TryRemove(partition, out _);
    }

    private async Task DeleteAsync(IEnumerable<TableEntity> rows, CancellationToken cancellationToken)
    {
        var actions = rows.Select(row => new TableTransactionAction(TableTransactionActionType.Delete, row, ETag.All)).ToList();
        try
        {
            await Table.SubmitTransactionAsync(actions, cancellationToken);
        }
        catch (RequestFailedException gone) when (gone.Status == 404)
        {
            // Somebody else removes the same; one that is gone fails them all.
            foreach (var action in actions)
                await Table.DeleteEntityAsync(action.Entity.PartitionKey, action.Entity.RowKey, cancellationToken: cancellationToken);
        }
    }

    /// <summary>How many of the segments the next one takes in.</summary>
    private static int Merged(IReadOnlyList<SegmentInfo> segments, int documents, bool all)
    {
        if (all)
            return segments.Count;
        var (count, size) = (0, (long)documents);
        while (count < segments.Count && segments[count].Documents <= size * Growth)
            size += segments[count++].Documents;
        return count;
    }

    private static bool IsNewer(SearchDocument document, IReadOnlyList<SegmentDocuments> segments) =>
        segments.All(segment =>
            segment.VersionOf(document.Key) is not { } version || document.Version > version || (document.Again && document.Version == version)
        );

    private async Task<SegmentInfo> BuildAsync(
        string workspace,
        string id,
        IReadOnlyList<SearchDocument> fresh,
        IReadOnlyList<SegmentInfo> segments,
        IReadOnlyList<SegmentDocuments> documents,
        CancellationToken cancellationToken
    )
    {
        var versions = new Dictionary<long, long>();
        foreach (var one in fresh)
            versions[one.Key] = one.Version;
        // From which input a document is taken: the newest that has it.
        var from = versions.Keys.ToDictionary(key => key, _ => -1);
        for (var i = 0; i < documents.Count; i++)
        {
            foreach (var (key, version) in documents[i].All)
            {
                if (from.TryAdd(key, i))
                    versions[key] = version;
            }
        }

        var merge = new SegmentMerge(
            [SegmentMerge.Of(fresh).ToAsyncEnumerable(), .. segments.Select(segment => ReadAllAsync(workspace, segment.Id, cancellationToken))],
            (input, key) => from.TryGetValue(key, out var newest) && newest == input - 1
        );
        var partition = SearchRows.SegmentPartition(workspace, id);
        var (writer, rows) = (new SegmentWriter(), new List<TableEntity>());
        await foreach (var (term, postings, isCut) in merge.RunAsync(cancellationToken))
        {
            if (writer.Add(term, postings, isCut) is not { } full)
                continue;
            rows.Add(SearchRows.Write(partition, full));
            if (rows.Count < 40)
                continue;
            await AddAsync(rows, cancellationToken);
            rows.Clear();
        }

        if (writer.Finish() is { } last)
            rows.Add(SearchRows.Write(partition, last));
        var all = new SegmentDocuments(versions);
        rows.AddRange(SearchRows.Write(partition, all));
        await AddAsync(rows, cancellationToken);
        return new(id, all.Count, all.Words);
    }

    private async Task AddAsync(IReadOnlyList<TableEntity> rows, CancellationToken cancellationToken)
    {
        foreach (var chunk in TableTransactions.Split(rows.Select(row => new TableTransactionAction(TableTransactionActionType.UpsertReplace, row))))
            await Table.SubmitTransactionAsync(chunk, cancellationToken);
    }

    private async IAsyncEnumerable<SegmentTerm> ReadAllAsync(
        string workspace,
        string segment,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var partition = SearchRows.SegmentPartition(workspace, segment);
        var rows = Table.QueryAsync<TableEntity>(
            TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey ge {SearchRows.TermKey(partition, "")}"),
            100,
            cancellationToken: cancellationToken
        );
        await foreach (var row in rows)
        {
            foreach (var term in SegmentChunk.Read(SearchRows.ReadBytes(row)))
                yield return term;
        }
    }

    private async Task<(IReadOnlyList<FoundTerm> Terms, bool IsWhole)> ReadAsync(
        string workspace,
        string segment,
        TermRange range,
        CancellationToken cancellationToken
    )
    {
        var partition = SearchRows.SegmentPartition(workspace, segment);
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey ge {SearchRows.TermKey(partition, range.From)}");
        var (terms, read, whole) = (new List<FoundTerm>(), 0, true);
        await foreach (var row in Table.QueryAsync<TableEntity>(filter, RowsOfRange, cancellationToken: cancellationToken))
        {
            foreach (var term in SegmentChunk.Read(SearchRows.ReadBytes(row)))
            {
                if (string.CompareOrdinal(term.Term, range.To) >= 0)
                    return (terms, whole);
                if (!range.Has(term.Term))
                    continue;
                terms.Add(new(term.Term, term.Count, term.Read()));
                whole &= !term.IsCut;
            }

            if (++read == RowsOfRange)
                return (terms, false);
        }

        return (terms, whole);
    }

    private async Task<SegmentDocuments> DocumentsOfAsync(string workspace, string segment, CancellationToken cancellationToken)
    {
        var partition = SearchRows.SegmentPartition(workspace, segment);
        if (_documents.TryGetValue(partition, out var known))
            return known;
        var (start, end) = (SearchRows.DocumentsStart(partition), SearchRows.DocumentsEnd(partition));
        var bytes = new List<byte>();
        var rows = Table.QueryAsync<TableEntity>(
            TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey ge {start} and RowKey lt {end}"),
            cancellationToken: cancellationToken
        );
        await foreach (var row in rows)
            bytes.AddRange(SearchRows.ReadBytes(row));
        if (_documents.Count >= 500)
            _documents.Clear();
        return _documents[partition] = SegmentDocuments.Read([.. bytes]);
    }

    /// <summary>Everything of the partition of what is new.</summary>
    private async Task<(SearchIndex Index, ETag ETag, IReadOnlyList<(string Key, SearchDocument Document)> Rows, bool Marked)> ReadNewAsync(
        string workspace,
        CancellationToken cancellationToken
    )
    {
        var partition = SearchRows.Partition(workspace);
        var (index, etag, marked) = (new SearchIndex([]), default(ETag), false);
        var documents = new List<(string, SearchDocument)>();
        var rows = Table.QueryAsync<TableEntity>(
            TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey ge {partition} and RowKey lt {partition + ";"}"),
            1000,
            cancellationToken: cancellationToken
        );
        await foreach (var row in rows)
        {
            if (row.RowKey == SearchRows.IndexKey(partition))
                (index, etag) = (SearchRows.ReadIndex(row), row.ETag);
            else if (row.RowKey == SearchRows.PurgeKey(partition))
                marked = true;
            else
                documents.Add((row.RowKey, SearchDocument.Read(SearchRows.ReadBytes(row))));
            if (documents.Count == MostNew)
                break;
        }

        return (index, etag, documents, marked);
    }

    private static List<SearchDocument> Newest(IEnumerable<SearchDocument> documents) =>
        [.. documents.GroupBy(one => one.Key).Select(group => group.MaxBy(one => (one.Version, one.Again))!)];

    private static IEnumerable<FoundTerm> InNew(IReadOnlyList<SearchDocument> documents, TermRange range)
    {
        var terms = new SortedDictionary<string, List<(long, ReadOnlyMemory<byte>)>>(StringComparer.Ordinal);
        foreach (var document in documents)
        {
            for (var i = FirstOf(document.Terms, range.From); i < document.Terms.Count && string.CompareOrdinal(document.Terms[i].Key, range.To) < 0; i++)
            {
                if (!terms.TryGetValue(document.Terms[i].Key, out var found))
                    terms[document.Terms[i].Key] = found = [];
                found.Add((document.Key, document.Terms[i].Value));
            }
        }

        return terms.Select(term => new FoundTerm(term.Key, term.Value.Count, term.Value));
    }

    /// <summary>Where the first term stands that is not before one.</summary>
    private static int FirstOf(IReadOnlyList<KeyValuePair<string, byte[]>> terms, string from)
    {
        var (low, high) = (0, terms.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (string.CompareOrdinal(terms[middle].Key, from) < 0)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    private async Task<bool> TryWriteAsync(
        string workspace,
        SearchIndex index,
        ETag etag,
        IReadOnlyList<TableEntity> taken,
        CancellationToken cancellationToken
    ) => await WriteAsync(workspace, index, etag, taken, cancellationToken) is not null;

    /// <summary>Writes what the index consists of, and takes rows away in the same transaction; null when somebody was faster.</summary>
    private async Task<ETag?> WriteAsync(string workspace, SearchIndex index, ETag etag, IReadOnlyList<TableEntity> taken, CancellationToken cancellationToken)
    {
        var row = SearchRows.Write(workspace, index);
        List<TableTransactionAction> actions =
        [
            etag == default ? new(TableTransactionActionType.Add, row) : new(TableTransactionActionType.UpdateReplace, row, etag),
            .. taken.Select(one => new TableTransactionAction(TableTransactionActionType.Delete, one, ETag.All)),
        ];
        try
        {
            var written = await Table.SubmitTransactionAsync(actions, cancellationToken);
            return written.Value[0].Headers.ETag;
        }
        catch (RequestFailedException raced) when (raced.Status is 404 or 409 or 412)
        {
            return null;
        }
    }
}
