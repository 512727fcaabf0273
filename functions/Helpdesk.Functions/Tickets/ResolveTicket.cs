using System.Reflection;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Tickets;

/// <summary>What solved it.</summary>
public sealed record ResolveTicketRequest(string Resolution)
{
    public static async ValueTask<ResolveTicketRequest?> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        var fields = await FieldReader.ReadAsync(context);
        var request = new ResolveTicketRequest(fields.Text("resolution", TicketFields.ResolutionLength, required: true, lines: true)!);
        fields.Done();
        return request;
    }
}

/// <summary>Resolves a ticket: the solution is documented, or it is not resolved.</summary>
public static class ResolveTicket
{
    public static Task<Results<Ok<TicketView>, NotFound>> Handle(string id, ResolveTicketRequest request, ChangeTicket change, TimeProvider time, CancellationToken cancel) =>
        change.AnswerAsync(id, ticket => TicketRules.Resolve(ticket, request.Resolution, change.Caller.Actor, time.GetUtcNow()), cancel);
}
