using Helpdesk.Tickets;

namespace Helpdesk.Sla;

/// <summary>Takes facts one by one, in order, and says at any later instant how the promises stand.</summary>
/// <remarks>
/// What it remembers can be kept and taken up again, so that a ticket with a thousand events costs no more to look at than one with three: of each metric the
/// newest cycle is enough, since an older one is decided.
/// </remarks>
public sealed class SlaRun
{
    /// <summary>A step is repeated this often at the most.</summary>
    public const int MostRepetitions = 100;

    private static readonly SlaMetric[] ToResolution = [SlaMetric.AgentWork, SlaMetric.RequesterWait, SlaMetric.Resolution];

    private readonly Func<string, BusinessCalendar> _calendars;
    private readonly List<Clock> _clocks = [];
    private readonly List<SlaTier> _tiers = [];
    private SlaPolicy _policy;
    private string _calendar;
    private TicketPriority _priority = TicketPriority.Normal;
    private TicketStatus _status = TicketStatus.New;
    private bool _openedByRequester;
    private bool _replied;
    private DateTimeOffset? _acknowledgedAt;

    private SlaRun(SlaPolicy policy, Func<string, BusinessCalendar> calendars) => (_policy, _calendars, _calendar) = (policy, calendars, policy.Calendar);

    /// <summary>A run of a ticket that nothing has happened to yet.</summary>
    public static SlaRun Begin(SlaPolicy policy, Func<string, BusinessCalendar> calendars) => new(policy, calendars);

    /// <summary>A run that goes on from what <see cref="State"/> gave.</summary>
    public static SlaRun Resume(SlaRunState state, SlaPolicy policy, Func<string, BusinessCalendar> calendars)
    {
        var run = new SlaRun(policy, calendars)
        {
            _calendar = state.Calendar,
            _priority = state.Priority,
            _status = state.Status,
            _openedByRequester = state.OpenedByRequester,
            _replied = state.Replied,
            _acknowledgedAt = state.AcknowledgedAt,
        };
        run._tiers.AddRange(state.Tiers);
        run._clocks.AddRange(state.Clocks.Select(clock => new Clock(clock, calendars)));
        return run;
    }

    /// <summary>What to keep: the newest cycle of each metric.</summary>
    public SlaRunState State() =>
        new(
            _priority,
            _status,
            _calendar,
            _openedByRequester,
            _replied,
            [.. _tiers],
            [.. _clocks.GroupBy(clock => clock.Metric).Select(cycles => cycles.Last().State())]
        )
        {
            AcknowledgedAt = _acknowledgedAt,
        };

    /// <summary>How the promises stand at <paramref name="now"/>.</summary>
    public SlaStatus At(DateTimeOffset now)
    {
        now = SlaEngine.ToSecond(now);
        var climbed = new List<SlaTier>();
        var targets = _clocks
            .Where(clock => clock.WasPromised)
            .OrderBy(clock => clock.Metric)
            .ThenBy(clock => clock.Cycle)
            .Select(clock => (Clock: clock, State: clock.StateAt(now)))
            .ToList();
        var steps = targets.SelectMany(one => StepsOf(one.Clock, one.State, climbed, now)).ToList();
        // A step that finds its tier reached already is nothing to wake for.
        var wakes = targets
            .Where(one => one.State.State == SlaState.Running && one.State.DueAt > now)
            .Select(one => one.State.DueAt)
            .Concat(steps.Where(one => !one.Idle && one.Clock.End is null && one.Step.DueAt > now).Select(one => one.Step.DueAt));
        return new([.. targets.Select(one => one.State)], [.. steps.Select(one => one.Step)], wakes.Min());
    }

