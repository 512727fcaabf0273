namespace Helpdesk.Tests;

public sealed class PlainTextTests
{
    [Theory]
    [InlineData("one\r\ntwo\rthree\u0085four", "one\ntwo\nthree\nfour")]
    [InlineData("bell\a and\0 null\u001b[31m", "bell and null[31m")]
    [InlineData("tab\tstays", "tab\tstays")]
    [InlineData("whole 😀", "whole 😀")]
    [InlineData("\u009fC1", "C1")]
    [InlineData("", "")]
    public void Control_characters_go_and_lines_stay(string text, string clean) => Assert.Equal(clean, PlainText.Of(text));

    [Fact]
    public void Half_of_a_character_is_shown_as_one_that_is_missing()
    {
        Assert.Equal("half \uFFFD of one", PlainText.Of("half \uD83D of one"));
        Assert.Equal("\uFFFD\uFFFD", PlainText.Of("\uDE00\uD83D"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(59_999)]
    [InlineData(60_000)]
    [InlineData(60_001)]
    [InlineData(250_000)]
    public void Parts_of_a_text_are_the_text_whatever_it_is_made_of(int length)
    {
        foreach (var piece in new[] { "x", "word ", "line of words\n", "a paragraph\n\n", "😀", "\n", " " })
        {
            var text = string.Concat(Enumerable.Repeat(piece, length / piece.Length + 1));
            var parts = PlainText.Parts(text, 60_000);
            Assert.Equal(text, string.Concat(parts));
            Assert.All(parts, part => Assert.InRange(part.Length, 1, 60_000));
            Assert.InRange(parts.Count, text.Length / 60_000, 2 * text.Length / 60_000 + 1);
            Assert.DoesNotContain(parts, part => char.IsHighSurrogate(part[^1]));
        }
    }

    [Fact]
    public void Parts_end_between_paragraphs_before_lines_before_words()
    {
        Assert.Equal(["aaaa\n\n", "bb c"], PlainText.Parts("aaaa\n\nbb c", 9));
        Assert.Equal(["aaaa bb\n", "cc"], PlainText.Parts("aaaa bb\ncc", 9));
        Assert.Equal(["aaaa bb ", "ccc"], PlainText.Parts("aaaa bb ccc", 9));
        Assert.Equal(["aaaaaaaaa", "aa"], PlainText.Parts("aaaaaaaaaaa", 9));
    }
}
