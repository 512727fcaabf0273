using System.Text.Json.Serialization;
using Helpdesk.Tickets;

namespace Helpdesk.Alerts;

/// <summary>What is known of one alert key of a source: its last episodes, of which the newest may be open, and what is still to be done for them.</summary>
public sealed record EpisodeHistory
{
    /// <summary>Id of the source.</summary>
    public required string Source { get; init; }

    /// <summary>The key, as the tool says it.</summary>
    public required string Key { get; init; }

    /// <summary>In the order in which they began; none overlaps another, and only the last may be open.</summary>
    public IReadOnlyList<Episode> Episodes { get; init; } = [];

    /// <summary>Ends whose beginnings have not been heard of yet, in the order in which they were.</summary>
    public IReadOnlyList<EpisodeEnd> Early { get; init; } = [];

    /// <summary>The last instants at which it began to fire or stopped, by which flapping is known.</summary>
    public IReadOnlyList<DateTimeOffset> Changes { get; init; } = [];

    /// <summary>Number of the newest episode; 0 for none yet.</summary>
    public int LastSequence { get; init; }

    /// <summary>What is decided and may not be done yet, in order.</summary>
    public IReadOnlyList<EpisodeEffect> Owed { get; init; } = [];

    /// <summary>Number of the newest effect; 0 for none yet.</summary>
    public int LastEffect { get; init; }

    /// <summary>The instant for which a message is on its way that has it looked at; null for none.</summary>
    public DateTimeOffset? ArmedFor { get; init; }

    /// <summary>The open episode; null when nothing fires.</summary>
    [JsonIgnore]
    public Episode? Open => Episodes is [.., { End: null } last] ? last : null;
}

/// <summary>One span in which an alert key fired.</summary>
public sealed record Episode
{
    /// <summary>Counts the episodes of the key, as they were recognised: 1, 2, 3 …</summary>
    public required int Sequence { get; init; }

    /// <summary>When it began: as the tool says, else when it was heard of.</summary>
    public required DateTimeOffset FirstAt { get; init; }

    /// <summary>When it was last heard of.</summary>
    public required DateTimeOffset LastAt { get; init; }

    /// <summary>How many reports said that it fires.</summary>
    public required long Count { get; init; }

    /// <summary>The beginnings that were reported, with how often each was, in order; a bounded number of them.</summary>
    public IReadOnlyList<EpisodeStart> Starts { get; init; } = [];

    /// <summary>How it ended; null while it is open.</summary>
    public EpisodeEnd? End { get; init; }

    /// <summary>That it changes so often that an end is not believed until it has been quiet.</summary>
    public bool Flaps { get; init; }

    /// <summary>For one that flaps: the end that is not believed yet; null while it fires.</summary>
    public EpisodeEnd? Quiet { get; init; }

    /// <summary>The ticket that it is on; null for none.</summary>
    public EpisodePlace? Place { get; init; }

    /// <summary>The maintenance window in which it began, and for which it has no ticket; null for none.</summary>
    public EpisodeMute? Muted { get; init; }

    public required string Subject { get; init; }
    public string Description { get; init; } = "";
    public string? Severity { get; init; }

    /// <summary>The highest priority that was reported; null where none was.</summary>
    public TicketPriority? Priority { get; init; }
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
    public IReadOnlyDictionary<string, string> Links { get; init; } = new Dictionary<string, string>();
}

/// <summary>A reported beginning.</summary>
/// <param name="StartedAt">As the tool says; null where it does not.</param>
/// <param name="HeardAt">When the first report of it came in.</param>
/// <param name="Count">How many reports said so.</param>
public sealed record EpisodeStart(DateTimeOffset? StartedAt, DateTimeOffset HeardAt, long Count)
{
    [JsonIgnore]
    public DateTimeOffset At => StartedAt ?? HeardAt;
}

/// <summary>A reported end.</summary>
/// <param name="StartedAt">When that which ended had begun, as the tool says; null where it does not.</param>
/// <param name="EndedAt">When it ended, as the tool says; null where it does not.</param>
/// <param name="HeardAt">When the report came in.</param>
public sealed record EpisodeEnd(DateTimeOffset? StartedAt, DateTimeOffset? EndedAt, DateTimeOffset HeardAt)
{
    [JsonIgnore]
    public DateTimeOffset At => EndedAt ?? HeardAt;
}

/// <summary>The ticket of an episode.</summary>
/// <param name="Ticket">Id of the ticket.</param>
/// <param name="Number">Number of the ticket.</param>
/// <param name="How">How the episode came to be on it.</param>
/// <param name="At">When that was decided.</param>
/// <param name="Receipt">Id of the receipt that led to it; null for none.</param>
/// <param name="After">Name of the maintenance window in which the episode began; null where it began in none.</param>
public sealed record EpisodePlace(string Ticket, long Number, EpisodeJoin How, DateTimeOffset At, string? Receipt = null, string? After = null);

/// <summary>How an episode came to be on a ticket.</summary>
[JsonConverter(typeof(WireNameConverter<EpisodeJoin>))]
public enum EpisodeJoin
{
    /// <summary>The ticket was opened for it.</summary>
    Opened,

    /// <summary>It fires again, shortly after the ticket was resolved by the desk.</summary>
    Refired,

    /// <summary>Its labels say that it has to do with what the ticket is about.</summary>
    Correlated,

    /// <summary>There were so many at once that they share a ticket.</summary>
    Storm,

    /// <summary>A late report showed that what was taken for one episode were two.</summary>
    Divided,
}

/// <summary>That an episode began during maintenance.</summary>
/// <param name="Window">Name of the window.</param>
/// <param name="Until">When it ends.</param>
public sealed record EpisodeMute(string Window, DateTimeOffset Until);

/// <summary>Something that is to be done to a ticket.</summary>
/// <param name="Number">Names it among those of the key.</param>
/// <param name="Kind">What is to be done.</param>
/// <param name="Sequence">The episode that it is about.</param>
public sealed record EpisodeEffect(int Number, EpisodeEffectKind Kind, int Sequence);

/// <summary>What is to be done to a ticket for an episode.</summary>
[JsonConverter(typeof(WireNameConverter<EpisodeEffectKind>))]
public enum EpisodeEffectKind
{
    /// <summary>The episode is put on its ticket, which is opened or reopened where necessary.</summary>
    Place,

    /// <summary>The ticket gets a higher priority.</summary>
    Raise,

    /// <summary>The ticket is told that the episode flaps.</summary>
    Flaps,

    /// <summary>The episode is over.</summary>
    Over,
}

/// <summary>What became of a report.</summary>
[JsonConverter(typeof(WireNameConverter<EpisodeOutcome>))]
public enum EpisodeOutcome
{
    /// <summary>A new episode began.</summary>
    Began,

    /// <summary>It told of an episode that is open already.</summary>
    Counted,

    /// <summary>It told of an episode that is over already.</summary>
    Late,

    /// <summary>An episode is over.</summary>
    Ended,

    /// <summary>It told of an end that was known.</summary>
    EndedBefore,

    /// <summary>It told of an end of which no beginning is known: it is kept for a while, should that come.</summary>
    Early,

    /// <summary>It told of a beginning whose end came before it: the episode is over, and needs no ticket.</summary>
    OverAtOnce,

    /// <summary>It told of an end that is not believed yet, since the alert flaps.</summary>
    Held,

    /// <summary>A new episode began during maintenance, and has no ticket.</summary>
    Muted,
}
