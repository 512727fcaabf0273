using System.ComponentModel.DataAnnotations;
using Helpdesk.Email;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Email;

/// <summary>An address that gets no mail until somebody lifts that.</summary>
/// <param name="Email">The address, in lower case.</param>
/// <param name="Reason">Why, as a sentence.</param>
/// <param name="Source">Who said so: <c>bounce</c>, <c>drop</c>, <c>spam-report</c>, <c>delivery-report</c> or <c>agent</c>.</param>
/// <param name="At">Since when.</param>
public sealed record SuppressionView(string Email, string Reason, string Source, DateTimeOffset At)
{
    internal static SuppressionView Of(MailSuppression it) => new(it.Email, it.Reason, it.Source, it.At);
}

/// <summary>An address that is to get no mail.</summary>
/// <param name="Email">The address.</param>
/// <param name="Reason">Why, as a sentence; "An agent said so." when it is left out.</param>
[Example("""{"email":"rita@example.com","reason":"Rita has left the company."}""")]
public sealed record AddSuppressionRequest(string Email, [property: MaxLength(500)] string? Reason) : IFromRequest<AddSuppressionRequest>
{
    public static async ValueTask<AddSuppressionRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var request = new AddSuppressionRequest(SettingFields.Email(fields, "email", required: true)!, fields.Text("reason", 500));
        fields.Done();
        return request;
    }
}

/// <summary>Addresses that get no mail: mail servers or people said that none arrives, or that none is wanted.</summary>
public sealed class ManageSuppressions(MailSuppressions suppressions)
{
    /// <summary>Lists the suppressed addresses, in no particular order.</summary>
    [Function(nameof(ListSuppressions)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Ok<ListPage<SuppressionView>>> ListSuppressions(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/suppressions")] PageQuery query,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var page = await suppressions.ReadAsync(caller.Workspace, query.Limit, query.Cursor, cancellationToken);
        return TypedResults.Ok(new ListPage<SuppressionView>([.. page.Items.Select(SuppressionView.Of)], page.NextCursor));
    }

    /// <summary>Shows why an address is suppressed.</summary>
    /// <param name="email">The address.</param>
    [Function(nameof(GetSuppression)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<SuppressionView>, NotFound>> GetSuppression(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/suppressions/{email}")] Caller caller,
        string email,
        CancellationToken cancellationToken
    ) =>
        await suppressions.FindAsync(caller.Workspace, email, cancellationToken) is { } found
            ? TypedResults.Ok(SuppressionView.Of(found))
            : TypedResults.NotFound();

    /// <summary>Suppresses an address. One that is suppressed already stays as it is.</summary>
    [Function(nameof(AddSuppression)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Created<SuppressionView>> AddSuppression(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/suppressions")] AddSuppressionRequest request,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var added = await suppressions.AddAsync(caller.Workspace, request.Email, request.Reason ?? "An agent said so.", "agent", cancellationToken);
        return TypedResults.Created($"/api/suppressions/{Uri.EscapeDataString(added.Email)}", SuppressionView.Of(added));
    }

    /// <summary>Lifts a suppression: the address gets mails again. What was suppressed meanwhile is sent only if somebody asks for it.</summary>
    /// <param name="email">The address.</param>
    [Function(nameof(RemoveSuppression)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<NoContent, NotFound>> RemoveSuppression(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/suppressions/{email}")] Caller caller,
        string email,
        CancellationToken cancellationToken
    ) => await suppressions.RemoveAsync(caller.Workspace, email, cancellationToken) ? TypedResults.NoContent() : TypedResults.NotFound();
}
