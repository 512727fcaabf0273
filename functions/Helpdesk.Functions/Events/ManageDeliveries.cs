using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Events;

/// <summary>Which deliveries are wanted.</summary>
/// <param name="Channel">Only those that went this way.</param>
/// <param name="State">Only those in one of these states.</param>
/// <param name="Ticket">Only those about this ticket: its id or number.</param>
/// <param name="To">Only those to this address, subscription or chat.</param>
/// <param name="Limit">How many items a page has at most. Where a filter leaves most out, a page may hold fewer, and none.</param>
/// <param name="Cursor">Where to go on: <c>nextCursor</c> of the page before, with the same filters. Leave it out for the first page.</param>
public sealed record DeliveriesQuery(
    DeliveryChannel? Channel,
    IReadOnlyList<DeliveryState> State,
    [property: MaxLength(40)] string? Ticket,
    [property: MaxLength(254)] string? To,
    [property: Range(1, 100), DefaultValue(25)] int Limit,
    [property: MaxLength(400)] string? Cursor
) : IFromQuery<DeliveriesQuery>
{
    public static DeliveriesQuery Read(QueryReader query, HttpContext context)
    {
        var ticket = query.Text("ticket", 40);
        if (ticket is not null && TicketAddress.Parse("any", ticket) is null)
            query.Wrong("ticket", "must be the id or number of a ticket.");
        return new(
            One<DeliveryChannel>(query, "channel"),
            query.ListOf<DeliveryState>("state"),
            ticket,
            query.Addresses("to", 1) is [var to, ..] ? to : null,
            query.Limit(),
            query.Text("cursor", 400)
        );
    }

    private static T? One<T>(QueryReader query, string name)
        where T : struct, Enum
    {
        var values = query.ListOf<T>(name);
        if (values.Count > 1)
            query.Wrong(name, $"must be one of {string.Join(", ", WireName<T>.All)}.");
        return values.Count == 0 ? null : values[0];
    }
}

/// <summary>What went out of the desk by webhooks, mail, Teams and Event Grid and to monitoring tools, or was to. For admins.</summary>
public sealed class ManageDeliveries(Deliveries deliveries)
{
    /// <summary>
    /// Lists what went out, newest first: webhooks of the last 30 days, those of removed subscriptions among them, mails and what
    /// monitoring tools were told of the last 90. Of Teams and Event Grid only what was given up is kept.
    /// </summary>
    [Function(nameof(ListDeliveries)), RequiresKey(KeyRole.Admin)]
    public async Task<Ok<ListPage<Delivery>>> ListDeliveries(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/deliveries")] DeliveriesQuery query,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var number = query.Ticket is { } ticket ? TicketAddress.Parse(caller.Workspace, ticket)!.Value.Number : (long?)null;
        return TypedResults.Ok(
            await deliveries.ReadAsync(caller.Workspace, query.Channel, query.State, number, query.To, query.Limit, query.Cursor, cancellationToken)
        );
    }

    /// <summary>Shows a delivery.</summary>
    /// <param name="channel">The way it went: <c>webhook</c>, <c>mail</c>, <c>teams</c>, <c>event-grid</c> or <c>alerts</c>.</param>
    /// <param name="id">Id of the delivery.</param>
    [Function(nameof(GetDelivery)), RequiresKey(KeyRole.Admin)]
    public async Task<Results<Ok<Delivery>, NotFound>> GetDelivery(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/deliveries/{channel}/{id}")] Caller caller,
        string channel,
        string id,
        CancellationToken cancellationToken
    ) =>
        WireName<DeliveryChannel>.TryParse(channel, out var way) && await deliveries.FindAsync(caller.Workspace, way, id, cancellationToken) is { } found
            ? TypedResults.Ok(found)
            : TypedResults.NotFound();

    /// <summary>Sends a delivery again. The answer shows it as it is then: mostly <c>queued</c>, since it is sent a moment later.</summary>
    /// <param name="channel">The way it went: <c>webhook</c>, <c>mail</c>, <c>teams</c>, <c>event-grid</c> or <c>alerts</c>.</param>
    /// <param name="id">Id of the delivery.</param>
    [
        Function(nameof(ReplayDelivery)),
        RequiresKey(KeyRole.Admin),
        Refuses(
            "delivery-queued",
            "delivery-erased",
            "webhook-off",
            "mail-sent",
            "mail-queued",
            "dead-letter-not-delivered",
            "delivery-overtaken",
            "webhook-removed"
        )
    ]
    public async Task<Results<Accepted<Delivery>, NotFound>> ReplayDelivery(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/deliveries/{channel}/{id}/replay")] NoBody body,
        string channel,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    ) =>
        WireName<DeliveryChannel>.TryParse(channel, out var way) && await deliveries.ReplayAsync(caller.Workspace, way, id, cancellationToken) is { } replayed
            ? TypedResults.Accepted($"/api/deliveries/{channel}/{id}", replayed)
            : TypedResults.NotFound();
}
