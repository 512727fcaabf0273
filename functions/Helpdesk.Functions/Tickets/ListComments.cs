using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Tickets;

/// <summary>Lists the comments on a ticket, oldest first, with its notes where the key may read them.</summary>
public sealed class ListComments(TicketStore tickets, FileScans scans)
{
    [Function(nameof(ListComments)), RequiresKey(KeyRole.Integration, KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<ListPage<CommentView>>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/tickets/{id}/comments")] PageQuery query,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        if (TicketAddress.Parse(caller.Workspace, id) is not { } address || await tickets.FindAsync(address, cancellationToken) is not { } ticket)
            return TypedResults.NotFound();
        var list = $"comments {ticket.Id}";
        var after = query.Cursor is null ? null : PageCursor.Read(list, query.Cursor, 1)[0];
        var rows = await tickets.ReadCommentsAsync(address, after, query.Limit + 1, cancellationToken, caller.SeesNotes);
        var page = rows.Take(query.Limit).ToList();
        var known = await scans.OfAsync(caller.Workspace, page.SelectMany(row => row.Comment.Attachments ?? []), cancellationToken);
        return TypedResults.Ok(
            new ListPage<CommentView>(
                [.. page.Select(row => CommentView.Of(row.Comment, known))],
                rows.Count > query.Limit ? PageCursor.Write(list, page[^1].Name) : null
            )
        );
    }
}
