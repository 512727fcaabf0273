using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Agenda;

/// <summary>Keeps and reads places in the lists of agents that tickets are asked for.</summary>
public sealed class AgendaPlaces(AgendaStore agenda, TicketStore tickets)
{
    /// <summary>Brings the lists up to date with events of a ticket.</summary>
    /// <param name="of">All places that a ticket has.</param>
    public async Task KeepAsync(
        Ticket ticket,
        IReadOnlyList<TicketEvent> events,
        Func<Ticket, IEnumerable<AgendaEntry>> of,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(ticket);
        ArgumentNullException.ThrowIfNull(events);
        // What it was before these events, and after each of them: places that it had and has no longer are removed.
        var history = await tickets.ReadEventsAsync(TicketAddress.Of(ticket), 0, (int)ticket.Version, cancellationToken);
        var had = TicketHistory.Steps(history).Where(step => step.Event.Seq >= events[0].Seq - 1).SelectMany(step => of(step.Ticket)).ToHashSet();
        var has = of(ticket).ToHashSet();
        foreach (var entry in has)
            await agenda.AddAsync(ticket.Workspace, entry, cancellationToken);
        foreach (var entry in had.Except(has))
            await agenda.RemoveAsync(ticket.Workspace, entry, cancellationToken);
    }

    /// <summary>Places that are still true, with their tickets; those that are not are removed.</summary>
    /// <param name="of">All places that a ticket has.</param>
    public async Task<ListPage<(AgendaEntry Entry, Ticket Ticket)>> ReadAsync(
        string workspace,
        string list,
        string? agent,
        DateTimeOffset? before,
        int limit,
        string? cursor,
        Func<Ticket, IEnumerable<AgendaEntry>> of,
        CancellationToken cancellationToken
    )
    {
        var page = await agenda.ReadAsync(workspace, list, agent, before, limit, cursor, cancellationToken);
        var numbers = page.Items.Select(listed => listed.Entry.Number).Distinct().ToList();
        var found = await Task.WhenAll(numbers.Select(number => tickets.FindAsync(new(workspace, number), cancellationToken)));
        var known = found.OfType<Ticket>().ToDictionary(ticket => ticket.Number);
        var items = new List<(AgendaEntry, Ticket)>();
        foreach (var listed in page.Items)
        {
            if (known.TryGetValue(listed.Entry.Number, out var ticket) && of(ticket).Contains(listed.Entry))
                items.Add((listed.Entry, ticket));
            else
                await agenda.TidyAsync(workspace, listed, cancellationToken);
        }

        return new(items, page.NextCursor);
    }
}
