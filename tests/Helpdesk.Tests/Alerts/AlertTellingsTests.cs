using Helpdesk.Alerts;
using Helpdesk.Tickets;

namespace Helpdesk.Tests.Alerts;

public sealed class AlertTellingsTests
{
    private static readonly DateTimeOffset T0 = new(2026, 3, 10, 9, 0, 0, TimeSpan.Zero);

    private static AlertTelling Telling(AlertTellingState state, int minute, DateTimeOffset? claimed = null) =>
        new()
        {
            Id = $"{minute}",
            Workspace = "main",
            Source = "tool",
            Hash = "h",
            Sequence = 1,
            Ticket = 7,
            Kind = AlertTellingKind.Acknowledged,
            At = T0.AddMinutes(minute),
            AskedAt = T0,
            State = state,
            ClaimedUntil = claimed,
        };

    [Fact]
    public void Acknowledging_resolving_and_reopening_are_told_and_nothing_else()
    {
        static AlertTellingKind? KindOf(TicketFact fact) => AlertTellings.KindOf(new(2, T0, new(ActorKind.Agent, "ada", "Ada"), fact));
        Assert.Equal(AlertTellingKind.Acknowledged, KindOf(new TicketAcknowledged()));
        Assert.Equal(AlertTellingKind.Resolved, KindOf(new StatusChanged(TicketStatus.Open, TicketStatus.Resolved, "Done")));
        Assert.Equal(AlertTellingKind.Resolved, KindOf(new StatusChanged(TicketStatus.Open, TicketStatus.Closed)));
        Assert.Equal(AlertTellingKind.Reopened, KindOf(new TicketReopened(TicketStatus.Resolved, TicketStatus.Open)));
        Assert.Null(KindOf(new StatusChanged(TicketStatus.Resolved, TicketStatus.Closed)));
        Assert.Null(KindOf(new TicketReopened(TicketStatus.Pending, TicketStatus.Open)));
        Assert.Null(KindOf(new PriorityChanged(TicketPriority.Low, TicketPriority.High)));
    }

    [Theory]
    [InlineData(AlertKind.Alertmanager, AlertTellingKind.Reopened, true)]
    [InlineData(AlertKind.Datadog, AlertTellingKind.Over, true)]
    [InlineData(AlertKind.PagerDuty, AlertTellingKind.Acknowledged, true)]
    [InlineData(AlertKind.PagerDuty, AlertTellingKind.Resolved, true)]
    [InlineData(AlertKind.PagerDuty, AlertTellingKind.Reopened, false)]
    [InlineData(AlertKind.PagerDuty, AlertTellingKind.Over, false)]
    [InlineData(AlertKind.Generic, AlertTellingKind.Acknowledged, false)]
    public void Each_tool_is_told_what_it_has_words_for(AlertKind tool, AlertTellingKind kind, bool told) =>
        Assert.Equal(told, AlertTellings.IsTold(tool, kind));

    [Fact]
    public void Only_the_newest_telling_counts_but_for_one_that_is_being_told()
    {
        var (now, late) = (T0.AddHours(1), T0.AddHours(2));
        string Overtaken(params AlertTelling[] newestFirst) => string.Join(' ', AlertTellings.Overtaken(newestFirst, now).Select(one => one.Id));
        Assert.Equal("2 1", Overtaken(Telling(AlertTellingState.Queued, 3), Telling(AlertTellingState.Queued, 2), Telling(AlertTellingState.Queued, 1)));
        Assert.Equal("", Overtaken(Telling(AlertTellingState.Queued, 3), Telling(AlertTellingState.Sent, 2)));
        Assert.Equal("1", Overtaken(Telling(AlertTellingState.Sent, 2), Telling(AlertTellingState.Queued, 1, T0)));
        Assert.Equal("", Overtaken(Telling(AlertTellingState.Sent, 2), Telling(AlertTellingState.Queued, 1, late)));
        Assert.Equal("", Overtaken(Telling(AlertTellingState.Suppressed, 2), Telling(AlertTellingState.Queued, 1)));
    }

    [Fact]
    public void A_tool_that_is_down_is_tried_for_hours_and_then_given_up()
    {
        Assert.Equal(TimeSpan.FromSeconds(10), AlertTellings.Next(1, null));
        Assert.Equal(TimeSpan.FromMinutes(2), AlertTellings.Next(2, TimeSpan.FromMinutes(2)));
        Assert.Equal(TimeSpan.FromHours(1), AlertTellings.Next(1, TimeSpan.FromDays(2)));
        Assert.Equal(TimeSpan.FromHours(4), AlertTellings.Next(7, TimeSpan.FromMinutes(1)));
        Assert.Null(AlertTellings.Next(8, null));
    }

    [Fact]
    public void An_alert_whose_labels_were_cut_is_not_silenced()
    {
        static Episode With(params (string Name, string Value)[] labels) =>
            new()
            {
                Sequence = 1,
                FirstAt = T0,
                LastAt = T0,
                Count = 1,
                Subject = "Disk full",
                Labels = labels.ToDictionary(label => label.Name, label => label.Value),
            };
        Assert.Equal(["a", "b"], AlertTellings.MatchersOf(With(("b", "2"), ("a", "1")))!.Select(one => one.Key));
        Assert.Null(AlertTellings.MatchersOf(With()));
        Assert.Null(AlertTellings.MatchersOf(With(("a", "long…"))));
        Assert.Null(AlertTellings.MatchersOf(With([.. Enumerable.Range(0, AlertReports.MostLabels).Select(i => ($"l{i}", "x"))])));
    }

    [Fact]
    public void A_ticket_is_told_of_a_few_alerts_that_still_fire_and_of_how_many_more()
    {
        Assert.Contains("\"Disk\" of Prometheus. Further", AlertTellings.StillFiring([("Disk", "Prometheus")], 1), StringComparison.Ordinal);
        Assert.Contains("\"Disk\" of P, \"CPU\" of Q and 5 more", AlertTellings.StillFiring([("Disk", "P"), ("CPU", "Q")], 7), StringComparison.Ordinal);
    }
}
