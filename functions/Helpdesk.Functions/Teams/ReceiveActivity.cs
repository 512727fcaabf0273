using System.Text.Json;
using Helpdesk.Bot.Protocol;
using Helpdesk.Bot.Teams;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.DurableTask.Client;

namespace Helpdesk.Functions.Teams;

/// <summary>Takes an activity from a channel of Azure Bot Service. It is answered when what it leads to is stored.</summary>
public sealed partial class ReceiveActivity(BotOptions options, ChannelTokenValidator validator, TeamsBot bot, TaskHub hub, ILogger<ReceiveActivity> logger)
{
    [Function(nameof(ReceiveActivity)), Public, OtherProtocol]
    public async Task<Results<ContentHttpResult, StatusCodeHttpResult, UnauthorizedHttpResult>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/messages")] HttpContext context,
        [DurableClient] DurableTaskClient durable, CancellationToken cancel)
    {
        hub.Learn(durable);
        var body = await RequestBody.ReadAsync(context);
        Activity? activity = null;
        try
        {
            activity = JsonSerializer.Deserialize(body.Span, ProtocolJson.Wire.Activity);
        }
        catch (JsonException wrong)
        {
            Log.NoActivity(logger, wrong.Path);
        }

        ChannelIdentity? identity = null;
        if (!options.AllowNoAppId)
        {
            // Whoever cannot prove who they are learns nothing else either, not even that their activity was none.
            try
            {
                identity = await validator.ValidateAsync(context.Request.Headers.Authorization, activity ?? new(), cancel);
            }
            catch (Exception unreachable) when (unreachable is IOException or HttpRequestException)
            {
                Log.NoKeys(logger, unreachable);
                return TypedResults.StatusCode(StatusCodes.Status503ServiceUnavailable);
            }

            if (identity is null)
                return TypedResults.Unauthorized();
        }

        if (activity is not { Type.Length: > 0, Conversation.Id.Length: > 0, ServiceUrl.Length: > 0 })
            throw new InvalidRequestException(StatusCodes.Status400BadRequest, "activity-expected", "Send an activity with type, conversation and serviceUrl.");
        if (identity?.ServiceUrl is not null && activity.ChannelId == Channels.Teams && activity.Conversation.TenantId is { } tenant && tenant != options.TenantId)
        {
            Log.ForeignTenant(logger);
            return TypedResults.StatusCode(StatusCodes.Status403Forbidden);
        }

        var turn = new TurnContext(activity, identity);
        await bot.OnTurnAsync(turn, cancel);
        if (turn.InvokeResponse is not { } answer)
            return TypedResults.StatusCode(StatusCodes.Status200OK);
        return answer.Body is null ? TypedResults.StatusCode(answer.Status) : TypedResults.Text(answer.Body.ToJsonString(), "application/json", statusCode: answer.Status);
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "What came to the bot was no activity ({Path})")]
        public static partial void NoActivity(ILogger logger, string? path);

        [LoggerMessage(LogLevel.Error, "The published keys of the channels cannot be fetched, so nobody can prove who they are")]
        public static partial void NoKeys(ILogger logger, Exception unreachable);

        [LoggerMessage(LogLevel.Warning, "An activity of another tenant was refused")]
        public static partial void ForeignTenant(ILogger logger);
    }
}
