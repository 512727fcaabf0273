using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Tickets;

/// <summary>Lists a ticket's comments and notes, oldest first.</summary>
public sealed class ListComments(TicketStore tickets)
{
    [Function(nameof(ListComments)), RequiresKey(KeyRole.Integration, KeyRole.Agent, KeyRole.Admin), Query("limit", "cursor")]
    public async Task<Results<Ok<ListPage<CommentView>>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/tickets/{id}/comments")] HttpContext context,
        string id, Caller caller, CancellationToken cancel)
    {
        var query = new QueryReader(context);
        var (limit, cursor) = (query.Limit(), query.Text("cursor", 400));
        query.Done();
        if (TicketAddress.Parse(caller.Workspace, id) is not { } address || await tickets.FindAsync(address, cancel) is not { } ticket)
            return TypedResults.NotFound();
        var list = $"comments {ticket.Id}";
        var after = cursor is null ? null : PageCursor.Read(list, cursor, 1)[0];
        var rows = await tickets.ReadCommentsAsync(address, after, limit + 1, cancel);
        var page = rows.Take(limit).ToList();
        return TypedResults.Ok(new ListPage<CommentView>(
            [.. page.Select(row => CommentView.Of(row.Comment))], rows.Count > limit ? PageCursor.Write(list, page[^1].Name) : null));
    }
}
