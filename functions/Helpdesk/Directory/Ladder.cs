namespace Helpdesk.Directory;

/// <summary>The groups that a ticket climbs when it is escalated.</summary>
public static class Ladder
{
    /// <summary>More rungs than tiers would be a circle.</summary>
    public const int Longest = 5;

    /// <summary>The groups that a group hands over to, nearest first.</summary>
    public static IReadOnlyList<Group> Above(Group? group, Func<string?, Group?> groups)
    {
        var ladder = new List<Group>();
        while (ladder.Count < Longest && groups(group?.EscalatesTo) is { } next)
        {
            ladder.Add(next);
            group = next;
        }

        return ladder;
    }
}
