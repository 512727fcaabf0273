namespace Helpdesk.Directory;

/// <summary>What holds between the groups and agents of one workspace.</summary>
public static class DirectoryRules
{
    /// <summary>Every group hands over to one of a higher tier, so that each ladder can be climbed and none goes round.</summary>
    /// <param name="groups">All groups as they would be after the change.</param>
    /// <param name="changed">The group whose change this is.</param>
    public static void CheckLadders(IReadOnlyCollection<Group> groups, Group changed)
    {
        if (changed.EscalatesTo == changed.Id)
            throw new HelpdeskRuleException("ladder-broken", $"The group \"{changed.Id}\" cannot escalate to itself.");
        if (changed.EscalatesTo is { } next && groups.FirstOrDefault(group => group.Id == next) is { } above && above.Tier <= changed.Tier)
            throw new HelpdeskRuleException(
                "ladder-broken",
                Reaches(groups, above, changed.Id)
                    ? $"The groups \"{changed.Id}\" and \"{next}\" would escalate in a circle."
                    : $"The group \"{changed.Id}\" of tier {changed.Tier} cannot escalate to \"{next}\" of tier {above.Tier}: that must be of a higher tier."
            );
        if (groups.FirstOrDefault(group => group.EscalatesTo == changed.Id && group.Tier >= changed.Tier) is { } below)
            throw new HelpdeskRuleException(
                "ladder-broken",
                $"The group \"{below.Id}\" of tier {below.Tier} escalates to \"{changed.Id}\", which must stay above it: change \"{below.Id}\" first."
            );
    }

    /// <summary>No two agents have one e-mail address, nor one identity in Entra: who signs in has to be one person.</summary>
    public static void CheckIdentity(IEnumerable<Agent> agents, Agent changed)
    {
        foreach (var other in agents.Where(agent => agent.Id != changed.Id))
        {
            if (string.Equals(other.Email, changed.Email, StringComparison.OrdinalIgnoreCase))
                throw new HelpdeskRuleException("email-taken", $"The e-mail address {changed.Email} belongs to the agent \"{other.Id}\" already.");
            if (changed.EntraId is not null && string.Equals(other.EntraId, changed.EntraId, StringComparison.OrdinalIgnoreCase))
                throw new HelpdeskRuleException("entra-id-taken", $"The Entra id {changed.EntraId} belongs to the agent \"{other.Id}\" already.");
        }
    }

    private static bool Reaches(IReadOnlyCollection<Group> groups, Group from, string id)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var group = from; group is not null && seen.Add(group.Id); group = groups.FirstOrDefault(one => one.Id == group.EscalatesTo))
        {
            if (group.EscalatesTo == id)
                return true;
        }

        return false;
    }
}
