using System.ComponentModel.DataAnnotations;
using Helpdesk.Alerts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Alerts;

/// <summary>How one field is read.</summary>
/// <param name="From">JSON pointers (RFC 6901) into the report, such as <c>/event/id</c>; one that begins with <c>$</c>, such as <c>$/group</c>, into
/// the whole body. What is found is joined.</param>
/// <param name="Values">What is read, and what it means; <c>*</c> stands for everything else. Taken as it is when it is left out.</param>
/// <param name="Default">What it is where nothing is found.</param>
/// <param name="Join">What stands between the values of several pointers; a space when it is left out.</param>
/// <param name="First">Whether the first value that is found is all of it; false when it is left out.</param>
public sealed record AlertFieldBody(
    [property: MaxLength(10)] IReadOnlyList<string>? From,
    IReadOnlyDictionary<string, string>? Values,
    [property: MaxLength(1000)] string? Default,
    [property: MaxLength(20)] string? Join,
    bool? First
);

/// <summary>How JSON or a form is read.</summary>
/// <param name="Example">Name of a mapping that the desk brings along; what is said beside it takes the place of what that says.</param>
/// <param name="Items">Pointer to the list of reports in the body; the body is one report when it is left out.</param>
/// <param name="Fields">The fields of a report by name: <c>key</c>, <c>state</c> and <c>subject</c>, which are required, <c>description</c>,
/// <c>severity</c>, <c>startedAt</c>, <c>endedAt</c>, <c>link</c> and <c>id</c>. A state is <c>firing</c>, <c>resolved</c> or <c>ignored</c>.</param>
/// <param name="Labels">Labels by name.</param>
/// <param name="AllLabels">Pointer to an object whose members are all labels.</param>
/// <param name="Ignore">Pointers, and the values there by which a report is ignored, such as those of test messages.</param>
public sealed record AlertMappingBody(
    [property: MaxLength(40)] string? Example,
    [property: MaxLength(200)] string? Items,
    IReadOnlyDictionary<string, AlertFieldBody>? Fields,
    IReadOnlyDictionary<string, AlertFieldBody>? Labels,
    [property: MaxLength(200)] string? AllLabels,
    IReadOnlyDictionary<string, IReadOnlyList<string>>? Ignore
);

/// <summary>How reports prove where they come from, beside the secret address.</summary>
/// <param name="Scheme">Which scheme the sender uses.</param>
/// <param name="Header">The header that carries the signature; for <c>hmac-sha256</c> alone.</param>
public sealed record AlertSignatureBody(AlertSignatureScheme Scheme, [property: MaxLength(100)] string? Header);

/// <summary>How the episodes of a source are treated. What is left out is as usual.</summary>
/// <param name="AutoResolve">Whether a ticket that no person has touched resolves itself when all its episodes are over; true.</param>
/// <param name="FlapChanges">How many changes within <paramref name="FlapWithin"/> make an episode flap, so that its ticket stays open; 6.</param>
/// <param name="FlapWithin">PT30M.</param>
/// <param name="RefireWithin">Firing again within this time of an automatic resolution reopens the same ticket; PT1H.</param>
/// <param name="EarlyResolveFor">How long a report that something is over is kept whose beginning has not come yet; PT10M.</param>
/// <param name="StormAbove">More new episodes than this within a minute are a storm and share one ticket; 20.</param>
/// <param name="CorrelateWithin">How long after the last episode on a ticket another one with the same labels of <c>correlateBy</c> joins it;
/// PT30M.</param>
public sealed record EpisodeRulesBody(
    bool? AutoResolve,
    [property: Range(2, 1000)] int? FlapChanges,
    [property: DataType(DataType.Duration)] string? FlapWithin,
    [property: DataType(DataType.Duration)] string? RefireWithin,
    [property: DataType(DataType.Duration)] string? EarlyResolveFor,
    [property: Range(1, 10_000)] int? StormAbove,
    [property: DataType(DataType.Duration)] string? CorrelateWithin
);

