using Helpdesk.Functions.Deadlines;
using Helpdesk.Functions.Tickets;
using Microsoft.DurableTask;

namespace Helpdesk.Functions.Sla;

/// <summary>Sleeps until something about a ticket's promises falls due, has it recorded and acted upon, and sleeps again. Ends when nothing will.</summary>
public static class TicketWatch
{
    /// <summary>One instance for each ticket.</summary>
    public static string InstanceOf(TicketAddress ticket) => $"ticket-{ticket.Workspace}-{ticket.Number}";

    [Function(nameof(TicketWatch))]
    public static async Task Run([OrchestrationTrigger] TaskOrchestrationContext context, WatchedTicket watched)
    {
        if (await context.NextAsync(nameof(WakeTicket), watched) is { } next)
            context.ContinueAsNew(watched with { WakeAt = next });
    }
}

/// <summary>Records what has fallen due for a ticket and takes the policy's steps; gives when to ask again, or null.</summary>
public sealed class WakeTicket(TicketStore tickets, TicketClocks clocks, DueTimes dueTimes, SlaLag lag, TimeProvider time)
{
    [Function(nameof(WakeTicket))]
    public async Task<DateTimeOffset?> Run([ActivityTrigger] WatchedTicket watched, CancellationToken cancellationToken)
    {
        await Watching.UntilDueAsync(watched, time, cancellationToken);
        return await WakeAsync(watched.Ticket, cancellationToken);
    }

    /// <summary>The same, for whoever else finds that it is time.</summary>
    public async Task<DateTimeOffset?> WakeAsync(TicketAddress address, CancellationToken cancellationToken)
    {
        DateTimeOffset? woken = null;
        var change = await tickets.WakeAsync(address, ticket => woken = ticket.Sla?.NextWakeAt, cancellationToken);
        if (change is null)
            return null;
        lag.Note(change.Events, time.GetUtcNow());
        var next = await clocks.NextWakeAsync(change.Ticket, cancellationToken);
        // Otherwise the sweep would find the old due time, read the ticket and do the same.
        if (woken is { } due && change.Events.Count > 0)
            await dueTimes.MoveAsync(new(DueKind.Sla, address.Workspace, address.Number, due), next, cancellationToken);
        return next;
    }
}

/// <summary>When something about a ticket's promises falls due.</summary>
public sealed class SlaDeadline(WakeTicket wake) : IDeadline
{
    public DueKind Kind => DueKind.Sla;

    public string Orchestrator => nameof(TicketWatch);

    public string InstanceOf(TicketAddress ticket) => TicketWatch.InstanceOf(ticket);

    public bool Concerns(IReadOnlyList<TicketEvent> events) =>
        events.Any(happened =>
            happened.Fact
                is TicketOpened
                    or CommentAdded
                    or StatusChanged
                    or TicketReopened
                    or PriorityChanged
                    or TicketMerged
                    or MergeReceived
                    or SlaPolicyApplied
                    or SlaCalendarSwitched
                    or SlaBreached
                    or SlaStepFired
                    or RequesterReminded
        );

    /// <summary>A ticket whose watch wakes early enough already costs nothing here.</summary>
    public ValueTask<NextWake?> NextAsync(Ticket ticket, IReadOnlyList<TicketEvent> events, CancellationToken cancellationToken) =>
        ValueTask.FromResult(
            ticket.Sla is { NextWakeAt: { } at } sla && (events.Count == 0 || sla.ArmedBy >= events[0].Seq)
                ? new NextWake(at, IsNew: events.Any(happened => happened.Fact is TicketOpened))
                : null
        );

    public Task<DateTimeOffset?> WakeAsync(TicketAddress ticket, CancellationToken cancellationToken) => wake.WakeAsync(ticket, cancellationToken);
}
