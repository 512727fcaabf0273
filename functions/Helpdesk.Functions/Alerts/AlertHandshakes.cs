using System.Globalization;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Alerts;

/// <summary>Answers senders that ask whether an address wants their events.</summary>
public sealed class AlertHandshakes(AlertSourceStore sources)
{
    private const string Origin = "WebHook-Request-Origin";
    private const string Rate = "WebHook-Request-Rate";

    /// <summary>The answer to Event Grid's question whether an endpoint wants its events; null where nothing was asked.</summary>
    public static EventGridValidation? Answer(IHeaderDictionary headers, ReadOnlyMemory<byte> body)
    {
        if (!string.Equals(headers["aeg-event-type"].ToString(), "SubscriptionValidation", StringComparison.OrdinalIgnoreCase))
            return null;
        var json = AlertPayload.ReadJson(new("application/json", new Dictionary<string, string>(), body, default));
        var asked = json.ValueKind == System.Text.Json.JsonValueKind.Array && json.GetArrayLength() > 0 ? json[0] : json;
        return asked.Object("data")?.Text("validationCode") is { Length: > 0 and <= 200 } code
            ? new(code)
            : throw new InvalidRequestException(StatusCodes.Status400BadRequest, "validation-code-missing", "There is no data.validationCode.");
    }

    /// <summary>
    /// Agrees to be sent CloudEvents, as their HTTP webhooks ask before the first one: the sender named in <c>WebHook-Request-Origin</c> may send, as often
    /// as it likes.
    /// </summary>
    /// <param name="key">The last part of the source's secret address.</param>
    [Function(nameof(AgreeToEvents)), Public]
    public async Task<Results<Ok, NotFound>> AgreeToEvents(
        [HttpTrigger(AuthorizationLevel.Anonymous, "options", Route = "api/intake/alerts/{key}")] HttpContext context,
        string key,
        CancellationToken cancellationToken
    )
    {
        if (await sources.FindByKeyAsync(key, cancellationToken) is null)
            return TypedResults.NotFound();
        var (asked, answer) = (context.Request.Headers, context.Response.Headers);
        answer.Allow = "POST, OPTIONS";
        if (asked[Origin].ToString() is { Length: > 0 and <= 253 } origin && origin.All(letter => letter is > ' ' and <= '~'))
        {
            answer["WebHook-Allowed-Origin"] = origin;
            answer["WebHook-Allowed-Rate"] = int.TryParse(asked[Rate], NumberStyles.None, CultureInfo.InvariantCulture, out var rate)
                ? rate.ToString(CultureInfo.InvariantCulture)
                : "*";
        }

        return TypedResults.Ok();
    }
}

/// <summary>The answer to Event Grid's question whether an endpoint wants its events.</summary>
/// <param name="ValidationResponse">The code that it sent.</param>
public sealed record EventGridValidation(string ValidationResponse);
