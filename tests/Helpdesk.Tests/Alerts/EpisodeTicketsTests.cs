using Helpdesk.Alerts;
using Helpdesk.Conditions;
using Helpdesk.Sla;
using Helpdesk.Tickets;

namespace Helpdesk.Tests.Alerts;

public sealed class EpisodeTicketsTests
{
    private static readonly DateTimeOffset T0 = new(2026, 3, 10, 9, 0, 0, TimeSpan.Zero);
    private static readonly Actor Ada = new(ActorKind.Agent, "ada", "Ada");

    private static AlertSource Source { get; } =
        new()
        {
            Id = "prometheus",
            Name = "Prometheus",
            Kind = AlertKind.Alertmanager,
            KeyHash = "",
            CreatedAt = T0,
            UpdatedAt = T0,
        };

    private static Episode Episode { get; } =
        new()
        {
            Sequence = 1,
            FirstAt = T0,
            LastAt = T0.AddMinutes(5),
            Count = 7,
            Subject = "Disk full",
            Severity = "critical",
            Priority = TicketPriority.Urgent,
            Labels = new Dictionary<string, string>
            {
                ["service"] = "Pay,ments",
                ["host"] = "db1",
                ["trace"] = "x",
                ["job"] = new('j', 99),
            },
            Links = new Dictionary<string, string> { ["source"] = "https://prometheus.example/1" },
            End = new(T0, T0.AddMinutes(12), T0.AddMinutes(13)),
            Place = new("7-a", 7, EpisodeJoin.Refired, T0),
        };

    private static TicketChange Opened() =>
        TicketRules.Open(
            "7-a",
            7,
            "main",
            EpisodeTickets.Draft(Source, new() { Source = "prometheus", Key = "disk" }, Episode with { Priority = null }, null),
            EpisodeTickets.ActorOf(Source),
            T0
        );

    private static TicketChange After(TicketChange before, Func<Ticket, TicketChange> rule)
    {
        var change = rule(before.Ticket);
        return change with { Events = [.. before.Events, .. change.Events] };
    }

    private static TicketEpisodes Over => TicketEpisodes.None.With(Episode).Without(Episode);

