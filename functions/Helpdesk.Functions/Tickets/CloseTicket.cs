using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Tickets;

/// <summary>Closes a resolved ticket for good.</summary>
public sealed class CloseTicket(TimeProvider time)
{
    [Function(nameof(CloseTicket)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Refuses("ticket-not-resolved")]
    public Task<Results<Ok<TicketView>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/tickets/{id}/close")] NoBody body,
        string id,
        ChangeTicket change,
        CancellationToken cancellationToken
    ) => change.AnswerAsync(id, ticket => TicketRules.Close(ticket, change.Caller.Actor, time.GetUtcNow()), cancellationToken);
}
