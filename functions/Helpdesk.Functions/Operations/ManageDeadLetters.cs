using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Operations;

/// <summary>Deliveries that were given up: see them, and have them tried again. For admins.</summary>
public sealed class ManageDeadLetters(DeadLetterStore letters, TicketDelivery delivery)
{
    /// <summary>Lists the deliveries that were given up.</summary>
    [Function(nameof(ListDeadLetters)), RequiresKey(KeyRole.Admin)]
    public async Task<Ok<ListPage<DeadLetter>>> ListDeadLetters(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/operations/dead-letters")] PageQuery query,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        return TypedResults.Ok(await letters.ReadAsync(caller.Workspace, query.Limit, query.Cursor, cancellationToken));
    }

    /// <summary>Delivers again what was given up. It is gone from the list when that worked.</summary>
    /// <param name="id">Id of the delivery.</param>
    [Function(nameof(ReplayDeadLetter)), RequiresKey(KeyRole.Admin)]
    public async Task<Results<NoContent, NotFound>> ReplayDeadLetter(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/operations/dead-letters/{id}/replay")] NoBody body,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        if (id.Length > 100 || await letters.FindAsync(caller.Workspace, id, cancellationToken) is not { } letter)
            return TypedResults.NotFound();
        await delivery.ReplayAsync(caller.Workspace, letter, cancellationToken);
        return TypedResults.NoContent();
    }
}
