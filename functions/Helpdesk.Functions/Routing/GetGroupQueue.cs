using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;
using Helpdesk.Routing;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Routing;

/// <summary>A ticket that waits for an agent of a group.</summary>
/// <param name="Id">Id of the ticket.</param>
/// <param name="Number">Number of the ticket.</param>
/// <param name="Subject">What it is about, on one line.</param>
/// <param name="Priority">How soon it wants attention.</param>
/// <param name="CreatedAt">When it was opened: the oldest is given first.</param>
/// <param name="WaitsSince">When the desk found nobody for it.</param>
/// <param name="Strategy">By what an agent is chosen for it.</param>
/// <param name="Skills">The skills that it wants.</param>
public sealed record WaitingTicketView(
    string Id,
    long Number,
    string Subject,
    TicketPriority Priority,
    DateTimeOffset CreatedAt,
    DateTimeOffset WaitsSince,
    RoutingStrategy Strategy,
    IReadOnlyList<string> Skills
);

/// <summary>Lists the tickets that wait for somebody of a group to be available, in the order in which they are given.</summary>
public sealed class GetGroupQueue(RoutingStore store, DirectoryStore directory, TicketStore tickets)
{
    [Function(nameof(GetGroupQueue)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<ListPage<WaitingTicketView>>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/groups/{id}/queue")] PageQuery query,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(query);
        if (await directory.FindGroupAsync(caller.Workspace, id, cancellationToken) is null)
            return TypedResults.NotFound();
        var list = $"{caller.Workspace} queue {id}";
        var after = query.Cursor is null ? null : PageCursor.Read(list, query.Cursor, 1)[0];
        var waiting = await store.ReadWaitingAsync(caller.Workspace, id, after, query.Limit + 1, cancellationToken);
        var shown = waiting.Take(query.Limit).ToList();
        var found = await Task.WhenAll(shown.Select(one => tickets.FindAsync(new(caller.Workspace, one.Ticket.Number), cancellationToken)));
        var items =
            from pair in shown.Zip(found)
            let ticket = pair.Second
            let waits = pair.First.Ticket
            where ticket is not null && RoutingRules.Waits(ticket, id)
            select new WaitingTicketView(
                ticket.Id,
                ticket.Number,
                ticket.Subject,
                ticket.Priority,
                ticket.CreatedAt,
                waits.Since,
                waits.Strategy,
                waits.Skills
            );
        return TypedResults.Ok(new ListPage<WaitingTicketView>([.. items], waiting.Count > query.Limit ? PageCursor.Write(list, shown[^1].Place) : null));
    }
}
