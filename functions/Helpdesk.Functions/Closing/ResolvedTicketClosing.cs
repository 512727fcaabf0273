using Helpdesk.Closing;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Sla;
using Helpdesk.Functions.Tickets;
using Microsoft.DurableTask;

namespace Helpdesk.Functions.Closing;

/// <summary>Closes what has stayed resolved, and reminds and closes what waits for its requester, when the workspace wants that.</summary>
public static class ResolvedTicketClosing
{
    /// <summary>One instance for each ticket.</summary>
    public static string InstanceOf(TicketRef ticket) => $"closing-{ticket.Workspace}-{ticket.Number}";

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
        return await CloseAsync(watched.Ticket.ToAddress(), cancellationToken);
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

/// <summary>What each workspace wants the desk to do about quiet tickets.</summary>
public sealed class ClosingSettings(SettingsStore settings)
{
    /// <summary>The workspace's setting, or the standard one.</summary>
    public async ValueTask<ClosingSetting> FindAsync(string workspace, CancellationToken cancellationToken) =>
        await settings.FindAsync(workspace, SettingKinds.Closing, "closing", cancellationToken) ?? new();
}
