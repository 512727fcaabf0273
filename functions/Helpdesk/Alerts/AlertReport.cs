using System.Text.Json.Serialization;
using Helpdesk.Tickets;

namespace Helpdesk.Alerts;

/// <summary>One thing that a monitoring tool says of one disturbance.</summary>
public sealed record AlertReport
{
    /// <summary>Tells disturbances of a source apart: the same one has the same key, as long as it lasts and when it comes again.</summary>
    public required string Key { get; init; }
    public required AlertState State { get; init; }

    /// <summary>When the disturbance began, as the tool says; null where it does not.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended, as the tool says; null where it does not, or has not.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>One line.</summary>
    public required string Subject { get; init; }

    /// <summary>Plain text; empty for none.</summary>
    public string Description { get; init; } = "";

    /// <summary>How bad it is; null where the tool does not say, or says what nobody has mapped.</summary>
    public TicketPriority? Priority { get; init; }

    /// <summary>How bad it is in the tool's own words; null where it does not say.</summary>
    public string? Severity { get; init; }

    /// <summary>What the tool says it concerns, such as <c>service</c> or <c>host</c>.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Addresses in the tool, by what they lead to, such as <c>source</c>, <c>dashboard</c>, <c>silence</c>; http or https only.</summary>
    public IReadOnlyDictionary<string, string> Links { get; init; } = new Dictionary<string, string>();

    /// <summary>The tool's own id of this report, by which a repeat of it is known; null where it has none.</summary>
    public string? Id { get; init; }
}

/// <summary>What a report says of its disturbance.</summary>
[JsonConverter(typeof(WireNameConverter<AlertState>))]
public enum AlertState
{
    Firing,
    Resolved,
}

/// <summary>What was read from one body.</summary>
/// <param name="Reports">In the order of the body.</param>
/// <param name="Ignored">Why there is nothing to do, such as "a test message of Uptime Kuma"; null where there is.</param>
/// <param name="Notes">What could not be read or was left out, in words that go onto the receipt.</param>
public sealed record AlertReading(IReadOnlyList<AlertReport> Reports, string? Ignored = null, IReadOnlyList<string>? Notes = null);
