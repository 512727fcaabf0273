using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Tickets;

/// <summary>Why a ticket has to climb, and how far; one tier when nothing is said.</summary>
public sealed record EscalateTicketRequest(int? ToTier, string Reason) : IFromRequest<EscalateTicketRequest>
{
    public static async ValueTask<EscalateTicketRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var request = new EscalateTicketRequest(fields.Whole("toTier", 1, TicketRules.TopTier), fields.Text("reason", 1000, required: true, lines: true)!);
        fields.Done();
        return request;
    }
}

/// <summary>Moves a ticket to a higher tier, and to the group that its own hands over to.</summary>
public sealed class EscalateTicket(SettingsStore settings, TimeProvider time)
{
    [Function(nameof(EscalateTicket)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public Task<Results<Ok<TicketView>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/tickets/{id}/escalate")] EscalateTicketRequest request,
        string id, ChangeTicket change, CancellationToken cancel) =>
        change.AnswerAsync(id, async (ticket, cancelled) =>
        {
            var ladder = await settings.LadderAsync(ticket.Workspace, ticket.Group, cancelled);
            return TicketRules.Escalate(ticket, request.ToTier, request.Reason, ladder, change.Caller.Actor, time.GetUtcNow());
        }, cancel);
}
