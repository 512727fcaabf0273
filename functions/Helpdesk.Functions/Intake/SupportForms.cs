using System.Globalization;
using Helpdesk.Attachments;
using Helpdesk.Bot.Conversations;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Knowledge;
using Helpdesk.Functions.Pages;
using Helpdesk.Functions.Tickets;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.WebUtilities;

namespace Helpdesk.Functions.Intake;

/// <summary>The public form as a page: shows it, takes it, and shows it again with what was written and what is wrong with it.</summary>
public sealed class SupportForms(
    PageRenderer pages,
    WebIntake intake,
    ReceiptLinks links,
    IntakeLimit limit,
    DirectoryStore directory,
    AttachmentSettings attachments,
    SupportShelf shelf
)
{
    private static readonly string[] Shown = ["subject", "description", "email", "name"];

    /// <summary>Whether a browser posted the form and wants to be shown a page.</summary>
    public static bool IsFromBrowser(HttpContext context) =>
        context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase)
        && context.Request.ContentType?.Contains("json", StringComparison.OrdinalIgnoreCase) == false;

    /// <summary>The empty form; 404 for a workspace that is not there.</summary>
    public async Task<Results<ContentHttpResult, NotFound>> ShowAsync(HttpContext context, string workspace, CancellationToken cancellationToken) =>
        await directory.FindWorkspaceAsync(workspace, cancellationToken) is null
            ? TypedResults.NotFound()
            : await FormAsync(context, workspace, new Dictionary<string, string>(StringComparer.Ordinal), FormErrors.None, StatusCodes.Status200OK);

    /// <summary>Takes the form and leads to the page of its receipt, or shows it again with what is wrong.</summary>
    public async Task<Results<RedirectHttpResult, ContentHttpResult, NotFound>> TakeAsync(
        HttpContext context,
        string workspace,
        CancellationToken cancellationToken
    )
    {
        if (await directory.FindWorkspaceAsync(workspace, cancellationToken) is null)
            return TypedResults.NotFound();
        var texts = PageLanguage.TextsFor(context);
        IReadOnlyDictionary<string, string> values = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            // Words are read even from who sends too much, so that they can be shown again; files are not.
            var small = context.Request.ContentLength is <= RequestBody.Limit;
            if (!small)
                limit.Check(context);
            var form = await SentForm.ReadAsync(context, workspace, cancellationToken);
            values = ValuesOf(form);
            if (small)
                limit.Check(context);
            var errors = ErrorsOf(form, values, texts, attachments.Limits);
            if (errors.Any)
            {
                await intake.DropAsync(workspace, form, cancellationToken);
                return await FormAsync(context, workspace, values, errors, StatusCodes.Status400BadRequest);
            }

            var receipt = await intake.KeepAsync(workspace, form, OnceOf(workspace, form, values), cancellationToken);
            var query = string.Join('&', new[] { "sent=1", PageLanguage.QueryOf(context) }.Where(part => part.Length > 0));
            return TypedResults.LocalRedirect(
                $"{await links.PathOfAsync(workspace, receipt.Id, cancellationToken)}?{query}",
                permanent: false,
                preserveMethod: false
            );
        }
        catch (InvalidRequestException invalid) when (FormErrors.SummaryOf(invalid, context, texts) is { } summary)
        {
            return await FormAsync(context, workspace, values, FormErrors.None with { Summary = summary }, invalid.Status);
        }
    }

    /// <summary>The field for files with its rules, as HTML.</summary>
    public static Task<string> FilesAsync(PageRenderer pages, Texts texts, FormErrors errors, AttachmentLimits limits)
    {
        ArgumentNullException.ThrowIfNull(pages);
        ArgumentNullException.ThrowIfNull(errors);
        ArgumentNullException.ThrowIfNull(limits);
        return pages.PartAsync(
            texts,
            "files",
            new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["errors"] = errors.Fields,
                ["file_limit"] = limits.FileBytes,
                ["file_size"] = limits.FileMegabytes,
                ["file_count"] = limits.FilesPerMessage,
                ["total_size"] = limits.MessageMegabytes,
                ["programs"] = string.Join(' ', AttachmentRules.ProgramEndings),
            }
        );
    }

    private async Task<ContentHttpResult> FormAsync(
        HttpContext context,
        string workspace,
        IReadOnlyDictionary<string, string> values,
        FormErrors errors,
        int status
    )
    {
        var texts = PageLanguage.TextsFor(context);
        var language = PageLanguage.QueryOf(context);
        var page = new Page(
            "support",
            all => all["web.form.title"],
            new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["query"] = $"workspace={Uri.EscapeDataString(workspace)}{(language.Length > 0 ? $"&{language}" : "")}",
                ["shelf"] = await shelf.PartAsync(context, workspace, null, context.RequestAborted),
                ["suggestions"] = await shelf.AskAtAsync(context, workspace, context.RequestAborted),
                ["values"] = values,
                ["errors"] = errors.Fields,
                ["summary"] = errors.Summary,
                ["files"] = await FilesAsync(pages, texts, errors, attachments.Limits),
                ["others"] = values
                    .Where(value => value.Key.StartsWith("field.", StringComparison.Ordinal))
                    .Select(value => new Dictionary<string, object?>(StringComparer.Ordinal) { ["name"] = value.Key, ["value"] = value.Value })
                    .ToList(),
                ["once"] = values.GetValueOrDefault("once") is { Length: > 0 and <= 100 } once ? once : Hashes.RandomName(20),
            }
        );
        return await pages.AnswerAsync(context, page, status);
    }

    private static Dictionary<string, string> ValuesOf(SentForm form) =>
        form.Upload is { } upload ? new(upload.Fields, StringComparer.Ordinal)
        : form.ContentType.StartsWith(WebForm.UrlEncoded, StringComparison.Ordinal)
            ? new(FormPost.Read(form.Body.Span, TextEncodings.CharsetOf(form.ContentType)), StringComparer.Ordinal)
        : new(StringComparer.Ordinal);

    /// <summary>Whether a form is good is decided where every form is read; here is said what to do about it, in the reader's language.</summary>
    private static FormErrors ErrorsOf(SentForm form, IReadOnlyDictionary<string, string> values, Texts texts, AttachmentLimits limits)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        var hidden = new List<string>();
        try
        {
            WebForm.Read(form.ContentType, form.Body);
        }
        catch (InvalidRequestException invalid) when (invalid.Errors is { } errors)
        {
            foreach (var name in errors.Keys.Select(key => key.StartsWith("requester.", StringComparison.Ordinal) ? key["requester.".Length..] : key))
            {
                if (Shown.Contains(name, StringComparer.Ordinal))
                    fields[name] = FormErrors.Say(name, values.GetValueOrDefault(name) ?? "", texts);
                else
                    hidden.Add(name);
            }
        }

        if (form.Upload?.Refused is { Count: > 0 } refused)
            fields["files"] = FormErrors.Say(refused, texts, limits);
        else if (fields.Count > 0 && form.Upload?.Files.Count > 0)
            fields["files"] = texts["web.error.files.again"];
        if (fields.Count + hidden.Count == 0)
            return FormErrors.None;
        // What the page does not show has no place of its own: a page of somebody else's sent it.
        return new(texts["web.error.summary"] + (hidden.Count > 0 ? $" ({string.Join(", ", hidden)})" : ""), fields);
    }

    /// <summary>Pressed twice is sent once; other words from the same page are another request.</summary>
    internal static Idempotency? OnceOf(string scope, SentForm form, IReadOnlyDictionary<string, string> values)
    {
        if (values.GetValueOrDefault("once") is not { Length: > 0 and <= 100 } once)
            return null;
        var files = form.Upload?.Files.Select(file => $"{file.Attachment.Name} {file.Sha256}") ?? [];
        return Idempotency.Of($"form {scope}", $"{once} {Hashes.Short(form.Body.Span)} {string.Join(' ', files)}");
    }
}

