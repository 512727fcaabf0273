using System.Globalization;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Helpdesk.Sla;
using Helpdesk.Tickets;

namespace Helpdesk.Tests.Sla;

internal static class Calendars
{
    public static readonly BusinessCalendar Ber = Of(
        "Europe/Berlin",
        "09:00-17:00",
        days: 5,
        holidays: ["2026-04-03", "2026-04-06", "2026-12-25", "2026-12-26", "2027-01-01"]
    );
    public static readonly BusinessCalendar Never = Of("Europe/Berlin", "", days: 0);

    public static BusinessCalendar Named(string name) =>
        name switch
        {
            "BER" => Ber,
            "NY" => Of("America/New_York", "09:00-17:00", days: 5),
            "LUNCH" => Of("Europe/Berlin", "09:00-12:00 13:00-17:00", days: 5),
            "NIGHT" => Of("Europe/Berlin", "00:00-06:00", days: 7),
            "SHIFT" => new(new() { TimeZone = "Europe/Berlin", Week = [.. Enumerable.Range(0, 7).Select(day => day is 4 or 5 ? [] : Hours("22:00-06:00"))] }),
            "HAV" => Of("America/Havana", "00:00-08:00", days: 7),
            "247" => Of("UTC", "00:00-24:00", days: 7),
            _ => Never,
        };

    public static BusinessCalendar Of(string zone, string hours, int days, string[]? holidays = null) =>
        new(
            new()
            {
                TimeZone = zone,
                Week = [.. Enumerable.Range(0, 7).Select(day => day < days ? Hours(hours) : [])],
                Holidays = (holidays ?? []).Select(date => DateOnly.Parse(date, CultureInfo.InvariantCulture)).ToHashSet(),
            }
        );

    private static IReadOnlyList<OpeningHours> Hours(string text) =>
        [
            .. text.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(span => span.Split('-'))
                .Select(span => new OpeningHours(Seconds(span[0]), Seconds(span[1]))),
        ];

    private static int Seconds(string text) =>
        int.Parse(text[..2], CultureInfo.InvariantCulture) * 3600 + int.Parse(text[3..], CultureInfo.InvariantCulture) * 60;
}

public sealed class BusinessCalendarTests
{
    [Theory]
    [InlineData("BER", "2026-03-10T09:00:00Z", 120, "2026-03-10T11:00:00Z")]
    [InlineData("BER", "2026-03-10T15:30:00Z", 60, "2026-03-11T08:30:00Z")]
    [InlineData("BER", "2026-03-13T15:30:00Z", 60, "2026-03-16T08:30:00Z")]
    [InlineData("BER", "2026-03-11T05:00:00Z", 30, "2026-03-11T08:30:00Z")]
    [InlineData("BER", "2026-03-14T11:00:00Z", 60, "2026-03-16T09:00:00Z")]
    [InlineData("BER", "2026-03-10T15:00:00Z", 60, "2026-03-10T16:00:00Z")]
    [InlineData("LUNCH", "2026-03-10T10:30:00Z", 90, "2026-03-10T13:00:00Z")]
    [InlineData("BER", "2026-03-10T08:00:00Z", 4800, "2026-03-23T16:00:00Z")]
    [InlineData("BER", "2026-04-02T14:00:00Z", 240, "2026-04-07T10:00:00Z")]
    [InlineData("BER", "2026-12-31T15:00:00Z", 180, "2027-01-04T10:00:00Z")]
    [InlineData("BER", "2026-03-27T15:30:00Z", 60, "2026-03-30T07:30:00Z")]
    [InlineData("NIGHT", "2026-03-28T23:00:00Z", 300, "2026-03-29T04:00:00Z")]
    [InlineData("247", "2026-03-28T12:00:00Z", 1440, "2026-03-29T12:00:00Z")]
    [InlineData("NY", "2026-03-06T21:30:00Z", 60, "2026-03-09T13:30:00Z")]
    [InlineData("SHIFT", "2026-03-27T23:00:00Z", 60, "2026-03-29T21:00:00Z")]
    [InlineData("HAV", "2026-03-08T04:00:00Z", 60, "2026-03-08T06:00:00Z")]
    [InlineData("none", "2026-03-08T04:00:00Z", 1, null)]
    public void A_promise_falls_due_where_the_design_says(string calendar, string from, int minutes, string? due) =>
        Assert.Equal(due is null ? null : Instant(due), Calendars.Named(calendar).Add(Instant(from), TimeSpan.FromMinutes(minutes)));

