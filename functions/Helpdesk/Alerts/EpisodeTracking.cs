using Helpdesk.Tickets;

namespace Helpdesk.Alerts;

/// <summary>What follows from a report.</summary>
/// <param name="History">The key as it is then.</param>
/// <param name="Outcome">What became of the report.</param>
/// <param name="Sequence">The episode that it told of; null for none.</param>
/// <param name="NeedsPlace">Whether that episode needs a ticket: give it one (<see cref="EpisodeTracking.Put"/>) or none (<see
/// cref="EpisodeTracking.Mute"/>).</param>
public sealed record EpisodeStep(EpisodeHistory History, EpisodeOutcome Outcome, int? Sequence, bool NeedsPlace = false);

/// <summary>Makes episodes of reports.</summary>
/// <remarks>
/// Beginnings and ends lie on a line of time; an episode is what fires between two ends. So it makes no difference in which order reports come, as long as
/// the tool says when it began and ended: late ones are put where they belong, and what was taken for one episode is divided by an end that comes late. A
/// tool that gives no times is believed in the order in which the desk heard of things.
/// </remarks>
public static class EpisodeTracking
{
    /// <summary>As many episodes of a key are remembered for late reports.</summary>
    public const int Remembered = 8;

    private const int MostStarts = 16;
    private const int MostEarly = 8;
    private const int MostChanges = 64;
    private const int SubjectLength = 250;
    private const int DescriptionLength = 8_000;
    private const int MostLabels = 40;
    private const int LabelNameLength = 100;
    private const int LabelLength = 300;
    private const int MostLinks = 10;

    /// <summary>Takes a report.</summary>
    /// <param name="heardAt">When it came in, the same instant however often it is worked.</param>
    public static EpisodeStep Take(EpisodeHistory history, AlertReport report, EpisodeRules rules, DateTimeOffset heardAt, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(rules);
        history = history with { Early = [.. history.Early.Where(end => now - end.HeardAt <= rules.EarlyResolveFor)] };
        // A clock that is ahead of the desk's must not put anything into the future, where later reports would be taken for earlier ones.
        DateTimeOffset? Past(DateTimeOffset? said) => said?.ToUniversalTime() is { } at ? (at > heardAt ? heardAt : at) : null;
        var step =
            report.State == AlertState.Firing
                ? Fire(history, report, new(Past(report.StartedAt), heardAt, 1), rules, now)
                : Resolve(history, new(Past(report.StartedAt), Past(report.EndedAt), heardAt), rules);
        return step with { History = Trimmed(step.History) };
    }

    /// <summary>Does what has fallen due; null when nothing has.</summary>
    public static EpisodeStep? Wake(EpisodeHistory history, EpisodeRules rules, DateTimeOffset now)
    {
        if (history.Open is not { } open)
            return null;
        if (open.Quiet is { } quiet && quiet.HeardAt + rules.FlapWithin <= now)
            return new(End(history with { Changes = [] }, open, quiet), EpisodeOutcome.Ended, open.Sequence);
        return NeedsPlace(open, now) ? new(history, EpisodeOutcome.Began, open.Sequence, NeedsPlace: true) : null;
    }

    /// <summary>When the key has to be looked at though nothing is reported; null for never.</summary>
    public static DateTimeOffset? DueAt(EpisodeHistory history, EpisodeRules rules) =>
        history.Open switch
        {
            { Quiet: { } quiet } => quiet.HeardAt + rules.FlapWithin,
            { Place: null, Muted: { } muted } => muted.Until,
            _ => null,
        };

    /// <summary>Puts an episode on a ticket.</summary>
    public static EpisodeHistory Put(EpisodeHistory history, int sequence, EpisodePlace place) =>
        Find(history, sequence) is { Flaps: true } flapping
            ? Owing(Placed(history, flapping, place), EpisodeEffectKind.Flaps, sequence)
            : Placed(history, Find(history, sequence), place);

    private static EpisodeHistory Placed(EpisodeHistory history, Episode episode, EpisodePlace place) =>
        Owing(
            Replace(history, episode with { Place = place with { After = episode.Muted?.Window }, Muted = null }),
            EpisodeEffectKind.Place,
            episode.Sequence
        );

    /// <summary>Puts an episode on another ticket than was decided before, of which nothing could come.</summary>
    public static EpisodeHistory PutElsewhere(EpisodeHistory history, int sequence, EpisodePlace place) =>
        Replace(history, Find(history, sequence) with { Place = place });

