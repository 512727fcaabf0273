using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;
using Helpdesk.Routing;

namespace Helpdesk.Functions.Routing;

/// <summary>Counts what agents have to do: from the lists of tickets where nobody has counted yet, and ticket by ticket from then on.</summary>
/// <remarks>An agent is counted from the first choice on that asks for it. Agents whom no choice ever asks about cost nothing.</remarks>
public sealed class AgentLoads(
    RoutingStore store,
    TicketStore tickets,
    TicketListStore lists,
    SettingsStore settings,
    WorkQueue<RoutingWake> wakes,
    TimeProvider time
) : IEventSubscriber
{
    /// <summary>For so long another process may not know yet that an agent is counted, and not tell of their tickets.</summary>
    private static readonly TimeSpan Young = TimeSpan.FromMinutes(1);

    /// <summary>So old a count may be while others may not know of it.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(2);

    /// <summary>After this long everything is counted anew, whatever may have gone wrong meanwhile.</summary>
    private static readonly TimeSpan Old = TimeSpan.FromHours(12);

    /// <summary>After this long a ticket that an agent was chosen for is theirs, or never will be.</summary>
    private static readonly TimeSpan OnTheWay = TimeSpan.FromMinutes(5);

    private const int PageSize = 100;
    private readonly ShortMemory<HashSet<string>> _counted = new(time, TimeSpan.FromSeconds(30));

    public string Name => "AgentLoads";

    public bool Wants(IReadOnlyList<TicketEvent> events) => events.Any(happened => Moves(happened.Fact));

    public async Task TakeAsync(Ticket ticket, IReadOnlyList<TicketEvent> events, CancellationToken cancellationToken)
    {
        var concerned = events
            .Select(happened => happened.Fact)
            .OfType<AssigneeChanged>()
            .SelectMany(changed => new[] { changed.From, changed.To })
            .Append(ticket.Assignee)
            .OfType<string>()
            .ToHashSet(StringComparer.Ordinal);
        if (concerned.Count == 0)
            return;
        var counted = await _counted.GetAsync(
            ticket.Workspace,
            async () =>
                (await store.ReadAsync(ticket.Workspace, cancellationToken))
                    .Agents.Values.Where(agent => agent.Value.Tickets is not null)
                    .Select(agent => agent.Value.Agent)
                    .ToHashSet(StringComparer.Ordinal)
        );
        foreach (var agent in concerned.Where(counted!.Contains))
            await NoteAsync(ticket.Workspace, agent, ticket.Number, cancellationToken);
    }

    /// <summary>Whether an agent has to be counted from the lists before anything is decided by it.</summary>
    public static bool HasToCount(AgentState agent, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(agent);
        if (agent is not { Tickets: not null, CountedAt: { } at, CountedSince: { } since })
            return true;
        return (at < since + Young && now - at >= Fresh) || now - at >= Old || agent.Given.Any(given => now - given.At >= OnTheWay);
    }

    /// <summary>Counts the new and open tickets of an agent from the lists of tickets.</summary>
    public async Task CountAsync(string workspace, string agent, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            // The row before the lists: whoever tells of a ticket in between lets this write fail.
            var (state, etag) = await store.ReadAgentAsync(workspace, agent, cancellationToken);
            var now = time.GetUtcNow();
            var found = new Dictionary<long, decimal>();
            var filter = new TicketFilter { Assignees = [agent], Statuses = [TicketStatus.New, TicketStatus.Open] };
            string? cursor = null;
            do
            {
                var page = await lists.ReadAsync(workspace, filter, PageSize, cursor, cancellationToken);
                foreach (var ticket in page.Items)
                    found[ticket.Number] = RoutingRules.WeightOf(ticket);
                cursor = page.NextCursor;
            } while (cursor is not null);

            var counted = state with
            {
                Tickets = found,
                Given = [.. state.Given.Where(given => now - given.At < OnTheWay && !found.ContainsKey(given.Number))],
                CountedSince = state.CountedSince ?? now,
                CountedAt = now,
            };
            if (await store.TryWriteAsync(workspace, new(counted, etag), [], cancellationToken))
            {
                _counted.Forget(workspace);
                return;
            }

            await TicketStore.PauseAsync(attempt, cancellationToken);
        }
    }

    /// <summary>A ticket that an agent was chosen for has not gone to them.</summary>
    public async Task TakeBackAsync(string workspace, string agent, long number, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            var (state, etag) = await store.ReadAgentAsync(workspace, agent, cancellationToken);
            if (state.Given.All(given => given.Number != number))
                return;
            var without = state with { Given = [.. state.Given.Where(given => given.Number != number)] };
            if (await store.TryWriteAsync(workspace, new(without, etag), [], cancellationToken))
                return;
            await TicketStore.PauseAsync(attempt, cancellationToken);
        }
    }

    /// <summary>Notes what a ticket is to an agent now.</summary>
    private async Task NoteAsync(string workspace, string agent, long number, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            var (state, etag) = await store.ReadAgentAsync(workspace, agent, cancellationToken);
            if (state.Tickets is null)
                return;
            // The ticket after the row: what becomes of it later is noted later, and lets this write fail.
            var ticket = await tickets.FindAsync(new(workspace, number), cancellationToken);
            var weight = ticket is not null && ticket.Assignee == agent ? RoutingRules.WeightOf(ticket) : 0;
            var with = state.Tickets.Where(one => one.Key != number).ToDictionary();
            if (weight > 0)
                with[number] = weight;
            // Chosen and not there yet: it stays on its way while nobody else has it.
            var isOnItsWay = ticket is { Assignee: null } && RoutingRules.WeightOf(ticket) > 0;
            var after = state with { Tickets = with, Given = isOnItsWay ? state.Given : [.. state.Given.Where(given => given.Number != number)] };
            if (after.Given.Count == state.Given.Count && state.Tickets.GetValueOrDefault(number) == weight)
                return;
            var groups = await WithRoomAgainAsync(workspace, state, after, cancellationToken);
            var announced = groups.Count == 0 ? null : await wakes.AnnounceAsync(new(workspace, null, agent), cancellationToken);
            if (await store.TryWriteAsync(workspace, new(after, etag), groups, cancellationToken))
            {
                if (announced is not null)
                    wakes.Committed(announced);
                return;
            }

            await TicketStore.PauseAsync(attempt, cancellationToken);
        }
    }

    /// <summary>The groups of an agent who was full and is not any more; none for any other.</summary>
    private async Task<IReadOnlyList<string>> WithRoomAgainAsync(string workspace, AgentState before, AgentState after, CancellationToken cancellationToken)
    {
        if (after.Load >= before.Load)
            return [];
        var agent = (await settings.RememberAsync(workspace, DirectoryKinds.Agents, cancellationToken)).FirstOrDefault(one => one.Id == before.Agent);
        return agent is { Capacity: { } capacity } && before.Load >= capacity && after.Load < capacity ? agent.Groups : [];
    }

    private static bool Moves(TicketFact fact) =>
        fact is AssigneeChanged or StatusChanged or TicketReopened or PriorityChanged or TicketMerged or TicketUnmerged or TicketOpened { Assignee: not null };
}