/// <summary>How the tool of a source is told that somebody has acknowledged or resolved the ticket of an alert that still fires. Possible for
/// <c>alertmanager</c>, <c>grafana</c>, <c>pager-duty</c> and <c>datadog</c>.</summary>
/// <param name="Url">Where the tool's API begins: required for <c>alertmanager</c> and <c>grafana</c>, else for another region than the vendor's first
/// one, such as <c>https://api.eu.pagerduty.com</c> or <c>https://api.datadoghq.eu</c>.</param>
/// <param name="SecretSetting">Name of the app setting with the tool's key or token, which begins with <c>AlertSecrets__</c>; the key is never stored
/// here. Only Alertmanager may do without.</param>
/// <param name="ApplicationKeySetting">For <c>datadog</c>, where it is required: name of the app setting with the application key.</param>
/// <param name="User">For <c>pager-duty</c>, where it is required: the e-mail address of a user of PagerDuty. For <c>alertmanager</c>: the user of basic
/// authentication, whose password is the secret; without it the secret is a bearer token.</param>
/// <param name="SilenceFor">How long an acknowledged alert is kept silent at the most, PT5M to P7D; PT4H when it is left out. Not for
/// <c>pager-duty</c>.</param>
public sealed record AlertTellBody(
    [property: MaxLength(500)] string? Url,
    [property: MaxLength(100)] string? SecretSetting,
    [property: MaxLength(100)] string? ApplicationKeySetting,
    [property: MaxLength(254)] string? User,
    [property: DataType(DataType.Duration)] string? SilenceFor
)
{
    public static AlertTellBody? Of(AlertTell? it, AlertKind kind) =>
        it is null
            ? null
            : new(it.Url, it.SecretSetting, it.ApplicationKeySetting, it.User, AlertTellings.Silences(kind) ? IsoLength.Of(it.SilenceFor) : null);
}

/// <summary>A new alert source.</summary>
[Example("""{"name":"Prometheus","kind":"alertmanager","group":"it-support","correlateBy":["service"]}""")]
public sealed record AddAlertSourceBody
{
    /// <summary>The id to give it; made from the name when it is left out.</summary>
    [RegularExpression(SettingFields.IdPattern)]
    public string? Id { get; init; }

    /// <summary>The name that agents see.</summary>
    [MaxLength(100)]
    public required string Name { get; init; }

    /// <summary>Which tool reports.</summary>
    public required AlertKind Kind { get; init; }

    /// <summary>Id of the group that gets its tickets.</summary>
    public string? Group { get; init; }

    /// <summary>How its reports are read: required for <c>generic</c>, possible for <c>event-grid</c>, <c>cloud-events</c> and <c>sns</c>.</summary>
    public AlertMappingBody? Mapping { get; init; }

    /// <summary>Names of labels whose values put episodes of different sources onto one ticket.</summary>
    [MaxLength(10)]
    public IReadOnlyList<string>? CorrelateBy { get; init; }

    /// <summary>How reports prove where they come from; the secret address is proof enough when it is left out, and the secret as well.</summary>
    public AlertSignatureBody? Signature { get; init; }

    /// <summary>The secret of the signature; made by the desk when it is left out. Without a signature beside it, it is a bearer token, and for
    /// <c>pager-duty</c> the secret of its signature.</summary>
    [MinLength(8), MaxLength(200)]
    public string? Secret { get; init; }

    /// <summary>How its episodes are treated.</summary>
    public EpisodeRulesBody? Rules { get; init; }

    /// <summary>How often it says that it is alive, PT30S to P30D; for <c>heartbeat</c> alone, where it is required.</summary>
    [DataType(DataType.Duration)]
    public string? Every { get; init; }

    /// <summary>How its tool is told what becomes of the tickets; it is told nothing when it is left out.</summary>
    public AlertTellBody? Tell { get; init; }

    /// <summary>Whether its reports count; true when it is left out. Those of a source that is not active are recorded and ignored.</summary>
    public bool? Active { get; init; }
}