    [Fact]
    public void Hours_that_overlap_and_zones_that_do_not_exist_are_refused_by_name()
    {
        Assert.Equal("timeZone", Assert.Throws<InvalidCalendarException>(() => Calendars.Of("Europe/Atlantis", "09:00-17:00", 5)).Field);
        Assert.Equal("hours", Assert.Throws<InvalidCalendarException>(() => Calendars.Of("UTC", "09:00-17:00 16:00-18:00", 5)).Field);
        Assert.Equal("hours", Assert.Throws<InvalidCalendarException>(() => Calendars.Of("UTC", "22:00-06:00 05:00-07:00", 7)).Field);
    }

    /// <summary>The arithmetic agrees with looking at every minute, on calendars and spans of any kind, across the changes of the clocks.</summary>
    [Fact]
    public void Counting_agrees_with_stepping_minute_by_minute_in_twenty_zones()
    {
        string[] zones =
        [
            "Europe/Berlin",
            "Europe/London",
            "Europe/Athens",
            "Europe/Zagreb",
            "America/New_York",
            "America/Havana",
            "America/Sao_Paulo",
            "America/St_Johns",
            "America/Santiago",
            "America/Los_Angeles",
            "Asia/Tokyo",
            "Asia/Kolkata",
            "Asia/Kathmandu",
            "Asia/Tehran",
            "Asia/Beirut",
            "Australia/Lord_Howe",
            "Australia/Adelaide",
            "Pacific/Auckland",
            "Pacific/Chatham",
            "Africa/Casablanca",
            "Africa/Cairo",
            "UTC",
        ];
        var part = Gen.Choose(0, 47);
        var input = part.SelectMany(open =>
            part.SelectMany(length =>
                Gen.Choose(0, zones.Length - 1)
                    .SelectMany(zone => Gen.Choose(0, 365 * 24).SelectMany(hour => Gen.Choose(1, 60).Select(span => (open, length, zone, hour, span))))
            )
        );
        Prop.ForAll(
                Arb.From(input),
                one =>
                {
                    var (open, close) = (one.open * 1800, (one.open + 1 + one.length % 47) % 48 * 1800);
                    if (open == close)
                        return;
                    var definition = new CalendarDefinition
                    {
                        TimeZone = zones[one.zone],
                        Week = [.. Enumerable.Range(0, 7).Select(day => day < 5 ? new[] { new OpeningHours(open, close) } : [])],
                    };
                    var calendar = new BusinessCalendar(definition);
                    var from = Instant("2026-01-01T00:00:00Z").AddHours(one.hour);
                    var to = from.AddHours(one.span);
                    Assert.Equal(Stepped(definition, from, to), (int)calendar.Count(from, to).TotalMinutes);
                    // And there and back: what is counted up to the due time is what was promised.
                    var promised = TimeSpan.FromMinutes(one.span * 7);
                    var due = calendar.Add(from, promised)!.Value;
                    Assert.Equal(promised, calendar.Count(from, due));
                    Assert.True(calendar.Add(from, promised + TimeSpan.FromMinutes(1)) > due);
                }
            )
            .QuickCheckThrowOnFailure();
    }

