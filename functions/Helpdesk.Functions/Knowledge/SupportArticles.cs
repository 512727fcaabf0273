using System.Globalization;
using System.Net;
using System.Text;
using System.Xml;
using Helpdesk.Attachments;
using Helpdesk.Bot.Conversations;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Pages;
using Helpdesk.Functions.Settings;
using Helpdesk.Knowledge;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.WebUtilities;

namespace Helpdesk.Functions.Knowledge;

/// <summary>The knowledge base as readers see it: pages that work without scripts.</summary>
public sealed class SupportArticles(
    PageRenderer pages,
    ArticleStore articles,
    ArticleLibrary library,
    SupportShelf shelf,
    ReadingStore readings,
    ReadingCounts counts,
    DirectoryStore directory,
    AttachmentLinks links,
    KnowledgeLimit limit,
    TimeProvider time
)
{
    private const int WordsLength = 1000;
    private const int Related = 3;
    private const int Results = 50;
    private const string Cookie = "helpdesk-reader";
    private static readonly TimeSpan LinkLifetime = TimeSpan.FromDays(1);

    /// <summary>All articles, or those that have the words that somebody looks for.</summary>
    [Function(nameof(SupportArticles)), Public]
    public async Task<Results<ContentHttpResult, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "support/articles")] HttpContext context,
        CancellationToken cancellationToken
    )
    {
        var workspace = WorkspaceOf(context);
        if (await directory.FindWorkspaceAsync(workspace, cancellationToken) is null)
            return TypedResults.NotFound();
        var texts = PageLanguage.TextsFor(context);
        var q = context.Request.Query["q"].ToString().Trim();
        if (q.Length > 200 || FieldReader.TextProblem(q, 200, lines: false) is not null)
            q = "";
        if (q.Length == 0)
            return await ListAsync(
                context,
                workspace,
                texts["web.articles.title"],
                null,
                await ReadableAsync(workspace, texts, cancellationToken),
                cancellationToken
            );
        var index = await library.OfAsync(workspace, cancellationToken);
        var hits = index?.Search(q, texts.Language, Reader.Anybody.Sees, Results, await library.SynonymsAsync(workspace, cancellationToken)) ?? [];
        if (index is not null)
        {
            await counts.AddAsync(workspace, ReadingCount.Search, cancellationToken);
            if (hits.Count == 0)
                await counts.AddAsync(workspace, ReadingCount.Miss(q), cancellationToken);
        }

        return await ListAsync(
            context,
            workspace,
            texts["web.articles.title"],
            null,
            [.. hits.Select(hit => hit.Article)],
            cancellationToken,
            q,
            hits.ToDictionary(hit => hit.Article.Id, PieceOf, StringComparer.Ordinal)
        );
    }

    /// <summary>The articles of a category.</summary>
    [Function(nameof(SupportCategory)), Public]
    public async Task<Results<ContentHttpResult, NotFound>> SupportCategory(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "support/categories/{id}")] HttpContext context,
        string id,
        CancellationToken cancellationToken
    )
    {
        var workspace = WorkspaceOf(context);
        if (await directory.FindWorkspaceAsync(workspace, cancellationToken) is null)
            return TypedResults.NotFound();
        var texts = PageLanguage.TextsFor(context);
        var readable = await ReadableAsync(workspace, texts, cancellationToken);
        var categories = await shelf.CategoriesAsync(context, workspace, texts, readable, cancellationToken);
        if (categories.Find(one => (string)one["id"]! == id) is not { } category)
            return TypedResults.NotFound();
        return await ListAsync(
            context,
            workspace,
            (string)category["name"]!,
            (string?)category["description"],
            [.. readable.Where(article => article.Content.Category == id)],
            cancellationToken
        );
    }

    /// <summary>An article.</summary>
    [Function(nameof(SupportArticle)), Public]
    public async Task<Results<ContentHttpResult, RedirectHttpResult, NotFound>> SupportArticle(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "support/articles/{slug}")] HttpContext context,
        string slug,
        CancellationToken cancellationToken
    )
    {
        var workspace = WorkspaceOf(context);
        if (await FindAsync(workspace, slug, cancellationToken) is not { } article || await library.OfAsync(workspace, cancellationToken) is not { } index)
            return TypedResults.NotFound();
        var wanted = PageLanguage.QueryOf(context).Length > 0 ? PageLanguage.TextsFor(context).Language : null;
        var translation =
            wanted is null || article.Content.Language == wanted
                ? null
                : index.Articles.Values.FirstOrDefault(one => one.Topic == article.Topic && one.Content.Language == wanted && Reader.Anybody.Sees(one));
        // An earlier address leads to the one that it has now, and a language that was chosen to the article in it.
        if (translation is not null || article.Content.Slug != slug)
            return TypedResults.LocalRedirect(
                ArticlePaths.Of(
                    workspace,
                    (translation ?? article).Content.Slug,
                    $"{PageLanguage.QueryOf(context)}{FromOf(context, "&from=")}".TrimStart('&')
                ),
                permanent: translation is null,
                preserveMethod: false
            );
        if (HttpMethods.IsGet(context.Request.Method) && context.Request.Query["thanks"].Count == 0)
        {
            await counts.AddAsync(workspace, ReadingCount.View(article.Id), cancellationToken);
            if (PlaceOf(context.Request.Query["from"]) is { } place)
            {
                await counts.AddAsync(workspace, ReadingCount.Suggestion(SuggestionStep.Opened, place), cancellationToken);
                await counts.AddAsync(workspace, ReadingCount.Suggestion(SuggestionStep.Opened, place, article.Id), cancellationToken);
            }
        }

        return await PageAsync(context, article, index, null, "", StatusCodes.Status200OK, cancellationToken);
    }

    /// <summary>Takes what a reader says of an article: once per reader, who may change their mind.</summary>
    [Function(nameof(SendArticleFeedback)), Public]
    public async Task<Results<RedirectHttpResult, ContentHttpResult, NotFound>> SendArticleFeedback(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "support/articles/{slug}")] HttpContext context,
        string slug,
        CancellationToken cancellationToken
    )
    {
        limit.Check(context);
        var workspace = WorkspaceOf(context);
        if (await FindAsync(workspace, slug, cancellationToken) is not { } article || await library.OfAsync(workspace, cancellationToken) is not { } index)
            return TypedResults.NotFound();
        var texts = PageLanguage.TextsFor(context);
        var form = QueryHelpers.ParseQuery(Encoding.UTF8.GetString((await RequestBody.ReadAsync(context)).Span));
        string Field(string name) => form.TryGetValue(name, out var value) ? value.ToString().Trim() : "";
        var (words, solved, helpful) = (Field("words"), Field("solved") == "yes", Field("helpful"));
        if (FieldReader.TextProblem(words, WordsLength, lines: true) is not null)
            return await PageAsync(context, article, index, FormWords(words, texts), words, StatusCodes.Status400BadRequest, cancellationToken);
        if (!solved && helpful is not ("yes" or "no"))
            return await PageAsync(context, article, index, texts["web.error.required"], words, StatusCodes.Status400BadRequest, cancellationToken);
        var vote = new ArticleVote(article.Id, solved || helpful == "yes", words.Length > 0 ? words : null, article.Version, time.GetUtcNow(), solved);
        await readings.VoteAsync(workspace, ReaderOf(context), vote, PlaceOf(Field("from")), cancellationToken);
        var thanks = solved ? "solved" : helpful;
        var more = string.Join('&', new[] { PageLanguage.QueryOf(context), $"thanks={thanks}" }.Where(part => part.Length > 0));
        return TypedResults.LocalRedirect($"{ArticlePaths.Of(workspace, article.Content.Slug, more)}#feedback", permanent: false, preserveMethod: false);
    }

    /// <summary>Articles that may answer what is being written in the form.</summary>
    [Function(nameof(SupportSuggestions)), Public]
    public async Task<Results<Ok<SuggestedArticles>, NotFound>> SupportSuggestions(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "support/suggestions")] SuggestionsRequest request,
        HttpContext context,
        CancellationToken cancellationToken
    )
    {
        limit.Check(context);
        var workspace = WorkspaceOf(context);
        if (await directory.FindWorkspaceAsync(workspace, cancellationToken) is null)
            return TypedResults.NotFound();
        context.Response.Headers.CacheControl = "no-store";
        var language = PageLanguage.TextsFor(context).Language;
        var found = await shelf.SuggestAsync(workspace, request.Text, language, Reader.Anybody, SuggestedIn.Form, request.First, cancellationToken);
        return TypedResults.Ok(new SuggestedArticles(found));
    }

    /// <summary>All articles that everybody may read, for search engines.</summary>
    [Function(nameof(SupportSitemap)), Public]
    public async Task<Results<ContentHttpResult, NotFound>> SupportSitemap(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "support/sitemap.xml")] HttpContext context,
        CancellationToken cancellationToken
    )
    {
        var workspace = WorkspaceOf(context);
        if (await directory.FindWorkspaceAsync(workspace, cancellationToken) is null)
            return TypedResults.NotFound();
        var open = (await library.OfAsync(workspace, cancellationToken))?.Articles.Values.Where(Reader.Anybody.Sees).ToList() ?? [];
        var topics = open.ToLookup(article => article.Topic, StringComparer.Ordinal);
        using var text = new MemoryStream();
        await using (var xml = XmlWriter.Create(text, new XmlWriterSettings { Async = true, Encoding = new UTF8Encoding(false) }))
        {
            const string sitemap = "http://www.sitemaps.org/schemas/sitemap/0.9";
            const string xhtml = "http://www.w3.org/1999/xhtml";
            await xml.WriteStartElementAsync(null, "urlset", sitemap);
            foreach (var article in open.OrderBy(article => article.Content.Slug, StringComparer.Ordinal))
            {
                await xml.WriteStartElementAsync(null, "url", sitemap);
                await xml.WriteElementStringAsync(null, "loc", sitemap, Address(article));
                await xml.WriteElementStringAsync(
                    null,
                    "lastmod",
                    sitemap,
                    article.PublishedAt.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
                );
                foreach (var translation in topics[article.Topic].Where(_ => topics[article.Topic].Count() > 1))
                {
                    await xml.WriteStartElementAsync("xhtml", "link", xhtml);
                    await xml.WriteAttributeStringAsync(null, "rel", null, "alternate");
                    await xml.WriteAttributeStringAsync(null, "hreflang", null, translation.Content.Language);
                    await xml.WriteAttributeStringAsync(null, "href", null, Address(translation));
                    await xml.WriteEndElementAsync();
                }

                await xml.WriteEndElementAsync();
            }

            await xml.WriteEndElementAsync();
        }

        return TypedResults.Content(Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length), "application/xml; charset=utf-8");

        string Address(PublishedArticle article) => OwnAddress.Of(context) + ArticlePaths.Of(workspace, article.Content.Slug);
    }

    private async Task<ContentHttpResult> ListAsync(
        HttpContext context,
        string workspace,
        string heading,
        string? description,
        IReadOnlyList<PublishedArticle> listed,
        CancellationToken cancellationToken,
        string? q = null,
        IReadOnlyDictionary<string, string?>? pieces = null
    )
    {
        var page = new Page(
            "articles",
            _ => heading,
            new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["heading"] = heading,
                ["description"] = description,
                ["q"] = q,
                ["shelf"] = await shelf.PartAsync(context, workspace, q, cancellationToken),
                ["articles"] = listed.Select(article => Show(context, article, pieces?.GetValueOrDefault(article.Id))).ToList(),
                ["form"] = FormPath(context, workspace),
            }
        )
        {
            Private = q is not null,
        };
        return await pages.AnswerAsync(context, page);
    }

    private async Task<ContentHttpResult> PageAsync(
        HttpContext context,
        PublishedArticle article,
        ArticleIndex index,
        string? error,
        string words,
        int status,
        CancellationToken cancellationToken
    )
    {
        var (workspace, content, texts) = (article.Workspace, article.Content, PageLanguage.TextsFor(context));
        var language = PageLanguage.QueryOf(context);
        var paths = await links.PathsAsync(workspace, content.Attachments, LinkLifetime, cancellationToken);
        var readable = await ReadableAsync(workspace, texts, cancellationToken);
        var categories = content.Category is null ? [] : await shelf.CategoriesAsync(context, workspace, texts, readable, cancellationToken);
        var thanks = context.Request.Query["thanks"].ToString();
        var page = new Page(
            "article",
            _ => content.Title,
            new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["title"] = content.Title,
                ["summary"] = content.Summary,
                ["language"] = content.Language,
                ["html"] = ArticleHtml.Of(
                    content.Body,
                    content.Attachments,
                    file => paths.GetValueOrDefault(file),
                    slug => ArticlePaths.Of(workspace, slug, language)
                ),
                ["files"] = content
                    .Attachments.Where(file =>
                        paths.ContainsKey(file.Id) && !content.Body.Contains("attachment:" + Uri.EscapeDataString(file.Name), StringComparison.Ordinal)
                    )
                    .Select(file => new Dictionary<string, object?>(StringComparer.Ordinal) { ["name"] = file.Name, ["url"] = paths[file.Id] })
                    .ToList(),
                ["updated"] = PageRenderer.Show(article.PublishedAt),
                ["updated_at"] = article.PublishedAt.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
                ["category"] = categories.Find(one => (string)one["id"]! == content.Category),
                ["all"] = ArticlePaths.With("/support/articles", workspace, language),
                ["form"] = FormPath(context, workspace),
                ["translations"] = index
                    .Articles.Values.Where(one => one.Topic == article.Topic && one.Id != article.Id && Reader.Anybody.Sees(one))
                    .OrderBy(one => one.Content.Language, StringComparer.Ordinal)
                    .Select(one => new Dictionary<string, object?>(StringComparer.Ordinal)
                    {
                        ["code"] = one.Content.Language,
                        ["name"] = PageLanguage.NameOf(one.Content.Language),
                        ["url"] = ArticlePaths.Of(
                            workspace,
                            one.Content.Slug,
                            Texts.Languages.Contains(one.Content.Language, StringComparer.Ordinal) ? $"lang={one.Content.Language}" : ""
                        ),
                    })
                    .ToList(),
                ["related"] = index.Related(article, one => Reader.Anybody.Sees(one), Related).Select(hit => Show(context, hit.Article, null)).ToList(),
                ["action"] = ArticlePaths.Of(workspace, content.Slug, language),
                ["from"] = FromOf(context, ""),
                ["thanks"] = thanks is "yes" or "no" or "solved" ? thanks : null,
                ["summary_error"] = error,
                ["words"] = words,
            }
        );
        return await pages.AnswerAsync(context, page, status);
    }

    private static Dictionary<string, object?> Show(HttpContext context, PublishedArticle article, string? piece) =>
        new(StringComparer.Ordinal)
        {
            ["title"] = article.Content.Title,
            ["summary"] = article.Content.Summary,
            ["language"] = article.Content.Language,
            ["piece"] = piece,
            ["url"] = ArticlePaths.Of(article.Workspace, article.Content.Slug, PageLanguage.QueryOf(context)),
        };

    /// <summary>The article of an address, now or earlier, that everybody may read; null for none.</summary>
    private async Task<PublishedArticle?> FindAsync(string workspace, string slug, CancellationToken cancellationToken)
    {
        if (!SettingsStore.IsId(workspace) || await articles.OfSlugAsync(workspace, slug, cancellationToken) is not { } id)
            return null;
        return await articles.FindPublishedAsync(workspace, id, cancellationToken) is { } found && Reader.Anybody.Sees(found) ? found : null;
    }

    private Task<IReadOnlyList<PublishedArticle>> ReadableAsync(string workspace, Texts texts, CancellationToken cancellationToken) =>
        shelf.ReadableAsync(workspace, texts.Language, Reader.Anybody, cancellationToken);

    /// <summary>The piece of an article in which the words stand, as HTML.</summary>
    private static string? PieceOf(ArticleHit hit)
    {
        if (hit.Marks.FirstOrDefault(mark => mark.Field is "body" or "summary") is not { } mark)
            return null;
        var html = new StringBuilder();
        var written = 0;
        foreach (var span in mark.Marks)
        {
            html.Append(WebUtility.HtmlEncode(mark.Text[written..span[0]]))
                .Append("<mark>")
                .Append(WebUtility.HtmlEncode(mark.Text[span[0]..span[1]]))
                .Append("</mark>");
            written = span[1];
        }

        return html.Append(WebUtility.HtmlEncode(mark.Text[written..])).ToString();
    }

    /// <summary>Who reads, as a name that stands for nobody: kept in a cookie from their first word on.</summary>
    private static string ReaderOf(HttpContext context)
    {
        if (context.Request.Cookies[Cookie] is { Length: 20 } known && known.All(char.IsAsciiLetterOrDigit))
            return known.ToLowerInvariant();
        var reader = Hashes.RandomName(20);
        context.Response.Cookies.Append(
            Cookie,
            reader,
            new CookieOptions
            {
                HttpOnly = true,
                IsEssential = true,
                SameSite = SameSiteMode.Lax,
                Secure = OwnAddress.Of(context).StartsWith("https:", StringComparison.Ordinal),
                MaxAge = TimeSpan.FromDays(365),
                Path = "/support",
            }
        );
        return reader;
    }

    private static string FormWords(string words, Texts texts)
    {
        var count = words.EnumerateRunes().Count();
        return count > WordsLength
            ? texts.Format(
                "web.error.long",
                ("count", count.ToString(CultureInfo.InvariantCulture)),
                ("limit", WordsLength.ToString(CultureInfo.InvariantCulture))
            )
            : texts["web.error.invalid"];
    }

    private static SuggestedIn? PlaceOf(string? text) => WireName<SuggestedIn>.TryParse(text ?? "", out var place) ? place : null;

    private static string? FromOf(HttpContext context, string before) =>
        PlaceOf(context.Request.Query["from"]) is { } place ? before + WireName<SuggestedIn>.Of(place) : null;

    private static string FormPath(HttpContext context, string workspace)
    {
        var language = PageLanguage.QueryOf(context);
        return $"/support?workspace={Uri.EscapeDataString(workspace)}{(language.Length > 0 ? $"&{language}" : "")}";
    }

    private static string WorkspaceOf(HttpContext context) =>
        context.Request.Query["workspace"].ToString() is { Length: > 0 } named ? named : DirectoryStore.HomeWorkspace;
}

/// <summary>What is being written in the form.</summary>
/// <param name="Text">Subject and description so far.</param>
/// <param name="First">Whether nothing was suggested to this person yet.</param>
public sealed record SuggestionsRequest(string Text, bool First) : IFromRequest<SuggestionsRequest>
{
    public static async ValueTask<SuggestionsRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var request = new SuggestionsRequest(fields.Text("text", SuggestQuery.TextLength, required: true, lines: true) ?? "", fields.Flag("first") ?? false);
        fields.Done();
        return request;
    }
}

/// <summary>Articles that may answer what somebody asks, the best first.</summary>
/// <param name="Items">The articles.</param>
public sealed record SuggestedArticles(IReadOnlyList<SuggestedArticle> Items);
