using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Operations;

/// <summary>Deliveries that were given up: see them, and have them tried again. For admins.</summary>
public sealed class ManageDeadLetters(DeadLetterStore letters, TicketDelivery delivery)
{
    [Function(nameof(ListDeadLetters)), RequiresKey(KeyRole.Admin), Query("limit", "cursor")]
    public async Task<Ok<ListPage<DeadLetter>>> ListDeadLetters(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/operations/dead-letters")] HttpContext context,
        Caller caller, CancellationToken cancel)
    {
        var query = new QueryReader(context);
        var (limit, cursor) = (query.Limit(), query.Text("cursor", 400));
        query.Done();
        return TypedResults.Ok(await letters.ReadAsync(caller.Workspace, limit, cursor, cancel));
    }

    /// <summary>Delivers again; the dead letter is gone when that worked, and stays when it did not.</summary>
    [Function(nameof(ReplayDeadLetter)), RequiresKey(KeyRole.Admin)]
    public async Task<Results<NoContent, NotFound>> ReplayDeadLetter(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/operations/dead-letters/{id}/replay")] NoBody body,
        string id, Caller caller, CancellationToken cancel)
    {
        if (id.Length > 100 || await letters.FindAsync(caller.Workspace, id, cancel) is not { } letter)
            return TypedResults.NotFound();
        await delivery.ReplayAsync(caller.Workspace, letter, cancel);
        return TypedResults.NoContent();
    }
}
