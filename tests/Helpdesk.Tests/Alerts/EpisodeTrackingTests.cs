using FsCheck;
using FsCheck.Fluent;
using Helpdesk.Alerts;

namespace Helpdesk.Tests.Alerts;

public sealed class EpisodeTrackingTests
{
    private static readonly DateTimeOffset T0 = new(2026, 3, 10, 9, 0, 0, TimeSpan.Zero);
    private static readonly EpisodeRules Rules = EpisodeRules.Standard with { FlapChanges = 0 };

    private static DateTimeOffset At(int minute) => T0.AddMinutes(minute);

    private static AlertReport Firing(int? started = null) => Report(AlertState.Firing, started, null);

    private static AlertReport Resolved(int? started = null, int? ended = null) => Report(AlertState.Resolved, started, ended);

    private static AlertReport Report(AlertState state, int? started, int? ended) =>
        new()
        {
            Key = "disk",
            State = state,
            Subject = "Disk full",
            StartedAt = started is { } from ? At(from) : null,
            EndedAt = ended is { } to ? At(to) : null,
        };

    /// <summary>Takes reports as they come, each heard of at a minute; episodes that need a ticket get one.</summary>
    private static EpisodeHistory Take(EpisodeRules rules, params (int Heard, AlertReport Report)[] reports)
    {
        var history = new EpisodeHistory { Source = "prometheus", Key = "disk" };
        foreach (var (heard, report) in reports)
            history = Take(history, rules, heard, report).History;
        return history;
    }

    private static EpisodeStep Take(EpisodeHistory history, EpisodeRules rules, int heard, AlertReport report)
    {
        var step = EpisodeTracking.Take(history, report, rules, At(heard), At(heard));
        return step.NeedsPlace
            ? step with
            {
                History = EpisodeTracking.Put(step.History, step.Sequence!.Value, new("7-a", 7, EpisodeJoin.Opened, At(heard))),
            }
            : step;
    }

    private static string Shown(EpisodeHistory history) =>
        string.Join(
            ' ',
            history.Episodes.Select(one => $"{(one.FirstAt - T0).TotalMinutes}-{(one.End is { } end ? $"{(end.At - T0).TotalMinutes}" : "")}x{one.Count}")
        );

    private static string Owed(EpisodeHistory history) => string.Join(' ', history.Owed.Select(effect => $"{effect.Kind}{effect.Sequence}"));

    [Fact]
    public void What_fires_begins_once_and_is_counted_until_it_is_over()
    {
        var history = Take(Rules, (1, Firing()), (2, Firing()), (3, Firing()), (5, Resolved()));
        Assert.Equal("1-5x3", Shown(history));
        Assert.Equal("Place1 Over1", Owed(history));
    }

    [Fact]
    public void A_repeat_owes_the_ticket_nothing()
    {
        var history = EpisodeTracking.Done(Take(Rules, (1, Firing())), [1]);
        Assert.Empty(Take(history, Rules, 2, Firing()).History.Owed);
    }

    [Fact]
    public void An_end_that_is_said_again_changes_nothing()
    {
        var history = Take(Rules, (1, Firing(1)), (5, Resolved(1, 4)));
        var again = Take(history, Rules, 9, Resolved(1, 4));
        Assert.Equal(EpisodeOutcome.EndedBefore, again.Outcome);
        Assert.Equal(history.Owed, again.History.Owed);
        Assert.Equal("1-4x1", Shown(again.History));
    }

    [Fact]
    public void An_end_before_its_beginning_is_kept_and_the_episode_needs_no_ticket()
    {
        var history = Take(Rules, (5, Resolved(1, 4)));
        Assert.Empty(history.Episodes);
        var step = Take(history, Rules, 6, Firing(1));
        Assert.Equal((EpisodeOutcome.OverAtOnce, false), (step.Outcome, step.NeedsPlace));
        Assert.Equal("1-4x1", Shown(step.History));
        Assert.Empty(step.History.Early);
        Assert.Empty(step.History.Owed);
    }

    [Fact]
    public void An_end_before_its_beginning_is_forgotten_after_a_while()
    {
        var history = Take(Rules, (5, Resolved(1, 4)), (16, Firing(1)));
        Assert.Equal("1-x1", Shown(history));
        Assert.Equal("Place1", Owed(history));
    }

