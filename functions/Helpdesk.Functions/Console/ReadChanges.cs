using System.Collections.Concurrent;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Routing;
using Helpdesk.Functions.Tickets;
using Helpdesk.Functions.Views;
using Helpdesk.Views;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Console;

/// <summary>What somebody wants to be told of who looks at tickets.</summary>
/// <param name="After">Where to go on: <c>next</c> of the answer before. Without it the answer comes at once and says where to begin.</param>
/// <param name="Wait">For how many seconds to wait for a change when there is none.</param>
/// <param name="Ticket">Id or number of the ticket that the caller looks at: who else is at it counts as a change as well.</param>
public sealed record ChangesQuery(
    [property: MaxLength(400)] string? After,
    [property: Range(0, ChangesQuery.LongestWait), DefaultValue(0)] int Wait,
    [property: MaxLength(30)] string? Ticket
) : IFromQuery<ChangesQuery>
{
    internal const int LongestWait = 25;

    public static ChangesQuery Read(QueryReader query, HttpContext context) =>
        new(query.Text("after", 400), query.Whole("wait", 0, LongestWait) ?? 0, query.Text("ticket", 30));
}

/// <summary>What happened to a ticket.</summary>
/// <param name="Seq">Counts 1, 2, 3 … on each ticket.</param>
/// <param name="Type">What kind of event it is, such as <c>status-changed</c>.</param>
/// <param name="At">When it happened.</param>
public sealed record ChangeEventView(long Seq, string Type, DateTimeOffset At);

/// <summary>A ticket that has changed.</summary>
/// <param name="Ticket">Id of the ticket.</param>
/// <param name="Number">Number of the ticket.</param>
/// <param name="Version">The version that the ticket has now: whoever knows it already has nothing to read.</param>
/// <param name="Status">The status that the ticket has now; null for a ticket that is not there any more.</param>
/// <param name="Group">Id of the group that the ticket belongs to now, or null.</param>
/// <param name="Assignee">Id of the agent that the ticket belongs to now, or null.</param>
/// <param name="Events">What happened, in its order.</param>
public sealed record ChangedTicketView(
    string Ticket,
    long Number,
    long Version,
    TicketStatus? Status,
    string? Group,
    string? Assignee,
    IReadOnlyList<ChangeEventView> Events
);

/// <summary>What has changed.</summary>
/// <param name="Items">The tickets that have changed, each once.</param>
/// <param name="Views">Ids of the caller's views whose counts may have moved by that; all others count what they did before.</param>
/// <param name="Presence">Who else is at the ticket that was asked for; null when none was.</param>
/// <param name="Next">The <c>after</c> that goes on behind them.</param>
[Example(
    """
        {"items":[{"ticket":"42-9k3m7q2w5x","number":42,"version":7,"status":"open","group":"it-support","assignee":"ada",
         "events":[{"seq":7,"type":"status-changed","at":"2026-03-10T09:15:00.000Z"}]}],"views":["open","my-tickets"],
         "presence":[{"agent":"rita","name":"Rita Weber","doing":"replying","at":"2026-03-10T09:15:01.000Z"}],"next":"MXw5ZTEwfDF8Nw"}
        """
)]
public sealed record ChangesView(
    IReadOnlyList<ChangedTicketView> Items,
    IReadOnlyList<string> Views,
    IReadOnlyList<TicketPresenceView>? Presence,
    string Next
);

