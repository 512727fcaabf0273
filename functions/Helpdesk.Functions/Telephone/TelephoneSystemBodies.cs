using System.ComponentModel.DataAnnotations;
using Helpdesk.Alerts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Telephone;

namespace Helpdesk.Functions.Telephone;

/// <summary>How one field of a call is read.</summary>
/// <param name="From">JSON pointers (RFC 6901), such as <c>/call/id</c>; for a form, <c>/</c> and the field's name. What is found is joined.</param>
/// <param name="Values">What is read, and what it means; <c>*</c> stands for everything else. Taken as it is when it is left out.</param>
/// <param name="Default">What it is where nothing is found.</param>
public sealed record CallFieldBody(
    [property: MaxLength(10)] IReadOnlyList<string>? From,
    IReadOnlyDictionary<string, string>? Values,
    [property: MaxLength(200)] string? Default
);

/// <summary>How JSON or a form is read.</summary>
/// <param name="Fields">The fields of <c>POST /api/intake/call</c> by name: <c>from</c>, and one of <c>outcome</c> and <c>duration</c>, are required. An
/// outcome or direction <c>ignored</c> is not logged.</param>
public sealed record CallMappingBody(IReadOnlyDictionary<string, CallFieldBody>? Fields);

/// <summary>Who is at an extension.</summary>
/// <param name="Extension">What the system says of who spoke: an extension, a user, a SIP name.</param>
/// <param name="Agent">Id of the agent.</param>
public sealed record ExtensionBody([property: MaxLength(254)] string Extension, [property: MaxLength(40)] string Agent);

/// <summary>A new telephone system.</summary>
[Example("""{"name":"Head office","kind":"sipgate","group":"it-support","extensions":[{"extension":"w0","agent":"ada"}]}""")]
public sealed record AddTelephoneSystemBody
{
    /// <summary>The id to give it; made from the name when it is left out.</summary>
    [RegularExpression(SettingFields.IdPattern)]
    public string? Id { get; init; }

    /// <summary>The name that agents see.</summary>
    [MaxLength(100)]
    public required string Name { get; init; }

    /// <summary>Which telephone system reports.</summary>
    public required TelephoneKind Kind { get; init; }

    /// <summary>Id of the group that gets its tickets.</summary>
    public string? Group { get; init; }

    /// <summary>Who is at which extension.</summary>
    [MaxLength(TelephoneSystemFields.MostExtensions)]
    public IReadOnlyList<ExtensionBody>? Extensions { get; init; }

    /// <summary>How its JSON or form is read; for <c>generic</c> alone, where it is required.</summary>
    public CallMappingBody? Mapping { get; init; }

    /// <summary>By which the system signs: Twilio's auth token, Placetel's shared secret; a bearer token for <c>threecx</c> and <c>generic</c>. Not for
    /// <c>sipgate</c>, whose secret address is its proof.</summary>
    [MinLength(4), MaxLength(200)]
    public string? Secret { get; init; }
}

/// <summary>What is to be different about a telephone system: a JSON merge patch (RFC 7396).</summary>
[Example("""{"group":"specialists","extensions":[{"extension":"w0","agent":"ada"}]}""")]
public sealed record ChangeTelephoneSystemBody
{
    /// <summary>The name that agents see.</summary>
    [MaxLength(100)]
    public string? Name { get; init; }

    /// <summary>Id of the group that gets its tickets; null for none.</summary>
    public string? Group { get; init; }

    /// <summary>Who is at which extension, as a whole; null for nobody.</summary>
    [MaxLength(TelephoneSystemFields.MostExtensions)]
    public IReadOnlyList<ExtensionBody>? Extensions { get; init; }

    /// <summary>How its JSON or form is read, as a whole.</summary>
    public CallMappingBody? Mapping { get; init; }

    /// <summary>By which the system signs; null when the secret address is proof enough.</summary>
    [MinLength(4), MaxLength(200)]
    public string? Secret { get; init; }
}

/// <summary>A telephone system.</summary>
/// <param name="Id">Names it.</param>
/// <param name="Name">The name that agents see.</param>
/// <param name="Kind">Which telephone system reports.</param>
/// <param name="Group">Id of the group that gets its tickets; null for none.</param>
/// <param name="Extensions">Who is at which extension.</param>
/// <param name="Mapping">How its JSON or form is read; null where the kind says it all.</param>
/// <param name="Signed">Whether it has a secret by which it signs; the secret itself is never shown.</param>
/// <param name="CreatedAt">When it was added.</param>
public sealed record TelephoneSystemView(
    string Id,
    string Name,
    TelephoneKind Kind,
    string? Group,
    IReadOnlyList<ExtensionBody> Extensions,
    CallMappingBody? Mapping,
    bool Signed,
    DateTimeOffset CreatedAt
)
{
    public static TelephoneSystemView Of(TelephoneSystem it) =>
        new(
            it.Id,
            it.Name,
            it.Kind,
            it.Group,
            [.. (it.Extensions ?? new Dictionary<string, string>()).Select(one => new ExtensionBody(one.Key, one.Value))],
            it.Fields is null
                ? null
                : new(it.Fields.ToDictionary(field => field.Key, field => new CallFieldBody(field.Value.From, field.Value.Values, field.Value.Default))),
            it.Secret is not null,
            it.CreatedAt
        );
}

