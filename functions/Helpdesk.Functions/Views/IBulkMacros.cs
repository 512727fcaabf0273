using Helpdesk.Automations;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Views;

/// <summary>Macros for changes of many tickets; what they do is known to automations.</summary>
public interface IBulkMacros
{
    /// <summary>A macro that the caller sees; null when there is none.</summary>
    ValueTask<Macro?> FindAsync(Caller caller, string id, CancellationToken cancellationToken);

    /// <summary>Gathers what a macro needs to know for a ticket; what comes back decides on the ticket as it then is.</summary>
    /// <param name="idempotency">Names the request: the same one chooses the same agents.</param>
    Task<Func<Ticket, CancellationToken, ValueTask<TicketChange>>> PrepareAsync(
        Caller caller,
        Macro macro,
        TicketAddress ticket,
        Idempotency? idempotency,
        CancellationToken cancellationToken
    );
}
