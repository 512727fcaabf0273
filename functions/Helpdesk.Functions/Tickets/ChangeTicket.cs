using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Tickets;

/// <summary>What all actions on a ticket have in common: find it, apply a rule under its ETag, answer with the ticket.</summary>
[HeedsIfMatch]
public sealed class ChangeTicket(TicketStore tickets, TicketResponses answers, Caller caller, IfMatch ifMatch, Idempotency? idempotency, HttpContext context)
    : IFromRequest<ChangeTicket>
{
    /// <summary>Read from the request when a handler asks for it.</summary>
    public static async ValueTask<ChangeTicket> ReadAsync(HttpContext context) =>
        new(
            context.RequestServices.GetRequiredService<TicketStore>(),
            context.RequestServices.GetRequiredService<TicketResponses>(),
            context.Features.Get<Caller>() ?? throw new InvalidOperationException("Actions on tickets are behind RequiresKey."),
            await IfMatch.ReadAsync(context),
            await Idempotency.ReadAsync(context),
            context
        );

    public Caller Caller => caller;

    /// <summary>Applies <paramref name="rule"/> to the ticket named <paramref name="id"/>.</summary>
    public Task<Results<Ok<TicketView>, NotFound>> AnswerAsync(string id, Func<Ticket, TicketChange> rule, CancellationToken cancellationToken) =>
        AnswerAsync(id, (ticket, _) => new(rule(ticket)), cancellationToken);

    /// <summary>Applies <paramref name="rule"/> to the ticket named <paramref name="id"/>.</summary>
    public async Task<Results<Ok<TicketView>, NotFound>> AnswerAsync(
        string id,
        Func<Ticket, CancellationToken, ValueTask<TicketChange>> rule,
        CancellationToken cancellationToken
    )
    {
        if (await ApplyAsync(id, rule, cancellationToken) is not { } change)
            return TypedResults.NotFound();
        return TypedResults.Ok(await answers.OfAsync(change.Ticket, caller.SeesNotes, cancellationToken));
    }

    /// <summary>Applies <paramref name="rule"/> and gives the change; null when there is no such ticket.</summary>
    public async Task<TicketChange?> ApplyAsync(string id, Func<Ticket, CancellationToken, ValueTask<TicketChange>> rule, CancellationToken cancellationToken)
    {
        if (TicketAddress.Parse(caller.Workspace, id) is not { } address)
            return null;
        var change = await tickets.ChangeAsync(address, ifMatch, idempotency, rule, cancellationToken);
        if (change is not null)
            context.Response.Headers.ETag = IfMatch.ETag(change.Ticket.Version);
        return change;
    }

    /// <summary>
    /// Begins a change of the ticket named <paramref name="id"/> and another one, and gives it when it is done; null when there is no such
    /// ticket.
    /// </summary>
    /// <param name="begin">See <see cref="TicketPairs.RunAsync"/>.</param>
    public async Task<TicketChange?> ApplyToPairAsync(
        string id,
        Func<Ticket, CancellationToken, ValueTask<PairChange?>> begin,
        CancellationToken cancellationToken
    )
    {
        if (TicketAddress.Parse(caller.Workspace, id) is not { } address)
            return null;
        var change = await tickets.Pairs.RunAsync(address, ifMatch, idempotency, begin, cancellationToken);
        if (change is not null)
            context.Response.Headers.ETag = IfMatch.ETag(change.Ticket.Version);
        return change;
    }

    /// <summary>The same, answered with the ticket that was asked.</summary>
    public async Task<Results<Ok<TicketView>, NotFound>> AnswerPairAsync(
        string id,
        Func<Ticket, CancellationToken, ValueTask<PairChange?>> begin,
        CancellationToken cancellationToken
    ) =>
        await ApplyToPairAsync(id, begin, cancellationToken) is { } change
            ? TypedResults.Ok(await answers.OfAsync(change.Ticket, caller.SeesNotes, cancellationToken))
            : TypedResults.NotFound();

    /// <summary>The ticket that a field of the request names; 400 when there is none.</summary>
    public async Task<Ticket> FindOtherAsync(string field, string id, CancellationToken cancellationToken) =>
        TicketAddress.Parse(caller.Workspace, id) is { } address && await tickets.FindAsync(address, cancellationToken) is { } found
            ? found
            : throw new InvalidRequestException(field, $"{field} names a ticket that was not found.");
}
