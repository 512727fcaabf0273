using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Helpdesk.Closing;
using Helpdesk.Sla;
using Helpdesk.Tests.Tickets;
using Helpdesk.Tickets;

namespace Helpdesk.Tests.Sla;

/// <summary>What a ticket keeps of its promises is what its events say, however it came about.</summary>
public sealed class TicketSlaTests
{
    private static readonly PolicySetting Fast = StandardSla.Policy with
    {
        Id = "fast",
        Policy = new()
        {
            Calendar = "always",
            Targets =
            [
                new(SlaMetric.FirstReply, null, TimeSpan.FromMinutes(30)),
                new(SlaMetric.NextReply, TicketPriority.Urgent, TimeSpan.FromMinutes(20)),
                new(SlaMetric.Resolution, null, TimeSpan.FromHours(2)),
                new(SlaMetric.AgentWork, TicketPriority.High, TimeSpan.FromMinutes(50)),
                new(SlaMetric.PeriodicUpdate, null, TimeSpan.FromMinutes(45)),
            ],
            Steps =
            [
                new(SlaMetric.Resolution, 50, SlaAction.Warn, null),
                new(SlaMetric.Resolution, 100, SlaAction.Escalate, 2),
                new(SlaMetric.Resolution, 110, SlaAction.RaisePriority, null),
                new(SlaMetric.FirstReply, 100, SlaAction.Notify, null) { RepeatEvery = TimeSpan.FromMinutes(15) },
                new(SlaMetric.NextReply, 80, SlaAction.Warn, null),
            ],
        },
    };

    private static readonly PolicySetting FastTotal = Fast with { Version = 2, Policy = Fast.Policy with { Reopen = ReopenRule.Total } };

    private static readonly PolicySetting FastCycles = Fast with { Version = 3, Policy = Fast.Policy with { Reopen = ReopenRule.NewCycle } };

    private static readonly SlaPin Pin = new("fast", 1, "always@1");

    private static readonly SlaBook Book = new(
        pin =>
            pin.Version switch
            {
                2 => FastTotal,
                3 => FastCycles,
                _ => Fast,
            },
        _ => Calendars.Named("247")
    );

    private static TicketChange Open(int version = 1)
    {
        var change = Desk.Open(Desk.Draft() with { Group = Desk.FirstLine });
        TicketEvent first = change.Events[0] with { Fact = (TicketOpened)change.Events[0].Fact with { Sla = Pin with { Version = version } } };
        var ticket = change.Ticket with { Pin = Pin with { Version = version } };
        return change with { Ticket = ticket with { Sla = TicketSlaRules.Begin(ticket, [first], Book) }, Events = [first] };
    }

    private static TicketChange CatchUp(Ticket ticket, DateTimeOffset now, bool before = false) =>
        TicketSlaRules.CatchUp(ticket, Book, [Desk.SecondLine, Desk.ThirdLine], _ => null, now, before);

    /// <summary>A change as the store makes it: what was due before it first, then the change, then what follows for the clocks.</summary>
    private static TicketChange Change(Ticket ticket, DateTimeOffset now, Func<Ticket, TicketChange> rule)
    {
        var due = CatchUp(ticket, now, before: true);
        var change = rule(due.Ticket);
        List<TicketEvent> events = [.. due.Events, .. change.Events];
        return change with
        {
            Ticket = change.Ticket with { Sla = TicketSlaRules.Follow(change.Ticket.Sla, ticket.Pin, change.Ticket, events, Book) },
            Events = events,
        };
    }

    private static TicketChange? Try(Ticket ticket, (int What, int Choice) command, DateTimeOffset now)
    {
        try
        {
            return (command.What % 9) switch
            {
                0 => Change(ticket, now, it => TicketRules.Comment(it, "words", CommentVisibility.Public, Desk.Agent, now)),
                1 => Change(ticket, now, it => TicketRules.Comment(it, "words", CommentVisibility.Public, Desk.Requester, now)),
                2 => Change(ticket, now, it => TicketRules.Resolve(it, "Done", Desk.Agent, now)),
                3 => Change(ticket, now, it => TicketRules.Reopen(it, Desk.Agent, now)),
                4 => Change(
                    ticket,
                    now,
                    it =>
                        TicketRules.Patch(it, new TicketPatch { Status = command.Choice % 2 == 0 ? TicketStatus.Pending : TicketStatus.Open }, Desk.Agent, now)
                ),
                5 => Change(ticket, now, it => TicketRules.Patch(it, new TicketPatch { Priority = (TicketPriority)(command.Choice % 4) }, Desk.Agent, now)),
                6 => Change(ticket, now, it => TicketRules.Escalate(it, null, "why", [Desk.SecondLine, Desk.ThirdLine], Desk.Agent, now)),
                7 => Change(ticket, now, it => TicketRules.Acknowledge(it, Desk.Agent, now)),
                _ => CatchUp(ticket, now),
            };
        }
        catch (HelpdeskRuleException)
        {
            return null;
        }
    }

