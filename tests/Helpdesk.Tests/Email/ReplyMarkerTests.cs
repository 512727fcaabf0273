using Helpdesk.Email;

namespace Helpdesk.Tests.Email;

public sealed class ReplyMarkerTests
{
    [Theory]
    [InlineData("en")]
    [InlineData("de")]
    [InlineData("hr")]
    [InlineData("el")]
    [InlineData("fr")]
    [InlineData(null)]
    public void A_marker_is_known_in_each_language_quoted_or_not(string? language)
    {
        var line = ReplyMarker.Line(language);
        Assert.True(ReplyMarker.IsLine(line));
        Assert.True(ReplyMarker.IsLine("> " + line));
        Assert.True(ReplyMarker.IsLine(">>> " + line.Replace('—', '-')));
        Assert.True(ReplyMarker.IsLine(line.Replace('—', '\ufffd').ToUpperInvariant()));
        Assert.True(ReplyMarker.IsLine(line.Replace("——", "??", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("Please write above this line")]
    [InlineData("—— Please write below this line ——")]
    [InlineData("I was told: —— Please write above this line —— but what?")]
    [InlineData("")]
    [InlineData("————————————————————————————————————————")]
    public void Other_lines_are_no_marker(string line) => Assert.False(ReplyMarker.IsLine(line));

    [Theory]
    [InlineData("—— t42-0123456789abcdef ——", "t42-0123456789abcdef")]
    [InlineData("> —— T42-0123456789ABCDEF ——", "t42-0123456789abcdef")]
    [InlineData("To: help+t7-aaaaaaaaaaaaaaaa@desk.example", "t7-aaaaaaaaaaaaaaaa")]
    [InlineData("a-b-c t1-zzzzzzzzzzzzzzzz", "t1-zzzzzzzzzzzzzzzz")]
    [InlineData("t1-short and t2-0123456789abcdef", "t2-0123456789abcdef")]
    [InlineData("t42-0123456789abcdefg", null)] // one letter too many
    [InlineData("xt42-0123456789abcdef", null)]
    [InlineData("t42-0123456789abcdeu", null)] // u is no letter of tokens
    [InlineData("t-0123456789abcdef", null)]
    [InlineData("t1234567890123456789012-0123456789abcdef", null)]
    [InlineData("", null)]
    public void A_token_is_found_in_a_text(string text, string? token) => Assert.Equal(token, ReplyMarker.FindToken(text));

    [Fact]
    public void A_token_is_read_as_it_is_written() =>
        Assert.Equal("t42-0123456789abcdef", ReplyMarker.FindToken(ReplyMarker.TokenLine("t42-0123456789abcdef")));

    [Fact]
    public void Millions_of_dashes_and_digits_take_no_time()
    {
        Assert.Null(ReplyMarker.FindToken(new string('-', 5_000_000)));
        Assert.Null(ReplyMarker.FindToken(new string('1', 5_000_000) + "-"));
        Assert.False(ReplyMarker.IsLine(new string('>', 5_000_000)));
    }
}
