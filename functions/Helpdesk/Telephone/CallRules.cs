using System.Globalization;
using Helpdesk.Tickets;

namespace Helpdesk.Telephone;

/// <summary>The rules of calls: what several reports of one say together, and what is written of it on a ticket.</summary>
public static class CallRules
{
    /// <summary>The tag of a ticket whose requester waits to be called back.</summary>
    public const string CallBack = "call-back";

    private const int MostReceipts = 30;
    private const int SubjectName = 100;

    /// <summary>A call after another report of it. In whichever order reports come, and however often, they say the same in the end.</summary>
    /// <param name="heard">What the report says, its number and agent as they are known here.</param>
    /// <param name="receipt">Id of the receipt.</param>
    /// <param name="at">When the report came.</param>
    public static Call With(Call call, CallReport heard, string receipt, DateTimeOffset at)
    {
        ArgumentNullException.ThrowIfNull(call);
        ArgumentNullException.ThrowIfNull(heard);
        var reported = (CallOutcome)Math.Max((int)call.Reported, (int)(heard.Outcome ?? CallOutcome.Ringing));
        return call with
        {
            StartedAt = heard.StartedAt is { } began && began < call.StartedAt ? began : call.StartedAt,
            AnsweredAt = heard is { Outcome: CallOutcome.Answered, Ended: false } ? Earlier(call.AnsweredAt, at) : call.AnsweredAt,
            EndedAt = heard.Ended ? Earlier(call.EndedAt, at) : call.EndedAt,
            Spoken = heard.Duration > (call.Spoken ?? TimeSpan.Zero) ? heard.Duration : call.Spoken,
            Reported = reported,
            RecordingUrl = heard.RecordingUrl ?? call.RecordingUrl,
            Summary = heard.Summary ?? call.Summary,
            Name = call.Name ?? heard.Name,
            Receipts = call.Receipts.Contains(receipt, StringComparer.Ordinal) ? call.Receipts : [.. call.Receipts.Append(receipt).TakeLast(MostReceipts)],
        };
    }

    /// <summary>Whether a ticket is opened for a call when there is none: a call out that nobody answered is in the contact's line of time only.</summary>
    public static bool Opens(Call call)
    {
        ArgumentNullException.ThrowIfNull(call);
        return call.Direction == CallDirection.Inbound || call.Outcome == CallOutcome.Answered;
    }

    /// <summary>Whether the caller waits to be called back.</summary>
    public static bool WantsCallBack(Call call)
    {
        ArgumentNullException.ThrowIfNull(call);
        return call is { Direction: CallDirection.Inbound, Outcome: CallOutcome.Missed or CallOutcome.Busy or CallOutcome.Voicemail };
    }

    /// <summary>Whether a ticket takes calls: it is worked on.</summary>
    public static bool TakesCalls(Ticket ticket)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        return ticket.Status is TicketStatus.New or TicketStatus.Open or TicketStatus.Pending or TicketStatus.OnHold;
    }

    /// <summary>The subject of a ticket that a call opens.</summary>
    public static string Subject(Call call)
    {
        ArgumentNullException.ThrowIfNull(call);
        return $"{Kind(call)} {(call.Direction == CallDirection.Inbound ? "from" : "to")} {Who(call)}";
    }

    /// <summary>The facts of a call in one sentence, which the requester may read: the description of a ticket that it opens.</summary>
    public static string Facts(Call call)
    {
        ArgumentNullException.ThrowIfNull(call);
        var own = call.Own is null ? "" : $" {(call.Direction == CallDirection.Inbound ? "to" : "from")} {call.Own}";
        return $"{Subject(call)}{own} on {At(call.StartedAt)}.";
    }

    /// <summary>What is said of it on a ticket that is there, for everybody to read.</summary>
    public static string Said(Call call)
    {
        ArgumentNullException.ThrowIfNull(call);
        return call switch
        {
            { Outcome: CallOutcome.Answered } => $"Spoke on the telephone on {At(call.StartedAt)}.",
            { Outcome: CallOutcome.Voicemail } => $"Called and left a message on {At(call.StartedAt)}.",
            _ => $"Called on {At(call.StartedAt)} and reached nobody.",
        };
    }

    /// <summary>The details of a call, for agents; null when there are none beyond its facts.</summary>
    /// <param name="agent">Name of the agent; null for none.</param>
    public static string? Details(Call call, string? agent)
    {
        ArgumentNullException.ThrowIfNull(call);
        var (summary, recording) = (call.Summary is { Length: > 0 } said ? $"\n\n{said}" : "", call.RecordingUrl is { } url ? $"\n\nRecording: {url}" : "");
        if (call is { Direction: CallDirection.Inbound, Outcome: not CallOutcome.Answered } && summary.Length + recording.Length == 0)
            return null;
        var came = call.Outcome switch
        {
            CallOutcome.Answered =>
                $"answered{(agent ?? call.AgentAs) switch
            {
                { } by when call.Direction == CallDirection.Inbound => $" by {by}",
                { } by => $", {by} called",
                _ => "",
            }}",
            CallOutcome.Voicemail => "a message was left",
            CallOutcome.Busy => "busy",
            _ => "nobody answered",
        };
        var length = call.Duration is { } spoken ? $", {Length(spoken)}" : "";
        var facts = Facts(call);
        return $"{facts[..^1]}: {came}{length}.{summary}{recording}";
    }

    private static string Kind(Call call) =>
        call switch
        {
            { Direction: CallDirection.Inbound, Outcome: CallOutcome.Missed or CallOutcome.Busy } => "Missed call",
            { Outcome: CallOutcome.Voicemail } => "Voice message",
            _ => "Call",
        };

    private static string Who(Call call)
    {
        var name = call.Name is { } whole ? PlainText.Head(whole, SubjectName) : null;
        return (name, call.Number ?? call.NumberAs) switch
        {
            (null, null) => "a withheld number",
            (null, { } number) => number,
            ({ } known, null) => known,
            ({ } known, { } number) => $"{known} ({number})",
        };
    }

    private static string At(DateTimeOffset at) => string.Create(CultureInfo.InvariantCulture, $"{at.UtcDateTime:yyyy-MM-dd' at 'HH:mm} UTC");

    private static string Length(TimeSpan length)
    {
        string[] parts =
        [
            length.TotalHours >= 1 ? string.Create(CultureInfo.InvariantCulture, $"{(int)length.TotalHours} h") : "",
            length.Minutes > 0 ? string.Create(CultureInfo.InvariantCulture, $"{length.Minutes} min") : "",
            length.Seconds > 0 || length.TotalMinutes < 1 ? string.Create(CultureInfo.InvariantCulture, $"{length.Seconds} s") : "",
        ];
        return string.Join(' ', parts.Where(part => part.Length > 0));
    }

    private static DateTimeOffset Earlier(DateTimeOffset? one, DateTimeOffset other) => one < other ? one.Value : other;
}
