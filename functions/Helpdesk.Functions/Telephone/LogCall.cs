using System.ComponentModel.DataAnnotations;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Intake;
using Helpdesk.Intake;
using Helpdesk.Telephone;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.DurableTask.Client;

namespace Helpdesk.Functions.Telephone;

/// <summary>The receipt of a call.</summary>
/// <param name="Receipt">Id of the receipt.</param>
public sealed record CallReceiptAnswer(string Receipt);

/// <summary>A telephone call.</summary>
/// <param name="Direction">Who called whom.</param>
/// <param name="From">The number of whoever called, in any form; null or <c>anonymous</c> when it is withheld. Without a country it is one of the
/// workspace's region (<c>/api/contact-settings</c>).</param>
/// <param name="To">The number that was called.</param>
/// <param name="StartedAt">When it began; now when it is left out.</param>
/// <param name="Duration">How long they spoke, such as <c>PT3M20S</c>; leave it out while it lasts.</param>
/// <param name="Outcome">What came of it; <c>answered</c> when there is a duration and this is left out, <c>missed</c> for <c>PT0S</c>.</param>
/// <param name="RecordingUrl">Link to the recording: <c>http</c> or <c>https</c>, without a user name or password.</param>
/// <param name="Summary">What was said, for agents.</param>
/// <param name="Agent">Who spoke for the desk: id or e-mail address of an agent, or any name. The receipt says where that is no agent.</param>
/// <param name="CallId">Names the call in the telephone system, so that several reports of it are put together; left out for one report.</param>
/// <param name="Name">Name of the other person.</param>
[Example(
    """
        {"direction":"inbound","from":"+49 30 123456","to":"+49 30 654321","startedAt":"2026-03-10T09:15:00Z","duration":"PT3M20S","agent":"ada",
         "summary":"The printer works again.","callId":"4711"}
        """
)]
public sealed record LogCallBody(
    CallDirection Direction,
    [property: MaxLength(60)] string? From,
    [property: MaxLength(60)] string? To,
    DateTimeOffset? StartedAt,
    [property: DataType(DataType.Duration)] string? Duration,
    CallOutcome? Outcome,
    [property: MaxLength(CallFields.UrlLength)] string? RecordingUrl,
    [property: MaxLength(CallFields.SummaryLength)] string? Summary,
    [property: MaxLength(254)] string? Agent,
    [property: MaxLength(200)] string? CallId,
    [property: MaxLength(100)] string? Name
);

/// <summary>Reads calls as the API takes them.</summary>
public static class CallFields
{
    public const int UrlLength = 2000;
    public const int SummaryLength = 20_000;

    /// <summary>Reads a call; 400 with everything that is wrong.</summary>
    public static CallReport Read(FieldReader fields)
    {
        ArgumentNullException.ThrowIfNull(fields);
        var direction = fields.OneOf<CallDirection>("direction", required: true);
        var (from, to) = (TelephoneReports.Number(fields.Text("from", 60)), TelephoneReports.Number(fields.Text("to", 60)));
        var started = fields.Instant("startedAt");
        var length = fields.Length("duration");
        if (length < TimeSpan.Zero || length > TimeSpan.FromDays(7))
            fields.Wrong("duration", "must be from PT0S to P7D.");
        var outcome =
            fields.OneOf<CallOutcome>("outcome")
            ?? (
                length > TimeSpan.Zero ? CallOutcome.Answered
                : length == TimeSpan.Zero ? CallOutcome.Missed
                : null
            );
        if (outcome is null && length is null && !fields.Has("outcome") && !fields.Has("duration"))
            fields.Wrong("outcome", "is required when there is no duration: say ringing, answered, missed, voicemail or busy.");
        var recording = fields.Text("recordingUrl", UrlLength) is { Length: > 0 } url ? url : null;
        if (recording is not null && !TelephoneReports.IsLink(recording))
            fields.Wrong("recordingUrl", "must be an address that begins with http:// or https://, without a user name or password in it.");
        if (direction == CallDirection.Outbound && to is null && !fields.IsNull("to"))
            fields.Wrong("to", "is required for an outbound call: the number that was called.");
        var report = new CallReport(
            fields.Text("callId", 200) is { Length: > 0 } id ? id : null,
            direction ?? default,
            from,
            to,
            started,
            length,
            outcome,
            length is not null || outcome is not (CallOutcome.Ringing or CallOutcome.Answered),
            recording,
            fields.Text("summary", SummaryLength, lines: true) is { Length: > 0 } summary ? summary : null,
            fields.Text("agent", 254) is { Length: > 0 } agent ? agent : null,
            fields.Text("name", 100) is { Length: > 0 } name ? name : null
        );
        fields.Done();
        return report;
    }
}

/// <summary>Stores what telephone systems report, before they are told that it has arrived.</summary>
public sealed class CallIntake(ReceiptStore receipts, IdempotencyStore reservations, TimeProvider time)
{
    /// <param name="system">Id of the telephone system; null for the API.</param>
    public async Task<Receipt> KeepAsync(
        string workspace,
        string? system,
        string contentType,
        ReadOnlyMemory<byte> body,
        Idempotency? idempotency,
        CancellationToken cancellationToken
    )
    {
        var now = time.GetUtcNow();
        ValueTask<string> NewId() => new(ReceiptStore.NewId(now));
        var receipt = new Receipt
        {
            Id = idempotency is null ? await NewId() : await reservations.ReserveAsync(workspace, idempotency, NewId, cancellationToken),
            Workspace = workspace,
            Channel = IntakeChannel.Phone,
            ReceivedAt = now,
            State = ReceiptState.Received,
            // Which ticket a call comes to is decided with its number.
            Number = 0,
            Attempts = 0,
            ContentType = contentType,
            Source = system,
        };
        await receipts.AddAsync(receipt, body, cancellationToken);
        return receipt;
    }
}

/// <summary>
/// Logs a telephone call onto its contact and onto a ticket: the one that is being worked on for that number, else a new one. It is stored before this is
/// answered. A missed call is a ticket whose requester waits to be called back; more of them come to the same ticket.
/// </summary>
public sealed class LogCall(CallIntake intake, TaskHub hub)
{
    [Function(nameof(LogCall)), RequiresKey(KeyRole.Integration, KeyRole.Agent, KeyRole.Admin), Takes(typeof(LogCallBody))]
    public async Task<Accepted<CallReceiptAnswer>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/intake/call")] HttpContext context,
        Caller caller,
        Idempotency? idempotency,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    )
    {
        hub.Learn(durable);
        var body = await RequestBody.ReadUtf8Async(context);
        // What is wrong is said at once, and not by a receipt that has failed.
        CallFields.Read(FieldReader.Parse(body));
        var receipt = await intake.KeepAsync(caller.Workspace, null, "application/json", body, idempotency, cancellationToken);
        return TypedResults.Accepted($"/api/receipts/{receipt.Id}", new CallReceiptAnswer(receipt.Id));
    }
}
