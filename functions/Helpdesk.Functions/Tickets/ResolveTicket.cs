using System.ComponentModel.DataAnnotations;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Tickets;

/// <summary>What solved a ticket.</summary>
/// <param name="Resolution">What solved it, in words that help whoever meets the same problem.</param>
[Example("""{"resolution":"Extinguished, and the paper replaced."}""")]
public sealed record ResolveTicketRequest([property: MaxLength(TicketFields.ResolutionLength)] string Resolution) : IFromRequest<ResolveTicketRequest>
{
    public static async ValueTask<ResolveTicketRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var request = new ResolveTicketRequest(fields.Text("resolution", TicketFields.ResolutionLength, required: true, lines: true)!);
        fields.Done();
        return request;
    }
}

/// <summary>Resolves a ticket. What solved it is written down, or it is not resolved.</summary>
public sealed class ResolveTicket(TimeProvider time)
{
    [Function(nameof(ResolveTicket)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Refuses("ticket-closed", "already-resolved", "tasks-open")]
    public Task<Results<Ok<TicketView>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/tickets/{id}/resolve")] ResolveTicketRequest request,
        string id,
        ChangeTicket change,
        CancellationToken cancellationToken
    ) => change.AnswerAsync(id, ticket => TicketRules.Resolve(ticket, request.Resolution, change.Caller.Actor, time.GetUtcNow()), cancellationToken);
}
