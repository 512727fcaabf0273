using System.Text.Json.Serialization;
using Helpdesk.Tickets;

namespace Helpdesk.Sla;

/// <summary>What is promised: when a clock starts, stops and pauses.</summary>
[JsonConverter(typeof(WireNameConverter<SlaMetric>))]
public enum SlaMetric
{
    /// <summary>From the request to the first public comment by an agent.</summary>
    FirstReply,

    /// <summary>From the oldest unanswered comment of the requester to an agent's next public one.</summary>
    NextReply,

    /// <summary>From one public comment by an agent to the next.</summary>
    PeriodicUpdate,

    /// <summary>From opening to resolution, without the time somebody else was waited for.</summary>
    AgentWork,

    /// <summary>From opening to resolution, without the time the requester was waited for.</summary>
    RequesterWait,

    /// <summary>From opening to resolution.</summary>
    Resolution,
}

/// <summary>How a clock goes on when a resolved ticket is reopened.</summary>
[JsonConverter(typeof(WireNameConverter<ReopenRule>))]
public enum ReopenRule
{
    /// <summary>It goes on where it stood.</summary>
    Resume,

    /// <summary>What was decided stays, and a new cycle begins.</summary>
    NewCycle,

    /// <summary>Time since the opening counts, resolved time included.</summary>
    Total,
}

/// <summary>What a step of a policy does.</summary>
[JsonConverter(typeof(WireNameConverter<SlaAction>))]
public enum SlaAction
{
    Warn,
    Notify,
    RaisePriority,
    AssignGroup,
    Escalate,
}

/// <summary>A promised length, for tickets of one priority or (null) of any that has no promise of its own.</summary>
public sealed record SlaTarget(SlaMetric Metric, TicketPriority? Priority, TimeSpan Within);

/// <summary>Something to do when <paramref name="At"/> % of a target is used up.</summary>
public sealed record SlaStep(SlaMetric Metric, int At, SlaAction Do, int? ToTier)
{
    /// <summary>For <see cref="SlaAction.RaisePriority"/>; null is one higher.</summary>
    public TicketPriority? ToPriority { get; init; }

    /// <summary>Id of the group, for <see cref="SlaAction.AssignGroup"/>.</summary>
    public string? ToGroup { get; init; }

    /// <summary>
    /// Does it again each time this much business time has passed, until somebody acknowledges the ticket or the clock stops; null does it once.
    /// </summary>
    public TimeSpan? RepeatEvery { get; init; }
}

/// <summary>Promises and what happens on the way to breaking them.</summary>
public sealed record SlaPolicy
{
    /// <summary>Name of the calendar in force until a <see cref="SlaCalendarChanged"/> says otherwise.</summary>
    public required string Calendar { get; init; }
    public ReopenRule Reopen { get; init; }
    public IReadOnlyCollection<TicketStatus> PauseResolutionOn { get; init; } = [];
    public IReadOnlyList<SlaTarget> Targets { get; init; } = [];
    public IReadOnlyList<SlaStep> Steps { get; init; } = [];
}

/// <summary>A fact that clocks care about.</summary>
/// <param name="At">When it happened.</param>
/// <param name="ReceivedAt">When it became known; what claims to have happened later than that happened then.</param>
/// <param name="Id">The same id again is the same fact again.</param>
public abstract record SlaEvent(DateTimeOffset At, DateTimeOffset? ReceivedAt, string? Id);

public sealed record SlaTicketOpened(DateTimeOffset At, DateTimeOffset? ReceivedAt, string? Id, ActorKind By, TicketPriority Priority)
    : SlaEvent(At, ReceivedAt, Id);

public sealed record SlaCommentAdded(DateTimeOffset At, DateTimeOffset? ReceivedAt, string? Id, ActorKind By, CommentVisibility Visibility)
    : SlaEvent(At, ReceivedAt, Id);

public sealed record SlaStatusChanged(DateTimeOffset At, DateTimeOffset? ReceivedAt, string? Id, TicketStatus To) : SlaEvent(At, ReceivedAt, Id);

public sealed record SlaPriorityChanged(DateTimeOffset At, DateTimeOffset? ReceivedAt, string? Id, TicketPriority To) : SlaEvent(At, ReceivedAt, Id);

public sealed record SlaTierChanged(DateTimeOffset At, DateTimeOffset? ReceivedAt, string? Id, int To, ActorKind By) : SlaEvent(At, ReceivedAt, Id);

public sealed record SlaCalendarChanged(DateTimeOffset At, DateTimeOffset? ReceivedAt, string? Id, string To) : SlaEvent(At, ReceivedAt, Id);

/// <summary>Another policy, or another version of it, counts from now on.</summary>
public sealed record SlaPolicyChanged(DateTimeOffset At, DateTimeOffset? ReceivedAt, string? Id, SlaPolicy Policy) : SlaEvent(At, ReceivedAt, Id);

/// <summary>Somebody has taken notice: what was being repeated is not repeated any more.</summary>
public sealed record SlaAcknowledged(DateTimeOffset At, DateTimeOffset? ReceivedAt, string? Id) : SlaEvent(At, ReceivedAt, Id);

public sealed record SlaTicketReopened(DateTimeOffset At, DateTimeOffset? ReceivedAt, string? Id) : SlaEvent(At, ReceivedAt, Id);

