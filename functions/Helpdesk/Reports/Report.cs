using System.Globalization;
using NodaTime;

namespace Helpdesk.Reports;

/// <summary>Makes the numbers of a report from what is counted of tickets. Nothing is estimated: a median is that of all values.</summary>
public static class Report
{
    /// <summary>What stands for a value that a ticket does not have.</summary>
    public const string None = "none";

    /// <summary>The zone of that name, or null.</summary>
    public static bool IsZone(string name) => DateTimeZoneProviders.Tzdb.GetZoneOrNull(name) is not null;

    /// <summary>The instants between which a report looks: its first day begins at the first, its last day ends before the second.</summary>
    public static (DateTimeOffset From, DateTimeOffset To) Span(ReportRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var zone = DateTimeZoneProviders.Tzdb[request.Zone];
        return (Start(request.From), Start(request.To.AddDays(1)));
        DateTimeOffset Start(DateOnly day) => zone.AtStartOfDay(LocalDate.FromDateOnly(day)).ToDateTimeOffset().ToUniversalTime();
    }

    /// <summary>The day, in a zone, of an instant.</summary>
    public static DateOnly DayOf(DateTimeOffset at, string zone) => Local(at, DateTimeZoneProviders.Tzdb[zone]).Date.ToDateOnly();

    /// <summary>The numbers.</summary>
    /// <param name="measures">What was counted in the span; more does no harm.</param>
    /// <param name="before">For <see cref="ReportName.Backlog"/> and <see cref="ReportName.Agents"/>: what is counted of the backlog before the span,
    /// summed up by what the tickets were like.</param>
    /// <param name="now">What lies behind it has not come yet, so that nobody knows the backlog of then; null where everything has.</param>
    public static ReportTable Make(
        ReportRequest request,
        IEnumerable<Measure> measures,
        IEnumerable<(MeasureOf Of, double Count)> before,
        DateTimeOffset? now = null
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        var zone = DateTimeZoneProviders.Tzdb[request.Zone];
        var (from, to) = Span(request);
        var within = measures.Where(measure => measure.At >= from && measure.At < to).ToList();
        return request.Name switch
        {
            ReportName.Backlog => Backlog(request, zone, within, [.. before], now is { } at ? DayOf(at, request.Zone) : null),
            ReportName.Agents => Agents(request, zone, within, [.. before]),
            ReportName.Hours => Hours(request, zone, within),
            _ => Plain(request, zone, within),
        };
    }

    private static ReportTable Plain(ReportRequest request, DateTimeZone zone, List<Measure> measures)
    {
        var columns = Columns(request.Name);
        var wanted = measures.Where(measure => columns.Any(column => column.Kinds.Contains(measure.Kind))).ToList();
        var groups = wanted
            .SelectMany(measure => Keys(request.By, measure, zone), (measure, key) => (Measure: measure, Key: key))
            .GroupBy(one => one.Key, one => one.Measure, KeyComparer.Instance)
            .ToDictionary(group => group.Key, group => group.ToList(), KeyComparer.Instance);
        // Days on which nothing happened are days.
        if (request.By is [var only] && ReportRequest.IsPeriod(only))
        {
            foreach (var period in Periods(request, only))
                groups.TryAdd([period], []);
        }

        return Table(request.By, columns, groups, wanted);
    }

    private static ReportTable Hours(ReportRequest request, DateTimeZone zone, List<Measure> measures)
    {
        var opened = measures.Where(measure => measure.Kind == MeasureKind.Opened).ToList();
        var groups = opened
            .SelectMany(measure => HourKeys(request.By, measure, zone), (measure, key) => (Measure: measure, Key: key))
            .GroupBy(one => one.Key, one => one.Measure, KeyComparer.Instance)
            .ToDictionary(group => group.Key, group => group.ToList(), KeyComparer.Instance);
        if (request.By.Count == 0)
        {
            foreach (var (day, hour) in from day in Enumerable.Range(1, 7) from hour in Enumerable.Range(0, 24) select (day, hour))
                groups.TryAdd([Digits(day, 1), Digits(hour, 2)], []);
        }

        return Table(["weekday", "hour", .. request.By.Select(WireName<ReportDimension>.Of)], Columns(ReportName.Hours), groups, opened);
    }

    private static IEnumerable<string[]> HourKeys(IReadOnlyList<ReportDimension> by, Measure measure, DateTimeZone zone)
    {
        var local = Local(measure.At, zone);
        return Keys(by, measure, zone).Select(key => (string[])[Digits((int)local.DayOfWeek, 1), Digits(local.Hour, 2), .. key]);
    }

