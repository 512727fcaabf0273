using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Helpdesk.Conditions;
using Helpdesk.Functions.Hosting;
using Helpdesk.Webhooks;

namespace Helpdesk.Functions.Webhooks;

/// <summary>Whether a subscription works.</summary>
[JsonConverter(typeof(WireNameConverter<WebhookHealthState>))]
public enum WebhookHealthState
{
    /// <summary>The last delivery was taken, or there was none yet.</summary>
    Working,

    /// <summary>The last delivery was not taken; deliveries are tried again.</summary>
    Failing,

    /// <summary>It is switched off, by an admin or by the desk.</summary>
    Off,
}

/// <summary>How a subscription does.</summary>
/// <param name="State">Whether it works.</param>
/// <param name="FailingSince">Since when every delivery has failed; null while it works.</param>
/// <param name="LastError">Why the last delivery failed; null while it works.</param>
/// <param name="SwitchedOffAt">When the desk switched it off by itself; null when it did not.</param>
/// <param name="Reason">Why the desk switched it off; null when it did not.</param>
public sealed record WebhookHealthView(
    WebhookHealthState State,
    DateTimeOffset? FailingSince,
    string? LastError,
    DateTimeOffset? SwitchedOffAt,
    string? Reason
);

/// <summary>That ticket events are sent to an address outside.</summary>
/// <param name="Id">Names the subscription.</param>
/// <param name="Name">What people call it; null for none.</param>
/// <param name="Url">Where events are posted.</param>
/// <param name="Events">Which types of events are sent; empty for all.</param>
/// <param name="Condition">Which tickets and events it is about, in the language of conditions; null for all.</param>
/// <param name="Active">Whether events are sent.</param>
/// <param name="IncludeWords">Whether what people wrote, and who they are, goes with an event.</param>
/// <param name="Health">How it does.</param>
/// <param name="OldSecretUntil">Until when the secret before signs as well; null when only the current one does.</param>
/// <param name="CreatedAt">When it was added; only events from then on are sent.</param>
public sealed record WebhookView(
    string Id,
    string? Name,
    string Url,
    IReadOnlyList<string> Events,
    Condition? Condition,
    bool Active,
    bool IncludeWords,
    WebhookHealthView Health,
    DateTimeOffset? OldSecretUntil,
    DateTimeOffset CreatedAt
)
{
    /// <summary>When it was just changed: what of it will have no effect, such as a condition that can never be true; otherwise left out.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Warnings { get; init; }

    public static WebhookView Of(Webhook it, FailingWebhook? failing, DateTimeOffset now) =>
        new(
            it.Id,
            it.Name,
            it.Url,
            it.Events ?? [],
            it.Condition,
            it.Active,
            it.IncludeWords,
            new(
                !it.Active ? WebhookHealthState.Off
                    : failing is null ? WebhookHealthState.Working
                    : WebhookHealthState.Failing,
                failing?.Since,
                failing?.Error,
                it.Off?.At,
                it.Off?.Reason
            ),
            it.OldSecretUntil > now ? it.OldSecretUntil : null,
            it.CreatedAt
        );
}

/// <summary>A subscription and its secret, which is shown this once.</summary>
/// <param name="Id">Names the subscription.</param>
/// <param name="Secret">What signs each delivery, as libraries for Standard Webhooks take it.</param>
/// <param name="OldSecretUntil">Until when the secret before signs as well; null for a new subscription.</param>
public sealed record WebhookSecret(string Id, string Secret, DateTimeOffset? OldSecretUntil)
{
    /// <summary>For a new subscription: what of it will have no effect, such as a condition that can never be true; otherwise left out.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Warnings { get; init; }
}

/// <summary>One try to deliver.</summary>
/// <param name="At">When it began.</param>
/// <param name="Status">The status that the receiver answered; null when it did not answer.</param>
/// <param name="Error">Why it failed; null when the receiver took it.</param>
/// <param name="Answer">The beginning of what the receiver said; null for nothing.</param>
/// <param name="Milliseconds">How long it took.</param>
public sealed record WebhookAttemptView(DateTimeOffset At, int? Status, string? Error, string? Answer, int Milliseconds);

