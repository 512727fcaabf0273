using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Tickets;

/// <summary>Opens a resolved ticket again.</summary>
public static class ReopenTicket
{
    public static Task<Results<Ok<TicketView>, NotFound>> Handle(string id, NoBody _, ChangeTicket change, TimeProvider time, CancellationToken cancel) =>
        change.AnswerAsync(id, ticket => TicketRules.Reopen(ticket, change.Caller.Actor, time.GetUtcNow()), cancel);
}
