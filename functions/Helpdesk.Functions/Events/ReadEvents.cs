using System.Collections.Concurrent;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Events;

/// <summary>Which events of the stream are wanted.</summary>
/// <param name="After">Where to go on: <c>next</c> of the answer before. Leave it out to begin with the oldest event that is kept; <c>latest</c> begins
/// with what happens from now on.</param>
/// <param name="Wait">For how many seconds to wait for an event when there is none.</param>
/// <param name="Limit">How many events an answer has at most.</param>
/// <param name="Types">Only events of these types, such as <c>ticket-opened</c>.</param>
public sealed record EventsQuery(
    [property: MaxLength(400)] string? After,
    [property: Range(0, EventsQuery.LongestWait), DefaultValue(0)] int Wait,
    [property: Range(1, 100), DefaultValue(25)] int Limit,
    IReadOnlyList<string> Types
) : IFromQuery<EventsQuery>
{
    internal const int LongestWait = 25;

    public static EventsQuery Read(QueryReader query, HttpContext context)
    {
        var types = query.List("types", 40);
        if (types.FirstOrDefault(type => !TicketFacts.Types.ContainsKey(type)) is { } unknown)
            query.Wrong("types", $"names {unknown}, which is no type of event: they are {string.Join(", ", TicketFacts.Types.Keys.Order())}.");
        return new(query.Text("after", 400), query.Whole("wait", 0, LongestWait) ?? 0, query.Limit(), types);
    }
}

/// <summary>Events in the order of the stream.</summary>
/// <param name="Items">The events. There may be none and still more to come: only an answer whose <c>next</c> is the <c>after</c> that was asked for is at
/// the end.</param>
/// <param name="Next">The <c>after</c> that goes on behind them.</param>
public sealed record StreamedEvents(IReadOnlyList<StreamedEvent> Items, string Next);

/// <summary>An event of some ticket.</summary>
/// <param name="Id">Unique: the ticket's id and <c>seq</c>.</param>
/// <param name="Type">What kind of event it is, such as <c>status-changed</c>.</param>
/// <param name="Ticket">Id of the ticket.</param>
/// <param name="Number">Number of the ticket.</param>
/// <param name="Seq">Counts 1, 2, 3 … on each ticket.</param>
/// <param name="At">When it happened.</param>
/// <param name="By">What kind of actor did it; null where that is erased.</param>
/// <param name="Actor">Who did it; null for the desk itself.</param>
/// <param name="Data">What happened in detail, as the ticket's own list of events has it; null where that is erased.</param>
/// <param name="ErasedAt">When names, addresses or words in it were erased with a person; null for an event that says what it always said.</param>
/// <param name="Erased">True when all of it is erased; left out otherwise.</param>
[Example(
    """
        {"id":"42-9k3m7q2w5x/3","type":"status-changed","ticket":"42-9k3m7q2w5x","number":42,"seq":3,"at":"2026-03-10T09:15:00.000Z","by":"agent",
         "actor":{"id":"ada","name":"Ada Lovelace"},"data":{"from":"new","to":"open"},"erasedAt":null}
        """
)]
public sealed record StreamedEvent(
    string Id,
    string Type,
    string Ticket,
    long Number,
    long Seq,
    DateTimeOffset At,
    ActorKind? By,
    ActorView? Actor,
    JsonElement? Data,
    DateTimeOffset? ErasedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Erased
)
{
    internal static StreamedEvent Of(EventReference reference, TicketEvent? happened)
    {
        var view = happened is null ? null : EventView.Of(happened);
        return new(
            string.Create(CultureInfo.InvariantCulture, $"{reference.Ticket}/{reference.Seq}"),
            reference.Type,
            reference.Ticket,
            reference.Number,
            reference.Seq,
            reference.At,
            view?.By,
            view?.Actor,
            view?.Data,
            view?.ErasedAt,
            view is null
        );
    }
}

/// <summary>
/// Reads every event of the workspace in one order. An event that is committed late comes late, and never behind a reader's back; every reader gets the same
/// events in the same order. A key that may not read notes is not told of them.
/// </summary>
/// <remarks>The stream has references; the words are read from the tickets, with one request for each ticket on the page.</remarks>
public sealed class ReadEvents(EventStream stream, EventStreamSignals signals, TicketStore tickets, TimeProvider time)
{
    private const string Latest = "latest";

    [Function(nameof(ReadEvents)), RequiresKey(KeyRole.Integration, KeyRole.Agent, KeyRole.Admin)]
    [Answers(
        StatusCodes.Status410Gone,
        "What came behind this place is kept no longer (<c>events-expired</c>), or the stream has never come so far (<c>events-unknown</c>)."
    )]
    public async Task<Ok<StreamedEvents>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/events")] EventsQuery query,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var until = time.GetUtcNow() + TimeSpan.FromSeconds(query.Wait);
        var after = await PlaceAsync(caller.Workspace, query.After, cancellationToken);
        while (true)
        {
            var more = signals.Next(caller.Workspace);
            var page = await stream.ReadAsync(caller.Workspace, after, one => Shows(query, caller, one), query.Limit, cancellationToken);
            var isEnd = page.Next == after;
            after = page.Next;
            var left = until - time.GetUtcNow();
            if (page.Events.Count > 0 || left <= TimeSpan.Zero)
                return TypedResults.Ok(new StreamedEvents(await TellAsync(caller, page.Events, cancellationToken), Write(caller.Workspace, after)));
            if (isEnd)
                await EventStreamSignals.WaitAsync(more, left, time, cancellationToken);
        }
    }

    private static bool Shows(EventsQuery query, Caller caller, EventReference one) =>
        (one.Note is null || caller.SeesNotes) && (query.Types.Count == 0 || query.Types.Contains(one.Type, StringComparer.Ordinal));

    private Task<StreamPosition> PlaceAsync(string workspace, string? after, CancellationToken cancellationToken)
    {
        if (after is null)
            return stream.FindBeginningAsync(workspace, cancellationToken);
        if (after == Latest)
            return stream.FindEndAsync(workspace, cancellationToken);
        return Task.FromResult(StreamPosition.Parse(PageCursor.Read(ListOf(workspace), after, 2, "after")));
    }

    private static string Write(string workspace, StreamPosition place) => PageCursor.Write(ListOf(workspace), place.Parts);

    private static string ListOf(string workspace) => $"stream {workspace}";

    /// <summary>What the events say. Those of one ticket are read together: there is one request for each ticket.</summary>
    private async Task<IReadOnlyList<StreamedEvent>> TellAsync(Caller caller, IReadOnlyList<EventReference> events, CancellationToken cancellationToken)
    {
        var read = new ConcurrentDictionary<(long Number, long Seq), TicketEvent>();
        await Parallel.ForEachAsync(
            events.GroupBy(one => one.Number),
            new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = cancellationToken },
            async (ticket, cancelled) =>
            {
                var (first, last) = (ticket.Min(one => one.Seq), ticket.Max(one => one.Seq));
                foreach (var happened in await tickets.ReadEventsAsync(new(caller.Workspace, ticket.Key), first - 1, (int)(last - first + 1), cancelled))
                    read[(ticket.Key, happened.Seq)] = happened;
            }
        );
        return
        [
            .. events.Select(one =>
            {
                var happened = read.GetValueOrDefault((one.Number, one.Seq));
                return StreamedEvent.Of(one, caller.SeesNotes ? happened : happened?.WithoutNotes());
            }),
        ];
    }
}
