using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Deadlines;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;
using Helpdesk.Satisfaction;
using Microsoft.DurableTask;

namespace Helpdesk.Functions.Satisfaction;

/// <summary>Sleeps until a requester is to be asked how it was.</summary>
public static class SatisfactionWatch
{
    /// <summary>One instance for each ticket.</summary>
    public static string InstanceOf(TicketAddress ticket) => $"satisfaction-{ticket.Workspace}-{ticket.Number}";

    [Function(nameof(SatisfactionWatch))]
    public static async Task Run([OrchestrationTrigger] TaskOrchestrationContext context, WatchedTicket watched)
    {
        if (await context.NextAsync(nameof(AskForSatisfaction), watched) is { } next)
            context.ContinueAsNew(watched with { WakeAt = next });
    }
}

/// <summary>Asks the requester of a ticket how it was, once for each resolution; gives when to look again, or null.</summary>
public sealed class AskForSatisfaction(
    TicketStore tickets,
    SatisfactionSettings settings,
    ContactStore contacts,
    ReachesByMail reachesByMail,
    TimeProvider time
)
{
    [Function(nameof(AskForSatisfaction))]
    public async Task<DateTimeOffset?> Run([ActivityTrigger] WatchedTicket watched, CancellationToken cancellationToken)
    {
        await Watching.UntilDueAsync(watched, time, cancellationToken);
        return await AskAsync(watched.Ticket, cancellationToken);
    }

    /// <summary>The same, for whoever else finds that it is time.</summary>
    public async Task<DateTimeOffset?> AskAsync(TicketAddress address, CancellationToken cancellationToken)
    {
        var setting = await settings.FindAsync(address.Workspace, cancellationToken);
        var change = await tickets.ChangeAsync(
            address,
            IfMatch.Any,
            null,
            async (ticket, cancelled) =>
            {
                var now = time.GetUtcNow();
                if (SatisfactionRules.AskAt(ticket, setting) is not { } due || due > now)
                    return new(ticket, []);
                var events = await tickets.ReadEventsAsync(TicketAddress.Of(ticket), 0, (int)ticket.Version, cancelled);
                return SatisfactionRules.Ask(ticket, setting, await IsReachedAsync(ticket, cancelled), events, now);
            },
            cancellationToken
        );
        return change is not null && SatisfactionRules.AskAt(change.Ticket, setting) is { } next && next > time.GetUtcNow() ? next : null;
    }

    private async Task<bool> IsReachedAsync(Ticket ticket, CancellationToken cancellationToken)
    {
        if ((await contacts.FindByEmailAsync(ticket.Workspace, ticket.Requester.Email, cancellationToken))?.CancelledAt is not null)
            return false;
        return ticket.Conversation is not null || await reachesByMail(ticket.Workspace, ticket.Requester.Email, cancellationToken);
    }
}

/// <summary>When a requester is to be asked how it was.</summary>
public sealed class SatisfactionDeadline(AskForSatisfaction ask, SatisfactionSettings settings) : IDeadline
{
    public DueKind Kind => DueKind.Satisfaction;

    public string Orchestrator => nameof(SatisfactionWatch);

    public string InstanceOf(TicketAddress ticket) => SatisfactionWatch.InstanceOf(ticket);

    public bool Concerns(IReadOnlyList<TicketEvent> events) =>
        events.Any(happened => happened.Fact is StatusChanged { To: TicketStatus.Resolved or TicketStatus.Closed } or TicketUnmerged);

    public async ValueTask<NextWake?> NextAsync(Ticket ticket, IReadOnlyList<TicketEvent> events, CancellationToken cancellationToken) =>
        ticket.Status is TicketStatus.Resolved or TicketStatus.Closed
        && SatisfactionRules.AskAt(ticket, await settings.FindAsync(ticket.Workspace, cancellationToken)) is { } at
            ? new(at, IsNew: true)
            : null;

    public Task<DateTimeOffset?> WakeAsync(TicketAddress ticket, CancellationToken cancellationToken) => ask.AskAsync(ticket, cancellationToken);
}
