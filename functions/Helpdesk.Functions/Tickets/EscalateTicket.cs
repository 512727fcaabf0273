using System.ComponentModel.DataAnnotations;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Tickets;

/// <summary>Why a ticket has to climb, and how far.</summary>
/// <param name="ToTier">The support level to climb to; one higher when it is left out.</param>
/// <param name="Reason">Why it has to climb. It stands in the ticket's events, which every key of the workspace may read, integrations among them: write
/// there what need not be a note.</param>
[Example("""{"reason":"The printer needs a specialist."}""")]
public sealed record EscalateTicketRequest([property: Range(1, TicketRules.TopTier)] int? ToTier, [property: MaxLength(1000)] string Reason)
    : IFromRequest<EscalateTicketRequest>
{
    public static async ValueTask<EscalateTicketRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var request = new EscalateTicketRequest(fields.Whole("toTier", 1, TicketRules.TopTier), fields.Text("reason", 1000, required: true, lines: true)!);
        fields.Done();
        return request;
    }
}

/// <summary>Escalates a ticket to a higher tier. It goes to the group that its own hands over to.</summary>
public sealed class EscalateTicket(DirectoryStore directory, TimeProvider time)
{
    [
        Function(nameof(EscalateTicket)),
        RequiresKey(KeyRole.Agent, KeyRole.Admin),
        Refuses("ticket-closed", "ticket-resolved", "top-tier-reached", "tier-not-higher")
    ]
    public Task<Results<Ok<TicketView>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/tickets/{id}/escalate")] EscalateTicketRequest request,
        string id,
        ChangeTicket change,
        CancellationToken cancellationToken
    ) =>
        change.AnswerAsync(
            id,
            async (ticket, cancelled) =>
            {
                var ladder = await directory.LadderAsync(ticket.Workspace, ticket.Group, cancelled);
                return TicketRules.Escalate(ticket, request.ToTier, request.Reason, ladder, change.Caller.Actor, time.GetUtcNow());
            },
            cancellationToken
        );
}
