using System.Globalization;
using Helpdesk.Attachments;
using Helpdesk.Bot.Conversations;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Knowledge;
using Helpdesk.Functions.Pages;
using Helpdesk.Functions.Tickets;
using Helpdesk.Knowledge;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.DurableTask.Client;

namespace Helpdesk.Functions.Intake;

/// <summary>The page of a request: how it stands, what was said, and a field for an answer. It works without scripts.</summary>
public sealed class SupportReceipt(
    PageRenderer pages,
    RequesterThreads threads,
    AttachmentSettings attachments,
    FileScans scans,
    AttachmentLinks links,
    TicketFiles ticketFiles,
    IntakeLimit limit,
    SupportShelf shelf,
    TaskHub hub
)
{
    /// <summary>How long a page that stands open leads to its files.</summary>
    private static readonly TimeSpan LinkLifetime = TimeSpan.FromDays(1);
    private const string Route = "support/receipts/{workspace}/{id}";

    /// <summary>The page. By the secret link it shows what was said; by the id alone only the number and the state.</summary>
    [Function(nameof(SupportReceipt)), Public]
    public async Task<Results<ContentHttpResult, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route)] HttpContext context,
        string workspace,
        string id,
        CancellationToken cancellationToken
    ) =>
        await threads.FindAsync(workspace, id, cancellationToken) is { } thread
            ? await PageAsync(context, thread, "", FormErrors.None, StatusCodes.Status200OK, cancellationToken)
            : TypedResults.NotFound();

    /// <summary>Takes an answer of whoever keeps the secret link.</summary>
    [Function(nameof(SendSupportReply)), Public]
    public async Task<Results<RedirectHttpResult, ContentHttpResult, NotFound>> SendSupportReply(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route)] HttpContext context,
        string workspace,
        string id,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    )
    {
        hub.Learn(durable);
        if (await threads.FindAsync(workspace, id, cancellationToken) is not { Proven: true, Living: not null } thread)
            return TypedResults.NotFound();
        var texts = PageLanguage.TextsFor(context);
        var words = "";
        try
        {
            // Words are read even from who sends too much, so that they can be shown again; files are not.
            var small = context.Request.ContentLength is <= RequestBody.Limit;
            if (!small)
                limit.Check(context);
            var upload = await Upload.ReadAsync(context, workspace, $"receipt {thread.Receipt.Id}", RequestBody.Limit, null, cancellationToken);
            words = upload.Fields.GetValueOrDefault("reply") ?? "";
            if (small)
                limit.Check(context);
            if (upload.Fields.GetValueOrDefault("solved") == "yes")
            {
                if (await threads.SolveAsync(thread, texts["web.articles.receipt.words"], cancellationToken))
                    await shelf.NoteSolvedAsync(workspace, thread.Receipt.Id, AskedOf(thread.Own!), texts.Language, SuggestedIn.Receipt, cancellationToken);
                return TypedResults.LocalRedirect($"{context.Request.Path}?{Query(context, "solved=1")}", permanent: false, preserveMethod: false);
            }

            var errors = ErrorsOf(words, upload, texts, attachments.Limits);
            if (!errors.Any && upload.Files.Count > 0 && !await ticketFiles.FitAsync(thread.Living, upload.Attachments, cancellationToken))
                errors = new(texts["web.error.summary"], Full(upload, texts));
            if (errors.Any)
                return await PageAsync(context, thread, words, errors, StatusCodes.Status400BadRequest, cancellationToken);
            var files = upload.Attachments;
            var said = words.Trim() is { Length: > 0 } text ? text : string.Join(", ", files.Select(file => file.Name));
            if (await threads.ReplyAsync(thread, said, files, OnceOf(thread, upload, said, files), cancellationToken))
                return TypedResults.LocalRedirect($"{context.Request.Path}?{Query(context, "answered=1")}#last", permanent: false, preserveMethod: false);
            var shut = FormErrors.None with { Summary = texts["web.reply.shut"] };
            return await PageAsync(context, thread, words, shut, StatusCodes.Status409Conflict, cancellationToken);
        }
        catch (InvalidRequestException invalid) when (FormErrors.SummaryOf(invalid, context, texts) is { } summary)
        {
            return await PageAsync(context, thread, words, FormErrors.None with { Summary = summary }, invalid.Status, cancellationToken);
        }
    }

    private async Task<ContentHttpResult> PageAsync(
        HttpContext context,
        RequesterThread thread,
        string reply,
        FormErrors errors,
        int status,
        CancellationToken cancellationToken
    )
    {
        var texts = PageLanguage.TextsFor(context);
        var receipt = thread.Receipt;
        var messages = await threads.ReadAsync(thread, cancellationToken);
        var files = messages.SelectMany(message => message.Files).ToList();
        var scanned = await scans.OfAsync(receipt.Workspace, files, cancellationToken);
        var paths = await links.PathsAsync(receipt.Workspace, files, LinkLifetime, cancellationToken);
        var closed = thread.Living?.Status == TicketStatus.Closed || status == StatusCodes.Status409Conflict;
        // Right after it was sent, and nobody has answered yet: perhaps an article does.
        IReadOnlyList<SuggestedArticle> suggested =
            context.Request.Query.ContainsKey("sent") && thread is { Proven: true, Own: { } own, Living.Status: TicketStatus.New or TicketStatus.Open }
                ? await shelf.SuggestAsync(
                    receipt.Workspace,
                    AskedOf(own),
                    texts.Language,
                    // Nobody vouches for the address that was typed into the form.
                    Reader.Anybody,
                    SuggestedIn.Receipt,
                    count: HttpMethods.IsGet(context.Request.Method),
                    cancellationToken
                )
                : [];
        var canReply = thread.Proven && thread.Living is not null && !closed;
        var values = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["sent"] = context.Request.Query.ContainsKey("sent"),
            ["answered"] = context.Request.Query.ContainsKey("answered"),
            ["summary"] = errors.Summary,
            ["errors"] = errors.Fields,
            ["values"] = new Dictionary<string, object?>(StringComparer.Ordinal) { ["reply"] = reply },
            ["workspace"] = receipt.Workspace,
            ["subject"] = thread.Proven ? thread.Own?.Subject : null,
            ["number"] = receipt.State == ReceiptState.Ignored ? texts["web.receipt.none"] : receipt.Number.ToString(CultureInfo.InvariantCulture),
            ["status"] = StatusOf(thread, texts),
            ["merged"] = thread.Proven && thread.Living?.Id != thread.Own?.Id ? thread.Living?.Number.ToString(CultureInfo.InvariantCulture) : null,
            ["received"] = PageRenderer.Show(receipt.ReceivedAt),
            ["received_at"] = receipt.ReceivedAt.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
            ["link"] = thread.Proven ? $"{OwnAddress.Of(context)}{context.Request.Path}" : null,
            ["messages"] = messages.Count == 0 ? null : messages.Select(message => Show(message, paths, texts, scanned)).ToList(),
            ["suggested"] = suggested
                .Select(one => new Dictionary<string, object?>(StringComparer.Ordinal)
                {
                    ["title"] = one.Title,
                    ["language"] = one.Language,
                    ["url"] = one.Url,
                })
                .ToList(),
            ["solved"] = context.Request.Query.ContainsKey("solved"),
            ["can_reply"] = canReply,
            ["closed"] = thread.Proven && closed,
            ["action"] = $"{context.Request.Path}?{Query(context, "")}",
            ["files"] = await SupportForms.FilesAsync(pages, texts, errors, attachments.Limits),
            ["once"] = Hashes.RandomName(20),
        };
        var page = new Page("receipt", all => all["web.receipt.title"], values)
        {
            Private = true,
            // What was just sent becomes a ticket within a moment.
            RefreshAfter = receipt.State == ReceiptState.Received ? 3 : null,
        };
        return await pages.AnswerAsync(context, page, status);
    }

    private static Dictionary<string, object?> Show(
        ThreadMessage message,
        IReadOnlyDictionary<string, string> paths,
        Texts texts,
        IReadOnlyDictionary<string, FileScan> scanned
    ) =>
        new(StringComparer.Ordinal)
        {
            ["name"] = message.Mine ? texts["web.you"] : message.Name ?? texts[message.By == ActorKind.Requester ? "web.participant" : "notice.someone"],
            ["mine"] = message.Mine,
            ["at"] = PageRenderer.Show(message.At),
            ["at_iso"] = message.At.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
            ["words"] = message.Words,
            ["deleted"] = message.Deleted,
            ["files"] = message.Files.Select(file => Show(file, paths.GetValueOrDefault(file.Id), texts, scanned.GetValueOrDefault(file.Id))).ToList(),
        };

    private static Dictionary<string, object?> Show(TicketAttachment file, string? path, Texts texts, FileScan? scan)
    {
        var free = scan is null or { State: ScanState.Clean or ScanState.Released };
        return new(StringComparer.Ordinal)
        {
            ["name"] = file.Name,
            ["length"] = SizeOf(file.Size),
            ["url"] = free ? path : null,
            ["picture"] = free && path is not null && AttachmentStore.IsPicture(file.ContentType),
            ["state"] = free
                ? null
                : texts[
                    scan!.State switch
                    {
                        ScanState.Pending => "web.file.pending",
                        ScanState.Infected => "web.file.infected",
                        _ => "web.file.failed",
                    }
                ],
        };
    }

    /// <summary>A size as people say it, the same in all four languages.</summary>
    private static string SizeOf(long bytes) =>
        bytes < 1024 ? string.Create(CultureInfo.InvariantCulture, $"{bytes} B")
        : bytes < 1024 * 1024 ? string.Create(CultureInfo.InvariantCulture, $"{(bytes + 1023) / 1024} KB")
        : string.Create(CultureInfo.InvariantCulture, $"{(bytes + 1024 * 1024 - 1) / (1024 * 1024)} MB");

    private static string StatusOf(RequesterThread thread, Texts texts) =>
        thread.Living is { } ticket
            ? texts[$"web.status.{WireName<TicketStatus>.Of(ticket.Status)}"]
            : texts[
                thread.Receipt.State switch
                {
                    ReceiptState.Ignored => "web.receipt.ignored",
                    ReceiptState.Failed => "web.receipt.failed",
                    _ => "web.receipt.entering",
                }
            ];

    private static FormErrors ErrorsOf(string words, Upload upload, Texts texts, AttachmentLimits limits)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        if (string.IsNullOrWhiteSpace(words) && upload.Files.Count + upload.Refused.Count == 0)
            fields["reply"] = texts["web.error.required"];
        else if (FieldReader.TextProblem(words, TicketFields.TextLength, lines: true) is not null)
            fields["reply"] = FormErrors.Say("reply", words, texts);
        if (upload.Refused.Count > 0)
            fields["files"] = FormErrors.Say(upload.Refused, texts, limits);
        else if (fields.Count > 0 && upload.Files.Count > 0)
            fields["files"] = texts["web.error.files.again"];
        return fields.Count == 0 ? FormErrors.None : new(texts["web.error.summary"], fields);
    }

    private Dictionary<string, string> Full(Upload upload, Texts texts) =>
        new(StringComparer.Ordinal)
        {
            ["files"] = texts.Format(
                "page.file.total",
                ("name", upload.Files[0].Attachment.Name),
                ("size", attachments.Limits.TicketMegabytes.ToString(CultureInfo.InvariantCulture))
            ),
        };

    private static string AskedOf(Ticket own) => $"{own.Subject}\n{own.Description}";

    /// <summary>Pressed twice is said once.</summary>
    private static Idempotency? OnceOf(RequesterThread thread, Upload upload, string said, IReadOnlyList<TicketAttachment> files) =>
        upload.Fields.GetValueOrDefault("once") is { Length: > 0 and <= 100 } once
            ? Idempotency.Of($"receipt {thread.Receipt.Id}", $"{once} {Hashes.Short(said)} {string.Join(' ', files.Select(file => file.Id))}")
            : null;

    private static string Query(HttpContext context, string more) =>
        string.Join('&', new[] { PageLanguage.QueryOf(context), more }.Where(part => part.Length > 0));
}