    /// <summary>Whether each minute lies in the opening of its own or the previous local day, by the operating system's own zone data.</summary>
    private static int Stepped(CalendarDefinition definition, DateTimeOffset from, DateTimeOffset to)
    {
        var zone = NodaTime.DateTimeZoneProviders.Tzdb[definition.TimeZone];
        var openings = new List<(NodaTime.Instant Open, NodaTime.Instant Close)>();
        var first = NodaTime.Instant.FromDateTimeOffset(from).InZone(zone).Date;
        for (var date = first.PlusDays(-2); date <= first.PlusDays(6); date = date.PlusDays(1))
        {
            foreach (var hours in definition.Week[(int)date.DayOfWeek - 1])
            {
                NodaTime.LocalDateTime At(int seconds) => date.PlusDays(seconds / 86400).AtMidnight().PlusSeconds(seconds % 86400);
                openings.Add(
                    (
                        zone.ResolveLocal(
                                At(hours.Open),
                                NodaTime.TimeZones.Resolvers.CreateMappingResolver(
                                    NodaTime.TimeZones.Resolvers.ReturnEarlier,
                                    NodaTime.TimeZones.Resolvers.ReturnStartOfIntervalAfter
                                )
                            )
                            .ToInstant(),
                        zone.ResolveLocal(
                                At(hours.End),
                                NodaTime.TimeZones.Resolvers.CreateMappingResolver(
                                    NodaTime.TimeZones.Resolvers.ReturnLater,
                                    NodaTime.TimeZones.Resolvers.ReturnStartOfIntervalAfter
                                )
                            )
                            .ToInstant()
                    )
                );
            }
        }

        var count = 0;
        for (var minute = from; minute < to; minute = minute.AddMinutes(1))
        {
            var instant = NodaTime.Instant.FromDateTimeOffset(minute);
            if (openings.Any(opening => opening.Open <= instant && instant < opening.Close))
                count++;
        }

        return count;
    }

    private static DateTimeOffset Instant(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}

public sealed class SlaEngineTests
{
    private static readonly IReadOnlyDictionary<string, BusinessCalendar> ByName = new Dictionary<string, BusinessCalendar>
    {
        ["BER"] = Calendars.Ber,
        ["NY"] = Calendars.Named("NY"),
        ["none"] = Calendars.Never,
    };

    private static SlaPolicy Policy(ReopenRule reopen = ReopenRule.Resume, params (SlaMetric Metric, int Minutes)[] targets) =>
        new()
        {
            Calendar = "BER",
            Reopen = reopen,
            Targets =
            [
                .. (
                    targets.Length > 0
                        ? targets
                        :
                        [
                            (SlaMetric.FirstReply, 60),
                            (SlaMetric.NextReply, 120),
                            (SlaMetric.PeriodicUpdate, 240),
                            (SlaMetric.AgentWork, 240),
                            (SlaMetric.RequesterWait, 240),
                            (SlaMetric.Resolution, 480),
                        ]
                ).Select(target => new SlaTarget(target.Metric, TicketPriority.Normal, TimeSpan.FromMinutes(target.Minutes))),
                new(SlaMetric.Resolution, TicketPriority.Urgent, TimeSpan.FromMinutes(60)),
            ],
        };

    private static DateTimeOffset At(string text) =>
        DateTimeOffset.Parse(text.Contains('T', StringComparison.Ordinal) ? $"2026-{text}Z" : $"2026-03-10T{text}Z", CultureInfo.InvariantCulture);

    private static SlaEvent Opened(string at, TicketPriority priority = TicketPriority.Normal, ActorKind by = ActorKind.Requester) =>
        new SlaTicketOpened(At(at), null, null, by, priority);

    private static SlaEvent Said(string at, ActorKind by, CommentVisibility visibility = CommentVisibility.Public) =>
        new SlaCommentAdded(At(at), null, null, by, visibility);

    private static SlaEvent Status(string at, TicketStatus to) => new SlaStatusChanged(At(at), null, null, to);

    private static SlaEvent Priority(string at, TicketPriority to) => new SlaPriorityChanged(At(at), null, null, to);