/// <summary>
/// Tells which tickets have changed, and who else is at the one that the caller looks at; waits for it if there is nothing. One such request at a time keeps
/// a console up to date: what this instance does is there at once, what another one does within a second or two.
/// </summary>
/// <remarks>It follows the event stream. An answer tells of at most 100 events; whoever asks again gets the rest.</remarks>
public sealed class ReadChanges(
    EventStream stream,
    EventStreamSignals signals,
    TicketStore tickets,
    TicketPresences presences,
    ViewStore views,
    TimeProvider time
)
{
    private const int MostEvents = 100;

    /// <summary>Stands for nobody being asked for, in a cursor.</summary>
    private const string NoTicket = "-";

    [Function(nameof(ReadChanges)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    [Answers(
        StatusCodes.Status410Gone,
        "What came behind this place is kept no longer (<c>events-expired</c>), or the stream has never come so far (<c>events-unknown</c>): read everything "
            + "anew, and begin without <c>after</c>."
    )]
    public async Task<Ok<ChangesView>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/changes")] ChangesQuery query,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(caller);
        TicketAddress? ticket = query.Ticket is null
            ? null
            : TicketAddress.Parse(caller.Workspace, query.Ticket)
                ?? throw new InvalidRequestException("ticket", "ticket is neither the id nor the number of a ticket.");
        var until = time.GetUtcNow() + TimeSpan.FromSeconds(query.Wait);
        var (place, seen) = await PlaceAsync(caller.Workspace, query.After, cancellationToken);
        while (true)
        {
            var more = signals.Next(caller.Workspace);
            var page = await stream.ReadAsync(caller.Workspace, place, one => one.Note is null || caller.SeesNotes, MostEvents, cancellationToken);
            var isEnd = page.Next == place;
            place = page.Next;
            var others = ticket is { } at ? await presences.OthersAsync(at, caller.Agent, cancellationToken) : null;
            var mark = MarkOf(ticket, others);
            var left = until - time.GetUtcNow();
            if (page.Events.Count > 0 || mark != seen || query.After is null || left <= TimeSpan.Zero)
                return TypedResults.Ok(
                    new ChangesView(
                        await TellAsync(caller.Workspace, page.Events, cancellationToken),
                        await MovedAsync(caller, page.Events, cancellationToken),
                        others,
                        PageCursor.Write(ListOf(caller.Workspace), [.. place.Parts, mark])
                    )
                );
            if (isEnd)
                await EventStreamSignals.WaitAsync(more, left, time, cancellationToken);
        }
    }

    private async Task<(StreamPosition Place, string Seen)> PlaceAsync(string workspace, string? after, CancellationToken cancellationToken)
    {
        if (after is null)
            return (await stream.FindEndAsync(workspace, cancellationToken), NoTicket);
        var parts = PageCursor.Read(ListOf(workspace), after, 3, "after");
        return (StreamPosition.Parse(parts), parts[2]);
    }

    private static string ListOf(string workspace) => $"changes {workspace}";

    /// <summary>What the caller has seen of who is at a ticket, in a few letters: when they last said so does not count.</summary>
    private static string MarkOf(TicketAddress? ticket, IReadOnlyList<TicketPresenceView>? others) =>
        ticket is not { } at || others is null
            ? NoTicket
            : Hashes.Short($"{at.Number}\n{string.Join('\n', others.Select(one => $"{one.Agent} {one.Doing}"))}")[..12];

    private async Task<IReadOnlyList<string>> MovedAsync(Caller caller, IReadOnlyList<EventReference> events, CancellationToken cancellationToken)
    {
        if (events.Count == 0)
            return [];
        var types = events.Select(one => one.Type).ToHashSet(StringComparer.Ordinal);
        var visible = await views.VisibleAsync(caller, remembered: true, cancellationToken);
        return [.. visible.Where(one => one.Hidden is null && ViewMoves.CanBe(one.View.Condition, types)).Select(one => one.View.Id)];
    }

    /// <summary>The tickets as they are now: there is one request for each.</summary>
    private async Task<IReadOnlyList<ChangedTicketView>> TellAsync(string workspace, IReadOnlyList<EventReference> events, CancellationToken cancellationToken)
    {
        var found = new ConcurrentDictionary<long, Ticket?>();
        var groups = events.GroupBy(one => (one.Number, one.Ticket)).ToList();
        await Parallel.ForEachAsync(
            groups,
            new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = cancellationToken },
            async (one, cancelled) => found[one.Key.Number] = await tickets.FindAsync(new(workspace, one.Key.Number, one.Key.Ticket), cancelled)
        );
        return
        [
            .. groups.Select(one =>
            {
                var ticket = found[one.Key.Number];
                return new ChangedTicketView(
                    one.Key.Ticket,
                    one.Key.Number,
                    ticket?.Version ?? one.Max(happened => happened.Seq),
                    ticket?.Status,
                    ticket?.Group,
                    ticket?.Assignee,
                    [.. one.Select(happened => new ChangeEventView(happened.Seq, happened.Type, happened.At))]
                );
            }),
        ];
    }
}
