using System.Text;
using System.Text.Json.Nodes;
using Helpdesk.Functions.Hosting;

namespace Helpdesk.Functions.Configuration;

/// <summary>
/// All that a workspace has been told, or some of it: a section for each kind of setting, in it the settings by their id. What is in a section are all
/// settings of that kind; a section that is left out is left as it is, and so is a field that is left out.
/// </summary>
/// <param name="Format">The form of the document: 1.</param>
/// <param name="Secrets">The values of secrets, by the name that the document gives them. Nothing ever shows them.</param>
/// <param name="Calendars">Calendars of business hours.</param>
/// <param name="Groups">Groups of agents.</param>
/// <param name="Agents">Agents.</param>
/// <param name="Policies">SLA policies.</param>
/// <param name="Webhooks">Subscriptions to ticket events.</param>
/// <param name="Mailboxes">Mailboxes.</param>
/// <param name="MailSettings">How mails are written.</param>
/// <param name="MailTemplates">The workspace's own words of mails.</param>
/// <param name="Suppressions">Addresses to which, as an agent said, no mail goes.</param>
/// <param name="BlockedSenders">Addresses and domains whose mails are set aside.</param>
/// <param name="Chat">The web chat.</param>
/// <param name="Forms">Forms for requests.</param>
/// <param name="AlertSources">Monitoring tools that report here.</param>
/// <param name="MaintenanceWindows">Times in which alerts open no tickets.</param>
/// <param name="TelephoneSystems">Telephone systems that report here.</param>
/// <param name="Automations">Automations.</param>
/// <param name="Macros">Macros that are shared.</param>
/// <param name="Views">Views that are shared.</param>
/// <param name="ArticleCategories">Categories of articles.</param>
/// <param name="ReportSchedules">Reports that are mailed.</param>
/// <param name="Closing">When tickets are closed.</param>
/// <param name="Satisfaction">How requesters are asked how it was.</param>
/// <param name="Knowledge">How articles come before readers.</param>
/// <param name="Synonyms">Which words mean the same in search.</param>
/// <param name="Portal">How the pages for requesters look, without the picture.</param>
/// <param name="Contacts">How telephone numbers are read.</param>
/// <param name="Retention">How long things are kept.</param>
/// <param name="Prices">Prices by which costs are counted; in the home workspace only.</param>
[Example("""{"format":1,"groups":{"it-support":{"name":"IT support","tier":1,"escalatesTo":null,"calendar":null,"routing":null}}}""")]
public sealed record ConfigurationBody(
    int? Format,
    IReadOnlyDictionary<string, string>? Secrets,
    object? Calendars,
    object? Groups,
    object? Agents,
    object? Policies,
    object? Webhooks,
    object? Mailboxes,
    object? MailSettings,
    object? MailTemplates,
    object? Suppressions,
    object? BlockedSenders,
    object? Chat,
    object? Forms,
    object? AlertSources,
    object? MaintenanceWindows,
    object? TelephoneSystems,
    object? Automations,
    object? Macros,
    object? Views,
    object? ArticleCategories,
    object? ReportSchedules,
    object? Closing,
    object? Satisfaction,
    object? Knowledge,
    object? Synonyms,
    object? Portal,
    object? Contacts,
    object? Retention,
    object? Prices
);

/// <summary>A configuration as it was sent: its sections, and the secrets that came with it.</summary>
/// <param name="Hash">Tells it from any other document.</param>
public sealed record ConfigurationDocument(JsonObject Sections, IReadOnlyDictionary<string, string> Secrets, string Hash) : IFromRequest<ConfigurationDocument>
{
    /// <summary>The form of documents that is read and written.</summary>
    public const int Format = 1;

    /// <summary>The largest document, in bytes.</summary>
    public const int Limit = 2 * 1024 * 1024;

    private const int MostSecrets = 500;

    public static async ValueTask<ConfigurationDocument> ReadAsync(HttpContext context)
    {
        var type = context.Request.ContentType;
        if (type is not null && !type.Contains("json", StringComparison.OrdinalIgnoreCase))
            throw new InvalidRequestException(StatusCodes.Status415UnsupportedMediaType, "json-expected", "Send the body as application/json.");
        return Read(TextEncodings.ToUtf8(await RequestBody.ReadAsync(context, Limit), type));
    }