    private static void ForAnyLife(Action<Ticket, List<TicketEvent>, DateTimeOffset> check)
    {
        var command = Gen.Choose(0, 8).SelectMany(what => Gen.Choose(0, 7).SelectMany(choice => Gen.Choose(0, 40).Select(minutes => (what, choice, minutes))));
        Prop.ForAll(
                Arb.From(command.ListOf().SelectMany(commands => Gen.Choose(1, 3).Select(version => (commands, version)))),
                life =>
                {
                    var opened = Open(life.version);
                    var (ticket, events, now) = (opened.Ticket, opened.Events.ToList(), Desk.Nine);
                    foreach (var (what, choice, minutes) in life.commands)
                    {
                        now = now.AddMinutes(minutes).AddSeconds(choice);
                        if (Try(ticket, (what, choice), now) is { } done)
                        {
                            ticket = done.Ticket;
                            events.AddRange(done.Events);
                        }
                    }

                    check(ticket, events, now.AddMinutes(1));
                }
            )
            .QuickCheckThrowOnFailure();
    }

    [Fact]
    public void What_is_kept_with_a_ticket_is_what_its_events_say_from_the_first_on() =>
        ForAnyLife(
            (ticket, events, now) =>
            {
                var (run, replayed) = TicketSlaRules.Replay(events, ticket, Book)!.Value;
                var kept = ticket.Sla!;
                Assert.Equal(JsonSerializer.Serialize(replayed.Run), JsonSerializer.Serialize(kept.Run));
                Assert.Equal((replayed.Health, replayed.DueAt, replayed.NextWakeAt, replayed.AsOf), (kept.Health, kept.DueAt, kept.NextWakeAt, kept.AsOf));
                Assert.Equal(replayed.Recorded, kept.Recorded);
                // And what is explained years later agrees with what was shown then, of each metric's newest cycle.
                var shown = TicketSlaRules.StatusOf(ticket, Book, now)!;
                var newest = run.State().Clocks.Select(clock => (clock.Metric, clock.Cycle)).ToHashSet();
                var explained = run.At(now).Targets.Where(target => newest.Contains((target.Metric, target.Cycle)));
                Assert.Equal(explained.Select(target => JsonSerializer.Serialize(target)), shown.Targets.Select(target => JsonSerializer.Serialize(target)));
                Assert.Equal(run.At(now).NextWakeAt, shown.NextWakeAt);
            }
        );

    [Fact]
    public void Catching_up_twice_records_nothing_twice_and_leaves_nothing_to_record() =>
        ForAnyLife(
            (ticket, events, now) =>
            {
                var once = CatchUp(ticket, now);
                Assert.Empty(CatchUp(once.Ticket, now).Events);
                var all = events.Concat(once.Events).ToList();
                var steps = all.Select(happened => happened.Fact)
                    .OfType<SlaStepFired>()
                    .Select(fired => (fired.Metric, fired.Cycle, fired.At, fired.Do, fired.Repetition))
                    .ToList();
                Assert.Equal(steps.Count, steps.Distinct().Count());
                var breaches = all.Select(happened => happened.Fact).OfType<SlaBreached>().Select(breached => (breached.Metric, breached.Cycle)).ToList();
                Assert.Equal(breaches.Count, breaches.Distinct().Count());
                // Whoever asks when to come again is never sent back to the past.
                Assert.True(TicketSlaRules.NextWake(once.Ticket, Book, now) is not { } wake || wake > now.AddSeconds(-1));
                // Nothing is on record before it was due, and tiers only rise.
                Assert.All(
                    all.Select(happened => (happened.At, Fired: happened.Fact as SlaStepFired)).Where(one => one.Fired is not null),
                    one => Assert.True(one.Fired!.DueAt <= one.At)
                );
                Assert.All(
                    all.Where(happened => happened.By.Kind == ActorKind.System).Select(happened => happened.Fact).OfType<TierChanged>(),
                    moved => Assert.True(moved.To > moved.From)
                );
            }
        );