/// <summary>What is to be different about an alert source: a JSON merge patch (RFC 7396).</summary>
[Example("""{"group":"specialists","rules":{"autoResolve":false}}""")]
public sealed record ChangeAlertSourceBody
{
    /// <summary>The name that agents see.</summary>
    [MaxLength(100)]
    public string? Name { get; init; }

    /// <summary>Id of the group that gets its tickets; null for none.</summary>
    public string? Group { get; init; }

    /// <summary>How its reports are read, as a whole; null for what its kind says.</summary>
    public AlertMappingBody? Mapping { get; init; }

    /// <summary>Names of labels whose values put episodes of different sources onto one ticket; null for none.</summary>
    [MaxLength(10)]
    public IReadOnlyList<string>? CorrelateBy { get; init; }

    /// <summary>How reports prove where they come from, as a whole; null when the secret address is proof enough.</summary>
    public AlertSignatureBody? Signature { get; init; }

    /// <summary>A new secret of the signature. The one before is accepted for 24 hours more.</summary>
    [MinLength(8), MaxLength(200)]
    public string? Secret { get; init; }

    /// <summary>How its episodes are treated; null, or a null in it, for what is usual.</summary>
    public EpisodeRulesBody? Rules { get; init; }

    /// <summary>How often it says that it is alive; for <c>heartbeat</c> alone.</summary>
    [DataType(DataType.Duration)]
    public string? Every { get; init; }

    /// <summary>How its tool is told what becomes of the tickets, as a whole; null to tell it nothing.</summary>
    public AlertTellBody? Tell { get; init; }

    /// <summary>Whether its reports count. Those of a source that is not active are recorded and ignored.</summary>
    public bool? Active { get; init; }
}

/// <summary>How the reports of a source prove where they come from; its secret is never shown.</summary>
/// <param name="Scheme">Which scheme the sender uses.</param>
/// <param name="Header">The header that carries the signature; null where the scheme names it.</param>
/// <param name="PreviousUntil">Until when the secret before is accepted; null when it is not.</param>
public sealed record AlertSignatureView(AlertSignatureScheme Scheme, string? Header, DateTimeOffset? PreviousUntil);

/// <summary>How the episodes of a source are treated.</summary>
/// <param name="AutoResolve">Whether a ticket that no person has touched resolves itself when all its episodes are over.</param>
/// <param name="FlapChanges">How many changes within <paramref name="FlapWithin"/> make an episode flap, so that its ticket stays open.</param>
/// <param name="FlapWithin">The time in which changes are counted.</param>
/// <param name="RefireWithin">Firing again within this time of an automatic resolution reopens the same ticket.</param>
/// <param name="EarlyResolveFor">How long a report that something is over is kept whose beginning has not come yet.</param>
/// <param name="StormAbove">More new episodes than this within a minute are a storm and share one ticket.</param>
/// <param name="CorrelateWithin">How long after the last episode on a ticket another one with the same labels joins it.</param>
public sealed record EpisodeRulesView(
    bool AutoResolve,
    int FlapChanges,
    [property: DataType(DataType.Duration)] string FlapWithin,
    [property: DataType(DataType.Duration)] string RefireWithin,
    [property: DataType(DataType.Duration)] string EarlyResolveFor,
    int StormAbove,
    [property: DataType(DataType.Duration)] string CorrelateWithin
)
{
    public static EpisodeRulesView Of(EpisodeRules it) =>
        new(
            it.AutoResolve,
            it.FlapChanges,
            IsoLength.Of(it.FlapWithin),
            IsoLength.Of(it.RefireWithin),
            IsoLength.Of(it.EarlyResolveFor),
            it.StormAbove,
            IsoLength.Of(it.CorrelateWithin)
        );
}

