using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Sla;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;
using Helpdesk.Routing;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Routing;

/// <summary>Whether an agent is there to be given tickets.</summary>
/// <param name="Presence"><c>online</c> or <c>away</c>.</param>
/// <param name="Until">For <c>away</c>: when the absence ends by itself; left out for none.</param>
[Example("""{"presence":"away","until":"2026-12-28T08:00:00Z"}""")]
public sealed record SetPresenceRequest(AgentPresence Presence, DateTimeOffset? Until) : IFromRequest<SetPresenceRequest>
{
    public static async ValueTask<SetPresenceRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var presence = fields.OneOf<AgentPresence>("presence", one => one != AgentPresence.Off, required: true);
        var until = fields.Instant("until");
        var now = context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();
        if (until is not null && presence == AgentPresence.Online)
            fields.Wrong("until", "is for an absence: leave it out to be online.");
        else if (until <= now)
            fields.Wrong("until", "is over already.");
        fields.Done();
        return new(presence!.Value, until);
    }
}

/// <summary>Whether an agent is there, and how much they have to do.</summary>
/// <param name="Agent">Id of the agent.</param>
/// <param name="Presence"><c>online</c>, <c>away</c>, or <c>off</c> outside of the hours of their calendar.</param>
/// <param name="Until">When an absence ends by itself; null for one that does not, and for who is there.</param>
/// <param name="Since">When the agent was said to be there or away; null when nobody ever said so.</param>
/// <param name="Load">The weights of the agent's new and open tickets, added up; null while no choice has asked for it.</param>
/// <param name="Capacity">The load at which the agent is given no more tickets; null for no limit.</param>
public sealed record PresentAgentView(string Agent, AgentPresence Presence, DateTimeOffset? Until, DateTimeOffset? Since, decimal? Load, int? Capacity)
{
    internal static PresentAgentView Of(Agent agent, AgentState state, Func<string, Helpdesk.Sla.CalendarSetting?>? calendars, DateTimeOffset now)
    {
        var presence = TicketRouting.PresenceOf(agent, state, calendars, now);
        return new(
            agent.Id,
            presence,
            presence == AgentPresence.Away ? state.Until : null,
            state.SaidAt,
            state.Tickets is null ? null : state.Load,
            agent.Capacity
        );
    }
}

/// <summary>Notes who is there and who is away. Whoever sets it, a person or a channel, does so here.</summary>
public sealed class AgentPresenceStore(RoutingStore store, DirectoryStore directory, SettingsStore settings, WorkQueue<RoutingWake> wakes, TimeProvider time)
{
    /// <summary>How far ahead a queue message can be sent; what ends later is found by the timer.</summary>
    private static readonly TimeSpan Ahead = TimeSpan.FromDays(6);

    /// <summary>Sets the presence of an agent; null when there is no such agent.</summary>
    public async Task<(Agent Agent, AgentState State)?> SetAsync(
        string workspace,
        string id,
        AgentPresence presence,
        DateTimeOffset? until,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 0; ; attempt++)
        {
            var now = time.GetUtcNow();
            var agent =
                (await settings.ListAsync(workspace, DirectoryKinds.Agents, cancellationToken)).FirstOrDefault(one => one.Id == id)
                ?? await directory.FindAgentAsync(workspace, id, cancellationToken);
            if (agent is null)
                return null;
            var (state, etag) = await store.ReadAgentAsync(workspace, id, cancellationToken);
            var said = state with { Presence = presence, Until = until, SaidAt = now };
            // The message before the row: whoever waits is given to them even if nobody is left to say so.
            var announced = presence == AgentPresence.Online ? await wakes.AnnounceAsync(new(workspace, null, id), cancellationToken) : null;
            if (until is { } end && end - now < Ahead)
                await wakes.SendAsync(new(workspace, null, id), end - now, cancellationToken);
            if (await store.TryWriteAsync(workspace, new(said, etag), agent.Groups, cancellationToken))
            {
                if (announced is not null)
                    wakes.Committed(announced);
                return (agent, said);
            }

            await TicketStore.PauseAsync(attempt, cancellationToken);
        }
    }
}

/// <summary>Who is there to be given tickets. Agents say so of themselves, admins of everybody.</summary>
public sealed class ManagePresence(AgentPresenceStore presences, RoutingStore store, SettingsStore settings, TicketClocks clocks, TimeProvider time)
{
    /// <summary>Lists whether the active agents are there, and how much they have to do.</summary>
    [Function(nameof(AgentPresences)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Ok<ListPage<PresentAgentView>>> AgentPresences(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/agents/presence")] Caller caller,
        CancellationToken cancellationToken
    )
    {
        var agents = await settings.ListAsync(caller.Workspace, DirectoryKinds.Agents, cancellationToken);
        var view = await store.ReadAsync(caller.Workspace, cancellationToken);
        var (_, calendars) = await clocks.CurrentAsync(caller.Workspace, cancellationToken);
        return TypedResults.Ok(
            new ListPage<PresentAgentView>(
                [.. agents.Where(agent => agent.Active).Select(agent => PresentAgentView.Of(agent, view.Agent(agent.Id).Value, calendars, time.GetUtcNow()))],
                null
            )
        );
    }

    /// <summary>Says whether the caller is there. Who is away is given no tickets by the desk and keeps those they have.</summary>
    [Function(nameof(SetMyPresence)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public Task<Results<Ok<PresentAgentView>, NotFound, StatusCodeHttpResult>> SetMyPresence(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "api/me/presence")] SetPresenceRequest request,
        Caller caller,
        CancellationToken cancellationToken
    ) => SetAgentPresence(request, caller.Agent ?? "", caller, cancellationToken);

    /// <summary>Says whether an agent is there: the agent of themselves, an admin of everybody.</summary>
    [Function(nameof(SetAgentPresence)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Results<Ok<PresentAgentView>, NotFound, StatusCodeHttpResult>> SetAgentPresence(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "api/agents/{id}/presence")] SetPresenceRequest request,
        string id,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!SettingsStore.IsId(id))
            return TypedResults.NotFound();
        if (caller.Role != KeyRole.Admin && caller.Agent != id)
            return TypedResults.StatusCode(StatusCodes.Status403Forbidden);
        if (await presences.SetAsync(caller.Workspace, id, request.Presence, request.Until, cancellationToken) is not var (agent, state))
            return TypedResults.NotFound();
        var (_, calendars) = await clocks.CurrentAsync(caller.Workspace, cancellationToken);
        return TypedResults.Ok(PresentAgentView.Of(agent, state, calendars, time.GetUtcNow()));
    }
}
