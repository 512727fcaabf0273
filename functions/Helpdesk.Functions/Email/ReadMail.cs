using System.Net;
using Helpdesk.Attachments;
using Helpdesk.Email;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Intake;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Email;

/// <summary>Somebody in a mail's header.</summary>
/// <param name="Email">The address.</param>
/// <param name="Name">The name beside it; null for none.</param>
public sealed record MailPersonView(string Email, string? Name)
{
    public static IReadOnlyList<MailPersonView> Of(IEnumerable<MailPerson> people) => [.. people.Select(one => new MailPersonView(one.Email, one.Name))];
}

/// <summary>A file in a mail.</summary>
/// <param name="Name">The name of the file.</param>
/// <param name="ContentType">What the mail says it is.</param>
/// <param name="Size">Its length in bytes.</param>
/// <param name="Inline">Whether the HTML shows it.</param>
public sealed record MailFileView(string Name, string ContentType, long Size, bool Inline);

/// <summary>A mail as the desk understands it.</summary>
/// <param name="MessageId">Its <c>Message-ID</c>; null where it has none.</param>
/// <param name="From">Who wrote it; null for a mail that names nobody.</param>
/// <param name="ReplyTo">Where answers are wanted; empty for its sender.</param>
/// <param name="To">To whom it was written.</param>
/// <param name="Cc">Who got a copy.</param>
/// <param name="Recipients">Whom the mail server delivered it to; empty where it does not say.</param>
/// <param name="Subject">Its subject, decoded.</param>
/// <param name="Date">When its author says it was written; null where that cannot be read.</param>
/// <param name="Words">What its author added: the text without what it quotes.</param>
/// <param name="Text">All of its text.</param>
/// <param name="HasHtml">Whether it has HTML, which is shown by <c>…/html</c>.</param>
/// <param name="Files">Its files.</param>
/// <param name="LeftOut">What was not taken over and why.</param>
/// <param name="Origin">Who or what wrote it.</param>
/// <param name="OriginBy">What shows that no person wrote it; null for a person's.</param>
/// <param name="Language">The language it is written in; null where that is not known.</param>
public sealed record MailView(
    string? MessageId,
    MailPersonView? From,
    IReadOnlyList<MailPersonView> ReplyTo,
    IReadOnlyList<MailPersonView> To,
    IReadOnlyList<MailPersonView> Cc,
    IReadOnlyList<string> Recipients,
    string Subject,
    DateTimeOffset? Date,
    string Words,
    string Text,
    bool HasHtml,
    IReadOnlyList<MailFileView> Files,
    IReadOnlyList<string> LeftOut,
    MailOrigin Origin,
    string? OriginBy,
    string? Language
)
{
    /// <summary>
    /// Path of a page that shows its HTML, good for ten minutes and without a key, for frames, which can send none; <c>?pictures=remote</c> as there.
    /// </summary>
    public required string Page { get; init; }

    public static MailView Of(ReceivedMail it, AttachmentLimits limits, string page) =>
        new(
            it.MessageId,
            it.From is { } from ? new(from.Email, from.Name) : null,
            MailPersonView.Of(it.ReplyTo),
            MailPersonView.Of(it.To),
            MailPersonView.Of(it.Cc),
            it.Recipients,
            it.Subject,
            it.Date,
            it.Words,
            it.Text,
            it.Html is not null,
            [.. it.Files.Select(file => new MailFileView(file.Name, file.ContentType, file.Bytes.Length, file.ContentId is not null))],
            MailFiles.LeftOut(it, limits),
            it.Origin,
            it.OriginBy,
            it.Language
        )
        {
            Page = page,
        };
}

/// <summary>Whether pictures on other servers are loaded.</summary>
/// <param name="Pictures"><c>remote</c> loads them, which tells the sender that the mail is read; they are left out otherwise.</param>
public sealed record MailHtmlQuery(MailPictures? Pictures) : IFromQuery<MailHtmlQuery>
{
    public static MailHtmlQuery Read(QueryReader query, HttpContext context)
    {
        var pictures = query.ListOf<MailPictures>("pictures");
        if (pictures.Count > 1)
            query.Wrong("pictures", "must be one of them.");
        return new(pictures.Count == 0 ? null : pictures[0]);
    }
}

/// <summary>Which pictures of a mail are shown.</summary>
[System.Text.Json.Serialization.JsonConverter(typeof(WireNameConverter<MailPictures>))]
public enum MailPictures
{
    /// <summary>Those in the mail.</summary>
    Own,

    /// <summary>Those on other servers as well.</summary>
    Remote,
}

/// <summary>Shows mails as they came.</summary>
public sealed class ReadMail(ReceiptStore receipts, AttachmentStore attachments, AttachmentLinks links)
{
    private const string Kind = "mail";
    private static readonly TimeSpan PageLifetime = TimeSpan.FromMinutes(10);

    /// <summary>Pictures that are shown within the HTML, in bytes together.</summary>
    private const int PicturesLimit = 10 * 1024 * 1024;

