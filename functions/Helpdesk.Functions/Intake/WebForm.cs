using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;
using Helpdesk.Contacts;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Intake;

/// <summary>A request from the public web form.</summary>
[Example("""{"subject":"Printer","description":"It is on fire","requester":{"email":"rita@example.com","name":"Rita"}}""")]
public sealed record WebFormBody
{
    /// <summary>What it is about, on one line. With <c>form</c> it may be left out where the form does not require it.</summary>
    [MaxLength(TicketFields.SubjectLength)]
    public string? Subject { get; init; }

    /// <summary>What happened. With <c>form</c> it may be left out where the form does not require it.</summary>
    [MaxLength(TicketFields.TextLength)]
    public string? Description { get; init; }

    /// <summary>Who asks for help.</summary>
    public required Requester Requester { get; init; }

    /// <summary>Id of the form that is filled in.</summary>
    public string? Form { get; init; }

    /// <summary>The version of the form that was shown; the newest when it is left out.</summary>
    [Range(1, 999_999)]
    public int? FormVersion { get; init; }

    /// <summary>Answers to the fields of the form, by their names. Those to fields that are not asked are dropped.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Answers { get; init; }

    /// <summary>The language that the requester reads, such as <c>de</c>.</summary>
    [MaxLength(20)]
    public string? Language { get; init; }

    /// <summary>Values for fields of your own: texts, numbers, true or false; at most 50.</summary>
    public IReadOnlyDictionary<string, JsonElement>? CustomFields { get; init; }

    /// <summary>A field that people do not see. Whoever fills it in is taken for a program, and the request is set aside.</summary>
    [MaxLength(500)]
    public string? Website { get; init; }
}

/// <summary>The same request as a browser posts it. A field <c>field.NAME</c> is a value for a field of your own, and <c>answer.NAME</c> an answer to a
/// field of the form.</summary>
public sealed record WebFormFields
{
    /// <summary>What it is about, on one line.</summary>
    [MaxLength(TicketFields.SubjectLength)]
    public string? Subject { get; init; }

    /// <summary>What happened.</summary>
    [MaxLength(TicketFields.TextLength)]
    public string? Description { get; init; }

    /// <summary>The e-mail address of whoever asks for help.</summary>
    public required string Email { get; init; }

    /// <summary>The name of whoever asks for help.</summary>
    [MaxLength(100)]
    public string? Name { get; init; }

    /// <summary>Id of the form that is filled in.</summary>
    public string? Form { get; init; }

    /// <summary>The version of the form that was shown; the newest when it is left out.</summary>
    public string? FormVersion { get; init; }

    /// <summary>The language that the requester reads, such as <c>de</c>.</summary>
    [MaxLength(20)]
    public string? Language { get; init; }

    /// <summary>A field that people do not see. Whoever fills it in is taken for a program, and the request is set aside.</summary>
    [MaxLength(500)]
    public string? Website { get; init; }
}

/// <summary>The same request as a browser posts it with files.</summary>
public sealed record WebFormUpload
{
    /// <summary>What it is about, on one line.</summary>
    [MaxLength(TicketFields.SubjectLength)]
    public string? Subject { get; init; }

    /// <summary>What happened.</summary>
    [MaxLength(TicketFields.TextLength)]
    public string? Description { get; init; }

    /// <summary>The e-mail address of whoever asks for help.</summary>
    public required string Email { get; init; }

    /// <summary>The name of whoever asks for help.</summary>
    [MaxLength(100)]
    public string? Name { get; init; }

    /// <summary>Id of the form that is filled in.</summary>
    public string? Form { get; init; }

    /// <summary>The version of the form that was shown; the newest when it is left out.</summary>
    public string? FormVersion { get; init; }

    /// <summary>The language that the requester reads, such as <c>de</c>.</summary>
    [MaxLength(20)]
    public string? Language { get; init; }

    /// <summary>A field that people do not see. Whoever fills it in is taken for a program, and the request is set aside.</summary>
    [MaxLength(500)]
    public string? Website { get; init; }

    /// <summary>Files, as parts with a file name: at most 10, of 25 MB each and 50 MB together unless the desk is set otherwise; no programs, no
    /// scripts.</summary>
    public IReadOnlyList<string>? Files { get; init; }
}

