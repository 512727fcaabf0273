using System.Text.Json.Serialization;
using Helpdesk.Tickets;

namespace Helpdesk.Intake;

/// <summary>What is known of the requests that the desk sends through an intake of its own, to see that it works.</summary>
public sealed record IntakeProbe
{
    /// <summary>How long a probe may be under way before it counts as lost.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromMinutes(3);

    public required IntakeChannel Channel { get; init; }

    /// <summary>When the last one was sent.</summary>
    public required DateTimeOffset SentAt { get; init; }

    /// <summary>Id of its receipt.</summary>
    public required string Receipt { get; init; }

    /// <summary>When its way ended, well or not; null until then.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Why it did not come through; null otherwise.</summary>
    public string? Error { get; init; }

    /// <summary>When one came through last, whichever it was; null for never.</summary>
    public DateTimeOffset? CameAt { get; init; }

    /// <summary>How long that one took; null for never.</summary>
    public TimeSpan? Took { get; init; }

    /// <summary>When the one was sent that did not come through and for which there is an alarm; null while none is on.</summary>
    public DateTimeOffset? AlarmFor { get; init; }

    /// <summary>The same with one more on its way.</summary>
    public IntakeProbe Sent(string receipt, DateTimeOffset at) => this with { SentAt = at, Receipt = receipt, EndedAt = null, Error = null };

    /// <summary>The same when one has got to its end; one that comes late says nothing about the one sent after it.</summary>
    public IntakeProbe Ended(string receipt, DateTimeOffset sentAt, string? error, DateTimeOffset at)
    {
        var noted = error is null && (CameAt is null || at > CameAt) ? this with { CameAt = at, Took = at - sentAt } : this;
        return receipt == Receipt ? noted with { EndedAt = at, Error = error } : noted;
    }

    /// <summary>Why there is to be an alarm that is not on yet; null for none.</summary>
    /// <param name="every">How often a probe is sent; null where none is sent by itself.</param>
    public string? Alarm(TimeSpan? every, DateTimeOffset now) =>
        AlarmFor is not null
            ? null
            : State(every, now) switch
            {
                ProbeState.Failed => Error,
                ProbeState.Lost => $"Nothing was heard of the request that the desk sent through it at {SentAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC.",
                ProbeState.Stale => $"The desk has sent no request through it since {SentAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC, though it should.",
                _ => null,
            };

    /// <summary>How the intake does.</summary>
    /// <param name="every">How often a probe is sent; null where none is sent by itself.</param>
    public ProbeState State(TimeSpan? every, DateTimeOffset now) =>
        every is { } length && now - SentAt > (3 * length) + Patience ? ProbeState.Stale
        : EndedAt is null
            ? now - SentAt <= Patience ? ProbeState.UnderWay
                : ProbeState.Lost
        : Error is null ? ProbeState.Ok
        : ProbeState.Failed;
}

/// <summary>How an intake does, as its last probe tells.</summary>
[JsonConverter(typeof(WireNameConverter<ProbeState>))]
public enum ProbeState
{
    /// <summary>It came through.</summary>
    Ok,

    /// <summary>It was sent a moment ago.</summary>
    UnderWay,

    /// <summary>It came to its end, and not to the right one.</summary>
    Failed,

    /// <summary>It was sent and has not come to its end.</summary>
    Lost,

    /// <summary>None was sent for a long time, although they are switched on.</summary>
    Stale,

    /// <summary>None was ever sent.</summary>
    Never,
}