    /// <summary>Takes the next fact.</summary>
    public void Take(SlaEvent happened)
    {
        var at = SlaEngine.ToSecond(happened.At);
        switch (happened)
        {
            case SlaTicketOpened opened:
                (_priority, _openedByRequester) = (opened.Priority, opened.By == ActorKind.Requester);
                if (_openedByRequester)
                    Start(SlaMetric.FirstReply, at);
                foreach (var metric in ToResolution)
                    Start(metric, at);
                break;
            case SlaCommentAdded { Visibility: CommentVisibility.Public, By: ActorKind.Agent }:
                Stop(SlaMetric.FirstReply, at);
                Stop(SlaMetric.NextReply, at);
                Stop(SlaMetric.PeriodicUpdate, at);
                _replied = true;
                if (_status is not (TicketStatus.Resolved or TicketStatus.Closed))
                    Start(SlaMetric.PeriodicUpdate, at);
                break;
            case SlaCommentAdded { Visibility: CommentVisibility.Public, By: ActorKind.Requester }:
                if (_replied)
                    StartUnlessRunning(SlaMetric.NextReply, at);
                else if (!_openedByRequester)
                    StartUnlessRunning(SlaMetric.FirstReply, at);
                break;
            case SlaStatusChanged changed:
                MoveTo(changed.To, at);
                break;
            case SlaTicketReopened:
                MoveTo(TicketStatus.Open, at);
                break;
            case SlaPriorityChanged changed:
                _priority = changed.To;
                PromiseAnew(at);
                break;
            case SlaPolicyChanged changed:
                _policy = changed.Policy;
                PromiseAnew(at);
                // Which statuses pause a resolution is the policy's to say.
                foreach (var clock in Running())
                    clock.Switch(at, !Pauses(clock.Metric), _calendar);
                break;
            case SlaCalendarChanged changed:
                _calendar = changed.To;
                foreach (var clock in Running())
                    clock.Switch(at, clock.Runs, _calendar);
                break;
            case SlaTierChanged changed:
                _tiers.Add(new(at, changed.To, changed.By != ActorKind.System));
                break;
            case SlaAcknowledged:
                _acknowledgedAt = at;
                break;
            case SlaTicketMerged { IsSource: true }:
                foreach (var clock in Running())
                    clock.CancelledAt = at;
                break;
            case SlaTicketMerged { OldestUnanswered: { } oldest } when _replied:
                Inherit(SlaEngine.ToSecond(oldest));
                break;
        }
    }

    private IEnumerable<Clock> Running() => _clocks.Where(clock => clock.End is null);

    /// <summary>The tier that a step of this instant finds. What the desk itself did at that very instant is the step's own doing.</summary>
    private int TierAt(DateTimeOffset at, List<SlaTier> climbed) =>
        _tiers
            .Where(tier => tier.At < at || (tier.At == at && tier.ByHand))
            .Concat(climbed.Where(tier => tier.At <= at))
            .Select(tier => tier.Tier)
            .DefaultIfEmpty(1)
            .Max();

    private IEnumerable<(Clock Clock, SlaStepState Step, bool Idle)> StepsOf(Clock clock, SlaTargetState target, List<SlaTier> climbed, DateTimeOffset now)
    {
        if (!clock.IsPromised)
            yield break;
        foreach (var step in _policy.Steps.Where(step => step.Metric == clock.Metric).OrderBy(step => step.At))
        {
            // Instants have second precision: a step falls due at the first whole second at which its share is used up.
            var due = clock.ReachedAt(TimeSpan.FromSeconds(Math.Ceiling(target.Within.TotalSeconds * step.At / 100)), now);
            // An acknowledgement silences what had begun by then; what begins later repeats until the next one.
            var silentFrom = due <= _acknowledgedAt ? _acknowledgedAt : null;
            for (var repetition = 0; ; repetition++)
            {
                var end = clock.End ?? now;
                // A clock that stopped in time is not escalated for what would have come after.
                var reached = due <= now && (clock.End is null ? due <= end : due < end);
                if (repetition > 0 && due > silentFrom)
                    break;
                var idle = step.Do == SlaAction.Escalate && step.ToTier is { } tier && due is { } at && TierAt(at, climbed) >= tier;
                yield return (
                    clock,
                    new(step.Metric, clock.Cycle, step.At, step.Do, step.ToTier, due, reached && !idle && clock.CancelledAt is null ? due : null)
                    {
                        Repetition = repetition,
                    },
                    idle
                );
                if (reached && !idle && step.Do == SlaAction.Escalate && step.ToTier is { } to)
                    climbed.Add(new(due!.Value, to, ByHand: false));
                // The next one that is not there yet is shown too: it is what the watch waits for.
                if (step.RepeatEvery is not { } every || due is null || !reached || repetition == MostRepetitions || clock.End is not null)
                    break;
                due = clock.After(due.Value, every);
            }
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
            foreach (var clock in Running().Where(clock => clock.Metric == SlaMetric.PeriodicUpdate))
                clock.CancelledAt = at;
        }
        else if (wasDone && !isDone)
        {
            foreach (var metric in ToResolution)
                Reopen(metric, at);
        }

        foreach (var clock in Running())
            clock.Switch(at, !Pauses(clock.Metric), _calendar);
    }

