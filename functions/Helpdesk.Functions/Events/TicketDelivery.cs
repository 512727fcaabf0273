using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Events;

/// <summary>Lets the deliveries of one ticket go one after the other in this process.</summary>
/// <remarks>Apart from the locks of changes: a subscriber may change tickets while it is told.</remarks>
public sealed class DeliveryTurns
{
    private readonly KeyedLocks _locks = new();

    public Task<IDisposable> TakeAsync(TicketAddress address, CancellationToken cancellationToken) => _locks.TakeAsync(address.Partition, cancellationToken);

    public Task<IDisposable> TakeAllAsync(IEnumerable<string> partitions, CancellationToken cancellationToken) =>
        _locks.TakeAllAsync(partitions, cancellationToken);
}

/// <summary>Brings ticket events to their subscribers: by message what nobody has delivered at once.</summary>
public sealed class TicketDelivery(
    TicketStore tickets,
    TicketListStore lists,
    TicketCursors cursors,
    DeliveryTurns turns,
    DeliverTicket ticketDelivery,
    DeliverCommitted committedDelivery
) : IWorker<TicketMessage>
{
    /// <summary>Delivers what a message asks to look at. Throws when a subscriber failed and may be tried again.</summary>
    public async Task<bool> DoAsync(TicketMessage message, bool lastTry, CancellationToken cancellationToken)
    {
        var address = new TicketAddress(message.Workspace, message.Number);
        using var turn = await turns.TakeAsync(address, cancellationToken);
        if (await tickets.FindAsync(address, cancellationToken) is not { } ticket)
            return false;
        var cursor = await cursors.FindAsync(ticket, null, cancellationToken);
        if (message.UpTo < ticket.Version && !(cursor.Told(TicketCursor.Lists) >= message.UpTo && cursor.Writer == message.Sender))
        {
            // The sender may have ended in the middle of this version: rows of it that no cursor tells of would stay for ever.
            var then = await tickets.ReplayAsync(ticket, message.UpTo, cancellationToken);
            await lists.RemoveAsync(ListPosition.Of(then), ListPosition.Of(ticket), cancellationToken);
        }

        await ticketDelivery.RunAsync(ticket, cursor, lastTry, cancellationToken);
        return ticket.Version >= message.UpTo;
    }

    /// <summary>Delivers what this process has just committed.</summary>
    public Task DoAsync(IReadOnlyList<CommittedWork<TicketMessage>> work, CancellationToken cancellationToken) =>
        committedDelivery.RunAsync(work, cancellationToken);
}
