using Helpdesk.Closing;
using Helpdesk.Functions.Deadlines;
using Helpdesk.Functions.Tickets;
using Microsoft.DurableTask;

namespace Helpdesk.Functions.Closing;

/// <summary>Closes what has stayed resolved, and reminds and closes what waits for its requester, when the workspace wants that.</summary>
public static class ResolvedTicketClosing
{
    /// <summary>One instance for each ticket.</summary>
    public static string InstanceOf(TicketAddress ticket) => $"closing-{ticket.Workspace}-{ticket.Number}";

    [Function(nameof(ResolvedTicketClosing))]
    public static async Task Run([OrchestrationTrigger] TaskOrchestrationContext context, WatchedTicket watched)
    {
        if (await context.NextAsync(nameof(CloseQuietTicket), watched) is { } next)
            context.ContinueAsNew(watched with { WakeAt = next });
    }
}

/// <summary>Does what is due about a quiet ticket; gives when to ask again, or null.</summary>
public sealed class CloseQuietTicket(TicketStore tickets, ClosingSettings closing, TimeProvider time)
{
    [Function(nameof(CloseQuietTicket))]
    public async Task<DateTimeOffset?> Run([ActivityTrigger] WatchedTicket watched, CancellationToken cancellationToken)
    {
        await Watching.UntilDueAsync(watched, time, cancellationToken);
        return await CloseAsync(watched.Ticket, cancellationToken);
    }

    /// <summary>The same, for whoever else finds that it is time.</summary>
    public async Task<DateTimeOffset?> CloseAsync(TicketAddress address, CancellationToken cancellationToken)
    {
        var setting = await closing.FindAsync(address.Workspace, cancellationToken);
        var change = await tickets.ChangeAsync(
            address,
            Hosting.IfMatch.Any,
            null,
            (ticket, _) => new(ClosingRules.Act(ticket, setting, time.GetUtcNow())),
            cancellationToken
        );
        return change is null ? null : ClosingRules.NextAt(change.Ticket, setting);
    }
}

/// <summary>When a quiet ticket is to be closed, or its requester to be reminded.</summary>
public sealed class ClosingDeadline(CloseQuietTicket close, ClosingSettings closing) : IDeadline
{
    public DueKind Kind => DueKind.Closing;

    public string Orchestrator => nameof(ResolvedTicketClosing);

    public string InstanceOf(TicketAddress ticket) => ResolvedTicketClosing.InstanceOf(ticket);

    public bool Concerns(IReadOnlyList<TicketEvent> events) => events.Any(happened => happened.Fact is StatusChanged or TicketReopened);

    public async ValueTask<NextWake?> NextAsync(Ticket ticket, IReadOnlyList<TicketEvent> events, CancellationToken cancellationToken) =>
        ticket.Status is TicketStatus.Resolved or TicketStatus.Pending
        && ClosingRules.NextAt(ticket, await closing.FindAsync(ticket.Workspace, cancellationToken)) is { } at
            ? new(at, IsNew: true)
            : null;

    public Task<DateTimeOffset?> WakeAsync(TicketAddress ticket, CancellationToken cancellationToken) => close.CloseAsync(ticket, cancellationToken);
}
