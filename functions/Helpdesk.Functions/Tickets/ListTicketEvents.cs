using System.Globalization;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Tickets;

/// <summary>
/// Lists the events of a ticket. Everything that ever happened to it is there, oldest first; a key that may not read notes is not told of them.
/// </summary>
public sealed class ListTicketEvents(TicketStore tickets)
{
    [Function(nameof(ListTicketEvents)), RequiresKey(KeyRole.Integration, KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<ListPage<EventView>>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/tickets/{id}/events")] PageQuery query,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        if (TicketAddress.Parse(caller.Workspace, id) is not { } address || await tickets.FindAsync(address, cancellationToken) is not { } ticket)
            return TypedResults.NotFound();
        var list = $"events {ticket.Id}";
        var after =
            query.Cursor is null ? 0
            : long.TryParse(PageCursor.Read(list, query.Cursor, 1)[0], NumberStyles.None, CultureInfo.InvariantCulture, out var seq) ? seq
            : throw new InvalidRequestException("cursor", "cursor is not one that this list gave; start again without it.");
        var events = await tickets.ReadEventsAsync(address, after, query.Limit + 1, cancellationToken);
        var page = events.Take(query.Limit).ToList();
        return TypedResults.Ok(
            new ListPage<EventView>(
                [.. (caller.SeesNotes ? page : page.Select(happened => happened.WithoutNotes()).OfType<TicketEvent>()).Select(EventView.Of)],
                events.Count > query.Limit ? PageCursor.Write(list, page[^1].Seq.ToString(CultureInfo.InvariantCulture)) : null
            )
        );
    }
}
