using System.Collections.Concurrent;
using System.Net;
using Microsoft.Bot.Connector;
using Microsoft.Bot.Schema;

namespace Helpdesk.Bot.AzureBotService;

/// <summary>Says something in a conversation of a channel at any time, also when nobody has just asked.</summary>
public sealed class ConversationSender(ChannelAuthentication authentication)
{
    private const int Capacity = 100;

    /// <summary>A connector for each service URL. Each learns by reflection how to write activities, which costs more than sending one.</summary>
    private readonly ConcurrentDictionary<string, IConnectorClient> _connectors = new(StringComparer.Ordinal);

    /// <summary>Says something at the end of a conversation, or below what it answers; gives the id under which it can be changed.</summary>
    public async Task<string?> SayAsync(ConversationReference to, Activity activity, CancellationToken cancellationToken)
    {
        var connector = await ConnectAsync(to, activity, cancellationToken);
        var sent = activity.ReplyToId is null
            ? await connector.Conversations.SendToConversationAsync(activity, cancellationToken)
            : await connector.Conversations.ReplyToActivityAsync(activity, cancellationToken);
        return sent?.Id;
    }

    /// <summary>Puts something else in the place of what the bot said before.</summary>
    public async Task ChangeAsync(ConversationReference to, string activityId, Activity activity, CancellationToken cancellationToken)
    {
        activity.Id = activityId;
        var connector = await ConnectAsync(to, activity, cancellationToken);
        await connector.Conversations.UpdateActivityAsync(activity, cancellationToken);
    }

    private async ValueTask<IConnectorClient> ConnectAsync(ConversationReference to, Activity activity, CancellationToken cancellationToken)
    {
        (activity.ChannelId, activity.ServiceUrl, activity.Conversation, activity.From) = (to.ChannelId, to.ServiceUrl, to.Conversation, to.Bot);
        if (_connectors.TryGetValue(to.ServiceUrl, out var known))
            return known;
        if (_connectors.Count >= Capacity)
            _connectors.Clear();
        return _connectors.GetOrAdd(to.ServiceUrl, await authentication.ConnectAsync(to.ServiceUrl, cancellationToken));
    }
}

/// <summary>What a connector means when it does not take something.</summary>
public static class ConnectorRefusals
{
    private const string ConversationNotFound = "ConversationNotFound";

    /// <summary>Whether the bot was blocked or removed, or the conversation is gone.</summary>
    public static bool SaysBotIsOut(this ErrorResponseException refusal) =>
        refusal.StatusOf() == HttpStatusCode.Forbidden || refusal.CodeOf() == ConversationNotFound;

    /// <summary>Whether the conversation is there and what was to be changed in it is not.</summary>
    public static bool SaysActivityIsGone(this ErrorResponseException refusal) =>
        refusal.StatusOf() == HttpStatusCode.NotFound && refusal.CodeOf() != ConversationNotFound;

    /// <summary>Whether the same would be refused again.</summary>
    public static bool IsFinal(this ErrorResponseException refusal) => (int)refusal.StatusOf() is 400 or 404 or 413;

    public static HttpStatusCode StatusOf(this ErrorResponseException refusal) => refusal.Response?.StatusCode ?? default;

    private static string? CodeOf(this ErrorResponseException refusal) => refusal.Body?.Error?.Code;
}