    /// <summary>Between recording what was due and asking what comes next, time goes on.</summary>
    [Fact]
    public void Who_asks_when_to_come_again_after_something_fell_due_is_told_to_come_at_once() =>
        ForAnyLife(
            (ticket, _, now) =>
            {
                var once = CatchUp(ticket, now).Ticket;
                if (TicketSlaRules.NextWake(once, Book, now) is not { } due)
                    return;
                foreach (var later in new[] { due, due.AddMilliseconds(1), due.AddDays(2) })
                {
                    if (CatchUp(once, later).Events.Count > 0)
                        Assert.True(TicketSlaRules.NextWake(once, Book, later) <= later, $"What fell due at {due} is forgotten by who asks at {later}.");
                }
            }
        );

    [Fact]
    public void A_watch_that_wakes_when_it_was_told_is_never_late() =>
        ForAnyLife(
            (ticket, _, _) =>
            {
                // Whenever there is something to wake for, the watch has been told of it or of something earlier.
                if (ticket.Sla!.NextWakeAt is { } wake)
                    Assert.True(ticket.Sla.ArmedAt <= wake);
            }
        );

    [Fact]
    public void Conditions_fit_by_every_field_and_any_value()
    {
        var ticket = Desk.NewTicket() with { Tags = ["vip"], Group = "first-line", Type = "question" };
        Assert.True(Fit(new()));
        Assert.True(
            Fit(
                new()
                {
                    Tags = ["x", "vip"],
                    Groups = ["first-line"],
                    Priorities = [TicketPriority.Normal],
                    RequesterDomains = ["EXAMPLE.com"],
                    Types = ["question"],
                }
            )
        );
        Assert.False(Fit(new() { Tags = ["vip"], Priorities = [TicketPriority.Urgent] }));
        Assert.False(Fit(new() { RequesterDomains = ["ample.com"] }));
        Assert.False(Fit(new() { Types = ["incident"] }));

        bool Fit(SlaConditions conditions) => (StandardSla.Policy with { Conditions = conditions }).IsFor(ticket);
    }

    [Fact]
    public void A_policy_of_no_position_comes_before_a_later_one_and_one_that_is_not_active_never()
    {
        var ticket = Desk.NewTicket();
        PolicySetting Policy(string id, int position, bool active = true) => Fast with { Id = id, Position = position, Active = active };
        string? Chosen(params PolicySetting[] policies) => TicketSlaRules.Choose(ticket, policies, null, id => StandardSla.Calendar with { Id = id })?.Policy;
        Assert.Equal("b", Chosen(Policy("a", 2), Policy("b", 1), Policy("c", 1), Policy("d", 0, active: false)));
        Assert.Null(Chosen(Policy("a", 1, active: false)));
        Assert.Equal(
            "office@1",
            TicketSlaRules.Choose(ticket, [Fast], Desk.FirstLine with { Calendar = "office" }, id => StandardSla.Calendar with { Id = id })?.Calendar
        );
    }

    [Fact]
    public void Quiet_tickets_are_closed_and_reminded_of_by_the_setting_alone()
    {
        var (setting, off) = (
            new ClosingSetting { RemindPendingAfter = TimeSpan.FromDays(2), ClosePendingAfter = TimeSpan.FromDays(5) },
            new ClosingSetting { CloseResolvedAfter = null }
        );
        var (pending, resolved) = (Desk.TicketThatIs(TicketStatus.Pending), Desk.TicketThatIs(TicketStatus.Resolved));
        Assert.Equal(
            (pending.PendingSince!.Value.AddDays(2), resolved.ResolvedAt!.Value.AddDays(7), null, null),
            (
                ClosingRules.NextAt(pending, setting),
                ClosingRules.NextAt(resolved, setting),
                ClosingRules.NextAt(pending, off),
                ClosingRules.NextAt(resolved, off)
            )
        );
        Assert.Empty(ClosingRules.Act(pending, setting, Desk.Nine.AddDays(1)).Events);
        var reminded = ClosingRules.Act(pending, setting, Desk.Nine.AddDays(3));
        Assert.Equal((TicketStatus.Pending, ActorKind.System), (reminded.Ticket.Status, reminded.Comment!.By));
        Assert.Equal(pending.PendingSince.Value.AddDays(5), ClosingRules.NextAt(reminded.Ticket, setting));
        Assert.Equal(TicketStatus.Closed, ClosingRules.Act(reminded.Ticket, setting, Desk.Nine.AddDays(6)).Ticket.Status);
        Assert.Equal(TicketStatus.Closed, ClosingRules.Act(resolved, setting, Desk.Nine.AddDays(8)).Ticket.Status);
        Assert.Empty(ClosingRules.Act(Desk.TicketThatIs(TicketStatus.Open), setting, Desk.Nine.AddDays(80)).Events);
    }
}
