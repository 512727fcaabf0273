using Azure;
using Azure.Data.Tables;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Sla;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;
using Helpdesk.Reports;

namespace Helpdesk.Functions.Reports;

/// <summary>Counts tickets for reports.</summary>
/// <remarks>
/// A ticket is counted from all of its events, so that counting it again changes nothing. A row is written only over one that was counted by an earlier
/// version of the ticket, under its ETag: whoever comes late with old news changes nothing either.
/// </remarks>
public sealed class ReportCounts(
    StorageClients storage,
    ReportDays reportDays,
    TicketStore tickets,
    TicketClocks clocks,
    ContactStore contacts,
    TimeProvider time
)
{
    private readonly ShortMemory<string> _organisations = new(time, TimeSpan.FromSeconds(30));

    public const string TableName = "Reports";

    private TableClient Table => storage.Table(TableName);

    /// <summary>Counts a ticket as it is now.</summary>
    /// <param name="again">Even if it has been counted at this version: by an app that counted differently.</param>
    public async Task CountAsync(string workspace, long number, bool again, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            var address = new TicketAddress(workspace, number);
            if (await tickets.FindAsync(address, cancellationToken) is not { } ticket)
                return;
            var found = await Table.GetEntityIfExistsAsync<TableEntity>(
                ReportRows.Tickets(workspace, number),
                ReportRows.TicketKey(workspace, number),
                cancellationToken: cancellationToken
            );
            var (version, days) = found.HasValue ? ReportRows.ReadTicket(found.Value!) : (0, []);
            if (version > ticket.Version || (version == ticket.Version && !again))
                return;
            var events = await tickets.ReadEventsAsync(address, 0, (int)ticket.Version, cancellationToken);
            var (_, promises) = await clocks.AsOfAsync(ticket, events, events[^1].At, cancellationToken);
            var organisations = new Dictionary<string, string?>(StringComparer.Ordinal);
            foreach (var email in TicketMeasures.RequestersOf(events))
                organisations[email] = await OrganisationAsync(workspace, email, cancellationToken);
            var byDay = TicketMeasures
                .Of(events, promises, organisations.GetValueOrDefault)
                .ToLookup(measure => DateOnly.FromDateTime(measure.At.UtcDateTime));
            var written = ReportRows.Ticket(workspace, number, ticket.Version, byDay.Select(day => day.Key));
            try
            {
                foreach (var month in days.Concat(byDay.Select(day => day.Key)).Distinct().GroupBy(day => ReportRows.Month(workspace, day)))
                    await reportDays.WriteAsync(workspace, month.Key, [.. month], number, ticket.Version, byDay, cancellationToken);
                if (found.HasValue)
                    await Table.UpdateEntityAsync(written, found.Value!.ETag, TableUpdateMode.Replace, cancellationToken);
                else
                    await Table.AddEntityAsync(written, cancellationToken);
                return;
            }
            catch (RequestFailedException raced) when (raced.Status is 404 or 409 or 412)
            {
                await TicketStore.PauseAsync(attempt, cancellationToken);
            }
        }
    }

    /// <summary>The organisation that somebody belongs to, at most half a minute old; null for none.</summary>
    private async Task<string?> OrganisationAsync(string workspace, string email, CancellationToken cancellationToken)
    {
        var found = await _organisations.GetAsync(
            $"{workspace}/{email}",
            async () => (await contacts.FindByEmailAsync(workspace, email, cancellationToken))?.Organisation ?? ""
        );
        return found is { Length: > 0 } organisation ? organisation : null;
    }
}
