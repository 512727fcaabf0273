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

namespace Helpdesk.Functions.Intake;

/// <summary>What else the page of a request shows to somebody who is signed in.</summary>
/// <param name="Rate">Where they say how it was; null where that is not asked.</param>
/// <param name="Back">The list of their requests; null for none.</param>
public sealed record RequestExtras(string? Rate, string? Back)
{
    public static RequestExtras None { get; } = new(null, null);
}

/// <summary>The page of a request, whichever way leads to it: how it stands, what was said in public, and a field for an answer.</summary>
public sealed class RequestPages(
    PageRenderer pages,
    RequesterThreads threads,
    AttachmentSettings attachments,
    FileScans scans,
    AttachmentLinks links,
    TicketFiles ticketFiles,
    IntakeLimit limit,
    SupportShelf shelf
)
{
    /// <summary>How long a page that stands open leads to its files.</summary>
    private static readonly TimeSpan LinkLifetime = TimeSpan.FromDays(1);

    /// <summary>The page.</summary>
    public Task<ContentHttpResult> ShowAsync(HttpContext context, RequesterThread thread, RequestExtras extras, CancellationToken cancellationToken) =>
        PageAsync(context, thread, extras, "", FormErrors.None, StatusCodes.Status200OK, cancellationToken);

    /// <summary>Takes what was sent from the page: an answer, that it is solved, or that it is not.</summary>
    public async Task<Results<RedirectHttpResult, ContentHttpResult, NotFound>> TakeAsync(
        HttpContext context,
        RequesterThread thread,
        RequestExtras extras,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(thread);
        if (thread is not { Proven: true, Living: not null })
            return TypedResults.NotFound();
        var workspace = thread.Workspace;
        var texts = PageLanguage.TextsFor(context);
        var words = "";
        try
        {
            // Words are read even from who sends too much, so that they can be shown again; files are not.
            var small = context.Request.ContentLength is <= RequestBody.Limit;
            if (!small)
                limit.Check(context);
            var upload = await Upload.ReadAsync(context, workspace, thread.Place, RequestBody.Limit, null, cancellationToken);
            words = upload.Fields.GetValueOrDefault("reply") ?? "";
            if (small)
                limit.Check(context);
            if (upload.Fields.GetValueOrDefault("solved") == "yes")
            {
                if (await threads.SolveAsync(thread, texts["web.articles.receipt.words"], cancellationToken))
                    await shelf.NoteSolvedAsync(workspace, thread.Own!.Id, AskedOf(thread.Own!), texts.Language, SuggestedIn.Receipt, cancellationToken);
                return Back(context, thread, "solved=1");
            }

            // With words, those are said first; and they open a request again by themselves.
            var silent = string.IsNullOrWhiteSpace(words) && upload.Files.Count + upload.Refused.Count == 0;
            var done = upload.Fields.GetValueOrDefault("done") == "yes";
            if (done && silent)
            {
                await threads.SolveAsync(thread, texts["web.request.solved.words"], cancellationToken);
                return Back(context, thread, "solved=1");
            }

            if (upload.Fields.GetValueOrDefault("broken") == "yes" && silent)
            {
                await threads.ReopenAsync(thread, cancellationToken);
                return Back(context, thread, "reopened=1");
            }

            var errors = ErrorsOf(words, upload, texts, attachments.Limits);
            if (!errors.Any && upload.Files.Count > 0 && !await ticketFiles.FitAsync(thread.Living, upload.Attachments, cancellationToken))
                errors = new(texts["web.error.summary"], Full(upload, texts));
            if (errors.Any)
                return await PageAsync(context, thread, extras, words, errors, StatusCodes.Status400BadRequest, cancellationToken);
            var files = upload.Attachments;
            var said = words.Trim() is { Length: > 0 } text ? text : string.Join(", ", files.Select(file => file.Name));
            if (await threads.ReplyAsync(thread, said, files, OnceOf(thread, upload, said, files), cancellationToken))
            {
                if (done)
                    await threads.SolveAsync(thread, texts["web.request.solved.words"], cancellationToken);
                return Back(context, thread, done ? "solved=1" : "answered=1", "#last");
            }

            var shut = FormErrors.None with { Summary = texts["web.reply.shut"] };
            return await PageAsync(context, thread, extras, words, shut, StatusCodes.Status409Conflict, cancellationToken);
        }
        catch (InvalidRequestException invalid) when (FormErrors.SummaryOf(invalid, context, texts) is { } summary)
        {
            return await PageAsync(context, thread, extras, words, FormErrors.None with { Summary = summary }, invalid.Status, cancellationToken);
        }
    }

    private async Task<ContentHttpResult> PageAsync(
        HttpContext context,
        RequesterThread thread,
        RequestExtras extras,
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
        var scanned = await scans.OfAsync(thread.Workspace, files, cancellationToken);
        var paths = await links.PathsAsync(thread.Workspace, files, LinkLifetime, cancellationToken);
        var closed = thread.Living?.Status == TicketStatus.Closed || status == StatusCodes.Status409Conflict;
        // Right after it was sent, and nobody has answered yet: perhaps an article does.
        IReadOnlyList<SuggestedArticle> suggested =
            context.Request.Query.ContainsKey("sent") && thread is { Proven: true, Own: { } own, Living.Status: TicketStatus.New or TicketStatus.Open }
                ? await shelf.SuggestAsync(
                    thread.Workspace,
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
        var done = thread.Living?.Status is TicketStatus.Resolved or TicketStatus.Closed;
        var receivedAt = receipt?.ReceivedAt ?? thread.Own!.CreatedAt;
        var values = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["sent"] = context.Request.Query.ContainsKey("sent"),
            ["answered"] = context.Request.Query.ContainsKey("answered"),
            ["summary"] = errors.Summary,
            ["errors"] = errors.Fields,
            ["values"] = new Dictionary<string, object?>(StringComparer.Ordinal) { ["reply"] = reply },
            ["workspace"] = thread.Workspace,
            ["subject"] = thread.Proven ? thread.Own?.Subject : null,
            ["number"] = receipt is { State: ReceiptState.Ignored }
                ? texts["web.receipt.none"]
                : (receipt?.Number ?? thread.Own!.Number).ToString(CultureInfo.InvariantCulture),
            ["status"] = StatusOf(thread, texts),
            ["merged"] =
                thread.Proven && !thread.IsElsewhere && thread.Living?.Id != thread.Own?.Id
                    ? thread.Living?.Number.ToString(CultureInfo.InvariantCulture)
                    : null,
            ["elsewhere"] = thread.Proven && thread.IsElsewhere,
            ["received"] = PageRenderer.Show(receivedAt),
            ["received_at"] = receivedAt.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
            ["link"] = thread.Proven && receipt is not null ? $"{OwnAddress.Of(context)}{context.Request.Path}" : null,
            ["messages"] = messages.Count == 0 ? null : messages.Select(message => Show(message, paths, texts, scanned)).ToList(),
            ["suggested"] = suggested
                .Select(one => new Dictionary<string, object?>(StringComparer.Ordinal)
                {
                    ["title"] = one.Title,
                    ["language"] = one.Language,
                    ["url"] = one.Url,
                })
                .ToList(),
            // Whoever goes back to the page of what they said before reads it only as long as it is true.
            ["solved"] = context.Request.Query.ContainsKey("solved") && (done || thread.Living is null),
            ["reopened"] = context.Request.Query.ContainsKey("reopened") && !done,
            ["can_solve"] = canReply && thread.IsTheirs && thread.Living!.Status is not TicketStatus.Resolved && messages.Count > 1,
            ["can_reopen"] = canReply && thread.IsTheirs && thread.Living!.Status is TicketStatus.Resolved,
            ["rate"] = extras.Rate,
            ["back"] = extras.Back,
            ["can_reply"] = canReply,
            ["closed"] = thread.Proven && closed,
            ["action"] = $"{context.Request.Path}?{Query(context, thread, "")}",
            ["files"] = await SupportForms.FilesAsync(pages, texts, errors, attachments.Limits),
            ["once"] = Hashes.RandomName(20),
        };
        var page = new Page("receipt", all => all["web.receipt.title"], values)
        {
            Private = true,
            // What was just sent becomes a ticket within a moment.
            RefreshAfter = receipt is { State: ReceiptState.Received } ? 3 : null,
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
        thread.IsElsewhere ? texts["web.elsewhere"]
        : thread.Living is { } ticket ? texts[$"web.status.{WireName<TicketStatus>.Of(ticket.Status)}"]
        : texts[
            thread.Receipt?.State switch
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
            ? Idempotency.Of(thread.Place, $"{once} {Hashes.Short(said)} {string.Join(' ', files.Select(file => file.Id))}")
            : null;

    private static RedirectHttpResult Back(HttpContext context, RequesterThread thread, string said, string place = "") =>
        TypedResults.LocalRedirect($"{context.Request.Path}?{Query(context, thread, said)}{place}", permanent: false, preserveMethod: false);

    /// <summary>The way to a receipt names its workspace; that to a request of somebody who is signed in is told it.</summary>
    private static string Query(HttpContext context, RequesterThread thread, string more) =>
        string.Join(
            '&',
            new[] { thread.Receipt is null ? $"workspace={thread.Workspace}" : "", PageLanguage.QueryOf(context), more }.Where(part => part.Length > 0)
        );
}
