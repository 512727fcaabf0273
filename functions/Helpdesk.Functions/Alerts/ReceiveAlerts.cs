using Helpdesk.Alerts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Intake;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.DurableTask.Client;

namespace Helpdesk.Functions.Alerts;

/// <summary>The receipt of what a monitoring tool has sent.</summary>
/// <param name="Receipt">Id of the receipt; null for a heartbeat, which has none.</param>
public sealed record AlertReceiptAnswer(string? Receipt);

/// <summary>Stores what monitoring tools send as receipts, before they are told that it has arrived.</summary>
public sealed class AlertIntake(ReceiptStore receipts, IdempotencyStore reservations, TimeProvider time)
{
    private const int MostHeaders = 40;
    private const int HeaderLength = 2000;
    private const int TypeLength = 200;

    /// <summary>Headers that say what was sent, beside those of CloudEvents. None of them is a secret or a signature.</summary>
    private static readonly HashSet<string> Told = new(StringComparer.OrdinalIgnoreCase) { "aeg-event-type", "x-amz-sns-message-type" };

    /// <summary>Keeps a body as it came; it is worked a moment later.</summary>
    /// <param name="idempotency">What the sender calls this report: the same one again is the same receipt. Null for a sender that names none.</param>
    public async Task<Receipt> KeepAsync(
        string workspace,
        AlertSource source,
        IHeaderDictionary headers,
        string? contentType,
        ReadOnlyMemory<byte> body,
        Idempotency? idempotency,
        CancellationToken cancellationToken
    )
    {
        var now = time.GetUtcNow();
        var id = ReceiptStore.NewId(now);
        if (idempotency is not null)
            id = await reservations.ReserveAsync(workspace, idempotency.Within($"alert-source {source.Id}"), () => new(id), cancellationToken);
        var receipt = new Receipt
        {
            Id = id,
            Workspace = workspace,
            Channel = IntakeChannel.Alert,
            ReceivedAt = now,
            State = ReceiptState.Received,
            // Most reports open nothing.
            Number = 0,
            Attempts = 0,
            ContentType = TypeOf(contentType),
            Source = source.Id,
            Headers = HeadersOf(headers) is { Count: > 0 } kept ? kept : null,
        };
        await receipts.AddAsync(receipt, body, cancellationToken);
        return receipt;
    }

    /// <summary>What is kept of the headers of a request, by names in lower case.</summary>
    public static IReadOnlyDictionary<string, string> HeadersOf(IHeaderDictionary headers) =>
        headers
            .Where(header => header.Key.StartsWith("ce-", StringComparison.OrdinalIgnoreCase) || Told.Contains(header.Key))
            .Where(header => header.Key.Length <= 100 && header.Value.ToString().Length <= HeaderLength)
            .Take(MostHeaders)
            .ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value.ToString(), StringComparer.Ordinal);

    /// <summary>The content type to keep.</summary>
    public static string TypeOf(string? contentType) => contentType is { Length: > 0 and <= TypeLength } type ? type : "application/octet-stream";
}

