using System.Globalization;
using System.Text.Json;
using Helpdesk.Attachments;
using Helpdesk.Bot.Conversations;
using Helpdesk.Forms;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Forms;
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
    FormStore forms,
    FormSubmissions submissions,
    DirectoryStore directory,
    AttachmentSettings attachments,
    SupportShelf shelf,
    TimeProvider time
)
{
    private static readonly string[] Shown = ["subject", "description", "email", "name"];

    /// <summary>Whether a browser posted the form and wants to be shown a page.</summary>
    public static bool IsFromBrowser(HttpContext context) =>
        context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase)
        && context.Request.ContentType?.Contains("json", StringComparison.OrdinalIgnoreCase) == false;

    /// <summary>The empty form, or the choice of forms where there are several kinds of request; 404 for a workspace that is not there.</summary>
    public async Task<Results<ContentHttpResult, NotFound>> ShowAsync(HttpContext context, string workspace, CancellationToken cancellationToken)
    {
        if (await directory.FindWorkspaceAsync(workspace, cancellationToken) is null)
            return TypedResults.NotFound();
        var none = new Dictionary<string, string>(StringComparer.Ordinal);
        var offered = await forms.OfferedAsync(workspace, cancellationToken);
        var wanted = context.Request.Query["form"].ToString();
        if (offered.FirstOrDefault(form => form.Id == wanted) is { } form)
            return await FormAsync(context, workspace, none, FormErrors.None, StatusCodes.Status200OK, Reading(form, none));
        return offered.Count > 0 && !context.Request.Query.ContainsKey("plain")
            ? await ChoiceAsync(context, workspace, offered)
            : await FormAsync(context, workspace, none, FormErrors.None, StatusCodes.Status200OK, null);
    }

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
        FormReading? reading = null;
        try
        {
            // Words are read even from who sends too much, so that they can be shown again; files are not.
            var small = context.Request.ContentLength is <= RequestBody.Limit;
            if (!small)
                limit.Check(context);
            var form = await SentForm.ReadAsync(context, workspace, cancellationToken);
            values = ValuesOf(form);
            reading = await ReadingAsync(workspace, form, values, cancellationToken);
            if (small)
                limit.Check(context);
            if (reading is null && values.GetValueOrDefault("form") is { Length: > 0 })
            {
                await intake.DropAsync(workspace, form, cancellationToken);
                var plain = FormErrors.None with { Summary = texts["form.gone"] };
                return await FormAsync(context, workspace, WithoutForm(values), plain, StatusCodes.Status409Conflict, null);
            }

            var asksMore = reading is not null && (values.ContainsKey("continue") || Unseen(reading, values).Count > 0);
            var errors = values.ContainsKey("continue") ? FormErrors.None : ErrorsOf(form, reading, values, texts, attachments.Limits);
            if (errors.Any || asksMore)
            {
                await intake.DropAsync(workspace, form, cancellationToken);
                var status = errors.Any ? StatusCodes.Status400BadRequest : StatusCodes.Status200OK;
                if (!errors.Any && Unseen(reading!, values).Count > 0)
                    errors = errors with { Summary = texts["form.more"] };
                return await FormAsync(context, workspace, values, errors, status, reading);
            }

            var filled = reading is null ? null : new TicketForm(reading.Form.Id, reading.Form.Version);
            var receipt = await intake.KeepAsync(workspace, form, filled, OnceOf(workspace, form, values), cancellationToken);
            var query = string.Join('&', new[] { "sent=1", PageLanguage.QueryOf(context) }.Where(part => part.Length > 0));
            return TypedResults.LocalRedirect(
                $"{await links.PathOfAsync(workspace, receipt.Id, cancellationToken)}?{query}",
                permanent: false,
                preserveMethod: false
            );
        }
        catch (InvalidRequestException invalid) when (FormErrors.SummaryOf(invalid, context, texts) is { } summary)
        {
            return await FormAsync(context, workspace, values, FormErrors.None with { Summary = summary }, invalid.Status, reading);
        }
    }

    /// <summary>What of a form that came is asked and right; null without a form, and for one that is not offered any more.</summary>
    private async Task<FormReading?> ReadingAsync(
        string workspace,
        SentForm sent,
        IReadOnlyDictionary<string, string> values,
        CancellationToken cancellationToken
    )
    {
        if (values.GetValueOrDefault("form") is not { Length: > 0 } id)
            return null;
        var answers = AnswersOf(values);
        foreach (var (name, ids) in sent.Upload?.AnswerFiles ?? new Dictionary<string, IReadOnlyList<string>>())
            answers[name] = FormRules.Element(ids);
        var submission = new FormSubmission(id, answers, [.. (sent.Upload?.Attachments ?? []).Select(file => file.Id)])
        {
            Version = int.TryParse(values.GetValueOrDefault("formVersion"), NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : null,
            HasSubject = !string.IsNullOrWhiteSpace(values.GetValueOrDefault("subject")),
            HasDescription = !string.IsNullOrWhiteSpace(values.GetValueOrDefault("description")),
        };
        return await submissions.TryReadAsync(workspace, submission, cancellationToken);
    }

    private FormReading Reading(RequestForm form, IReadOnlyDictionary<string, string> values) =>
        FormRules.Read(form, AnswersOf(values), [], DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime));

    private static Dictionary<string, JsonElement> AnswersOf(IReadOnlyDictionary<string, string> values) =>
        values
            .Where(value => value.Key.StartsWith(Upload.Answer, StringComparison.Ordinal))
            .ToDictionary(value => value.Key[Upload.Answer.Length..], value => FormRules.Element(value.Value), StringComparer.Ordinal);

    /// <summary>Fields that are asked now and stood on no page that was sent; a page that does not say what stood on it had all.</summary>
    private static IReadOnlyList<string> Unseen(FormReading reading, IReadOnlyDictionary<string, string> values) =>
        values.GetValueOrDefault("shown") is { } shown ? reading.Unseen(shown.Split(',')) : [];

    /// <summary>What was written into a form that is not offered any more, as words of a request without one: nothing is lost.</summary>
    private static Dictionary<string, string> WithoutForm(IReadOnlyDictionary<string, string> values)
    {
        var answers = values
            .Where(value => value.Key.StartsWith(Upload.Answer, StringComparison.Ordinal) && value.Value.Length > 0)
            .Select(value => $"{value.Key[Upload.Answer.Length..]}: {value.Value}");
        var kept = values.Where(value => Shown.Contains(value.Key, StringComparer.Ordinal)).ToDictionary(StringComparer.Ordinal);
        kept["description"] = string.Join('\n', answers.Prepend(values.GetValueOrDefault("description") ?? "").Where(line => line.Length > 0));
        return kept;
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

    /// <summary>The kinds of request that there are forms for, and the way to one without a form.</summary>
    private Task<ContentHttpResult> ChoiceAsync(HttpContext context, string workspace, IReadOnlyList<RequestForm> offered)
    {
        var locale = PageLanguage.LocaleOf(context);
        var page = new Page(
            "choose-form",
            all => all["web.form.title"],
            new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["query"] = QueryOf(context, workspace),
                ["forms"] = offered
                    .Select(form => new Dictionary<string, object?>(StringComparer.Ordinal)
                    {
                        ["id"] = form.Id,
                        ["icon"] = form.Icon,
                        ["name"] = form.Name.In(locale),
                        ["text"] = form.Description?.In(locale),
                    })
                    .ToList(),
            }
        );
        return pages.AnswerAsync(context, page);
    }

    private async Task<ContentHttpResult> FormAsync(
        HttpContext context,
        string workspace,
        IReadOnlyDictionary<string, string> values,
        FormErrors errors,
        int status,
        FormReading? reading
    )
    {
        var texts = PageLanguage.TextsFor(context);
        var locale = PageLanguage.LocaleOf(context);
        var form = reading?.Form;
        var page = new Page(
            "support",
            all => form is null ? all["web.form.title"] : form.Name.In(locale),
            new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["query"] = QueryOf(context, workspace),
                ["shelf"] = form is null ? await shelf.PartAsync(context, workspace, null, context.RequestAborted) : null,
                ["suggestions"] = await shelf.AskAtAsync(context, workspace, context.RequestAborted),
                ["values"] = values,
                ["errors"] = errors.Fields,
                ["summary"] = errors.Summary,
                ["heading"] = form is null ? texts["web.form.heading"] : $"{form.Icon} {form.Name.In(locale)}".Trim(),
                ["intro"] = form is null ? texts["web.form.intro"] : form.Description?.In(locale),
                ["subject"] =
                    (form?.Subject ?? FormWords.Required) == FormWords.Hidden ? null
                    : form?.Subject == FormWords.Optional ? "optional"
                    : "required",
                ["details"] =
                    (form?.Details ?? FormWords.Required) == FormWords.Hidden ? null
                    : form?.Details == FormWords.Optional ? "optional"
                    : "required",
                ["form"] = form?.Id,
                ["form_version"] = form?.Version.ToString(CultureInfo.InvariantCulture),
                ["language"] = texts.Language,
                ["fields"] = reading is null ? "" : await FieldsAsync(texts, reading, values, errors),
                ["shown"] = reading is null ? null : string.Join(',', reading.Asked.Select(one => one.Field.Name)),
                ["conditional"] = form?.Fields.Any(field => field.VisibleWhen is not null || field.Options.Any(option => option.When is not null)),
                ["choose"] = form is not null || context.Request.Query.ContainsKey("plain"),
                ["files"] = form is null ? await FilesAsync(pages, texts, errors, attachments.Limits) : "",
                ["others"] = values
                    .Where(value => value.Key.StartsWith("field.", StringComparison.Ordinal))
                    .Select(value => new Dictionary<string, object?>(StringComparer.Ordinal) { ["name"] = value.Key, ["value"] = value.Value })
                    .ToList(),
                ["once"] = values.GetValueOrDefault("once") is { Length: > 0 and <= 100 } once ? once : Hashes.RandomName(20),
            }
        );
        return await pages.AnswerAsync(context, page, status);
    }

    private static string QueryOf(HttpContext context, string workspace)
    {
        var language = PageLanguage.QueryOf(context);
        return $"workspace={Uri.EscapeDataString(workspace)}{(language.Length > 0 ? $"&{language}" : "")}";
    }

    /// <summary>The fields of a form, as HTML: those that are asked, and for scripts those that may come to be asked.</summary>
    private Task<string> FieldsAsync(Texts texts, FormReading reading, IReadOnlyDictionary<string, string> values, FormErrors errors)
    {
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        string? Day(string? limit) => limit is null ? null : FormRules.DayOf(limit, today)?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var limits = attachments.Limits;
        return pages.PartAsync(
            texts,
            "form-fields",
            new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["file_limit"] = limits.FileBytes,
                ["file_size"] = limits.FileMegabytes,
                ["file_count"] = limits.FilesPerMessage,
                ["programs"] = string.Join(' ', AttachmentRules.ProgramEndings),
                ["fields"] = reading
                    .Fields.Select(one =>
                    {
                        var (field, value) = (one.Field, values.GetValueOrDefault(Upload.Answer + one.Field.Name) ?? "");
                        var chosen = value.Split(',', StringSplitOptions.TrimEntries);
                        return new Dictionary<string, object?>(StringComparer.Ordinal)
                        {
                            ["name"] = field.Name,
                            ["type"] = WireName<FormFieldType>.Of(field.Type),
                            ["label"] = field.Label.In(texts.Language),
                            ["help"] = field.Help?.In(texts.Language),
                            ["asked"] = one.IsVisible,
                            ["when"] = field.VisibleWhen?.ToString(),
                            ["required"] = field.Required,
                            ["required_now"] = one.IsRequired,
                            ["required_when"] = field.RequiredWhen?.ToString(),
                            ["value"] = value,
                            ["ticked"] = value is "true" or "on",
                            ["min"] = field.Type == FormFieldType.Date ? Day(field.Earliest) : field.Min?.ToString(CultureInfo.InvariantCulture),
                            ["max"] = field.Type == FormFieldType.Date ? Day(field.Latest) : field.Max?.ToString(CultureInfo.InvariantCulture),
                            ["min_length"] = field.MinLength,
                            ["max_length"] = field.MostLetters,
                            ["error"] = errors.Fields.GetValueOrDefault(Upload.Answer + field.Name),
                            ["options"] = field
                                .Options.Select(option => new Dictionary<string, object?>(StringComparer.Ordinal)
                                {
                                    ["value"] = option.Value,
                                    ["label"] = option.Label.In(texts.Language),
                                    ["when"] = option.When?.ToString(),
                                    ["offered"] = one.Options.Contains(option),
                                    ["chosen"] = field.Type == FormFieldType.Choice ? option.Value == value : chosen.Contains(option.Value),
                                })
                                .ToList(),
                        };
                    })
                    .ToList(),
            }
        );
    }

    private static Dictionary<string, string> ValuesOf(SentForm form) =>
        form.Upload is { } upload ? new(upload.Fields, StringComparer.Ordinal)
        : form.ContentType.StartsWith(WebForm.UrlEncoded, StringComparison.Ordinal)
            ? new(FormPost.Read(form.Body.Span, TextEncodings.CharsetOf(form.ContentType)), StringComparer.Ordinal)
        : new(StringComparer.Ordinal);

    /// <summary>Whether a form is good is decided where every form is read; here is said what to do about it, in the reader's language.</summary>
    private static FormErrors ErrorsOf(SentForm form, FormReading? reading, IReadOnlyDictionary<string, string> values, Texts texts, AttachmentLimits limits)
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

        var unseen = reading is null ? [] : Unseen(reading, values);
        foreach (var problem in (reading?.Problems ?? []).Where(problem => !unseen.Contains(problem.Field, StringComparer.Ordinal)))
        {
            if (problem.IsWords)
                fields[problem.Field] = texts["web.error.required"];
            else if (problem.Fault == FormFault.Unknown)
                hidden.Add(problem.Field);
            else
                fields[Upload.Answer + problem.Field] = FormTexts.Say(problem, reading!.Form, texts);
        }

        // On a form, files answer a field: what is wrong with them stands at the first one.
        var place =
            reading?.Asked.Where(one => one.Field.Type == FormFieldType.File).Select(one => Upload.Answer + one.Field.Name).FirstOrDefault() ?? "files";
        if (form.Upload?.Refused is { Count: > 0 } refused)
            fields[place] = FormErrors.Say(refused, texts, limits);
        else if (fields.Count > 0 && form.Upload?.Files.Count > 0)
            fields[place] = texts["web.error.files.again"];
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