/// <summary>An alert source.</summary>
/// <param name="Id">Names the source.</param>
/// <param name="Name">The name that agents see.</param>
/// <param name="Kind">Which tool reports.</param>
/// <param name="Group">Id of the group that gets its tickets; null for none.</param>
/// <param name="Mapping">How its reports are read; null where the kind says it all.</param>
/// <param name="CorrelateBy">Names of labels whose values put episodes of different sources onto one ticket.</param>
/// <param name="Signature">How reports prove where they come from; null when the secret address is proof enough.</param>
/// <param name="Rules">How its episodes are treated.</param>
/// <param name="Every">How often it says that it is alive; null for another kind than <c>heartbeat</c>.</param>
/// <param name="Tell">How its tool is told what becomes of the tickets; null where it is told nothing.</param>
/// <param name="Active">Whether its reports count.</param>
/// <param name="CreatedAt">When it was added.</param>
/// <param name="UpdatedAt">When it was changed last.</param>
public sealed record AlertSourceView(
    string Id,
    string Name,
    AlertKind Kind,
    string? Group,
    AlertMappingBody? Mapping,
    IReadOnlyList<string> CorrelateBy,
    AlertSignatureView? Signature,
    EpisodeRulesView Rules,
    [property: DataType(DataType.Duration)] string? Every,
    AlertTellBody? Tell,
    bool Active,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt
)
{
    public static AlertSourceView Of(AlertSource it) =>
        new(
            it.Id,
            it.Name,
            it.Kind,
            it.Group,
            AlertSourceFields.BodyOf(it.Mapping),
            it.CorrelateBy ?? [],
            it.Signature is { } signature ? new(signature.Scheme, signature.Header, signature.PreviousUntil) : null,
            EpisodeRulesView.Of(it.Rules ?? EpisodeRules.Standard),
            it.Every is { } every ? IsoLength.Of(every) : null,
            AlertTellBody.Of(it.Tell, it.Kind),
            it.Active,
            it.CreatedAt,
            it.UpdatedAt
        );
}

/// <summary>An alert source with what is shown this once.</summary>
/// <param name="Id">Names the source.</param>
/// <param name="IntakeUrl">The secret address to which its reports are posted.</param>
/// <param name="Secret">The secret of its signature where the desk has made it; null where it has not.</param>
/// <param name="Source">The source.</param>
public sealed record AlertSourceWithSecrets(string Id, string IntakeUrl, string? Secret, AlertSourceView Source);

/// <summary>A mapping that the desk brings along.</summary>
/// <param name="Name">What a source names it by: <c>"mapping": { "example": "zabbix" }</c>.</param>
/// <param name="About">What it reads.</param>
/// <param name="Mapping">The mapping, which a source can also be given in parts or changed.</param>
public sealed record AlertMappingExampleView(string Name, string About, AlertMappingBody Mapping);

/// <summary>What words for "how bad" mean for a ticket.</summary>
/// <param name="Priority">The priority.</param>
/// <param name="Words">The words, in whatever case.</param>
public sealed record AlertSeverityView(TicketPriority Priority, IReadOnlyList<string> Words);

/// <summary>The mappings that the desk brings along, and the severities that it knows.</summary>
/// <param name="Items">The mappings.</param>
/// <param name="Severities">The severities, the worst first.</param>
public sealed record AlertMappingExamplesView(IReadOnlyList<AlertMappingExampleView> Items, IReadOnlyList<AlertSeverityView> Severities);

/// <summary>Fields of alert sources that several requests have.</summary>
internal static class AlertSourceFields
{
    private static readonly AlertKind[] Mapped = [AlertKind.Generic, AlertKind.EventGrid, AlertKind.CloudEvents, AlertKind.Sns];

    public static IReadOnlyList<string>? CorrelateBy(FieldReader fields) =>
        fields.Texts("correlateBy", 10, 100) is { Count: > 0 } labels ? [.. labels.Distinct(StringComparer.Ordinal)] : null;

    public static string? Secret(FieldReader fields)
    {
        var secret = fields.Text("secret", 200);
        if (secret is not null && (secret.Length < 8 || secret.Any(letter => letter is <= ' ' or > '~')))
            fields.Wrong("secret", "must have 8 to 200 characters of ASCII, without spaces.");
        return secret;
    }

