using System.Globalization;
using System.Text.Json;
using Helpdesk.Alerts;

namespace Helpdesk.Telephone;

/// <summary>Reads what telephone systems post of a call, each in its own words.</summary>
/// <remarks>A report that tells nothing of a call, or of one that goes on elsewhere, is null. What cannot be read throws <see
/// cref="FormatException"/>.</remarks>
public static class TelephoneReports
{
    /// <summary>The fields that a mapping may give.</summary>
    public static IReadOnlyList<string> Fields { get; } =
    ["callId", "direction", "from", "to", "startedAt", "duration", "outcome", "recordingUrl", "summary", "agent", "name"];

    /// <summary>What an outcome is called that is not to be logged.</summary>
    public const string Ignored = "ignored";

    /// <summary>What systems write for a number that is withheld.</summary>
    private static readonly string[] Withheld = ["anonymous", "unknown", "withheld", "private", "restricted", "unavailable", "anonym", "unbekannt"];

    /// <summary>A number as it is written; null for one that is withheld.</summary>
    public static string? Number(string? text) =>
        text is null || text.Trim() is not { Length: > 0 } number || Withheld.Contains(number.ToLowerInvariant(), StringComparer.Ordinal) ? null : number;

    /// <summary>Whether a link to a recording can be shown. One with a password in it cannot: all who see the ticket would have it.</summary>
    public static bool IsLink(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.UserInfo.Length == 0 && text.Length <= 2000;

    /// <summary>sipgate.io: <c>newCall</c>, then <c>answer</c> and <c>hangup</c>. A call that was forwarded goes on as another one.</summary>
    public static CallReport? Sipgate(IReadOnlyDictionary<string, string> form)
    {
        ArgumentNullException.ThrowIfNull(form);
        var direction = form.GetValueOrDefault("direction") == "out" ? CallDirection.Outbound : CallDirection.Inbound;
        var (kind, cause) = (form.GetValueOrDefault("event"), form.GetValueOrDefault("cause"));
        var user = Some(form, "userId") ?? Some(form, "user");
        (CallOutcome Outcome, bool Ended)? came = (kind, cause) switch
        {
            ("newCall", _) => (CallOutcome.Ringing, false),
            ("answer", _) when Some(form, "user")?.Equals("voicemail", StringComparison.OrdinalIgnoreCase) == true => (CallOutcome.Voicemail, false),
            ("answer", _) => (CallOutcome.Answered, false),
            ("hangup", "forwarded") => null,
            ("hangup", "normalClearing") => (CallOutcome.Answered, true),
            ("hangup", "busy") => (CallOutcome.Busy, true),
            ("hangup", _) => (CallOutcome.Missed, true),
            _ => null,
        };
        // Who is rung is nobody yet: a call may ring at many.
        var agent = kind == "newCall" && direction == CallDirection.Outbound ? Some(form, "userId[]") ?? Some(form, "user[]") : user;
        return came is var (outcome, ended)
            ? new(
                Required(form, "callId"),
                direction,
                International(form.GetValueOrDefault("from")),
                International(form.GetValueOrDefault("to")),
                null,
                null,
                outcome,
                ended,
                Agent: agent
            )
            : null;
    }

    /// <summary>Placetel: <c>IncomingCall</c> or <c>OutgoingCall</c>, then <c>CallAccepted</c> and <c>HungUp</c>. What was blocked is no call.</summary>
    public static CallReport? Placetel(IReadOnlyDictionary<string, string> form)
    {
        ArgumentNullException.ThrowIfNull(form);
        var kind = form.GetValueOrDefault("event");
        var direction = kind == "OutgoingCall" || form.GetValueOrDefault("direction") == "out" ? CallDirection.Outbound : CallDirection.Inbound;
        (CallOutcome Outcome, bool Ended)? came = (kind, form.GetValueOrDefault("type")) switch
        {
            ("IncomingCall" or "OutgoingCall", _) => (CallOutcome.Ringing, false),
            ("CallAccepted", _) => (CallOutcome.Answered, false),
            ("HungUp", "blocked") => null,
            ("HungUp", "voicemail") => (CallOutcome.Voicemail, true),
            ("HungUp", "accepted") => (CallOutcome.Answered, true),
            ("HungUp", "busy") => (CallOutcome.Busy, true),
            ("HungUp", _) => (CallOutcome.Missed, true),
            _ => null,
        };
        return came is var (outcome, ended)
            ? new(
                Required(form, "call_id"),
                direction,
                Number(form.GetValueOrDefault("from")),
                Number(form.GetValueOrDefault("to")),
                null,
                Some(form, "duration") is { } length ? Length(length) : null,
                outcome,
                ended,
                Agent: Some(form, "peer")
            )
            : null;
    }

    /// <summary>Twilio's status callbacks, and its callbacks of recordings, which tell nothing but the link.</summary>
    public static CallReport? Twilio(IReadOnlyDictionary<string, string> form)
    {
        ArgumentNullException.ThrowIfNull(form);
        // What a call was connected to is a leg of the same call.
        var id = Some(form, "ParentCallSid") ?? Required(form, "CallSid");
        var direction =
            form.GetValueOrDefault("Direction")?.StartsWith("outbound", StringComparison.Ordinal) == true && Some(form, "ParentCallSid") is null
                ? CallDirection.Outbound
                : CallDirection.Inbound;
        var status = Some(form, "DialCallStatus") ?? Some(form, "CallStatus");
        (CallOutcome Outcome, bool Ended)? came = status switch
        {
            "queued" or "initiated" or "ringing" => (CallOutcome.Ringing, false),
            "in-progress" or "answered" => (CallOutcome.Answered, false),
            "completed" => (CallOutcome.Answered, true),
            "busy" => (CallOutcome.Busy, true),
            "failed" or "no-answer" or "canceled" => (CallOutcome.Missed, true),
            null when Some(form, "RecordingUrl") is not null => (CallOutcome.Ringing, false),
            _ => null,
        };
        if (came is not var (outcome, ended))
            return null;
        var (from, to) = (form.GetValueOrDefault("From"), form.GetValueOrDefault("To"));
        var own = direction == CallDirection.Inbound ? to : from;
        return new(
            id,
            direction,
            Number(from),
            Number(to),
            null,
            (Some(form, "DialCallDuration") ?? Some(form, "CallDuration")) is { } length ? Length(length) : null,
            outcome,
            ended,
            Some(form, "RecordingUrl") is { } url && IsLink(url) ? url : null,
            Agent: own?.StartsWith("client:", StringComparison.Ordinal) == true ? own : null,
            Name: Some(form, "CallerName")
        );
    }

    /// <summary>3CX, by the template in the documentation: once, when the call is over. Variables that 3CX leaves as they are say nothing.</summary>
    /// <param name="hash">A hash of the body, which names the call: 3CX gives it no id.</param>
    public static CallReport? Threecx(IReadOnlyDictionary<string, string> fields, string hash)
    {
        ArgumentNullException.ThrowIfNull(fields);
        var given = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in fields)
            given.TryAdd(name, value);
        string? Field(string name) => given.GetValueOrDefault(name) is { Length: > 0 } text && !(text[0] == '[' && text[^1] == ']') ? text : null;
        var type = Field("callType") ?? throw new FormatException("callType is missing: the template posts it.");
        var (direction, outcome) = type.ToLowerInvariant() switch
        {
            "inbound" => (CallDirection.Inbound, CallOutcome.Answered),
            "missed" => (CallDirection.Inbound, CallOutcome.Missed),
            "outbound" => (CallDirection.Outbound, CallOutcome.Answered),
            "notanswered" => (CallDirection.Outbound, CallOutcome.Missed),
            _ => throw new FormatException($"callType is \"{type}\", which is none of Inbound, Missed, Outbound, Notanswered."),
        };
        var (number, agent) = (Number(Field("number")), Field("agentEmail") ?? Field("agent"));
        return new(
            hash,
            direction,
            direction == CallDirection.Inbound ? number : Field("agent"),
            direction == CallDirection.Inbound ? Field("agent") : number,
            Field("startedAt") is { } began ? AlertInstants.Parse(began, assumeUtc: true) : null,
            Field("duration") is { } length ? Length(length) : null,
            outcome,
            true,
            Agent: agent,
            Name: Field("name")
        );
    }