    /// <summary>Leaves an episode without a ticket until a maintenance window ends.</summary>
    public static EpisodeHistory Mute(EpisodeHistory history, int sequence, EpisodeMute mute) =>
        Replace(history, Find(history, sequence) with { Muted = mute });

    /// <summary>Notes that effects are done.</summary>
    public static EpisodeHistory Done(EpisodeHistory history, IReadOnlyCollection<int> effects) =>
        history with
        {
            Owed = [.. history.Owed.Where(effect => !effects.Contains(effect.Number))],
        };

    public static Episode Find(EpisodeHistory history, int sequence) => history.Episodes.Single(episode => episode.Sequence == sequence);

    private static EpisodeStep Fire(EpisodeHistory history, AlertReport report, EpisodeStart start, EpisodeRules rules, DateTimeOffset now)
    {
        for (var i = 0; i < history.Episodes.Count; i++)
        {
            var episode = history.Episodes[i];
            var ends = history.Early.Where(end => IsEarlierThan(start, end) && !episode.Starts.Any(known => IsBefore(known, end)));
            if (ends.MinBy(end => end.At) is { } between)
                return Begin(history, report, start, between, i, rules);
            if (episode.End is null)
                return Count(history, episode, report, start, now);
            if (IsEarlierThan(start, episode.End) || episode.Starts.Any(known => known.StartedAt >= start.StartedAt))
                return new(Replace(history, Counted(episode, report, start)), EpisodeOutcome.Late, episode.Sequence);
        }

        var early = history.Early.Where(end => IsEarlierThan(start, end)).MinBy(end => end.At);
        return Begin(history, report, start, early, history.Episodes.Count, rules);
    }

    private static EpisodeStep Begin(EpisodeHistory history, AlertReport report, EpisodeStart start, EpisodeEnd? end, int place, EpisodeRules rules)
    {
        var sequence = history.LastSequence + 1;
        var episode = Described(
            new()
            {
                Sequence = sequence,
                FirstAt = start.At,
                LastAt = start.HeardAt,
                Count = 1,
                Starts = [start],
                End = end,
                Subject = "",
                Priority = report.Priority,
            },
            report
        );
        history = history with { LastSequence = sequence, Early = [.. history.Early.Where(one => one != end)] };
        if (end is null)
        {
            history = Changed(history, start.At);
            episode = episode with { Flaps = IsFlapping(history, start.At, rules) };
        }

        history = history with { Episodes = [.. history.Episodes.Take(place), episode, .. history.Episodes.Skip(place)] };
        return end is null ? new(history, EpisodeOutcome.Began, sequence, NeedsPlace: true) : new(history, EpisodeOutcome.OverAtOnce, sequence);
    }

    private static EpisodeStep Count(EpisodeHistory history, Episode open, AlertReport report, EpisodeStart start, DateTimeOffset now)
    {
        var counted = Counted(open, report, start);
        if (counted.Quiet is { } quiet && !IsBefore(start, quiet))
        {
            counted = counted with { Quiet = null };
            history = Changed(history, start.At);
        }

        history = Replace(history, counted);
        if (counted.Place is not null && counted.Priority > (open.Priority ?? TicketPriority.Normal))
            history = Owing(history, EpisodeEffectKind.Raise, open.Sequence);
        return new(history, EpisodeOutcome.Counted, open.Sequence, NeedsPlace(counted, now));
    }

    private static EpisodeStep Resolve(EpisodeHistory history, EpisodeEnd end, EpisodeRules rules)
    {
        foreach (var episode in history.Episodes)
        {
            var before = episode.Starts.Where(start => IsBefore(start, end)).ToList();
            if (before.Count == 0)
                break;
            var after = episode.Starts.Where(start => !IsBefore(start, end)).ToList();
            if (episode.Flaps && episode.End is null)
                return Quieten(history, episode, end, after.Count > 0, rules);
            if (after.Count > 0)
                return Divide(history, episode, before, after, end);
            if (episode.End is null)
                return Stop(history, episode, end, rules);
            if (IsEarlier(end, episode.End))
            {
                // The end that was known belongs to something that has not been heard of, or says the same again.
                var known = episode.End;
                history = Replace(history, episode with { End = end });
                return new(IsSaidOf(known, episode) ? history : WithEarly(history, known), EpisodeOutcome.EndedBefore, episode.Sequence);
            }
        }

        var same = history.Episodes.LastOrDefault(episode => IsSaidOf(end, episode) || (episode.End is { EndedAt: { } known } && known == end.EndedAt));
        if (same is not null)
            return new(history, EpisodeOutcome.EndedBefore, same.Sequence);
        if (history.Early.Any(known => known.StartedAt == end.StartedAt && known.EndedAt == end.EndedAt && (end.StartedAt ?? end.EndedAt) is not null))
            return new(history, EpisodeOutcome.EndedBefore, null);
        return new(WithEarly(history, end), EpisodeOutcome.Early, null);
    }

