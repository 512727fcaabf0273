using FsCheck;
using FsCheck.Fluent;
using Helpdesk.Routing;
using Helpdesk.Tests.Tickets;
using Helpdesk.Tickets;

namespace Helpdesk.Tests.Routing;

/// <summary>Who is chosen, and that it is fair.</summary>
public sealed class RoutingRulesTests
{
    private static RoutingCandidate Agent(
        string id,
        AgentPresence presence = AgentPresence.Online,
        decimal load = 0,
        int? capacity = null,
        long lastTurn = 0,
        params string[] skills
    ) => new(id, presence, load, capacity, skills, lastTurn);

    private static RoutingChoice Choose(RoutingStrategy strategy, params RoutingCandidate[] candidates) => RoutingRules.Choose(strategy, [], candidates);

    [Fact]
    public void By_turns_who_waited_longest_is_next()
    {
        Assert.Equal("ben", Choose(RoutingStrategy.RoundRobin, Agent("ada", lastTurn: 7, load: 1), Agent("ben", lastTurn: 5, load: 9)).Agent);
        Assert.Equal("ada", Choose(RoutingStrategy.RoundRobin, Agent("ben"), Agent("ada")).Agent);
    }

    [Fact]
    public void The_least_busy_is_who_has_the_smallest_load_and_of_several_whose_turn_it_is()
    {
        Assert.Equal("ada", Choose(RoutingStrategy.LeastBusy, Agent("ada", load: 0.5m, lastTurn: 9), Agent("ben", load: 1, lastTurn: 2)).Agent);
        Assert.Equal("ben", Choose(RoutingStrategy.LeastBusy, Agent("ada", load: 1, lastTurn: 9), Agent("ben", load: 1, lastTurn: 2)).Agent);
    }

    [Theory]
    [InlineData(RoutingStrategy.RoundRobin)]
    [InlineData(RoutingStrategy.LeastBusy)]
    [InlineData(RoutingStrategy.Skills)]
    public void Who_is_away_off_or_full_is_given_nothing(RoutingStrategy strategy)
    {
        RoutingCandidate[] none = [Agent("ada", AgentPresence.Away), Agent("ben", AgentPresence.Off), Agent("cleo", load: 3, capacity: 3)];
        var choice = Choose(strategy, none);
        Assert.Null(choice.Agent);
        Assert.Equal("Nobody: 1 away, 1 outside of their hours, 1 full.", choice.Why);
        Assert.Equal("dan", Choose(strategy, [.. none, Agent("dan", load: 99, lastTurn: 99)]).Agent);
    }

    [Fact]
    public void Skills_are_all_wanted_and_the_least_busy_of_those_who_have_them_is_chosen()
    {
        RoutingCandidate[] candidates =
        [
            Agent("ada", load: 2, skills: ["vpn", "sap"]),
            Agent("ben", load: 1, skills: ["vpn", "sap", "printers"]),
            Agent("cleo", skills: ["vpn"]),
        ];
        var choice = RoutingRules.Choose(RoutingStrategy.Skills, ["vpn", "sap"], candidates);
        Assert.Equal(("ben", "The least busy of 2 available with vpn, sap: a load of 1 before."), (choice.Agent, choice.Why));
        Assert.Equal("Nobody: none of 3 has cobol.", RoutingRules.Choose(RoutingStrategy.Skills, ["cobol"], candidates).Why);
        Assert.Equal("Nobody: the group has no active agent.", RoutingRules.Choose(RoutingStrategy.Skills, [], []).Why);
    }

    [Theory]
    [InlineData(TicketStatus.New, TicketPriority.Low, 0.5)]
    [InlineData(TicketStatus.New, TicketPriority.Normal, 1)]
    [InlineData(TicketStatus.Open, TicketPriority.High, 1.5)]
    [InlineData(TicketStatus.Open, TicketPriority.Urgent, 2)]
    [InlineData(TicketStatus.Pending, TicketPriority.Urgent, 0)]
    [InlineData(TicketStatus.OnHold, TicketPriority.Urgent, 0)]
    [InlineData(TicketStatus.Resolved, TicketPriority.Urgent, 0)]
    public void A_ticket_weighs_by_its_priority_while_it_is_worked(TicketStatus status, TicketPriority priority, double weight) =>
        Assert.Equal((decimal)weight, RoutingRules.WeightOf(Desk.NewTicket() with { Status = status, Priority = priority }));

