using Helpdesk.Attachments;
using Helpdesk.Functions.Attachments;

namespace Helpdesk.Functions.Tickets;

/// <summary>Knows which files tickets name: in a description, in a comment, in the memory of one that was deleted, wherever merges and splits took
/// it.</summary>
public sealed class TicketsHoldFiles(TicketStore tickets) : IHoldsFiles
{
    public async Task<FileHold> HoldsAsync(StoredFile file, CancellationToken cancellationToken)
    {
        var (left, seen) = (new Queue<long>(), new HashSet<long>());
        if (file.Ticket is { } claimed)
            left.Enqueue(claimed);
        while (left.TryDequeue(out var number))
        {
            if (!seen.Add(number) || await tickets.FindAsync(new(file.Workspace, number), cancellationToken) is not { } ticket)
                continue;
            if ((await tickets.ReadFilesAsync(ticket, cancellationToken)).Any(named => named.Id == file.Id))
                return FileHold.ForGood;
            foreach (var id in (ticket.Links ?? []).Where(link => link.Kind == LinkKind.SplitInto).Select(link => link.To).Append(ticket.MergedInto))
            {
                if (id is not null && TicketAddress.Parse(file.Workspace, id) is { } other)
                    left.Enqueue(other.Number);
            }

            var events = await tickets.ReadEventsAsync(TicketAddress.Of(ticket), 0, (int)ticket.Version, cancellationToken);
            if (events.Any(happened => happened.Fact is CommentDeleted { Attachments: { } gone } && gone.Any(one => one.Id == file.Id)))
                return FileHold.ForGood;
        }

        return FileHold.None;
    }
}
