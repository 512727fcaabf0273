using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Merging;

/// <summary>Which ticket goes on.</summary>
/// <param name="Into">Id or number of the ticket that goes on.</param>
[Example("""{"into":"41"}""")]
public sealed record MergeTicketRequest(string Into) : IFromRequest<MergeTicketRequest>
{
    public static async ValueTask<MergeTicketRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var number = fields.HasNumber("into", out var whole) ? whole : fields.Text("into", 40, required: true);
        fields.Done();
        return new(number!);
    }
}

/// <summary>Merges a ticket into another one. It is closed, its comments move, and later ones follow.</summary>
public sealed class MergeTicket(TicketStore tickets, MergedComments comments, TicketResponses answers, TimeProvider time)
{
    [Function(nameof(MergeTicket)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Refuses("ticket-closed", "merge-into-itself", "merge-target-closed")]
    public async Task<Results<Ok<TicketView>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/tickets/{id}/merge")] MergeTicketRequest request,
        string id,
        ChangeTicket change,
        CancellationToken cancellationToken
    )
    {
        var answer = await change.ApplyAsync(
            id,
            async (source, cancelled) =>
                TicketAddress.Parse(source.Workspace, request.Into) is { } address && await tickets.FindAsync(address, cancelled) is { } target
                    ? TicketRules.Merge(source, target, change.Caller.Actor, time.GetUtcNow())
                    : throw new InvalidRequestException("into", "into was not found: give the id or number of a ticket of this workspace."),
            cancellationToken
        );
        if (answer is null)
            return TypedResults.NotFound();
        // The dispatcher would move them too; who merges wants to see them moved.
        if (answer.Events.Count > 0)
            await comments.TakeAsync(answer.Ticket, answer.Events, cancellationToken);
        return TypedResults.Ok(await answers.OfAsync(answer.Ticket, cancellationToken));
    }
}
