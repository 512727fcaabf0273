using Helpdesk.Tickets;

namespace Helpdesk.Sla;

/// <summary>Says how a ticket's promises stand: <c>(events, policy, calendars, now) → targets</c>. The same input gives the same answer, for ever.</summary>
/// <remarks>Events may come in any order and more than once. At one instant a stop comes first, then the breach check, then pauses, resumes and starts.</remarks>
public static class SlaEngine
{
    private static readonly SlaMetric[] ToResolution = [SlaMetric.AgentWork, SlaMetric.RequesterWait, SlaMetric.Resolution];

    /// <summary>How the promises of <paramref name="policy"/> stand at <paramref name="now"/>.</summary>
    public static SlaStatus Evaluate(IEnumerable<SlaEvent> events, SlaPolicy policy, IReadOnlyDictionary<string, BusinessCalendar> calendars, DateTimeOffset now)
    {
        now = ToSecond(now);
        var run = new Run(policy, calendars);
        foreach (var happened in InOrder(events, now))
            run.Take(happened);

        var targets = run.Clocks.OrderBy(clock => clock.Metric).ThenBy(clock => clock.Cycle).Select(clock => (Clock: clock, State: clock.StateAt(now))).ToList();
        var steps = targets.SelectMany(one => StepsOf(one.Clock, one.State, policy, run, now)).ToList();
        var wakes = targets.Where(one => one.State.State == SlaState.Running && one.State.DueAt > now).Select(one => one.State.DueAt)
            .Concat(targets.Where(one => one.Clock.End is null).SelectMany(one => steps.Where(step => step.Metric == one.State.Metric && step.Cycle == one.State.Cycle && step.DueAt > now).Select(step => step.DueAt)));
        return new([.. targets.Select(one => one.State)], steps, wakes.Min());
    }

