using Helpdesk.Bot.AzureBotService;
using Helpdesk.Bot.Conversations;
using Helpdesk.Tickets;
using Microsoft.Bot.Builder;
using Microsoft.Bot.Schema;

namespace Helpdesk.Bot.Teams;

/// <summary>The conversation with whoever needs help: brings what they say to the dialog, and what it says to them.</summary>
public sealed class RequesterChat(BotOptions options, ChatTurns turns, TeamsPeople people, IChannelFiles files, IOutbox outbox)
{
    private const int FilesLimit = 10;

    /// <summary>Answers what somebody said.</summary>
    public async Task SayAsync(ITurnContext turn, string text, ChatChoice? choice, CancellationToken cancellationToken)
    {
        var activity = turn.Activity;
        var address = activity.AddressIn(options.Workspace);
        var person = await people.FindAsync(turn, cancellationToken);
        var (kept, refused) = await KeepFilesAsync(address, activity, cancellationToken);
        var said = new PersonSaid(refused.Length == 0 ? text : $"{text}\n{refused}".Trim(), kept, choice);
        var answer = new ChatTurn(address, IntakeChannel.Teams, TeamsPeople.InChat(person), said, activity.Key())
        {
            Locale = activity.Locale,
            AnswerTo = activity.Id,
        };
        await turns.RunAsync(answer, cancellationToken);
        await outbox.DeliverAsync(address.Place, cancellationToken);
    }

    /// <summary>Says hello to somebody who has just met the bot; only where there is one person, since nobody in a channel asked to be greeted.</summary>
    public async Task GreetAsync(ITurnContext turn, CancellationToken cancellationToken)
    {
        var activity = turn.Activity;
        var address = activity.AddressIn(options.Workspace);
        if (address.Person.Length > 0)
            return;
        var greeting = new ChatTurn(address, IntakeChannel.Teams, TeamsPeople.InChat(null), new PersonJoined(), activity.Key()) { Locale = activity.Locale };
        await turns.RunAsync(greeting, cancellationToken);
        await outbox.DeliverAsync(address.Place, cancellationToken);
    }

    private async Task<(IReadOnlyList<TicketAttachment> Files, string Refused)> KeepFilesAsync(
        ConversationAddress address,
        Activity activity,
        CancellationToken cancellationToken
    )
    {
        var kept = new List<TicketAttachment>();
        var refused = new List<string>();
        var texts = Texts.For(activity.Locale);
        foreach (var attachment in (activity.Attachments ?? []).Where(IsFile).Take(FilesLimit))
        {
            var (file, why) = await files.KeepAsync(address.Workspace, address.Place, attachment, activity.ServiceUrl, cancellationToken);
            if (file is not null)
                kept.Add(file);
            else
                refused.Add(texts.Format("file.refused", ("name", attachment.Name ?? "?"), ("reason", why ?? "?")));
        }

        return (kept, string.Join('\n', refused));
    }

    /// <summary>The formatted form of the text comes along as an attachment of its own.</summary>
    private static bool IsFile(Attachment attachment) =>
        attachment.ContentType is { } type && type != "text/html" && !type.StartsWith("application/vnd.microsoft.card", StringComparison.Ordinal);
}
