using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Sla;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;
using Helpdesk.Routing;
using Helpdesk.Sla;

namespace Helpdesk.Functions.Routing;

/// <summary>Chooses agents for tickets, one choice after the other in each group, whatever processes choose at once.</summary>
public sealed class TicketRouting(
    RoutingStore store,
    AgentLoads loads,
    SettingsStore settings,
    TicketClocks clocks,
    WorkQueue<RoutingWake> wakes,
    KeyedLocks locks,
    TimeProvider time
)
{
    /// <summary>How far ahead a queue message can be sent.</summary>
    private static readonly TimeSpan Ahead = TimeSpan.FromDays(6);

    /// <summary>
    /// Chooses an agent of a group; null when nobody is available: then the ticket is remembered as waiting, and is given to the next agent who is, as soon as
    /// it stands in the group.
    /// </summary>
    /// <param name="skills">What the agent has to have, all of it.</param>
    /// <param name="key">Names what the choice is made for, such as the number of an event and a rule: the same key gives the same agent.</param>
    public async Task<string?> ChooseAsync(
        Ticket ticket,
        string group,
        RoutingStrategy strategy,
        IReadOnlyList<string> skills,
        string key,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(ticket);
        var waiting = new WaitingTicket(group, ticket.Number, ticket.CreatedAt, time.GetUtcNow(), strategy, skills, key, null);
        return (await DecideAsync(ticket, waiting, isWaiting: false, cancellationToken)).Agent;
    }

    /// <summary>Chooses an agent for a ticket that is about to wait, or waits already.</summary>
    internal async Task<RoutingChoice> DecideAsync(Ticket ticket, WaitingTicket waiting, bool isWaiting, CancellationToken cancellationToken)
    {
        var (workspace, group) = (ticket.Workspace, waiting.Group);
        var key = $"{group}:{ticket.Number}:{waiting.Key}";
        using var turn = await locks.TakeAsync($"routing:{workspace}:{group}", cancellationToken);
        for (var attempt = 0; ; attempt++)
        {
            var deciding = store.FindChoiceAsync(workspace, key, cancellationToken);
            // Who belongs to the group before who is there: whoever goes away after this touches the group, and the choice is not written.
            var members = await MembersAsync(workspace, group, cancellationToken);
            var view = await store.ReadAsync(workspace, cancellationToken);
            var made = await deciding;
            var now = time.GetUtcNow();
            if (await CountAsync(workspace, waiting.Strategy, members, view, now, cancellationToken))
                view = await store.ReadAsync(workspace, cancellationToken);
            var turns = view.Group(group);
            var calendars = members.Any(agent => agent.Calendar is not null) ? (await clocks.CurrentAsync(workspace, cancellationToken)).Calendars : null;
            var candidates = members.Select(agent => Candidate(agent, view.Agent(agent.Id).Value, turns.Value, calendars, now)).ToList();
            // Chosen before by somebody who may not have come to the end: the same again, unless they have gone away since.
            if (made is not null && candidates.Any(one => one.Agent == made.Agent && one.Presence == AgentPresence.Online))
                return new(made.Agent, "Chosen before for the same event.");

            var choice = RoutingRules.Choose(waiting.Strategy, waiting.Skills, candidates);
            var written = choice.Agent is { } agent
                ? await store.TryChooseAsync(
                    workspace,
                    turns with
                    {
                        Value = Next(turns.Value, agent, members),
                    },
                    Given(view.Agent(agent), ticket, now),
                    new(key, ticket.Number, agent, now),
                    cancellationToken
                )
                : await WaitAsync(workspace, turns, isWaiting ? null : waiting, members, view, calendars, now, cancellationToken);
            if (written)
                return choice;
            await TicketStore.PauseAsync(attempt, cancellationToken);
        }
    }

    /// <summary>Whether an agent is there at an instant, by what they have said and by their calendar.</summary>
    internal static AgentPresence PresenceOf(Agent agent, AgentState state, Func<string, CalendarSetting?>? calendars, DateTimeOffset now)
    {
        if (state.PresenceAt(now) == AgentPresence.Away)
            return AgentPresence.Away;
        return agent.Calendar is { } id && calendars?.Invoke(id) is { } calendar && !IsOpen(calendar, now) ? AgentPresence.Off : AgentPresence.Online;
    }

    private async Task<IReadOnlyList<Agent>> MembersAsync(string workspace, string group, CancellationToken cancellationToken) =>
        [
            .. (await settings.ListAsync(workspace, DirectoryKinds.Agents, cancellationToken)).Where(agent =>
                agent.Active && agent.Groups.Contains(group, StringComparer.Ordinal)
            ),
        ];

    /// <summary>Counts those whose load the choice asks for and nobody has counted; whether there were any.</summary>
    private async Task<bool> CountAsync(
        string workspace,
        RoutingStrategy strategy,
        IReadOnlyList<Agent> members,
        RoutingView view,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        var uncounted = members
            .Where(agent => strategy != RoutingStrategy.RoundRobin || agent.Capacity is not null)
            .Where(agent => AgentLoads.HasToCount(view.Agent(agent.Id).Value, now))
            .ToList();
        foreach (var agent in uncounted)
            await loads.CountAsync(workspace, agent.Id, cancellationToken);
        return uncounted.Count > 0;
    }

    private static RoutingCandidate Candidate(
        Agent agent,
        AgentState state,
        GroupTurns turns,
        Func<string, CalendarSetting?>? calendars,
        DateTimeOffset now
    ) => new(agent.Id, PresenceOf(agent, state, calendars, now), state.Load, agent.Capacity, agent.Skills, turns.Last.GetValueOrDefault(agent.Id));

    private static GroupTurns Next(GroupTurns turns, string agent, IReadOnlyList<Agent> members)
    {
        var last = turns.Last.Where(one => members.Any(member => member.Id == one.Key)).ToDictionary(StringComparer.Ordinal);
        last[agent] = turns.Turn + 1;
        return turns with { Turn = turns.Turn + 1, Last = last };
    }

    /// <summary>What an agent has once a ticket is on its way to them; null where nobody counts.</summary>
    private static Stored<AgentState>? Given(Stored<AgentState> agent, Ticket ticket, DateTimeOffset now) =>
        agent.Value.Tickets is null
            ? null
            : agent with
            {
                Value = agent.Value with
                {
                    Given =
                    [
                        .. agent.Value.Given.Where(given => given.Number != ticket.Number),
                        new(ticket.Number, Math.Max(RoutingRules.WeightOf(ticket), 0.5m), now),
                    ],
                },
            };

    private async Task<bool> WaitAsync(
        string workspace,
        Stored<GroupTurns> turns,
        WaitingTicket? waiting,
        IReadOnlyList<Agent> members,
        RoutingView view,
        Func<string, CalendarSetting?>? calendars,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        var next = NextArrival(members, view, calendars, now);
        // Whoever looks then looks for all that wait.
        var isAwaited = turns.Value.WakeAt is { } known && known > now && !(next < known);
        if (next is { } at && !isAwaited)
            await wakes.SendAsync(new(workspace, turns.Value.Group, null), at - now, cancellationToken);
        if (waiting is null && (isAwaited || next is null))
            return true;
        return await store.TryWaitAsync(
            workspace,
            turns with
            {
                Value = turns.Value with { WakeAt = isAwaited ? turns.Value.WakeAt : next },
            },
            waiting,
            cancellationToken
        );
    }

    /// <summary>When somebody of the group is there again by the clock alone, as far as a message can be sent ahead; null for nobody.</summary>
    private static DateTimeOffset? NextArrival(IReadOnlyList<Agent> members, RoutingView view, Func<string, CalendarSetting?>? calendars, DateTimeOffset now)
    {
        DateTimeOffset? next = null;
        foreach (var agent in members)
        {
            var state = view.Agent(agent.Id).Value;
            var from = now;
            if (state.PresenceAt(now) == AgentPresence.Away)
            {
                if (state.Until is not { } until)
                    continue;
                from = until;
            }

            var calendar = agent.Calendar is { } id ? calendars?.Invoke(id) : null;
            DateTimeOffset? opens = calendar is null
                ? from
                : new BusinessCalendar(calendar.Definition).Openings(from, now + Ahead).Select(open => (DateTimeOffset?)open.From).FirstOrDefault();
            if (opens is { } at && at > now && (next is null || at < next))
                next = at;
        }

        return next <= now + Ahead ? next : null;
    }

    private static bool IsOpen(CalendarSetting calendar, DateTimeOffset now) =>
        new BusinessCalendar(calendar.Definition).Openings(now, now.AddSeconds(1)).Any(open => open.From <= now);
}
