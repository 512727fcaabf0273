using System.ComponentModel.DataAnnotations;
using Helpdesk.Email;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Email;

/// <summary>An address, or a domain with all below it, whose mails are set aside.</summary>
/// <param name="Sender">The address or the domain, in lower case.</param>
/// <param name="Reason">Why; null where nobody said.</param>
/// <param name="By">Id of the agent who said so; null for a program.</param>
/// <param name="At">Since when.</param>
public sealed record BlockedSenderView(string Sender, string? Reason, string? By, DateTimeOffset At)
{
    internal static BlockedSenderView Of(BlockedSender it) => new(it.Sender, it.Reason, it.By.Id, it.At);
}

/// <summary>Whose mails are to be set aside.</summary>
/// <param name="Sender">An address, or a domain: <c>example.com</c> counts for <c>mail.example.com</c> as well.</param>
/// <param name="Reason">Why.</param>
[Example("""{"sender":"casino.example","reason":"Nothing but advertising."}""")]
public sealed record BlockSenderRequest([property: MaxLength(254)] string Sender, [property: MaxLength(500)] string? Reason) : IFromRequest<BlockSenderRequest>
{
    public static async ValueTask<BlockSenderRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var sender = fields.Text("sender", 254, required: true);
        var normal = sender is null ? null : BlockedSender.Normal(sender);
        if (sender is not null && normal is null)
            fields.Wrong("sender", "must be an e-mail address or a domain, such as rita@example.com or example.com.");
        else if (normal?.Contains('/', StringComparison.Ordinal) == true)
            fields.Wrong("sender", "must have no slash, since no address of the API could name it: block its domain instead.");
        var request = new BlockSenderRequest(normal ?? "", fields.Text("reason", 500));
        fields.Done();
        return request;
    }
}

/// <summary>Whose mails are set aside: each is a receipt that is ignored and can be replayed; nobody is answered.</summary>
public sealed class ManageBlockedSenders(BlockedSenders blocked)
{
    /// <summary>Lists the blocked addresses and domains, in no particular order.</summary>
    [Function(nameof(ListBlockedSenders)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Ok<ListPage<BlockedSenderView>>> ListBlockedSenders(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/blocked-senders")] PageQuery query,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var page = await blocked.ReadAsync(caller.Workspace, query.Limit, query.Cursor, cancellationToken);
        return TypedResults.Ok(new ListPage<BlockedSenderView>([.. page.Items.Select(BlockedSenderView.Of)], page.NextCursor));
    }

    /// <summary>Shows who blocked an address or a domain, and why.</summary>
    /// <param name="sender">The address or the domain.</param>
    [Function(nameof(GetBlockedSender)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<BlockedSenderView>, NotFound>> GetBlockedSender(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/blocked-senders/{sender}")] Caller caller,
        string sender,
        CancellationToken cancellationToken
    ) =>
        await blocked.FindAsync(caller.Workspace, sender, cancellationToken) is { } found
            ? TypedResults.Ok(BlockedSenderView.Of(found))
            : TypedResults.NotFound();

    /// <summary>Blocks an address or a domain. One that is blocked already stays as it is. It holds within half a minute; agents are never blocked.</summary>
    [Function(nameof(BlockSender)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Refuses("too-many-blocked")]
    public async Task<Created<BlockedSenderView>> BlockSender(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/blocked-senders")] BlockSenderRequest request,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var added = await blocked.AddAsync(caller.Workspace, request.Sender, request.Reason, caller.Actor, cancellationToken);
        return TypedResults.Created($"/api/blocked-senders/{Uri.EscapeDataString(added.Sender)}", BlockedSenderView.Of(added));
    }

    /// <summary>Lets an address or a domain in again. What was set aside meanwhile becomes a ticket only if somebody replays it.</summary>
    /// <param name="sender">The address or the domain.</param>
    [Function(nameof(UnblockSender)), RequiresKey(KeyRole.Admin)]
    public async Task<Results<NoContent, NotFound>> UnblockSender(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/blocked-senders/{sender}")] Caller caller,
        string sender,
        CancellationToken cancellationToken
    ) => await blocked.RemoveAsync(caller.Workspace, sender, cancellationToken) ? TypedResults.NoContent() : TypedResults.NotFound();
}
