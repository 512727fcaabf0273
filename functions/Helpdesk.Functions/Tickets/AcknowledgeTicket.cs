using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Tickets;

/// <summary>Takes notice of what the policy keeps repeating, which stops it.</summary>
public static class AcknowledgeTicket
{
    public static Task<Results<Ok<TicketView>, NotFound>> Handle(string id, NoBody _, ChangeTicket change, TimeProvider time, CancellationToken cancel) =>
        change.AnswerAsync(id, ticket => TicketRules.Acknowledge(ticket, change.Caller.Actor, time.GetUtcNow()), cancel);
}