    /// <summary>An end of an episode that nothing contradicts.</summary>
    private static EpisodeStep Stop(EpisodeHistory history, Episode open, EpisodeEnd end, EpisodeRules rules)
    {
        history = Changed(history, end.At);
        if (!IsFlapping(history, end.At, rules))
            return new(End(history, open, end), EpisodeOutcome.Ended, open.Sequence);
        history = Replace(history, open with { Flaps = true, Quiet = end });
        return new(open.Place is null ? history : Owing(history, EpisodeEffectKind.Flaps, open.Sequence), EpisodeOutcome.Held, open.Sequence);
    }

    /// <summary>An end of an episode that flaps: it is believed when it has been quiet for long enough.</summary>
    private static EpisodeStep Quieten(EpisodeHistory history, Episode open, EpisodeEnd end, bool isLate, EpisodeRules rules)
    {
        if (isLate || open.Quiet is not null)
            return new(history, isLate ? EpisodeOutcome.Late : EpisodeOutcome.EndedBefore, open.Sequence);
        var last = history.Changes.Count > 0 ? history.Changes.Max() : open.FirstAt;
        return last <= end.At - rules.FlapWithin
            ? new(End(history with { Changes = [end.At] }, open, end), EpisodeOutcome.Ended, open.Sequence)
            : new(Replace(Changed(history, end.At), open with { Quiet = end }), EpisodeOutcome.Held, open.Sequence);
    }

    private static EpisodeHistory End(EpisodeHistory history, Episode open, EpisodeEnd end)
    {
        history = Replace(history, open with { End = end, Quiet = null });
        return open.Place is null ? history : Owing(history, EpisodeEffectKind.Over, open.Sequence);
    }

    /// <summary>Makes two of what was taken for one: an end lies between its beginnings.</summary>
    private static EpisodeStep Divide(EpisodeHistory history, Episode episode, List<EpisodeStart> before, List<EpisodeStart> after, EpisodeEnd end)
    {
        var sequence = history.LastSequence + 1;
        var first = episode with { Starts = before, FirstAt = FirstOf(before), Count = before.Sum(start => start.Count), End = end };
        var second = episode with
        {
            Sequence = sequence,
            Starts = after,
            FirstAt = FirstOf(after),
            Count = after.Sum(start => start.Count),
            Place = episode.Place is { } place ? place with { How = EpisodeJoin.Divided } : null,
        };
        history = history with
        {
            LastSequence = sequence,
            Episodes = [.. history.Episodes.SelectMany(one => one.Sequence == episode.Sequence ? new[] { first, second } : [one])],
        };
        if (episode.Place is not null)
        {
            history = Owing(history, EpisodeEffectKind.Place, sequence);
            history = Owing(history, EpisodeEffectKind.Over, episode.End is null ? episode.Sequence : sequence);
        }

        return new(history, episode.End is null ? EpisodeOutcome.Ended : EpisodeOutcome.EndedBefore, episode.Sequence);
    }

    /// <summary>Whether a beginning lies before an end.</summary>
    private static bool IsBefore(EpisodeStart start, EpisodeEnd end) =>
        start.StartedAt is { } began
            ? began == end.StartedAt
                // Of the same second, as tools that count in seconds say it, what was heard of first came first.
                || (end.EndedAt is { } ended ? began < ended || (began == ended && start.HeardAt < end.HeardAt) : start.HeardAt <= end.HeardAt)
            : start.HeardAt <= end.HeardAt;

    /// <summary>The same for a beginning that is taken after the end: of what was heard of at the same instant, what is taken first came first.</summary>
    private static bool IsEarlierThan(EpisodeStart start, EpisodeEnd end) =>
        IsBefore(start, end) && (start.HeardAt != end.HeardAt || (start.StartedAt is not null && (end.StartedAt ?? end.EndedAt) is not null));

    private static bool IsEarlier(EpisodeEnd one, EpisodeEnd other) =>
        one.EndedAt is { } ended && other.EndedAt is { } known ? ended < known : one.HeardAt < other.HeardAt;

    /// <summary>Whether an end says when that began of which it is the end, and this is it.</summary>
    private static bool IsSaidOf(EpisodeEnd end, Episode episode) => end.StartedAt is { } began && episode.Starts.Any(start => start.StartedAt == began);

