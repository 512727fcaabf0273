using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Events;

/// <summary>Deliveries that were given up: see them, have them tried again, or dismiss them. For admins.</summary>
public sealed class ManageDeadLetters(DeadLetterStore letters, ReplayDeadLetters replay)
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

    /// <summary>Delivers again what was given up. It is gone from the list when that worked, and says why when it did not.</summary>
    /// <param name="id">Id of the delivery.</param>
    [Function(nameof(ReplayDeadLetter)), RequiresKey(KeyRole.Admin), Refuses("dead-letter-not-delivered")]
    public async Task<Results<NoContent, NotFound>> ReplayDeadLetter(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/operations/dead-letters/{id}/replay")] NoBody body,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        if (await letters.FindAsync(caller.Workspace, id, cancellationToken) is not { } letter)
            return TypedResults.NotFound();
        await replay.RunAsync(caller.Workspace, letter, cancellationToken);
        return TypedResults.NoContent();
    }

    /// <summary>Dismisses what was given up: its events are never delivered to that subscriber.</summary>
    /// <param name="id">Id of the delivery.</param>
    [Function(nameof(DismissDeadLetter)), RequiresKey(KeyRole.Admin)]
    public async Task<Results<NoContent, NotFound>> DismissDeadLetter(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/operations/dead-letters/{id}")] Caller caller,
        string id,
        CancellationToken cancellationToken
    )
    {
        if (await letters.FindAsync(caller.Workspace, id, cancellationToken) is not { } letter)
            return TypedResults.NotFound();
        await letters.RemoveAsync(caller.Workspace, letter.Id, cancellationToken);
        return TypedResults.NoContent();
    }
}
