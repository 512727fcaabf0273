using FsCheck;
using FsCheck.Fluent;
using Helpdesk.Knowledge;
using Helpdesk.Reports;

namespace Helpdesk.Tests.Reports;

public sealed class DeflectionTests
{
    private static readonly DateOnly First = new(2026, 2, 23);
    private static readonly string[] Articles = ["vpn", "printer", "gone"];

    private static readonly ReportDimension[] Dimensions =
    [
        ReportDimension.Channel,
        ReportDimension.Article,
        ReportDimension.Category,
        ReportDimension.Language,
        ReportDimension.Day,
        ReportDimension.Week,
        ReportDimension.Month,
    ];

    private static SuggestedOf? Of(string article) =>
        article switch
        {
            "vpn" => new("network", "en"),
            "printer" => new(null, "de"),
            _ => null,
        };

    /// <summary>One thing that a reader did; nobody knows the article of a solution that was one of several.</summary>
    private sealed record Done(DateOnly Day, SuggestionStep Step, SuggestedIn Place, IReadOnlyList<string> Articles);

    private static Done DoneOf((int Day, int What, int Of) number)
    {
        var step = (SuggestionStep)(number.What % 3);
        string[] articles =
            step == SuggestionStep.Shown ? [.. Articles.Where((_, at) => (number.Of + 1) % 8 / (1 << at) % 2 == 1).DefaultIfEmpty("vpn")]
            : step == SuggestionStep.Solved && number.Of % 4 == 3 ? []
            : [Articles[number.Of % 3]];
        return new(First.AddDays(number.Day % 20), step, (SuggestedIn)(number.What / 3 % 3), articles);
    }

    private static IEnumerable<(DateOnly Day, ReadingDay Counts)> Counted(IEnumerable<Done> all) =>
        all.GroupBy(one => one.Day)
            .Select(day =>
                (
                    day.Key,
                    day.Aggregate(
                        ReadingDay.Empty.With([KeyValuePair.Create(ReadingCount.Search, 7L), KeyValuePair.Create(ReadingCount.View("vpn"), 9L)]),
                        (counts, one) =>
                            counts.With(
                                one.Articles.Select(article => KeyValuePair.Create(ReadingCount.Suggestion(one.Step, one.Place, article), 1L))
                                    .Append(KeyValuePair.Create(ReadingCount.Suggestion(one.Step, one.Place), 1L))
                            )
                    )
                )
            );

    /// <summary>Whatever readers did, every line says what comes out when it is counted one by one.</summary>
    [Fact]
    public void Every_number_is_that_of_what_readers_did() =>
        Prop.ForAll(
                ArbMap.Default.ArbFor<(NonNegativeInt Day, NonNegativeInt What, NonNegativeInt Of)[]>(),
                ArbMap.Default.ArbFor<NonNegativeInt>(),
                (numbers, seed) =>
                {
                    var all = numbers.Select(one => DoneOf((one.Day.Get, one.What.Get, one.Of.Get))).ToList();
                    ReportDimension[] by =
                    [
                        .. Dimensions
                            .Where((one, at) => !ReportRequest.IsPeriod(one) && seed.Get / (1 << at) % 2 == 1)
                            .Take(2)
                            .Concat(seed.Get % 4 is var period and < 3 ? [Dimensions[4 + period]] : []),
                    ];
                    var request = new ReportRequest(ReportName.Deflection, First.AddDays(2), First.AddDays(15), by, "UTC");

                    var table = Deflection.Make(request, Counted(all), Of);

                    var wanted = all.Where(one => one.Day >= request.From && one.Day <= request.To).ToList();
                    foreach (
                        var (column, step) in new[] { ("shown", SuggestionStep.Shown), ("read", SuggestionStep.Opened), ("solved", SuggestionStep.Solved) }
                    )
                    {
                        Assert.Equal(wanted.Count(one => one.Step == step), table.Total.Values[column]);
                        var expected = wanted
                            .Where(one => one.Step == step)
                            .SelectMany(one =>
                                by.Any(ReportRequest.IsOfArticle) ? one.Articles.DefaultIfEmpty(null!).Select(article => (one, article)) : [(one, null!)]
                            )
                            .GroupBy(one => string.Join(' ', by.Select(dimension => KeyOf(dimension, one.one, one.article))))
                            .ToDictionary(group => group.Key, group => (double)group.Count());
                        var found = table
                            .Rows.Where(row => row.Values[column] != 0)
                            .ToDictionary(row => string.Join(' ', row.Key.Values), row => row.Values[column]!.Value);
                        Assert.Equal(by.Length == 0 ? [] : expected.OrderBy(one => one.Key), found.OrderBy(one => one.Key));
                    }

                    if (by is [var only] && ReportRequest.IsPeriod(only))
                        Assert.Equal(
                            only == ReportDimension.Day ? 14
                                : only == ReportDimension.Week ? 3
                                : 2,
                            table.Rows.Count
                        );
                }
            )
            .QuickCheckThrowOnFailure();

    private static string KeyOf(ReportDimension dimension, Done one, string? article) =>
        dimension switch
        {
            ReportDimension.Channel => WireName<SuggestedIn>.Of(one.Place),
            ReportDimension.Article => article ?? "none",
            ReportDimension.Category => (article is null ? null : Of(article))?.Category ?? "none",
            ReportDimension.Language => (article is null ? null : Of(article))?.Language ?? "none",
            _ => Report.PeriodOf(dimension, one.Day),
        };

    [Fact]
    public void What_was_counted_before_articles_were_told_apart_is_of_none()
    {
        var old = ReadingDay.Empty.With([KeyValuePair.Create("shown:form", 4L), KeyValuePair.Create("solved:form", 1L)]);

        var table = Deflection.Make(new(ReportName.Deflection, First, First, [ReportDimension.Article], "UTC"), [(First, old)], Of);

        var row = Assert.Single(table.Rows);
        Assert.Equal(
            ("none", 4d, 0d, 1d, 25d),
            (row.Key["article"], row.Values["shown"], row.Values["read"], row.Values["solved"], row.Values["solvedPercent"])
        );
        Assert.Null(Deflection.Make(new(ReportName.Deflection, First, First, [], "UTC"), [], Of).Total.Values["solvedPercent"]);
    }
}
