using Helpdesk.Email;

namespace Helpdesk.Tests.Email;

public sealed class FlowedTextTests
{
    [Theory]
    [InlineData("one \ntwo \nthree\nfour", "one two three\nfour")]
    [InlineData("one \r\ntwo\r\n", "one two\n")]
    [InlineData("> one \n> two\nthree", "> one two\nthree")]
    [InlineData("> one \n>> two\n> three", "> one \n>> two\n> three")]
    [InlineData(">one \n>two", "> one two")]
    [InlineData(" From here\n  indented", "From here\n indented")]
    [InlineData("words \n-- \nAna \nHorvat", "words \n-- \nAna Horvat")]
    [InlineData("", "")]
    [InlineData("one", "one")]
    [InlineData("\n\none", "\n\none")]
    public void Lines_that_end_with_a_space_go_on(string text, string joined) => Assert.Equal(joined, FlowedText.Joined(text, deleteSpace: false));

    [Fact]
    public void Languages_without_spaces_get_none() => Assert.Equal("動きません", FlowedText.Joined("動き \nません", deleteSpace: true));

    [Fact]
    public void Millions_of_marks_take_no_time()
    {
        Assert.Equal(5_000_001, FlowedText.Joined(new string('>', 5_000_000), false).Length);
        Assert.NotEmpty(FlowedText.Joined(string.Concat(Enumerable.Repeat("> a \n", 500_000)), false));
    }
}
