using Helpdesk.Functions.Attachments;

namespace Helpdesk.Functions.Tickets;

/// <summary>
/// Makes the answer to a change: the ticket right after it, and its promises at that very moment, so that a repeated request gets the same again.
/// </summary>
public sealed class TicketResponses(TicketStore tickets, ITicketPromises promises, ITicketForms forms, FileScans scans)
{
    /// <param name="seesNotes">Whether it is for somebody who may read internal notes, and so what agents have to do.</param>
    public async Task<TicketView> OfAsync(Ticket ticket, bool seesNotes, CancellationToken cancellationToken) =>
        (await ViewAsync(ticket, seesNotes, cancellationToken)) with
        {
            Form = await forms.ShowAsync(ticket, cancellationToken),
        };

    private async Task<TicketView> ViewAsync(Ticket ticket, bool seesNotes, CancellationToken cancellationToken)
    {
        var known = await scans.OfAsync(ticket.Workspace, ticket.Attachments, cancellationToken);
        if (ticket.Pin is null)
            return TicketView.Of(ticket, null, seesNotes, known);
        // An earlier version comes without the memory of its clocks: its events tell.
        if (ticket.Sla?.Run is null)
        {
            var events = await tickets.ReadEventsAsync(TicketAddress.Of(ticket), 0, (int)ticket.Version, cancellationToken);
            return TicketView.Of(ticket, await promises.ShowAsOfAsync(ticket, events, ticket.UpdatedAt, cancellationToken), seesNotes, known);
        }

        return TicketView.Of(ticket, await promises.ShowAsync(ticket, ticket.UpdatedAt, cancellationToken), seesNotes, known);
    }
}
