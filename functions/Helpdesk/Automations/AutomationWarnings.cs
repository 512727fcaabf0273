using Helpdesk.Conditions;

namespace Helpdesk.Automations;

/// <summary>Says what of an automation will have no effect, although nothing about it is wrong.</summary>
public static class AutomationWarnings
{
    /// <returns>A sentence for each; null for none.</returns>
    public static IReadOnlyList<string>? Of(Automation automation)
    {
        ArgumentNullException.ThrowIfNull(automation);
        var warnings = new List<string>();
        if (ConditionContradictions.Of(automation.Condition, automation.IsTimed ? null : automation.On) is { } why)
            warnings.Add($"It never runs: {why}");
        return warnings.Count > 0 ? warnings : null;
    }
}
