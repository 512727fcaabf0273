using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Tickets;

/// <summary>Opens a resolved ticket again.</summary>
public sealed class ReopenTicket(TimeProvider time)
{
    [Function(nameof(ReopenTicket)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Refuses("ticket-closed", "ticket-not-resolved")]
    public Task<Results<Ok<TicketView>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/tickets/{id}/reopen")] NoBody body,
        string id,
        ChangeTicket change,
        CancellationToken cancellationToken
    ) => change.AnswerAsync(id, ticket => TicketRules.Reopen(ticket, change.Caller.Actor, time.GetUtcNow()), cancellationToken);
}
