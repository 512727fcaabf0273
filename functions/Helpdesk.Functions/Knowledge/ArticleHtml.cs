using System.Collections.Frozen;
using AngleSharp.Dom;
using Ganss.Xss;
using Helpdesk.Attachments;
using Helpdesk.Tickets;
using Markdig;
using Markdig.Renderers;

namespace Helpdesk.Functions.Knowledge;

/// <summary>The Markdown of articles as HTML that can stand in a page of ours, and as plain words.</summary>
/// <remarks>
/// HTML in Markdown is shown as text. Pictures are files of the article (<c>![What it shows](attachment:screen.png)</c>); a picture elsewhere becomes a
/// link, since whoever loads it tells somebody else who reads. Links lead to the web, to mail addresses, telephones and other articles
/// (<c>article:slug</c>).
/// </remarks>
public static class ArticleHtml
{
    private const int MostBrackets = 3_000;
    private const string Attached = "attachment:";
    private const string Other = "article:";

    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder()
        .DisableHtml()
        .UsePipeTables()
        .UseAutoLinks()
        .UseEmphasisExtras(Markdig.Extensions.EmphasisExtras.EmphasisExtraOptions.Strikethrough)
        .Build();

    private static readonly FrozenSet<string> Tags = Set("a blockquote br code del em h2 h3 h4 h5 h6 hr img li ol p pre strong table tbody td th thead tr ul");
    private static readonly FrozenSet<string> Attributes = Set("alt href src start title");
    private static readonly FrozenSet<string> Schemes = Set("http https mailto tel");

    /// <summary>What is wrong with the Markdown of an article; null for nothing.</summary>
    public static string? ProblemOf(string markdown)
    {
        // The time that brackets take grows with the square of their number.
        if (markdown.Count(letter => letter == '[') > MostBrackets)
            return $"has more than {MostBrackets} brackets: divide the article.";
        try
        {
            Markdown.Parse(markdown, Pipeline);
            return null;
        }
        catch (ArgumentException deep)
        {
            return $"cannot be read as Markdown: {deep.Message}";
        }
    }

    /// <summary>The words of an article without their marks, for the search.</summary>
    public static string Words(string markdown)
    {
        using var words = new StringWriter();
        var renderer = new HtmlRenderer(words)
        {
            EnableHtmlForBlock = false,
            EnableHtmlForInline = false,
            EnableHtmlEscape = false,
        };
        Pipeline.Setup(renderer);
        renderer.Render(Markdown.Parse(markdown, Pipeline));
        return words.ToString().Trim();
    }

    /// <summary>The HTML of an article.</summary>
    /// <param name="files">The files of the article.</param>
    /// <param name="pathOf">Where a file lies, by its id; null for one that cannot be had.</param>
    /// <param name="articleOf">The address of another article, by its slug.</param>
    public static string Of(string markdown, IReadOnlyList<TicketAttachment> files, Func<string, string?> pathOf, Func<string, string> articleOf)
    {
        var sanitizer = new HtmlSanitizer(
            new HtmlSanitizerOptions
            {
                AllowedTags = new HashSet<string>(Tags, StringComparer.OrdinalIgnoreCase),
                AllowedAttributes = new HashSet<string>(Attributes, StringComparer.OrdinalIgnoreCase),
                AllowedCssProperties = new HashSet<string>(StringComparer.OrdinalIgnoreCase),
                AllowedSchemes = new HashSet<string>(Schemes, StringComparer.OrdinalIgnoreCase) { "attachment", "article" },
                UriAttributes = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { "href", "src" },
            }
        );
        // The title of the page is its only heading of the first order.
        var made = Markdown.ToHtml(markdown, Pipeline);
        using var document = sanitizer.HtmlParserFactory().ParseDocument(made);
        if (document.Body is not { } body)
            return "";
        foreach (var heading in body.QuerySelectorAll("h1, h2, h3, h4, h5").Reverse().ToList())
            Lower(document, heading);
        sanitizer.SanitizeDom(document, body);
        foreach (var picture in body.QuerySelectorAll("img").ToList())
            Show(document, picture, files, pathOf);
        foreach (var link in body.QuerySelectorAll("a").ToList())
            Secure(link, files, pathOf, articleOf);
        foreach (var table in body.QuerySelectorAll("table").ToList())
            Scroll(document, table);
        return body.InnerHtml.Trim();
    }

    /// <summary>Headings begin at the second order.</summary>
    private static void Lower(IDocument document, IElement heading)
    {
        var lower = document.CreateElement($"h{heading.LocalName[1] - '0' + 1}");
        while (heading.FirstChild is { } child)
            lower.AppendChild(child);
        heading.Replace(lower);
    }

    private static void Show(IDocument document, IElement picture, IReadOnlyList<TicketAttachment> files, Func<string, string?> pathOf)
    {
        var source = picture.GetAttribute("src") ?? "";
        var alt = picture.GetAttribute("alt") ?? "";
        if (FileOf(source, files) is { } file && FileTypes.IsPicture(file.ContentType) && pathOf(file.Id) is { } path)
        {
            picture.SetAttribute("src", path);
            picture.SetAttribute("alt", alt);
            picture.SetAttribute("loading", "lazy");
            return;
        }

        if (Uri.TryCreate(source, UriKind.Absolute, out var elsewhere) && elsewhere.Scheme is "https" or "http")
        {
            var link = document.CreateElement("a");
            link.SetAttribute("href", elsewhere.AbsoluteUri);
            link.TextContent = alt.Length > 0 ? alt : elsewhere.AbsoluteUri;
            picture.Replace(link);
            return;
        }

        picture.Replace(document.CreateTextNode(alt));
    }

    private static void Secure(IElement link, IReadOnlyList<TicketAttachment> files, Func<string, string?> pathOf, Func<string, string> articleOf)
    {
        var address = (link.GetAttribute("href") ?? "").Trim();
        link.RemoveAttribute("href");
        if (address.StartsWith(Other, StringComparison.OrdinalIgnoreCase) && Helpdesk.Knowledge.Slugs.IsSlug(address[Other.Length..]))
            link.SetAttribute("href", articleOf(address[Other.Length..]));
        else if (FileOf(address, files) is { } file && pathOf(file.Id) is { } path)
            link.SetAttribute("href", path);
        else if (Uri.TryCreate(address, UriKind.Absolute, out var uri) && Schemes.Contains(uri.Scheme))
        {
            link.SetAttribute("href", uri.AbsoluteUri);
            link.SetAttribute("rel", "noopener noreferrer nofollow");
        }
    }

    /// <summary>A table that is wider than the page is moved in a frame of its own, which can be reached by keyboard.</summary>
    private static void Scroll(IDocument document, IElement table)
    {
        var frame = document.CreateElement("div");
        frame.SetAttribute("class", "wide");
        frame.SetAttribute("tabindex", "0");
        table.Replace(frame);
        frame.AppendChild(table);
    }

    private static TicketAttachment? FileOf(string address, IReadOnlyList<TicketAttachment> files)
    {
        if (!address.StartsWith(Attached, StringComparison.OrdinalIgnoreCase))
            return null;
        var name = Uri.UnescapeDataString(address[Attached.Length..]);
        return files.FirstOrDefault(file => file.Name == name || file.Id == name);
    }

    private static FrozenSet<string> Set(string names) => names.Split(' ').ToFrozenSet(StringComparer.Ordinal);
}
