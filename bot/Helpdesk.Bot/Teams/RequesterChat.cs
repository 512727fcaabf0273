using System.Security.Cryptography;
using System.Text;
using Helpdesk.Bot.AzureBotService;
using Helpdesk.Bot.Conversations;
using Helpdesk.Tickets;
using Microsoft.Bot.Builder;
using Microsoft.Bot.Schema;

namespace Helpdesk.Bot.Teams;

/// <summary>The conversation with whoever needs help: brings what they say to the dialog, and what it says to them.</summary>
public sealed class RequesterChat(BotOptions options, ChatTurns turns, TeamsPeople people, IChannelFiles files, IOutbox outbox)
{
    /// <summary>Answers what somebody said.</summary>
    public async Task SayAsync(ITurnContext turn, string text, ChatChoice? choice, CancellationToken cancellationToken)
    {
        var activity = turn.Activity;
        var address = activity.AddressIn(options.Workspace);
        var person = await people.FindAsync(turn, cancellationToken);
        var (kept, refused) = await KeepFilesAsync(address, activity, cancellationToken);
        // The desk reads as well what it did not get.
        var said = new PersonSaid(string.Join('\n', refused.Prepend(text)).Trim(), kept, choice) { Refused = refused };
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

    /// <summary>
    /// Brings to the ticket what somebody changed in a message, or that they deleted it. Messages that led to no words on a ticket are left
    /// alone.
    /// </summary>
    /// <param name="text">The words as they are now; null for a message that was deleted.</param>
    public async Task ChangeAsync(ITurnContext turn, string? text, CancellationToken cancellationToken)
    {
        var activity = turn.Activity;
        var address = activity.AddressIn(options.Workspace);
        if (await turns.FindSaidAsync(address, activity.Key(), cancellationToken) is not { } said)
            return;
        var person = await people.FindAsync(turn, cancellationToken);
        // A message keeps its id when it is edited; the time of the edit tells this one from others.
        var key = $"{activity.Key()} {(text is null ? "deleted" : "edited")} {activity.Timestamp?.UtcTicks} {text}";
        ChatInput changed = text is null ? new PersonDeleted(said) : new PersonEdited(said, text);
        var answer = new ChatTurn(
            address,
            IntakeChannel.Teams,
            TeamsPeople.InChat(person),
            changed,
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))
        )
        {
            Locale = activity.Locale,
            AnswerTo = activity.Id,
        };
        await turns.RunAsync(answer, cancellationToken);
        await outbox.DeliverAsync(address.Place, cancellationToken);
    }

    private async Task<(IReadOnlyList<TicketAttachment> Files, IReadOnlyList<string> Refused)> KeepFilesAsync(
        ConversationAddress address,
        Activity activity,
        CancellationToken cancellationToken
    )
    {
        var kept = new List<TicketAttachment>();
        var refused = new List<string>();
        var texts = Texts.For(activity.Locale);
        foreach (var attachment in (activity.Attachments ?? []).Where(IsFile))
        {
            if (kept.Count == files.FilesLimit)
            {
                refused.Add(
                    texts.Format(
                        "file.too-many",
                        ("name", attachment.Name ?? "?"),
                        ("count", files.FilesLimit.ToString(System.Globalization.CultureInfo.InvariantCulture))
                    )
                );
                continue;
            }

            var (file, why) = await files.KeepAsync(
                address.Workspace,
                address.Place,
                attachment,
                activity.ServiceUrl,
                kept.Sum(one => one.Size),
                cancellationToken
            );
            if (file is not null)
                kept.Add(file);
            else
                refused.Add(texts.Format("file.refused", ("name", attachment.Name ?? "?"), ("reason", why ?? "?")));
        }

        return (kept, refused);
    }

    /// <summary>The formatted form of the text comes along as an attachment of its own.</summary>
    private static bool IsFile(Attachment attachment) =>
        attachment.ContentType is { } type && type != "text/html" && !type.StartsWith("application/vnd.microsoft.card", StringComparison.Ordinal);
}