    [Fact]
    public void A_ticket_says_what_its_alert_says()
    {
        var ticket = Opened().Ticket;
        Assert.Equal(["pay ments", "db1"], ticket.Tags);
        Assert.Equal(("prometheus@alerts.invalid", true, TicketPriority.Normal), (ticket.Requester.Email, ticket.Automatic, ticket.Priority));
        Assert.Equal("critical", ticket.CustomFields["alertSeverity"].GetString());
        Assert.Contains("Severity: critical", ticket.Description, StringComparison.Ordinal);
        Assert.Contains("source: https://prometheus.example/1", ticket.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_a_ticket_that_nobody_has_touched_resolves_itself()
    {
        var opened = Opened();
        var resolved = EpisodeTickets.Over(opened.Ticket, opened.Events, Source, Over, EpisodeRules.Standard, T0.AddHours(1)).Ticket;
        Assert.Equal(TicketStatus.Resolved, resolved.Status);
        Assert.Equal(
            "Prometheus reports that this is over. It began at 2026-03-10 09:00:00 UTC and ended at 2026-03-10 09:12:00 UTC, after 12 min, "
                + "and was reported 7 times.",
            resolved.Resolution
        );
        Func<Ticket, TicketChange>[] touches =
        [
            it => TicketRules.Acknowledge(it, Ada, T0),
            it => TicketRules.Comment(it, "I look at it", CommentVisibility.Internal, Ada, T0),
            it => TicketRules.Comment(it, "What is this?", CommentVisibility.Public, new(ActorKind.Requester, "rita@example.com"), T0),
            it => TicketRules.Patch(it, new() { Priority = TicketPriority.Low }, Ada, T0),
            it => TicketHistory.Record(it, Actor.System, T0, new MergeReceived("8-b", 8, 0)),
        ];
        foreach (var touch in touches)
        {
            var touched = After(opened, touch);
            var told = EpisodeTickets.Over(touched.Ticket, touched.Events, Source, Over, EpisodeRules.Standard, T0.AddHours(1));
            Assert.Equal(touched.Ticket.Status, told.Ticket.Status);
            Assert.Equal(CommentVisibility.Internal, told.Comment!.Visibility);
        }

        // What the desk does by itself touches nothing.
        var noted = After(opened, it => TicketRules.Comment(it, "At risk", CommentVisibility.Internal, Actor.System, T0));
        Assert.False(EpisodeTickets.IsTouched(noted.Events));
        var rules = EpisodeRules.Standard with { AutoResolve = false };
        Assert.Equal(TicketStatus.New, EpisodeTickets.Over(opened.Ticket, opened.Events, Source, Over, rules, T0).Ticket.Status);
    }

    [Fact]
    public void What_fires_again_reopens_what_the_desk_resolved_and_nothing_that_a_person_did()
    {
        var opened = Opened();
        var byDesk = After(opened, it => EpisodeTickets.Over(it, opened.Events, Source, Over, EpisodeRules.Standard, T0));
        var again = EpisodeTickets.Join(byDesk.Ticket, byDesk.Events, Source, Episode, Over.With(Episode), T0)!;
        Assert.Equal((TicketStatus.Open, TicketPriority.Urgent), (again.Ticket.Status, again.Ticket.Priority));
        Assert.StartsWith("Fires again", again.Comment!.Body, StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range((int)byDesk.Ticket.Version + 1, again.Events.Count).Select(seq => (long)seq), again.Events.Select(one => one.Seq));

        var byAda = After(opened, it => TicketRules.Resolve(it, "Emptied", Ada, T0));
        Assert.Null(EpisodeTickets.Join(byAda.Ticket, byAda.Events, Source, Episode, Over.With(Episode), T0));
        Assert.Empty(EpisodeTickets.OpenAgain(byAda.Ticket, byAda.Events, T0).Events);
    }

    [Fact]
    public void A_better_report_lowers_nothing()
    {
        var opened = Opened();
        var raised = After(opened, it => EpisodeTickets.Raise(it, opened.Events, Episode, T0));
        Assert.Equal(TicketPriority.Urgent, raised.Ticket.Priority);
        Assert.Empty(EpisodeTickets.Raise(raised.Ticket, raised.Events, Episode with { Priority = TicketPriority.Low }, T0).Events);
    }

    [Fact]
    public void A_storm_begins_when_there_are_too_many_and_ends_when_none_come()
    {
        var rules = EpisodeRules.Standard with { StormAbove = 3 };
        var storm = new EpisodeStorm();
        for (var number = 1; number <= 3; number++)
        {
            storm = EpisodeStorms.Count(storm, $"{number}-a", number, rules, T0.AddSeconds(number));
            Assert.False(EpisodeStorms.IsOn(storm, T0.AddSeconds(number)));
        }

        Assert.False(EpisodeStorms.IsOn(EpisodeStorms.Count(storm, "4-a", 4, rules, T0.AddMinutes(2)), T0.AddMinutes(2)));
        storm = EpisodeStorms.Count(storm, "4-a", 4, rules, T0.AddSeconds(4));
        Assert.True(EpisodeStorms.IsOn(storm, T0.AddSeconds(60)));
        Assert.Equal([1L, 2L, 3L], storm.Tickets);
        Assert.Null(EpisodeStorms.Joined(storm, T0.AddSeconds(10)));
        storm = EpisodeStorms.Joined(storm, T0.AddSeconds(30))!;
        Assert.True(EpisodeStorms.IsOn(storm, T0.AddSeconds(90)));
        Assert.False(EpisodeStorms.IsOn(storm, T0.AddSeconds(91)));
    }

    [Fact]
    public void Maintenance_is_for_its_sources_and_labels_and_ends_with_the_last_window()
    {
        static MaintenanceWindow Window(string name, int from, int to) =>
            new()
            {
                Id = name,
                Name = name,
                From = T0.AddMinutes(from),
                To = T0.AddMinutes(to),
                CreatedAt = T0,
            };
        var labels = new Dictionary<string, string> { ["service"] = "payments" };
        EpisodeMute? Find(int minute, params MaintenanceWindow[] windows) =>
            MaintenanceRules.Find(
                windows,
                new()
                {
                    Now = T0.AddMinutes(minute),
                    Source = "prometheus",
                    Report = new()
                    {
                        Key = "disk",
                        State = AlertState.Firing,
                        Subject = "Disk full",
                        Labels = labels,
                    },
                }
            );

        Assert.Equal(new EpisodeMute("a", T0.AddMinutes(10)), Find(0, Window("a", 0, 10)));
        Assert.Null(Find(10, Window("a", 0, 10)));
        Assert.Equal(T0.AddMinutes(30), Find(5, Window("a", 0, 10), Window("b", 10, 30), Window("c", 40, 50))!.Until);
        Assert.Null(Find(5, Window("a", 0, 10) with { Sources = ["grafana"] }));
        Assert.NotNull(Find(5, Window("a", 0, 10) with { Sources = ["prometheus"], Labels = labels }));
        Assert.Null(Find(5, Window("a", 0, 10) with { Labels = new Dictionary<string, string> { ["service"] = "search" } }));
        Condition Condition(string json) => Helpdesk.Conditions.Condition.Parse(System.Text.Json.JsonElement.Parse(json), ConditionScope.Alerts).Condition!;
        var about = """{"all":[{"field":"subject","op":"contains","value":"disk"},{"field":"label.service","op":"not-in","value":["search"]}]}""";
        Assert.NotNull(Find(5, Window("a", 0, 10) with { Condition = Condition(about) }));
        Assert.Null(Find(5, Window("a", 0, 10) with { Condition = Condition("""{"field":"source","op":"is","value":"grafana"}""") }));
        // Tuesday, 10:00 to 11:00 in Berlin.
        IReadOnlyList<IReadOnlyList<OpeningHours>> week =
        [
            [],
            [new(36_000, 39_600)],
            [],
            [],
            [],
            [],
            [],
        ];
        var weekly = new MaintenanceWindow
        {
            Id = "w",
            Name = "w",
            Weekly = new() { TimeZone = "Europe/Berlin", Week = week },
            CreatedAt = T0,
        };
        Assert.Equal(T0.AddMinutes(60), Find(0, weekly)!.Until);
        Assert.Null(Find(60, weekly));
        Assert.Null(Find(-1, weekly));
    }
}
