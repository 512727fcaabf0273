using System.Globalization;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Tickets;
using Helpdesk.Routing;

namespace Helpdesk.Functions.Routing;

/// <summary>Gives tickets that come into a group without an assignee to one of its agents, where the group says so.</summary>
public sealed class RouteTickets(RoutedTickets routed, SettingsStore settings, TimeProvider time) : IEventSubscriber
{
    public string Name => "Routing";

    public bool Wants(IReadOnlyList<TicketEvent> events) => events.Any(happened => RoutingRules.MayNeedRouting(happened.Fact));

    public async Task TakeAsync(Ticket ticket, IReadOnlyList<TicketEvent> events, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        if (ticket.Group is not { } id || !RoutingRules.Waits(ticket, id))
            return;
        var groups = await settings.RememberAsync(ticket.Workspace, DirectoryKinds.Groups, cancellationToken);
        if (groups.FirstOrDefault(group => group.Id == id)?.Routing is not { } strategy)
            return;
        var cause = events.Last(happened => RoutingRules.MayNeedRouting(happened.Fact)).Seq;
        var skills = strategy == RoutingStrategy.Skills ? await WantedAsync(ticket, id, cancellationToken) : [];
        var key = string.Create(CultureInfo.InvariantCulture, $"event-{cause}");
        await routed.RouteAsync(
            ticket,
            new(id, ticket.Number, ticket.CreatedAt, time.GetUtcNow(), strategy, skills, key, cause),
            isWaiting: false,
            cancellationToken
        );
    }

    private async Task<IReadOnlyList<string>> WantedAsync(Ticket ticket, string group, CancellationToken cancellationToken) =>
        RoutingRules.SkillsOf(
            ticket,
            (await settings.RememberAsync(ticket.Workspace, DirectoryKinds.Agents, cancellationToken))
                .Where(agent => agent.Active && agent.Groups.Contains(group, StringComparer.Ordinal))
                .Select(agent => agent.Skills)
        );
}

/// <summary>Chooses an agent for a ticket and gives it to them, or puts on record that it waits.</summary>
public sealed class RoutedTickets(TicketRouting routing, AgentLoads loads, TicketStore tickets, TimeProvider time)
{
    /// <summary>Gives the agent who was chosen; null when nobody was available.</summary>
    public async Task<string?> RouteAsync(Ticket ticket, WaitingTicket waiting, bool isWaiting, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(waiting);
        var choice = await routing.DecideAsync(ticket, waiting, isWaiting, cancellationToken);
        if (choice.Agent is null && waiting.Cause is null)
            return null;
        var change = await tickets.ChangeAsync(
            TicketAddress.Of(ticket),
            IfMatch.Any,
            null,
            (current, _) => new(RoutingRules.Route(current, waiting.Group, waiting.Strategy, waiting.Skills, choice, waiting.Cause, time.GetUtcNow())),
            cancellationToken
        );
        // Somebody else has it, or nobody wants it any more.
        if (choice.Agent is { } agent && change?.Ticket.Assignee != agent)
            await loads.TakeBackAsync(ticket.Workspace, agent, ticket.Number, cancellationToken);
        return choice.Agent;
    }
}
