using System.ComponentModel;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Forms;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.DurableTask.Client;

namespace Helpdesk.Functions.Intake;

/// <summary>The receipt of a request.</summary>
/// <param name="Receipt">Id of the receipt.</param>
/// <param name="TicketUrl">The secret link by which whoever sent it sees how it stands, reads the answers and replies, without a key.</param>
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
    WebIntake intake,
    ReceiptLinks links,
    SupportForms forms,
    FormSubmissions submissions,
    DirectoryStore directory,
    AttachmentSettings attachments,
    TaskHub hub
)
{
    [Function(nameof(SubmitWebForm)), Public, Takes(typeof(WebFormBody)), Takes(typeof(WebFormFields), WebForm.UrlEncoded)]
    [Takes(typeof(WebFormUpload), Upload.ContentType)]
    [Answers(StatusCodes.Status302Found, "A browser that posted the form goes to the page of its receipt.")]
    [Answers(StatusCodes.Status404NotFound, "There is no such workspace.")]
    [Answers(StatusCodes.Status429TooManyRequests, "Too many requests from this address.")]
    public async Task<Results<Accepted<ReceiptAnswer>, RedirectHttpResult, ContentHttpResult, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/intake/web")] HttpContext context,
        WorkspaceQuery query,
        Idempotency? idempotency,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    )
    {
        hub.Learn(durable);
        AllowAnySite(context);
        // A browser that posted the form is shown a page, whatever comes of it; reloading that posts nothing again.
        if (SupportForms.IsFromBrowser(context))
            return (await forms.TakeAsync(context, query.Workspace, cancellationToken)).Result switch
            {
                RedirectHttpResult redirect => redirect,
                ContentHttpResult page => page,
                _ => TypedResults.NotFound(),
            };
        limit.Check(context);
        // A workspace that is not active keeps what it gets: the receipt fails, visibly, and can be replayed.
        if (await directory.FindWorkspaceAsync(query.Workspace, cancellationToken) is null)
            return TypedResults.NotFound();
        var form = await SentForm.ReadAsync(context, query.Workspace, cancellationToken);
        TicketForm? filled = null;
        try
        {
            if (form.Upload?.Refused is [var refused, ..])
                throw new InvalidRequestException("files", $"files: {refused.Name} is refused: {attachments.Limits.Explain(refused.Why)}.");
            var written = WebForm.Read(form.ContentType, form.Body);
            if (written.Submission(form.Upload?.Attachments ?? []) is { } submission)
            {
                var reading = await submissions.ReadAsync(query.Workspace, submission, cancellationToken);
                filled = new(reading.Form.Id, reading.Form.Version);
            }
        }
        catch (InvalidRequestException)
        {
            await intake.DropAsync(query.Workspace, form, cancellationToken);
            throw;
        }

        var receipt = await intake.KeepAsync(query.Workspace, form, filled, idempotency, cancellationToken);
        var url = await links.PathOfAsync(receipt.Workspace, receipt.Id, cancellationToken);
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
}
