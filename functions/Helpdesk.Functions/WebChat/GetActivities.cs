using System.Globalization;
using Helpdesk.Functions.Conversations;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.WebChat;

/// <summary>Gives a chat what was said. The Functions host has no web sockets, so a poll waits for it.</summary>
public sealed partial class GetActivities(
    DirectLineAccess access,
    ConversationStore conversations,
    ConversationSignals signals,
    TimeProvider time,
    ILogger<GetActivities> logger
)
{
    /// <summary>How long a poll waits; clients give up after 20 seconds.</summary>
    private static readonly TimeSpan PollFor = TimeSpan.FromSeconds(15);

    private const int PageSize = 200;

    /// <summary>
    /// What was said after a watermark. When there is nothing it waits; a fault of storage that passes is no reason to end the conversation.
    /// </summary>
    [Function(nameof(GetActivities)), Public]
    public async Task<JsonHttpResult<DirectLineActivities>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/directline/conversations/{conversation}/activities")] HttpContext context,
        string conversation,
        CancellationToken cancellationToken
    )
    {
        var pass = await access.EnterAsync(conversation, context);
        var after =
            long.TryParse(context.Request.Query["watermark"], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < 1_000_000_000
                ? number
                : 0;
        var until =
            time.GetUtcNow()
            + (
                int.TryParse(context.Request.Query["wait"], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds < PollFor.TotalSeconds
                    ? TimeSpan.FromSeconds(seconds)
                    : PollFor
            );
        context.Response.Headers.CacheControl = "no-store";
        using var listener = signals.Listen(pass.Place);
        for (var first = true; ; first = false)
        {
            // What this very process has just said need not be asked of storage.
            if (listener.Heard is { } heard && heard.After == after)
                return TypedResults.Json(
                    new DirectLineActivities(WebChatAdapter.Show(pass, heard.Lines), Watermark(after + heard.Lines.Count)),
                    DirectLineJson.Default.DirectLineActivities
                );
            try
            {
                var count = await conversations.CountTranscriptAsync(pass.Place, cancellationToken);
                if (count > after)
                {
                    if (!first && listener.Heard is null)
                        signals.FoundFromElsewhere(pass.Place);
                    var lines = await conversations.ReadTranscriptAsync(pass.Place, after, PageSize, cancellationToken);
                    return TypedResults.Json(
                        new DirectLineActivities(WebChatAdapter.Show(pass, lines), Watermark(lines.Count == 0 ? after : lines[^1].Number)),
                        DirectLineJson.Default.DirectLineActivities
                    );
                }

                if (time.GetUtcNow() >= until)
                    return TypedResults.Json(new DirectLineActivities([], Watermark(after)), DirectLineJson.Default.DirectLineActivities);
            }
            catch (Exception passing) when (ProblemAnswers.StorageFailure(passing) is { } fault && !cancellationToken.IsCancellationRequested)
            {
                Log.PollFailed(logger, fault);
                if (time.GetUtcNow() >= until)
                    return TypedResults.Json(new DirectLineActivities([], Watermark(after)), DirectLineJson.Default.DirectLineActivities);
            }

            await listener.WaitAsync(until - time.GetUtcNow() is { Ticks: > 0 } left ? left : TimeSpan.FromMilliseconds(1), cancellationToken);
        }
    }

    private static string Watermark(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "A poll met a fault of storage ({Fault}) and goes on")]
        public static partial void PollFailed(ILogger logger, string fault);
    }
}
