using System.Text.Json.Serialization;
using Helpdesk.Tickets;

namespace Helpdesk.Alerts;

/// <summary>How a monitoring tool is told what becomes of the tickets of its alerts.</summary>
/// <param name="Url">Where its API begins; null for the vendor's own address.</param>
/// <param name="SecretSetting">Name of the app setting with the key or token; null for a tool that asks for none.</param>
/// <param name="ApplicationKeySetting">For Datadog: name of the app setting with the application key.</param>
/// <param name="User">For PagerDuty: the e-mail address of the user in whose name it is told. For Alertmanager: the user that goes with the secret.</param>
/// <param name="SilenceFor">How long an acknowledged alert is kept silent at the most.</param>
public sealed record AlertTell(string? Url, string? SecretSetting, string? ApplicationKeySetting, string? User, TimeSpan SilenceFor)
{
    /// <summary>How long an acknowledged alert is kept silent where nobody says.</summary>
    public static TimeSpan UsualSilence { get; } = TimeSpan.FromHours(4);
}

/// <summary>What a tool is told.</summary>
[JsonConverter(typeof(WireNameConverter<AlertTellingKind>))]
public enum AlertTellingKind
{
    /// <summary>Somebody has taken notice of the ticket.</summary>
    Acknowledged,

    /// <summary>Somebody has resolved the ticket, though the alert still fires.</summary>
    Resolved,

    /// <summary>The ticket is open again.</summary>
    Reopened,

    /// <summary>The alert is over.</summary>
    Over,
}

/// <summary>How far a telling has come.</summary>
[JsonConverter(typeof(WireNameConverter<AlertTellingState>))]
public enum AlertTellingState
{
    Queued,
    Sent,
    Failed,
    Suppressed,
}

/// <summary>Something that a tool is told of one episode.</summary>
public sealed record AlertTelling
{
    /// <summary>Names it: the same for the same episode and ticket event.</summary>
    public required string Id { get; init; }
    public required string Workspace { get; init; }

    /// <summary>Id of the source.</summary>
    public required string Source { get; init; }

    /// <summary>A hash of the alert key.</summary>
    public required string Hash { get; init; }

    /// <summary>Which episode of the alert key it is about.</summary>
    public required int Sequence { get; init; }

    /// <summary>Number of the ticket.</summary>
    public required long Ticket { get; init; }
    public required AlertTellingKind Kind { get; init; }

    /// <summary>When that happened of which the tool is told.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>When it was to be told, first or once more.</summary>
    public required DateTimeOffset AskedAt { get; init; }
    public required AlertTellingState State { get; init; }
    public int Attempts { get; init; }

    /// <summary>When it is tried again; null when it is not.</summary>
    public DateTimeOffset? NextAt { get; init; }

    /// <summary>Until when the process that tells it has it to itself; null for none.</summary>
    public DateTimeOffset? ClaimedUntil { get; init; }
    public DateTimeOffset? SentAt { get; init; }
    public string? Error { get; init; }

    /// <summary>For a silence: when it ends by itself.</summary>
    public DateTimeOffset? SilentUntil { get; init; }

    /// <summary>For a silence: when the tool is asked whether the alert is over, which a silent tool does not say; null when it is not.</summary>
    public DateTimeOffset? LookAt { get; init; }

    /// <summary>How often in a row the tool knew nothing of the alert.</summary>
    public int Missed { get; init; }
}

/// <summary>What tools are told, and when it is tried again.</summary>
public static class AlertTellings
{
    /// <summary>How often a tool that keeps an alert silent is asked whether it is over.</summary>
    public static TimeSpan LookEvery { get; } = TimeSpan.FromMinutes(5);

    /// <summary>A tool that has just started knows no alerts yet: it is asked once more before an alert is taken for over.</summary>
    public static TimeSpan LookAgainAfter { get; } = TimeSpan.FromMinutes(2);

    /// <summary>As often in a row a tool has to know nothing of an alert.</summary>
    public const int MissesForOver = 2;

    /// <summary>The pauses after each try that failed.</summary>
    public static IReadOnlyList<TimeSpan> Pauses { get; } =
    [
        TimeSpan.FromSeconds(10),
        TimeSpan.FromMinutes(1),
        TimeSpan.FromMinutes(5),
        TimeSpan.FromMinutes(15),
        TimeSpan.FromHours(1),
        TimeSpan.FromHours(2),
        TimeSpan.FromHours(4),
    ];

