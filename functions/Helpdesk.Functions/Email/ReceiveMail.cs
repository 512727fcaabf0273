using Helpdesk.Email;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.DurableTask.Client;
using Microsoft.Net.Http.Headers;

namespace Helpdesk.Functions.Email;

/// <summary>The receipt of a mail.</summary>
/// <param name="Receipt">Id of the receipt.</param>
public sealed record MailReceiptAnswer(string Receipt);

/// <summary>A mail as SendGrid's Inbound Parse posts it, in raw or in field mode.</summary>
public sealed record InboundParseBody
{
    /// <summary>The whole mail, in raw mode.</summary>
    public string? Email { get; init; }

    /// <summary>From whom and to whom it was delivered, as JSON.</summary>
    public string? Envelope { get; init; }

    /// <summary>Its headers, in field mode.</summary>
    public string? Headers { get; init; }

    /// <summary>Its text, in field mode.</summary>
    public string? Text { get; init; }

    /// <summary>Its HTML, in field mode.</summary>
    public string? Html { get; init; }
}

/// <summary>
/// Takes a mail from whatever relays it to the secret address of a mailbox: as it is, or as SendGrid's Inbound Parse posts it. It is stored before this is
/// answered, and becomes a ticket or a comment a moment later.
/// </summary>
public sealed class ReceiveMail(MailboxStore mailboxes, MailIntake intake, TaskHub hub)
{
    /// <summary>The largest post, in bytes: a mail of 30 MB, as SendGrid sends it.</summary>
    public const int Limit = 40 * 1024 * 1024;

    /// <summary>What is read to its end although it is too large, so that whoever sent it gets to see why.</summary>
    private const int DrainLimit = 2 * Limit;

    /// <param name="key">The last part of the mailbox's secret address.</param>
    [Function(nameof(ReceiveMail)), Public]
    [Takes(typeof(string), MailReader.Mime), Takes(typeof(InboundParseBody), "multipart/form-data")]
    [Answers(StatusCodes.Status401Unauthorized, "The mailbox has a key of SendGrid's, and the post is not signed with it.")]
    [Answers(StatusCodes.Status404NotFound, "There is no such secret address.")]
    [Answers(StatusCodes.Status413PayloadTooLarge, "The post is over 40 MB.")]
    [Answers(StatusCodes.Status415UnsupportedMediaType, "The post is neither a mail nor a form.")]
    public async Task<Results<Accepted<MailReceiptAnswer>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/intake/email/{key}")] HttpContext context,
        string key,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    )
    {
        hub.Learn(durable);
        if (await mailboxes.FindByKeyAsync(key, cancellationToken) is not var (workspace, mailbox))
            return TypedResults.NotFound();
        var contentType = TypeOf(context);
        var body = await ReadAsync(context, cancellationToken);
        if (mailbox.SendGridKey is { } signer && !SendGridSignature.IsSigned(signer, context.Request.Headers, body.Span))
            throw new InvalidRequestException(
                StatusCodes.Status401Unauthorized,
                "signature-wrong",
                "The post is not signed with this mailbox's sendGridKey: check the key, or set it to null."
            );
        // A workspace that is not active keeps what it gets: the receipt fails, visibly, and can be replayed.
        var receipt = await intake.KeepAsync(workspace, mailbox, contentType, body, null, null, cancellationToken);
        return TypedResults.Accepted($"/api/receipts/{receipt.Id}", new MailReceiptAnswer(receipt.Id));
    }

    /// <summary>The type to store: with the boundary of a form, without what nobody needs to read it again.</summary>
    private static string TypeOf(HttpContext context)
    {
        if (MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type))
        {
            if (type.MediaType.Equals(MailReader.Mime, StringComparison.OrdinalIgnoreCase))
                return MailReader.Mime;
            if (type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase) && type.Boundary is { Length: > 0 and <= 200 } boundary)
                return $"multipart/form-data; boundary={boundary}";
        }

        throw new InvalidRequestException(
            StatusCodes.Status415UnsupportedMediaType,
            "mail-expected",
            $"Send a mail as {MailReader.Mime}, or as multipart/form-data as SendGrid's Inbound Parse does."
        );
    }

    private static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpContext context, CancellationToken cancellationToken)
    {
        using var buffer = new MemoryStream((int)Math.Min(context.Request.ContentLength ?? 16 * 1024, Limit));
        var chunk = new byte[64 * 1024];
        var total = 0L;
        int read;
        while ((read = await context.Request.Body.ReadAsync(chunk, cancellationToken)) > 0)
        {
            total += read;
            if (total <= Limit)
                buffer.Write(chunk, 0, read);
            else if (total > DrainLimit)
                break;
        }

        if (total > Limit)
            throw new InvalidRequestException(
                StatusCodes.Status413PayloadTooLarge,
                "body-too-large",
                $"A mail may be {Limit / 1024 / 1024} MB as it is sent."
            );
        if (total == 0)
            throw new InvalidRequestException(StatusCodes.Status400BadRequest, "body-missing", "Send the mail in the body.");
        return buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
    }
}
