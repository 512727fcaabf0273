using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Knowledge;

/// <summary>What is looked for in articles.</summary>
/// <param name="Q">Words; the last one may be the beginning of one.</param>
/// <param name="Language">In which language it is best read: of translations that one is found, else the English one. All are found when it is left
/// out.</param>
/// <param name="Limit">How many articles are wanted at most.</param>
public sealed record ArticleSearchQuery(
    [property: Required, MaxLength(400)] string Q,
    [property: MaxLength(3)] string? Language,
    [property: Range(1, 100), DefaultValue(25)] int Limit
) : IFromQuery<ArticleSearchQuery>
{
    public static ArticleSearchQuery Read(QueryReader query, HttpContext context)
    {
        var wanted = new ArticleSearchQuery(query.Text("q", 400) ?? "", query.Text("language", 3), query.Limit());
        if (string.IsNullOrWhiteSpace(wanted.Q))
            query.Wrong("q", "is missing: give at least one word to look for.");
        return wanted;
    }
}

/// <summary>What somebody describes.</summary>
/// <param name="Text">What is wrong, in their words; the first 4,000 characters count.</param>
/// <param name="Language">In which language an answer is best read. All count when it is left out.</param>
/// <param name="Limit">How many articles are wanted at most.</param>
public sealed record SuggestQuery(
    [property: Required, MaxLength(4_000)] string Text,
    [property: MaxLength(3)] string? Language,
    [property: Range(1, 10), DefaultValue(3)] int Limit
) : IFromQuery<SuggestQuery>
{
    /// <summary>How much of a text is looked at.</summary>
    internal const int TextLength = 4_000;

    public static SuggestQuery Read(QueryReader query, HttpContext context)
    {
        var wanted = new SuggestQuery(query.Text("text", TextLength) ?? "", query.Text("language", 3), query.Whole("limit", 1, 10) ?? 3);
        if (string.IsNullOrWhiteSpace(wanted.Text))
            query.Wrong("text", "is missing: give what is to be answered.");
        return wanted;
    }
}

/// <summary>An article that was found.</summary>
/// <param name="Id">Id of the article.</param>
/// <param name="Title">What it is called.</param>
/// <param name="Summary">What it is about, in a sentence; null for none.</param>
/// <param name="Language">In which language it is written.</param>
/// <param name="Category">Id of its category; null for none.</param>
/// <param name="Url">Where readers find it; null for one that only agents see.</param>
/// <param name="Score">How well it fits, among the articles of this query.</param>
/// <param name="Highlights">Where the words stand in it.</param>
public sealed record FoundArticle(
    string Id,
    string Title,
    string? Summary,
    string Language,
    string? Category,
    string? Url,
    double Score,
    IReadOnlyList<ArticleMark> Highlights
)
{
    internal static FoundArticle Of(ArticleHit hit)
    {
        var content = hit.Article.Content;
        return new(
            hit.Article.Id,
            content.Title,
            content.Summary,
            content.Language,
            content.Category,
            content.Visibility == Helpdesk.Knowledge.ArticleVisibility.Agents ? null : ArticlePaths.Of(hit.Article.Workspace, content.Slug),
            hit.Score,
            hit.Marks
        );
    }
}

/// <summary>Articles that were found, the best first.</summary>
/// <param name="Items">The articles.</param>
/// <param name="More">Whether there are more than were wanted.</param>
public sealed record FoundArticles(IReadOnlyList<FoundArticle> Items, bool More);

/// <summary>Finds published articles by their words.</summary>
public sealed class SearchArticles(ArticleLibrary library)
{
    /// <summary>
    /// Looks for words in published articles that the caller may see: in title, tags, summary and text, also where an ending or a letter is different.
    /// Integrations find what everybody may read.
    /// </summary>
    [Function(nameof(SearchArticles)), RequiresKey(KeyRole.Integration, KeyRole.Agent, KeyRole.Admin)]
    public async Task<Ok<FoundArticles>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/knowledge/search")] ArticleSearchQuery query,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var index = await library.OfAsync(caller.Workspace, cancellationToken);
        var hits =
            index?.Search(query.Q, query.Language, Reader.Of(caller).Sees, query.Limit + 1, await library.SynonymsAsync(caller.Workspace, cancellationToken))
            ?? [];
        return TypedResults.Ok(new FoundArticles([.. hits.Take(query.Limit).Select(FoundArticle.Of)], hits.Count > query.Limit));
    }

    /// <summary>Suggests published articles that may answer what somebody describes; nothing where none fits well.</summary>
    [Function(nameof(SuggestArticles)), RequiresKey(KeyRole.Integration, KeyRole.Agent, KeyRole.Admin)]
    public async Task<Ok<FoundArticles>> SuggestArticles(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/knowledge/suggest")] SuggestQuery query,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var index = await library.OfAsync(caller.Workspace, cancellationToken);
        var hits = index?.Suggest(query.Text, query.Language, Reader.Of(caller).Sees, query.Limit) ?? [];
        return TypedResults.Ok(new FoundArticles([.. hits.Select(FoundArticle.Of)], More: false));
    }
}