    private void Reopen(SlaMetric metric, DateTimeOffset at)
    {
        if (_clocks.LastOrDefault(clock => clock.Metric == metric) is not { } last || last.CancelledAt is not null)
            return;
        if (_policy.Reopen == ReopenRule.NewCycle)
        {
            Start(metric, at);
            return;
        }

        last.Resume(counts: _policy.Reopen == ReopenRule.Total, at);
        last.Promise(at, _priority, Within(metric));
    }

    private void Inherit(DateTimeOffset oldest)
    {
        var running = Running().FirstOrDefault(clock => clock.Metric == SlaMetric.NextReply);
        if (running is null)
            Start(SlaMetric.NextReply, oldest);
        else if (oldest < running.StartedAt)
            running.StartEarlier(oldest);
    }

    private void StartUnlessRunning(SlaMetric metric, DateTimeOffset at)
    {
        if (!Running().Any(clock => clock.Metric == metric))
            Start(metric, at);
    }

    /// <summary>Every clock starts, promised or not: a priority or policy that comes later takes its target from the same start.</summary>
    private void Start(SlaMetric metric, DateTimeOffset at)
    {
        var cycle = (_clocks.LastOrDefault(clock => clock.Metric == metric)?.Cycle ?? 0) + 1;
        _clocks.Add(new(metric, cycle, at, _priority, Within(metric), !Pauses(metric), _calendar, _calendars));
    }

    private void Stop(SlaMetric metric, DateTimeOffset at)
    {
        foreach (var clock in Running().Where(clock => clock.Metric == metric))
            clock.StoppedAt = at;
    }

    private void PromiseAnew(DateTimeOffset at)
    {
        foreach (var clock in Running())
            clock.Promise(at, _priority, Within(clock.Metric));
    }

    private TimeSpan? Within(SlaMetric metric) =>
        (
            _policy.Targets.FirstOrDefault(target => target.Metric == metric && target.Priority == _priority)
            ?? _policy.Targets.FirstOrDefault(target => target.Metric == metric && target.Priority is null)
        )?.Within;

    private bool Pauses(SlaMetric metric) =>
        metric switch
        {
            SlaMetric.AgentWork => _status is TicketStatus.Pending or TicketStatus.OnHold,
            SlaMetric.RequesterWait => _status is TicketStatus.Pending,
            SlaMetric.Resolution => _policy.PauseResolutionOn.Contains(_status),
            _ => false,
        };

    private static bool IsDone(TicketStatus status) => status is TicketStatus.Resolved or TicketStatus.Closed;

    /// <summary>One cycle of one metric: when it ran, by which calendar, and what was promised when.</summary>
    private sealed class Clock
    {
        private readonly Func<string, BusinessCalendar> _calendars;
        private readonly List<SlaSpan> _spans;
        private readonly List<SlaPromise> _promises;

        public Clock(
            SlaMetric metric,
            int cycle,
            DateTimeOffset start,
            TicketPriority priority,
            TimeSpan? within,
            bool runs,
            string calendar,
            Func<string, BusinessCalendar> calendars
        )
        {
            (Metric, Cycle, StartedAt, _calendars) = (metric, cycle, start, calendars);
            _spans = [new(start, runs, calendar)];
            _promises = [new(start, priority, within)];
        }

        public Clock(SlaClockState state, Func<string, BusinessCalendar> calendars)
        {
            (Metric, Cycle, StartedAt, StoppedAt, CancelledAt, _calendars) = (
                state.Metric,
                state.Cycle,
                state.StartedAt,
                state.StoppedAt,
                state.CancelledAt,
                calendars
            );
            (_spans, _promises) = ([.. state.Spans], [.. state.Promises]);
        }

