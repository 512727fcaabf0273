using Helpdesk.Functions.Knowledge;
using Helpdesk.Knowledge;

namespace Helpdesk.Functions.Demo;

/// <summary>Tells how the articles of a demo desk were read: the same articles are read as often on the same day before its end.</summary>
internal sealed class PastReadings(ArticleStore articles, ReadingStore readings)
{
    private const int Days = 42;

    /// <summary>Readers who say something of an article.</summary>
    private const int MostVoters = 6;

    /// <summary>What people look for and do not find.</summary>
    private static readonly string[] Missed = ["parking permit", "reisekosten", "monitor arm", "putni nalog", "kantine", "άδεια", "coffee machine"];

    /// <summary>Writes the readings. Days that have some already, and readers who have voted, are left as they are.</summary>
    public async Task WriteAsync(string workspace, DateTimeOffset asOf, CancellationToken cancellationToken)
    {
        // In the order of their addresses, which are the same each time.
        var read = (await articles.ReadPublishedAsync(workspace, 0, cancellationToken))
            .Where(one => one.Withdrawn != true)
            .OrderBy(one => one.Content.Slug)
            .ToList();
        if (read.Count == 0)
            return;
        var last = DateOnly.FromDateTime(asOf.UtcDateTime);
        var known = (await readings.ReadDaysAsync(workspace, last.AddDays(-Days), last, cancellationToken)).Select(one => one.Day).ToHashSet();
        for (var ago = Days - 1; ago >= 0; ago--)
        {
            var day = last.AddDays(-ago);
            if (!known.Contains(day))
                await readings.AddAsync(workspace, new(day, TimeOnly.MinValue, TimeSpan.Zero), Counts(read, day, ago), cancellationToken);
        }

        foreach (var (article, place) in read.Select((article, place) => (article, place)))
        {
            for (var reader = 0; reader < Dice(MostVoters, place, 1); reader++)
            {
                var helpful = Dice(5, place, reader) > 0;
                await readings.VoteAsync(
                    workspace,
                    $"demo-{reader}",
                    new(article.Id, helpful, helpful || reader > 0 ? null : "The second step is missing.", article.Version, asOf, helpful && reader % 2 == 0),
                    null,
                    cancellationToken
                );
            }
        }
    }

    private static Dictionary<string, long> Counts(List<PublishedArticle> read, DateOnly day, int ago)
    {
        // At the weekend hardly anybody reads.
        var busy = day.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday ? 1 : 6;
        var counts = new Dictionary<string, long>(StringComparer.Ordinal) { [ReadingCount.Search] = busy * (3 + Dice(4, ago, 2)) };
        foreach (var place in Enumerable.Range(0, read.Count))
        {
            if (Dice(10, ago, place) < busy)
                counts[ReadingCount.View(read[place].Id)] = 1 + Dice(busy, place, ago);
        }

        foreach (var (where, share) in ((SuggestedIn, int)[])[(SuggestedIn.Form, 3), (SuggestedIn.Chat, 2), (SuggestedIn.Receipt, 1)])
        {
            var shown = busy * share + Dice(4, ago, share);
            counts[ReadingCount.Suggestion(SuggestionStep.Shown, where)] = shown;
            counts[ReadingCount.Suggestion(SuggestionStep.Opened, where)] = shown / 2;
            counts[ReadingCount.Suggestion(SuggestionStep.Solved, where)] = shown / 5;
        }

        counts[ReadingCount.Miss(Missed[Dice(Missed.Length, ago, 3)])] = 1 + Dice(3, ago, 4);
        return counts;
    }

    /// <summary>A number from 0 up to a bound, the same for the same two numbers.</summary>
    private static int Dice(int bound, int one, int other) => (int)((((uint)one * 2654435761) ^ ((uint)other * 2246822519) ^ 0x9e37) % 1009 % (uint)bound);
}