    /// <summary>JSON of any system, by its mapping.</summary>
    public static CallReport? Mapped(IReadOnlyDictionary<string, AlertFieldMapping> mapping, JsonElement body)
    {
        ArgumentNullException.ThrowIfNull(mapping);
        string? Field(string name) =>
            mapping.TryGetValue(name, out var field) && AlertMappings.Read(field, body, body) is { Text: { Length: > 0 } text } ? text.Trim() : null;
        T? Value<T>(string name)
            where T : struct, Enum =>
            !mapping.TryGetValue(name, out var field) ? null
            : AlertMappings.Read(field, body, body) is var read && read.Text is null ? (read.Known ? null : throw Unknown(name, read.Raw))
            : WireName<T>.TryParse(read.Text.Trim().ToLowerInvariant(), out var value) ? value
            : throw Unknown(name, read.Text);
        if (Field("outcome") == Ignored || Field("direction") == Ignored)
            return null;
        var length = Field("duration") is { } text ? Length(text) : null;
        var outcome =
            Value<CallOutcome>("outcome")
            ?? (
                length > TimeSpan.Zero ? CallOutcome.Answered
                : length == TimeSpan.Zero ? CallOutcome.Missed
                : throw new FormatException("Neither outcome nor duration was found: one of them says what came of the call.")
            );
        return new(
            Field("callId"),
            Value<CallDirection>("direction") ?? CallDirection.Inbound,
            Number(Field("from")),
            Number(Field("to")),
            Field("startedAt") is { } began ? AlertInstants.Parse(began) : null,
            length,
            outcome,
            length is not null || outcome is not (CallOutcome.Ringing or CallOutcome.Answered),
            Field("recordingUrl") is { } url && IsLink(url) ? url : null,
            Field("summary"),
            Field("agent"),
            Field("name")
        );
    }

