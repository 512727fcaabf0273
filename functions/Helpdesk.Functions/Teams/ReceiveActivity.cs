using Helpdesk.Bot.AzureBotService;
using Helpdesk.Functions.Hosting;
using Microsoft.Bot.Builder;
using Microsoft.Bot.Builder.Integration.AspNet.Core;
using Microsoft.DurableTask.Client;

namespace Helpdesk.Functions.Teams;

/// <summary>Takes an activity from a channel of Azure Bot Service. It is answered when what it leads to is stored.</summary>
public sealed partial class ReceiveActivity(HelpdeskAdapter adapter, IBot bot, TaskHub hub, ILogger<ReceiveActivity> logger)
{
    [Function(nameof(ReceiveActivity)), Public]
    public async Task Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/messages")] HttpContext context,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    )
    {
        hub.Learn(durable);
        var body = await RequestBody.ReadAsync(context);
        try
        {
            var answer = await adapter.ReceiveAsync(body, context.Request.Headers.Authorization, bot, cancellationToken);
            await HttpHelper.WriteResponseAsync(context.Response, answer);
        }
        catch (ActivityRefusedException refused)
        {
            if (refused.Status == StatusCodes.Status503ServiceUnavailable)
                Log.NoKeys(logger, refused);
            else if (refused.Status != StatusCodes.Status401Unauthorized)
                Log.Refused(logger, refused.Code);
            throw new InvalidRequestException(refused.Status, refused.Code, refused.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "An activity was refused ({Code})")]
        public static partial void Refused(ILogger logger, string code);

        [LoggerMessage(LogLevel.Error, "The published keys of the channels cannot be fetched, so nobody can prove who they are")]
        public static partial void NoKeys(ILogger logger, Exception refused);
    }
}
