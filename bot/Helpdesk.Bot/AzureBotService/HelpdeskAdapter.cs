using Microsoft.Bot.Builder;
using Microsoft.Bot.Builder.Integration.AspNet.Core;
using Microsoft.Bot.Schema;
using Newtonsoft.Json;

namespace Helpdesk.Bot.AzureBotService;

/// <summary>The adapter for Teams and every other channel of Azure Bot Service.</summary>
public sealed class HelpdeskAdapter(ChannelAuthentication authentication) : CloudAdapter(authentication)
{
    private static readonly JsonSerializer Json = Serializer();

    /// <summary>Brings an activity to the bot; gives the answer to an invoke, and null for everything else.</summary>
    /// <param name="body">What was posted.</param>
    /// <param name="authorization">The header of that name.</param>
    /// <exception cref="ActivityRefusedException">It is no activity, or not one of a channel of this bot.</exception>
    public async Task<InvokeResponse?> ReceiveAsync(ReadOnlyMemory<byte> body, string? authorization, IBot bot, CancellationToken cancellationToken)
    {
        var activity = Read(body);
        // Whoever cannot prove who they are learns nothing else either, not even that their activity was none.
        var sender = await authentication.AuthenticateRequestAsync(activity ?? new(), authorization, cancellationToken);
        if (activity is not { Type.Length: > 0, Conversation.Id.Length: > 0 } || !IsWebAddress(activity.ServiceUrl))
            throw new ActivityRefusedException(400, "activity-expected", "Send an activity with type, conversation and serviceUrl.");
        return await ProcessActivityAsync(sender, activity, bot.OnTurnAsync, cancellationToken);
    }

    private static bool IsWebAddress(string? text) => Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is ("https" or "http");

    private static Activity? Read(ReadOnlyMemory<byte> body)
    {
        using var text = new StreamReader(new MemoryStream(body.ToArray()));
        using var reader = new JsonTextReader(text);
        try
        {
            return Json.Deserialize<Activity>(reader);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The SDK's own way to read, which leaves what somebody typed into a card as it is even when it looks like a date.</summary>
    private static JsonSerializer Serializer()
    {
        var serializer = JsonSerializer.Create(HttpHelper.BotMessageSerializerSettings);
        serializer.DateParseHandling = DateParseHandling.None;
        return serializer;
    }
}