    private static bool NeedsPlace(Episode episode, DateTimeOffset now) =>
        episode is { Place: null, End: null, Quiet: null } && (episode.Muted is null || episode.Muted.Until <= now);

    private static bool IsFlapping(EpisodeHistory history, DateTimeOffset at, EpisodeRules rules) =>
        rules.FlapChanges > 0 && history.Changes.Count(change => change > at - rules.FlapWithin && change <= at) >= rules.FlapChanges;

    private static Episode Counted(Episode episode, AlertReport report, EpisodeStart start)
    {
        var starts = episode.Starts.ToList();
        var known = start.StartedAt is null ? -1 : starts.FindIndex(one => one.StartedAt == start.StartedAt);
        if (known >= 0)
            starts[known] = starts[known] with { Count = starts[known].Count + 1, HeardAt = Min(starts[known].HeardAt, start.HeardAt) };
        else
            starts.Add(start);
        starts = [.. starts.OrderBy(one => one.At)];
        if (starts.Count > MostStarts)
        {
            // The first one and the newest tell the most.
            starts[1] = starts[1] with
            {
                Count = starts[1].Count + starts[2].Count,
            };
            starts.RemoveAt(2);
        }

        var counted = episode with
        {
            Starts = starts,
            FirstAt = Min(episode.FirstAt, start.At),
            Count = episode.Count + 1,
            Priority = report.Priority is { } priority && !(episode.Priority >= priority) ? priority : episode.Priority,
        };
        return start.HeardAt >= episode.LastAt ? Described(counted with { LastAt = start.HeardAt }, report) : counted;
    }

    /// <summary>What the newest report says of it.</summary>
    private static Episode Described(Episode episode, AlertReport report) =>
        episode with
        {
            Subject = SubjectOf(report),
            Description = PlainText.Shortened(PlainText.Of(report.Description), DescriptionLength),
            Severity = report.Severity is { } severity ? PlainText.Shortened(severity, 50) : null,
            Labels = report
                .Labels.Where(label => label.Key.Length is > 0 and <= LabelNameLength)
                .OrderBy(label => label.Key, StringComparer.Ordinal)
                .Take(MostLabels)
                .ToDictionary(label => label.Key, label => PlainText.Shortened(PlainText.Of(label.Value), LabelLength), StringComparer.Ordinal),
            Links = report
                .Links.Where(link => link.Value.Length <= 2_000)
                .OrderBy(link => link.Key, StringComparer.Ordinal)
                .Take(MostLinks)
                .ToDictionary(StringComparer.Ordinal),
        };

    private static string SubjectOf(AlertReport report)
    {
        var line = VisibleText.Of(PlainText.Of(report.Subject).Replace('\n', ' ').Replace('\t', ' ')).Trim();
        return PlainText.Shortened(line.Length > 0 ? line : report.Key, SubjectLength);
    }

    private static EpisodeHistory Changed(EpisodeHistory history, DateTimeOffset at) =>
        history with
        {
            Changes = [.. history.Changes.Append(at).Order().TakeLast(MostChanges)],
        };

    private static EpisodeHistory WithEarly(EpisodeHistory history, EpisodeEnd end) =>
        history with
        {
            Early = [.. history.Early.Append(end).OrderBy(one => one.HeardAt).TakeLast(MostEarly)],
        };

    private static EpisodeHistory Owing(EpisodeHistory history, EpisodeEffectKind kind, int sequence) =>
        history with
        {
            LastEffect = history.LastEffect + 1,
            Owed = [.. history.Owed, new(history.LastEffect + 1, kind, sequence)],
        };

    private static EpisodeHistory Replace(EpisodeHistory history, Episode episode) =>
        history with
        {
            Episodes = [.. history.Episodes.Select(one => one.Sequence == episode.Sequence ? episode : one)],
        };

    /// <summary>Lets go of the oldest episodes for which nothing is left to do.</summary>
    private static EpisodeHistory Trimmed(EpisodeHistory history)
    {
        while (history.Episodes.Count > Remembered)
        {
            var oldest = history.Episodes[0];
            if (oldest.End is null || history.Owed.Any(effect => effect.Sequence == oldest.Sequence))
                break;
            history = history with { Episodes = [.. history.Episodes.Skip(1)] };
        }

        return history;
    }

    private static DateTimeOffset FirstOf(List<EpisodeStart> starts) => starts.Min(start => start.At);

    private static DateTimeOffset Min(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;
}
