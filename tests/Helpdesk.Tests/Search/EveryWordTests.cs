using FsCheck;
using FsCheck.Fluent;
using Helpdesk.Search;

namespace Helpdesk.Tests.Search;

/// <summary>Whatever is written, changed and merged: a ticket is found by every word that it has now, and by none that it had.</summary>
public sealed class EveryWordTests
{
    private static readonly string[] Words =
    [
        "Müller",
        "printer",
        "Straße",
        "Εκτυπωτής",
        "Đurić",
        "0x80070005",
        "E-Mail",
        "anna@firm.example",
        "KB5034441",
        "kućište",
        "naïve",
        "don't",
        "192.168.0.1",
        "Größenänderung",
        "χρήστης",
    ];

    /// <summary>Who writes which words where, and when what is new becomes a segment.</summary>
    private sealed record Write(int Ticket, int Field, IReadOnlyList<string> Words, int Flush);

    [Fact]
    public void A_ticket_is_found_by_every_word_that_it_has_and_by_none_that_it_had()
    {
        var asked = 0;
        var write =
            from ticket in Gen.Choose(1, 6)
            from field in Gen.Elements((int)SearchField.Subject, (int)SearchField.Description, (int)SearchField.Comment, (int)SearchField.Note)
            from words in Gen.SubListOf(Words)
            from flush in Gen.Choose(-4, 2)
            select new Write(ticket, field, [.. words], flush);
        Prop.ForAll(
                Arb.From(write.ListOf()),
                writes =>
                {
                    var (index, has, segments, version) = (new MemoryIndex(), new Dictionary<long, IReadOnlyList<string>>(), 0, 0);
                    foreach (var one in writes)
                    {
                        var document = new SearchDocument.Words(one.Ticket, ++version).Add((SearchField)one.Field, string.Join(' ', one.Words));
                        index.Add(document.Build());
                        has[one.Ticket] = one.Words;
                        if (one.Flush < 0)
                            continue;
                        var merged = Math.Min(one.Flush, segments);
                        index.FlushAsync(merged).GetAwaiter().GetResult();
                        segments += 1 - merged;
                    }

                    foreach (var word in Words)
                    {
                        asked++;
                        Assert.Equal(
                            has.Where(ticket => ticket.Value.Contains(word)).Select(ticket => ticket.Key).Order(),
                            index.Numbers($"\"{word}\"").Order()
                        );
                    }
                }
            )
            .QuickCheckThrowOnFailure();
        Assert.True(asked > 100);
    }
}