    [Fact]
    public void A_late_report_of_what_is_over_opens_nothing()
    {
        var history = Take(Rules, (2, Firing(1)), (5, Resolved(1, 4)));
        var late = Take(history, Rules, 6, Firing(1));
        Assert.Equal(EpisodeOutcome.Late, late.Outcome);
        Assert.Equal("1-4x2", Shown(late.History));
        var between = Take(late.History, Rules, 7, Firing(3));
        Assert.Equal("1-4x3", Shown(between.History));
        Assert.Equal(history.Owed, between.History.Owed);
    }

    [Fact]
    public void Without_times_of_the_tool_the_order_in_which_the_desk_heard_counts()
    {
        // Worked in another order than they came in.
        Assert.Equal("1-3x1 5-x1", Shown(Take(Rules, (1, Firing()), (5, Firing()), (3, Resolved()))));
        Assert.Equal("1-3x2", Shown(Take(Rules, (1, Firing()), (3, Resolved()), (2, Firing()))));
        Assert.Equal("1-3x1 5-x1", Shown(Take(Rules, (3, Resolved()), (1, Firing()), (5, Firing()))));
    }

    [Fact]
    public void Of_what_was_heard_of_at_the_same_instant_what_is_taken_first_came_first()
    {
        Assert.Equal("1-1x1 1-x1", Shown(Take(Rules, (1, Firing()), (1, Resolved()), (1, Firing()))));
        // Times of the tool know better.
        Assert.Equal("1-3x2", Shown(Take(Rules, (9, Firing(1)), (9, Resolved(1, 3)), (9, Firing(2)))));
    }

    [Fact]
    public void A_late_end_divides_what_was_taken_for_one_episode()
    {
        var history = Take(Rules, (1, Firing(1)), (10, Firing(9)), (11, Firing(9)), (12, Resolved(1, 5)));
        Assert.Equal("1-5x1 9-x2", Shown(history));
        Assert.Equal("Place1 Place2 Over1", Owed(history));
        Assert.Equal(EpisodeJoin.Divided, history.Open!.Place!.How);
    }

    [Fact]
    public void A_late_end_of_something_earlier_does_not_end_what_fires()
    {
        var history = Take(Rules, (9, Firing(9)), (10, Resolved(1, 5)));
        Assert.Equal("9-x1", Shown(history));
        Assert.NotNull(history.Open);
    }

    [Fact]
    public void A_clock_ahead_puts_nothing_into_the_future()
    {
        var history = Take(Rules, (1, Firing(60)), (2, Resolved(60, 90)), (3, Firing()));
        Assert.Equal("1-2x1 3-x1", Shown(history));
    }

    [Fact]
    public void A_worse_report_raises_the_ticket_once()
    {
        var history = Take(Rules, (1, Firing()));
        history = Take(history, Rules, 2, Firing() with { Priority = Helpdesk.Tickets.TicketPriority.Urgent }).History;
        history = Take(history, Rules, 3, Firing() with { Priority = Helpdesk.Tickets.TicketPriority.Urgent }).History;
        history = Take(history, Rules, 4, Firing() with { Priority = Helpdesk.Tickets.TicketPriority.Low }).History;
        Assert.Equal("Place1 Raise1", Owed(history));
        Assert.Equal(Helpdesk.Tickets.TicketPriority.Urgent, history.Open!.Priority);
    }

    [Fact]
    public void What_flaps_is_held_open_with_one_note_until_it_has_been_quiet()
    {
        var rules = EpisodeRules.Standard with { FlapChanges = 4, FlapWithin = TimeSpan.FromMinutes(30) };
        var history = Take(rules, (1, Firing()), (2, Resolved()), (3, Firing()), (4, Resolved()));
        Assert.Equal("1-2x1 3-x1", Shown(history));
        Assert.Equal("Place1 Over1 Place2 Flaps2", Owed(history));
        Assert.Equal(At(34), EpisodeTracking.DueAt(history, rules));

        history = Take(history, rules, 10, Firing()).History;
        Assert.Null(EpisodeTracking.DueAt(history, rules));
        history = Take(history, rules, 20, Resolved()).History;
        Assert.Equal("Place1 Over1 Place2 Flaps2", Owed(history));
        Assert.Null(EpisodeTracking.Wake(history, rules, At(49)));
        var quiet = EpisodeTracking.Wake(history, rules, At(50))!;
        Assert.Equal("1-2x1 3-20x2", Shown(quiet.History));
        Assert.Equal("Place1 Over1 Place2 Flaps2 Over2", Owed(quiet.History));
        Assert.Null(EpisodeTracking.Wake(quiet.History, rules, At(50)));
        Assert.False(Take(quiet.History, rules, 60, Firing()).History.Open!.Flaps);
    }

