using System.Globalization;
using Helpdesk.Automations;
using Helpdesk.Functions.Conditions;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;
using Helpdesk.Functions.Views;

namespace Helpdesk.Functions.Automations;

/// <summary>Applies macros to tickets: one transaction each, with the run recorded.</summary>
public sealed class MacroRunner(TicketStore tickets, ConditionSubjects subjects, ActionContexts contexts, MacroStore macros, TimeProvider time) : IBulkMacros
{
    /// <summary>A macro that the caller sees; null when there is none.</summary>
    public ValueTask<Macro?> FindAsync(Caller caller, string id, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(caller);
        return macros.FindAsync(caller.Workspace, caller.Agent, id, cancellationToken);
    }

    /// <summary>Applies a macro to a ticket; null when there is no such ticket. What a rule refuses altogether throws.</summary>
    /// <param name="idempotency">Names the request, so that it is done once; null where twice does no harm.</param>
    public async Task<TicketChange?> RunAsync(
        Caller caller,
        Macro macro,
        TicketAddress ticket,
        IfMatch ifMatch,
        Idempotency? idempotency,
        CancellationToken cancellationToken
    )
    {
        var decide = await PrepareAsync(caller, macro, ticket, idempotency, cancellationToken);
        return await tickets.ChangeAsync(ticket, ifMatch, idempotency, decide, cancellationToken);
    }

    public async Task<Func<Ticket, CancellationToken, ValueTask<TicketChange>>> PrepareAsync(
        Caller caller,
        Macro macro,
        TicketAddress ticket,
        Idempotency? idempotency,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(caller);
        ArgumentNullException.ThrowIfNull(macro);
        var context = await contexts.OfAsync(caller.Workspace, macro.Actions, caller.Agent, cancellationToken);
        if (macro.Actions.Any(action => action.Strategy is not null) && await tickets.FindAsync(ticket, cancellationToken) is { } found)
            context = await contexts.ChooseAsync(
                context,
                found,
                macro.Actions,
                $"macro/{macro.Id}/{idempotency?.Name ?? found.Version.ToString(CultureInfo.InvariantCulture)}",
                cancellationToken
            );
        return async (current, cancelled) =>
        {
            var subject = await subjects.OfAsync(current, null, [macro.Condition], time.GetUtcNow(), null, cancelled);
            return MacroRules.Apply(subject with { Ticket = current }, macro, context, caller.Actor);
        };
    }
}
