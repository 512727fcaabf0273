using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;
using Helpdesk.Sla;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Sla;

/// <summary>Every promise to a ticket with every interval that counted for it or did not, as of an instant.</summary>
/// <param name="Policy">The version that held then; null when nothing was promised.</param>
/// <param name="Calendar">Id and version of the calendar that held then.</param>
public sealed record SlaExplanation(
    long Ticket, DateTimeOffset At, SlaPolicyRef? Policy, string? Calendar, SlaHealth State, IReadOnlyList<SlaTargetView> Targets, IReadOnlyList<SlaStepState> Steps, DateTimeOffset? NextWakeAt);

/// <summary>Explains a ticket's promises interval by interval, now or, with <c>?at=</c>, as of any past instant, from its events.</summary>
public sealed class ExplainSla(TicketStore tickets, TicketClocks clocks, TimeProvider time)
{
    [Function(nameof(ExplainSla)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Query("at")]
    public async Task<Results<Ok<SlaExplanation>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/tickets/{id}/sla")] HttpContext context,
        string id, Caller caller, CancellationToken cancel)
    {
        var query = new QueryReader(context);
        var at = GetTicket.At(query, time) ?? time.GetUtcNow();
        query.Done();
        if (TicketAddress.Parse(caller.Workspace, id) is not { } address || await tickets.FindAsync(address, cancel) is not { } ticket)
            return TypedResults.NotFound();
        var (then, status) = await GetTicket.AsOfAsync(ticket, at, tickets, clocks, cancel);
        return TypedResults.Ok(new SlaExplanation(
            ticket.Number, at, then.Pin is { } pin ? new(pin.Policy, pin.Version) : null, then.Pin?.Calendar, then.Sla?.Health ?? SlaHealth.Ok,
            [.. (status?.Targets ?? []).Select(SlaTargetView.Of)], status?.Steps ?? [], status?.NextWakeAt));
    }
}
