using System.Text.Json.Serialization;
using Helpdesk.Conditions;

namespace Helpdesk.Webhooks;

/// <summary>That ticket events are sent to an address outside.</summary>
public sealed record Webhook
{
    public required string Id { get; init; }

    /// <summary>What people call it; null for none.</summary>
    public string? Name { get; init; }

    /// <summary>Where events are posted.</summary>
    public required string Url { get; init; }

    /// <summary>Which types of events are sent; null for all.</summary>
    public IReadOnlyList<string>? Events { get; init; }

    /// <summary>Which events it is about, besides their types; null for all.</summary>
    public Condition? Condition { get; init; }

    public required bool Active { get; init; }

    /// <summary>Whether what people wrote, and who they are, goes with an event.</summary>
    public bool IncludeWords { get; init; }

    /// <summary>What signs each delivery: <c>whsec_</c> and base64.</summary>
    public required string Secret { get; init; }

    /// <summary>The secret before, which signs as well until <see cref="OldSecretUntil"/>; null for none.</summary>
    public string? OldSecret { get; init; }

    public DateTimeOffset? OldSecretUntil { get; init; }

    /// <summary>Why the desk switched it off; null when it did not.</summary>
    public WebhookOff? Off { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The secrets that sign at an instant, the current one first.</summary>
    public IReadOnlyList<string> SecretsAt(DateTimeOffset now) => OldSecret is { } old && OldSecretUntil > now ? [Secret, old] : [Secret];

    /// <summary>Whether events of a type are sent.</summary>
    public bool Wants(string type) => Active && Events?.Contains(type, StringComparer.Ordinal) != false;
}

/// <summary>That the desk switched a subscription off by itself.</summary>
/// <param name="Reason">Why, for people.</param>
public sealed record WebhookOff(DateTimeOffset At, string Reason);

/// <summary>An event that is to be sent to a subscription, and what became of it.</summary>
public sealed record WebhookDelivery
{
    /// <summary>Names it and its place: the subscription's id, a dot and its key there.</summary>
    public required string Id { get; init; }

    public required string Workspace { get; init; }

    /// <summary>Id of the subscription.</summary>
    public required string Webhook { get; init; }

    /// <summary>What the receiver knows it by, on every try and replay.</summary>
    public required string MessageId { get; init; }

    /// <summary>Number of the ticket; 0 for a test.</summary>
    public long Ticket { get; init; }

    /// <summary>Number of the ticket's event; 0 for a test.</summary>
    public long Seq { get; init; }

    /// <summary>What kind of event it is, such as <c>status-changed</c>.</summary>
    public required string Type { get; init; }

    /// <summary>Whether what people wrote is in it.</summary>
    public bool Words { get; init; }

    /// <summary>When it happened.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>When it was written down to be sent, or replayed last: its tries are counted from then on.</summary>
    public required DateTimeOffset AskedAt { get; init; }

    public required WebhookState State { get; init; }

    /// <summary>How often it was tried since <see cref="AskedAt"/>.</summary>
    public int Attempts { get; init; }

    /// <summary>The last tries, oldest first; null for none.</summary>
    public IReadOnlyList<WebhookAttempt>? Log { get; init; }

    /// <summary>When it is tried again; null when it is not, or at once.</summary>
    public DateTimeOffset? NextAt { get; init; }

    /// <summary>Until when a process has it to itself; null for none.</summary>
    public DateTimeOffset? ClaimedUntil { get; init; }

    public DateTimeOffset? SentAt { get; init; }

    /// <summary>Why it is not sent; null when there is nothing to explain.</summary>
    public string? Error { get; init; }

    /// <summary>How many tries are kept.</summary>
    public const int LoggedTries = 20;

    /// <summary>The delivery after a try.</summary>
    public WebhookDelivery After(WebhookAttempt attempt) =>
        this with
        {
            Attempts = Attempts + 1,
            Log = [.. (Log ?? []).Append(attempt).TakeLast(LoggedTries)],
            ClaimedUntil = null,
            NextAt = null,
            Error = attempt.Error,
        };
}

/// <summary>How far a delivery has come.</summary>
[JsonConverter(typeof(WireNameConverter<WebhookState>))]
public enum WebhookState
{
    /// <summary>Waits for its turn, or to be tried again.</summary>
    Queued,

    /// <summary>The receiver took it.</summary>
    Sent,

    /// <summary>Was given up; it can be replayed.</summary>
    Failed,

    /// <summary>Is not sent, since what it was to say was erased.</summary>
    Suppressed,
}

/// <summary>One try to deliver.</summary>
/// <param name="At">When it began.</param>
/// <param name="Status">The status that the receiver answered; null when it did not answer.</param>
/// <param name="Error">Why it failed; null when the receiver took it.</param>
/// <param name="Answer">The beginning of what the receiver said; null for nothing.</param>
/// <param name="Milliseconds">How long it took.</param>
public sealed record WebhookAttempt(DateTimeOffset At, int? Status, string? Error, string? Answer, int Milliseconds);
