using System.Security;
using Helpdesk.Functions.Hosting;
using Helpdesk.Telephone;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.DurableTask.Client;

namespace Helpdesk.Functions.Telephone;

/// <summary>
/// Takes what a telephone system posts to its secret address: a form or JSON in its own words. It is stored before this is answered, and logged a moment
/// later. sipgate is answered with the addresses to which it tells what becomes of the call.
/// </summary>
public sealed class ReceiveCall(TelephoneSystemStore systems, CallIntake intake, PublicAddress desk, TaskHub hub)
{
    /// <param name="key">The last part of the system's secret address.</param>
    [Function(nameof(ReceiveCall)), Public]
    [Takes(typeof(object)), Takes(typeof(string), "application/x-www-form-urlencoded")]
    [Answers(StatusCodes.Status200OK, "sipgate's own answer, in XML.", ContentType = "application/xml")]
    [Answers(StatusCodes.Status401Unauthorized, "The system has a secret, and the report is not signed with it.")]
    [Answers(StatusCodes.Status404NotFound, "There is no such secret address.")]
    [Answers(StatusCodes.Status413PayloadTooLarge, "The body is over 1 MB.")]
    public async Task<Results<Accepted<CallReceiptAnswer>, ContentHttpResult, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/intake/calls/{key}")] HttpContext context,
        string key,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    )
    {
        hub.Learn(durable);
        if (await systems.FindByKeyAsync(key, cancellationToken) is not var (workspace, system))
            return TypedResults.NotFound();
        var body = await RequestBody.ReadAsync(context);
        var type = context.Request.ContentType is { Length: > 0 and <= 200 } said ? said : "application/octet-stream";
        var own = $"{desk.Url}/api/intake/calls/{key}";
        if (!TelephoneSignatures.IsSigned(system, context.Request.Headers, own + context.Request.QueryString, body.Span, () => CallReaders.Fields(type, body)))
            throw new InvalidRequestException(
                StatusCodes.Status401Unauthorized,
                "signature-wrong",
                "The report is not signed with the secret of this telephone system: check it on both sides, and HELPDESK_URL, or set the secret to null."
            );
        if (body.IsEmpty)
            throw new InvalidRequestException(StatusCodes.Status400BadRequest, "body-missing", "Send the report in the body.");
        var receipt = await intake.KeepAsync(workspace, system.Id, type, body, null, cancellationToken);
        if (system.Kind != TelephoneKind.Sipgate)
            return TypedResults.Accepted($"/api/receipts/{receipt.Id}", new CallReceiptAnswer(receipt.Id));
        var url = SecurityElement.Escape(own);
        return TypedResults.Content(
            $"""<?xml version="1.0" encoding="UTF-8"?><Response onAnswer="{url}" onHangup="{url}" />""",
            "application/xml",
            statusCode: StatusCodes.Status200OK
        );
    }
}
