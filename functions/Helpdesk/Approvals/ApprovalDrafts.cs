using Helpdesk.Directory;
using Helpdesk.Sla;

namespace Helpdesk.Approvals;

/// <summary>Makes of what somebody names whom to ask and when.</summary>
public static class ApprovalDrafts
{
    /// <summary>As long an approval may take at the most.</summary>
    public static TimeSpan Longest { get; } = TimeSpan.FromDays(366);

    /// <summary>An approver by the id of an agent or by an address. Who is an agent is asked as that agent, by whichever of the two they are named.</summary>
    public static Approver Named(string idOrEmail, string? name, IReadOnlyList<Agent> agents)
    {
        ArgumentNullException.ThrowIfNull(idOrEmail);
        ArgumentNullException.ThrowIfNull(agents);
        if (!idOrEmail.Contains('@', StringComparison.Ordinal))
            return agents.FirstOrDefault(agent => agent.Id == idOrEmail) switch
            {
                { Active: true } agent => new(0, agent.Id),
                null => throw new HelpdeskRuleException("agent-not-found", $"The agent \"{idOrEmail}\" was not found."),
                _ => throw new HelpdeskRuleException("agent-not-active", $"The agent \"{idOrEmail}\" is not active."),
            };
        return agents.FirstOrDefault(agent => agent.Active && string.Equals(agent.Email, idOrEmail, StringComparison.OrdinalIgnoreCase)) is { } known
            ? new(0, known.Id)
            : new(0, Email: idOrEmail, Name: name);
    }

    /// <summary>When an approval ends and when those are reminded who have not answered; null where a calendar is never open for as long as that.</summary>
    /// <param name="length">How long it may take.</param>
    /// <param name="before">How long before its end somebody is reminded; null for half of the time, and once more near the end.</param>
    /// <param name="hours">The hours in which the lengths are counted; null for all hours.</param>
    public static (DateTimeOffset DueAt, IReadOnlyList<DateTimeOffset> RemindAt)? Times(
        DateTimeOffset now,
        TimeSpan length,
        IReadOnlyList<TimeSpan>? before,
        BusinessCalendar? hours
    )
    {
        DateTimeOffset? At(TimeSpan ahead) => hours is null ? now + ahead : hours.Add(now, ahead);
        if (At(length) is not { } due)
            return null;
        var reminders = (before ?? [length / 2, length / 10]).Where(one => one > TimeSpan.Zero && one < length).Select(one => At(length - one));
        return (due, [.. reminders.OfType<DateTimeOffset>()]);
    }
}
