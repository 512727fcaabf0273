using Helpdesk.Reports;

namespace Helpdesk.Tests.Reports;

public sealed class ReportScheduleTests
{
    private static readonly ReportSchedule Mondays = new()
    {
        Id = "mondays",
        Name = "Mondays",
        Report = ReportName.Volume,
        Zone = "Europe/Berlin",
        Since = At("2026-01-01T00:00"),
        Recipients = [new(null, "head@example.com")],
    };

    private static DateTimeOffset At(string utc) => DateTimeOffset.Parse(utc + "Z", System.Globalization.CultureInfo.InvariantCulture);

    [Theory]
    [InlineData("2026-03-09T05:59", "2026-03-02T06:00", "2026-03-09T06:00")]
    [InlineData("2026-03-09T06:00", "2026-03-09T06:00", "2026-03-16T06:00")]
    [InlineData("2026-03-15T23:00", "2026-03-09T06:00", "2026-03-16T06:00")]
    // The clocks have changed: seven in Berlin is five in UTC.
    [InlineData("2026-03-29T23:00", "2026-03-23T06:00", "2026-03-30T05:00")]
    public void It_is_due_at_its_hour_in_its_zone(string now, string last, string next)
    {
        Assert.Equal(At(last), ReportSchedules.LastDue(Mondays, At(now)));
        Assert.Equal(At(next), ReportSchedules.NextDue(Mondays, At(now)));
    }

    [Theory]
    [InlineData(ReportRhythm.Daily, "2026-03-10T06:00", "2026-03-11T06:00")]
    [InlineData(ReportRhythm.Weekly, "2026-03-09T06:00", "2026-03-16T06:00")]
    [InlineData(ReportRhythm.Monthly, "2026-02-28T06:00", "2026-03-28T06:00")]
    public void Each_rhythm_has_its_days(ReportRhythm every, string last, string next)
    {
        var schedule = Mondays with { Every = every, Day = 28 };
        Assert.Equal(At(last), ReportSchedules.LastDue(schedule, At("2026-03-10T12:00")));
        Assert.Equal(At(next), ReportSchedules.NextDue(schedule, At("2026-03-10T12:00")));
    }

    [Fact]
    public void What_was_due_before_it_was_there_is_not_mailed()
    {
        Assert.Null(ReportSchedules.LastDue(Mondays with { Since = At("2026-03-09T06:00") }, At("2026-03-10T12:00")));
        Assert.Null(ReportSchedules.LastDue(Mondays with { Since = At("2026-03-09T07:00") }, At("2026-03-10T12:00")));
    }

    /// <summary>The hour that is skipped in spring is the one behind it, and the one that comes twice comes once.</summary>
    [Fact]
    public void A_day_on_which_the_clocks_change_has_one_due_time()
    {
        var nights = Mondays with { Every = ReportRhythm.Daily, Hour = 2 };
        Assert.Equal(At("2026-03-29T01:00"), ReportSchedules.NextDue(nights, At("2026-03-28T12:00")));
        Assert.Equal(At("2026-03-30T00:00"), ReportSchedules.NextDue(nights, At("2026-03-29T01:00")));
        var autumn = ReportSchedules.NextDue(nights, At("2026-10-24T12:00"));
        Assert.True(ReportSchedules.NextDue(nights, autumn) > autumn.AddHours(20));
    }

    [Theory]
    [InlineData(ReportPeriod.PreviousDay, "2026-03-09", "2026-03-09")]
    [InlineData(ReportPeriod.PreviousWeek, "2026-03-02", "2026-03-08")]
    [InlineData(ReportPeriod.PreviousMonth, "2026-02-01", "2026-02-28")]
    [InlineData(ReportPeriod.LastSevenDays, "2026-03-03", "2026-03-09")]
    [InlineData(ReportPeriod.LastThirtyDays, "2026-02-08", "2026-03-09")]
    public void It_goes_over_days_that_are_over(ReportPeriod period, string from, string to)
    {
        var request = ReportSchedules.RequestOf(Mondays with { Period = period }, At("2026-03-10T06:00"));
        Assert.Equal((DateOnly.Parse(from, null), DateOnly.Parse(to, null), "Europe/Berlin"), (request.From, request.To, request.Zone));
    }

    private static WrittenReport Letter(string language, ReportTable table) =>
        ReportLetter.Write(
            "Weekly",
            ReportSchedules.RequestOf(Mondays, At("2026-03-10T06:00")),
            table,
            language,
            "Ada <b>",
            (_, value) => value == "it" ? "IT & more" : value
        );

    private static readonly ReportTable Table = new(
        ["group"],
        ["count", "medianSeconds"],
        [
            new(new Dictionary<string, string> { ["group"] = "it" }, new Dictionary<string, double?> { ["count"] = 1234, ["medianSeconds"] = 3905 }),
            new(new Dictionary<string, string> { ["group"] = "none" }, new Dictionary<string, double?> { ["count"] = 0, ["medianSeconds"] = null }),
        ],
        new(new Dictionary<string, string>(), new Dictionary<string, double?> { ["count"] = 1234, ["medianSeconds"] = 200000 })
    );

    [Theory]
    [InlineData("en", "Group", "1,234", "none", "Total")]
    [InlineData("de", "Gruppe", "1.234", "ohne", "Gesamt")]
    [InlineData("hr", "Grupa", "1.234", "bez", "Ukupno")]
    [InlineData("el", "Ομάδα", "1.234", "χωρίς", "Σύνολο")]
    public void A_mail_is_written_in_the_languages_of_the_desk(string language, string group, string count, string none, string total)
    {
        var letter = Letter(language, Table);
        foreach (var words in new[] { group, count, none, total, "1 h 05 min", "2 d 07 h", "–" })
        {
            Assert.Contains(words, letter.Text, StringComparison.Ordinal);
            Assert.Contains(words, System.Net.WebUtility.HtmlDecode(letter.Html), StringComparison.Ordinal);
        }

        Assert.Contains("IT &amp; more", letter.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", letter.Html, StringComparison.Ordinal);
    }

    /// <summary>Whatever a report has for names, there are words for them.</summary>
    [Fact]
    public void Every_name_has_words_in_every_language()
    {
        var names = Enum.GetValues<ReportName>()
            .Where(name => name != ReportName.Cost)
            .SelectMany(name =>
                Report.Make(new(name, new(2026, 3, 1), new(2026, 3, 2), [], "UTC"), [], []) is var table ? table.Keys.Concat(table.Columns) : []
            )
            .Concat(Costs.Report(new(ReportName.Cost, new(2026, 3, 1), new(2026, 3, 2), [], "UTC"), [], [], new()).Columns)
            .Concat(Enum.GetValues<ReportName>().Select(WireName<ReportName>.Of))
            .Concat(Enum.GetValues<ReportDimension>().Select(WireName<ReportDimension>.Of));
        Assert.DoesNotContain(names, name => ReportLetter.Word(name, "en") == name);
    }

    [Fact]
    public void A_mail_shows_so_many_lines_and_says_how_many_more_there_are()
    {
        var rows = Enumerable.Range(0, 250).Select(i => Table.Rows[0] with { Key = new Dictionary<string, string> { ["group"] = $"g{i}" } });
        Assert.Contains("50 more lines", Letter("en", Table with { Rows = [.. rows] }).Text, StringComparison.Ordinal);
        Assert.Contains("nothing to count", Letter("en", Table with { Rows = [] }).Text, StringComparison.Ordinal);
    }
}
