using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Tickets;

/// <summary>Shows one ticket, by id or by number, as it is at this moment.</summary>
public static class GetTicket
{
    public static async Task<Results<Ok<TicketView>, NotFound, StatusCodeHttpResult>> Handle(string id, Caller caller, HttpContext context, TicketStore tickets, CancellationToken cancel)
    {
        if (TicketAddress.Parse(caller.Workspace, id) is not { } address || await tickets.FindAsync(address, cancel) is not { } ticket)
            return TypedResults.NotFound();
        var etag = IfMatch.ETag(ticket.Version);
        context.Response.Headers.ETag = etag;
        return context.Request.Headers.IfNoneMatch.Contains(etag)
            ? TypedResults.StatusCode(StatusCodes.Status304NotModified)
            : TypedResults.Ok(TicketView.Of(ticket));
    }
}
