using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Intake;

/// <summary>What came in, and what became of it.</summary>
/// <param name="Id">Names the receipt.</param>
/// <param name="Channel">How it came in.</param>
/// <param name="ReceivedAt">When it came in.</param>
/// <param name="State">How far the desk has got with it.</param>
/// <param name="Ticket">Id of the ticket that it became; null until then.</param>
/// <param name="Number">Number of that ticket; null until then.</param>
/// <param name="Comment">Id of the comment that it became on that ticket; null when it opened the ticket, or became none.</param>
/// <param name="Mailbox">Id of the mailbox that it came to; null for another channel.</param>
/// <param name="Reason">Where it went and by which rule; null where there is nothing to explain.</param>
/// <param name="Error">Why it failed or was set aside; null otherwise.</param>
/// <param name="Attempts">How often it was worked.</param>
public sealed record ReceiptView(
    string Id,
    IntakeChannel Channel,
    DateTimeOffset ReceivedAt,
    ReceiptState State,
    string? Ticket,
    long? Number,
    string? Comment,
    string? Mailbox,
    string? Reason,
    string? Error,
    int Attempts
)
{
    public static ReceiptView Of(Receipt it) =>
        new(
            it.Id,
            it.Channel,
            it.ReceivedAt,
            it.State,
            it.Ticket,
            it.Ticket is { } ticket && long.TryParse(ticket.Split('-')[0], CultureInfo.InvariantCulture, out var number) ? number : null,
            it.Comment,
            it.Mailbox,
            it.Reason,
            it.Error,
            it.Attempts
        );
}

/// <summary>Shows what came in and what became of it.</summary>
public sealed class GetReceipt(ReceiptStore receipts)
{
    [Function(nameof(GetReceipt)), RequiresKey(KeyRole.Integration, KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<ReceiptView>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/receipts/{id}")] Caller caller,
        string id,
        CancellationToken cancellationToken
    ) =>
        await receipts.FindAsync(caller.Workspace, id, cancellationToken) is { } found
            ? TypedResults.Ok(ReceiptView.Of(found.Receipt))
            : TypedResults.NotFound();
}

/// <summary>Which receipts are wanted.</summary>
/// <param name="State">Only those in this state.</param>
/// <param name="Channel">Only those that came by this channel.</param>
/// <param name="Reason">Only those whose reason contains these words, such as <c>blocked sender</c>; capitals do not matter.</param>
/// <param name="Limit">How many items a page has at most.</param>
/// <param name="Cursor">Where to go on: <c>nextCursor</c> of the page before, with the same filters. Leave it out for the first page.</param>
public sealed record ReceiptQuery(
    ReceiptState? State,
    IntakeChannel? Channel,
    [property: MaxLength(100)] string? Reason,
    [property: Range(1, 100), DefaultValue(25)] int Limit,
    [property: MaxLength(400)] string? Cursor
) : IFromQuery<ReceiptQuery>
{
    public static ReceiptQuery Read(QueryReader query, HttpContext context)
    {
        var states = query.ListOf<ReceiptState>("state");
        if (states.Count > 1)
            query.Wrong("state", "must be one state.");
        var channels = query.ListOf<IntakeChannel>("channel");
        if (channels.Count > 1)
            query.Wrong("channel", "must be one channel.");
        return new(
            states.Count == 0 ? null : states[0],
            channels.Count == 0 ? null : channels[0],
            query.Text("reason", 100),
            query.Limit(),
            query.Text("cursor", 400)
        );
    }
}

/// <summary>Lists receipts of the last 90 days, newest first. Failed ones are listed however old they are.</summary>
public sealed class ListReceipts(ReceiptStore receipts)
{
    [Function(nameof(ListReceipts)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Ok<ListPage<ReceiptView>>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/receipts")] ReceiptQuery query,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var filter = new ReceiptFilter(query.State, query.Channel, query.Reason);
        var page = await receipts.ReadAsync(caller.Workspace, filter, query.Limit, query.Cursor, cancellationToken);
        return TypedResults.Ok(new ListPage<ReceiptView>([.. page.Items.Select(ReceiptView.Of)], page.NextCursor));
    }
}

/// <summary>Works a receipt again that failed or was set aside by mistake. It is worked a moment later: the answer shows it as <c>received</c>, and
/// <c>GET /api/receipts/{id}</c> what has come of it then.</summary>
public sealed class ReplayReceipt(ReceiptStore receipts)
{
    [Function(nameof(ReplayReceipt)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Refuses("receipt-processed", "receipt-body-missing")]
    public async Task<Results<Accepted<ReceiptView>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/receipts/{id}/replay")] NoBody body,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        if (await receipts.FindAsync(caller.Workspace, id, cancellationToken) is not { Receipt: var receipt })
            return TypedResults.NotFound();
        if (receipt.State == ReceiptState.Processed)
            throw new HelpdeskRuleException("receipt-processed", "This receipt is worked already: its ticket and reason say what became of it.");
        await receipts.CheckBodyAsync(receipt, cancellationToken);
        await receipts.SendAgainAsync(receipt, cancellationToken);
        return TypedResults.Accepted($"/api/receipts/{id}", ReceiptView.Of(receipt with { State = ReceiptState.Received, Error = null, Reason = null }));
    }
}
