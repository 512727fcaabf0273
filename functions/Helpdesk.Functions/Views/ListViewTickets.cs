using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;
using Helpdesk.Views;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Views;

/// <summary>
/// Lists the tickets of a view, in its order. The narrowest lists are read that cover its condition; a page takes a bounded number of requests of storage,
/// however many tickets there are, and may hold fewer tickets than its limit.
/// </summary>
public sealed class ListViewTickets(ViewStore views, ViewReader reader)
{
    [Function(nameof(ListViewTickets)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<ListPage<TicketSummaryView>>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/views/{id}/tickets")] PageQuery query,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        if (await views.FindAsync(caller, id, cancellationToken) is not { } view)
            return TypedResults.NotFound();
        var page = await reader.ReadAsync(caller, view, query.Limit, query.Cursor, cancellationToken);
        return TypedResults.Ok(new ListPage<TicketSummaryView>([.. page.Items.Select(ticket => Shown(ticket, view))], page.NextCursor));
    }

    private static TicketSummaryView Shown(Ticket ticket, View view) =>
        view.CustomColumns.ToList() is { Count: > 0 } names
            ? TicketSummaryView.Of(ticket) with
            {
                CustomFields = ticket.CustomFields.Where(field => names.Contains(field.Key)).ToDictionary(StringComparer.Ordinal),
            }
            : TicketSummaryView.Of(ticket);
}
