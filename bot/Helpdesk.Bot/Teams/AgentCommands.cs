using System.Globalization;
using System.Text.RegularExpressions;
using Helpdesk.Bot.AzureBotService;
using Helpdesk.Bot.Conversations;
using Microsoft.Bot.Builder;
using Microsoft.Bot.Schema;

namespace Helpdesk.Bot.Teams;

/// <summary>What agents can type: the link between a group and a conversation, and the number of any ticket.</summary>
public sealed partial class AgentCommands(BotOptions options, ChatTurns turns, IAgentDesk desk, TeamsPeople people, ITeamsStore store, IOutbox outbox)
{
    /// <summary>Does what the text asks for; false when it is no command of an agent.</summary>
    public async Task<bool> RunAsync(ITurnContext turn, string text, CancellationToken cancellationToken)
    {
        var activity = turn.Activity;
        Func<Texts, Task<ChatReply>>? answer = null;
        if (LinkCommand().Match(text) is { Success: true } link)
        {
            var (group, unlink) = (link.Groups["group"].Value.ToLowerInvariant(), link.Groups["unlink"].Success);
            answer = async texts => new(await LinkAsync(turn, group, unlink, texts, cancellationToken), []);
        }
        else if (
            text.Length < 20
            && NumberAlone().Match(text) is { Success: true } asked
            && await AgentWhoAsksAsync(turn, asked.Groups["sign"].Success, cancellationToken) is { } agent
        )
        {
            var number = long.Parse(asked.Groups["number"].ValueSpan, CultureInfo.InvariantCulture);
            answer = texts => ShowAsync(activity, agent, number, texts, cancellationToken);
        }

        if (answer is null)
            return false;
        var address = activity.AddressIn(options.Workspace);
        await turns.AnswerAsync(address, activity.Key(), activity.Id, answer, activity.Locale, cancellationToken);
        await outbox.DeliverAsync(address.Place, cancellationToken);
        return true;
    }

    /// <summary>
    /// The agent who wants to see a ticket. For everybody else a number means a ticket of their own; an agent may be somebody's requester
    /// as well, and answer with a number.
    /// </summary>
    private async Task<Directory.Agent?> AgentWhoAsksAsync(ITurnContext turn, bool withSign, CancellationToken cancellationToken)
    {
        var person = await people.FindAsync(turn, cancellationToken);
        var agent = await desk.FindAgentAsync(options.Workspace, person?.EntraId, person?.Email, cancellationToken);
        return agent is not null && (withSign || !await turns.AnswersAgentAsync(turn.Activity.AddressIn(options.Workspace), cancellationToken)) ? agent : null;
    }

    private async Task<ChatReply> ShowAsync(IActivity activity, Directory.Agent agent, long number, Texts texts, CancellationToken cancellationToken)
    {
        var answer = await desk.ActAsync(options.Workspace, agent, number, new LookAgain(), activity.Key(), cancellationToken);
        return answer.Card is null ? new(texts["ticket.none"], []) : new($"#{number}", [], AgentCard.Of(answer.Card, texts));
    }

    private async Task<string> LinkAsync(ITurnContext turn, string group, bool unlink, Texts texts, CancellationToken cancellationToken)
    {
        var person = await people.FindAsync(turn, cancellationToken);
        if (await desk.FindAgentAsync(options.Workspace, person?.EntraId, person?.Email, cancellationToken) is not { } agent)
            return texts["agent.only"];
        var root = turn.Activity.Root();
        var place = ConversationAddress.PlaceOf(options.Workspace, root.ChannelId ?? "", root.Conversation.Id);
        if (unlink)
        {
            var unlinked = await desk.UnlinkGroupAsync(options.Workspace, agent, group, place, cancellationToken);
            return texts.Format(unlinked ? "agent.unlinked" : "agent.not-linked", ("group", group));
        }

        await store.SaveReferenceAsync(place, root, cancellationToken);
        var linked = await desk.LinkGroupAsync(options.Workspace, agent, group, place, turn.Activity.Locale, cancellationToken);
        return texts.Format(linked is null ? "agent.no-group" : "agent.linked", ("group", group));
    }

    [GeneratedRegex(@"^\s*(?<unlink>un)?link\s+group\s+(?<group>[A-Za-z0-9-]{1,40})\s*$", RegexOptions.IgnoreCase)]
    private static partial Regex LinkCommand();

    [GeneratedRegex(@"^\s*(?<sign>ticket\s*#?|#)?\s*(?<number>[1-9][0-9]{0,14})\s*$", RegexOptions.IgnoreCase)]
    private static partial Regex NumberAlone();
}