/// <summary>An event that is sent to a subscription, and what became of it.</summary>
/// <param name="Id">Names the delivery.</param>
/// <param name="Webhook">Id of the subscription.</param>
/// <param name="MessageId">The <c>webhook-id</c> that the receiver gets, on every try and replay.</param>
/// <param name="Ticket">Number of the ticket; null for a test.</param>
/// <param name="Seq">Number of the ticket's event; null for a test.</param>
/// <param name="Type">What kind of event it is, such as <c>status-changed</c>.</param>
/// <param name="State">How far it has come.</param>
/// <param name="At">When the event happened.</param>
/// <param name="Attempts">How often it was tried, since it was replayed last.</param>
/// <param name="NextAt">When it is tried again; null when it is not, or at once.</param>
/// <param name="SentAt">When the receiver took it; null when it did not.</param>
/// <param name="Error">Why it is not sent; null when there is nothing to explain.</param>
/// <param name="Log">The last twenty tries, oldest first.</param>
public sealed record WebhookDeliveryView(
    string Id,
    string Webhook,
    string MessageId,
    long? Ticket,
    long? Seq,
    string Type,
    WebhookState State,
    DateTimeOffset At,
    int Attempts,
    DateTimeOffset? NextAt,
    DateTimeOffset? SentAt,
    string? Error,
    IReadOnlyList<WebhookAttemptView> Log
)
{
    public static WebhookDeliveryView Of(WebhookDelivery it) =>
        new(
            it.Id,
            it.Webhook,
            it.MessageId,
            it.Ticket == 0 ? null : it.Ticket,
            it.Ticket == 0 ? null : it.Seq,
            it.Type,
            it.State,
            it.At,
            it.Attempts,
            it.State == WebhookState.Queued ? it.NextAt : null,
            it.SentAt,
            it.Error,
            [.. (it.Log ?? []).Select(one => new WebhookAttemptView(one.At, one.Status, one.Error, one.Answer, one.Milliseconds))]
        );
}

/// <summary>Which deliveries of a subscription are wanted.</summary>
/// <param name="State">Only those in one of these states. A page may then hold fewer than <c>limit</c>.</param>
/// <param name="Limit">How many items a page has at most.</param>
/// <param name="Cursor">Where to go on: <c>nextCursor</c> of the page before, with the same filters. Leave it out for the first page.</param>
public sealed record WebhookDeliveriesQuery(
    IReadOnlyList<WebhookState> State,
    [property: Range(1, 100), DefaultValue(25)] int Limit,
    [property: MaxLength(400)] string? Cursor
) : IFromQuery<WebhookDeliveriesQuery>
{
    public static WebhookDeliveriesQuery Read(QueryReader query, HttpContext context) =>
        new(query.ListOf<WebhookState>("state"), query.Limit(), query.Text("cursor", 400));
}

/// <summary>A new subscription.</summary>
/// <param name="Id">The id to give it; made from its name or its host when it is left out.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Url">Where events are posted: an <c>https</c> address of the public internet, unless the app's settings allow more.</param>
/// <param name="Events">Which types of events are sent; all when it is left out, empty or <c>["*"]</c>.</param>
/// <param name="Condition">Which of these events are sent, in the language of conditions (scope <c>events</c>); all when it is left out.</param>
/// <param name="Active">Whether events are sent; true when it is left out.</param>
/// <param name="IncludeWords">Whether what people wrote (subject, description, comments, resolution, custom fields) and who they are (requester,
/// participants) goes with an event; false when it is left out.</param>
[Example("""{"name":"Status board","url":"https://board.example.com/hooks/helpdesk","events":["ticket-opened","status-changed"]}""")]
public sealed record AddWebhookRequest(
    [property: RegularExpression(Settings.SettingFields.IdPattern)] string? Id,
    [property: MaxLength(100)] string? Name,
    [property: MaxLength(1000)] string Url,
    IReadOnlyList<string>? Events,
    Condition? Condition,
    bool? Active,
    bool? IncludeWords
) : IFromRequest<AddWebhookRequest>
{
    public static async ValueTask<AddWebhookRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var request = new AddWebhookRequest(
            Settings.SettingFields.Id(fields),
            fields.Text("name", 100),
            fields.Text("url", 1000, required: true)!,
            WebhookFields.Events(fields),
            Settings.SettingFields.Condition(fields, "condition", ConditionScope.Events),
            fields.Flag("active"),
            fields.Flag("includeWords")
        );
        fields.Done();
        return request;
    }
}