/// <summary>What somebody wrote into the web form.</summary>
/// <param name="Website">A field that people do not see and programs fill in.</param>
public sealed record WebForm(string Subject, string Description, Requester Requester, IReadOnlyDictionary<string, JsonElement> CustomFields, string? Website)
{
    /// <summary>Fields of a page that say nothing about the request.</summary>
    public static readonly string[] OfThePage = ["once", "files", "shown", "continue"];

    /// <summary>Id of the form that was filled in; null for none.</summary>
    public string? Form { get; init; }

    /// <summary>The version that was shown; null for the newest.</summary>
    public int? FormVersion { get; init; }

    public IReadOnlyDictionary<string, JsonElement> Answers { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>The language that the requester reads; null where that is not known.</summary>
    public string? Language { get; init; }

    /// <summary>What was filled in; null without a form.</summary>
    /// <param name="files">The files that came with it.</param>
    public FormSubmission? Submission(IEnumerable<TicketAttachment> files) =>
        Form is null
            ? null
            : new(Form, Answers, [.. files.Select(file => file.Id)])
            {
                Version = FormVersion,
                HasSubject = Subject.Length > 0,
                HasDescription = Description.Length > 0,
            };

    public const string Json = "application/json";
    public const string UrlEncoded = "application/x-www-form-urlencoded";

    /// <summary>Reads a body of either type; 400 with everything that is wrong.</summary>
    public static WebForm Read(string contentType, ReadOnlyMemory<byte> body)
    {
        var fields = contentType.StartsWith(UrlEncoded, StringComparison.Ordinal)
            ? FieldReader.Parse(ToJson(FormPost.Read(body.Span, TextEncodings.CharsetOf(contentType))))
            : FieldReader.Parse(body);
        var (filled, answers) = TicketFields.Form(fields);
        var form = new WebForm(
            fields.Text("subject", TicketFields.SubjectLength, required: filled is null) ?? "",
            fields.Text("description", TicketFields.TextLength, required: filled is null, lines: true) ?? "",
            TicketFields.Requester(fields)!,
            TicketFields.CustomFields(fields, patch: false) ?? new Dictionary<string, JsonElement>(),
            fields.Text("website", 500)
        )
        {
            Form = filled,
            Answers = answers ?? new Dictionary<string, JsonElement>(),
            FormVersion = Version(fields),
            Language = ContactRules.LanguageOf(fields.Text("language", 20)),
        };
        fields.Done();
        return form;
    }

    /// <summary>The version that was shown: as a number, or as the text that a page sends.</summary>
    private static int? Version(FieldReader fields) =>
        fields.Json("formVersion") is { ValueKind: JsonValueKind.String }
        && int.TryParse(fields.Text("formVersion", 6), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
        && version > 0
            ? version
            : fields.Whole("formVersion", 1, 999_999);

    /// <summary>A form's flat fields (<c>email</c>, <c>name</c>, <c>field.…</c>) as the object that JSON callers send.</summary>
    private static byte[] ToJson(IReadOnlyDictionary<string, string> form)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (
                var (name, value) in form.Where(pair =>
                    pair.Key is not ("email" or "name" or "workspace" or "_charset_")
                    && !pair.Key.StartsWith("field.", StringComparison.Ordinal)
                    && !pair.Key.StartsWith(Upload.Answer, StringComparison.Ordinal)
                    // A choice of no form is none.
                    && !(pair.Key is "form" or "formVersion" or "language" && pair.Value.Length == 0)
                )
            )
                json.WriteString(name, value);
            json.WriteStartObject("requester");
            if (form.TryGetValue("email", out var email))
                json.WriteString("email", email);
            if (form.TryGetValue("name", out var called))
                json.WriteString("name", called);
            json.WriteEndObject();
            json.WriteStartObject("customFields");
            foreach (var (name, value) in form.Where(pair => pair.Key.StartsWith("field.", StringComparison.Ordinal)))
                json.WriteString(name["field.".Length..], value);
            json.WriteEndObject();
            if (form.GetValueOrDefault("form") is { Length: > 0 })
            {
                json.WriteStartObject("answers");
                foreach (var (name, value) in form.Where(pair => pair.Key.StartsWith(Upload.Answer, StringComparison.Ordinal)))
                    json.WriteString(name[Upload.Answer.Length..], value);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        return buffer.ToArray();
    }
}