    /// <summary>Agents who come and go, tickets that are given and done: whatever happens, of two who are both there nobody is two ahead.</summary>
    [Fact]
    public void By_turns_nobody_is_more_than_one_ahead_of_somebody_who_was_there_as_long()
    {
        Prop.ForAll<(int What, int Who)[]>(steps =>
            {
                var (last, given, there) = (new long[5], new int[5, 5], new[] { true, true, true, true, true });
                var turn = 0L;
                foreach (var (what, who) in steps.SelectMany(step => Enumerable.Repeat(step, 1 + Math.Abs(step.What % 3))))
                {
                    var one = Math.Abs(who % 5);
                    if (what % 4 == 0)
                    {
                        there[one] = !there[one];
                        // Counted are the tickets that were given while two were both there.
                        for (var other = 0; other < 5; other++)
                            (given[one, other], given[other, one]) = (0, 0);
                        continue;
                    }

                    var candidates = Enumerable
                        .Range(0, 5)
                        .Select(id => Agent($"agent-{id}", there[id] ? AgentPresence.Online : AgentPresence.Away, lastTurn: last[id]))
                        .ToArray();
                    if (Choose(RoutingStrategy.RoundRobin, candidates).Agent is not { } chosen)
                        continue;
                    var index = chosen[^1] - '0';
                    if (!there[index])
                        return false;
                    last[index] = ++turn;
                    for (var other = 0; other < 5; other++)
                    {
                        if (there[other] && other != index)
                            given[index, other]++;
                    }

                    for (var a = 0; a < 5; a++)
                    for (var b = 0; b < 5; b++)
                    {
                        if (a != b && there[a] && there[b] && given[a, b] - given[b, a] > 1)
                            return false;
                    }
                }

                return true;
            })
            .QuickCheckThrowOnFailure();
    }

    /// <summary>Under equal load, whoever is available: the tickets of a day differ by one at the most, and nobody gets more than they can hold.</summary>
    [Fact]
    public void Under_equal_load_nobody_is_more_than_one_ahead_by_any_strategy_and_nobody_is_given_more_than_they_hold()
    {
        Prop.ForAll<(int Strategy, int Agents, int Tickets, int Capacity)>(it =>
            {
                var strategy = Enum.GetValues<RoutingStrategy>()[Math.Abs(it.Strategy % 3)];
                var agents = 1 + Math.Abs(it.Agents % 9);
                int? capacity = it.Capacity % 2 == 0 ? null : 1 + Math.Abs(it.Capacity % 7);
                var (last, given) = (new long[agents], new int[agents]);
                for (var ticket = 1; ticket <= Math.Abs(it.Tickets % 97); ticket++)
                {
                    var candidates = Enumerable
                        .Range(0, agents)
                        .Select(id => Agent($"agent-{id}", load: given[id], capacity: capacity, lastTurn: last[id]))
                        .ToArray();
                    if (Choose(strategy, candidates).Agent is not { } chosen)
                    {
                        if (given.Any(count => count < (capacity ?? int.MaxValue)))
                            return false;
                        continue;
                    }

                    var index = chosen[^1] - '0';
                    last[index] = ticket;
                    given[index]++;
                }

                return given.Max() - given.Min() <= 1 && given.All(count => count <= (capacity ?? int.MaxValue));
            })
            .QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_ticket_is_given_once_and_the_history_says_why()
    {
        var ticket = Desk.NewTicket() with { Group = "first-line" };
        var given = RoutingRules.Route(ticket, "first-line", RoutingStrategy.RoundRobin, [], new("anna", "Whose turn it was."), 1, Desk.Nine.AddMinutes(1));
        Assert.Equal(("anna", TicketStatus.Open, 1L), (given.Ticket.Assignee, given.Ticket.Status, given.Ticket.RoutedFor));
        Assert.Equal(["TicketRouted", "AssigneeChanged", "StatusChanged"], given.Events.Select(happened => happened.Fact.GetType().Name));
        Assert.Equal(Actor.System, given.Events[0].By);
        Assert.Empty(RoutingRules.Route(given.Ticket, "first-line", RoutingStrategy.RoundRobin, [], new("ben", ""), 1, Desk.Nine.AddMinutes(2)).Events);
        Assert.Empty(RoutingRules.Route(ticket, "second-line", RoutingStrategy.RoundRobin, [], new("ben", ""), 1, Desk.Nine.AddMinutes(2)).Events);
    }

    [Fact]
    public void That_nobody_was_available_is_said_once_for_an_event()
    {
        var ticket = Desk.NewTicket() with { Group = "first-line" };
        var waits = RoutingRules.Route(ticket, "first-line", RoutingStrategy.Skills, ["vpn"], new(null, "Nobody."), 1, Desk.Nine.AddMinutes(1));
        var fact = Assert.IsType<TicketRouted>(Assert.Single(waits.Events).Fact);
        Assert.Equal((null, "Nobody.", 1L), (fact.Agent, fact.Why, fact.Cause));
        Assert.Equal(["vpn"], fact.Skills);
        Assert.Empty(RoutingRules.Route(waits.Ticket, "first-line", RoutingStrategy.Skills, ["vpn"], new(null, "Nobody."), 1, Desk.Nine.AddMinutes(2)).Events);
        Assert.Single(
            RoutingRules.Route(waits.Ticket, "first-line", RoutingStrategy.Skills, ["vpn"], new(null, "Nobody."), 2, Desk.Nine.AddMinutes(2)).Events
        );
    }
}
