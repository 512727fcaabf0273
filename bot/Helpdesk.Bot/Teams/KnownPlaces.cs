using Helpdesk.Bot.AzureBotService;
using Helpdesk.Bot.Conversations;
using Microsoft.Bot.Builder;
using Microsoft.Bot.Connector;
using Microsoft.Bot.Schema;

namespace Helpdesk.Bot.Teams;

/// <summary>Notes where conversations are reached, and in which of them the bot has met an agent alone.</summary>
public sealed class KnownPlaces(BotOptions options, ITeamsStore store, TeamsPeople people)
{
    /// <summary>Notes where the conversation of an activity is reached.</summary>
    public Task ReachAsync(IActivity activity, CancellationToken cancellationToken) =>
        store.SaveReferenceAsync(PlaceOf(activity), activity.GetConversationReference(), cancellationToken);

    /// <summary>Notes where an agent can be told something: only Teams vouches for who somebody is, and only in a personal chat nobody else reads
    /// it.</summary>
    public async Task MeetAsync(ITurnContext turn, CancellationToken cancellationToken)
    {
        var activity = turn.Activity;
        if (activity is not { ChannelId: Channels.Msteams, Conversation: { ConversationType: "personal", IsGroup: not true } })
            return;
        if (await people.FindAsync(turn, cancellationToken) is { } person)
            await store.MeetAsync(PlaceOf(activity), person, activity.Locale, cancellationToken);
    }

    /// <summary>Forgets a conversation that the bot was removed from.</summary>
    public Task ForgetAsync(IActivity activity, CancellationToken cancellationToken) => store.DropReferenceAsync(PlaceOf(activity), cancellationToken);

    private string PlaceOf(IActivity activity) => activity.AddressIn(options.Workspace).Place;
}
