using System.ComponentModel;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Tickets;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.DurableTask.Client;

namespace Helpdesk.Functions.Intake;

/// <summary>The receipt of a request.</summary>
/// <param name="Receipt">Id of the receipt.</param>
/// <param name="TicketUrl">Where whoever sent it can see how it stands, without a key.</param>
public sealed record ReceiptAnswer(string Receipt, string TicketUrl);

/// <summary>Whom a form is for.</summary>
/// <param name="Workspace">Id of the workspace.</param>
public sealed record WorkspaceQuery([property: DefaultValue(DirectoryStore.HomeWorkspace)] string Workspace) : IFromQuery<WorkspaceQuery>
{
    public static WorkspaceQuery Read(QueryReader query, HttpContext context) => Of(context);

    /// <summary>Other parameters are let through: links to a form carry whatever campaigns add to them.</summary>
    static ValueTask<WorkspaceQuery> IFromRequest<WorkspaceQuery>.ReadAsync(HttpContext context) => new(Of(context));

    private static WorkspaceQuery Of(HttpContext context) =>
        new(context.Request.Query["workspace"].ToString() is { Length: > 0 } named ? named : DirectoryStore.HomeWorkspace);
}

/// <summary>Takes a request from the public web form. It is stored as it came before this is answered, and becomes a ticket a moment later.</summary>
public sealed class SubmitWebForm(
    IntakeLimit limit,
    ReceiptStore receipts,
    IdempotencyStore reservations,
    NumberStore numbers,
    DirectoryStore directory,
    TimeProvider time,
    TaskHub hub
)
{
    [Function(nameof(SubmitWebForm)), Public, Takes(typeof(WebFormBody)), Takes(typeof(WebFormFields), WebForm.UrlEncoded)]
    [Answers(StatusCodes.Status302Found, "A browser that posted the form goes to the page of its receipt.")]
    [Answers(StatusCodes.Status404NotFound, "There is no such workspace.")]
    [Answers(StatusCodes.Status429TooManyRequests, "Too many requests from this address.")]
    public async Task<Results<Accepted<ReceiptAnswer>, RedirectHttpResult, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/intake/web")] HttpContext context,
        WorkspaceQuery query,
        Idempotency? idempotency,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    )
    {
        hub.Learn(durable);
        AllowAnySite(context);
        limit.Check(context);
        var body = await RequestBody.ReadUtf8Async(context);
        var contentType = ContentType(context);
        WebForm.Read(contentType, body);
        var workspace = query.Workspace;
        // A workspace that is not active keeps what it gets: the receipt fails, visibly, and can be replayed.
        if (await directory.FindWorkspaceAsync(workspace, cancellationToken) is null)
            return TypedResults.NotFound();

        var now = time.GetUtcNow();
        async ValueTask<string> NewId() => $"{ReceiptStore.NewId(now)}.{await numbers.NextAsync(workspace, cancellationToken)}";
        var reserved = (idempotency is null ? await NewId() : await reservations.ReserveAsync(workspace, idempotency, NewId, cancellationToken)).Split('.');
        var receipt = new Receipt
        {
            Id = reserved[0],
            Workspace = workspace,
            Channel = IntakeChannel.Web,
            ReceivedAt = now,
            State = ReceiptState.Received,
            Number = long.Parse(reserved[1], System.Globalization.CultureInfo.InvariantCulture),
            Attempts = 0,
            ContentType = contentType,
        };
        await receipts.AddAsync(receipt, body, cancellationToken);

        var url = $"/support/receipts/{workspace}/{receipt.Id}";
        // A browser that posted the form is shown the page; reloading it posts nothing again.
        if (contentType == WebForm.UrlEncoded && context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase))
            return TypedResults.LocalRedirect(url, permanent: false, preserveMethod: false);
        return TypedResults.Accepted(url, new ReceiptAnswer(receipt.Id, url));
    }

    /// <summary>What a browser asks before a page of another site sends the form as JSON.</summary>
    [Function(nameof(WebFormPreflight)), Public]
    public static NoContent WebFormPreflight([HttpTrigger(AuthorizationLevel.Anonymous, "options", Route = "api/intake/web")] HttpContext context)
    {
        AllowAnySite(context);
        context.Response.Headers.AccessControlAllowMethods = "POST, OPTIONS";
        context.Response.Headers.AccessControlAllowHeaders = "content-type, idempotency-key";
        context.Response.Headers.AccessControlMaxAge = "7200";
        return TypedResults.NoContent();
    }

    /// <summary>The form takes no cookie and no key, so that there is nothing that a page of another site could misuse.</summary>
    private static void AllowAnySite(HttpContext context)
    {
        context.Response.Headers.AccessControlAllowOrigin = "*";
        context.Response.Headers.AccessControlExposeHeaders = "location, retry-after, idempotency-replayed";
    }

    private static string ContentType(HttpContext context)
    {
        var type = context.Request.ContentType ?? WebForm.Json;
        return type.Contains("json", StringComparison.OrdinalIgnoreCase) ? WebForm.Json
            : type.StartsWith(WebForm.UrlEncoded, StringComparison.OrdinalIgnoreCase) ? WebForm.UrlEncoded
            : throw new InvalidRequestException(
                StatusCodes.Status415UnsupportedMediaType,
                "form-expected",
                $"Send the form as {WebForm.Json} or {WebForm.UrlEncoded}."
            );
    }
}
