using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Tickets;

/// <summary>Which ticket goes on.</summary>
/// <param name="Into">Id or number of the ticket that goes on; if it was merged itself, the one that it was merged into goes on.</param>
/// <param name="Confirm">Whether the tickets may have different requesters: both then read what is said from then on.</param>
[Example("""{"into":"41"}""")]
public sealed record MergeTicketRequest(string Into, bool? Confirm) : IFromRequest<MergeTicketRequest>
{
    public static async ValueTask<MergeTicketRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var number = fields.HasNumber("into", out var whole) ? whole : fields.Text("into", 40, required: true);
        var confirm = fields.Flag("confirm");
        fields.Done();
        return new(number!, confirm);
    }
}

/// <summary>
/// Merges a ticket into another one. It is closed, its comments move, later ones follow, and whoever took part in it takes part in the other.
/// </summary>
public sealed class MergeTicket(TicketStore tickets)
{
    [
        Function(nameof(MergeTicket)),
        RequiresKey(KeyRole.Agent, KeyRole.Admin),
        Refuses("ticket-closed", "merge-into-itself", "merge-target-closed", "merge-requesters-differ", "too-many-participants")
    ]
    public Task<Results<Ok<TicketView>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/tickets/{id}/merge")] MergeTicketRequest request,
        string id,
        ChangeTicket change,
        CancellationToken cancellationToken
    ) =>
        change.AnswerPairAsync(
            id,
            async (source, cancelled) =>
            {
                var named = await change.FindOtherAsync("into", request.Into, cancelled);
                var target = await tickets.FindLivingAsync(named, cancelled);
                if (source.MergedInto is { } already && (already == named.Id || already == target.Id))
                    return null;
                var merge = TicketPairs.Change(PairChangeKind.Merge, target, change.Caller.Actor) with { Confirmed = request.Confirm == true };
                return PairRules.Refusal(merge, source, target) is { } refusal ? throw refusal : merge;
            },
            cancellationToken
        );
}