    public static AlertSignatureBody? Signature(FieldReader fields)
    {
        if (fields.Object("signature") is not { } signature)
            return null;
        var scheme = signature.OneOf<AlertSignatureScheme>("scheme", required: true);
        var header = signature.Text("header", 100);
        if (header is not null && !header.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_'))
            signature.Wrong("header", "must be the name of a header, such as X-Signature.");
        if (scheme == AlertSignatureScheme.HmacSha256 && header is null)
            signature.Wrong("header", "is required: say which header carries the signature.");
        if (scheme is not (null or AlertSignatureScheme.HmacSha256) && header is not null)
            signature.Wrong("header", "goes with hmac-sha256: the other schemes name theirs.");
        signature.Ends();
        return new(scheme ?? AlertSignatureScheme.Bearer, header);
    }

    public static AlertTell? Tell(FieldReader fields)
    {
        if (fields.Object("tell") is not { } tell)
            return null;
        static string? Some(string? text) => string.IsNullOrEmpty(text) ? null : text;
        var told = new AlertTell(
            Some(tell.Text("url", 500)),
            Some(tell.Text("secretSetting", 100)),
            Some(tell.Text("applicationKeySetting", 100)),
            Some(tell.Text("user", 254)),
            Length(tell, "silenceFor", TimeSpan.FromMinutes(5), TimeSpan.FromDays(7)) ?? AlertTell.UsualSilence
        );
        tell.Ends();
        return told;
    }

    public static TimeSpan? Every(FieldReader fields) => Length(fields, "every", TimeSpan.FromSeconds(30), TimeSpan.FromDays(30));

    /// <summary>The rules that are told, over those that hold.</summary>
    public static EpisodeRules? Rules(FieldReader fields, EpisodeRules? now)
    {
        if (fields.Object("rules") is not { } rules)
            return fields.Has("rules") ? null : now;
        var (known, usual) = (now ?? EpisodeRules.Standard, EpisodeRules.Standard);
        T Told<T>(string name, T held, T standard, Func<string, T?> read)
            where T : struct =>
            !rules.Has(name) ? held
            : rules.IsNull(name) ? standard
            : read(name) ?? held;
        TimeSpan Lasting(string name, TimeSpan held, TimeSpan standard, TimeSpan least, TimeSpan most) =>
            Told(name, held, standard, it => Length(rules, it, least, most));
        var (none, hour) = (TimeSpan.Zero, TimeSpan.FromHours(1));
        var told = known with
        {
            AutoResolve = Told("autoResolve", known.AutoResolve, usual.AutoResolve, rules.Flag),
            FlapChanges = Told("flapChanges", known.FlapChanges, usual.FlapChanges, name => rules.Whole(name, 2, 1000)),
            FlapWithin = Lasting("flapWithin", known.FlapWithin, usual.FlapWithin, TimeSpan.FromMinutes(1), 24 * hour),
            RefireWithin = Lasting("refireWithin", known.RefireWithin, usual.RefireWithin, none, 7 * 24 * hour),
            EarlyResolveFor = Lasting("earlyResolveFor", known.EarlyResolveFor, usual.EarlyResolveFor, none, 24 * hour),
            StormAbove = Told("stormAbove", known.StormAbove, usual.StormAbove, name => rules.Whole(name, 1, 10_000)),
            CorrelateWithin = Lasting("correlateWithin", known.CorrelateWithin, usual.CorrelateWithin, none, 24 * hour),
        };
        rules.Ends();
        return told == usual ? null : told;
    }

    public static AlertMapping? Mapping(FieldReader fields)
    {
        if (fields.Object("mapping") is not { } mapping)
            return null;
        var example = mapping.Text("example", 40);
        if (example is not null && AlertMappingExamples.Find(example) is null)
            mapping.Wrong("example", $"must be one of {string.Join(", ", AlertMappingExamples.All.Select(one => one.Name))}.");
        var read = new AlertMapping
        {
            Example = example,
            Items = Pointer(mapping, "items", whole: false),
            Fields = Fields(mapping, "fields", AlertMappings.Fields.Keys),
            Labels = Fields(mapping, "labels", null),
            AllLabels = Pointer(mapping, "allLabels", whole: true),
            Ignore = Ignore(mapping),
        };
        if (read.Fields.TryGetValue("state", out var state))
            CheckStates(mapping, state);
        mapping.Ends();
        var missing = AlertMappings.Required.Except(AlertMappingExamples.Resolve(read).Fields.Keys, StringComparer.Ordinal).ToList();
        if (missing.Count > 0)
            mapping.Wrong("fields", $"must say how {string.Join(", ", missing)} {(missing.Count == 1 ? "is" : "are")} read.");
        return read;
    }

    /// <summary>Whether what a source is told goes with its kind.</summary>
    public static void Check(AlertSource source)
    {
        var errors = new Dictionary<string, string[]>(StringComparer.Ordinal);
        void Wrong(string field, string problem) => errors[field] = [$"{field} {problem}"];
        if (source.Kind == AlertKind.Generic && source.Mapping is null)
            Wrong("mapping", "is required for generic: say how a report is read, or name an example such as {\"example\":\"zabbix\"}.");
        if (source.Mapping is not null && !Mapped.Contains(source.Kind))
            Wrong("mapping", $"goes with {string.Join(", ", Mapped.Select(WireName<AlertKind>.Of))}: this kind is read by what it says itself.");
        if (source.Kind == AlertKind.Heartbeat && source.Every is null)
            Wrong("every", "is required for heartbeat: say how often it tells that it is alive, such as PT5M.");
        if (source.Kind != AlertKind.Heartbeat && source.Every is not null)
            Wrong("every", "goes with heartbeat alone.");
        if (source.Signature?.Scheme == AlertSignatureScheme.Sns && source.Kind != AlertKind.Sns)
            Wrong("signature", "can be sns for the kind sns alone.");
        if (source.Signature?.Scheme == AlertSignatureScheme.Sns && source.Signature.Secret.Length > 0)
            Wrong("secret", "does not go with sns, which signs by a certificate.");
        if (source.Tell is { } tell)
            CheckTell(source.Kind, tell, Wrong);
        if (errors.Count > 0)
            throw new InvalidRequestException(errors);
    }

    private static void CheckTell(AlertKind kind, AlertTell tell, Action<string, string> wrong)
    {
        var (isGrafana, isAlertmanager) = (kind == AlertKind.Grafana, kind == AlertKind.Alertmanager);
        if (!AlertTellings.Tools.Contains(kind))
            wrong("tell", $"goes with {string.Join(", ", AlertTellings.Tools.Select(WireName<AlertKind>.Of))}: other tools are told nothing.");
        if (tell.Url is null && (isGrafana || isAlertmanager))
            wrong("tell.url", "is required: say where the tool's API is, such as https://alertmanager.example.com.");
        if (tell.SecretSetting is null && !isAlertmanager)
            wrong("tell.secretSetting", $"is required: name the app setting with the key, such as {AlertSecrets.Prefix}Key.");
        if (tell.ApplicationKeySetting is null == (kind == AlertKind.Datadog))
            wrong("tell.applicationKeySetting", kind == AlertKind.Datadog ? "is required for datadog." : "goes with datadog alone.");
        if (kind == AlertKind.PagerDuty && (tell.User is null || !SettingFields.IsEmail(tell.User)))
            wrong("tell.user", "must be the e-mail address of a user of PagerDuty, in whose name incidents are changed.");
        if (kind != AlertKind.PagerDuty && tell.User is { } user && (!isAlertmanager || user.Contains(':', StringComparison.Ordinal)))
            wrong("tell.user", "goes with pager-duty and alertmanager, and has no colon.");
        if (isAlertmanager && tell is { User: not null, SecretSetting: null })
            wrong("tell.secretSetting", "is required with tell.user: name the app setting with the password.");
    }

    public static AlertMappingBody? BodyOf(AlertMapping? it) =>
        it is null
            ? null
            : new(
                it.Example,
                it.Items,
                it.Fields.Count > 0 || it.Example is null ? it.Fields.ToDictionary(field => field.Key, field => BodyOf(field.Value)) : null,
                it.Labels.Count > 0 ? it.Labels.ToDictionary(field => field.Key, field => BodyOf(field.Value)) : null,
                it.AllLabels,
                it.Ignore
            );

    private static AlertFieldBody BodyOf(AlertFieldMapping it) => new(it.From, it.Values, it.Default, it.Join, it.First ? true : null);

    private static Dictionary<string, IReadOnlyList<string>>? Ignore(FieldReader mapping)
    {
        if (mapping.Object("ignore") is not { } ignore)
            return null;
        var read = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var pointer in ignore.Names().Take(10))
        {
            if (pointer.Length > 200 || ProblemOf(pointer) is not null)
                ignore.Wrong(PlainText.Head(pointer, 100), ProblemOf(pointer) ?? "is too long.");
            else if (ignore.Texts(pointer, 50, 200) is { Count: > 0 } values)
                read[pointer] = values;
        }

        if (ignore.Names().Count > 10)
            mapping.Wrong("ignore", "may have at most 10 entries.");
        return read.Count > 0 ? read : null;
    }

