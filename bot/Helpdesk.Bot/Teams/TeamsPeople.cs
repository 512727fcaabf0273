using Helpdesk.Bot.AzureBotService;
using Helpdesk.Bot.Conversations;
using Helpdesk.Tickets;
using Microsoft.Bot.Builder;
using Microsoft.Bot.Builder.Teams;
using Microsoft.Bot.Connector;
using Microsoft.Bot.Schema;
using Microsoft.Bot.Schema.Teams;
using Microsoft.Extensions.Logging;

namespace Helpdesk.Bot.Teams;

/// <summary>Knows who speaks. The activity itself carries no address, so the channel's roster is asked.</summary>
public sealed partial class TeamsPeople(BotOptions options, ITeamsStore store, ILogger<TeamsPeople> logger)
{
    private const int NameLimit = 99;

    /// <summary>Who sent the activity of a turn; null for somebody whom the roster does not show.</summary>
    public async Task<ChannelPerson?> FindAsync(ITurnContext turn, CancellationToken cancellationToken)
    {
        var from = turn.Activity.From;
        if (from?.Id is not { Length: > 0 } id)
            return null;
        // Only Teams vouches for who somebody is: in other channels whoever writes may have chosen the name and the rest.
        if (turn.Activity.ChannelId != Channels.Msteams)
            return new(id, from.Name, null, null);
        var known = from.AadObjectId ?? id;
        if (await store.FindPersonAsync(options.Workspace, known, cancellationToken) is { } person)
            return person;
        TeamsChannelAccount member;
        try
        {
            member = await TeamsInfo.GetMemberAsync(turn, id, cancellationToken);
        }
        catch (ErrorResponseException refusal) when ((int)refusal.StatusOf() is (>= 400 and < 500) or 501)
        {
            // Somebody whom the roster does not show is nobody we know.
            if ((int)refusal.StatusOf() != 404)
                Log.NoRoster(logger, (int)refusal.StatusOf());
            return null;
        }

        var email = new[] { member.Email, member.UserPrincipalName }.FirstOrDefault(address => address is not null && RequesterDialog.IsEmail(address));
        person = new(id, member.Name, email, member.AadObjectId ?? from.AadObjectId);
        await store.SavePersonAsync(options.Workspace, known, person, cancellationToken);
        return person;
    }

    /// <summary>Somebody as the conversation knows them.</summary>
    public static ChatPerson InChat(ChannelPerson? person) => new(person?.Email, NameOf(person?.Name));

    /// <summary>A name as a ticket can have it: on one line, and not longer than names are.</summary>
    private static string? NameOf(string? name)
    {
        var clean = string.Join(' ', PlainText.Of(name ?? "").Split([' ', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries));
        return clean.Length == 0 ? null : TeamsReplies.Cut(clean, NameLimit);
    }

    /// <summary>Somebody as the desk knows them who asks outside of a conversation.</summary>
    public ChatCaller AsCaller(IActivity activity, ChannelPerson? person) =>
        new(options.Workspace, activity.AddressIn(options.Workspace).ToString(), IntakeChannel.Teams, InChat(person), []);

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "The roster did not show who speaks ({Status})")]
        public static partial void NoRoster(ILogger logger, int status);
    }
}
