using Azure;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Events;

/// <summary>A subscriber that did not take what it was told, and why.</summary>
public sealed record Refusal(string Subscriber, Exception Why);

/// <summary>Tells everybody who is to hear of a ticket, each by itself: one that fails keeps its place and holds up nobody else.</summary>
public sealed class Subscribers(IEnumerable<IStateSubscriber> byState, IEnumerable<IEventSubscriber> byEvent, TicketStore tickets)
{
    private readonly IReadOnlyList<IStateSubscriber> _byState = [.. byState];
    private readonly IReadOnlyList<IEventSubscriber> _byEvent = [.. byEvent];

    /// <summary>Tells those who take many tickets at once. What they do not take together they are told of ticket by ticket, where it shows whose
    /// fault it is.</summary>
    /// <param name="told">Tickets with their cursors, and what was just committed.</param>
    /// <returns>The cursors, in the same order.</returns>
    public async Task<IReadOnlyList<TicketCursor>> TellTogetherAsync(
        IReadOnlyList<(Ticket Ticket, TicketCursor Cursor, IReadOnlyList<TicketEvent> Known)> told,
        CancellationToken cancellationToken
    )
    {
        var cursors = told.Select(one => one.Cursor).ToArray();
        foreach (var subscriber in _byEvent.OfType<ITakesManyTickets>())
        {
            try
            {
                var news = new List<TicketNews>();
                foreach (var (ticket, cursor, known) in told)
                {
                    var events = await EventsAfterAsync(ticket, cursor.Told(subscriber.Name), known, [], cancellationToken);
                    if (events.Count > 0 && subscriber.Wants(events))
                        news.Add(new(ticket, events));
                }

                if (news.Count > 0)
                    await subscriber.TakeAsync(news, cancellationToken);
                for (var i = 0; i < told.Count; i++)
                    cursors[i] = cursors[i].After(subscriber.Name, told[i].Ticket.Version);
            }
            catch (RequestFailedException) when (!cancellationToken.IsCancellationRequested)
            {
                continue;
            }
        }

        return cursors;
    }

    /// <summary>Tells everybody what the cursor says they have not been told.</summary>
    /// <param name="known">What was just committed; empty when that is not known.</param>
    public async Task<(TicketCursor Cursor, IReadOnlyList<Refusal> Refusals)> TellAsync(
        Ticket ticket,
        TicketCursor cursor,
        IReadOnlyList<TicketEvent> known,
        CancellationToken cancellationToken
    )
    {
        var refusals = new List<Refusal>();
        foreach (var subscriber in _byState)
        {
            await TellAsync(
                subscriber.Name,
                async () =>
                {
                    if (known.Count == 0 || subscriber.Concerns(known))
                        await subscriber.LookAsync(ticket, known, cancellationToken);
                }
            );
        }

        // What several have missed is read once.
        var missed = new Dictionary<long, IReadOnlyList<TicketEvent>>();
        foreach (var subscriber in _byEvent)
        {
            await TellAsync(
                subscriber.Name,
                async () =>
                {
                    var events = await EventsAfterAsync(ticket, cursor.Told(subscriber.Name), known, missed, cancellationToken);
                    if (subscriber.Wants(events))
                        await subscriber.TakeAsync(ticket, events, cancellationToken);
                }
            );
        }

        return (cursor, refusals);

        async Task TellAsync(string name, Func<Task> tell)
        {
            if (cursor.Told(name) >= ticket.Version)
                return;
            try
            {
                await tell();
                cursor = cursor.After(name, ticket.Version);
            }
            catch (Exception why) when (!cancellationToken.IsCancellationRequested)
            {
                refusals.Add(new(name, why));
            }
        }
    }

    /// <summary>The names of all.</summary>
    public IEnumerable<string> Names => _byState.Select(one => one.Name).Concat(_byEvent.Select(one => one.Name));

    /// <summary>Whether there is a subscriber of that name.</summary>
    public bool Has(string name) => _byState.Any(one => one.Name == name) || _byEvent.Any(one => one.Name == name);

    /// <summary>Tells one subscriber some events again.</summary>
    public async Task TellAgainAsync(string name, Ticket ticket, long fromSeq, long toSeq, CancellationToken cancellationToken)
    {
        foreach (var subscriber in _byState.Where(one => one.Name == name))
            await subscriber.LookAsync(ticket, [], cancellationToken);
        foreach (var subscriber in _byEvent.Where(one => one.Name == name))
        {
            var events = await tickets.ReadEventsAsync(TicketAddress.Of(ticket), fromSeq - 1, (int)(toSeq - fromSeq + 1), cancellationToken);
            await subscriber.TakeAsync(ticket, events, cancellationToken);
        }
    }

    /// <summary>The events after one. What was just committed is known; only what was missed before it is read, most often a single event.</summary>
    private async Task<IReadOnlyList<TicketEvent>> EventsAfterAsync(
        Ticket ticket,
        long after,
        IReadOnlyList<TicketEvent> known,
        Dictionary<long, IReadOnlyList<TicketEvent>> read,
        CancellationToken cancellationToken
    )
    {
        var isWhole = known.Count > 0 && known[^1].Seq >= ticket.Version && known.Count == known[^1].Seq - known[0].Seq + 1;
        var upTo = isWhole ? known[0].Seq - 1 : ticket.Version;
        IReadOnlyList<TicketEvent>? missed = [];
        if (after < upTo && !read.TryGetValue(after, out missed))
            read[after] = missed = await tickets.ReadEventsAsync(TicketAddress.Of(ticket), after, (int)(upTo - after), cancellationToken);
        return isWhole ? [.. missed, .. known.Where(happened => happened.Seq > after)] : missed;
    }
}