    /// <summary>What is to be worked at the end of each period: what was before, and what came and went since. Nobody knows it of periods to come.</summary>
    private static ReportTable Backlog(
        ReportRequest request,
        DateTimeZone zone,
        List<Measure> measures,
        List<(MeasureOf Of, double Count)> before,
        DateOnly? today
    )
    {
        var moves = measures.Where(measure => measure.Kind == MeasureKind.Backlog).ToList();
        var period = request.By.Select(dimension => (ReportDimension?)dimension).FirstOrDefault(dimension => ReportRequest.IsPeriod(dimension!.Value));
        List<ReportDimension> rest = [.. request.By.Where(dimension => dimension != period)];
        var ends = period is { } by ? Periods(request, by) : [""];
        var piles = new Dictionary<string[], double>(KeyComparer.Instance);
        var all = 0d;
        void Move(MeasureOf of, double count)
        {
            all += count;
            foreach (var key in Combined([.. rest.Select(dimension => ValuesOf(dimension, of))]))
                piles[key] = piles.GetValueOrDefault(key) + count;
        }

        foreach (var (of, count) in before)
            Move(of, count);
        var byPeriod = moves.ToLookup(measure => period is { } one ? PeriodOf(one, Local(measure.At, zone).Date) : "", StringComparer.Ordinal);
        var (rows, total) = (new List<ReportRow>(), 0d);
        var latest = today is { } last && period is { } each ? PeriodOf(each, last) : null;
        foreach (var end in ends)
        {
            var isToCome = latest is not null && string.CompareOrdinal(end, latest) > 0;
            foreach (var move in byPeriod[end])
                Move(move.Of, move.Value);
            total = all;
            var shown = rest.Count == 0 ? [KeyValuePair.Create(Array.Empty<string>(), total)] : piles.Where(pile => pile.Value != 0);
            foreach (var (key, count) in shown)
            {
                var place = 0;
                var names = request.By.ToDictionary(WireName<ReportDimension>.Of, dimension => dimension == period ? end : key[place++]);
                rows.Add(new(names, new Dictionary<string, double?> { ["open"] = isToCome ? null : count }));
            }
        }

        if (request.By.Count == 0)
            rows.Clear();
        return new(
            [.. request.By.Select(WireName<ReportDimension>.Of)],
            ["open"],
            [.. rows.OrderBy(row => string.Join('\0', row.Key.Values), StringComparer.Ordinal)],
            new(new Dictionary<string, string>(), new Dictionary<string, double?> { ["open"] = request.From > today ? null : total })
        );
    }

    /// <summary>What each agent did, and what is left with them at the end.</summary>
    private static ReportTable Agents(ReportRequest request, DateTimeZone zone, List<Measure> measures, List<(MeasureOf Of, double Count)> before)
    {
        var columns = Columns(ReportName.Agents);
        var left = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var (of, count) in before.Concat(measures.Where(one => one.Kind == MeasureKind.Backlog).Select(one => (one.Of, one.Value))))
        {
            if (of.Assignee is { } agent)
                left[agent] = left.GetValueOrDefault(agent) + count;
        }

        var done = measures.Where(measure => measure.By is not null && columns.Any(column => column.Kinds.Contains(measure.Kind))).ToList();
        string[] KeyOf(Measure measure) => [measure.By!, .. Keys(request.By, measure, zone).First()];
        var groups = done.GroupBy(KeyOf, KeyComparer.Instance).ToDictionary(group => group.Key, group => group.ToList(), KeyComparer.Instance);
        if (request.By.Count > 0)
            return Table(["agent", .. request.By.Select(WireName<ReportDimension>.Of)], columns, groups, done);
        foreach (var agent in left.Where(one => one.Value != 0).Select(one => one.Key))
            groups.TryAdd([agent], []);
        var table = Table(["agent"], columns, groups, done);
        return table with
        {
            Columns = [.. table.Columns, "open"],
            Rows = [.. table.Rows.Select(row => With(row, left.GetValueOrDefault(row.Key["agent"])))],
            Total = With(table.Total, left.Values.Sum()),
        };

