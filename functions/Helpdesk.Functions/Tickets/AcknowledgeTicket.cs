using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Tickets;

/// <summary>Acknowledges a ticket. What the policy keeps repeating is not repeated any more.</summary>
public sealed class AcknowledgeTicket(TimeProvider time)
{
    [Function(nameof(AcknowledgeTicket)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Refuses("ticket-closed")]
    public Task<Results<Ok<TicketView>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/tickets/{id}/acknowledge")] NoBody body,
        string id,
        ChangeTicket change,
        CancellationToken cancellationToken
    ) => change.AnswerAsync(id, ticket => TicketRules.Acknowledge(ticket, change.Caller.Actor, time.GetUtcNow()), cancellationToken);
}
