using Helpdesk.Reports;
using Helpdesk.Sla;
using Helpdesk.Tests.Tickets;
using Helpdesk.Tickets;

namespace Helpdesk.Tests.Reports;

public sealed class ReportTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 10, 12, 0, 0, TimeSpan.Zero);
    private static readonly MeasureOf It = new(IntakeChannel.Email, TicketPriority.Normal, 1, "it", null, null);

    private static ReportRequest Ask(ReportName name, string from, string to, params ReportDimension[] by) =>
        new(name, DateOnly.Parse(from, null), DateOnly.Parse(to, null), by, "UTC");

    private static Measure One(MeasureKind kind, DateTimeOffset at, double value = 1, MeasureOf? of = null, string? by = null) =>
        new(kind, 1, at, value, of ?? It, by);

    private static double? Total(ReportName name, IEnumerable<Measure> measures, string column, string to = "2026-12-31") =>
        Report.Make(Ask(name, "2026-01-01", to), measures, []).Total.Values[column];

    /// <summary>Whatever happens to a ticket, the reports say what its events say when they are counted one by one.</summary>
    [Fact]
    public void The_numbers_are_those_of_the_events() =>
        TicketHistoryProperties.ForAnySequence(changes =>
        {
            var events = changes.SelectMany(one => one.Change.Events).ToList();
            var measures = TicketMeasures.Of(events, null);
            var facts = events.Select(happened => happened.Fact).ToList();
            var replies = events
                .Where(happened => happened is { By.Kind: ActorKind.Agent, Fact: CommentAdded { Visibility: CommentVisibility.Public } })
                .ToList();

            Assert.Equal(1, Total(ReportName.Volume, measures, "opened"));
            Assert.Equal(facts.Count(fact => fact is StatusChanged { To: TicketStatus.Resolved }), Total(ReportName.Volume, measures, "resolved"));
            Assert.Equal(facts.Count(fact => fact is StatusChanged { To: TicketStatus.Closed }), Total(ReportName.Volume, measures, "closed"));
            Assert.Equal(facts.Count(fact => fact is TicketReopened), Total(ReportName.Volume, measures, "reopened"));
            Assert.Equal(facts.Count(fact => fact is TicketMerged), Total(ReportName.Volume, measures, "merged"));
            Assert.Equal(replies.Count, Total(ReportName.Volume, measures, "replies"));
            Assert.Equal(replies.Count == 0 ? null : (replies[0].At - events[0].At).TotalSeconds, Total(ReportName.FirstReply, measures, "medianSeconds"));
        });

    [Fact]
    public void The_backlog_is_what_is_to_be_worked_wherever_it_lies() =>
        TicketHistoryProperties.ForAnySequence(changes =>
        {
            var measures = TicketMeasures.Of([.. changes.SelectMany(one => one.Change.Events)], null);
            var ticket = changes[^1].Change.Ticket;
            var live = ticket.Status is not (TicketStatus.Resolved or TicketStatus.Closed);
            var all = Enum.GetValues<ReportDimension>()
                .Where(one => ReportRequest.Allows(ReportName.Backlog, one) && !ReportRequest.IsPeriod(one) && one != ReportDimension.Tag)
                .ToArray();

            var table = Report.Make(Ask(ReportName.Backlog, "2026-01-01", "2026-12-31", all), measures, []);

            Assert.Equal(live ? 1 : 0, table.Total.Values["open"]);
            Assert.Equal(live ? 1 : 0, table.Rows.Count);
            if (live)
            {
                var (key, values) = table.Rows[0];
                Assert.Equal(1, values["open"]);
                Assert.Equal(
                    (ticket.Group ?? "none", ticket.Assignee ?? "none", WireName<TicketPriority>.Of(ticket.Priority), ticket.Type ?? "none", $"{ticket.Tier}"),
                    (key["group"], key["assignee"], key["priority"], key["type"], key["tier"])
                );
            }
        });

    /// <summary>A ticket counts under each tag that it had then, and once in the total; its organisation is that of its requester then.</summary>
    [Fact]
    public void Tags_and_organisations_are_those_of_the_moment() =>
        TicketHistoryProperties.ForAnySequence(changes =>
        {
            var steps = TicketHistory.Steps(changes.SelectMany(one => one.Change.Events)).ToList();
            var measures = TicketMeasures.Of([.. steps.Select(step => step.Event)], null, email => email.Split('@')[0]);
            var resolved = steps.Where(step => step.Event.Fact is StatusChanged { To: TicketStatus.Resolved }).Select(step => step.Ticket).ToList();
            var expected = resolved
                .SelectMany(ticket => ticket.Tags.Count == 0 ? ["none"] : ticket.Tags)
                .CountBy(tag => tag)
                .OrderBy(one => one.Key, StringComparer.Ordinal)
                .Select(one => (one.Key, (double?)one.Value));
            var last = steps[^1].Ticket;
            var live = last.Status is not (TicketStatus.Resolved or TicketStatus.Closed);

            var tags = Report.Make(Ask(ReportName.Resolution, "2026-01-01", "2026-12-31", ReportDimension.Tag), measures, []);
            var left = Report.Make(Ask(ReportName.Backlog, "2026-01-01", "2026-12-31", ReportDimension.Tag, ReportDimension.Organisation), measures, []);
            var organisations = Report.Make(Ask(ReportName.Resolution, "2026-01-01", "2026-12-31", ReportDimension.Organisation), measures, []);

            Assert.Equal(expected, tags.Rows.Select(row => (row.Key["tag"], row.Values["count"])));
            Assert.Equal(resolved.Count, tags.Total.Values["count"]);
            Assert.Equal(
                resolved.Select(ticket => ticket.Requester.Email.Split('@')[0]).Distinct().Order(StringComparer.Ordinal),
                organisations.Rows.Select(row => row.Key["organisation"])
            );
            Assert.Equal(live ? 1 : 0, left.Total.Values["open"]);
            Assert.Equal(
                !live
                    ? []
                    : (last.Tags.Count == 0 ? ["none"] : last.Tags).Order(StringComparer.Ordinal).Select(tag => (tag, last.Requester.Email.Split('@')[0])),
                left.Rows.Select(row => (row.Key["tag"], row.Key["organisation"]))
            );
        });

    [Fact]
    public void The_backlog_goes_on_from_what_was_there_before()
    {
        Measure[] moves = [One(MeasureKind.Backlog, Noon, 1), One(MeasureKind.Backlog, Noon.AddDays(2), -1)];

        var table = Report.Make(Ask(ReportName.Backlog, "2026-03-09", "2026-03-12", ReportDimension.Day), moves, [(It, 4)]);

        Assert.Equal(
            [("2026-03-09", 4), ("2026-03-10", 5), ("2026-03-11", 5), ("2026-03-12", 4)],
            table.Rows.Select(row => (row.Key["day"], (int)row.Values["open"]!.Value))
        );
    }

    [Theory]
    [InlineData(ReportDimension.Day, "2026-03-09 4,2026-03-10 5,2026-03-11 ,2026-03-12 ", "2026-03-12")]
    [InlineData(ReportDimension.Week, "2026-03-09 5,2026-03-16 ", "2026-03-18")]
    [InlineData(ReportDimension.Month, "2026-03 5,2026-04 ", "2026-04-02")]
    public void Nobody_knows_the_backlog_of_days_that_have_not_come_yet(ReportDimension by, string expected, string to)
    {
        Measure[] moves = [One(MeasureKind.Backlog, Noon, 1)];
        var request = Ask(ReportName.Backlog, "2026-03-09", to, by);

        var table = Report.Make(request, moves, [(It, 4)], Noon.AddHours(11.9));
        var groups = Report.Make(request with { By = [by, ReportDimension.Group] }, moves, [(It, 4)], Noon);

        Assert.Equal(expected, string.Join(',', table.Rows.Select(row => $"{row.Key.Values.First()} {row.Values["open"]}")));
        Assert.Equal(expected, string.Join(',', groups.Rows.Select(row => $"{row.Key.Values.First()} {row.Values["open"]}")));
        Assert.Equal(5, table.Total.Values["open"]);
        // In Auckland the next day has come.
        Assert.Equal(1, Report.Make(Ask(ReportName.Backlog, "2026-03-11", to) with { Zone = "Pacific/Auckland" }, moves, [], Noon).Total.Values["open"]);
        Assert.Null(Report.Make(Ask(ReportName.Backlog, "2026-03-11", to), moves, [(It, 4)], Noon).Total.Values["open"]);
    }

    [Fact]
    public void A_day_is_that_of_the_zone_and_days_without_anything_are_days()
    {
        // 23:30 in UTC is the next day in Berlin.
        Measure[] measures = [One(MeasureKind.Opened, new(2026, 3, 10, 23, 30, 0, TimeSpan.Zero))];
        var request = Ask(ReportName.Volume, "2026-03-10", "2026-03-12", ReportDimension.Day) with { Zone = "Europe/Berlin" };

        var table = Report.Make(request, measures, []);

        Assert.Equal([("2026-03-10", 0), ("2026-03-11", 1), ("2026-03-12", 0)], table.Rows.Select(row => (row.Key["day"], (int)row.Values["opened"]!.Value)));
        Assert.Equal(0, Report.Make(request with { To = new(2026, 3, 10) }, measures, []).Total.Values["opened"]);
    }

    [Fact]
    public void A_week_begins_on_Monday_and_a_month_with_the_first()
    {
        Measure[] measures = [One(MeasureKind.Opened, new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero)), One(MeasureKind.Opened, Noon)];

        var weeks = Report.Make(Ask(ReportName.Volume, "2026-02-28", "2026-03-10", ReportDimension.Week), measures, []);
        var months = Report.Make(Ask(ReportName.Volume, "2026-02-28", "2026-03-10", ReportDimension.Month), measures, []);

        Assert.Equal(["2026-02-23", "2026-03-02", "2026-03-09"], weeks.Rows.Select(row => row.Key["week"]));
        Assert.Equal([1, 0, 1], weeks.Rows.Select(row => (int)row.Values["opened"]!.Value));
        Assert.Equal([("2026-02", 0), ("2026-03", 2)], months.Rows.Select(row => (row.Key["month"], (int)row.Values["opened"]!.Value)));
    }

    [Theory]
    [InlineData(new double[] { }, null, null)]
    [InlineData(new double[] { 7 }, 7d, 7d)]
    [InlineData(new double[] { 1, 3 }, 2d, 3d)]
    [InlineData(new double[] { 0.1, 0.2 }, 0.15, 0.2)]
    [InlineData(new double[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 }, 5.5, 9d)]
    [InlineData(new double[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 }, 6d, 10d)]
    public void Median_and_percentile_are_of_all_values(double[] values, double? median, double? p90)
    {
        Assert.Equal(median, Report.Median(values));
        Assert.Equal(p90, Report.Percentile(values, 90));
    }

    [Fact]
    public void Promises_count_where_they_were_kept_or_broken()
    {
        var opened = Desk.Open();
        var start = opened.Events[0].At;
        SlaTargetState Target(SlaMetric metric, SlaState state, DateTimeOffset? stopped, DateTimeOffset? breached) =>
            new(metric, 1, TicketPriority.Normal, TimeSpan.FromHours(1), state, start, null, stopped, breached, null, breached is not null, default, []);
        var promises = new SlaStatus(
            [
                Target(SlaMetric.FirstReply, SlaState.Met, start.AddMinutes(5), null),
                Target(SlaMetric.Resolution, SlaState.Breached, null, start.AddHours(1)),
                Target(SlaMetric.NextReply, SlaState.Running, null, null),
                Target(SlaMetric.NextReply, SlaState.Cancelled, start.AddMinutes(1), null),
            ],
            [],
            null
        );

        var measures = TicketMeasures.Of(opened.Events, promises);
        var table = Report.Make(Ask(ReportName.Sla, "2026-01-01", "2026-12-31", ReportDimension.Metric), measures, []);

        Assert.Equal((1, 1, 50d), (table.Total.Values["met"], table.Total.Values["breached"], table.Total.Values["metPercent"]));
        Assert.Equal(["first-reply", "resolution"], table.Rows.Select(row => row.Key["metric"]));
        Assert.Equal([100d, 0d], table.Rows.Select(row => row.Values["metPercent"]));
    }

    [Fact]
    public void Agents_have_what_they_did_and_what_is_left_with_them()
    {
        var annas = It with { Assignee = "anna" };
        Measure[] measures =
        [
            One(MeasureKind.Reply, Noon, by: "ben"),
            One(MeasureKind.Resolved, Noon, 60, annas, "ben"),
            One(MeasureKind.Backlog, Noon, -1, annas),
        ];

        var table = Report.Make(Ask(ReportName.Agents, "2026-03-01", "2026-03-31"), measures, [(annas, 3), (It, 7)]);

        Assert.Equal(["anna", "ben"], table.Rows.Select(row => row.Key["agent"]));
        Assert.Equal((0, 0, 2), (table.Rows[0].Values["replies"], table.Rows[0].Values["resolved"], table.Rows[0].Values["open"]));
        Assert.Equal((1, 1, 0), (table.Rows[1].Values["replies"], table.Rows[1].Values["resolved"], table.Rows[1].Values["open"]));
    }

    /// <summary>What a requester said last counts on the day of their first answer, for whose work it was.</summary>
    [Fact]
    public void A_rating_that_was_changed_counts_as_it_was_changed()
    {
        var opened = Desk.Open();
        var start = opened.Events[0].At;
        TicketEvent At(long seq, int day, TicketFact fact) => new(seq, start.AddDays(day), Actor.System, fact);
        TicketEvent[] events =
        [
            opened.Events[0],
            At(2, 1, new SatisfactionAsked(start, Helpdesk.Satisfaction.SatisfactionScale.Stars, "ben", "network")),
            At(3, 2, new SatisfactionRated(2, 2)),
            At(4, 3, new SatisfactionRated(2, 4, Was: 2)),
            At(5, 4, new SatisfactionAsked(start.AddDays(4), Helpdesk.Satisfaction.SatisfactionScale.Stars)),
        ];

        var table = Report.Make(
            Ask(ReportName.Satisfaction, "2026-01-01", "2026-12-31", ReportDimension.Assignee, ReportDimension.Group),
            TicketMeasures.Of(events, null),
            []
        );

        Assert.Equal(
            [("ben", "network", (double?)4), ("none", "none", null)],
            table.Rows.Select(row => (row.Key["assignee"], row.Key["group"], row.Values["meanRating"]))
        );
        Assert.Equal(
            (2d, 1d, 50d, 100d),
            (table.Total.Values["asked"], table.Total.Values["rated"], table.Total.Values["ratedPercent"], table.Total.Values["satisfiedPercent"])
        );
        var rated = Assert.Single(TicketMeasures.Of(events, null), one => one.Kind == MeasureKind.Rated);
        Assert.Equal(start.AddDays(2), rated.At);
    }

    [Fact]
    public void Time_that_was_corrected_counts_as_it_was_corrected()
    {
        var opened = Desk.Open();
        var logged = TicketHistory.Record(
            opened.Ticket,
            Desk.Agent,
            Desk.Nine.AddHours(1),
            new TimeLogged("1-2", 30, Desk.Nine),
            new TimeLogged("1-3", 20, Desk.Nine, Corrects: "1-2", Was: 30)
        );

        var measures = TicketMeasures.Of([.. opened.Events, .. logged.Events], null);

        Assert.Equal(20, Total(ReportName.Volume, measures, "minutesWorked"));
        Assert.Equal(20, Total(ReportName.Agents, measures, "minutesWorked"));
    }

    [Fact]
    public void Hours_are_all_of_the_week()
    {
        var table = Report.Make(Ask(ReportName.Hours, "2026-03-01", "2026-03-31") with { Zone = "Europe/Berlin" }, [One(MeasureKind.Opened, Noon)], []);

        Assert.Equal(168, table.Rows.Count);
        var only = Assert.Single(table.Rows, row => row.Values["opened"] == 1);
        Assert.Equal(("2", "13"), (only.Key["weekday"], only.Key["hour"]));
    }
}