        static ReportRow With(ReportRow row, double open) => row with { Values = new Dictionary<string, double?>(row.Values) { ["open"] = open } };
    }

    private static ReportTable Table(
        IReadOnlyList<ReportDimension> by,
        IReadOnlyList<Column> columns,
        Dictionary<string[], List<Measure>> groups,
        List<Measure> all
    ) => Table([.. by.Select(WireName<ReportDimension>.Of)], columns, groups, all);

    private static ReportTable Table(IReadOnlyList<string> keys, IReadOnlyList<Column> columns, Dictionary<string[], List<Measure>> groups, List<Measure> all)
    {
        var rows =
            from pair in groups
            where keys.Count > 0
            orderby string.Join('\0', pair.Key) ascending
            select new ReportRow(
                keys.Zip(pair.Key).ToDictionary(one => one.First, one => one.Second),
                columns.ToDictionary(column => column.Name, column => column.Count(pair.Value))
            );
        return new(
            keys,
            [.. columns.Select(column => column.Name)],
            [.. rows.OrderBy(row => string.Join('\0', row.Key.Values), StringComparer.Ordinal)],
            new(new Dictionary<string, string>(), columns.ToDictionary(column => column.Name, column => column.Count(all)))
        );
    }

    /// <param name="Kinds">What it is counted from.</param>
    private sealed record Column(string Name, IReadOnlyList<MeasureKind> Kinds, Func<IReadOnlyList<Measure>, double?> Count);

    private static IReadOnlyList<Column> Columns(ReportName name) =>
        name switch
        {
            ReportName.Volume =>
            [
                Counted("opened", MeasureKind.Opened),
                Counted("resolved", MeasureKind.Resolved),
                Counted("reopened", MeasureKind.Reopened),
                Counted("closed", MeasureKind.Closed),
                Counted("merged", MeasureKind.Merged),
                Counted("replies", MeasureKind.Reply),
                Worked,
            ],
            ReportName.FirstReply => Lengths(MeasureKind.FirstReply),
            ReportName.Resolution => Lengths(MeasureKind.Resolved),
            ReportName.Sla =>
            [
                Counted("met", MeasureKind.SlaMet),
                Counted("breached", MeasureKind.SlaBreached),
                new("metPercent", [MeasureKind.SlaMet, MeasureKind.SlaBreached], MetPercent),
            ],
            ReportName.Satisfaction =>
            [
                Counted("asked", MeasureKind.Asked),
                Counted("rated", MeasureKind.Rated),
                new("ratedPercent", [MeasureKind.Asked, MeasureKind.Rated], RatedPercent),
                new("meanRating", [MeasureKind.Rated], MeanRating),
                new("satisfiedPercent", [MeasureKind.Rated], SatisfiedPercent),
            ],
            ReportName.Agents =>
            [
                Counted("replies", MeasureKind.Reply),
                Counted("firstReplies", MeasureKind.FirstReply),
                Counted("resolved", MeasureKind.Resolved),
                Counted("opened", MeasureKind.Opened),
                Worked,
            ],
            _ => [Counted("opened", MeasureKind.Opened)],
        };

    private static Column Worked =>
        new("minutesWorked", [MeasureKind.Worked], measures => measures.Where(measure => measure.Kind == MeasureKind.Worked).Sum(measure => measure.Value));

    private static Column Counted(string name, MeasureKind kind) => new(name, [kind], measures => measures.Count(measure => measure.Kind == kind));

    private static IReadOnlyList<Column> Lengths(MeasureKind kind)
    {
        return [Counted("count", kind), Of("meanSeconds", Mean), Of("medianSeconds", Median), Of("p90Seconds", values => Percentile(values, 90))];

        Column Of(string name, Func<IReadOnlyList<double>, double?> count) =>
            new(name, [kind], measures => count([.. measures.Where(measure => measure.Kind == kind).Select(measure => measure.Value).Order()]));
    }

    private static double? Mean(IReadOnlyList<double> values) => values.Count == 0 ? null : Math.Round(values.Average(), 3);

    /// <summary>The value in the middle of ordered values; of two the mean.</summary>
    public static double? Median(IReadOnlyList<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return values.Count == 0 ? null
            : values.Count % 2 == 1 ? values[values.Count / 2]
            : Math.Round((values[values.Count / 2 - 1] + values[values.Count / 2]) / 2, 3);
    }

    /// <summary>The smallest of ordered values that so many percent of them do not exceed (nearest rank).</summary>
    public static double? Percentile(IReadOnlyList<double> values, int percent)
    {
        ArgumentNullException.ThrowIfNull(values);
        return values.Count == 0 ? null : values[(values.Count * percent + 99) / 100 - 1];
    }

    private static IReadOnlyList<double> RatingsOf(IReadOnlyList<Measure> measures) =>
        [.. measures.Where(measure => measure.Kind == MeasureKind.Rated).Select(measure => measure.Value)];

    private static double? MeanRating(IReadOnlyList<Measure> measures) => Mean(RatingsOf(measures));

    private static double? SatisfiedPercent(IReadOnlyList<Measure> measures) =>
        RatingsOf(measures) is { Count: > 0 } ratings
            ? Math.Round(100d * ratings.Count(rating => rating >= Satisfaction.SatisfactionRules.Satisfied) / ratings.Count, 2)
            : null;

    private static double? RatedPercent(IReadOnlyList<Measure> measures)
    {
        var asked = measures.Count(measure => measure.Kind == MeasureKind.Asked);
        return asked == 0 ? null : Math.Round(100d * RatingsOf(measures).Count / asked, 2);
    }

    private static double? MetPercent(IReadOnlyList<Measure> measures)
    {
        var (met, all) = (
            measures.Count(measure => measure.Kind == MeasureKind.SlaMet),
            measures.Count(measure => measure.Kind is MeasureKind.SlaMet or MeasureKind.SlaBreached)
        );
        return all == 0 ? null : Math.Round(100d * met / all, 2);
    }

    /// <summary>Where a measure counts: under each of its tags, where tags are told apart.</summary>
    private static IEnumerable<string[]> Keys(IReadOnlyList<ReportDimension> by, Measure measure, DateTimeZone zone) =>
        Combined([
            .. by.Select(dimension =>
                ReportRequest.IsPeriod(dimension) ? [PeriodOf(dimension, Local(measure.At, zone).Date)]
                : dimension == ReportDimension.Metric ? [measure.Metric is { } metric ? WireName<Helpdesk.Sla.SlaMetric>.Of(metric) : None]
                : ValuesOf(dimension, measure.Of)
            ),
        ]);

    private static IEnumerable<string[]> Combined(IReadOnlyList<string[]> values)
    {
        IEnumerable<string[]> keys =
        [
            [],
        ];
        foreach (var some in values)
            keys = keys.SelectMany(_ => some, (key, value) => (string[])[.. key, value]);
        return keys;
    }

    private static string[] ValuesOf(ReportDimension dimension, MeasureOf of) =>
        dimension switch
        {
            ReportDimension.Channel => [WireName<Tickets.IntakeChannel>.Of(of.Channel)],
            ReportDimension.Priority => [WireName<Tickets.TicketPriority>.Of(of.Priority)],
            ReportDimension.Tier => [Digits(of.Tier, 1)],
            ReportDimension.Group => [of.Group ?? None],
            ReportDimension.Assignee => [of.Assignee ?? None],
            ReportDimension.Type => [of.Type ?? None],
            ReportDimension.Organisation => [of.Organisation ?? None],
            ReportDimension.Tag => of.Tags?.Split(',') ?? [None],
            _ => [None],
        };

    private static IReadOnlyList<string> Periods(ReportRequest request, ReportDimension by)
    {
        var periods = new List<string>();
        for (var day = LocalDate.FromDateOnly(request.From); day <= LocalDate.FromDateOnly(request.To); day = day.PlusDays(1))
        {
            var period = PeriodOf(by, day);
            if (periods.Count == 0 || periods[^1] != period)
                periods.Add(period);
        }

        return periods;
    }

    /// <summary>A day, the Monday that a week begins with, or a month.</summary>
    public static string PeriodOf(ReportDimension by, DateOnly day) => PeriodOf(by, LocalDate.FromDateOnly(day));

    private static string PeriodOf(ReportDimension by, LocalDate day) =>
        by switch
        {
            ReportDimension.Week => Iso(day.PlusDays(1 - (int)day.DayOfWeek)),
            ReportDimension.Month => Iso(day)[..7],
            _ => Iso(day),
        };

    private static string Iso(LocalDate day) => day.ToString("uuuu'-'MM'-'dd", CultureInfo.InvariantCulture);

    private static string Digits(int number, int width) => number.ToString($"D{width}", CultureInfo.InvariantCulture);

    private static LocalDateTime Local(DateTimeOffset at, DateTimeZone zone) => Instant.FromDateTimeOffset(at).InZone(zone).LocalDateTime;

    private sealed class KeyComparer : IEqualityComparer<string[]>
    {
        public static KeyComparer Instance { get; } = new();

        public bool Equals(string[]? x, string[]? y) => x is not null && y is not null && x.AsSpan().SequenceEqual(y);

        public int GetHashCode(string[] obj)
        {
            var hash = new HashCode();
            foreach (var part in obj)
                hash.Add(part, StringComparer.Ordinal);
            return hash.ToHashCode();
        }
    }
}
