using System.ComponentModel.DataAnnotations;
using Helpdesk.Forms;
using Helpdesk.Functions.Forms;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;
using Helpdesk.Portal;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Portal;

/// <summary>What everybody is to be told of a disturbance.</summary>
/// <param name="Title">What does not work, on one line; a text alone counts as English.</param>
/// <param name="Text">What is known of it; null for nothing.</param>
/// <param name="Update">News of it, which are added to those before; left out for none.</param>
/// <param name="Ended">Whether it is over. It ends by itself when its ticket is resolved.</param>
[Example("""{"title":{"en":"Mail is late","de":"E-Mails kommen verspätet an"},"text":{"en":"We are looking for the cause."}}""")]
public sealed record DisturbanceRequest(LocalText Title, LocalText? Text, LocalText? Update, bool? Ended) : IFromRequest<DisturbanceRequest>
{
    public const int TitleLength = 120;
    public const int TextLength = 2000;

    public static async ValueTask<DisturbanceRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var request = new DisturbanceRequest(
            FormRequest.Words(fields, "title", TitleLength, required: true) ?? new(),
            FormRequest.Words(fields, "text", TextLength),
            FormRequest.Words(fields, "update", TextLength),
            fields.Flag("ended")
        );
        fields.Done();
        return request;
    }
}

/// <summary>News of a disturbance.</summary>
/// <param name="At">When it was said.</param>
/// <param name="Text">What is known by then.</param>
public sealed record DisturbanceUpdateView(DateTimeOffset At, LocalText Text);

/// <summary>A disturbance that everybody is told of.</summary>
/// <param name="Ticket">Number of the ticket that carries it.</param>
/// <param name="Title">What does not work.</param>
/// <param name="Text">What is known of it; null for nothing.</param>
/// <param name="Updates">What was said of it since, oldest first.</param>
/// <param name="StartedAt">When it was made known.</param>
/// <param name="EndedAt">When it was over; null while it is not.</param>
/// <param name="Version">Counts the changes.</param>
public sealed record DisturbanceView(
    long Ticket,
    LocalText Title,
    LocalText? Text,
    IReadOnlyList<DisturbanceUpdateView> Updates,
    DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt,
    long Version
)
{
    internal static DisturbanceView Of(Disturbance it) =>
        new(
            it.Carrier,
            it.Title,
            it.Text,
            [.. it.Updates.Select(update => new DisturbanceUpdateView(update.At, update.Text))],
            it.StartedAt,
            it.EndedAt,
            it.Version
        );
}

/// <summary>What everybody is told of a ticket's disturbance.</summary>
public sealed class ManageDisturbance(DisturbanceStore disturbances, FollowDisturbances follow, TicketStore tickets, TimeProvider time)
{
    private const string Route = "api/tickets/{id}/disturbance";

    /// <summary>Shows what everybody is told of a ticket's disturbance; 204 where nobody is told anything.</summary>
    [Function(nameof(GetDisturbance)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<DisturbanceView>, NoContent, NotFound>> GetDisturbance(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route)] Caller caller,
        string id,
        HttpContext context,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(caller);
        if (await FindTicketAsync(caller, id, cancellationToken) is not { } ticket)
            return TypedResults.NotFound();
        return await disturbances.FindAsync(caller.Workspace, ticket.Number, cancellationToken) is { } found ? Show(found, context) : TypedResults.NoContent();
    }

    /// <summary>
    /// Tells everybody of a ticket's disturbance, on every page of the portal: makes it known, changes what is said, adds news, or ends it. When the ticket is
    /// resolved it ends by itself; when the ticket is merged, the one that goes on carries it.
    /// </summary>
    [Function(nameof(PutDisturbance)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Refuses("ticket-resolved", "too-many-updates")]
    public async Task<Results<Ok<DisturbanceView>, NotFound>> PutDisturbance(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = Route)] DisturbanceRequest request,
        string id,
        Caller caller,
        IfMatch ifMatch,
        HttpContext context,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(caller);
        if (await FindTicketAsync(caller, id, cancellationToken) is not { } ticket)
            return TypedResults.NotFound();
        var (now, ended) = (time.GetUtcNow(), request.Ended == true);
        if (!ended && ticket.Status is TicketStatus.Resolved or TicketStatus.Closed)
            throw new HelpdeskRuleException(
                "ticket-resolved",
                ticket.Status == TicketStatus.Closed
                    ? $"Ticket {ticket.Number} is closed: tell of a disturbance on another ticket."
                    : $"Ticket {ticket.Number} is resolved: reopen it before telling anybody of a disturbance."
            );
        while (true)
        {
            var known = await disturbances.FindAsync(caller.Workspace, ticket.Number, cancellationToken);
            if (known is null)
            {
                var made = new Disturbance
                {
                    Id = ticket.Number,
                    Carrier = ticket.Number,
                    Title = request.Title,
                    Text = request.Text,
                    Updates = request.Update is { } first ? [new(now, first)] : [],
                    StartedAt = now,
                    EndedAt = ended ? now : null,
                };
                ifMatch.Check(0);
                if (!await disturbances.TryAddAsync(caller.Workspace, made, cancellationToken))
                    continue;
                known = made;
            }
            else
            {
                var changed = await disturbances.ChangeAsync(
                    caller.Workspace,
                    known.Id,
                    ifMatch,
                    current => DisturbanceRules.Change(current, request.Title, request.Text, request.Update, ended, now),
                    cancellationToken
                );
                if (changed is null)
                    continue;
                known = changed;
            }

            // Whoever has solved or merged the ticket meanwhile did not know of it yet.
            await follow.LookAsync(caller.Workspace, known.Carrier, cancellationToken);
            return Show(await disturbances.FindAsync(caller.Workspace, ticket.Number, cancellationToken) ?? known, context);
        }
    }

    /// <summary>Takes back what everybody is told of a ticket's disturbance, where it was a mistake: nothing of it is shown any more.</summary>
    [Function(nameof(RemoveDisturbance)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    [Answers(StatusCodes.Status404NotFound, "There is no such ticket, or nobody is told anything of it.")]
    public async Task<Results<NoContent, NotFound>> RemoveDisturbance(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = Route)] Caller caller,
        string id,
        IfMatch ifMatch,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(caller);
        return
            await FindTicketAsync(caller, id, cancellationToken) is { } ticket
            && await disturbances.FindAsync(caller.Workspace, ticket.Number, cancellationToken) is { } known
            && await disturbances.RemoveAsync(caller.Workspace, known.Id, ifMatch, cancellationToken)
            ? TypedResults.NoContent()
            : TypedResults.NotFound();
    }

    /// <summary>The ticket that goes on, where the named one was merged.</summary>
    private async Task<Ticket?> FindTicketAsync(Caller caller, string id, CancellationToken cancellationToken) =>
        TicketAddress.Parse(caller.Workspace, id) is { } address && await tickets.FindAsync(address, cancellationToken) is { } ticket
            ? await tickets.FindLivingAsync(ticket, cancellationToken)
            : null;

    private static Ok<DisturbanceView> Show(Disturbance disturbance, HttpContext context)
    {
        context.Response.Headers.ETag = IfMatch.ETag(disturbance.Version);
        return TypedResults.Ok(DisturbanceView.Of(disturbance));
    }
}
