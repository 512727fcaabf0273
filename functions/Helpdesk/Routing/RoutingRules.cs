using System.Globalization;
using Helpdesk.Tickets;

namespace Helpdesk.Routing;

/// <summary>An agent of a group, as far as the choice asks.</summary>
/// <param name="Agent">Id of the agent.</param>
/// <param name="Load">The weights of what they have to do, added up; 0 where nobody counts.</param>
/// <param name="Capacity">The load at which they are full; null for never.</param>
/// <param name="Skills">What they can do.</param>
/// <param name="LastTurn">Number of the turn in which they were chosen last; 0 for never.</param>
public sealed record RoutingCandidate(string Agent, AgentPresence Presence, decimal Load, int? Capacity, IReadOnlyList<string> Skills, long LastTurn)
{
    public bool IsFull => Load >= Capacity;
}

/// <summary>Who was chosen, and why.</summary>
/// <param name="Agent">Id of the agent; null for nobody.</param>
public sealed record RoutingChoice(string? Agent, string Why);

/// <summary>Who of a group gets a ticket.</summary>
public static class RoutingRules
{
    /// <summary>How much of an agent's capacity a ticket takes while it is new or open; 0 for one that waits for somebody else, or is done.</summary>
    public static decimal WeightOf(Ticket ticket)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        return ticket.Status is not (TicketStatus.New or TicketStatus.Open)
            ? 0
            : ticket.Priority switch
            {
                TicketPriority.Low => 0.5m,
                TicketPriority.Normal => 1,
                TicketPriority.High => 1.5m,
                _ => 2,
            };
    }

    /// <summary>Chooses among those who are online, not full, and have all <paramref name="skills"/>.</summary>
    /// <remarks>
    /// Whose turn was longest ago comes first. So of two agents who are both available while some tickets are given by turns, neither gets two more than the
    /// other: between two turns of the one there is always one of the other.
    /// </remarks>
    public static RoutingChoice Choose(RoutingStrategy strategy, IReadOnlyList<string> skills, IReadOnlyList<RoutingCandidate> candidates)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        var there = candidates.Where(one => one.Presence == AgentPresence.Online && !one.IsFull && HasAll(one, skills)).ToList();
        if (there.Count == 0)
            return new(null, Nobody(skills, candidates));
        var ordered = strategy == RoutingStrategy.RoundRobin ? there.OrderBy(one => one.LastTurn) : there.OrderBy(one => one.Load).ThenBy(one => one.LastTurn);
        var chosen = ordered.ThenBy(one => one.Agent, StringComparer.Ordinal).First();
        var with = skills.Count > 0 ? $" with {string.Join(", ", skills)}" : "";
        return new(
            chosen.Agent,
            strategy == RoutingStrategy.RoundRobin
                ? Text($"Whose turn it was, of {there.Count} available{with}.")
                : Text($"The least busy of {there.Count} available{with}: a load of {chosen.Load:0.#} before.")
        );
    }

    /// <summary>Gives a routed ticket to an agent. One that somebody has, that left the group, or that is not worked, stays as it is.</summary>
    /// <param name="choice">Who was chosen, or that nobody was available.</param>
    /// <param name="cause">Number of the event that it is routed for; null for one that nobody knows.</param>
    public static TicketChange Route(
        Ticket ticket,
        string group,
        RoutingStrategy strategy,
        IReadOnlyList<string> skills,
        RoutingChoice choice,
        long? cause,
        DateTimeOffset now
    )
    {
        if (!Waits(ticket, group))
            return new(ticket, []);
        var routed = new TicketRouted(group, strategy, choice.Agent, choice.Why, skills.Count > 0 ? skills : null, cause);
        if (choice.Agent is null)
            return cause is { } known && ticket.RoutedFor >= known ? new(ticket, []) : TicketHistory.Record(ticket, Actor.System, now, routed);
        List<TicketFact> facts = [routed, new AssigneeChanged(null, choice.Agent)];
        if (ticket.Status == TicketStatus.New)
            facts.Add(new StatusChanged(TicketStatus.New, TicketStatus.Open));
        return TicketHistory.Record(ticket, Actor.System, now, facts);
    }

    /// <summary>Whether a ticket of a group wants somebody to work on it.</summary>
    public static bool Waits(Ticket ticket, string group)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        return ticket.Group == group && ticket.Assignee is null && ticket.Status is (TicketStatus.New or TicketStatus.Open);
    }

    /// <summary>Whether an event can leave a ticket with a group and without an agent.</summary>
    public static bool MayNeedRouting(TicketFact fact) =>
        fact
            is TicketOpened { Group: not null, Assignee: null }
                or GroupChanged { To: not null }
                or AssigneeChanged { To: null }
                or TicketReopened
                or StatusChanged { To: TicketStatus.New or TicketStatus.Open }
                or TicketUnmerged;

    /// <summary>The skills that a ticket wants by its tags: those of its tags that are a skill of somebody in the group.</summary>
    public static IReadOnlyList<string> SkillsOf(Ticket ticket, IEnumerable<IReadOnlyList<string>> known)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        var skills = known.SelectMany(of => of).ToHashSet(StringComparer.Ordinal);
        return [.. ticket.Tags.Where(skills.Contains)];
    }

    private static bool HasAll(RoutingCandidate one, IReadOnlyList<string> skills) => skills.All(skill => one.Skills.Contains(skill, StringComparer.Ordinal));

    private static string Nobody(IReadOnlyList<string> skills, IReadOnlyList<RoutingCandidate> candidates)
    {
        if (candidates.Count == 0)
            return "Nobody: the group has no active agent.";
        var able = candidates.Where(one => HasAll(one, skills)).ToList();
        if (able.Count == 0)
            return Text($"Nobody: none of {candidates.Count} has {string.Join(", ", skills)}.");
        var why = new[]
        {
            (able.Count(one => one.Presence == AgentPresence.Away), "away"),
            (able.Count(one => one.Presence == AgentPresence.Off), "outside of their hours"),
            (able.Count(one => one.Presence == AgentPresence.Online), "full"),
            (candidates.Count - able.Count, "without the skills"),
        };
        return Text($"Nobody: {string.Join(", ", why.Where(one => one.Item1 > 0).Select(one => Text($"{one.Item1} {one.Item2}")))}.");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