    private static SlaTargetState Target(SlaMetric metric, string now, SlaPolicy policy, params SlaEvent[] events) =>
        SlaEngine.Evaluate(events, policy, ByName, At(now)).Targets.Last(target => target.Metric == metric);

    [Theory]
    [InlineData("09:45", SlaState.Met, 45 * 60)]
    [InlineData("10:00", SlaState.Met, 3600)]
    [InlineData("10:00:01", SlaState.Breached, 3601)]
    public void First_reply_is_an_agents_public_comment_and_nothing_else(string reply, SlaState state, int elapsed)
    {
        var target = Target(
            SlaMetric.FirstReply,
            "12:00",
            Policy(),
            Opened("09:00"),
            Said("09:00:05", ActorKind.Bot),
            Said("09:00:06", ActorKind.System),
            Said("09:20", ActorKind.Agent, CommentVisibility.Internal),
            Said(reply, ActorKind.Agent)
        );
        Assert.Equal((state, At("10:00"), TimeSpan.FromSeconds(elapsed)), (target.State, target.DueAt, target.Elapsed));
        Assert.Equal(state == SlaState.Breached ? At("10:00") : null, target.BreachedAt);
    }

    [Fact]
    public void Next_reply_counts_from_the_oldest_unanswered_comment_and_is_frozen_by_resolution()
    {
        SlaEvent[] events =
        [
            Opened("09:00"),
            Said("09:10", ActorKind.Requester),
            Said("09:50", ActorKind.Requester),
            Said("10:30", ActorKind.Agent),
            Said("10:40", ActorKind.Requester),
            Said("10:50", ActorKind.Requester),
        ];
        var running = Target(SlaMetric.NextReply, "11:00", Policy(), events);
        Assert.Equal((SlaState.Running, At("10:40"), At("12:40")), (running.State, running.StartedAt, running.DueAt));
        var frozen = Target(SlaMetric.NextReply, "15:00", Policy(), [.. events, Status("11:30", TicketStatus.Resolved)]);
        Assert.Equal((SlaState.Met, At("11:30")), (frozen.State, frozen.StoppedAt));
    }

    [Fact]
    public void Waiting_for_the_requester_pauses_agent_work_and_not_resolution()
    {
        SlaEvent[] events = [Opened("08:00"), Status("09:00", TicketStatus.Pending), Status("10:00", TicketStatus.Open)];
        Assert.Equal(At("13:00"), Target(SlaMetric.AgentWork, "11:00", Policy(), events).DueAt);
        Assert.Equal(At("12:00"), Target(SlaMetric.Resolution, "11:00", Policy(ReopenRule.Resume, (SlaMetric.Resolution, 240)), events).DueAt);
        var paused = Target(SlaMetric.AgentWork, "09:30", Policy(), events[..2]);
        Assert.Equal((SlaState.Paused, null), (paused.State, paused.DueAt));
    }

    [Fact]
    public void A_breach_stays_when_the_ticket_is_paused_afterwards_or_at_that_very_instant()
    {
        var target = Target(SlaMetric.AgentWork, "14:00", Policy(), Opened("08:00"), Status("12:30", TicketStatus.Pending));
        Assert.Equal((SlaState.Breached, At("12:00")), (target.State, target.BreachedAt));
        Assert.Equal(SlaState.Breached, Target(SlaMetric.AgentWork, "14:00", Policy(), Opened("08:00"), Status("12:00", TicketStatus.Pending)).State);
        Assert.Equal(SlaState.Met, Target(SlaMetric.AgentWork, "14:00", Policy(), Opened("08:00"), Status("12:00", TicketStatus.Resolved)).State);
    }

