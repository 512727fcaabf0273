using Helpdesk.Bot.Teams;

namespace Helpdesk.Bot.Tests.Teams;

public sealed class HtmlTextTests
{
    [Theory]
    [InlineData("<p>One</p><p>Two</p>", "One\n\nTwo")]
    [InlineData("<div>One</div><div>Two</div>", "One\nTwo")]
    [InlineData("One<br>Two<br/>Three", "One\nTwo\nThree")]
    [InlineData("<ul><li>milk</li><li>bread<ul><li>rye</li></ul></li></ul>", "- milk\n- bread\n  - rye")]
    [InlineData("<ol><li>first</li><li>second</li></ol>", "1. first\n2. second")]
    [InlineData("<ol start=\"3\"><li><p>third</p></li><li><p>fourth</p></li></ol>", "3. third\n4. fourth")]
    [InlineData("<p>See <a href=\"https://example.com/x\">the page</a>.</p>", "See the page (https://example.com/x).")]
    [InlineData("<a href=\"https://example.com/\">https://example.com</a>", "https://example.com")]
    [InlineData("<a href=\"javascript:alert(1)\">click</a>", "click")]
    [InlineData("<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr></table>", "A | B\n1 | 2")]
    [InlineData("<blockquote><p>old</p></blockquote><p>new</p>", "> old\n\nnew")]
    [InlineData("<pre>if (x)\n    go;</pre>", "if (x)\n    go;")]
    [InlineData("<p>5 &lt; 6 &amp; <b>bold</b>&nbsp;<i>text</i></p>", "5 < 6 & bold text")]
    [InlineData("<p>Hi <at id=\"0\">Rita Meyer</at>!</p>", "Hi Rita Meyer!")]
    [InlineData("<p>Hello <emoji alt=\"😀\" title=\"Grin\"></emoji></p>", "Hello 😀")]
    [InlineData("<p>a</p><p>&nbsp;</p><p>&nbsp;</p><p>b</p>", "a\n\nb")]
    [InlineData("<script>alert(1)</script><style>p{}</style><p>x</p><attachment id=\"1\"></attachment>", "x")]
    [InlineData("just words", "just words")]
    [InlineData("", "")]
    public void Lines_lists_links_and_tables_stay(string html, string text) => Assert.Equal(text, HtmlText.Read(html).Text);

    [Fact]
    public void Pictures_leave_a_mark_where_they_stood()
    {
        var read = HtmlText.Read(
            "<p>Before<img src=\"https://x/1\" alt=\"image\">after</p><p><img src=\"https://x/2\" alt=\"chart.png\"></p><img alt=\"nowhere\">"
        );
        Assert.Equal("Before[picture 1]after\n\n[chart.png]\n\n[nowhere]", read.Text);
        Assert.Equal([("picture 1", "https://x/1"), ("chart.png", "https://x/2")], read.Pictures);
    }

    [Fact]
    public void Whatever_comes_is_read_without_harm()
    {
        foreach (var tag in new[] { "<div>", "<b>", "<ul><li>", "<p ", "<svg/><x>" })
            Assert.EndsWith("x y", HtmlText.Read(string.Concat(Enumerable.Repeat(tag, 20_000)) + ">x <b>y</b>").Text, StringComparison.Ordinal);
        Assert.Equal("deep", HtmlText.Read($"{string.Concat(Enumerable.Repeat("<div>", 150))}deep").Text);
        Assert.Equal("a < b", HtmlText.Read("a < b").Text);
        Assert.Equal("open", HtmlText.Read("<p>open<ul").Text);
    }
}