/// <summary>What is to be different about a subscription: a JSON merge patch (RFC 7396).</summary>
/// <param name="Name">What people call it; null for no name.</param>
/// <param name="Url">Where events are posted.</param>
/// <param name="Events">Which types of events are sent; all when it is null, empty or <c>["*"]</c>.</param>
/// <param name="Condition">Which of these events are sent; null for all.</param>
/// <param name="Active">Whether events are sent. True switches one on again that the desk has switched off.</param>
/// <param name="IncludeWords">Whether what people wrote, and who they are, goes with an event.</param>
[Example("""{"active":true}""")]
public sealed record ChangeWebhookBody(
    [property: MaxLength(100)] Optional<string?>? Name,
    [property: MaxLength(1000)] string? Url,
    IReadOnlyList<string>? Events,
    Condition? Condition,
    bool? Active,
    bool? IncludeWords
);

/// <summary>The same, read.</summary>
public sealed record ChangeWebhookRequest(
    Optional<string?>? Name,
    string? Url,
    IReadOnlyList<string>? Events,
    Optional<Condition?>? Condition,
    bool? Active,
    bool? IncludeWords
) : IFromRequest<ChangeWebhookRequest>
{
    public static async ValueTask<ChangeWebhookRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var name = fields.Text("name", 100);
        var condition = Settings.SettingFields.Condition(fields, "condition", ConditionScope.Events);
        var request = new ChangeWebhookRequest(
            fields.Has("name") ? new(string.IsNullOrEmpty(name) ? null : name) : null,
            fields.Has("url") ? fields.Text("url", 1000, required: true) : null,
            WebhookFields.Events(fields),
            fields.Has("condition") ? new(condition) : null,
            fields.Flag("active"),
            fields.Flag("includeWords")
        );
        fields.Done();
        return request;
    }
}

/// <summary>How the secret of a subscription is replaced.</summary>
/// <param name="KeepOld">How long the old secret signs as well, up to <c>P7D</c>; a day when it is left out, <c>PT0S</c> for one that is known to
/// others.</param>
[Example("""{"keepOld":"P1D"}""")]
public sealed record RotateWebhookRequest(TimeSpan? KeepOld) : IFromRequest<RotateWebhookRequest>
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    public static async ValueTask<RotateWebhookRequest> ReadAsync(HttpContext context)
    {
        var body = await RequestBody.ReadAsync(context);
        if (body.IsEmpty)
            return new((TimeSpan?)null);
        var fields = await FieldReader.ReadAsync(context);
        var keep = fields.Length("keepOld");
        if (keep > Longest || keep < TimeSpan.Zero)
            fields.Wrong("keepOld", "must be a length from PT0S to P7D.");
        fields.Done();
        return new(keep);
    }
}

/// <summary>Fields of subscriptions that several requests have.</summary>
internal static class WebhookFields
{
    /// <summary>What of a subscription will have no effect; null for nothing.</summary>
    public static IReadOnlyList<string>? WarningsOf(Webhook webhook)
    {
        if (webhook.Condition is not { } condition)
            return null;
        var given = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        if (webhook.Events is { } events)
            given["event"] = events;
        return ConditionDoubts.Of(condition, given) is { } never ? [$"Nothing will be sent: {never}"] : null;
    }

    private const string Everything = "*";

    /// <summary>Types of events; empty for all, null where nothing was sent.</summary>
    public static IReadOnlyList<string>? Events(FieldReader fields) =>
        fields.Texts(
            "events",
            100,
            60,
            type =>
                type == Everything || WebhookBodies.Types.Contains(type, StringComparer.Ordinal)
                    ? null
                    : $"contains \"{type}\", which is no type of event; use {string.Join(", ", WebhookBodies.Types)}, or \"*\" for all."
        )
            is { } types
            ? types.Contains(Everything, StringComparer.Ordinal)
                ? []
                : [.. types.Distinct(StringComparer.Ordinal)]
            : null;
}
