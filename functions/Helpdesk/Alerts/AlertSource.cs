using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Tickets;

namespace Helpdesk.Alerts;

/// <summary>A monitoring tool that reports to a workspace.</summary>
public sealed record AlertSource
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required AlertKind Kind { get; init; }

    /// <summary>Id of the group that gets its tickets; null for none.</summary>
    public string? Group { get; init; }

    /// <summary>How a body of the tool's is read; null where the kind says it all.</summary>
    public AlertMapping? Mapping { get; init; }

    /// <summary>Names of labels whose values put episodes of different sources onto one ticket; null for none.</summary>
    public IReadOnlyList<string>? CorrelateBy { get; init; }

    /// <summary>SHA-256 of the key in its secret address, in hexadecimal digits.</summary>
    public required string KeyHash { get; init; }

    /// <summary>How reports prove where they come from; null for a source whose secret address is proof enough.</summary>
    public AlertSignature? Signature { get; init; }

    /// <summary>How episodes of it are treated; null for <see cref="EpisodeRules.Standard"/>.</summary>
    public EpisodeRules? Rules { get; init; }

    /// <summary>For <see cref="AlertKind.Heartbeat"/>: how often it says that it is alive.</summary>
    public TimeSpan? Every { get; init; }

    /// <summary>How its tool is told what becomes of the tickets; null for a tool that is told nothing.</summary>
    public AlertTell? Tell { get; init; }

    /// <summary>A source that is not active takes nothing: its reports are recorded and ignored.</summary>
    public bool Active { get; init; } = true;
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>Which tool reports, and so in which format.</summary>
[JsonConverter(typeof(WireNameConverter<AlertKind>))]
public enum AlertKind
{
    AzureMonitor,
    EventGrid,
    CloudEvents,
    Alertmanager,
    Grafana,
    Datadog,
    PagerDuty,
    UptimeKuma,
    StatusCake,

    /// <summary>Amazon SNS, with CloudWatch alarms or anything else in its messages.</summary>
    Sns,

    /// <summary>JSON of any tool, read by the mapping of the source.</summary>
    Generic,

    /// <summary>Anything at all says "I am alive"; silence is the alert.</summary>
    Heartbeat,
}

/// <summary>How a report proves where it comes from.</summary>
/// <param name="Scheme">Which scheme the sender uses.</param>
/// <param name="Secret">The shared secret or bearer token; empty for <see cref="AlertSignatureScheme.Sns"/>, which has none.</param>
/// <param name="Header">For <see cref="AlertSignatureScheme.HmacSha256"/>: the header that carries the signature.</param>
/// <param name="Previous">The secret before this one, which is accepted until <paramref name="PreviousUntil"/>; null for none.</param>
public sealed record AlertSignature(
    AlertSignatureScheme Scheme,
    string Secret,
    string? Header = null,
    string? Previous = null,
    DateTimeOffset? PreviousUntil = null
)
{
    /// <summary>How long the secret before is accepted when there is a new one, so that both sides need not change at once.</summary>
    public static TimeSpan Rotation { get; } = TimeSpan.FromHours(24);

    /// <summary>The secrets that are good at that time, the newest first.</summary>
    public IEnumerable<string> SecretsAt(DateTimeOffset now) => Previous is not null && now < PreviousUntil ? [Secret, Previous] : [Secret];

    /// <summary>The same with a new secret; the one before is accepted a while longer.</summary>
    public AlertSignature With(string secret, DateTimeOffset now) =>
        secret == Secret ? this
        : Secret.Length == 0 ? this with { Secret = secret }
        : this with { Secret = secret, Previous = Secret, PreviousUntil = now + Rotation };
}

/// <summary>Schemes by which senders prove who they are.</summary>
[JsonConverter(typeof(WireNameConverter<AlertSignatureScheme>))]
public enum AlertSignatureScheme
{
    /// <summary><c>Authorization: Bearer</c> with the secret.</summary>
    Bearer,

    /// <summary>The hexadecimal or base64 HMAC-SHA256 of the body in a header, with or without <c>sha256=</c> or <c>v1=</c> before it.</summary>
    HmacSha256,

    /// <summary>PagerDuty's <c>X-PagerDuty-Signature</c>.</summary>
    PagerDuty,

    /// <summary>The signature in the messages of Amazon SNS, by a certificate of Amazon's.</summary>
    Sns,
}

/// <summary>Reads JSON of any tool: JSON pointers (RFC 6901), value maps and defaults.</summary>
/// <remarks>A pointer leads into the report; one that begins with <c>$</c>, such as <c>$/group</c>, into the whole body.</remarks>
public sealed record AlertMapping
{
    /// <summary>Name of a mapping that the desk brings along; what is said here beside it takes the place of what that says. Null for none.</summary>
    public string? Example { get; init; }

    /// <summary>Pointer to the list of reports in the body; null where the body is one report.</summary>
    public string? Items { get; init; }

    /// <summary>Each field of a report, by its name: <c>key</c>, <c>state</c>, <c>subject</c>, <c>description</c>, <c>severity</c>, <c>startedAt</c>,
    /// <c>endedAt</c>, <c>link</c>, <c>id</c>. A state is <c>firing</c>, <c>resolved</c> or <c>ignored</c>.</summary>
    public IReadOnlyDictionary<string, AlertFieldMapping> Fields { get; init; } = new Dictionary<string, AlertFieldMapping>();

    /// <summary>Labels by name, and how each is read.</summary>
    public IReadOnlyDictionary<string, AlertFieldMapping> Labels { get; init; } = new Dictionary<string, AlertFieldMapping>();

    /// <summary>Pointer to an object whose members are all labels; null for none.</summary>
    public string? AllLabels { get; init; }

    /// <summary>Pointers, and the values there by which a report is ignored, such as those of test messages; null for none.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Ignore { get; init; }
}

/// <summary>How one field is read.</summary>
/// <param name="From">JSON pointers; the values found are joined by <paramref name="Join"/>, or the first of them is taken.</param>
/// <param name="Values">What is read, and what it means; <c>*</c> for everything else. Null takes it as it is.</param>
/// <param name="Default">What it is where nothing is found.</param>
/// <param name="Join">What stands between the values of several pointers; null for a space.</param>
/// <param name="First">Whether the first value that is found is all of it.</param>
public sealed record AlertFieldMapping(
    IReadOnlyList<string> From,
    IReadOnlyDictionary<string, string>? Values = null,
    string? Default = null,
    string? Join = null,
    bool First = false
);

/// <summary>How the episodes of a source are treated.</summary>
public sealed record EpisodeRules
{
    public static EpisodeRules Standard { get; } = new();

    /// <summary>Whether a ticket that no person has touched resolves itself when all its episodes are over.</summary>
    public bool AutoResolve { get; init; } = true;

    /// <summary>How many changes within <see cref="FlapWithin"/> make an episode flap, so that its ticket stays open.</summary>
    public int FlapChanges { get; init; } = 6;
    public TimeSpan FlapWithin { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Firing again within this time of an automatic resolution reopens the same ticket.</summary>
    public TimeSpan RefireWithin { get; init; } = TimeSpan.FromMinutes(60);

    /// <summary>How long a report that something is over is kept whose beginning has not come yet.</summary>
    public TimeSpan EarlyResolveFor { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>More new episodes than this within a minute are a storm and share one ticket.</summary>
    public int StormAbove { get; init; } = 20;

    /// <summary>How long after the last episode on a ticket another one with the same correlation labels joins it.</summary>
    public TimeSpan CorrelateWithin { get; init; } = TimeSpan.FromMinutes(30);
}