    private static string? ProblemOf(string pointer) => JsonPointers.ProblemOf(pointer.StartsWith('$') ? pointer[1..] : pointer);

    private static Dictionary<string, AlertFieldMapping> Fields(FieldReader mapping, string name, IEnumerable<string>? names)
    {
        var read = new Dictionary<string, AlertFieldMapping>(StringComparer.Ordinal);
        if (mapping.Object(name) is not { } fields)
            return read;
        // Asking for each known name has the others named as wrong.
        var given = names is null ? fields.Names() : [.. names.Where(fields.Has)];
        if (given.Count > AlertReports.MostLabels)
            mapping.Wrong(name, $"may have at most {AlertReports.MostLabels} entries.");
        foreach (var field in given.Take(AlertReports.MostLabels))
        {
            if (field.Length is 0 or > 100)
                fields.Wrong(PlainText.Head(field, 100), "needs a name of 1 to 100 characters.");
            else if (fields.Object(field, required: true) is { } how)
                read[field] = Field(how);
        }

        if (names is not null)
            fields.Ends();
        return read;
    }

    private static AlertFieldMapping Field(FieldReader how)
    {
        var from = how.Texts("from", 10, 200, ProblemOf) ?? [];
        var values = how.Values("values", patch: false);
        var standard = how.Text("default", 1000);
        if (from.Count == 0 && standard is null)
            how.Wrong("from", "or default is required.");
        var join = how.Text("join", 20, lines: true, exact: true);
        var first = !how.IsNull("first") && how.Flag("first") == true;
        how.Ends();
        return new(
            from,
            values is { Count: > 0 } ? values.ToDictionary(value => value.Key, value => AlertMappings.TextOf(value.Value) ?? "") : null,
            string.IsNullOrEmpty(standard) ? null : standard,
            join,
            first
        );
    }

    private static void CheckStates(FieldReader mapping, AlertFieldMapping state)
    {
        string[] known = ["firing", "resolved", "ignored"];
        foreach (var value in (state.Values ?? new Dictionary<string, string>()).Values.Append(state.Default).OfType<string>().Distinct())
        {
            if (!known.Contains(value, StringComparer.Ordinal))
                mapping.Wrong("fields.state", $"leads to \"{value}\": a state is firing, resolved or ignored.");
        }
    }

    private static string? Pointer(FieldReader fields, string name, bool whole)
    {
        if (fields.Text(name, 200) is not { } pointer)
            return null;
        if (JsonPointers.ProblemOf(whole && pointer.StartsWith('$') ? pointer[1..] : pointer) is { } problem)
            fields.Wrong(name, problem);
        return pointer;
    }

    private static TimeSpan? Length(FieldReader fields, string name, TimeSpan least, TimeSpan most)
    {
        var length = fields.Length(name);
        if (length < least || length > most)
            fields.Wrong(name, $"must be a length from {IsoLength.Of(least)} to {IsoLength.Of(most)}.");
        return length;
    }
}
