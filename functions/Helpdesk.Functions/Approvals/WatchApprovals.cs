using Helpdesk.Approvals;
using Helpdesk.Functions.Deadlines;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;
using Microsoft.DurableTask;

namespace Helpdesk.Functions.Approvals;

/// <summary>Sleeps until somebody has to be reminded of an approval or its time is over, has that done, and sleeps again.</summary>
public static class ApprovalWatch
{
    /// <summary>One instance for each ticket.</summary>
    public static string InstanceOf(TicketAddress ticket) => $"approvals-{ticket.Workspace}-{ticket.Number}";

    [Function(nameof(ApprovalWatch))]
    public static async Task Run([OrchestrationTrigger] TaskOrchestrationContext context, WatchedTicket watched)
    {
        if (await context.NextAsync(nameof(WatchApprovals), watched) is { } next)
            context.ContinueAsNew(watched with { WakeAt = next });
    }
}

/// <summary>Reminds of the approvals of a ticket and ends those whose time is over; gives when to look again, or null.</summary>
public sealed class WatchApprovals(TicketStore tickets, TimeProvider time)
{
    [Function(nameof(WatchApprovals))]
    public async Task<DateTimeOffset?> Run([ActivityTrigger] WatchedTicket watched, CancellationToken cancellationToken)
    {
        await Watching.UntilDueAsync(watched, time, cancellationToken);
        return await WakeAsync(watched.Ticket, cancellationToken);
    }

    /// <summary>The same, for whoever else finds that it is time.</summary>
    public async Task<DateTimeOffset?> WakeAsync(TicketAddress address, CancellationToken cancellationToken)
    {
        var change = await tickets.ChangeAsync(
            address,
            IfMatch.Any,
            null,
            (ticket, _) => new(ApprovalRules.Wake(ticket, time.GetUtcNow())),
            cancellationToken
        );
        return change is null ? null : ApprovalRules.NextAt(change.Ticket);
    }
}

/// <summary>When something of a ticket's approvals is due.</summary>
public sealed class ApprovalDeadline(WatchApprovals watch) : IDeadline
{
    public DueKind Kind => DueKind.Approvals;

    public string Orchestrator => nameof(ApprovalWatch);

    public string InstanceOf(TicketAddress ticket) => ApprovalWatch.InstanceOf(ticket);

    /// <summary>Where somebody was erased, nobody may be left to answer.</summary>
    public bool Concerns(IReadOnlyList<TicketEvent> events) => events.Any(happened => happened.Fact is ApprovalAsked or ApproverReplaced or PersonErased);

    public ValueTask<NextWake?> NextAsync(Ticket ticket, IReadOnlyList<TicketEvent> events, CancellationToken cancellationToken) =>
        new(ApprovalRules.NextAt(ticket) is { } at ? new NextWake(at, IsNew: true) : null);

    public Task<DateTimeOffset?> WakeAsync(TicketAddress ticket, CancellationToken cancellationToken) => watch.WakeAsync(ticket, cancellationToken);
}
