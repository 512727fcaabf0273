using Helpdesk.Knowledge;

namespace Helpdesk.Reports;

/// <summary>What of an article tells suggestions apart.</summary>
public sealed record SuggestedOf(string? Category, string? Language);

/// <summary>How often suggested articles ended requests, from what is counted of readers day by day (UTC).</summary>
public static class Deflection
{
    private static readonly (string Column, SuggestionStep Step)[] Steps =
    [
        ("shown", SuggestionStep.Shown),
        ("read", SuggestionStep.Opened),
        ("solved", SuggestionStep.Solved),
    ];

    /// <summary>The report.</summary>
    /// <param name="days">What is counted of each day; more than the days of the report does no harm.</param>
    /// <param name="articles">What an article is like now; null for one that is no more.</param>
    /// <remarks>
    /// By article, each that was suggested counts; without, each time that something was suggested. What nobody knows the article of, as of several that were
    /// offered at once, is <see cref="Report.None"/>.
    /// </remarks>
    public static ReportTable Make(ReportRequest request, IEnumerable<(DateOnly Day, ReadingDay Counts)> days, Func<string, SuggestedOf?> articles)
    {
        ArgumentNullException.ThrowIfNull(request);
        var ofArticles = request.By.Any(ReportRequest.IsOfArticle);
        var (rows, total) = (new SortedDictionary<string, (string[] Key, long[] Counts)>(StringComparer.Ordinal), new long[Steps.Length]);
        long[] Of(DateOnly day, SuggestedIn place, string? article)
        {
            var of = article is null ? null : articles(article);
            string[] key =
            [
                .. request.By.Select(dimension =>
                    dimension switch
                    {
                        ReportDimension.Channel => WireName<SuggestedIn>.Of(place),
                        ReportDimension.Article => article ?? Report.None,
                        ReportDimension.Category => of?.Category ?? Report.None,
                        ReportDimension.Language => of?.Language ?? Report.None,
                        _ => Report.PeriodOf(dimension, day),
                    }
                ),
            ];
            var name = string.Join('\0', key);
            if (!rows.TryGetValue(name, out var row))
                rows[name] = row = (key, new long[Steps.Length]);
            return row.Counts;
        }

        foreach (var (day, counts) in days.Where(one => one.Day >= request.From && one.Day <= request.To))
        {
            foreach (var place in Enum.GetValues<SuggestedIn>())
            {
                foreach (var (at, (_, step)) in Steps.Index())
                {
                    var all = counts.Counts.GetValueOrDefault(ReadingCount.Suggestion(step, place));
                    total[at] += all;
                    var known = 0L;
                    foreach (var (name, count) in ofArticles ? counts.Counts : new Dictionary<string, long>())
                    {
                        if (ReadingCount.SuggestedArticleOf(name, step, place) is not { } article)
                            continue;
                        known += count;
                        Of(day, place, article)[at] += count;
                    }

                    if (all > known)
                        Of(day, place, null)[at] += all - known;
                }
            }
        }

        // Days on which nothing happened are days.
        if (request.By is [var only] && ReportRequest.IsPeriod(only))
        {
            for (var day = request.From; day <= request.To; day = day.AddDays(1))
                Of(day, default, null);
        }

        IReadOnlyList<string> keys = [.. request.By.Select(WireName<ReportDimension>.Of)];
        return new(
            keys,
            [.. Steps.Select(step => step.Column), "solvedPercent"],
            [.. (keys.Count == 0 ? [] : rows.Values.AsEnumerable()).Select(row => new ReportRow(keys.Zip(row.Key).ToDictionary(), Values(row.Counts)))],
            new(new Dictionary<string, string>(), Values(total))
        );
    }

    private static Dictionary<string, double?> Values(long[] counts)
    {
        var values = Steps.Index().ToDictionary(step => step.Item.Column, step => (double?)counts[step.Index], StringComparer.Ordinal);
        values["solvedPercent"] = values["shown"] is { } shown && shown > 0 ? Math.Round(100d * values["solved"]!.Value / shown, 2) : null;
        return values;
    }
}
