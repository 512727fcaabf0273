using System.Collections.Immutable;
using System.Globalization;
using Helpdesk.Bot.Conversations;
using Helpdesk.Email;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Teams;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Email;

/// <summary>
/// Writes down who is to be told of what happens to a ticket, by mail or in Teams: each notification once, however often its event comes. Both are decided
/// here, so that nobody is told by neither.
/// </summary>
public sealed class NotifyPeople(
    OutgoingMails mails,
    AgentNotices notices,
    MailSettings settings,
    DirectoryStore directory,
    TicketStore tickets,
    TimeProvider time
) : IEventSubscriber, IAgentNotReached
{
    /// <summary>Events that are older come from a dead letter that nobody wanted for a long time: nobody is told of them by mail any more.</summary>
    private static readonly TimeSpan News = TimeSpan.FromDays(14);

    public string Name => "Mail";

    public bool Wants(IReadOnlyList<TicketEvent> events) => events.Any(Notifications.Matters);

    public async Task TakeAsync(Ticket ticket, IReadOnlyList<TicketEvent> events, CancellationToken cancellationToken)
    {
        await TellAsync(ticket, await DueAsync(ticket, events, cancellationToken), cancellationToken);
    }

    public async Task TellAsync(TicketAddress address, long seq, string agent, CancellationToken cancellationToken)
    {
        if (
            await tickets.FindAsync(address, cancellationToken) is not { } ticket
            || await tickets.ReadEventsAsync(TicketAddress.Of(ticket), seq - 1, 1, cancellationToken) is not [{ } happened]
        )
            return;
        var due = await DueAsync(ticket, [happened], cancellationToken);
        await TellAsync(ticket, [.. due.Where(one => one.Agent == agent)], cancellationToken);
    }

    private async Task TellAsync(Ticket ticket, IReadOnlyList<Notification> due, CancellationToken cancellationToken)
    {
        // Whoever has just left their chat is told by mail.
        var missed = await notices.TellAsync(ticket, [.. due.Where(one => one.InTeams)], cancellationToken);
        await mails.AddAsync([.. due.Where(one => !one.InTeams).Concat(missed).Select(one => MailOf(ticket, one))], cancellationToken);
    }

    private async Task<IReadOnlyList<Notification>> DueAsync(Ticket ticket, IReadOnlyList<TicketEvent> events, CancellationToken cancellationToken)
    {
        var since = time.GetUtcNow() - News;
        if (events.Where(happened => happened.At > since).ToList() is not { Count: > 0 } news)
            return [];
        var agents = await directory.RememberAgentsAsync(ticket.Workspace, cancellationToken);
        if (ticket.Workspace == DirectoryStore.HomeWorkspace)
            agents = [.. agents, DirectoryStore.FirstAdmin];
        var notes = await NotesAsync(ticket, news, agents, cancellationToken);
        var set = await settings.OfAsync(ticket.Workspace, cancellationToken);
        return Notifications.Of(
            ticket,
            news,
            new()
            {
                Setting = set.Setting,
                Agents = agents,
                Wishes = set.Wishes,
                ReachedInTeams =
                    set.Wishes.Any(wish => wish.Uses(NotifyBy.Teams)) || news.Any(happened => Notifications.ApprovalOf(happened.Fact) is not null)
                        ? await notices.ReachedAsync(ticket.Workspace, cancellationToken)
                        : ImmutableHashSet<string>.Empty,
                Words = notes.GetValueOrDefault,
                IsToldInChannel = conversation => ConversationAddress.Parse(conversation).Channel != ConversationAddress.OwnChat,
            }
        );
    }

    /// <summary>The words of new notes, in which agents may be named.</summary>
    private async Task<Dictionary<string, string>> NotesAsync(
        Ticket ticket,
        IReadOnlyList<TicketEvent> events,
        IReadOnlyList<Agent> agents,
        CancellationToken cancellationToken
    )
    {
        var words = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var happened in events)
        {
            if (
                happened.Fact is CommentAdded { Visibility: CommentVisibility.Internal } note
                && agents.Any(agent => agent.Active && agent.Id != happened.By.Id)
                && await tickets.FindCommentAsync(TicketAddress.Of(ticket), note.Comment, happened.At, cancellationToken) is { } comment
            )
                words[note.Comment] = comment.Body;
        }

        return words;
    }

    private static Mail MailOf(Ticket ticket, Notification due) =>
        new()
        {
            Id = OutgoingMails.IdOf(
                ticket.Workspace,
                string.Create(CultureInfo.InvariantCulture, $"{ticket.Id}/{due.Seq}/{due.Event}/{due.To.ToLowerInvariant()}"),
                ticket.Number,
                due.At
            ),
            Workspace = ticket.Workspace,
            Ticket = ticket.Id,
            Number = ticket.Number,
            Seq = due.Seq,
            Event = due.Event,
            To = due.To,
            Name = due.Name,
            Agent = due.Agent,
            Comment = due.Comment,
            ShownTo = due is { Comment: not null, Agent: null } ? ticket.Requester.Email.ToLowerInvariant() : null,
            By = due.By,
            Automatic = due.Automatic,
            At = due.At,
            AskedAt = due.AskedAt,
            State = MailState.Queued,
        };
}
