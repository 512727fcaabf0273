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

    /// <summary>Letters that are made of several characters, each of them.</summary>
    public static TheoryData<string> Letters => ["😀", "e\u0301", "🇭🇷", "👩‍👩‍👧‍👦", "👍🏽", "각", "ά\u0345", "c\u030C\u0323", "❤️‍🔥", "\r\n", "x"];

    [Theory, MemberData(nameof(Letters))]
    public void The_beginning_of_a_text_ends_between_two_letters(string letter)
    {
        var text = string.Concat(Enumerable.Repeat(letter, 40));
        for (var most = letter.Length; most <= text.Length; most++)
        {
            Assert.Equal(string.Concat(Enumerable.Repeat(letter, most / letter.Length)), PlainText.Head(text, most));
            if (most > letter.Length && most < text.Length)
                Assert.Equal(PlainText.Head(text, most - 1) + "…", PlainText.Shortened(text, most));
            Assert.All(PlainText.Parts(text, Math.Max(most, 2)), part => Assert.Equal(0, part.Length % letter.Length));
        }

        Assert.Same(text, PlainText.Head(text, text.Length));
        Assert.Same(text, PlainText.Shortened(text, text.Length));
    }

    [Fact]
    public void A_letter_that_is_longer_than_all_that_may_stay_is_cut_between_its_marks_and_never_within_one()
    {
        var tower = "e" + string.Concat(Enumerable.Repeat("\u0301", 5000));
        Assert.Equal(tower[..100], PlainText.Head(tower, 100));
        Assert.Equal("", PlainText.Head("😀😀", 1));
        Assert.Equal("👩", PlainText.Head("👩‍👩‍👧‍👦", 2));
        Assert.Equal("…", PlainText.Shortened("👩‍👩‍👧‍👦", 1));
        Assert.Equal(tower, string.Concat(PlainText.Parts(tower, 100)));
    }

    [Fact]
    public void Names_subjects_and_what_is_shown_of_wrong_values_end_with_a_whole_letter()
    {
        var accents = string.Concat(Enumerable.Repeat("e\u0301", 400));
        var families = string.Concat(Enumerable.Repeat("👩‍👩‍👧‍👦", 400));
        Assert.Equal(accents[..250], Helpdesk.Email.MailRules.SubjectOf(accents));
        Assert.Equal(0, Helpdesk.Email.MailRules.NameOf(families)!.Length % 11);
        Assert.EndsWith("👩‍👩‍👧‍👦.txt", Helpdesk.Attachments.FileNames.Clean(families + ".txt"), StringComparison.Ordinal);
        Assert.Equal(0, Helpdesk.Knowledge.ReadingCount.MissOf(Helpdesk.Knowledge.ReadingCount.Miss(families))!.Length % 11);
    }
}
