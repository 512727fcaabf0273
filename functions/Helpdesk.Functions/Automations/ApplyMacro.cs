using System.ComponentModel.DataAnnotations;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Automations;

/// <summary>The macro to apply to a ticket.</summary>
/// <param name="Macro">Id of a macro.</param>
[Example("""{"macro":"ask-for-a-screenshot"}""")]
public sealed record ApplyMacroRequest([property: MaxLength(40)] string Macro) : IFromRequest<ApplyMacroRequest>
{
    public static async ValueTask<ApplyMacroRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var request = new ApplyMacroRequest(fields.Text("macro", 40, required: true)!);
        fields.Done();
        return request;
    }
}

/// <summary>
/// Applies a macro to a ticket, all of it at once. An action that a rule refuses is not done and the others are; the event <c>macro-applied</c> says what
/// became of each.
/// </summary>
public sealed class ApplyMacro(MacroRunner runner, TicketResponses responses)
{
    [Function(nameof(ApplyMacro)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Refuses("ticket-closed", "macro-not-active", "macro-not-for-this")]
    public async Task<Results<Ok<TicketView>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/tickets/{id}/macro")] ApplyMacroRequest request,
        string id,
        Caller caller,
        IfMatch ifMatch,
        Idempotency? idempotency,
        HttpContext context,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        var macro =
            await runner.FindAsync(caller, request.Macro, cancellationToken)
            ?? throw new InvalidRequestException("macro", "macro was not found: give the id of a macro that is shared, or your own.");
        if (TicketAddress.Parse(caller.Workspace, id) is not { } address)
            return TypedResults.NotFound();
        var change = await runner.RunAsync(caller, macro, address, ifMatch, idempotency, cancellationToken);
        if (change is null)
            return TypedResults.NotFound();
        context.Response.Headers.ETag = IfMatch.ETag(change.Ticket.Version);
        return TypedResults.Ok(await responses.OfAsync(change.Ticket, caller.SeesNotes, cancellationToken));
    }
}
