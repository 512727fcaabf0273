using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Knowledge;
using Helpdesk.Knowledge;

namespace Helpdesk.Functions.Demo;

/// <summary>What readers of the demo desk's articles did in the weeks before: the same for the same articles.</summary>
public sealed class DemoReadings(ReadingStore readings, ArticleLibrary library, TimeProvider time)
{
    private const int Days = 42;

    /// <summary>Writes each day that nobody has read on yet; the same again changes nothing.</summary>
    public async Task WriteAsync(string workspace, CancellationToken cancellationToken)
    {
        var articles = (await library.OfAsync(workspace, cancellationToken))?.Articles.Values.Where(Reader.Anybody.Sees).ToList() ?? [];
        if (articles.Count == 0)
            return;
        for (var ago = 1; ago <= Days; ago++)
            await readings.AddIfNewAsync(workspace, time.GetUtcNow().AddDays(-ago), ReadingDay.Empty.With(DayOf(ago, articles)), cancellationToken);
    }

    private static IEnumerable<KeyValuePair<string, long>> DayOf(int ago, IReadOnlyList<PublishedArticle> articles) =>
        from article in articles
        from place in Enum.GetValues<SuggestedIn>()
        let dice = Convert.ToInt32(Hashes.Short($"{ago} {article.Content.Slug} {WireName<SuggestedIn>.Of(place)}")[..6], 16)
        // Of those to whom an article is suggested about half read it, and a third of these need nobody.
        let shown = dice % 5
        let read = dice / 5 % (shown + 1)
        let solved = read * (dice / 30 % 3) / 3
        from count in new[]
        {
            (Name: ReadingCount.Suggestion(SuggestionStep.Shown, place), Count: shown),
            (Name: ReadingCount.Suggestion(SuggestionStep.Shown, place, article.Id), Count: shown),
            (Name: ReadingCount.Suggestion(SuggestionStep.Opened, place), Count: read),
            (Name: ReadingCount.Suggestion(SuggestionStep.Opened, place, article.Id), Count: read),
            (Name: ReadingCount.Suggestion(SuggestionStep.Solved, place), Count: solved),
            (Name: ReadingCount.Suggestion(SuggestionStep.Solved, place, article.Id), Count: solved),
            (Name: ReadingCount.View(article.Id), Count: read),
        }
        where count.Count > 0
        select KeyValuePair.Create(count.Name, (long)count.Count);
}
