using System.Text.Json.Serialization;

namespace Helpdesk.Routing;

/// <summary>By what an agent of a group is chosen for a ticket.</summary>
[JsonConverter(typeof(WireNameConverter<RoutingStrategy>))]
public enum RoutingStrategy
{
    /// <summary>Whose turn was longest ago.</summary>
    RoundRobin,

    /// <summary>Who has the least to do; of several, whose turn was longest ago.</summary>
    LeastBusy,

    /// <summary>Who has all skills that the ticket wants; of several, who has the least to do.</summary>
    Skills,
}

/// <summary>Whether an agent is there to be given tickets.</summary>
[JsonConverter(typeof(WireNameConverter<AgentPresence>))]
public enum AgentPresence
{
    Online,
    Away,

    /// <summary>Outside of the hours of their calendar.</summary>
    Off,
}