    [Fact]
    public void A_new_priority_keeps_the_time_already_used()
    {
        var raised = Target(SlaMetric.Resolution, "11:00", Policy(), Opened("09:00"), Priority("11:00", TicketPriority.Urgent));
        Assert.Equal(
            (SlaState.Breached, At("10:00"), At("11:00"), "policy-change", TimeSpan.FromMinutes(120)),
            (raised.State, raised.DueAt, raised.BreachedAt, raised.Cause, raised.Elapsed)
        );
        var lowered = Target(SlaMetric.Resolution, "11:00", Policy(), Opened("09:00", TicketPriority.Urgent), Priority("10:30", TicketPriority.Normal));
        Assert.Equal((SlaState.Running, At("03-11T09:00:00"), At("10:00"), true), (lowered.State, lowered.DueAt, lowered.BreachedAt, lowered.EverBreached));
    }

    [Theory]
    [InlineData(ReopenRule.Resume, 1, "03-11T11:00:00")]
    [InlineData(ReopenRule.NewCycle, 2, "03-11T13:00:00")]
    [InlineData(ReopenRule.Total, 1, "16:00")]
    public void Reopening_follows_the_policy(ReopenRule rule, int cycle, string due)
    {
        var events = new[] { Opened("08:00"), Status("10:00", TicketStatus.Resolved), new SlaTicketReopened(At("13:00"), null, null) };
        var status = SlaEngine.Evaluate(events, Policy(rule), ByName, At("13:30"));
        var target = status.Targets.Last(one => one.Metric == SlaMetric.Resolution);
        Assert.Equal((cycle, SlaState.Running, At(due)), (target.Cycle, target.State, target.DueAt));
        if (cycle == 2)
            Assert.Equal(SlaState.Met, status.Targets.First(one => one.Metric == SlaMetric.Resolution).State);
    }

    [Fact]
    public void Steps_fall_due_in_business_time_and_respect_a_tier_that_was_reached_by_hand()
    {
        var policy = Policy(ReopenRule.Resume, (SlaMetric.Resolution, 240)) with
        {
            Steps =
            [
                new(SlaMetric.Resolution, 75, SlaAction.Warn, null),
                new(SlaMetric.Resolution, 100, SlaAction.Notify, null),
                new(SlaMetric.Resolution, 150, SlaAction.Escalate, 2),
                new(SlaMetric.Resolution, 200, SlaAction.Escalate, 3),
            ],
        };
        var opened = Opened("03-13T14:00:00");
        var steps = SlaEngine.Evaluate([opened], policy, ByName, At("03-16T20:00:00")).Steps;
        Assert.Equal([At("03-16T09:00:00"), At("03-16T10:00:00"), At("03-16T12:00:00"), At("03-16T14:00:00")], steps.Select(step => step.DueAt!.Value));
        Assert.All(steps, step => Assert.Equal(step.DueAt, step.FiredAt));
        var moved = SlaEngine
            .Evaluate([opened, new SlaTierChanged(At("03-16T11:00:00"), null, null, 2, ActorKind.Agent)], policy, ByName, At("03-16T20:00:00"))
            .Steps;
        Assert.Equal([true, true, false, true], moved.Select(step => step.FiredAt is not null));
    }

    [Fact]
    public void Periodic_update_begins_with_the_first_reply() =>
        Assert.Equal(
            At("12:00"),
            SlaEngine
                .Evaluate([Opened("08:00")], Policy(ReopenRule.Resume, (SlaMetric.FirstReply, 240), (SlaMetric.PeriodicUpdate, 60)), ByName, At("08:30"))
                .NextWakeAt
        );

    [Fact]
    public void Each_stretch_is_measured_with_the_calendar_in_force_and_none_without_hours()
    {
        // 15:00–16:00Z in Berlin, then New York's afternoon until 21:00Z.
        var target = Target(
            SlaMetric.Resolution,
            "18:00",
            Policy(ReopenRule.Resume, (SlaMetric.Resolution, 240)),
            Opened("15:00"),
            new SlaCalendarChanged(At("16:30"), null, null, "NY")
        );
        Assert.Equal(At("19:30"), target.DueAt);
        var never = SlaEngine.Evaluate([Opened("15:00")], Policy() with { Calendar = "none" }, ByName, At("18:00"));
        Assert.All(never.Targets, one => Assert.Equal((null, "no-hours", SlaState.Running), (one.DueAt, one.Cause, one.State)));
        Assert.Null(never.NextWakeAt);
    }

