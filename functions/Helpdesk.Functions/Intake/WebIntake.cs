using System.Globalization;
using System.Net;
using System.Text;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Intake;

/// <summary>A form as it was sent: what is stored of it, and the files with it.</summary>
public sealed record SentForm(string ContentType, ReadOnlyMemory<byte> Body, Upload? Upload)
{
    /// <summary>Reads the body of a request; 415 for another type than a form can have.</summary>
    public static async Task<SentForm> ReadAsync(HttpContext context, string workspace, CancellationToken cancellationToken)
    {
        if (Upload.Is(context))
        {
            var upload = await Upload.ReadAsync(context, workspace, Upload.PlaceOf(context), RequestBody.Limit, null, cancellationToken);
            var answered = upload.AnswerFiles.Select(file => KeyValuePair.Create(Upload.Answer + file.Key, string.Join(',', file.Value))).ToList();
            var fields = upload
                .Fields.Where(field => !WebForm.OfThePage.Contains(field.Key, StringComparer.Ordinal) && answered.All(file => file.Key != field.Key))
                .Concat(answered);
            var text = string.Join('&', fields.Select(field => $"{WebUtility.UrlEncode(field.Key)}={WebUtility.UrlEncode(field.Value)}"));
            return new(WebForm.UrlEncoded, Encoding.UTF8.GetBytes(text), upload);
        }

        var type = context.Request.ContentType ?? WebForm.Json;
        if (type.Contains("json", StringComparison.OrdinalIgnoreCase))
            return new(WebForm.Json, await RequestBody.ReadUtf8Async(context), null);
        if (!type.StartsWith(WebForm.UrlEncoded, StringComparison.OrdinalIgnoreCase))
            throw new InvalidRequestException(
                StatusCodes.Status415UnsupportedMediaType,
                "form-expected",
                $"Send the form as {WebForm.Json}, {WebForm.UrlEncoded} or {Upload.ContentType}."
            );
        // As it came, with the encoding it names: which letters the bytes stand for is worked out where they are read.
        var known = TextEncodings.CharsetOf(type) is { } charset ? $"{WebForm.UrlEncoded}; charset={TextEncodings.Find(charset).WebName}" : WebForm.UrlEncoded;
        return new(known, await RequestBody.ReadAsync(context), null);
    }
}

/// <summary>Stores what comes from the public form, before anybody is told that it has arrived.</summary>
public sealed class WebIntake(ReceiptStore receipts, IdempotencyStore reservations, NumberStore numbers, AttachmentStore attachments, TimeProvider time)
{
    /// <summary>Keeps the receipt, which names the files; the same request again gives the same receipt.</summary>
    /// <param name="filled">The version of the form that was filled in; null for none.</param>
    public async Task<Receipt> KeepAsync(string workspace, SentForm form, TicketForm? filled, Idempotency? idempotency, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        async ValueTask<string> NewId() => $"{ReceiptStore.NewId(now)}.{await numbers.NextAsync(workspace, cancellationToken)}";
        var reserved = (idempotency is null ? await NewId() : await reservations.ReserveAsync(workspace, idempotency, NewId, cancellationToken)).Split('.');
        var files = form.Upload?.Attachments;
        var receipt = new Receipt
        {
            Id = reserved[0],
            Workspace = workspace,
            Channel = IntakeChannel.Web,
            ReceivedAt = now,
            State = ReceiptState.Received,
            Number = long.Parse(reserved[1], CultureInfo.InvariantCulture),
            Attempts = 0,
            ContentType = form.ContentType,
            Attachments = files is { Count: > 0 } ? files : null,
            Form = filled,
        };
        await attachments.HoldAsync(workspace, receipt.Id, files ?? [], cancellationToken);
        await receipts.AddAsync(receipt, form.Body, cancellationToken);
        return receipt;
    }

    /// <summary>Keeps nothing of a form that is not taken.</summary>
    public Task DropAsync(string workspace, SentForm form, CancellationToken cancellationToken) =>
        attachments.RemoveAsync(workspace, (form.Upload?.Attachments ?? []).Select(file => file.Id), cancellationToken);
}