    /// <summary>Shows what the desk understands of a mail.</summary>
    [Function(nameof(GetMail)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Refuses("receipt-body-missing")]
    public async Task<Results<Ok<MailView>, NotFound>> GetMail(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/receipts/{id}/mail")] Caller caller,
        string id,
        CancellationToken cancellationToken
    ) =>
        await FindAsync(caller, id, cancellationToken) is var (receipt, body)
            ? TypedResults.Ok(
                MailView.Of(
                    MailReader.Read(receipt.ContentType, body),
                    attachments.Limits,
                    $"/mails/{await links.SealAsync(Kind, caller.Workspace, id, PageLifetime, cancellationToken)}"
                )
            )
            : TypedResults.NotFound();

    /// <summary>Gives a mail as it came, byte for byte.</summary>
    [Function(nameof(GetRawMail)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Refuses("receipt-body-missing")]
    [Answers(StatusCodes.Status200OK, "The bytes of the mail; of a form in field mode, the form.", ContentType = MailReader.Mime)]
    public async Task<Results<FileContentHttpResult, NotFound>> GetRawMail(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/receipts/{id}/raw")] HttpContext context,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        if (await FindAsync(caller, id, cancellationToken) is not var (receipt, body))
            return TypedResults.NotFound();
        Harden(context, "sandbox");
        var mail = InboundParseForm.TryRead(receipt.ContentType, body) is { } form ? form["email"]?.Bytes : body;
        return mail is { } bytes
            ? TypedResults.File(bytes.ToArray(), MailReader.Mime, $"{id}.eml")
            : TypedResults.File(body.ToArray(), receipt.ContentType, $"{id}.form");
    }

    /// <summary>Gives the HTML of a mail, made safe, as a page that can run nothing; its text where it has none.</summary>
    [Function(nameof(GetMailHtml)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Refuses("receipt-body-missing")]
    [Answers(StatusCodes.Status200OK, "The page.", ContentType = "text/html")]
    public async Task<Results<ContentHttpResult, NotFound>> GetMailHtml(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/receipts/{id}/html")] MailHtmlQuery query,
        string id,
        Caller caller,
        HttpContext context,
        CancellationToken cancellationToken
    ) => await ShowAsync(context, caller.Workspace, id, query.Pictures == MailPictures.Remote, cancellationToken);

    /// <summary>The same for a frame, which can send no key: to whoever has the address that the mail itself names.</summary>
    [Function(nameof(OpenMail)), Public]
    public async Task<Results<ContentHttpResult, NotFound>> OpenMail(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "mails/{token}")] MailHtmlQuery query,
        string token,
        HttpContext context,
        CancellationToken cancellationToken
    ) =>
        await links.OpenAsync(Kind, token, cancellationToken) is var (workspace, id)
            ? await ShowAsync(context, workspace, id, query.Pictures == MailPictures.Remote, cancellationToken)
            : TypedResults.NotFound();

    private async Task<Results<ContentHttpResult, NotFound>> ShowAsync(
        HttpContext context,
        string workspace,
        string id,
        bool remote,
        CancellationToken cancellationToken
    )
    {
        if (await FindAsync(workspace, id, cancellationToken) is not var (receipt, body))
            return TypedResults.NotFound();
        var mail = MailReader.Read(receipt.ContentType, body);
        var html = mail.Html is { } unsafeHtml ? SafeHtml.Of(unsafeHtml, PicturesOf(mail), remote).Html : HtmlMail.OfText(mail.Text);
        Harden(
            context,
            $"img-src data:{(remote ? " https: http:" : "")}; style-src 'unsafe-inline'; frame-ancestors 'self'; "
                + "sandbox allow-popups allow-popups-to-escape-sandbox"
        );
        var title = WebUtility.HtmlEncode(mail.Subject);
        return TypedResults.Content(
            $"<!doctype html><html><head><meta charset=\"utf-8\"><title>{title}</title><base target=\"_blank\"></head><body>{html}</body></html>",
            "text/html; charset=utf-8"
        );
    }

    /// <summary>The pictures in a mail as addresses that hold them: a page that can send no key shows them.</summary>
    private static Func<string, string?> PicturesOf(ReceivedMail mail)
    {
        var left = PicturesLimit;
        var known = new Dictionary<string, string?>(StringComparer.Ordinal);
        return id =>
        {
            if (known.TryGetValue(id, out var shown))
                return shown;
            var file = mail.Files.FirstOrDefault(one => one.ContentId == id && AttachmentStore.IsPicture(one.ContentType) && one.Bytes.Length <= left);
            left -= file?.Bytes.Length ?? 0;
            return known[id] = file is null ? null : $"data:{file.ContentType};base64,{Convert.ToBase64String(file.Bytes.Span)}";
        };
    }

    private static void Harden(HttpContext context, string policy)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = $"default-src 'none'; {policy}";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "private, no-store";
    }

    private Task<(Receipt Receipt, ReadOnlyMemory<byte> Body)?> FindAsync(Caller caller, string id, CancellationToken cancellationToken) =>
        FindAsync(caller.Workspace, id, cancellationToken);

    private async Task<(Receipt Receipt, ReadOnlyMemory<byte> Body)?> FindAsync(string workspace, string id, CancellationToken cancellationToken) =>
        await receipts.FindAsync(workspace, id, cancellationToken) is { Receipt: { Channel: IntakeChannel.Email } receipt }
            ? (receipt, await receipts.ReadBodyAsync(receipt, cancellationToken))
            : null;
}