    /// <summary>Each fact once, when it happened, in an order that does not depend on how they came.</summary>
    private static IEnumerable<SlaEvent> InOrder(IEnumerable<SlaEvent> events, DateTimeOffset now)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return events
            .Select(happened => happened with { At = ToSecond(Earlier(happened.At, happened.ReceivedAt ?? now)), ReceivedAt = null })
            .OrderBy(happened => happened.At).ThenBy(Rank).ThenBy(happened => happened.ToString(), StringComparer.Ordinal)
            .Distinct()
            .Where(happened => happened.Id is null || seen.Add(happened.Id));
    }

    /// <summary>Stops before pauses before resumes before starts.</summary>
    private static int Rank(SlaEvent happened) => happened switch
    {
        SlaTicketOpened => 0,
        SlaCommentAdded { By: ActorKind.Agent } => 1,
        SlaStatusChanged { To: TicketStatus.Resolved or TicketStatus.Closed } => 2,
        SlaTicketMerged => 3,
        SlaPriorityChanged => 4,
        SlaCalendarChanged => 5,
        SlaTierChanged => 6,
        SlaStatusChanged { To: TicketStatus.Pending or TicketStatus.OnHold } => 7,
        SlaStatusChanged => 8,
        SlaTicketReopened => 9,
        _ => 10,
    };

    private static IEnumerable<SlaStepState> StepsOf(Clock clock, SlaTargetState target, SlaPolicy policy, Run run, DateTimeOffset now)
    {
        foreach (var step in policy.Steps.Where(step => step.Metric == clock.Metric).OrderBy(step => step.At))
        {
            var due = clock.ReachedAt(TimeSpan.FromTicks(target.Within.Ticks / 100 * step.At), now);
            var end = clock.End ?? now;
            // A clock that stopped in time is not escalated for what would have come after.
            var reached = due <= now && (clock.End is null ? due <= end : due < end);
            var idle = step.Do == SlaAction.Escalate && step.ToTier is { } tier && due is { } at && run.TierAt(at) >= tier;
            yield return new(step.Metric, clock.Cycle, step.At, step.Do, step.ToTier, due, reached && !idle && clock.CancelledAt is null ? due : null);
            if (reached && !idle && step.Do == SlaAction.Escalate && step.ToTier is { } to)
                run.Climbs(due!.Value, to);
        }
    }

    private static DateTimeOffset ToSecond(DateTimeOffset instant) => DateTimeOffset.FromUnixTimeSeconds(instant.ToUnixTimeSeconds());

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    /// <summary>Walks through the facts and keeps the clocks.</summary>
    private sealed class Run(SlaPolicy policy, IReadOnlyDictionary<string, BusinessCalendar> calendars)
    {
        private readonly List<(DateTimeOffset At, int Tier)> _tiers = [];
        private TicketPriority _priority = TicketPriority.Normal;
        private TicketStatus _status = TicketStatus.New;
        private BusinessCalendar _calendar = calendars[policy.Calendar];
        private bool _openedByRequester;
        private bool _replied;

        public List<Clock> Clocks { get; } = [];

        public int TierAt(DateTimeOffset at) => _tiers.Where(tier => tier.At <= at).Select(tier => tier.Tier).DefaultIfEmpty(1).Max();

        public void Climbs(DateTimeOffset at, int tier) => _tiers.Add((at, tier));

        public void Take(SlaEvent happened)
        {
            switch (happened)
            {
                case SlaTicketOpened opened:
                    (_priority, _openedByRequester) = (opened.Priority, opened.By == ActorKind.Requester);
                    if (_openedByRequester)
                        Start(SlaMetric.FirstReply, opened.At);
                    foreach (var metric in ToResolution)
                        Start(metric, opened.At);
                    break;
                case SlaCommentAdded { Visibility: CommentVisibility.Public, By: ActorKind.Agent } reply:
                    Stop(SlaMetric.FirstReply, reply.At);
                    Stop(SlaMetric.NextReply, reply.At);
                    Stop(SlaMetric.PeriodicUpdate, reply.At);
                    _replied = true;
                    if (_status is not (TicketStatus.Resolved or TicketStatus.Closed))
                        Start(SlaMetric.PeriodicUpdate, reply.At);
                    break;
                case SlaCommentAdded { Visibility: CommentVisibility.Public, By: ActorKind.Requester } comment:
                    if (_replied)
                        StartUnlessRunning(SlaMetric.NextReply, comment.At);
                    else if (!_openedByRequester)
                        StartUnlessRunning(SlaMetric.FirstReply, comment.At);
                    break;
                case SlaStatusChanged changed:
                    MoveTo(changed.To, changed.At);
                    break;
                case SlaTicketReopened reopened:
                    MoveTo(TicketStatus.Open, reopened.At);
                    break;
                case SlaPriorityChanged changed:
                    _priority = changed.To;
                    foreach (var clock in Clocks.Where(clock => clock.End is null))
                        Promise(clock, changed.At);
                    break;
                case SlaCalendarChanged changed:
                    _calendar = calendars[changed.To];
                    foreach (var clock in Clocks.Where(clock => clock.End is null))
                        clock.Switch(changed.At, clock.Runs, _calendar);
                    break;
                case SlaTierChanged changed:
                    _tiers.Add((changed.At, changed.To));
                    break;
                case SlaTicketMerged { IsSource: true } merged:
                    foreach (var clock in Clocks.Where(clock => clock.End is null))
                        clock.CancelledAt = merged.At;
                    break;
                case SlaTicketMerged { OldestUnanswered: { } oldest } when _replied:
                    Inherit(oldest);
                    break;
            }
        }

        private void MoveTo(TicketStatus to, DateTimeOffset at)
        {
            var from = _status;
            _status = to;
            var (wasDone, isDone) = (IsDone(from), IsDone(to));
            if (isDone && !wasDone)
            {
                foreach (var metric in ToResolution)
                    Stop(metric, at);
                Stop(SlaMetric.NextReply, at);
                foreach (var clock in Clocks.Where(clock => clock.Metric == SlaMetric.PeriodicUpdate && clock.End is null))
                    clock.CancelledAt = at;
            }
            else if (wasDone && !isDone)
            {
                foreach (var metric in ToResolution)
                    Reopen(metric, at);
            }

            foreach (var clock in Clocks.Where(clock => clock.End is null))
                clock.Switch(at, !Pauses(clock.Metric), _calendar);
        }

        private void Reopen(SlaMetric metric, DateTimeOffset at)
        {
            if (Clocks.LastOrDefault(clock => clock.Metric == metric) is not { } last || last.CancelledAt is not null)
                return;
            if (policy.Reopen == ReopenRule.NewCycle)
            {
                Start(metric, at);
                return;
            }

            last.Resume(counts: policy.Reopen == ReopenRule.Total, at);
            Promise(last, at);
        }

        private void Inherit(DateTimeOffset oldest)
        {
            var running = Clocks.FirstOrDefault(clock => clock.Metric == SlaMetric.NextReply && clock.End is null);
            if (running is null)
                Start(SlaMetric.NextReply, oldest);
            else if (oldest < running.StartedAt)
                running.StartEarlier(oldest);
        }

        private void StartUnlessRunning(SlaMetric metric, DateTimeOffset at)
        {
            if (!Clocks.Any(clock => clock.Metric == metric && clock.End is null))
                Start(metric, at);
        }

        private void Start(SlaMetric metric, DateTimeOffset at)
        {
            if (Within(metric) is not { } within)
                return;
            var cycle = Clocks.Count(clock => clock.Metric == metric) + 1;
            Clocks.Add(new(metric, cycle, at, _priority, within, !Pauses(metric), _calendar));
        }

        private void Stop(SlaMetric metric, DateTimeOffset at)
        {
            foreach (var clock in Clocks.Where(clock => clock.Metric == metric && clock.End is null))
                clock.StoppedAt = at;
        }

        private void Promise(Clock clock, DateTimeOffset at)
        {
            if (Within(clock.Metric) is { } within)
                clock.Promise(at, _priority, within);
        }

        private TimeSpan? Within(SlaMetric metric) =>
            (policy.Targets.FirstOrDefault(target => target.Metric == metric && target.Priority == _priority)
                ?? policy.Targets.FirstOrDefault(target => target.Metric == metric && target.Priority is null))?.Within;

        private bool Pauses(SlaMetric metric) => metric switch
        {
            SlaMetric.AgentWork => _status is TicketStatus.Pending or TicketStatus.OnHold,
            SlaMetric.RequesterWait => _status is TicketStatus.Pending,
            SlaMetric.Resolution => policy.PauseResolutionOn.Contains(_status),
            _ => false,
        };

        private static bool IsDone(TicketStatus status) => status is TicketStatus.Resolved or TicketStatus.Closed;
    }

    /// <summary>One cycle of one metric: when it ran, by which calendar, and what was promised when.</summary>
    private sealed class Clock(SlaMetric metric, int cycle, DateTimeOffset start, TicketPriority priority, TimeSpan within, bool runs, BusinessCalendar calendar)
    {
        private readonly List<(DateTimeOffset From, bool Runs, BusinessCalendar Calendar)> _spans = [(start, runs, calendar)];
        private readonly List<(DateTimeOffset At, TicketPriority Priority, TimeSpan Within)> _promises = [(start, priority, within)];

        public SlaMetric Metric => metric;

        public int Cycle => cycle;

        public DateTimeOffset StartedAt { get; private set; } = start;

        public DateTimeOffset? StoppedAt { get; set; }

        public DateTimeOffset? CancelledAt { get; set; }

        public DateTimeOffset? End => StoppedAt ?? CancelledAt;

        public bool Runs => _spans[^1].Runs;

        public void Switch(DateTimeOffset at, bool runs, BusinessCalendar calendar)
        {
            if (_spans[^1].Runs != runs || !ReferenceEquals(_spans[^1].Calendar, calendar))
                _spans.Add((at, runs, calendar));
        }

        public void Promise(DateTimeOffset at, TicketPriority priority, TimeSpan within)
        {
            if (_promises[^1].Priority != priority || _promises[^1].Within != within)
                _promises.Add((at, priority, within));
        }

        /// <summary>Goes on after a stop; the time between counts or pauses.</summary>
        public void Resume(bool counts, DateTimeOffset at)
        {
            if (!counts)
            {
                _spans.Add((StoppedAt!.Value, false, _spans[^1].Calendar));
                _spans.Add((at, true, _spans[^1].Calendar));
            }

            StoppedAt = null;
        }

        public void StartEarlier(DateTimeOffset at)
        {
            StartedAt = at;
            _spans[0] = _spans[0] with { From = at };
            _promises[0] = _promises[0] with { At = at };
        }

        /// <summary>The instant at which this much is used up; null when that cannot be told.</summary>
        public DateTimeOffset? ReachedAt(TimeSpan length, DateTimeOffset now)
        {
            var used = TimeSpan.Zero;
            var until = End ?? now;
            foreach (var (from, to, runs, by) in Spans(until))
            {
                if (!runs)
                    continue;
                var counted = by.Count(from, to);
                if (used + counted >= length && by.Add(from, length - used) is { } reached && reached <= to)
                    return reached;
                used += counted;
            }

            // From here on as it stands: a clock that is paused gets nowhere.
            return Runs ? _spans[^1].Calendar.Add(until > StartedAt ? until : StartedAt, length - used) : null;
        }

        public SlaTargetState StateAt(DateTimeOffset now)
        {
            var until = End ?? now;
            var (_, latestPriority, latestWithin) = _promises[^1];
            var due = ReachedAt(latestWithin, now);
            var (breachedAt, cause) = FirstBreach(now, until);
            var elapsed = Spans(until).Where(span => span.Runs).Aggregate(TimeSpan.Zero, (sum, span) => sum + span.By.Count(span.From, span.To));
            var late = StoppedAt is { } stopped ? due < stopped : due <= until;
            var state = late ? SlaState.Breached
                : CancelledAt is not null ? breachedAt is null ? SlaState.Cancelled : SlaState.Breached
                : StoppedAt is not null ? SlaState.Met
                : Runs ? SlaState.Running : SlaState.Paused;
            cause ??= due is null && Runs && !_spans[^1].Calendar.HasHours ? "no-hours" : null;
            return new(metric, cycle, latestPriority, latestWithin, state, StartedAt, due, StoppedAt, breachedAt, cause, breachedAt is not null, elapsed, Stretches(until));
        }

        /// <summary>The first instant at which what was promised then was used up: a later, longer promise does not undo it.</summary>
        private (DateTimeOffset? At, string? Cause) FirstBreach(DateTimeOffset now, DateTimeOffset until)
        {
            for (var i = 0; i < _promises.Count; i++)
            {
                var (since, _, promised) = _promises[i];
                var last = i + 1 < _promises.Count ? _promises[i + 1].At : until;
                if (ReachedAt(promised, now) is not { } due)
                    continue;
                if (due < since && i > 0)
                    return (since, "policy-change");
                // At the very end a stop comes first, and then the breach check.
                if (due < last || (due == last && !(StoppedAt == last)))
                    return (due, null);
            }

            return (null, null);
        }

        private IEnumerable<(DateTimeOffset From, DateTimeOffset To, bool Runs, BusinessCalendar By)> Spans(DateTimeOffset until)
        {
            for (var i = 0; i < _spans.Count; i++)
            {
                var to = i + 1 < _spans.Count && _spans[i + 1].From < until ? _spans[i + 1].From : until;
                if (_spans[i].From < to)
                    yield return (_spans[i].From, to, _spans[i].Runs, _spans[i].Calendar);
            }
        }

        private List<SlaStretch> Stretches(DateTimeOffset until)
        {
            var stretches = new List<SlaStretch>();
            void Add(DateTimeOffset from, DateTimeOffset to, StretchKind kind)
            {
                if (from >= to)
                    return;
                if (stretches.Count > 0 && stretches[^1].Kind == kind && stretches[^1].To == from)
                    stretches[^1] = stretches[^1] with { To = to };
                else
                    stretches.Add(new(from, to, kind));
            }

            foreach (var (from, to, runs, by) in Spans(until))
            {
                if (!runs)
                {
                    Add(from, to, StretchKind.Paused);
                    continue;
                }

                var at = from;
                foreach (var open in by.Openings(from, to))
                {
                    Add(at, open.From, StretchKind.Closed);
                    Add(open.From, open.To, StretchKind.Counted);
                    at = open.To;
                }

                Add(at, to, StretchKind.Closed);
            }

            return stretches;
        }
    }
}
