using Helpdesk.Bot.AzureBotService;
using Helpdesk.Bot.Conversations;
using Microsoft.Bot.Builder;
using Microsoft.Bot.Builder.Teams;
using Microsoft.Bot.Schema;
using Microsoft.Bot.Schema.Teams;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Helpdesk.Bot.Teams;

/// <summary>The bot in Teams and the other channels: gives each activity to whoever deals with it. An activity may come twice.</summary>
public sealed class HelpdeskBot(
    BotOptions options,
    KnownPlaces places,
    RequesterChat requesters,
    AgentCommands commands,
    AgentCards cards,
    TicketExtension extension
) : TeamsActivityHandler
{
    protected override async Task OnMessageActivityAsync(ITurnContext<IMessageActivity> turnContext, CancellationToken cancellationToken)
    {
        var activity = turnContext.Activity;
        await places.ReachAsync(activity, cancellationToken);
        await places.MeetAsync(turnContext, cancellationToken);
        var sent = ActivityReading.Sent(activity.Value);
        if (sent.Ticket() is { } number)
        {
            await cards.SubmitAsync(turnContext, number, sent, cancellationToken);
            return;
        }

        // Among several people it speaks when it is spoken to; a pressed button is that as well.
        if (activity.AddressIn(options.Workspace).Person.Length > 0 && !activity.MentionsBot() && ChatChoice.Read(sent) is null)
            return;
        var text = activity.PlainText();
        if (!await commands.RunAsync(turnContext, text, cancellationToken))
            await requesters.SayAsync(turnContext, text, ChatChoice.Read(sent), cancellationToken);
    }

    protected override async Task OnTeamsMessageEditAsync(ITurnContext<IMessageUpdateActivity> turnContext, CancellationToken cancellationToken)
    {
        var activity = (Activity)turnContext.Activity;
        await places.ReachAsync(activity, cancellationToken);
        await requesters.ChangeAsync(turnContext, activity.PlainText(), cancellationToken);
    }

    protected override Task OnTeamsMessageUndeleteAsync(ITurnContext<IMessageUpdateActivity> turnContext, CancellationToken cancellationToken) =>
        OnTeamsMessageEditAsync(turnContext, cancellationToken);

    protected override async Task OnTeamsMessageSoftDeleteAsync(ITurnContext<IMessageDeleteActivity> turnContext, CancellationToken cancellationToken)
    {
        await places.ReachAsync(turnContext.Activity, cancellationToken);
        await requesters.ChangeAsync(turnContext, null, cancellationToken);
    }

    protected override async Task OnConversationUpdateActivityAsync(ITurnContext<IConversationUpdateActivity> turnContext, CancellationToken cancellationToken)
    {
        var activity = turnContext.Activity;
        await places.ReachAsync(activity, cancellationToken);
        if (activity.MembersAdded?.Any(member => member.Id != activity.Recipient?.Id) == true)
            await requesters.GreetAsync(turnContext, cancellationToken);
        await places.MeetAsync(turnContext, cancellationToken);
    }

    protected override async Task OnInstallationUpdateAddAsync(ITurnContext<IInstallationUpdateActivity> turnContext, CancellationToken cancellationToken)
    {
        await places.ReachAsync(turnContext.Activity, cancellationToken);
        await requesters.GreetAsync(turnContext, cancellationToken);
        await places.MeetAsync(turnContext, cancellationToken);
    }

    protected override Task OnInstallationUpdateRemoveAsync(ITurnContext<IInstallationUpdateActivity> turnContext, CancellationToken cancellationToken) =>
        places.ForgetAsync(turnContext.Activity, cancellationToken);

    protected override async Task<InvokeResponse> OnInvokeActivityAsync(ITurnContext<IInvokeActivity> turnContext, CancellationToken cancellationToken)
    {
        // Feedback on an answer; there is nothing to answer to it.
        if (turnContext.Activity.Name == "message/submitAction")
            return new() { Status = 200, Body = new JObject() };
        if (turnContext.Activity.Value is not JObject)
            return new() { Status = 400 };
        try
        {
            return await base.OnInvokeActivityAsync(turnContext, cancellationToken);
        }
        catch (JsonException)
        {
            return new() { Status = 400 };
        }
    }

    protected override async Task<AdaptiveCardInvokeResponse> OnAdaptiveCardInvokeAsync(
        ITurnContext<IInvokeActivity> turnContext,
        AdaptiveCardInvokeValue invokeValue,
        CancellationToken cancellationToken
    )
    {
        await places.ReachAsync(turnContext.Activity, cancellationToken);
        return await cards.ExecuteAsync(turnContext, invokeValue.Action, cancellationToken);
    }

    protected override async Task<MessagingExtensionResponse> OnTeamsMessagingExtensionQueryAsync(
        ITurnContext<IInvokeActivity> turnContext,
        MessagingExtensionQuery query,
        CancellationToken cancellationToken
    )
    {
        await places.ReachAsync(turnContext.Activity, cancellationToken);
        return await extension.SearchAsync(turnContext, query, cancellationToken);
    }

    protected override async Task<MessagingExtensionResponse> OnTeamsAppBasedLinkQueryAsync(
        ITurnContext<IInvokeActivity> turnContext,
        AppBasedLinkQuery query,
        CancellationToken cancellationToken
    )
    {
        await places.ReachAsync(turnContext.Activity, cancellationToken);
        return await extension.UnfurlAsync(turnContext, query, cancellationToken);
    }

    protected override async Task<MessagingExtensionActionResponse> OnTeamsMessagingExtensionFetchTaskAsync(
        ITurnContext<IInvokeActivity> turnContext,
        MessagingExtensionAction action,
        CancellationToken cancellationToken
    )
    {
        await places.ReachAsync(turnContext.Activity, cancellationToken);
        return extension.Form(turnContext, action);
    }

    protected override async Task<MessagingExtensionActionResponse> OnTeamsMessagingExtensionSubmitActionAsync(
        ITurnContext<IInvokeActivity> turnContext,
        MessagingExtensionAction action,
        CancellationToken cancellationToken
    )
    {
        await places.ReachAsync(turnContext.Activity, cancellationToken);
        return await extension.CreateAsync(turnContext, action, cancellationToken);
    }
}
