using System.ComponentModel.DataAnnotations;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Tickets;

/// <summary>Time that was worked on a ticket.</summary>
/// <param name="Minutes">How long, in minutes; 0 in a correction takes the entry back.</param>
/// <param name="Note">What was done, for agents.</param>
/// <param name="Comment">Id of the comment that it belongs to.</param>
/// <param name="At">When the work was done; now when it is left out.</param>
/// <param name="Corrects">Id of the entry in whose place it stands.</param>
[Example("""{"minutes":25,"note":"Changed the fuser"}""")]
public sealed record LogTimeRequest(
    [property: Range(0, TimeRules.MostMinutes)] int Minutes,
    [property: MaxLength(1000)] string? Note,
    string? Comment,
    DateTimeOffset? At,
    string? Corrects
) : IFromRequest<LogTimeRequest>
{
    public static async ValueTask<LogTimeRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var request = new LogTimeRequest(
            fields.Whole("minutes", 0, TimeRules.MostMinutes, required: true) ?? 0,
            fields.Text("note", 1000, lines: true),
            fields.Text("comment", 40),
            fields.Instant("at"),
            fields.Text("corrects", 40)
        );
        if (request.At > context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow().AddMinutes(5))
            fields.Wrong("at", "has not come yet.");
        fields.Done();
        return request;
    }
}

/// <summary>An entry of time worked.</summary>
/// <param name="Id">Names the entry.</param>
/// <param name="Minutes">How long, in minutes.</param>
/// <param name="At">When the work was done.</param>
/// <param name="Agent">Who did it.</param>
/// <param name="Note">What was done; null for nothing.</param>
/// <param name="Comment">Id of the comment that it belongs to; null for none.</param>
/// <param name="Corrects">Id of the entry in whose place it stands; null for none.</param>
/// <param name="CorrectedBy">Id of the entry that stands in its place, so that this one counts no more; null for none.</param>
public sealed record TimeEntryView(
    string Id,
    int Minutes,
    DateTimeOffset At,
    ActorView? Agent,
    string? Note,
    string? Comment,
    string? Corrects,
    string? CorrectedBy
);

/// <summary>All time that was worked on a ticket.</summary>
/// <param name="Minutes">What counts, added up.</param>
/// <param name="Items">The entries in the order in which they were made.</param>
public sealed record TimeWorkedView(int Minutes, IReadOnlyList<TimeEntryView> Items);

/// <summary>Notes time that was worked on a ticket, or corrects what was noted.</summary>
public sealed class LogTime(TicketStore tickets, TimeProvider time)
{
    [
        Function(nameof(LogTime)),
        RequiresKey(KeyRole.Agent, KeyRole.Admin),
        Refuses("ticket-closed", "no-time", "comment-unknown", "entry-unknown", "entry-corrected")
    ]
    public Task<Results<Ok<TicketView>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/tickets/{id}/time")] LogTimeRequest request,
        string id,
        ChangeTicket change,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        var draft = new TimeDraft(
            request.Minutes,
            string.IsNullOrEmpty(request.Note) ? null : request.Note,
            string.IsNullOrEmpty(request.Comment) ? null : request.Comment,
            request.At,
            string.IsNullOrEmpty(request.Corrects) ? null : request.Corrects
        );
        return change.AnswerAsync(
            id,
            async (ticket, cancelled) =>
            {
                var asks = draft.Comment is not null || draft.Corrects is not null;
                var events = asks ? await tickets.ReadEventsAsync(TicketAddress.Of(ticket), 0, (int)ticket.Version, cancelled) : [];
                return TimeRules.Log(ticket, events, draft, change.Caller.Actor, time.GetUtcNow());
            },
            cancellationToken
        );
    }
}

/// <summary>Lists the time that was worked on a ticket.</summary>
public sealed class ListTime(TicketStore tickets)
{
    [Function(nameof(ListTime)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<TimeWorkedView>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/tickets/{id}/time")] Caller caller,
        string id,
        CancellationToken cancellationToken
    )
    {
        if (TicketAddress.Parse(caller.Workspace, id) is not { } address || await tickets.FindAsync(address, cancellationToken) is not { } ticket)
            return TypedResults.NotFound();
        var events = await tickets.ReadEventsAsync(address, 0, (int)ticket.Version, cancellationToken);
        var entries = events.Where(happened => happened.Fact is TimeLogged).Select(happened => (happened.By, Fact: (TimeLogged)happened.Fact)).ToList();
        var corrections = entries.Where(one => one.Fact.Corrects is not null).ToDictionary(one => one.Fact.Corrects!, one => one.Fact.Entry);
        return TypedResults.Ok(
            new TimeWorkedView(
                ticket.MinutesWorked ?? 0,
                [
                    .. entries.Select(one => new TimeEntryView(
                        one.Fact.Entry,
                        one.Fact.Minutes,
                        one.Fact.WorkedAt,
                        ActorView.Of(one.By),
                        one.Fact.Note,
                        one.Fact.Comment,
                        one.Fact.Corrects,
                        corrections.GetValueOrDefault(one.Fact.Entry)
                    )),
                ]
            )
        );
    }
}