    [Fact]
    public void What_flapped_and_then_fired_for_long_ends_at_its_next_end()
    {
        var rules = EpisodeRules.Standard with { FlapChanges = 3, FlapWithin = TimeSpan.FromMinutes(30) };
        var history = Take(rules, (1, Firing()), (2, Resolved()), (3, Firing()));
        Assert.Equal("Place1 Over1 Place2 Flaps2", Owed(history));
        Assert.Equal(EpisodeOutcome.Held, Take(history, rules, 32, Resolved()).Outcome);
        Assert.Equal(EpisodeOutcome.Ended, Take(history, rules, 33, Resolved()).Outcome);
    }

    [Fact]
    public void During_maintenance_an_episode_waits_for_the_end_of_the_window()
    {
        var step = EpisodeTracking.Take(new() { Source = "s", Key = "disk" }, Firing(), Rules, At(1), At(1));
        var muted = EpisodeTracking.Mute(step.History, 1, new("Saturday", At(30)));
        Assert.Equal(At(30), EpisodeTracking.DueAt(muted, Rules));
        Assert.False(EpisodeTracking.Take(muted, Firing(), Rules, At(2), At(2)).NeedsPlace);
        Assert.Null(EpisodeTracking.Wake(muted, Rules, At(29)));
        Assert.True(EpisodeTracking.Wake(muted, Rules, At(30))!.NeedsPlace);
        Assert.True(EpisodeTracking.Take(muted, Firing(), Rules, At(31), At(31)).NeedsPlace);
        var over = EpisodeTracking.Take(muted, Resolved(), Rules, At(3), At(3)).History;
        Assert.Empty(over.Owed);
        Assert.Null(EpisodeTracking.DueAt(over, Rules));
    }

    [Fact]
    public void The_oldest_episodes_make_room()
    {
        var history = Take(
            Rules,
            [.. Enumerable.Range(0, 20).SelectMany(i => new[] { (10 * i, Firing(10 * i)), ((10 * i) + 5, Resolved(10 * i, (10 * i) + 5)) })]
        );
        // Nothing is forgotten that is still to be done.
        Assert.Equal(20, history.Episodes.Count);
        history = EpisodeTracking.Done(history, [.. history.Owed.Select(effect => effect.Number)]);
        Assert.Equal(EpisodeTracking.Remembered, Take(history, Rules, 300, Firing(300)).History.Episodes.Count);
    }

    [Fact]
    public void Hostile_reports_are_bounded()
    {
        var report = Firing() with
        {
            Subject = "a\nb\u202e" + new string('x', 10_000),
            Description = new string('d', 1_000_000),
            Labels = Enumerable.Range(0, 5_000).ToDictionary(i => $"label{i}", _ => new string('v', 10_000)),
            Links = Enumerable.Range(0, 5_000).ToDictionary(i => $"link{i}", _ => "https://tool.example/1"),
        };
        var episode = EpisodeTracking.Take(new() { Source = "s", Key = "disk" }, report, Rules, At(1), At(1)).History.Open!;
        Assert.StartsWith("a b", episode.Subject, StringComparison.Ordinal);
        Assert.InRange(episode.Subject.Length, 1, 250);
        Assert.InRange(episode.Description.Length, 1, 8_000);
        Assert.InRange(episode.Labels.Count, 1, 40);
        Assert.InRange(episode.Links.Count, 1, 10);
        var many = Take(Rules, [.. Enumerable.Range(0, 500).Select(i => (i, Firing(i)))]);
        Assert.InRange(many.Open!.Starts.Count, 2, 16);
        Assert.Equal(500, many.Open.Count);
        Assert.Equal(T0, many.Open.FirstAt);
    }

    [Fact]
    public void An_end_at_the_instant_of_the_beginning_is_its_end_when_it_is_heard_of_later()
    {
        Assert.Equal("5-5x1", Shown(Take(Rules, (6, Firing(5)), (7, Resolved(null, 5)))));
        Assert.Equal("5-x1", Shown(Take(Rules, (6, Resolved(null, 5)), (7, Firing(5)))));
    }

