using System.Text.Json.Serialization;
using Helpdesk.Routing;

namespace Helpdesk.Directory;

/// <summary>A human who answers tickets of one workspace.</summary>
public sealed record Agent
{
    /// <summary>Kebab-case, unique in the workspace; tickets name their assignee by it.</summary>
    public required string Id { get; init; }

    /// <summary>The name that requesters and other agents see.</summary>
    public required string Name { get; init; }

    /// <summary>The e-mail address.</summary>
    public required string Email { get; init; }

    /// <summary>Object id of the person in Microsoft Entra; null when the e-mail address alone tells who they are in Teams.</summary>
    public string? EntraId { get; init; }

    /// <summary>What the agent may do after signing in by OpenID Connect: <c>agent</c> or <c>admin</c>. Keys have roles of their own.</summary>
    public KeyRole Role { get; init; } = KeyRole.Agent;

    /// <summary>Ids of the groups the agent belongs to.</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>What the agent can do, in words of the desk such as <c>vpn</c>; tickets that want skills go to who has all of them.</summary>
    public IReadOnlyList<string> Skills { get; init; } = [];

    /// <summary>The load at which the agent is given no more tickets; null for no limit.</summary>
    public int? Capacity { get; init; }

    /// <summary>Id of the calendar outside of whose hours the agent is given no tickets; null for always.</summary>
    public string? Calendar { get; init; }

    /// <summary>Whether the agent can be assigned tickets and use keys.</summary>
    public bool Active { get; init; } = true;

    /// <summary>When the agent was added.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A set of agents that tickets can belong to, at one support tier.</summary>
public sealed record Group
{
    /// <summary>Kebab-case, unique in the workspace.</summary>
    public required string Id { get; init; }

    /// <summary>The name that agents see.</summary>
    public required string Name { get; init; }

    /// <summary>1 to 3.</summary>
    public required int Tier { get; init; }

    /// <summary>Id of the group that takes over when a ticket is escalated, or null.</summary>
    public string? EscalatesTo { get; init; }

    /// <summary>Id of the calendar by which its tickets count business time; null for the one of each ticket's policy.</summary>
    public string? Calendar { get; init; }

    /// <summary>By what tickets without an assignee are given to its agents; null for not at all.</summary>
    public RoutingStrategy? Routing { get; init; }

    /// <summary>When the group was added.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A department or organisation whose data is separate from every other one's.</summary>
public sealed record Workspace
{
    /// <summary>Kebab-case; part of every key of its data, so it never changes.</summary>
    public required string Id { get; init; }

    /// <summary>The name of the department or organisation.</summary>
    public required string Name { get; init; }

    /// <summary>A workspace that is not active takes nothing in: receipts are kept and fail until it is active again.</summary>
    public bool Active { get; init; } = true;

    /// <summary>When the workspace was opened.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>An access key without its secret, of which only a hash is stored.</summary>
public sealed record AccessKey
{
    /// <summary>Names the key; it is not its text.</summary>
    public required string Id { get; init; }

    /// <summary>What the key is for.</summary>
    public required string Name { get; init; }

    /// <summary>What it allows.</summary>
    public required KeyRole Role { get; init; }

    /// <summary>Id of the agent who holds it; null for an integration.</summary>
    public string? Agent { get; init; }

    /// <summary>What it allows beyond its role. Keys of agents and admins have every scope.</summary>
    public IReadOnlyList<KeyScope> Scopes
    {
        get => Role == KeyRole.Integration ? field : Enum.GetValues<KeyScope>();
        init;
    } = [];

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>How far a key reaches; an admin may do all that an agent may.</summary>
[JsonConverter(typeof(WireNameConverter<KeyRole>))]
public enum KeyRole
{
    Agent,
    Admin,

    /// <summary>A program that brings requests in: it opens, reads and comments for requesters, and works no tickets.</summary>
    Integration,
}

/// <summary>A right that an integration's key has only where an admin grants it.</summary>
[JsonConverter(typeof(WireNameConverter<KeyScope>))]
public enum KeyScope
{
    /// <summary>Reads and writes internal notes.</summary>
    Notes,
}