    /// <summary>A length in seconds, as <c>00:03:20</c> or in ISO 8601; null for anything else.</summary>
    public static TimeSpan? Length(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        text = text.Trim();
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds < 1_000_000)
            return TimeSpan.FromSeconds(seconds);
        if (TimeSpan.TryParseExact(text, [@"m\:ss", @"mm\:ss", @"h\:mm\:ss", "c"], CultureInfo.InvariantCulture, out var length) && length >= TimeSpan.Zero)
            return length;
        if (!text.StartsWith('P'))
            return null;
        try
        {
            return System.Xml.XmlConvert.ToTimeSpan(text);
        }
        catch (Exception broken) when (broken is FormatException or OverflowException)
        {
            return null;
        }
    }

    private static FormatException Unknown(string field, string? value) =>
        new($"{field} is \"{(value is null ? null : PlainText.Head(value, 100))}\": the mapping does not say what that means.");

    private static string? Some(IReadOnlyDictionary<string, string> form, string name) => form.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;

    private static string Required(IReadOnlyDictionary<string, string> form, string name) =>
        Some(form, name) ?? throw new FormatException($"{name} is missing.");

    /// <summary>sipgate writes numbers with their country and without a plus sign; what is short is an extension.</summary>
    private static string? International(string? text) =>
        Number(text) is not { } number ? null
        : number.Length >= 7 && number[0] != '0' && number.All(char.IsAsciiDigit) ? $"+{number}"
        : number;
}
