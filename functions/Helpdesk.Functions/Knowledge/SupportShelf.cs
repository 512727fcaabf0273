using System.Globalization;
using Helpdesk.Bot.Conversations;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Pages;
using Helpdesk.Functions.Settings;
using Helpdesk.Knowledge;

namespace Helpdesk.Functions.Knowledge;

/// <summary>What pages of the portal show of the knowledge base: a search field with the categories, and articles that may answer a request.</summary>
public sealed class SupportShelf(
    PageRenderer pages,
    ArticleLibrary library,
    SettingsStore settings,
    ReadingCounts counts,
    ReadingStore readings,
    TimeProvider time
)
{
    /// <summary>How many articles are suggested.</summary>
    public const int Suggested = 3;

    /// <summary>The search field and the categories, as HTML; null where there is nothing to read.</summary>
    public async Task<string?> PartAsync(HttpContext context, string workspace, string? query, CancellationToken cancellationToken)
    {
        var texts = PageLanguage.TextsFor(context);
        var readable = await ReadableAsync(workspace, texts.Language, Reader.Anybody, cancellationToken);
        if (readable.Count == 0)
            return null;
        return await pages.PartAsync(
            texts,
            "shelf",
            new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["q"] = query,
                ["workspace"] = workspace == Directory.DirectoryStore.HomeWorkspace ? null : workspace,
                ["lang"] = context.Request.Query["lang"].ToString() is { Length: > 0 } and { Length: <= 20 } lang ? lang : null,
                ["categories"] = await CategoriesAsync(context, workspace, texts, readable, cancellationToken),
                ["all"] = ArticlePaths.With("/support/articles", workspace, PageLanguage.QueryOf(context)),
            }
        );
    }

    /// <summary>Where a script asks for articles while somebody fills in a form; null where there is nothing to suggest.</summary>
    public async Task<string?> AskAtAsync(HttpContext context, string workspace, CancellationToken cancellationToken) =>
        (await ReadableAsync(workspace, PageLanguage.TextsFor(context).Language, Reader.Anybody, cancellationToken)).Count == 0
            ? null
            : ArticlePaths.With("/support/suggestions", workspace, $"lang={PageLanguage.TextsFor(context).Language}");

    /// <summary>Up to three articles that may answer a request, as they are linked to; counted as shown.</summary>
    public async Task<IReadOnlyList<SuggestedArticle>> SuggestAsync(
        string workspace,
        string text,
        string language,
        Reader reader,
        SuggestedIn place,
        bool count,
        CancellationToken cancellationToken
    )
    {
        var index = await library.OfAsync(workspace, cancellationToken);
        var hits = index?.Suggest(PlainText.Head(text, SuggestQuery.TextLength), language, reader.Sees, Suggested) ?? [];
        if (hits.Count > 0 && count)
        {
            await counts.AddAsync(workspace, ReadingCount.Suggestion(SuggestionStep.Shown, place), cancellationToken);
            foreach (var hit in hits)
                await counts.AddAsync(workspace, ReadingCount.Suggestion(SuggestionStep.Shown, place, hit.Article.Id), cancellationToken);
        }

        return
        [
            .. hits.Select(hit => new SuggestedArticle(
                hit.Article.Id,
                hit.Article.Content.Title,
                hit.Article.Content.Summary,
                hit.Article.Content.Language,
                ArticlePaths.Of(workspace, hit.Article.Content.Slug, $"from={WireName<SuggestedIn>.Of(place)}")
            )),
        ];
    }

    /// <summary>Notes that what was suggested for a request has solved it: once for each request, however often it is said.</summary>
    /// <param name="request">What names the request.</param>
    public async Task NoteSolvedAsync(string workspace, string request, string text, string language, SuggestedIn place, CancellationToken cancellationToken)
    {
        var suggested = await SuggestAsync(workspace, text, language, Reader.Anybody, place, count: false, cancellationToken);
        if (suggested.Count == 0)
            return;
        // Of several nobody knows which one it was.
        var article = suggested is [var only] ? only.Id : ReadingCount.Several;
        var vote = new ArticleVote(article, Helpful: true, null, 0, time.GetUtcNow(), Solved: true);
        await readings.VoteAsync(workspace, Hashes.NameOf($"{WireName<SuggestedIn>.Of(place)}\n{request}", 20), vote, place, cancellationToken);
    }

    /// <summary>The categories in which there is something to read, each with its path.</summary>
    internal async Task<List<Dictionary<string, object?>>> CategoriesAsync(
        HttpContext context,
        string workspace,
        Texts texts,
        IReadOnlyList<PublishedArticle> readable,
        CancellationToken cancellationToken
    )
    {
        var categories = await settings.RememberAsync(workspace, KnowledgeKinds.Categories, cancellationToken);
        var language = PageLanguage.QueryOf(context);
        return
        [
            .. ManageCategories
                .Ordered(categories)
                .Select(category => (category, count: readable.Count(article => article.Content.Category == category.Id)))
                .Where(one => one.count > 0)
                .Select(one => new Dictionary<string, object?>(StringComparer.Ordinal)
                {
                    ["id"] = one.category.Id,
                    ["name"] = one.category.NameIn(texts.Language),
                    ["description"] = one.category.DescriptionIn(texts.Language),
                    ["count"] = one.count.ToString(CultureInfo.InvariantCulture),
                    ["url"] = ArticlePaths.With($"/support/categories/{one.category.Id}", workspace, language),
                }),
        ];
    }

    /// <summary>What somebody can read, one article of each topic, by title.</summary>
    internal async Task<IReadOnlyList<PublishedArticle>> ReadableAsync(
        string workspace,
        string language,
        Reader reader,
        CancellationToken cancellationToken
    ) =>
        await library.OfAsync(workspace, cancellationToken) is { } index
            ?
            [
                .. index
                    .Articles.Values.Where(reader.Sees)
                    .GroupBy(article => article.Topic, StringComparer.Ordinal)
                    .Select(topic => ArticleRules.Best(topic, article => article.Content.Language, language))
                    .OrderBy(article => article.Content.Title, StringComparer.OrdinalIgnoreCase),
            ]
            : [];
}

/// <summary>An article that may answer what somebody asks.</summary>
/// <param name="Id">Id of the article.</param>
/// <param name="Title">What it is called.</param>
/// <param name="Summary">What it is about, in a sentence; null for none.</param>
/// <param name="Language">In which language it is written.</param>
/// <param name="Url">Where it is read.</param>
public sealed record SuggestedArticle(string Id, string Title, string? Summary, string Language, string Url);

/// <summary>How much one address may ask and say in the knowledge base, per instance of the app.</summary>
/// <remarks><c>Knowledge__PerMinute</c>, 300 by default; 1 to 1,000,000.</remarks>
public sealed class KnowledgeLimit(IConfiguration settings) : AddressLimit(settings, "Knowledge", 300);