    /// <summary>Reads a document; 400 with the place of each thing that is wrong.</summary>
    public static ConfigurationDocument Read(ReadOnlyMemory<byte> bytes)
    {
        var raw = FieldReader.Parse(bytes).Raw();
        if (TextEncodings.HasLoneSurrogate(raw.Span, namesOnly: false))
            throw new InvalidRequestException(
                StatusCodes.Status400BadRequest,
                "malformed-json",
                "The document contains half of a character (a lone surrogate)."
            );
        var document = JsonNode.Parse(raw.Span)!.AsObject();
        var (errors, secrets) = (new SortedDictionary<string, string[]>(StringComparer.Ordinal), new Dictionary<string, string>(StringComparer.Ordinal));
        foreach (var (name, value) in document.ToList())
        {
            var at = JsonPlace.Of(name);
            if (name == "format")
            {
                if (value is not JsonValue number || !number.TryGetValue<int>(out var format) || format != Format)
                    errors[at] = [$"format must be {Format}: this desk reads no other form of documents."];
                document.Remove(name);
            }
            else if (name == "secrets")
            {
                ReadSecrets(value, secrets, errors);
                document.Remove(name);
            }
            else if (ConfigurationSections.Find(name) is not { } section)
                errors[at] = [$"\"{Shortened(name)}\" is no section: there are {string.Join(", ", ConfigurationSections.All.Select(one => one.Name))}."];
            else
                Check(section, value, errors);
        }

        if (errors.Count > 0)
            throw new InvalidRequestException(errors);
        return new(document, secrets, Hashes.Short(raw.Span));
    }

    private static void Check(ConfigurationSection section, JsonNode? value, SortedDictionary<string, string[]> errors)
    {
        if (value is not JsonObject settings)
        {
            errors[JsonPlace.Of(section.Name)] = [$"{section.Name} must be an object{(section.IsSingle ? "." : " of settings, by their id.")}"];
            return;
        }

        if (section.IsSingle)
        {
            CheckFields(section, settings, errors, section.Name);
            return;
        }

        foreach (var (id, setting) in settings)
        {
            if (setting is JsonObject fields)
                CheckFields(section, fields, errors, section.Name, id);
            else
                errors[JsonPlace.Of(section.Name, id)] = ["must be an object with the fields of a setting; a setting that is not there at all is removed."];
        }
    }

    private static void CheckFields(ConfigurationSection section, JsonObject fields, SortedDictionary<string, string[]> errors, params string[] path)
    {
        foreach (var (name, value) in fields)
        {
            var at = JsonPlace.Of([.. path, name]);
            if (!section.Takes(name))
                errors[at] = [$"\"{Shortened(name)}\" is no field of {section.Name}: there are {string.Join(", ", section.Fields)}."];
            else if (name == ConfigurationSection.Secret && value is not null && SecretName(value) is null)
                errors[at] = [$"must be the name of a secret, such as {{\"secret\": \"{string.Join('/', path)}/secret\"}}: its value belongs into secrets."];
        }
    }

    private static void ReadSecrets(JsonNode? value, Dictionary<string, string> secrets, SortedDictionary<string, string[]> errors)
    {
        if (value is not JsonObject named || named.Count > MostSecrets)
        {
            errors["/secrets"] = [$"secrets must be an object of texts by their names, at most {MostSecrets}."];
            return;
        }

        foreach (var (name, text) in named)
        {
            if (text is JsonValue one && one.TryGetValue<string>(out var secret) && secret.Length > 0)
                secrets[name] = secret;
            else
                errors[JsonPlace.Of("secrets", name)] = ["must be a text."];
        }
    }

    /// <summary>The name of a secret where a value gives one; null for any other value.</summary>
    internal static string? SecretName(JsonNode? value) =>
        value is JsonObject { Count: 1 } named && named[ConfigurationSection.Secret] is JsonValue name && name.TryGetValue<string>(out var text) ? text : null;

    private static string Shortened(string name) => name.Length <= 40 ? name : $"{name[..40]}…";
}

/// <summary>Places in a document, as JSON pointers (RFC 6901).</summary>
internal static class JsonPlace
{
    public static string Of(params IReadOnlyList<string> path)
    {
        var place = new StringBuilder();
        foreach (var part in path)
            place.Append('/').Append(part.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal));
        return place.ToString();
    }

    /// <summary>The place of a field that an operation names its own way, such as <c>steps[0].notify</c>.</summary>
    public static string Field(string place, string field) =>
        field.Length == 0
            ? place
            : $"{place}/{field.Replace("[", "/", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal).Replace('.', '/')}";
}
