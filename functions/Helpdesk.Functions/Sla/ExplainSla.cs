using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;
using Helpdesk.Sla;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Sla;

/// <summary>Every promise to a ticket with every interval that counted for it or did not.</summary>
/// <param name="Ticket">Number of the ticket.</param>
/// <param name="At">The instant that is asked about.</param>
/// <param name="Policy">The version of the policy that held then; null when nothing was promised.</param>
/// <param name="Calendar">Id and version of the calendar that held then, such as <c>business-hours@3</c>.</param>
/// <param name="State">How the ticket did on its promises.</param>
/// <param name="Targets">Every promise.</param>
/// <param name="Steps">Every step of the policy that was or will be due.</param>
/// <param name="NextWakeAt">The next instant at which something changes by itself; null when nothing does.</param>
public sealed record SlaExplanation(
    long Ticket,
    DateTimeOffset At,
    SlaPolicyRef? Policy,
    string? Calendar,
    SlaHealth State,
    IReadOnlyList<SlaTargetView> Targets,
    IReadOnlyList<SlaStepState> Steps,
    DateTimeOffset? NextWakeAt
);

/// <summary>Explains the promises to a ticket. It shows every interval that counted or did not, as of now or of any past instant.</summary>
public sealed class ExplainSla(TicketStore tickets, TicketClocks clocks, TimeProvider time)
{
    [Function(nameof(ExplainSla)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<SlaExplanation>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/tickets/{id}/sla")] AtQuery query,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var at = query.At ?? time.GetUtcNow();
        if (TicketAddress.Parse(caller.Workspace, id) is not { } address || await tickets.FindAsync(address, cancellationToken) is not { } ticket)
            return TypedResults.NotFound();
        var (replayed, events) = await tickets.AsOfAsync(ticket, at, cancellationToken);
        var (then, status) = await clocks.AsOfAsync(replayed, events, at, cancellationToken);
        return TypedResults.Ok(
            new SlaExplanation(
                ticket.Number,
                at,
                then.Pin is { } pin ? new(pin.Policy, pin.Version) : null,
                then.Pin?.Calendar,
                then.Sla?.Health ?? SlaHealth.Ok,
                [.. (status?.Targets ?? []).Select(SlaTargetView.Of)],
                status?.Steps ?? [],
                status?.NextWakeAt
            )
        );
    }
}
