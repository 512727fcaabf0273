using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Intake;

/// <summary>A receipt as the API shows it.</summary>
public sealed record ReceiptView(string Id, IntakeChannel Channel, DateTimeOffset ReceivedAt, ReceiptState State, string? Ticket, long? Number, string? Error, int Attempts)
{
    public static ReceiptView Of(Receipt it) =>
        new(it.Id, it.Channel, it.ReceivedAt, it.State, it.Ticket, it.Ticket is null ? null : it.Number, it.Error, it.Attempts);
}

/// <summary>Shows what came in and what became of it.</summary>
public sealed class GetReceipt(ReceiptStore receipts)
{
    [Function(nameof(GetReceipt)), RequiresKey(KeyRole.Integration, KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<ReceiptView>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/receipts/{id}")] Caller caller, string id, CancellationToken cancel) =>
        await receipts.FindAsync(caller.Workspace, id, cancel) is { } found ? TypedResults.Ok(ReceiptView.Of(found.Receipt)) : TypedResults.NotFound();
}

/// <summary>Lists receipts of the last 90 days, newest first; failed ones however old they are.</summary>
public sealed class ListReceipts(ReceiptStore receipts)
{
    [Function(nameof(ListReceipts)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Query("state", "limit", "cursor")]
    public async Task<Ok<ListPage<ReceiptView>>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/receipts")] HttpContext context, Caller caller, CancellationToken cancel)
    {
        var query = new QueryReader(context);
        var (limit, cursor) = (query.Limit(), query.Text("cursor", 400));
        var states = query.ListOf<ReceiptState>("state");
        if (states.Count > 1)
            query.Wrong("state", "must be one state.");
        query.Done();
        var page = await receipts.ReadAsync(caller.Workspace, states.Count == 0 ? null : states[0], limit, cursor, cancel);
        return TypedResults.Ok(new ListPage<ReceiptView>([.. page.Items.Select(ReceiptView.Of)], page.NextCursor));
    }
}

/// <summary>Works a receipt again that failed or was ignored by mistake.</summary>
public sealed class ReplayReceipt(ReceiptStore receipts)
{
    [Function(nameof(ReplayReceipt)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Accepted<ReceiptView>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/receipts/{id}/replay")] NoBody body, string id, Caller caller, CancellationToken cancel)
    {
        if (await receipts.FindAsync(caller.Workspace, id, cancel) is not { Receipt: var receipt })
            return TypedResults.NotFound();
        if (receipt.State == ReceiptState.Processed)
            throw new HelpdeskRuleException("receipt-processed", $"This receipt became ticket {receipt.Number} already.");
        await receipts.SendAgainAsync(receipt, cancel);
        return TypedResults.Accepted($"/api/receipts/{id}", ReceiptView.Of(receipt));
    }
}