    [Fact]
    public void A_merge_hands_on_the_oldest_unanswered_comment_and_ends_the_source_uncounted()
    {
        var target = Target(
            SlaMetric.NextReply,
            "11:00",
            Policy(),
            Opened("08:00"),
            Said("08:30", ActorKind.Agent),
            Said("10:30", ActorKind.Requester),
            new SlaTicketMerged(At("10:45"), null, null, At("09:00"), false)
        );
        Assert.Equal((At("09:00"), At("11:00")), (target.StartedAt, target.DueAt));
        Assert.Equal(
            SlaState.Cancelled,
            Target(SlaMetric.Resolution, "18:00", Policy(), Opened("08:00"), new SlaTicketMerged(At("09:00"), null, null, null, true)).State
        );
    }

    /// <summary>Resolution 480 minutes from 08:00 in Berlin is due 16:00; the ticket is resolved before, and reopened.</summary>
    [Theory]
    [InlineData("10:00", "16:30", "17:00", "16:30")] // over time because of the reopening
    [InlineData("16:00", "16:30", "17:00", "16:30")] // met at the very due time
    [InlineData("10:00", "16:00", "17:00", "16:00")] // reopened at the very due time
    [InlineData("10:00", "13:00", "17:00", "16:00")] // reopened in time, and broken later
    [InlineData("10:00", "13:00", "15:00", null)] // reopened in time, and not broken yet
    [InlineData("16:30", "17:30", "18:00", "16:00")] // broken before it was resolved
    public void What_was_met_when_it_was_resolved_is_broken_by_the_reopening_and_not_before(string resolved, string reopened, string now, string? breached)
    {
        var target = Target(
            SlaMetric.Resolution,
            now,
            Policy(ReopenRule.Total, (SlaMetric.Resolution, 480)),
            Opened("08:00"),
            Status(resolved, TicketStatus.Resolved),
            new SlaTicketReopened(At(reopened), null, null)
        );
        Assert.Equal((At("16:00"), breached is null ? null : At(breached)), (target.DueAt, target.BreachedAt));
        Assert.Equal(breached is null ? SlaState.Running : SlaState.Breached, target.State);
        Assert.Equal((breached is not null, null), (target.EverBreached, target.Cause));
    }

    [Fact]
    public void A_reopening_that_breaks_a_promise_fires_its_steps_then_and_wakes_at_once()
    {
        var policy = Policy(ReopenRule.Total, (SlaMetric.Resolution, 480)) with
        {
            Steps =
            [
                new(SlaMetric.Resolution, 75, SlaAction.Warn, null),
                new(SlaMetric.Resolution, 100, SlaAction.Escalate, 2),
                new(SlaMetric.Resolution, 150, SlaAction.Notify, null),
            ],
        };
        SlaEvent[] events = [Opened("08:00"), Status("15:00", TicketStatus.Resolved), new SlaTicketReopened(At("16:30"), null, null)];
        var steps = SlaEngine.Evaluate(events, policy, ByName, At("16:30")).Steps;
        Assert.Equal([At("14:00"), At("16:30"), null], steps.Select(step => step.FiredAt));
        Assert.Equal([At("14:00"), At("16:00")], steps.Take(2).Select(step => step.DueAt!.Value));
    }

