using System.Globalization;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Tickets;

/// <summary>Lists everything that ever happened to a ticket, from the first event on.</summary>
public sealed class ListTicketEvents(TicketStore tickets)
{
    [Function(nameof(ListTicketEvents)), RequiresKey(KeyRole.Integration, KeyRole.Agent, KeyRole.Admin), Query("limit", "cursor")]
    public async Task<Results<Ok<ListPage<EventView>>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/tickets/{id}/events")] HttpContext context,
        string id, Caller caller, CancellationToken cancel)
    {
        var query = new QueryReader(context);
        var (limit, cursor) = (query.Limit(), query.Text("cursor", 400));
        query.Done();
        if (TicketAddress.Parse(caller.Workspace, id) is not { } address || await tickets.FindAsync(address, cancel) is not { } ticket)
            return TypedResults.NotFound();
        var list = $"events {ticket.Id}";
        var after = cursor is null ? 0
            : long.TryParse(PageCursor.Read(list, cursor, 1)[0], NumberStyles.None, CultureInfo.InvariantCulture, out var seq) ? seq
            : throw new InvalidRequestException("cursor", "cursor is not one that this list gave; start again without it.");
        var events = await tickets.ReadEventsAsync(address, after, limit + 1, cancel);
        var page = events.Take(limit).ToList();
        return TypedResults.Ok(new ListPage<EventView>(
            [.. page.Select(EventView.Of)], events.Count > limit ? PageCursor.Write(list, page[^1].Seq.ToString(CultureInfo.InvariantCulture)) : null));
    }
}
