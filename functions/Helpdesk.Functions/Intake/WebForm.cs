using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Intake;

/// <summary>A request from the public web form.</summary>
[Example("""{"subject":"Printer","description":"It is on fire","requester":{"email":"rita@example.com","name":"Rita"}}""")]
public sealed record WebFormBody
{
    /// <summary>What it is about, on one line.</summary>
    [MaxLength(TicketFields.SubjectLength)]
    public required string Subject { get; init; }

    /// <summary>What happened.</summary>
    [MaxLength(TicketFields.TextLength)]
    public required string Description { get; init; }

    /// <summary>Who asks for help.</summary>
    public required Requester Requester { get; init; }

    /// <summary>Values for fields of your own: texts, numbers, true or false; at most 50.</summary>
    public IReadOnlyDictionary<string, JsonElement>? CustomFields { get; init; }

    /// <summary>A field that people do not see. Whoever fills it in is taken for a program, and the request is set aside.</summary>
    [MaxLength(500)]
    public string? Website { get; init; }
}

/// <summary>The same request as a browser posts it. A field <c>field.NAME</c> is a value for a field of your own.</summary>
public sealed record WebFormFields
{
    /// <summary>What it is about, on one line.</summary>
    [MaxLength(TicketFields.SubjectLength)]
    public required string Subject { get; init; }

    /// <summary>What happened.</summary>
    [MaxLength(TicketFields.TextLength)]
    public required string Description { get; init; }

    /// <summary>The e-mail address of whoever asks for help.</summary>
    public required string Email { get; init; }

    /// <summary>The name of whoever asks for help.</summary>
    [MaxLength(100)]
    public string? Name { get; init; }

    /// <summary>A field that people do not see. Whoever fills it in is taken for a program, and the request is set aside.</summary>
    [MaxLength(500)]
    public string? Website { get; init; }
}

/// <summary>The same request as a browser posts it with files.</summary>
public sealed record WebFormUpload
{
    /// <summary>What it is about, on one line.</summary>
    [MaxLength(TicketFields.SubjectLength)]
    public required string Subject { get; init; }

    /// <summary>What happened.</summary>
    [MaxLength(TicketFields.TextLength)]
    public required string Description { get; init; }

    /// <summary>The e-mail address of whoever asks for help.</summary>
    public required string Email { get; init; }

    /// <summary>The name of whoever asks for help.</summary>
    [MaxLength(100)]
    public string? Name { get; init; }

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
    public const string Json = "application/json";
    public const string UrlEncoded = "application/x-www-form-urlencoded";

    /// <summary>Reads a body of either type; 400 with everything that is wrong.</summary>
    public static WebForm Read(string contentType, ReadOnlyMemory<byte> body)
    {
        var fields = contentType.StartsWith(UrlEncoded, StringComparison.Ordinal)
            ? FieldReader.Parse(ToJson(FormPost.Read(body.Span, TextEncodings.CharsetOf(contentType))))
            : FieldReader.Parse(body);
        var form = new WebForm(
            fields.Text("subject", TicketFields.SubjectLength, required: true)!,
            fields.Text("description", TicketFields.TextLength, required: true, lines: true)!,
            TicketFields.Requester(fields)!,
            TicketFields.CustomFields(fields, patch: false) ?? new Dictionary<string, JsonElement>(),
            fields.Text("website", 500)
        );
        fields.Done();
        return form;
    }

    /// <summary>A form's flat fields (<c>email</c>, <c>name</c>, <c>field.…</c>) as the object that JSON callers send.</summary>
    private static byte[] ToJson(IReadOnlyDictionary<string, string> form)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (
                var (name, value) in form.Where(pair =>
                    pair.Key is not ("email" or "name" or "workspace" or "_charset_") && !pair.Key.StartsWith("field.", StringComparison.Ordinal)
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
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }
}
