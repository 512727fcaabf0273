using System.Text.Json;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Intake;

/// <summary>What somebody wrote into the web form.</summary>
/// <param name="Website">A field that people do not see and programs fill in.</param>
public sealed record WebForm(string Subject, string Description, Requester Requester, IReadOnlyDictionary<string, JsonElement> CustomFields, string? Website)
{
    public const string Json = "application/json";
    public const string UrlEncoded = "application/x-www-form-urlencoded";

    /// <summary>Reads a body of either type; 400 with everything that is wrong.</summary>
    public static WebForm Read(string contentType, ReadOnlyMemory<byte> body)
    {
        var fields = contentType == UrlEncoded ? FieldReader.Parse(ToJson(body)) : FieldReader.Parse(body);
        var form = new WebForm(
            fields.Text("subject", TicketFields.SubjectLength, required: true)!,
            fields.Text("description", TicketFields.TextLength, required: true, lines: true)!,
            TicketFields.Requester(fields)!,
            TicketFields.CustomFields(fields, patch: false) ?? new Dictionary<string, JsonElement>(),
            fields.Text("website", 500));
        fields.Done();
        return form;
    }

    /// <summary>A form's flat fields (<c>email</c>, <c>name</c>, <c>field.…</c>) as the object that JSON callers send.</summary>
    private static byte[] ToJson(ReadOnlyMemory<byte> body)
    {
        var text = System.Text.Encoding.UTF8.GetString(body.Span);
        var form = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(text);
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var (name, value) in form.Where(pair => pair.Key is not ("email" or "name" or "workspace") && !pair.Key.StartsWith("field.", StringComparison.Ordinal)))
                json.WriteString(name, value.ToString());
            json.WriteStartObject("requester");
            if (form.TryGetValue("email", out var email))
                json.WriteString("email", email.ToString());
            if (form.TryGetValue("name", out var called))
                json.WriteString("name", called.ToString());
            json.WriteEndObject();
            json.WriteStartObject("customFields");
            foreach (var (name, value) in form.Where(pair => pair.Key.StartsWith("field.", StringComparison.Ordinal)))
                json.WriteString(name["field.".Length..], value.ToString());
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }
}