/// <param name="OldestUnanswered">The oldest unanswered comment of the ticket whose comments came here.</param>
/// <param name="IsSource">This ticket was the one that was merged away: its targets end uncounted.</param>
public sealed record SlaTicketMerged(DateTimeOffset At, DateTimeOffset? ReceivedAt, string? Id, DateTimeOffset? OldestUnanswered, bool IsSource)
    : SlaEvent(At, ReceivedAt, Id);

/// <summary>The merge of this ticket was undone: what ended uncounted then goes on where it stood.</summary>
/// <param name="MergedAt">When it was merged.</param>
public sealed record SlaTicketUnmerged(DateTimeOffset At, DateTimeOffset? ReceivedAt, string? Id, DateTimeOffset MergedAt) : SlaEvent(At, ReceivedAt, Id);

/// <summary>Comments went away, to a ticket of their own.</summary>
/// <param name="OldestUnanswered">The oldest unanswered comment of those that stay.</param>
public sealed record SlaCommentsLeft(DateTimeOffset At, DateTimeOffset? ReceivedAt, string? Id, DateTimeOffset? OldestUnanswered)
    : SlaEvent(At, ReceivedAt, Id);

/// <summary>What a target can be.</summary>
[JsonConverter(typeof(WireNameConverter<SlaState>))]
public enum SlaState
{
    Running,
    Paused,
    Met,
    Breached,
    Cancelled,
}

/// <summary>What a stretch of time was to a clock.</summary>
[JsonConverter(typeof(WireNameConverter<StretchKind>))]
public enum StretchKind
{
    Counted,
    Closed,
    Paused,
}

/// <summary>One stretch of a promise's time.</summary>
/// <param name="From">Where it begins.</param>
/// <param name="To">Where it ends, exclusive.</param>
/// <param name="Kind">What it was to the clock.</param>
public sealed record SlaStretch(DateTimeOffset From, DateTimeOffset To, StretchKind Kind);

/// <summary>How one promise stands, with everything that explains it.</summary>
/// <param name="DueAt">Null while it cannot be told: the clock is paused, or the calendar has no hours.</param>
/// <param name="Cause"><c>policy-change</c> when a new priority broke it at once; <c>no-hours</c> when the calendar has none; otherwise null.</param>
public sealed record SlaTargetState(
    SlaMetric Metric,
    int Cycle,
    TicketPriority Priority,
    TimeSpan Within,
    SlaState State,
    DateTimeOffset StartedAt,
    DateTimeOffset? DueAt,
    DateTimeOffset? StoppedAt,
    DateTimeOffset? BreachedAt,
    string? Cause,
    bool EverBreached,
    TimeSpan Elapsed,
    IReadOnlyList<SlaStretch> Intervals
);

/// <summary>When a step of a policy falls due, and when it was done.</summary>
/// <param name="Metric">The metric whose target is watched.</param>
/// <param name="Cycle">Counts how often the metric began anew: 1, 2, 3 …</param>
/// <param name="At">The percentage of the promised time at which it is done.</param>
/// <param name="Do">What is done.</param>
/// <param name="ToTier">For <c>escalate</c>: the tier to climb to; otherwise null.</param>
/// <param name="DueAt">When it falls due; null while that cannot be told.</param>
/// <param name="FiredAt">When it was done; null when it had nothing to do, or was not reached.</param>
public sealed record SlaStepState(SlaMetric Metric, int Cycle, int At, SlaAction Do, int? ToTier, DateTimeOffset? DueAt, DateTimeOffset? FiredAt)
{
    /// <summary>0 for the first time; counts the repetitions.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Repetition { get; init; }
}

/// <summary>A clock as it is kept between two looks at it; see <see cref="SlaRun"/>.</summary>
public sealed record SlaClockState(
    SlaMetric Metric,
    int Cycle,
    DateTimeOffset StartedAt,
    DateTimeOffset? StoppedAt,
    DateTimeOffset? CancelledAt,
    IReadOnlyList<SlaSpan> Spans,
    IReadOnlyList<SlaPromise> Promises
)
{
    /// <summary>When the clock stood still because the ticket was resolved, until it was reopened; null for never.</summary>
    public IReadOnlyList<SlaStop>? Stops { get; init; }
}

/// <summary>The ticket was resolved at <paramref name="From"/>, and reopened at <paramref name="To"/>.</summary>
public sealed record SlaStop(DateTimeOffset From, DateTimeOffset To);

/// <summary>From when on a clock runs or is paused, and by which calendar.</summary>
public sealed record SlaSpan(DateTimeOffset From, bool Runs, string Calendar);

/// <summary>What is promised from when on; a null length promises nothing.</summary>
public sealed record SlaPromise(DateTimeOffset At, TicketPriority Priority, TimeSpan? Within);

/// <summary>From when on a ticket is at a tier, and whether somebody moved it there by hand.</summary>
public sealed record SlaTier(DateTimeOffset At, int Tier, bool ByHand);

/// <summary>Everything an <see cref="SlaRun"/> has to remember.</summary>
public sealed record SlaRunState(
    TicketPriority Priority,
    TicketStatus Status,
    string Calendar,
    bool OpenedByRequester,
    bool Replied,
    IReadOnlyList<SlaTier> Tiers,
    IReadOnlyList<SlaClockState> Clocks
)
{
    public DateTimeOffset? AcknowledgedAt { get; init; }
}

/// <summary>All promises to one ticket at one instant.</summary>
/// <param name="NextWakeAt">The next instant at which something changes by itself; null when nothing does.</param>
public sealed record SlaStatus(IReadOnlyList<SlaTargetState> Targets, IReadOnlyList<SlaStepState> Steps, DateTimeOffset? NextWakeAt);
