using System.Globalization;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Events;

/// <summary>Gives a dead letter's events to its subscriber again.</summary>
public sealed partial class ReplayDeadLetters(
    TicketStore tickets,
    TicketListStore lists,
    DeadLetterStore letters,
    Subscribers subscribers,
    DeliveryTurns turns,
    TimeProvider time,
    ILogger<ReplayDeadLetters> logger
)
{
    /// <summary>Removes the letter when its events are delivered; otherwise notes why not and throws.</summary>
    public async Task RunAsync(string workspace, DeadLetter letter, CancellationToken cancellationToken)
    {
        var address = new TicketAddress(workspace, letter.Ticket);
        using var turn = await turns.TakeAsync(address, cancellationToken);
        var ticket =
            await tickets.FindAsync(address, cancellationToken)
            ?? throw NotDelivered(string.Create(CultureInfo.InvariantCulture, $"Ticket {letter.Ticket} does not exist. Dismiss the dead letter."));
        if (letter.Subscriber != TicketCursor.Lists && !subscribers.Has(letter.Subscriber))
            throw NotDelivered($"There is no subscriber \"{letter.Subscriber}\" any more. Dismiss the dead letter.");
        try
        {
            if (letter.Subscriber == TicketCursor.Lists)
                await lists.ApplyAsync([new(null, ticket)], cancellationToken);
            else
                await subscribers.TellAgainAsync(letter.Subscriber, ticket, letter.FromSeq, letter.ToSeq, cancellationToken);
        }
        catch (Exception why) when (!cancellationToken.IsCancellationRequested)
        {
            Log.FailedAgain(logger, why, letter.Id, ticket.Id);
            var failed = letter.Because(why, time.GetUtcNow());
            await letters.PutAsync(workspace, failed, cancellationToken);
            throw NotDelivered($"{letter.Subscriber} failed again: {failed.Error}");
        }

        await letters.RemoveAsync(workspace, letter.Id, cancellationToken);
    }

    private static HelpdeskRuleException NotDelivered(string why) => new("dead-letter-not-delivered", why);

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Dead letter {DeadLetter} of ticket {TicketId} was replayed and failed again")]
        public static partial void FailedAgain(ILogger logger, Exception why, string deadLetter, string ticketId);
    }
}
