using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;
using Helpdesk.Routing;

namespace Helpdesk.Functions.Routing;

/// <summary>Gives tickets that wait to those who are there now, the oldest first.</summary>
public sealed class WaitingTickets(RoutingStore store, RoutedTickets routed, TicketStore tickets, SettingsStore settings, TimeProvider time)
    : IWorker<RoutingWake>,
        IRegularWork
{
    /// <summary>As many are looked at in one go; whoever looks next finds the rest.</summary>
    private const int AtOnce = 200;

    /// <summary>For so long a ticket may still be on its way into the group that it waits in.</summary>
    private static readonly TimeSpan Arriving = TimeSpan.FromMinutes(2);

    /// <summary>For so long a place may have been noted by somebody whose ticket is not there yet.</summary>
    private static readonly TimeSpan Noted = TimeSpan.FromMinutes(10);

    public async Task<bool> DoAsync(RoutingWake message, bool lastTry, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message.Group is { } group)
            await GiveAsync(message.Workspace, group, cancellationToken);
        if (message.Agent is { } id)
        {
            var agents = await settings.ListAsync(message.Workspace, DirectoryKinds.Agents, cancellationToken);
            foreach (var of in agents.FirstOrDefault(agent => agent.Id == id)?.Groups ?? [])
                await GiveAsync(message.Workspace, of, cancellationToken);
        }

        return true;
    }

    /// <summary>Looks wherever tickets wait, whatever message was lost and whatever setting has changed.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        foreach (var (workspace, group, place) in await store.ReadPlacesAsync(cancellationToken))
        {
            if (await GiveAsync(workspace, group, cancellationToken) == 0 && time.GetUtcNow() - place.GetDateTimeOffset("At") > Noted)
                await store.RemovePlaceAsync(place, cancellationToken);
        }
    }

    /// <summary>Gives what waits in a group; how many were there.</summary>
    private async Task<int> GiveAsync(string workspace, string group, CancellationToken cancellationToken)
    {
        var waiting = await store.ReadWaitingAsync(workspace, group, null, AtOnce, cancellationToken);
        // Who finds nobody for a ticket that wants less finds nobody for one that wants more.
        var inVain = new List<IReadOnlyList<string>>();
        foreach (var (_, one) in waiting)
        {
            if (inVain.Any(skills => skills.All(skill => one.Skills.Contains(skill, StringComparer.Ordinal))))
                continue;
            var ticket = await tickets.FindAsync(new(workspace, one.Number), cancellationToken);
            if (ticket is null || !RoutingRules.Waits(ticket, group))
            {
                if (ticket is null || ticket.Group == group || time.GetUtcNow() - one.Since > Arriving)
                    await store.RemoveWaitingAsync(workspace, one, cancellationToken);
                continue;
            }

            if (await routed.RouteAsync(ticket, one, isWaiting: true, cancellationToken) is null)
                inVain.Add(one.Skills);
            else
                await store.RemoveWaitingAsync(workspace, one, cancellationToken);
        }

        return waiting.Count;
    }
}

/// <summary>Gives waiting tickets away when somebody comes, has room again, or is back by the clock.</summary>
public sealed class GiveWaitingTickets(WorkRunner<RoutingWake> work)
{
    [Function(nameof(GiveWaitingTickets))]
    public Task Run([QueueTrigger(RoutingWake.QueueName)] RoutingWake message, int dequeueCount, CancellationToken cancellationToken) =>
        work.ReceiveAsync(message, dequeueCount, cancellationToken);
}