        public SlaMetric Metric { get; }

        public int Cycle { get; }

        public DateTimeOffset StartedAt { get; private set; }

        public DateTimeOffset? StoppedAt { get; set; }

        public DateTimeOffset? CancelledAt { get; set; }

        public DateTimeOffset? End => StoppedAt ?? CancelledAt;

        public bool Runs => _spans[^1].Runs;

        /// <summary>Whether anything was ever promised; without it the clock only runs in case.</summary>
        public bool WasPromised => _promises.Any(promise => promise.Within is not null);

        public bool IsPromised => _promises[^1].Within is not null;

        public SlaClockState State() => new(Metric, Cycle, StartedAt, StoppedAt, CancelledAt, [.. _spans], [.. _promises]);

        public void Switch(DateTimeOffset at, bool runs, string calendar)
        {
            if (_spans[^1].Runs != runs || _spans[^1].Calendar != calendar)
                _spans.Add(new(at, runs, calendar));
        }

        public void Promise(DateTimeOffset at, TicketPriority priority, TimeSpan? within)
        {
            if (_promises[^1].Priority != priority || _promises[^1].Within != within)
                _promises.Add(new(at, priority, within));
        }

        /// <summary>Goes on after a stop; the time between counts or pauses.</summary>
        public void Resume(bool counts, DateTimeOffset at)
        {
            if (!counts)
            {
                _spans.Add(new(StoppedAt!.Value, false, _spans[^1].Calendar));
                _spans.Add(new(at, true, _spans[^1].Calendar));
            }

            StoppedAt = null;
        }

        public void StartEarlier(DateTimeOffset at)
        {
            StartedAt = at;
            _spans[0] = _spans[0] with { From = at };
            _promises[0] = _promises[0] with { At = at };
        }

        /// <summary>This much business time after an instant that the clock has reached; null while it is paused.</summary>
        public DateTimeOffset? After(DateTimeOffset at, TimeSpan length) => Runs ? _calendars(_spans[^1].Calendar).Add(at, length) : null;

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
            return Runs ? _calendars(_spans[^1].Calendar).Add(until > StartedAt ? until : StartedAt, length - used) : null;
        }

        public SlaTargetState StateAt(DateTimeOffset now)
        {
            var until = End ?? now;
            var (_, latestPriority, latestWithin) = _promises.Last(promise => promise.Within is not null);
            var due = IsPromised ? ReachedAt(latestWithin!.Value, now) : null;
            var (breachedAt, cause) = FirstBreach(now, until);
            var elapsed = Spans(until).Where(span => span.Runs).Aggregate(TimeSpan.Zero, (sum, span) => sum + span.By.Count(span.From, span.To));
            var late = StoppedAt is { } stopped ? due < stopped : due <= until;
            var state =
                late ? SlaState.Breached
                : CancelledAt is not null || !IsPromised
                    ? breachedAt is null ? SlaState.Cancelled
                        : SlaState.Breached
                : StoppedAt is not null ? SlaState.Met
                : Runs ? SlaState.Running
                : SlaState.Paused;
            cause ??= due is null && Runs && IsPromised && !_calendars(_spans[^1].Calendar).HasHours ? "no-hours" : null;
            return new(
                Metric,
                Cycle,
                latestPriority,
                latestWithin!.Value,
                state,
                StartedAt,
                due,
                StoppedAt,
                breachedAt,
                cause,
                breachedAt is not null,
                elapsed,
                Stretches(until)
            );
        }

        /// <summary>The first instant at which what was promised then was used up: a later, longer promise does not undo it.</summary>
        private (DateTimeOffset? At, string? Cause) FirstBreach(DateTimeOffset now, DateTimeOffset until)
        {
            for (var i = 0; i < _promises.Count; i++)
            {
                var (since, _, promised) = _promises[i];
                var last = i + 1 < _promises.Count ? _promises[i + 1].At : until;
                if (promised is null || ReachedAt(promised.Value, now) is not { } due)
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
                    yield return (_spans[i].From, to, _spans[i].Runs, _calendars(_spans[i].Calendar));
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