    [Fact]
    public void Reopened_twice_it_is_broken_by_the_reopening_after_the_due_time()
    {
        SlaEvent[] events =
        [
            Opened("08:00"),
            Status("10:00", TicketStatus.Resolved),
            new SlaTicketReopened(At("11:00"), null, null),
            Status("12:00", TicketStatus.Resolved),
            new SlaTicketReopened(At("03-11T09:00:00"), null, null),
            Status("03-11T10:00:00", TicketStatus.Resolved),
        ];
        var target = Target(SlaMetric.Resolution, "03-12T08:00:00", Policy(ReopenRule.Total, (SlaMetric.Resolution, 480)), events);
        Assert.Equal(
            (SlaState.Breached, At("16:00"), At("03-11T09:00:00"), At("03-11T10:00:00")),
            (target.State, target.DueAt!.Value, target.BreachedAt!.Value, target.StoppedAt!.Value)
        );
        // Going on where it stood, there is time left: nothing is broken.
        Assert.Null(Target(SlaMetric.Resolution, "03-12T08:00:00", Policy(ReopenRule.Resume, (SlaMetric.Resolution, 480)), events).BreachedAt);
    }

    [Fact]
    public void A_longer_promise_at_the_reopening_undoes_the_one_that_would_be_over()
    {
        var target = Target(
            SlaMetric.Resolution,
            "16:45",
            Policy(ReopenRule.Total) with
            {
                Targets =
                [
                    new(SlaMetric.Resolution, TicketPriority.Normal, TimeSpan.FromMinutes(480)),
                    new(SlaMetric.Resolution, TicketPriority.Low, TimeSpan.FromMinutes(600)),
                ],
            },
            Opened("08:00"),
            Status("10:00", TicketStatus.Resolved),
            new SlaPriorityChanged(At("12:00"), null, null, TicketPriority.Low),
            new SlaTicketReopened(At("16:30"), null, null)
        );
        Assert.Equal((SlaState.Running, null), (target.State, target.BreachedAt));
    }

    [Fact]
    public void An_undone_merge_goes_on_where_the_clocks_stood_and_gives_back_what_it_handed_on()
    {
        var source = Target(
            SlaMetric.Resolution,
            "12:00",
            Policy(),
            Opened("08:00"),
            new SlaTicketMerged(At("09:00"), null, "2", null, true),
            new SlaTicketUnmerged(At("10:00"), null, "3", At("09:00"))
        );
        Assert.Equal((SlaState.Running, TimeSpan.FromHours(3)), (source.State, source.Elapsed));
        SlaEvent[] target =
        [
            Opened("08:00"),
            Said("08:30", ActorKind.Agent),
            Said("10:30", ActorKind.Requester),
            new SlaTicketMerged(At("10:45"), null, "4", At("09:00"), false),
        ];
        var own = Target(SlaMetric.NextReply, "11:00", Policy(), [.. target, new SlaCommentsLeft(At("10:50"), null, "5", At("10:30"))]);
        Assert.Equal((At("10:30"), At("12:30"), SlaState.Running), (own.StartedAt, own.DueAt, own.State));
        var none = Target(SlaMetric.NextReply, "11:00", Policy(), [.. target, new SlaCommentsLeft(At("10:50"), null, "5", null)]);
        Assert.Equal(SlaState.Cancelled, none.State);
    }

    /// <summary>A timeline from small numbers.</summary>
    private static List<SlaEvent> Timeline(IEnumerable<(int What, int Minute)> parts) =>
        [
            Opened("08:00"),
            .. parts.Select(part =>
                (SlaEvent)(
                    (part.What % 8) switch
                    {
                        0 => new SlaCommentAdded(At("08:00").AddMinutes(part.Minute), null, null, ActorKind.Agent, CommentVisibility.Public),
                        1 => new SlaCommentAdded(At("08:00").AddMinutes(part.Minute), null, null, ActorKind.Requester, CommentVisibility.Public),
                        2 => new SlaStatusChanged(At("08:00").AddMinutes(part.Minute), null, null, TicketStatus.Pending),
                        3 => new SlaStatusChanged(At("08:00").AddMinutes(part.Minute), null, null, TicketStatus.Open),
                        4 => new SlaStatusChanged(At("08:00").AddMinutes(part.Minute), null, null, TicketStatus.Resolved),
                        5 => new SlaPriorityChanged(
                            At("08:00").AddMinutes(part.Minute),
                            null,
                            null,
                            part.Minute % 2 == 0 ? TicketPriority.Urgent : TicketPriority.Normal
                        ),
                        6 => new SlaCalendarChanged(At("08:00").AddMinutes(part.Minute), null, null, part.Minute % 2 == 0 ? "NY" : "BER"),
                        _ => new SlaTicketReopened(At("08:00").AddMinutes(part.Minute), null, null),
                    }
                )
            ),
        ];

