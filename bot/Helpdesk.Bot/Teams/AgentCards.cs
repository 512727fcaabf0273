using System.Text.Json;
using System.Text.Json.Nodes;
using Helpdesk.Bot.AzureBotService;
using Helpdesk.Bot.Conversations;
using Microsoft.Bot.Builder;
using Microsoft.Bot.Schema;
using Microsoft.Extensions.Logging;

namespace Helpdesk.Bot.Teams;

/// <summary>The buttons of the cards that agents work tickets from.</summary>
public sealed partial class AgentCards(BotOptions options, IAgentDesk desk, TeamsPeople people, ILogger<AgentCards> logger)
{
    /// <summary>Does what a button says, and answers with the card as it is then.</summary>
    public async Task<AdaptiveCardInvokeResponse> ExecuteAsync(ITurnContext turn, AdaptiveCardInvokeAction action, CancellationToken cancellationToken)
    {
        var texts = Texts.For(turn.Activity.Locale);
        var data = ActivityReading.Sent(action.Data);
        if (data.Ticket() is not { } number)
            return Failed(400, "BadRequest", texts["not.understood"]);
        var (card, problem) = await ActAsync(turn, action.Verb, data, number, texts, cancellationToken);
        return card is null
            ? Failed(403, "Forbidden", problem!)
            : new()
            {
                StatusCode = 200,
                Type = AdaptiveCard.ContentType,
                Value = AdaptiveCard.Raw(card),
            };
    }

    /// <summary>The same buttons in clients that send a message instead: the card is put in the place of the one that was pressed.</summary>
    public async Task SubmitAsync(ITurnContext turn, long number, JsonElement? data, CancellationToken cancellationToken)
    {
        var texts = Texts.For(turn.Activity.Locale);
        var (card, problem) = await ActAsync(turn, data.Text("verb"), data, number, texts, cancellationToken);
        if (card is null)
        {
            await turn.SendActivityAsync(TeamsReplies.Message(problem!), cancellationToken);
            return;
        }

        var message = TeamsReplies.Message(card, "");
        if (turn.Activity.ReplyToId is { } pressed)
        {
            message.Id = pressed;
            await turn.UpdateActivityAsync(message, cancellationToken);
        }
        else
        {
            await turn.SendActivityAsync(message, cancellationToken);
        }
    }

    private async Task<(JsonObject? Card, string? Problem)> ActAsync(
        ITurnContext turn,
        string? verb,
        JsonElement? data,
        long number,
        Texts texts,
        CancellationToken cancellationToken
    )
    {
        var person = await people.FindAsync(turn, cancellationToken);
        if (await desk.FindAgentAsync(options.Workspace, person?.EntraId, person?.Email, cancellationToken) is not { } agent)
        {
            Log.NoAgent(logger, number);
            return (null, texts["agent.only"]);
        }

        var approval = data.Text(ApprovalCard.Approval);
        var (action, problem) = approval is null ? AgentCard.Read(verb, data ?? default, texts) : ApprovalCard.Read(approval, verb, data, texts);
        var answer = await desk.ActAsync(options.Workspace, agent, number, action ?? new LookAgain(), turn.Activity.Key(), cancellationToken);
        return answer.Card is not { } card ? (null, texts["ticket.none"])
            : approval is null ? (AgentCard.Of(card, texts, answer.Problem ?? problem), null)
            : (ApprovalCard.Of(card, approval, agent.Id, texts, answer.Problem ?? problem), null);
    }

    private static AdaptiveCardInvokeResponse Failed(int status, string code, string message) =>
        new()
        {
            StatusCode = status,
            Type = "application/vnd.microsoft.error",
            Value = new Error(code, message),
        };

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Somebody who is no agent pressed a button on the card of ticket {Number}")]
        public static partial void NoAgent(ILogger logger, long number);
    }
}
