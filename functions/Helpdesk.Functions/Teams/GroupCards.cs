using System.Globalization;
using Azure.Data.Tables;
using Helpdesk.Bot.AzureBotService;
using Helpdesk.Bot.Conversations;
using Helpdesk.Bot.Teams;
using Helpdesk.Functions.Conversations;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;
using Helpdesk.Sla;
using Microsoft.Bot.Schema;

namespace Helpdesk.Functions.Teams;

/// <summary>
/// Keeps one card per ticket in the conversation of its group: posted when the ticket comes, changed in place with it; what wants attention
/// is said below it.
/// </summary>
public sealed partial class GroupCards(
    StorageClients storage,
    TeamsStore store,
    TicketStore tickets,
    GroupLinks links,
    AgentDesk desk,
    ConversationSender sender,
    WorkQueue<OutboxMessage> queue,
    KeyedLocks locks,
    TimeProvider time,
    ILogger<GroupCards> logger
) : IEventSubscriber
{
    /// <summary>Workspaces without any link, as this process last saw them: their tickets need not be told of.</summary>
    private readonly ShortMemory<string> _unlinked = new(time, TimeSpan.FromSeconds(30));

    private TableClient Table => storage.Table(ConversationStore.TableName);

    public const string SubscriberName = "GroupCards";

    public string Name => SubscriberName;

    public bool Wants(IReadOnlyList<TicketEvent> events) =>
        events.Any(happened => happened.Fact is not TicketOpened opened || (opened.Group is not null && !_unlinked.Knows(opened.Workspace)));

    public async Task TakeAsync(Ticket ticket, IReadOnlyList<TicketEvent> events, CancellationToken cancellationToken)
    {
        var all = await links.OfAsync(ticket.Workspace, cancellationToken);
        if (all.Count == 0)
        {
            await _unlinked.GetAsync(ticket.Workspace, () => Task.FromResult<string?>("none"));
            return;
        }

        var groups = events
            .Select(happened => happened.Fact)
            .OfType<GroupChanged>()
            .Select(changed => changed.From)
            .Append(ticket.Group)
            .ToHashSet(StringComparer.Ordinal);
        foreach (var link in all.Where(link => groups.Contains(link.Group)))
        {
            var work = new OutboxMessage(link.Place, ticket.Number, events[^1].Seq);
            queue.Committed(await queue.AnnounceAsync(work, cancellationToken));
        }
    }

    /// <summary>Shows a ticket as it is now on its card in a conversation, and says below it what has not been said there yet.</summary>
    public async Task BringUpToDateAsync(OutboxMessage work, CancellationToken cancellationToken)
    {
        var workspace = new ConversationAddress(work.Place).Workspace;
        var address = new TicketAddress(workspace, work.Ticket!.Value);
        // A conversation may have several groups, and has one card of the ticket all the same.
        var here = (await links.OfAsync(workspace, cancellationToken)).Where(link => link.Place == work.Place).ToList();
        if (here.Count > 0 && await tickets.FindAsync(address, cancellationToken) is { } ticket)
            await ShowAsync(ticket, work.UpTo, here, cancellationToken);
    }

    private async Task ShowAsync(Ticket ticket, long upTo, List<GroupLink> here, CancellationToken cancellationToken)
    {
        var link = here.Find(one => one.Group == ticket.Group) ?? here[0];
        var key = ConversationRows.CardKey(link.Place, ticket.Number);
        using var turn = await locks.TakeAsync(key, cancellationToken);
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(link.Place, key, cancellationToken: cancellationToken);
        var row = found.HasValue ? found.Value! : new TableEntity(link.Place, key);
        var posted = row.GetString("ActivityId");
        if (posted is null && (link.Group != ticket.Group || ticket.Status is TicketStatus.Resolved or TicketStatus.Closed))
            return;
        if (await store.FindReferenceAsync(link.Place, cancellationToken) is not { } reference)
            return;

        var texts = Texts.For(link.Locale);
        var shown = await desk.ShowAsync(ticket, cancellationToken);
        var told = row.GetInt64("Told") ?? 0;
        try
        {
            if (posted is null || (row.GetInt64("Version") ?? 0) < ticket.Version)
            {
                var card = TeamsReplies.Message(AgentCard.Of(shown, texts), $"#{ticket.Number} {ticket.Subject}");
                posted = await PostAsync(reference, posted, card, cancellationToken);
                // A card that was just posted says all that happened before it.
                if (!found.HasValue)
                    told = ticket.Version;
                await NoteAsync(row, posted, ticket.Version, told, cancellationToken);
            }

            // By the card's own count, not by the message's: messages may come in any order.
            foreach (var happened in upTo > told ? await tickets.ReadEventsAsync(TicketAddress.Of(ticket), told, (int)(upTo - told), cancellationToken) : [])
            {
                if (await AlertAsync(ticket, happened, texts, cancellationToken) is { } words)
                {
                    await sender.SayAsync(Below(reference, posted), TeamsReplies.Message(words), cancellationToken);
                    await NoteAsync(row, posted, ticket.Version, happened.Seq, cancellationToken);
                }

                told = happened.Seq;
            }

            if (told > (row.GetInt64("Told") ?? 0))
                await NoteAsync(row, posted, ticket.Version, told, cancellationToken);
        }
        catch (ErrorResponseException refusal) when (refusal.SaysBotIsOut())
        {
            Log.Removed(logger, link.Group, (int)refusal.StatusOf());
            await store.DropReferenceAsync(link.Place, cancellationToken);
        }
    }

    private async Task<string> PostAsync(ConversationReference reference, string? posted, Activity card, CancellationToken cancellationToken)
    {
        if (posted is not null)
        {
            try
            {
                await sender.ChangeAsync(reference, posted, card, cancellationToken);
                return posted;
            }
            catch (ErrorResponseException refusal) when (refusal.SaysActivityIsGone())
            {
                // Somebody has deleted the card: it comes again.
                card.Id = null;
            }
        }

        return await sender.SayAsync(reference, card, cancellationToken)
            ?? throw new InvalidDataException("The connector took a card and named no id for it.");
    }

    private Task NoteAsync(TableEntity row, string posted, long version, long told, CancellationToken cancellationToken)
    {
        (row["ActivityId"], row["Version"], row["Told"]) = (posted, version, told);
        return Table.UpsertEntityAsync(row, TableUpdateMode.Replace, cancellationToken);
    }

    /// <summary>What is said below the card, since a card that changes in place notifies nobody.</summary>
    private async Task<string?> AlertAsync(Ticket ticket, TicketEvent happened, Texts texts, CancellationToken cancellationToken)
    {
        var number = ("number", ticket.Number.ToString(CultureInfo.InvariantCulture));
        return happened.Fact switch
        {
            SlaStepFired { Do: SlaAction.Warn or SlaAction.Notify, At: < 100 } => texts.Format("card.alert.warn", number),
            SlaBreached => texts.Format("card.alert.breached", number),
            AssigneeChanged { To: { } assignee } => texts.Format(
                "card.alert.assigned",
                number,
                ("agent", await desk.NameOfAsync(ticket.Workspace, assignee, cancellationToken))
            ),
            TagsChanged tags
                when tags.To.Contains(TicketRules.TalkTag, StringComparer.Ordinal) && !tags.From.Contains(TicketRules.TalkTag, StringComparer.Ordinal) =>
                texts.Format("card.alert.talk", number),
            // An answer to what waited is told by its words.
            TicketReopened { From: TicketStatus.Resolved } => texts.Format("card.alert.reopened", number),
            CommentEdited { Visibility: CommentVisibility.Public } edited when happened.By.Kind == ActorKind.Requester => texts.Format(
                "card.alert.edited",
                number,
                ("name", happened.By.Name ?? happened.By.Id ?? ""),
                ("text", TeamsReplies.Cut(edited.To, 500))
            ),
            CommentDeleted { Visibility: CommentVisibility.Public } when happened.By.Kind == ActorKind.Requester => texts.Format(
                "card.alert.deleted",
                number,
                ("name", happened.By.Name ?? happened.By.Id ?? "")
            ),
            CommentAdded { Visibility: CommentVisibility.Public } added
                when happened.By.Kind == ActorKind.Requester
                    && await tickets.FindCommentAsync(TicketAddress.Of(ticket), added.Comment, happened.At, cancellationToken)
                        is { DeletedAt: null } comment => texts.Format(
                "card.alert.comment",
                number,
                ("name", happened.By.Name ?? happened.By.Id ?? ""),
                ("text", TeamsReplies.Cut(comment.Body, 500))
            ),
            _ => null,
        };
    }

    /// <summary>In a channel, the thread that the card begins.</summary>
    private static ConversationReference Below(ConversationReference reference, string posted)
    {
        if (reference.Conversation is not { ConversationType: "channel" } channel)
            return reference;
        var thread = new ConversationAccount(isGroup: true, conversationType: "channel", id: $"{channel.Id};messageid={posted}", tenantId: channel.TenantId);
        return new(bot: reference.Bot, conversation: thread, channelId: reference.ChannelId, serviceUrl: reference.ServiceUrl);
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "The cards of group {Group} have no conversation any more ({Status}): link it again")]
        public static partial void Removed(ILogger logger, string group, int status);
    }
}
