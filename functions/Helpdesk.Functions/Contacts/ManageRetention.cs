using System.ComponentModel.DataAnnotations;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Contacts;

/// <summary>How long a workspace keeps things. Null keeps them for ever.</summary>
/// <param name="TicketWordsMonths">Months after which the words and files of a closed ticket go; facts, people and counts stay.</param>
/// <param name="ContactsMonths">Months after which a contact without tickets, of whom nothing was heard, goes.</param>
/// <param name="ReceiptBodiesDays">Days after which the stored bodies of what came in go; the receipts stay.</param>
/// <param name="ChatsDays">Days after which web chats go in which nobody has spoken.</param>
/// <param name="CallsMonths">Months after which the lines of time of telephone calls go: numbers, summaries, links to recordings. What stands on tickets goes
/// with their words.</param>
[Example("""{"ticketWordsMonths":36,"contactsMonths":12,"receiptBodiesDays":90,"chatsDays":180,"callsMonths":12}""")]
public sealed record RetentionView(int? TicketWordsMonths, int? ContactsMonths, int? ReceiptBodiesDays, int? ChatsDays, int? CallsMonths)
{
    public static RetentionView Of(RetentionSetting it) => new(it.TicketWordsMonths, it.ContactsMonths, it.ReceiptBodiesDays, it.ChatsDays, it.CallsMonths);
}

/// <summary>What is to be different about how long things are kept: a JSON merge patch (RFC 7396). Null keeps them for ever.</summary>
/// <param name="TicketWordsMonths">Months after which the words and files of a closed ticket go; facts, people and counts stay.</param>
/// <param name="ContactsMonths">Months after which a contact without tickets, of whom nothing was heard, goes.</param>
/// <param name="ReceiptBodiesDays">Days after which the stored bodies of what came in go; the receipts stay.</param>
/// <param name="ChatsDays">Days after which web chats go in which nobody has spoken.</param>
/// <param name="CallsMonths">Months after which the lines of time of telephone calls go: numbers, summaries, links to recordings. What stands on tickets goes
/// with their words.</param>
[Example("""{"ticketWordsMonths":36,"contactsMonths":null}""")]
public sealed record RetentionRequest(
    [property: Range(1, 240)] Optional<int?>? TicketWordsMonths,
    [property: Range(1, 240)] Optional<int?>? ContactsMonths,
    [property: Range(1, 3650)] Optional<int?>? ReceiptBodiesDays,
    [property: Range(1, 3650)] Optional<int?>? ChatsDays,
    [property: Range(1, 240)] Optional<int?>? CallsMonths
) : IFromRequest<RetentionRequest>
{
    public static async ValueTask<RetentionRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        Optional<int?>? Whole(string name, int most)
        {
            var number = fields.Whole(name, 1, most);
            return fields.Has(name) ? new(number) : null;
        }

        var request = new RetentionRequest(
            Whole("ticketWordsMonths", 240),
            Whole("contactsMonths", 240),
            Whole("receiptBodiesDays", 3650),
            Whole("chatsDays", 3650),
            Whole("callsMonths", 240)
        );
        fields.Done();
        return request;
    }

    public RetentionSetting On(RetentionSetting current) =>
        new()
        {
            TicketWordsMonths = TicketWordsMonths is null ? current.TicketWordsMonths : TicketWordsMonths.Value,
            ContactsMonths = ContactsMonths is null ? current.ContactsMonths : ContactsMonths.Value,
            ReceiptBodiesDays = ReceiptBodiesDays is null ? current.ReceiptBodiesDays : ReceiptBodiesDays.Value,
            ChatsDays = ChatsDays is null ? current.ChatsDays : ChatsDays.Value,
            CallsMonths = CallsMonths is null ? current.CallsMonths : CallsMonths.Value,
        };
}

/// <summary>What rules of retention would remove now.</summary>
/// <param name="Results">What each rule would do. One that is not complete has looked at a part only.</param>
public sealed record RetentionPreview(IReadOnlyList<RetentionResult> Results);

/// <summary>How long a workspace keeps things. The rules are applied every night, a bounded part each.</summary>
public sealed class ManageRetention(Retention retention)
{
    /// <summary>Shows how long things are kept.</summary>
    [Function(nameof(GetRetention)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Ok<RetentionView>> GetRetention(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/retention")] Caller caller,
        CancellationToken cancellationToken
    ) => TypedResults.Ok(RetentionView.Of(await retention.OfAsync(caller.Workspace, cancellationToken)));

    /// <summary>Changes how long things are kept, from the next night on. What has gone does not come back.</summary>
    [Function(nameof(ChangeRetention)), RequiresKey(KeyRole.Admin)]
    public async Task<Ok<RetentionView>> ChangeRetention(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/retention")] RetentionRequest request,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var changed = request.On(await retention.OfAsync(caller.Workspace, cancellationToken));
        await retention.PutAsync(caller.Workspace, changed, cancellationToken);
        return TypedResults.Ok(RetentionView.Of(changed));
    }

    /// <summary>Counts what rules would remove now, and removes nothing. Fields that are left out are as they are set.</summary>
    [Function(nameof(TryRetention)), RequiresKey(KeyRole.Admin)]
    public async Task<Ok<RetentionPreview>> TryRetention(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/retention/try")] RetentionRequest request,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var setting = request.On(await retention.OfAsync(caller.Workspace, cancellationToken));
        return TypedResults.Ok(new RetentionPreview(await retention.TryAsync(caller.Workspace, setting, cancellationToken)));
    }

    /// <summary>Lists the nights in which something was removed, the newest first: the proof of what was, without any of it.</summary>
    [Function(nameof(ListRetentionRuns)), RequiresKey(KeyRole.Admin)]
    public async Task<Ok<ListPage<RetentionRun>>> ListRetentionRuns(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/retention/runs")] PageQuery query,
        Caller caller,
        CancellationToken cancellationToken
    ) => TypedResults.Ok(await retention.ReadRunsAsync(caller.Workspace, query.Limit, query.Cursor, cancellationToken));
}
