using Helpdesk.Agenda;
using Helpdesk.Functions.Deadlines;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;
using Microsoft.DurableTask;

namespace Helpdesk.Functions.Agenda;

/// <summary>Sleeps until a ticket comes back or a task is due, has it noted, and sleeps again.</summary>
public static class AgendaWatch
{
    /// <summary>One instance for each ticket.</summary>
    public static string InstanceOf(TicketAddress ticket) => $"agenda-{ticket.Workspace}-{ticket.Number}";

    [Function(nameof(AgendaWatch))]
    public static async Task Run([OrchestrationTrigger] TaskOrchestrationContext context, WatchedTicket watched)
    {
        if (await context.NextAsync(nameof(RemindAgents), watched) is { } next)
            context.ContinueAsNew(watched with { WakeAt = next });
    }
}

/// <summary>Notes on a ticket what is due of its follow-up and tasks, each once; gives when to look again, or null.</summary>
public sealed class RemindAgents(TicketStore tickets, TimeProvider time)
{
    [Function(nameof(RemindAgents))]
    public async Task<DateTimeOffset?> Run([ActivityTrigger] WatchedTicket watched, CancellationToken cancellationToken)
    {
        await Watching.UntilDueAsync(watched, time, cancellationToken);
        return await RemindAsync(watched.Ticket, cancellationToken);
    }

    /// <summary>The same, for whoever else finds that it is time.</summary>
    public async Task<DateTimeOffset?> RemindAsync(TicketAddress address, CancellationToken cancellationToken)
    {
        var change = await tickets.ChangeAsync(
            address,
            IfMatch.Any,
            null,
            (ticket, _) => new(AgendaRules.Remind(ticket, time.GetUtcNow())),
            cancellationToken
        );
        return change is null ? null : AgendaRules.NextAt(change.Ticket);
    }
}

/// <summary>When a ticket comes back, or the next of its tasks is due.</summary>
public sealed class AgendaDeadline(RemindAgents remind) : IDeadline
{
    public DueKind Kind => DueKind.Agenda;

    public string Orchestrator => nameof(AgendaWatch);

    public string InstanceOf(TicketAddress ticket) => AgendaWatch.InstanceOf(ticket);

    public bool Concerns(IReadOnlyList<TicketEvent> events) =>
        events.Any(happened =>
            happened.Fact is FollowUpSet or TaskAdded { DueAt: not null } or TaskChanged { DueAt: not null } or TaskReopened or TicketUnmerged
        );

    public ValueTask<NextWake?> NextAsync(Ticket ticket, IReadOnlyList<TicketEvent> events, CancellationToken cancellationToken) =>
        new(AgendaRules.NextAt(ticket) is { } at ? new NextWake(at, IsNew: true) : null);

    public Task<DateTimeOffset?> WakeAsync(TicketAddress ticket, CancellationToken cancellationToken) => remind.RemindAsync(ticket, cancellationToken);
}