    /// <summary>The kinds of tools that can be told something.</summary>
    public static IReadOnlyList<AlertKind> Tools { get; } = [AlertKind.Alertmanager, AlertKind.Grafana, AlertKind.PagerDuty, AlertKind.Datadog];

    /// <summary>Whether a tool keeps an acknowledged alert silent. Others have a state of their own for it.</summary>
    public static bool Silences(AlertKind tool) => tool is AlertKind.Alertmanager or AlertKind.Grafana or AlertKind.Datadog;

    /// <summary>What an event of a ticket means for the tool whose alert still fires; null for nothing.</summary>
    /// <remarks>What the desk itself resolves is over, and comes from the tool: that is not told back.</remarks>
    public static AlertTellingKind? KindOf(TicketEvent happened)
    {
        ArgumentNullException.ThrowIfNull(happened);
        return happened.Fact switch
        {
            TicketAcknowledged => AlertTellingKind.Acknowledged,
            StatusChanged { To: TicketStatus.Resolved } => AlertTellingKind.Resolved,
            StatusChanged { To: TicketStatus.Closed, From: not TicketStatus.Resolved } => AlertTellingKind.Resolved,
            TicketReopened { From: TicketStatus.Resolved } => AlertTellingKind.Reopened,
            _ => null,
        };
    }

    /// <summary>Whether a tool of a kind is told this at all. PagerDuty has no way back from resolved, and knows itself what is over.</summary>
    public static bool IsTold(AlertKind tool, AlertTellingKind kind) =>
        Silences(tool) || (tool == AlertKind.PagerDuty && kind is AlertTellingKind.Acknowledged or AlertTellingKind.Resolved);

    /// <summary>How long to wait before the next try; null when there is none any more.</summary>
    /// <param name="attempts">How often it was tried.</param>
    /// <param name="retryAfter">What the tool asked for; null for nothing.</param>
    public static TimeSpan? Next(int attempts, TimeSpan? retryAfter)
    {
        if (attempts > Pauses.Count)
            return null;
        var pause = Pauses[Math.Max(attempts, 1) - 1];
        var asked = retryAfter < TimeSpan.FromHours(1) ? retryAfter.Value : TimeSpan.FromHours(1);
        return retryAfter > pause ? asked : pause;
    }

    /// <summary>The tellings of one episode that are still to be told and need not be: what happened later is what counts.</summary>
    /// <param name="newestFirst">All of one episode, the newest first.</param>
    public static IReadOnlyList<AlertTelling> Overtaken(IReadOnlyList<AlertTelling> newestFirst, DateTimeOffset now) =>
        [
            .. newestFirst
                .Where(one => one.State != AlertTellingState.Suppressed)
                .Skip(1)
                .Where(one => one.State == AlertTellingState.Queued && !(one.ClaimedUntil > now)),
        ];

    /// <summary>The labels by which a silence finds an alert; null where some were cut, so that it might hit others.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>>? MatchersOf(Episode episode)
    {
        ArgumentNullException.ThrowIfNull(episode);
        var labels = episode.Labels;
        return labels.Count is 0 or >= AlertReports.MostLabels || labels.Any(label => label.Key.EndsWith('…') || label.Value.EndsWith('…'))
            ? null
            : [.. labels.OrderBy(label => label.Key, StringComparer.Ordinal)];
    }

    /// <summary>What a ticket is told that was resolved while alerts of it still fire.</summary>
    /// <param name="firing">Some of them, with the names of their sources.</param>
    /// <param name="count">How many there are.</param>
    public static string StillFiring(IReadOnlyList<(string Subject, string Source)> firing, int count)
    {
        ArgumentNullException.ThrowIfNull(firing);
        var named = string.Join(", ", firing.Select(one => $"\"{one.Subject}\" of {one.Source}"));
        var more = count > firing.Count ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $" and {count - firing.Count} more") : "";
        return count == 1
            ? $"This ticket was resolved while its alert still fires: {named}. Further reports of it are counted here and open no ticket."
            : $"This ticket was resolved while alerts of it still fire: {named}{more}. Further reports of them are counted here and open no ticket.";
    }
}
