using Helpdesk.Search;

namespace Helpdesk.Tests.Search;

public sealed class SearchQueryTests
{
    [Theory]
    [InlineData("vpn drops", "vpn | drops")]
    [InlineData("\"vpn drops\" -slow", "\"vpn drops\" | -slow")]
    [InlineData("„VPN bricht ab“", "\"vpn bricht ab\"")]
    [InlineData("print*", "print*")]
    [InlineData("subject:vpn", "subject:vpn")]
    [InlineData("requester:anna@firm.example", "requester:\"anna firm example\"")]
    [InlineData("requester:\"Anna Muster\"", "requester:anna | requester:muster")]
    [InlineData("Tag:VPN,wlan status:open", "tag=vpn,wlan | status=open")]
    [InlineData("-status:closed vpn", "-status=closed | vpn")]
    [InlineData("custom.Building:B4", "custom.building=b4")]
    [InlineData("custom.building:\"north, B4\"", "custom.building=north, b4")]
    [InlineData("12:30 https://firm.example/a", "\"12 30\" | \"https firm example a\"")]
    [InlineData("C:\\Temp", "\"c temp\"")]
    [InlineData("0x80070005", "0x80070005")]
    [InlineData("Fehler: Zugriff", "fehler | zugriff")]
    [InlineData("e-mail", "\"e mail\"")]
    [InlineData("vpn - wlan", "vpn | wlan")]
    public void A_query_is_read(string text, string meaning) => Assert.Equal(meaning.Split(" | ").Order(), Told(text).Order());

    [Theory]
    [InlineData("", "no word")]
    [InlineData("…", "no word")]
    [InlineData("-vpn", "wanted")]
    [InlineData("vpn \"slow", "not closed")]
    [InlineData("a*", "at least 2")]
    [InlineData("*", "letters")]
    [InlineData("v*n", "end of a word")]
    [InlineData("stauts:open", "\"stauts\"")]
    [InlineData("status:opened", "on-hold")]
    [InlineData("group:,", "without a value")]
    [InlineData("subject:…", "without a value")]
    [InlineData("tag:", "asks for tag without a value: write it right after the colon")]
    [InlineData("vpn status:", "asks for status without a value")]
    [InlineData("-subject: vpn", "asks for subject without a value")]
    [InlineData("custom.building:", "asks for custom.building without a value")]
    public void What_is_wrong_with_a_query_is_said(string text, string problem) =>
        Assert.Contains(problem, SearchQuery.Read(text).Problem, StringComparison.Ordinal);

    [Fact]
    public void A_query_has_limits()
    {
        Assert.Contains("400", SearchQuery.Read(new string('a', 401)).Problem, StringComparison.Ordinal);
        Assert.Contains("16", SearchQuery.Read(string.Join(' ', Enumerable.Repeat("word", 17))).Problem, StringComparison.Ordinal);
        Assert.Null(SearchQuery.Read(string.Join(' ', Enumerable.Repeat("word", 16))).Problem);
        Assert.Contains("8", SearchQuery.Read(string.Join(' ', Enumerable.Repeat("tag:a", 9))).Problem, StringComparison.Ordinal);
        Assert.Contains("10", SearchQuery.Read("tag:" + string.Join(',', Enumerable.Range(0, 11))).Problem, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Told(string text)
    {
        var (query, problem) = SearchQuery.Read(text);
        Assert.Null(problem);
        foreach (var words in query!.Words)
        {
            var field = Enum.GetValues<SearchField>().Where(one => SearchFields.Mask(one) == words.Fields).Select(one => $"{WireName<SearchField>.Of(one)}:");
            var said = string.Join(' ', words.Words.Select(word => word.Forms[0] + (word.Begins ? "*" : "")));
            yield return (words.Not ? "-" : "") + string.Concat(field) + (words.Words.Count > 1 ? $"\"{said}\"" : said);
        }

        foreach (var fact in query.Facts)
            yield return $"{(fact.Not ? "-" : "")}{fact.Name}={string.Join(',', fact.Values)}";
    }
}
