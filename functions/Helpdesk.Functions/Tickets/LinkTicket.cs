using System.ComponentModel.DataAnnotations;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Tickets;

/// <summary>Which ticket has to do with this one.</summary>
/// <param name="To">Id or number of the other ticket.</param>
/// <param name="Kind">What the other ticket is to this one; <c>related</c> when it is left out.</param>
[Example("""{"to":"41","kind":"parent"}""")]
public sealed record LinkTicketRequest(string To, [property: AllowedValues("related", "parent", "child")] LinkKind? Kind) : IFromRequest<LinkTicketRequest>
{
    public static async ValueTask<LinkTicketRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var to = fields.HasNumber("to", out var number) ? number : fields.Text("to", 40, required: true);
        var kind = fields.OneOf<LinkKind>("kind", PairRules.IsByHand);
        fields.Done();
        return new(to!, kind);
    }
}

/// <summary>Links a ticket to another one. Both show the link, each from its own side.</summary>
public sealed class LinkTicket
{
    [Function(nameof(LinkTicket)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Refuses("link-to-itself", "link-reversed", "too-many-links")]
    public Task<Results<Ok<TicketView>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/tickets/{id}/link")] LinkTicketRequest request,
        string id,
        ChangeTicket change,
        CancellationToken cancellationToken
    ) =>
        change.AnswerPairAsync(
            id,
            async (first, cancelled) =>
            {
                var other = await change.FindOtherAsync("to", request.To, cancelled);
                var link = TicketPairs.Change(PairChangeKind.Link, other, change.Caller.Actor) with { Link = request.Kind ?? LinkKind.Related };
                if (PairRules.Refusal(link, first, other) is { } refusal)
                    throw refusal;
                return PairRules.Has(first, link.Link.Value, other.Id) && PairRules.Has(other, PairRules.Inverse(link.Link.Value), first.Id) ? null : link;
            },
            cancellationToken
        );
}

/// <summary>Which ticket has nothing to do with this one.</summary>
/// <param name="To">Id or number of the other ticket.</param>
[Example("""{"to":"41"}""")]
public sealed record UnlinkTicketRequest(string To) : IFromRequest<UnlinkTicketRequest>
{
    public static async ValueTask<UnlinkTicketRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var to = fields.HasNumber("to", out var number) ? number : fields.Text("to", 40, required: true);
        fields.Done();
        return new(to!);
    }
}

/// <summary>Removes the links between two tickets. How a ticket was split from another one stays.</summary>
public sealed class UnlinkTicket
{
    [Function(nameof(UnlinkTicket)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public Task<Results<Ok<TicketView>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/tickets/{id}/unlink")] UnlinkTicketRequest request,
        string id,
        ChangeTicket change,
        CancellationToken cancellationToken
    ) =>
        change.AnswerPairAsync(
            id,
            async (first, cancelled) =>
            {
                var other = await change.FindOtherAsync("to", request.To, cancelled);
                var linked = first.Links?.Any(link => link.To == other.Id && PairRules.IsByHand(link.Kind)) == true;
                return linked ? TicketPairs.Change(PairChangeKind.Unlink, other, change.Caller.Actor) : null;
            },
            cancellationToken
        );
}