    private static void ForAnyTimeline(Action<List<SlaEvent>, SlaPolicy> check)
    {
        var parts = Gen.Choose(0, 7).SelectMany(what => Gen.Choose(0, 4000).Select(minute => (what, minute))).ListOf();
        Prop.ForAll(
                Arb.From(parts.SelectMany(list => Gen.Choose(0, 2).Select(rule => (list, rule)))),
                one => check(Timeline(one.list), Policy((ReopenRule)one.rule))
            )
            .QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Any_timeline_delivered_twice_and_shuffled_gives_the_same_answer_byte_for_byte() =>
        ForAnyTimeline(
            (events, policy) =>
            {
                string Answer(IEnumerable<SlaEvent> some) => JsonSerializer.Serialize(SlaEngine.Evaluate(some, policy, ByName, At("03-12T12:00:00")));
                var shuffled = events.Concat(events).OrderBy(happened => happened.GetHashCode()).Reverse().ToList();
                Assert.Equal(Answer(events), Answer(shuffled));
            }
        );

    [Fact]
    public void Counted_closed_and_paused_time_make_up_all_the_time_there_was() =>
        ForAnyTimeline(
            (events, policy) =>
            {
                var now = At("03-12T12:00:00");
                Assert.All(
                    SlaEngine.Evaluate(events, policy, ByName, now).Targets,
                    target =>
                    {
                        var sum = target.Intervals.Aggregate(TimeSpan.Zero, (total, stretch) => total + (stretch.To - stretch.From));
                        var end = target.StoppedAt ?? (target.Intervals.Count > 0 ? target.Intervals[^1].To : target.StartedAt);
                        Assert.Equal(end - target.StartedAt, sum);
                        Assert.Equal(
                            target.Elapsed,
                            target
                                .Intervals.Where(stretch => stretch.Kind == StretchKind.Counted)
                                .Aggregate(TimeSpan.Zero, (total, stretch) => total + (stretch.To - stretch.From))
                        );
                        Assert.True(target.Intervals.Zip(target.Intervals.Skip(1)).All(pair => pair.First.To == pair.Second.From));
                    }
                );
            }
        );

    [Fact]
    public void A_longer_promise_is_never_due_earlier_and_a_pause_of_no_length_changes_nothing() =>
        ForAnyTimeline(
            (events, policy) =>
            {
                var now = At("03-12T12:00:00");
                var longer = policy with { Targets = [.. policy.Targets.Select(target => target with { Within = target.Within + TimeSpan.FromMinutes(7) })] };
                foreach (
                    var (one, other) in SlaEngine.Evaluate(events, policy, ByName, now).Targets.Zip(SlaEngine.Evaluate(events, longer, ByName, now).Targets)
                )
                    Assert.True(one.DueAt is null || other.DueAt is null || one.DueAt < other.DueAt);
            }
        );

    [Fact]
    public void Splitting_an_interval_by_a_pause_of_no_length_changes_nothing()
    {
        SlaEvent[] plain = [Opened("08:00"), Said("08:30", ActorKind.Agent)];
        SlaEvent[] split = [.. plain, Status("09:00", TicketStatus.Pending), Status("09:00", TicketStatus.Open)];
        Assert.Equal(
            JsonSerializer.Serialize(SlaEngine.Evaluate(plain, Policy(), ByName, At("11:00"))),
            JsonSerializer.Serialize(SlaEngine.Evaluate(split, Policy(), ByName, At("11:00")))
        );
    }
}
