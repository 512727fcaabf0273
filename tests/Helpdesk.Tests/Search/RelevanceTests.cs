using System.Globalization;
using Helpdesk.Search;

namespace Helpdesk.Tests.Search;

/// <summary>Queries with the tickets that should come first, over tickets that were written for the purpose (<c>tests/search</c>).</summary>
public sealed class RelevanceTests
{
    /// <summary>Queries that the ranking was written with, and queries that were written when it was done.</summary>
    public static TheoryData<string, string> Queries() => [.. Lines("queries-1.txt").Concat(Lines("queries-2.txt")).Select(line => (line[0], line[1]))];

    [Theory, MemberData(nameof(Queries))]
    public async Task The_right_ticket_comes_first(string query, string expected)
    {
        var index = await CorpusAsync();
        var wanted = expected.Split(", ").Select(number => long.Parse(number, CultureInfo.InvariantCulture)).ToList();

        var found = index.Numbers(query);

        // Several that are equally right come before all others, in whatever order.
        Assert.True(
            found.Take(wanted.Count).Order().SequenceEqual(wanted.Order()),
            $"\"{query}\" finds {string.Join(", ", found.Take(5))} and not {expected} first."
        );
    }

    [Fact]
    public async Task A_ticket_is_found_by_every_word_of_its_subject_and_by_all_of_them()
    {
        var index = await CorpusAsync();
        foreach (var line in Lines("corpus.txt"))
        {
            var number = long.Parse(line[0], CultureInfo.InvariantCulture);
            var words = SearchWords.Of(line[4]).Select(word => line[4].Substring(word.Start, word.Length)).ToList();
            foreach (var word in words)
            {
                foreach (var typed in new[] { word, word.ToUpperInvariant(), WordForms.Plainly(word), WordForms.Of(word)[^1] })
                    Assert.Contains(number, index.Numbers($"\"{typed}\""));
            }

            Assert.Equal(number, index.Numbers($"\"{line[4].Replace('"', ' ')}\"")[0]);
        }
    }

    private static async Task<MemoryIndex> CorpusAsync()
    {
        var index = new MemoryIndex();
        foreach (var line in Lines("corpus.txt"))
        {
            var number = long.Parse(line[0], CultureInfo.InvariantCulture);
            var tags = line[3].Split(", ");
            var words = new SearchDocument.Words(number, 1)
                .Add(SearchField.Number, line[0])
                .Add(SearchField.Subject, line[4])
                .Add(SearchField.Description, line[5])
                .Add(SearchField.Comment, line.Length > 6 ? line[6] : null)
                .Add(SearchField.Requester, line[2]);
            var facts = new SearchDocument.Facts(number, 1).Add("language", line[1]);
            foreach (var tag in tags)
            {
                words.Add(SearchField.Tag, tag);
                facts.Add("tag", tag);
            }

            index.Add(words.Build(), facts.Build());
            if (number % 40 == 0)
                await index.FlushAsync(number == 120 ? 1 : 0);
        }

        return index;
    }

    private static IEnumerable<string[]> Lines(string file) =>
        File.ReadAllLines(Path.Combine(Root(), "tests", "search", file))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split(" |", StringSplitOptions.TrimEntries));

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "HelpdeskServerless.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException("The repository was not found above the tests.");
        return folder.FullName;
    }
}
