using System.Text.Json.Serialization;

namespace Helpdesk.Telephone;

/// <summary>Who called whom.</summary>
[JsonConverter(typeof(WireNameConverter<CallDirection>))]
public enum CallDirection
{
    /// <summary>Somebody called the desk.</summary>
    Inbound,

    /// <summary>The desk called somebody.</summary>
    Outbound,
}

/// <summary>What came of a call. A later one in this list says more than an earlier one.</summary>
[JsonConverter(typeof(WireNameConverter<CallOutcome>))]
public enum CallOutcome
{
    /// <summary>It rings, and nobody has said yet what comes of it.</summary>
    Ringing,

    /// <summary>Nobody answered.</summary>
    Missed,

    /// <summary>The line was busy, or the call was refused.</summary>
    Busy,

    /// <summary>The caller left a message.</summary>
    Voicemail,

    /// <summary>They spoke.</summary>
    Answered,
}

/// <summary>What a telephone system says of a call, once or several times while it lasts.</summary>
/// <param name="CallId">Names the call in the telephone system; null where it has no name.</param>
/// <param name="From">Who calls, as the system writes it; null for a withheld number.</param>
/// <param name="To">Who is called.</param>
/// <param name="StartedAt">When it began; null where it does not say.</param>
/// <param name="Duration">How long they spoke; null where it does not say, or is not over.</param>
/// <param name="Outcome">What came of it; null for one that is over, where the reports before tell.</param>
/// <param name="Ended">Whether it is over.</param>
/// <param name="Agent">Id or e-mail address of the agent, or the extension.</param>
/// <param name="Name">Name of the other person, where the system knows it.</param>
public sealed record CallReport(
    string? CallId,
    CallDirection Direction,
    string? From,
    string? To,
    DateTimeOffset? StartedAt,
    TimeSpan? Duration,
    CallOutcome? Outcome,
    bool Ended,
    string? RecordingUrl = null,
    string? Summary = null,
    string? Agent = null,
    string? Name = null
);

/// <summary>A telephone call, as all that was reported of it tells.</summary>
public sealed record Call
{
    public required string Id { get; init; }
    public required string Workspace { get; init; }
    public required CallDirection Direction { get; init; }

    /// <summary>The other person's number in E.164 form; null when it is withheld or none that can be called.</summary>
    public string? Number { get; init; }

    /// <summary>What the telephone system gave as the other person's number, where that is none that the desk can call: an extension, an emergency number,
    /// a number without its country while the workspace has no region. Null otherwise.</summary>
    public string? NumberAs { get; init; }

    /// <summary>The other person's name, where the telephone system knows it.</summary>
    public string? Name { get; init; }

    /// <summary>The desk's own number or extension.</summary>
    public string? Own { get; init; }

    /// <summary>When it began, as far as it is known.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When the first report of it came: by that it stands in its contact's line of time.</summary>
    public required DateTimeOffset ListedAt { get; init; }

    /// <summary>When a report said that somebody had answered.</summary>
    public DateTimeOffset? AnsweredAt { get; init; }

    /// <summary>When a report said that it was over.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>How long they spoke, where a report said so.</summary>
    public TimeSpan? Spoken { get; init; }

    /// <summary>The most that any report has said.</summary>
    public CallOutcome Reported { get; init; }

    /// <summary>Link to the recording: <c>http</c> or <c>https</c>.</summary>
    public string? RecordingUrl { get; init; }
    public string? Summary { get; init; }

    /// <summary>Id of the agent; null where nobody said one, or one who is not known here.</summary>
    public string? Agent { get; init; }

    /// <summary>What was said of who spoke for the desk, where that is no agent's id.</summary>
    public string? AgentAs { get; init; }

    /// <summary>Ids of the receipts that told of it.</summary>
    public IReadOnlyList<string> Receipts { get; init; } = [];

    /// <summary>Id of the ticket that it is logged on, or is about to open; null while nobody has decided.</summary>
    public string? Ticket { get; init; }

    /// <summary>Whether something of it stands on that ticket.</summary>
    public bool? Logged { get; init; }

    /// <summary>Id of the note that has the details; null for none.</summary>
    public string? Note { get; init; }

    /// <summary>When the note was added.</summary>
    public DateTimeOffset? NoteAt { get; init; }

    /// <summary>What came of it: one that is over and of which nothing else was said was missed.</summary>
    [JsonIgnore]
    public CallOutcome Outcome => Reported == CallOutcome.Ringing && EndedAt is not null ? CallOutcome.Missed : Reported;

    /// <summary>How long they spoke; null where that is not known, or they did not.</summary>
    [JsonIgnore]
    public TimeSpan? Duration =>
        Outcome is not (CallOutcome.Answered or CallOutcome.Voicemail) ? null : Spoken ?? (EndedAt > AnsweredAt ? EndedAt - AnsweredAt : null);
}
