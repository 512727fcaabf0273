using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Tickets;

/// <summary>Closes a resolved ticket for good.</summary>
public static class CloseTicket
{
    public static Task<Results<Ok<TicketView>, NotFound>> Handle(string id, NoBody _, ChangeTicket change, TimeProvider time, CancellationToken cancel) =>
        change.AnswerAsync(id, ticket => TicketRules.Close(ticket, change.Caller.Actor, time.GetUtcNow()), cancel);
}