/// <summary>What is wrong with a form that people filled in: as a whole, and by field.</summary>
public sealed record FormErrors(string? Summary, IReadOnlyDictionary<string, string> Fields)
{
    public static FormErrors None { get; } = new(null, new Dictionary<string, string>(StringComparer.Ordinal));

    public bool Any => Summary is not null || Fields.Count > 0;

    /// <summary>What to do about a field whose value is not taken.</summary>
    public static string Say(string field, string value, Texts texts)
    {
        var most = field switch
        {
            "subject" => TicketFields.SubjectLength,
            "description" or "reply" => TicketFields.TextLength,
            "name" => 100,
            _ => 254,
        };
        var count = value.EnumerateRunes().Count();
        return string.IsNullOrWhiteSpace(value) ? texts["web.error.required"]
            : count > most && field != "email" ? texts.Format("web.error.long", ("count", Text(count)), ("limit", Text(most)))
            : field == "email" ? texts["web.error.email"]
            : texts["web.error.invalid"];
    }

    /// <summary>Which files are not taken, and why.</summary>
    public static string Say(IReadOnlyList<RefusedFile> refused, Texts texts, AttachmentLimits limits) =>
        string.Join(
            ' ',
            refused.Select(file =>
                texts.Format(
                    file.Why switch
                    {
                        FileRefusal.Program => "page.file.program",
                        FileRefusal.Ending => "page.file.kind",
                        FileRefusal.TooLarge => "page.file.large",
                        FileRefusal.TooMuch => "page.file.total",
                        _ => "page.file.many",
                    },
                    ("name", file.Name),
                    ("size", Text(file.Why == FileRefusal.TooMuch ? limits.MessageMegabytes : limits.FileMegabytes)),
                    ("count", Text(limits.FilesPerMessage))
                )
            )
        );

    /// <summary>What to do about a request that is wrong as a whole; null for what is said otherwise.</summary>
    public static string? SummaryOf(InvalidRequestException invalid, HttpContext context, Texts texts) =>
        invalid.Status switch
        {
            StatusCodes.Status429TooManyRequests => texts.Format("web.error.busy", ("seconds", context.Response.Headers.RetryAfter.ToString())),
            StatusCodes.Status413PayloadTooLarge => texts["web.error.body"],
            _ when invalid.Errors is null => texts["web.trouble.yours"],
            _ => null,
        };

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
