using Helpdesk.Conditions;
using Helpdesk.Tickets;

namespace Helpdesk.Automations;

/// <summary>Decides on macros.</summary>
public static class MacroRules
{
    /// <summary>Whether an agent sees a macro: shared ones, and those of their own.</summary>
    public static bool IsVisible(Macro macro, string? agent)
    {
        ArgumentNullException.ThrowIfNull(macro);
        return macro.Owner is null || macro.Owner == agent;
    }

    /// <summary>Applies a macro to a ticket and records it.</summary>
    public static TicketChange Apply(ConditionSubject subject, Macro macro, ActionContext context, Actor by)
    {
        ArgumentNullException.ThrowIfNull(subject);
        ArgumentNullException.ThrowIfNull(macro);
        var ticket = subject.Ticket ?? throw new ArgumentException("A macro is applied to a ticket.", nameof(subject));
        if (!macro.Active)
            throw new HelpdeskRuleException("macro-not-active", $"The macro \"{macro.Name}\" is switched off.");
        if (macro.Condition.Explain(subject) is { Holds: false } explained)
            throw new HelpdeskRuleException(
                "macro-not-for-this",
                $"The macro \"{macro.Name}\" is not for ticket {ticket.Number}: "
                    + $"{string.Join(", ", explained.Terms.Where(term => term.Decides).Select(term => term.Term.ToString()))} decides."
            );
        if (TicketRules.Closed(ticket) is { } closed)
            throw closed;
        return AutomationRules.Recorded(ticket, new MacroApplied(macro.Id, macro.Name, macro.Version, []), macro.Actions, context, by, subject.Now);
    }
}
