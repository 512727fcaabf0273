using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Hosting;
using Helpdesk.Routing;

namespace Helpdesk.Functions.Routing;

/// <summary>A ticket that an agent was chosen for, and that is not known yet to have gone to them.</summary>
public sealed record GivenTicket(long Number, decimal Weight, DateTimeOffset At);

/// <summary>What has to be known of an agent at the moment of a choice.</summary>
public sealed record AgentState
{
    public required string Agent { get; init; }

    /// <summary>What the agent has said of themselves.</summary>
    public AgentPresence Presence { get; init; }

    /// <summary>When an absence ends by itself; null for never.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>When it was said; null when nobody has said anything.</summary>
    public DateTimeOffset? SaidAt { get; init; }

    /// <summary>The weights of the agent's new and open tickets by number; null while nobody counts them.</summary>
    public IReadOnlyDictionary<long, decimal>? Tickets { get; init; }

    public IReadOnlyList<GivenTicket> Given { get; init; } = [];

    /// <summary>Since when they are counted.</summary>
    public DateTimeOffset? CountedSince { get; init; }

    /// <summary>When they were last counted from the lists of tickets.</summary>
    public DateTimeOffset? CountedAt { get; init; }

    /// <summary>The weights of what the agent has and of what is on its way to them, added up.</summary>
    [JsonIgnore]
    public decimal Load => (Tickets?.Values.Sum() ?? 0) + Given.Where(one => Tickets?.ContainsKey(one.Number) != true).Sum(one => one.Weight);

    /// <summary>What holds now, apart from any calendar.</summary>
    public AgentPresence PresenceAt(DateTimeOffset now) => Presence == AgentPresence.Away && !(Until <= now) ? AgentPresence.Away : AgentPresence.Online;
}

/// <summary>Whose turn it is in a group.</summary>
public sealed record GroupTurns
{
    public required string Group { get; init; }

    /// <summary>Counts the choices.</summary>
    public long Turn { get; init; }

    /// <summary>The number of the turn in which each agent was chosen last.</summary>
    public IReadOnlyDictionary<string, long> Last { get; init; } = new Dictionary<string, long>();

    /// <summary>When somebody looks at who waits, without being asked; null for nobody.</summary>
    public DateTimeOffset? WakeAt { get; init; }
}

/// <summary>Who was chosen under a key.</summary>
public sealed record MadeChoice(string Key, long Number, string Agent, DateTimeOffset At);

/// <summary>A ticket that waits for an agent of a group.</summary>
/// <param name="CreatedAt">When the ticket was opened: the oldest comes first.</param>
/// <param name="Since">When it began to wait.</param>
/// <param name="Key">The key under which an agent is chosen for it.</param>
/// <param name="Cause">Number of the event that it is routed for; null where that is not known.</param>
public sealed record WaitingTicket(
    string Group,
    long Number,
    DateTimeOffset CreatedAt,
    DateTimeOffset Since,
    RoutingStrategy Strategy,
    IReadOnlyList<string> Skills,
    string Key,
    long? Cause
);

/// <summary>"Give what waits to those who are there now": in one group, or in all of an agent's.</summary>
public sealed record RoutingWake(string Workspace, string? Group, string? Agent)
{
    public const string QueueName = "waiting-tickets";

    internal static Storage.WorkQueueOptions<RoutingWake> Queue { get; } =
        new(QueueName, RoutingJson.Default.RoutingWake, wake => $"{wake.Workspace}:{wake.Group}:{wake.Agent}") { Parallel = 2 };
}

/// <summary>Routing in storage; add fields, never rename them.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(UtcInstantConverter)]
)]
[JsonSerializable(typeof(AgentState))]
[JsonSerializable(typeof(GroupTurns))]
[JsonSerializable(typeof(MadeChoice))]
[JsonSerializable(typeof(WaitingTicket))]
[JsonSerializable(typeof(RoutingWake))]
internal sealed partial class RoutingJson : JsonSerializerContext;