    [Fact]
    public void Of_several_ends_that_came_early_the_next_one_ends_what_began()
    {
        AlertReport[] reports = [Resolved(10, 15), Firing(20), Resolved(20, 25), Resolved(0, 5), Firing(0), Firing(10)];
        Assert.Equal("0-5x1 10-15x1 20-25x1", Shown(Take(Rules, [.. reports.Select(report => (100, report))])));
    }

    /// <summary>Spans that do not overlap, each reported several times, in any order: the same episodes as in the right order.</summary>
    [Fact]
    public void Any_order_of_the_same_reports_gives_the_same_episodes()
    {
        var cases =
            from spans in Gen.Choose(1, 4)
            from repeats in Gen.ListOf(Gen.Choose(1, 4), spans)
            from lastOpen in Gen.Elements(true, false)
            from ends in Gen.Elements(true, false)
            from shuffled in Gen.Shuffle(ReportsOf([.. repeats], lastOpen, ends))
            select (Repeats: repeats.ToArray(), LastOpen: lastOpen, Ends: ends, Shuffled: shuffled);
        Prop.ForAll(
                cases.ToArbitrary(),
                one =>
                {
                    var expected = string.Join(
                        ' ',
                        one.Repeats.Select((count, i) => $"{10 * i}-{(one.LastOpen && i == one.Repeats.Length - 1 ? "" : $"{(10 * i) + 5}")}x{count}")
                    );
                    // They are heard of at about the same time, after all of it.
                    var history = Take(Rules, [.. one.Shuffled.Select((report, i) => (100, report))]);
                    return (Shown(history) == expected).Label($"{Shown(history)} and not {expected}");
                }
            )
            .QuickCheckThrowOnFailure();
    }

    private static AlertReport[] ReportsOf(int[] repeats, bool lastOpen, bool ends) =>
        [
            .. repeats.SelectMany(
                (count, i) =>
                    Enumerable
                        .Repeat(Firing(10 * i), count)
                        .Concat(lastOpen && i == repeats.Length - 1 ? [] : Enumerable.Repeat(Resolved(ends ? 10 * i : null, (10 * i) + 5), 2))
            ),
        ];

    [Fact]
    public void Every_effect_is_owed_once_and_each_episode_that_was_placed_and_is_over_says_so()
    {
        var cases =
            from count in Gen.Choose(1, 12)
            from reports in Gen.ListOf(
                from minute in Gen.Choose(0, 40)
                from state in Gen.Elements(AlertState.Firing, AlertState.Resolved)
                from timed in Gen.Elements(true, false)
                from length in Gen.Choose(0, 10)
                select (Heard: minute + length, Report: Report(state, timed ? minute : null, timed && state == AlertState.Resolved ? minute + length : null)),
                count
            )
            from flaps in Gen.Choose(0, 6)
            select (Reports: reports.ToArray(), Flaps: flaps);
        Prop.ForAll(
                cases.ToArbitrary(),
                one =>
                {
                    var history = Take(EpisodeRules.Standard with { FlapChanges = one.Flaps }, one.Reports);
                    var firing = one.Reports.Count(report => report.Report.State == AlertState.Firing);
                    var placed = history.Episodes.Where(episode => episode.Place is not null).Select(episode => episode.Sequence).Order();
                    var over = history.Episodes.Where(episode => episode is { Place: not null, End: not null }).Select(episode => episode.Sequence).Order();
                    return (history.Episodes.Sum(episode => episode.Count) == firing)
                        .Label("every report counts once")
                        .And(history.Episodes.SkipLast(1).All(episode => episode.End is not null))
                        .Label("only the last one is open")
                        .And(
                            history
                                .Owed.Where(effect => effect.Kind == EpisodeEffectKind.Place)
                                .Select(effect => effect.Sequence)
                                .Order()
                                .SequenceEqual(placed)
                        )
                        .Label("placed once")
                        .And(history.Owed.Where(effect => effect.Kind == EpisodeEffectKind.Over).Select(effect => effect.Sequence).Order().SequenceEqual(over))
                        .Label($"over once: {Owed(history)} {Shown(history)}");
                }
            )
            .QuickCheckThrowOnFailure();
    }
}
