using Helpdesk.Functions.Events;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Email;

/// <summary>Has mails to a closed ticket find its follow-up, whichever way that was opened.</summary>
public sealed class NoteFollowUps(MailArrivals arrivals) : IStateSubscriber
{
    public string Name => "FollowUps";

    public bool Concerns(IReadOnlyList<TicketEvent> events) => events.Any(happened => happened.Fact is TicketOpened { FollowUpOf: not null });

    public Task LookAsync(Ticket ticket, IReadOnlyList<TicketEvent> events, CancellationToken cancellationToken) =>
        ticket.FollowUpOf is { } closed
            ? arrivals.NoteFollowUpAsync(ticket.Workspace, closed, new(ticket.Receipt ?? "", "", ticket.CreatedAt, ticket.Id), cancellationToken)
            : Task.CompletedTask;
}
