using System.Diagnostics;
using Helpdesk.Functions.Knowledge;
using Helpdesk.Tickets;

namespace Helpdesk.Functions.Tests.Knowledge;

public sealed class ArticleHtmlTests
{
    private static readonly TicketAttachment[] Files =
    [
        new("abc", "screen shot.png", "image/png", 10),
        new("svg", "evil.svg", "image/svg+xml", 10),
        new("pdf", "Guide.pdf", "application/pdf", 10),
    ];

    private static string Html(string markdown) => ArticleHtml.Of(markdown, Files, id => $"/files/{id}", slug => $"/support/articles/{slug}");

    [Fact]
    public void Markdown_becomes_html()
    {
        Assert.Equal(
            "<h2>One</h2>\n<p>A <em>word</em> and <strong>two</strong>, <code>three</code>.</p>\n<ol start=\"3\">\n<li>x</li>\n</ol>",
            Html("# One\n\nA *word* and **two**, `three`.\n\n3. x")
        );
        Assert.Contains("<th>a</th>", Html("|a|b|\n|-|-|\n|1|2|"), StringComparison.Ordinal);
        Assert.Contains("<del>x</del>", Html("~~x~~"), StringComparison.Ordinal);
        Assert.Equal("<p><img src=\"/files/abc\" alt=\"The screen\" loading=\"lazy\"></p>", Html("![The screen](attachment:screen%20shot.png)"));
        Assert.Equal("<p><a href=\"/files/pdf\">Guide</a></p>", Html("[Guide](attachment:Guide.pdf)"));
        Assert.Equal("<p><a href=\"/support/articles/vpn\">VPN</a></p>", Html("[VPN](article:vpn)"));
        Assert.Equal("<p><a href=\"https://example.com/\" rel=\"noopener noreferrer nofollow\">x</a></p>", Html("[x](https://example.com/)"));
        Assert.Equal("<h6>deep</h6>", Html("###### deep"));
    }

    [Theory]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("<img src=x onerror=alert(1)>")]
    [InlineData("<svg/onload=alert(1)>")]
    [InlineData("[x](javascript:alert(1))")]
    [InlineData("[x](JaVaScRiPt:alert(1))")]
    [InlineData("[x](&#106;avascript:alert(1))")]
    [InlineData("[x](java\tscript:alert(1))")]
    [InlineData("[x](data:text/html;base64,PHNjcmlwdD4=)")]
    [InlineData("[x](vbscript:x)")]
    [InlineData("<javascript:alert(1)>")]
    [InlineData("![x](javascript:alert(1))")]
    [InlineData("![x](data:image/svg+xml;base64,PHN2Zz4=)")]
    [InlineData("![x](attachment:evil.svg)")]
    [InlineData("![x](attachment:../../etc/passwd)")]
    [InlineData("[x](article:../../../api)")]
    [InlineData("[x](article:vpn\"onmouseover=alert(1))")]
    [InlineData("[x](//evil.example/x)")]
    [InlineData("[x](/api/tickets)")]
    [InlineData("![\" onerror=\"alert(1)](attachment:screen%20shot.png)")]
    [InlineData("[x](https://example.com \"\\\" onclick=alert(1)\")")]
    [InlineData("```\n</code></pre><script>alert(1)</script>\n```")]
    [InlineData("|<script>|\n|-|\n|<iframe src=x>|")]
    [InlineData("<style>*{display:none}</style>")]
    [InlineData("<form action=https://evil.example><input name=key>")]
    [InlineData("<base href=https://evil.example>")]
    [InlineData("<!--><script>alert(1)</script>-->")]
    [InlineData("<a href=\"https://evil.example\" style=\"position:fixed;inset:0\">x</a>")]
    public void Hostile_markdown_runs_and_loads_nothing(string markdown)
    {
        var parser = new AngleSharp.Html.Parser.HtmlParser();
        using var page = parser.ParseDocument($"<main>{Html(markdown)}</main>");
        foreach (var element in page.Body!.QuerySelectorAll("*"))
        {
            Assert.Contains(
                element.LocalName,
                "main a blockquote br code del div em h2 h3 h4 h5 h6 hr img li ol p pre strong table tbody td th thead tr ul".Split(' ')
            );
            foreach (var attribute in element.Attributes)
            {
                Assert.Contains(attribute.Name, "alt href src start title rel loading class tabindex".Split(' '));
                if (attribute.Name == "src")
                    Assert.StartsWith("/files/", attribute.Value, StringComparison.Ordinal);
                if (attribute.Name == "href")
                    Assert.Matches("^(https?://|mailto:|tel:|/files/|/support/articles/[a-z0-9-]+$)", attribute.Value);
            }
        }

        Assert.DoesNotContain(page.Body.QuerySelectorAll("img"), picture => picture.GetAttribute("src") == "/files/svg");
    }

    [Fact]
    public void A_picture_elsewhere_is_a_link() =>
        Assert.Equal(
            "<p><a href=\"https://tracker.example/p.png\" rel=\"noopener noreferrer nofollow\">A map</a></p>",
            Html("![A map](https://tracker.example/p.png)")
        );

    [Theory]
    [InlineData("[", 60_000)]
    [InlineData("*a_", 20_000)]
    [InlineData("![](", 15_000)]
    [InlineData("a\n\n", 20_000)]
    [InlineData("<a ", 20_000)]
    [InlineData("`a``", 15_000)]
    [InlineData("|x", 30_000)]
    [InlineData("- a\n", 15_000)]
    public void Long_and_crooked_markdown_is_read_in_time(string piece, int times)
    {
        var markdown = string.Concat(Enumerable.Repeat(piece, times));
        var watch = Stopwatch.StartNew();
        if (ArticleHtml.ProblemOf(markdown) is null)
        {
            Html(markdown);
            ArticleHtml.Words(markdown);
        }

        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"{watch.Elapsed}");
    }

    [Fact]
    public void The_words_of_an_article_are_searched_without_their_marks()
    {
        var words = ArticleHtml.Words("## Wi-Fi & more\n\nUse **bold** [links](https://example.com) <b>x</b>\n\n|a|b|\n|-|-|\n|c1|d1|");
        Assert.Contains("Wi-Fi & more", words, StringComparison.Ordinal);
        Assert.Contains("Use bold links <b>x</b>", words, StringComparison.Ordinal);
        Assert.Contains("c1", words, StringComparison.Ordinal);
        Assert.DoesNotContain("c1d1", words, StringComparison.Ordinal);
        Assert.DoesNotContain("example.com", words, StringComparison.Ordinal);
    }
}