/// <summary>
/// Takes what a monitoring tool sends to the secret address of an alert source. It is stored before this is answered, and read a moment later: the answer
/// waits for nothing else.
/// </summary>
public sealed class ReceiveAlerts(AlertSourceStore sources, AlertIntake intake, Heartbeats heartbeats, SnsMessages sns, TaskHub hub, TimeProvider time)
{
    /// <param name="key">The last part of the source's secret address.</param>
    [Function(nameof(ReceiveAlerts)), Public]
    [Takes(typeof(object)), Takes(typeof(string), "*/*")]
    [Answers(StatusCodes.Status200OK, "The answer to Event Grid's question whether its events are wanted.", Body = typeof(EventGridValidation))]
    [Answers(StatusCodes.Status401Unauthorized, "The source has a signature, and the body is not signed as it says.")]
    [Answers(StatusCodes.Status404NotFound, "There is no such secret address.")]
    [Answers(StatusCodes.Status413PayloadTooLarge, "The body is over 1 MB.")]
    public async Task<Results<Accepted<AlertReceiptAnswer>, Ok<EventGridValidation>, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/intake/alerts/{key}")] HttpContext context,
        string key,
        Idempotency? idempotency,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    )
    {
        hub.Learn(durable);
        if (await sources.FindByKeyAsync(key, cancellationToken) is not var (workspace, source))
            return TypedResults.NotFound();
        var body = await RequestBody.ReadAsync(context);
        // Event Grid asks without what it is later told to send along; who knows the secret address gets its own code back.
        if (AlertHandshakes.Answer(context.Request.Headers, body) is { } agreed)
            return TypedResults.Ok(agreed);
        if (source.Signature is { } signature && !await IsSignedAsync(signature, context.Request.Headers, body, cancellationToken))
            throw WrongSignature();
        if (source.Kind == AlertKind.Heartbeat)
            return await BeatAsync(workspace, source, cancellationToken);
        if (body.IsEmpty)
            throw new InvalidRequestException(StatusCodes.Status400BadRequest, "body-missing", "Send the report in the body.");
        var receipt = await intake.KeepAsync(workspace, source, context.Request.Headers, context.Request.ContentType, body, idempotency, cancellationToken);
        return TypedResults.Accepted($"/api/receipts/{receipt.Id}", new AlertReceiptAnswer(receipt.Id));
    }

    /// <summary>
    /// Takes "I am alive" by GET as well, for what can do nothing but call an address. Only sources of the kind <c>heartbeat</c> are told anything so.
    /// </summary>
    /// <param name="key">The last part of the source's secret address.</param>
    [Function(nameof(ReceiveHeartbeat)), Public]
    [Answers(StatusCodes.Status401Unauthorized, "The source has a signature, and the request is not signed as it says.")]
    [Answers(StatusCodes.Status404NotFound, "There is no such secret address.")]
    [Answers(StatusCodes.Status405MethodNotAllowed, "The source is of another kind than heartbeat: reports are posted.")]
    public async Task<Results<Accepted<AlertReceiptAnswer>, NotFound>> ReceiveHeartbeat(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/intake/alerts/{key}")] HttpContext context,
        string key,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    )
    {
        hub.Learn(durable);
        if (await sources.FindByKeyAsync(key, cancellationToken) is not var (workspace, source))
            return TypedResults.NotFound();
        if (source.Kind != AlertKind.Heartbeat)
        {
            context.Response.Headers.Allow = "POST, OPTIONS";
            throw new InvalidRequestException(StatusCodes.Status405MethodNotAllowed, "post-expected", "Post what this alert source reports.");
        }

        if (source.Signature is { } signature && !AlertSignatures.IsSigned(signature, context.Request.Headers, [], time.GetUtcNow()))
            throw WrongSignature();
        return await BeatAsync(workspace, source, cancellationToken);
    }

    /// <summary>A beat says nothing but that it came: it leaves no receipt.</summary>
    private async Task<Accepted<AlertReceiptAnswer>> BeatAsync(string workspace, AlertSource source, CancellationToken cancellationToken)
    {
        await heartbeats.BeatAsync(workspace, source, cancellationToken);
        return TypedResults.Accepted((string?)null, new AlertReceiptAnswer(null));
    }

    private async ValueTask<bool> IsSignedAsync(
        AlertSignature signature,
        IHeaderDictionary headers,
        ReadOnlyMemory<byte> body,
        CancellationToken cancellationToken
    ) =>
        signature.Scheme == AlertSignatureScheme.Sns
            ? await sns.IsSignedAsync(body, cancellationToken)
            : AlertSignatures.IsSigned(signature, headers, body.Span, time.GetUtcNow());

    internal static InvalidRequestException WrongSignature() =>
        new(
            StatusCodes.Status401Unauthorized,
            "signature-wrong",
            "The body is not signed as this alert source asks for: check the secret on both sides, or set the source's signature to null."
        );
}
