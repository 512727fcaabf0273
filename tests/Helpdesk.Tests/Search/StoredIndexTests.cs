using Helpdesk.Search;

namespace Helpdesk.Tests.Search;

/// <summary>What the first version wrote into an index is read by all that follow.</summary>
public sealed class StoredIndexTests
{
    [Fact]
    public void A_document_is_written_and_read_as_ever()
    {
        var made = new SearchDocument.Words(42, 3).Add(SearchField.Subject, "VPN drops VPN").Add(SearchField.Note, "0x80070005").Build(again: true);
        var read = SearchDocument.Read(made.Write());
        Assert.Equal((84, 3, true), (read.Key, read.Version, read.Again));
        Assert.Equal(["0x80070005", "80070005", "drops", "vpn"], read.Terms.Select(term => term.Key));
        // Where it stands (bits of fields), how long the texts are, and for each field how often and at which words.
        Assert.Equal("0132020002", Convert.ToHexString(read.Terms[3].Value));
        Assert.Equal("08320100", Convert.ToHexString(read.Terms[0].Value));
    }

    [Fact]
    public void A_segment_is_written_and_read_as_ever()
    {
        var writer = new SegmentWriter();
        Assert.Null(writer.Add("vpn", [(84, new byte[] { 1, 2 }), (20, new byte[] { 3 })]));
        var chunk = writer.Finish()!;
        Assert.Equal(("vpn", "0376706E" + "02" + "07" + "5402" + "0102" + "4001" + "03"), (chunk.LastTerm, Convert.ToHexString(chunk.Bytes)));
        var term = Assert.Single(chunk.Read());
        Assert.Equal([84, 20], term.Read().Select(one => one.Key));
        Assert.Equal("1403" + "4002", Convert.ToHexString(new SegmentDocuments([new(84, 2), new(20, 3)]).Write()));
        Assert.Equal(2, SegmentDocuments.Read(Convert.FromHexString("14034002")).VersionOf(84));
    }

    [Fact]
    public async Task A_term_that_stands_nearly_everywhere_keeps_its_newest_documents_and_says_so_also_after_a_merge()
    {
        var writer = new SegmentWriter();
        writer.Add("printer", Enumerable.Range(0, 400_000).Select(i => (Key: 2_000_000L - i * 2, (ReadOnlyMemory<byte>)new byte[] { 1 })));
        var term = Assert.Single(writer.Finish()!.Read());
        Assert.Equal((SegmentWriter.TermSize + 1, true), (term.Postings.Length, term.IsCut));
        Assert.Equal(2_000_000, term.Read().First().Key);
        Assert.InRange(term.Read().Count(), 200_000, 399_999);

        // Half of the documents have changed since: those that were left out are still missing.
        var merge = new SegmentMerge([new[] { term }.ToAsyncEnumerable()], (_, key) => key % 4 == 0);
        await foreach (var (text, documents, isCut) in merge.RunAsync(TestContext.Current.CancellationToken))
        {
            writer = new();
            writer.Add(text, documents, isCut);
        }

        Assert.True(Assert.Single(writer.Finish()!.Read()).IsCut);
        writer = new();
        writer.Add("printer", [(84, new byte[] { 1 })]);
        Assert.False(Assert.Single(writer.Finish()!.Read()).IsCut);
    }
}
