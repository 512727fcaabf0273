using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Knowledge;
using Helpdesk.Search;

namespace Helpdesk.Functions.Search;

/// <summary>Finds published articles by their words.</summary>
public sealed class ArticleSource(ArticleLibrary library) : ISearchSource
{
    public SearchType Type => SearchType.Articles;

    public async Task<SourceFound> FindAsync(Caller caller, SearchPlan plan, int limit, CancellationToken cancellationToken)
    {
        var wanted = string.Join(' ', plan.Query.Words.Where(words => !words.Not).Select(words => words.Text));
        var unwanted = plan.Query.Words.Where(words => words.Not).Select(words => words.Text).ToList();
        if (wanted.Length == 0 || await library.OfAsync(caller.Workspace, cancellationToken) is not { } index)
            return new([], false);
        var reader = Reader.Of(caller);
        var synonyms = await library.SynonymsAsync(caller.Workspace, cancellationToken);
        // What has a word that is not wanted is found by that word alone.
        var without = unwanted
            .SelectMany(word => index.Search(word, null, reader.Sees, int.MaxValue))
            .Select(hit => hit.Article.Id)
            .ToHashSet(StringComparer.Ordinal);
        var hits = index.Search(wanted, null, article => reader.Sees(article) && !without.Contains(article.Id), limit + 1, synonyms);
        return new(
            [
                .. hits.Take(limit)
                    .Select(hit => new SearchItem(
                        SearchType.Articles,
                        hit.Article.Id,
                        null,
                        [.. hit.Marks.Select(mark => new SearchHighlight(mark.Field, mark.Text, mark.Marks))],
                        Article: FoundArticle.Of(hit with { Marks = [] })
                    )),
            ],
            hits.Count > limit
        );
    }
}
