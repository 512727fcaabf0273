using System.Globalization;
using Helpdesk.Conditions;
using Helpdesk.Directory;

namespace Helpdesk.Sla;

/// <summary>Says what of a policy will have no effect as the desk is set up now, although nothing about it is wrong.</summary>
public static class PolicyWarnings
{
    /// <param name="others">The policies of the workspace; the policy itself may be among them.</param>
    /// <returns>A sentence for each; null for none.</returns>
    public static IReadOnlyList<string>? Of(PolicySetting policy, IReadOnlyList<PolicySetting> others, IReadOnlyList<Group> groups)
    {
        var warnings = new List<string>();
        if (ConditionDoubts.Of(policy.Condition) is { } never)
            warnings.Add($"This policy is for no ticket: {never}");
        foreach (var (index, step) in policy.Policy.Steps.Index())
        {
            if (step is { Do: SlaAction.Escalate, ToTier: { } tier } && groups.All(group => group.Tier < tier))
                warnings.Add(Said($"steps[{index}] escalates to tier {tier}, which no group has: tickets will change their tier and stay with their group."));
            if (policy.Policy.Targets.All(target => target.Metric != step.Metric))
                warnings.Add(
                    Said($"steps[{index}] watches {WireName<SlaMetric>.Of(step.Metric)}, which this policy does not promise: it will never be taken.")
                );
        }

        foreach (var priority in policy.Policy.Targets.Select(target => target.Priority).OfType<Tickets.TicketPriority>().Distinct())
        {
            if (LeavesOut(policy.Condition, priority))
                warnings.Add(
                    $"targets promises something to tickets of priority {WireName<Tickets.TicketPriority>.Of(priority)}, which the condition leaves out."
                );
        }

        if (
            policy.Active
            && others
                .Where(other => other.Id != policy.Id && other.Active && IsForAll(other.Condition))
                .FirstOrDefault(other => (other.Position, string.CompareOrdinal(other.Id, policy.Id)).CompareTo((policy.Position, 0)) < 0)
                is { } first
        )
            warnings.Add(Said($"It is never given to a ticket: the policy \"{first.Id}\" at position {first.Position} comes before and is for every ticket."));
        return warnings.Count > 0 ? warnings : null;
    }

    private static bool IsForAll(Condition condition) => condition.Decide(_ => null) == true;

    /// <summary>Whether no ticket of a priority can fit, whatever else it is.</summary>
    private static bool LeavesOut(Condition condition, Tickets.TicketPriority priority) =>
        condition.Decide(one =>
            one is Term { Field.Name: "priority" } term
                ? term.Field.Type.Test(term.Op, ConditionValue.Of<Tickets.TicketPriority>(priority), term.Values)
                : null
        ) == false;

    private static string Said(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
