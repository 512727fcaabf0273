using System.Text.Json.Serialization;

namespace Helpdesk.Satisfaction;

/// <summary>In which words a requester is asked how it was.</summary>
[JsonConverter(typeof(WireNameConverter<SatisfactionScale>))]
public enum SatisfactionScale
{
    /// <summary>One to five stars.</summary>
    Stars,

    /// <summary>Good or bad, which are counted as five and as one.</summary>
    GoodBad,
}

/// <summary>What the requester was asked of one resolution of a ticket, and what they answered.</summary>
/// <param name="Asked">Number of the event by which they were asked; it names the question.</param>
/// <param name="AskedAt">When they were asked.</param>
/// <param name="ResolvedAt">When the ticket was resolved.</param>
/// <param name="Scale">What they were asked for.</param>
/// <param name="Agent">Id of the agent who had the ticket when it was resolved; null for nobody.</param>
/// <param name="Group">Id of the group that it belonged to then; null for none.</param>
public sealed record TicketSatisfaction(
    long Asked,
    DateTimeOffset AskedAt,
    DateTimeOffset ResolvedAt,
    SatisfactionScale Scale,
    string? Agent = null,
    string? Group = null
)
{
    /// <summary>1 to 5; null for no answer.</summary>
    public int? Rating { get; init; }

    /// <summary>Why, in the requester's words; null for nothing.</summary>
    public string? Comment { get; init; }

    /// <summary>When they answered first.</summary>
    public DateTimeOffset? RatedAt { get; init; }
}

/// <summary>How a workspace asks requesters how it was.</summary>
public sealed record SatisfactionSetting
{
    /// <summary>Channels of tickets whose requesters can be asked: a monitoring tool has no opinion.</summary>
    public static IReadOnlyList<Tickets.IntakeChannel> Askable { get; } =
    [.. Enum.GetValues<Tickets.IntakeChannel>().Where(channel => channel != Tickets.IntakeChannel.Alert)];

    /// <summary>Whether anybody is asked.</summary>
    public bool Active { get; init; }

    /// <summary>Since when: of what was resolved before, nobody is asked.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>How long after a resolution.</summary>
    public TimeSpan After { get; init; } = TimeSpan.FromHours(24);

    /// <summary>What they are asked for.</summary>
    public SatisfactionScale Scale { get; init; }

    /// <summary>Channels of tickets whose requesters are asked.</summary>
    public IReadOnlyList<Tickets.IntakeChannel> Channels { get; init; } = Askable;
}
