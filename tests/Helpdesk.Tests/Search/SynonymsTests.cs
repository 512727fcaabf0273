using Helpdesk.Search;

namespace Helpdesk.Tests.Search;

public sealed class SynonymsTests
{
    private static Synonyms Of(params string[][] groups) => new() { Groups = [.. groups.Select(words => new SynonymGroup(words))] };

    private static readonly Synonyms Known = Of(["WLAN", "wifi", "Funknetz"], ["E-Mail", "Outlook"], ["Störung", "Ausfall"]);

    private static MemoryIndex Index(params string[] texts)
    {
        var index = new MemoryIndex();
        foreach (var (at, text) in texts.Index())
            index.Add(new SearchDocument.Words(at + 1, 1).Add(SearchField.Description, text).Build());
        return index;
    }

    [Theory]
    [InlineData("wlan", "1 2 3")]
    [InlineData("WiFi", "1 2 3")]
    [InlineData("Funknetze", "3")]
    [InlineData("stoerung", "5 6")]
    [InlineData("email", "4 7")]
    [InlineData("e-mail", "4 7")]
    [InlineData("outlook", "4 7")]
    [InlineData("wlan -funknetz", "1 2")]
    [InlineData("ausfall -wlan", "5 6")]
    [InlineData("kaputt -wifi", "1 3")]
    [InlineData("\"wlan\"", "1")]
    [InlineData("wla*", "1")]
    [InlineData("wlan kaputt", "1 2 3")]
    public void Who_looks_for_one_word_finds_what_has_another(string query, string expected)
    {
        var index = Index(
            "Das WLAN ist kaputt",
            "Das Wifi ist kaputt",
            "Das Funknetz im Keller ist kaputt",
            "Die E-Mail kommt nicht",
            "Eine Störung am Standort",
            "Ein Ausfall am Standort",
            "Outlook startet nicht"
        );
        var found = index.Find(query, synonyms: Known).Hits.Select(hit => hit.Number);
        Assert.Equal(expected, string.Join(' ', found.Order()));
    }

    [Fact]
    public void The_word_itself_comes_first() =>
        Assert.Equal([1L, 2L], Index("Das WLAN ist weg", "Das Wifi ist weg").Find("wlan", synonyms: Known).Hits.Select(hit => hit.Number));

    /// <summary>However many words mean the same, a query reads only so much more.</summary>
    [Fact]
    public void A_query_asks_for_sixteen_more_words_at_the_most()
    {
        var groups = Enumerable.Range(0, 16).Select(at => Enumerable.Range(0, 8).Select(word => $"word{(char)('a' + at)}x{(char)('a' + word)}").ToArray());
        var synonyms = Of([.. groups]);
        var query = SearchQuery.Read(string.Join(' ', synonyms.Groups.Select(group => group.Words[3]))).Query!;

        var more = synonyms.In(query);

        Assert.Equal(Synonyms.MostMore, more.Words.Sum(words => words.Synonyms.Count));
        Assert.InRange(new SearchPlan(more).Ranges().Count, 1, new SearchPlan(query).Ranges().Count + 2 * Synonyms.MostMore);
        Assert.Equal(Synonyms.MostMore, synonyms.In(string.Join(' ', synonyms.Groups.Select(group => group.Words[0]))).Sum(one => one.Others.Count));
        Assert.Same(query, new Synonyms().In(query));
    }

    [Theory]
    [InlineData("wlan", "must have at least two")]
    [InlineData("wlan,not a word", "\"not a word\"")]
    [InlineData("wlan,…", "one word")]
    [InlineData("wlan,WLAN", "twice")]
    [InlineData("mail,wifi", "another group")]
    [InlineData("mail,wi-fi", "in another group as well: a word with a hyphen is the same as the joined one")]
    [InlineData("wlan,hot-spot,hotspot", "\"hotspot\", which is there twice: a word with a hyphen")]
    public void What_is_wrong_with_a_group_is_said(string words, string problem)
    {
        var wrong = Synonyms.Wrong([new(["wifi", "funknetz"]), new(words.Split(','))]);
        Assert.Equal(1, wrong!.Value.Group);
        Assert.Contains(problem, wrong.Value.Problem, StringComparison.Ordinal);
        Assert.Null(Synonyms.Wrong(Known.Groups));
    }
}