/// <summary>A telephone system with its secret address.</summary>
/// <param name="Id">Names it.</param>
/// <param name="IntakeUrl">The address that the system posts to. Whoever knows it can log calls; it is shown here and nowhere else.</param>
/// <param name="System">The system.</param>
public sealed record TelephoneSystemWithSecret(string Id, string IntakeUrl, TelephoneSystemView System);

/// <summary>Reads telephone systems.</summary>
internal static class TelephoneSystemFields
{
    public const int MostExtensions = 500;

    /// <summary>What is said of a system in a request, put onto one.</summary>
    public static Func<TelephoneSystem, TelephoneSystem> Read(FieldReader fields)
    {
        var name = fields.Text("name", 100, required: fields.Has("name"));
        var group = fields.Text("group", 40);
        var extensions = fields.Objects("extensions", MostExtensions) is { } given ? Extensions(given) : null;
        var mapping = fields.Object("mapping") is { } mapped ? Mapping(mapped) : null;
        var secret = fields.Text("secret", 200);
        if (secret is { Length: > 0 and < 4 })
            fields.Wrong("secret", "must have at least 4 characters.");
        var (hasGroup, hasExtensions, hasMapping, hasSecret) = (fields.Has("group"), fields.Has("extensions"), fields.Has("mapping"), fields.Has("secret"));
        return it =>
            it with
            {
                Name = name ?? it.Name,
                Group =
                    !hasGroup ? it.Group
                    : string.IsNullOrEmpty(group) ? null
                    : group,
                Extensions = hasExtensions ? extensions : it.Extensions,
                Fields = hasMapping ? mapping : it.Fields,
                Secret =
                    !hasSecret ? it.Secret
                    : string.IsNullOrEmpty(secret) ? null
                    : secret,
            };
    }

    /// <summary>400 for what cannot be together.</summary>
    public static void Check(TelephoneSystem system)
    {
        if (system.Kind == TelephoneKind.Sipgate && system.Secret is not null)
            throw new InvalidRequestException("secret", "secret is not for sipgate, which signs with none: its secret address is its proof.");
        if (system.Kind != TelephoneKind.Generic && system.Fields is not null)
            throw new InvalidRequestException("mapping", "mapping goes with \"kind\": \"generic\": what the other kinds send is known.");
        if (system.Kind == TelephoneKind.Generic && system.Fields?.ContainsKey("from") != true)
            throw new InvalidRequestException("mapping", "mapping must say where from is read.");
        if (system.Kind == TelephoneKind.Generic && system.Fields?.ContainsKey("outcome") != true && system.Fields?.ContainsKey("duration") != true)
            throw new InvalidRequestException("mapping", "mapping must say where outcome or duration is read.");
    }

    private static Dictionary<string, string> Extensions(IReadOnlyList<FieldReader> given)
    {
        var extensions = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var one in given)
        {
            var (extension, agent) = (one.Text("extension", 254, required: true), one.Text("agent", 40, required: true));
            one.Ends();
            if (extension is not null && agent is not null)
                extensions[extension] = agent;
        }

        return extensions;
    }

    private static Dictionary<string, AlertFieldMapping> Mapping(FieldReader body)
    {
        var mapping = new Dictionary<string, AlertFieldMapping>(StringComparer.Ordinal);
        var fields = body.Object("fields", required: true);
        body.Ends();
        foreach (var name in fields?.Names() ?? [])
        {
            if (!TelephoneReports.Fields.Contains(name, StringComparer.Ordinal))
            {
                body.Wrong("fields", $"names {PlainText.Head(name, 60)}: they are {string.Join(", ", TelephoneReports.Fields)}.");
                continue;
            }

            if (fields!.Object(name, required: true) is not { } field)
                continue;
            var from = field.Texts("from", 10, 200, JsonPointers.ProblemOf) ?? [];
            var values = field.Object("values") is { } meant ? Values(meant) : null;
            var missing = field.Text("default", 200);
            field.Ends();
            if (from.Count == 0 && missing is null)
                field.Wrong("from", "is required where there is no default.");
            mapping[name] = new(from, values, missing);
        }

        return mapping;
    }

    private static Dictionary<string, string> Values(FieldReader meant)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var read in meant.Names())
        {
            if (meant.Text(read, 200, required: true) is { } value)
                values[read] = value;
        }

        return values;
    }
}
