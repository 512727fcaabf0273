using Azure;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Events;

/// <summary>Delivers what this process has just committed, many tickets at a time when there are many. What fails is left to its message.</summary>
public sealed class DeliverCommitted(
    TicketStore tickets,
    TicketListStore lists,
    TicketCursors cursors,
    DeliveryTurns turns,
    Subscribers subscribers,
    DeliverTicket ticketDelivery,
    RequestGauge requests
)
{
    private const int Parallel = 4;

    public async Task RunAsync(IReadOnlyList<CommittedWork<TicketMessage>> work, CancellationToken cancellationToken)
    {
        using var mine = await turns.TakeAllAsync(work.Select(piece => piece.Key), cancellationToken);
        var since = work.Min(piece => piece.Announced[0].At);
        var deliveries = work.Select(piece => new Delivery(piece)).ToList();
        await ForEachAsync(
            deliveries,
            async (one, cancelled) => one.Cursor = one.IsNew ? new(one.Piece.Key) : await cursors.RecallAsync(one.Ticket, one.Changes[0].Before, cancelled),
            cancellationToken
        );
        await ListAsync([.. deliveries.Where(one => one.Piece.Failure is null)], since, cancellationToken);
        List<Delivery> told = [.. deliveries.Where(one => one.Cursor is not null)];
        var further = await subscribers.TellTogetherAsync([.. told.Select(one => (one.Ticket, one.Cursor!, one.Events))], cancellationToken);
        for (var i = 0; i < told.Count; i++)
            told[i].Cursor = further[i];
        await ForEachAsync(told, (one, cancelled) => TellAsync(one, since, cancelled), cancellationToken);
    }

    /// <summary>All of them at once: tickets that enter or leave the same list share a transaction.</summary>
    private async Task ListAsync(IReadOnlyList<Delivery> deliveries, DateTimeOffset since, CancellationToken cancellationToken)
    {
        var unlisted = deliveries.Where(one => one.Cursor!.Told(TicketCursor.Lists) < one.Ticket.Version).ToList();
        try
        {
            await lists.ApplyAsync([.. unlisted.Select(one => new ListMove(one.Cursor!.Position, one.Ticket))], cancellationToken, since);
            foreach (var one in unlisted)
                one.Cursor = one.Cursor!.Listed(one.Ticket);
        }
        catch (RequestFailedException failure)
        {
            foreach (var one in unlisted)
                one.Piece.Postpone(failure);
        }
    }

    private async ValueTask TellAsync(Delivery one, DateTimeOffset since, CancellationToken cancellationToken)
    {
        var (next, refusals) = await subscribers.TellAsync(one.Ticket, one.Cursor!, one.Events, cancellationToken);
        if (refusals.Count > 0)
            one.Piece.Postpone(refusals.Count == 1 ? refusals[0].Why : new AggregateException(refusals.Select(refusal => refusal.Why)));

        await requests.GiveWayAsync(since, cancellationToken);
        if (await cursors.TryWriteAsync(next, cancellationToken))
            return;
        // Another process delivered this ticket meanwhile: what was written here goes again unless it is still true.
        var current = (await tickets.FindAsync(TicketAddress.Of(one.Ticket), cancellationToken))!;
        var cursor = await cursors.FindAsync(current, null, cancellationToken);
        await lists.RemoveAsync(ListPosition.Of(one.Ticket), cursor.Position ?? ListPosition.Of(current), cancellationToken);
        await ticketDelivery.RunAsync(current, cursor, lastTry: false, cancellationToken);
    }

    private static Task ForEachAsync(
        IEnumerable<Delivery> deliveries,
        Func<Delivery, CancellationToken, ValueTask> each,
        CancellationToken cancellationToken
    ) =>
        System.Threading.Tasks.Parallel.ForEachAsync(
            deliveries,
            new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken },
            async (one, cancelled) =>
            {
                try
                {
                    await each(one, cancelled);
                }
                catch (Exception failure) when (!cancelled.IsCancellationRequested)
                {
                    one.Piece.Postpone(failure);
                }
            }
        );

    /// <summary>All that was committed of one ticket.</summary>
    private sealed class Delivery(CommittedWork<TicketMessage> piece)
    {
        public CommittedWork<TicketMessage> Piece => piece;

        public IReadOnlyList<CommittedChange> Changes { get; } = [.. piece.Announced.Select(announced => announced.Work.Change!)];

        public IReadOnlyList<TicketEvent> Events => field ??= [.. Changes.SelectMany(change => change.Events).OrderBy(happened => happened.Seq)];

        /// <summary>The ticket after the last change.</summary>
        public Ticket Ticket => Changes.MaxBy(change => change.After.Version)!.After;

        public bool IsNew => Changes.Any(change => change.Before is null);

        /// <summary>Null when it could not be read.</summary>
        public TicketCursor? Cursor { get; set; }
    }
}
