using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Tickets;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.DurableTask.Client;

namespace Helpdesk.Functions.Intake;

/// <summary>What the web form's sender gets: the receipt, and where its state can be seen without a key.</summary>
public sealed record ReceiptAnswer(string Receipt, string TicketUrl);

/// <summary>Takes a request from the public web form, as JSON or as a form post. It is stored as it came before this is answered.</summary>
public sealed class SubmitWebForm(
    IntakeLimit limit, ReceiptStore receipts, PendingReceipts pending, IdempotencyStore reservations, NumberStore numbers, SettingsStore settings, TimeProvider time, TaskHub hub)
{
    [Function(nameof(SubmitWebForm)), Public, Query("workspace")]
    public async Task<Results<Accepted<ReceiptAnswer>, RedirectHttpResult, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/intake/web")] HttpContext context,
        Idempotency? idempotency, [DurableClient] DurableTaskClient durable, CancellationToken cancel)
    {
        hub.Learn(durable);
        AllowAnySite(context);
        limit.Check(context);
        var body = await RequestBody.ReadUtf8Async(context);
        var contentType = ContentType(context);
        WebForm.Read(contentType, body);
        var workspace = context.Request.Query["workspace"].ToString() is { Length: > 0 } named ? named : SettingsStore.HomeWorkspace;
        // A workspace that is not active keeps what it gets: the receipt fails, visibly, and can be replayed.
        if (await settings.FindWorkspaceAsync(workspace, cancel) is null)
            return TypedResults.NotFound();

        var now = time.GetUtcNow();
        async ValueTask<string> NewId() => $"{ReceiptStore.NewId(now)}.{await numbers.NextAsync(workspace, cancel)}";
        var reserved = (idempotency is null ? await NewId() : await reservations.ReserveAsync(workspace, idempotency, NewId, cancel)).Split('.');
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
        if (await receipts.AddAsync(receipt, body, cancel) is { } message)
            pending.Hurry(new(receipt, message));

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
            : throw new InvalidRequestException(StatusCodes.Status415UnsupportedMediaType, "form-expected", $"Send the form as {WebForm.Json} or {WebForm.UrlEncoded}.");
    }
}
