using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Helpdesk.Agenda;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Agenda;

/// <summary>When a ticket is to come back.</summary>
/// <param name="At">The instant; or give <c>in</c>.</param>
/// <param name="In">How long from now; days are 24 hours, with <c>calendar</c> 24 hours in which it is open.</param>
/// <param name="Calendar">Id of the calendar in whose hours <c>in</c> is counted.</param>
/// <param name="To">Id of the agent whom it comes back to, or <c>none</c> for whoever is in charge of the ticket then; you when it is left out.</param>
/// <param name="Note">What is to be done then, for agents.</param>
/// <param name="UnlessAnswered">Whether it is off as soon as the requester says something in public.</param>
[Example("""{"in":"PT16H","calendar":"business-hours","note":"Has the spare part come?"}""")]
public sealed record FollowUpRequest(
    DateTimeOffset? At,
    [property: DataType(DataType.Duration)] TimeSpan? In,
    [property: MaxLength(40)] string? Calendar,
    [property: MaxLength(60)] string? To,
    [property: MaxLength(1000)] string? Note,
    bool? UnlessAnswered
) : IFromRequest<FollowUpRequest>
{
    private const string WrongLength = "must be a length of at most two years, such as PT16H or P2D; years and months are written in days.";

    /// <summary>As far ahead as a ticket can be put off.</summary>
    internal static TimeSpan Farthest { get; } = TimeSpan.FromDays(366 * 2);

    public static async ValueTask<FollowUpRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var request = new FollowUpRequest(
            fields.Instant("at"),
            fields.Length("in", problem: WrongLength),
            Some(fields.Text("calendar", 40)),
            Some(fields.Text("to", 60)),
            Some(fields.Text("note", 1000, lines: true)),
            fields.Flag("unlessAnswered")
        );
        var now = context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();
        if (!fields.IsWrong("at") && !fields.IsWrong("in") && request.At is null == request.In is null)
            fields.Wrong("at", "or in is required: one of the two.");
        else if (request.At <= now || request.At > now + Farthest)
            fields.Wrong("at", "must be an instant within the next two years.");
        if (request.In <= TimeSpan.Zero || request.In > Farthest)
            fields.Wrong("in", WrongLength);
        if (request.Calendar is not null && request.In is null && !fields.IsWrong("in"))
            fields.Wrong("calendar", "belongs to in: an instant needs no hours.");
        fields.Done();
        return request;
    }

    private static string? Some(string? text) => string.IsNullOrEmpty(text) ? null : text;
}

/// <summary>When a ticket comes back.</summary>
/// <param name="At">The instant.</param>
/// <param name="To">Id of the agent whom it comes back to; null for whoever is in charge of it then.</param>
/// <param name="Note">What is to be done then; null for nothing.</param>
/// <param name="UnlessAnswered">Whether it is off as soon as the requester says something in public.</param>
public sealed record FollowUpView(DateTimeOffset At, string? To, string? Note, bool UnlessAnswered)
{
    internal static FollowUpView Of(FollowUp it) => new(it.At, it.To, it.Note, it.UnlessAnswered == true);
}

/// <summary>Has a ticket come back to somebody.</summary>
public sealed class FollowUpTicket(AgendaPeople people, TicketStore tickets, TimeProvider time)
{
    /// <summary>
    /// Has a ticket come back at an instant: its agent is reminded then, and a ticket that waits is open again. Another follow-up of it is replaced.
    /// </summary>
    [Function(nameof(FollowUpTicket)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Refuses("ticket-closed", "follow-up-past")]
    public async Task<Results<Ok<TicketView>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/tickets/{id}/follow-up")] FollowUpRequest request,
        string id,
        ChangeTicket change,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(change);
        var to = request.To switch
        {
            null => change.Caller.Agent,
            AgendaPeople.None => null,
            var named => await people.FindAsync(change.Caller, "to", named, cancellationToken),
        };
        var now = time.GetUtcNow();
        var at = request.At ?? await people.AheadAsync(change.Caller.Workspace, now, request.In ?? TimeSpan.Zero, request.Calendar, cancellationToken);
        var back = new FollowUp(at, to, request.Note, request.UnlessAnswered == true ? true : null);
        return await change.AnswerAsync(id, ticket => AgendaRules.FollowUp(ticket, back, change.Caller.Actor, time.GetUtcNow()), cancellationToken);
    }

    /// <summary>Shows when a ticket comes back.</summary>
    [Function(nameof(GetFollowUp)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    [Answers(StatusCodes.Status404NotFound, "There is no such ticket, or it does not come back.")]
    public async Task<Results<Ok<FollowUpView>, NotFound>> GetFollowUp(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/tickets/{id}/follow-up")] Caller caller,
        string id,
        CancellationToken cancellationToken
    ) =>
        TicketAddress.Parse(caller.Workspace, id) is { } address && await tickets.FindAsync(address, cancellationToken) is { FollowUp: { } back }
            ? TypedResults.Ok(FollowUpView.Of(back))
            : TypedResults.NotFound();

    /// <summary>Takes the follow-up of a ticket back. A ticket that does not come back stays as it is.</summary>
    [Function(nameof(CancelFollowUp)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public Task<Results<Ok<TicketView>, NotFound>> CancelFollowUp(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/tickets/{id}/follow-up")] Caller caller,
        string id,
        ChangeTicket change,
        CancellationToken cancellationToken
    ) => change.AnswerAsync(id, ticket => AgendaRules.CancelFollowUp(ticket, change.Caller.Actor, time.GetUtcNow()), cancellationToken);
}
