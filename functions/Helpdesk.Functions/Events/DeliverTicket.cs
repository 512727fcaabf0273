using Azure;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Events;

/// <summary>Delivers one ticket: to the lists and to every subscriber, as far as the cursor says that they have not been told.</summary>
public sealed partial class DeliverTicket(
    TicketStore tickets,
    TicketListStore lists,
    TicketCursors cursors,
    Subscribers subscribers,
    DeadLetterStore deadLetters,
    TimeProvider time,
    ILogger<TicketDelivery> logger
)
{
    /// <summary>Throws when somebody failed who may be tried again; what cannot be tried again becomes a dead letter.</summary>
    public async Task RunAsync(Ticket ticket, TicketCursor cursor, bool lastTry, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (next, refusals) = await TellAsync(ticket, cursor, cancellationToken);
            var failures = new List<Exception>();
            foreach (var refusal in refusals)
            {
                // A rule refuses the same again, however often it is asked.
                if (lastTry || refusal.Why is HelpdeskRuleException)
                    next = await GiveUpAsync(ticket, next, refusal, cancellationToken);
                else
                    failures.Add(refusal.Why);
            }

            if (ReferenceEquals(next, cursor) || await cursors.TryWriteAsync(next, cancellationToken))
            {
                if (failures.Count > 0)
                    throw new AggregateException($"Ticket {ticket.Id} was not delivered to every subscriber.", failures);
                return;
            }

            // Another process delivered this ticket meanwhile: what was written here goes again unless it is still true.
            var wrote = ListPosition.Of(ticket);
            ticket = (await tickets.FindAsync(TicketAddress.Of(ticket), cancellationToken))!;
            cursor = await cursors.FindAsync(ticket, null, cancellationToken);
            await lists.RemoveAsync(wrote, cursor.Position ?? ListPosition.Of(ticket), cancellationToken);
        }
    }

    private async Task<(TicketCursor Cursor, IReadOnlyList<Refusal> Refusals)> TellAsync(
        Ticket ticket,
        TicketCursor cursor,
        CancellationToken cancellationToken
    )
    {
        Refusal? lists = null;
        if (cursor.Told(TicketCursor.Lists) < ticket.Version)
        {
            try
            {
                await ListAsync(ticket, cursor, cancellationToken);
                cursor = cursor.Listed(ticket);
            }
            catch (RequestFailedException why)
            {
                lists = new(TicketCursor.Lists, why);
            }
        }

        var (next, refusals) = await subscribers.TellAsync(ticket, cursor, [], cancellationToken);
        return (next, lists is null ? refusals : [lists, .. refusals]);
    }

    private Task ListAsync(Ticket ticket, TicketCursor cursor, CancellationToken cancellationToken) =>
        lists.ApplyAsync([new(cursor.Position, ticket)], cancellationToken);

    private async Task<TicketCursor> GiveUpAsync(Ticket ticket, TicketCursor cursor, Refusal refusal, CancellationToken cancellationToken)
    {
        var letter = DeadLetter.Of(refusal, ticket, cursor.Told(refusal.Subscriber) + 1, time.GetUtcNow());
        Log.GaveUp(logger, refusal.Why, letter.Subscriber, letter.FromSeq, letter.ToSeq, ticket.Id, letter.Id);
        await deadLetters.PutAsync(ticket.Workspace, letter, cancellationToken);
        return refusal.Subscriber == TicketCursor.Lists ? cursor.Listed(ticket) : cursor.After(refusal.Subscriber, ticket.Version);
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "{Subscriber} could not take events {From} to {To} of ticket {TicketId}; they are dead letter {DeadLetter} now")]
        public static partial void GaveUp(ILogger logger, Exception failure, string subscriber, long from, long to, string ticketId, string deadLetter);
    }
}
