using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Operations;

/// <summary>Deliveries that were given up: see them, and have them tried again. For admins.</summary>
public static class ManageDeadLetters
{
    public static async Task<Ok<ListPage<DeadLetter>>> List(HttpContext context, Caller caller, DeadLetterStore letters, CancellationToken cancel)
    {
        var query = new QueryReader(context);
        var (limit, cursor) = (query.Limit(), query.Text("cursor", 400));
        query.Done();
        return TypedResults.Ok(await letters.ReadAsync(caller.Workspace, limit, cursor, cancel));
    }

    /// <summary>Delivers again; the dead letter is gone when that worked, and stays when it did not.</summary>
    public static async Task<Results<NoContent, NotFound>> Replay(string id, NoBody _, Caller caller, DeadLetterStore letters, TicketDelivery delivery, CancellationToken cancel)
    {
        if (id.Length > 100 || await letters.FindAsync(caller.Workspace, id, cancel) is not { } letter)
            return TypedResults.NotFound();
        await delivery.ReplayAsync(caller.Workspace, letter, cancel);
        return TypedResults.NoContent();
    }
}
