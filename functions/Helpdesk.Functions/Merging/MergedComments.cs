using Helpdesk.Functions.Events;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Merging;

/// <summary>Moves the comments of a merged ticket to the ticket it was merged into: copies, records it there once, then removes.</summary>
public sealed class MergedComments(TicketStore tickets, TimeProvider time) : IEventSubscriber
{
    public string Name => "Merges";

    public bool Wants(IReadOnlyList<TicketEvent> events) => events.Any(happened => happened.Fact is TicketMerged);

    public async Task TakeAsync(Ticket ticket, IReadOnlyList<TicketEvent> events, CancellationToken cancellationToken)
    {
        if (ticket.MergedInto is not { } into || TicketAddress.Parse(ticket.Workspace, into) is not { } next)
            return;
        // The target may have been merged on since.
        var target =
            await tickets.FindAsync(next, cancellationToken)
            ?? throw new InvalidDataException($"Ticket {ticket.Number} was merged into {into}, which is not there.");
        for (var hops = 0; target.MergedInto is { } further && hops < 20; hops++)
            target = (TicketAddress.Parse(ticket.Workspace, further) is { } address ? await tickets.FindAsync(address, cancellationToken) : null) ?? target;

        var source = TicketAddress.Of(ticket);
        var comments = (await tickets.ReadCommentsAsync(source, null, int.MaxValue, cancellationToken)).Select(row => row.Comment).ToList();
        var moved = comments.Select(comment => comment with { MovedFrom = comment.MovedFrom ?? ticket.Number }).Prepend(Description(ticket));
        await tickets.ReceiveCommentsAsync(TicketAddress.Of(target), moved, cancellationToken);
        var already = (await tickets.ReadEventsAsync(TicketAddress.Of(target), 0, int.MaxValue, cancellationToken)).Any(happened =>
            happened.Fact is MergeReceived received && received.From == ticket.Id
        );
        if (!already)
        {
            await tickets.ChangeAsync(
                TicketAddress.Of(target),
                IfMatch.Any,
                null,
                async (current, cancelled) =>
                {
                    var since = await tickets.ReadEventsAsync(TicketAddress.Of(current), 0, int.MaxValue, cancelled);
                    return since.Any(happened => happened.Fact is MergeReceived received && received.From == ticket.Id)
                        ? new TicketChange(current, [])
                        : TicketRules.ReceiveMerge(current, ticket, comments.Count + 1, OldestUnanswered(ticket), time.GetUtcNow());
                },
                cancellationToken
            );
        }

        await tickets.RemoveCommentsAsync(source, comments, cancellationToken);
    }

    /// <summary>What nobody has answered on the ticket that ends: its clocks for replies were still running.</summary>
    private static DateTimeOffset? OldestUnanswered(Ticket ticket) =>
        ticket
            .Sla?.Run?.Clocks.Where(clock => clock.Metric is Helpdesk.Sla.SlaMetric.FirstReply or Helpdesk.Sla.SlaMetric.NextReply && clock.StoppedAt is null)
            .Select(clock => (DateTimeOffset?)clock.StartedAt)
            .Min();

    /// <summary>What the requester wrote first goes along as a comment of theirs.</summary>
    private static Comment Description(Ticket ticket) =>
        new()
        {
            Id = $"{ticket.Number}-1",
            Body = ticket.Description,
            Visibility = CommentVisibility.Public,
            At = ticket.CreatedAt,
            By = ActorKind.Requester,
            Actor = new Actor(ActorKind.Requester, ticket.Requester.Email, ticket.Requester.Name),
            Attachments = ticket.Attachments,
            MovedFrom = ticket.Number,
        };
}
