using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Helpdesk.Automations;
using Helpdesk.Conditions;
using Helpdesk.Tests.Tickets;
using Helpdesk.Tickets;

namespace Helpdesk.Tests.Automations;

public sealed class TimedTrialTests
{
    private static readonly ActionContext Context = new()
    {
        Groups = id => new[] { Desk.SecondLine, Desk.ThirdLine }.FirstOrDefault(group => group.Id == id),
        Agents = [Desk.Anna],
        Render = (text, ticket) => text.Replace("{{ ticket.number }}", $"{ticket.Number}", StringComparison.Ordinal),
    };

    private static readonly string[] Conditions =
    [
        """{"field":"hoursSince.updated","op":"at-least","value":5}""",
        """{"all":[{"field":"hoursSince.created","op":"at-least","value":30},{"field":"status","op":"in","value":["new","open"]}]}""",
        """{"field":"hoursSince.pending","op":"at-least","value":8}""",
        """{"all":[{"field":"hoursSince.requesterReply","op":"at-least","value":6},{"field":"status","op":"is-not","value":"resolved"}]}""",
        """{"all":[{"field":"hoursSince.updated","op":"more-than","value":3},{"field":"priority","op":"at-least","value":"high"}]}""",
        """{"all":[{"field":"hoursSince.resolved","op":"at-least","value":4},{"field":"hoursSince.updated","op":"at-least","value":2}]}""",
        """{"all":[{"field":"hoursSince.agentReply","op":"at-least","value":10},{"not":{"field":"tags","op":"contains","value":"a"}}]}""",
        """{"field":"hoursSince.closed","op":"at-least","value":24}""",
    ];

    private static readonly TicketAction[] Actions =
    [
        new(ActionKind.Set) { Field = "priority", Value = JsonSerializer.SerializeToElement("urgent") },
        new(ActionKind.Set) { Field = "status", Value = JsonSerializer.SerializeToElement("pending") },
        new(ActionKind.AddTags) { Tags = ["a", "b"] },
        new(ActionKind.Note) { Text = "Ticket {{ ticket.number }}" },
        new(ActionKind.Comment) { Text = "Are you there?" },
        new(ActionKind.Escalate),
        new(ActionKind.Resolve) { Text = "Solved" },
        new(ActionKind.Close),
    ];

    private static Automation Rule(string condition, params IReadOnlyList<TicketAction> actions) =>
        new()
        {
            Id = "rule",
            Name = "Rule",
            Version = 1,
            On = [Automation.Time],
            Condition = Condition.Parse(JsonElement.Parse(condition), ConditionScope.Tickets).Condition!,
            Actions = actions,
            CreatedAt = DateTimeOffset.MinValue,
            UpdatedAt = DateTimeOffset.MinValue,
        };

    private static ConditionSubject Subject(Ticket ticket, IReadOnlyList<TicketEvent> history, DateTimeOffset at) =>
        new()
        {
            Now = at,
            Ticket = ticket,
            Replies = ReplyTimes.Of(history),
        };

    private static async Task<List<TimedLook>> TryAsync(Automation draft, Life life, DateTimeOffset? from = null) =>
        [
            .. (
                await TimedTrial.LookAsync(
                    draft,
                    life.History,
                    life.Description,
                    from ?? DateTimeOffset.MinValue,
                    life.Now,
                    (ticket, history, at) => new(Subject(ticket, history, at)),
                    Context
                )
            ).Looks,
        ];

    /// <summary>A ticket on which a rule is at work, which looks as often as the desk does, and a little late.</summary>
    private sealed class Life(Automation? rule, TimeSpan late)
    {
        private int _changes;

        public DateTimeOffset Now { get; private set; } = Desk.Nine;

        public List<TicketEvent> History { get; } = [];

        public string Description { get; } = Desk.NewTicket().Description;

        public Ticket Ticket { get; private set; } = null!;

        public List<TicketChange> Runs { get; } = [];

        public void Take(TicketChange change)
        {
            var name = $"change-{_changes++}";
            History.AddRange(change.Events.Select(one => one with { Change = name }));
            Ticket = change.Ticket;
        }

        public void Pass(int hours)
        {
            var until = Now.AddHours(hours);
            while (rule is not null && TimedAutomations.WakeAt(rule, Subject(Ticket, History, Now)) is { } wake && wake < until)
            {
                Now = wake + late;
                if (!TimedAutomations.IsDue(rule, Subject(Ticket, History, Now)))
                    continue;
                var run = TimedAutomations.Run(Ticket, rule, Subject(Ticket, History, Now), Context);
                Runs.Add(run);
                Take(run);
            }

            Now = until;
        }

        public static Life Of(Automation? rule, TimeSpan late, IEnumerable<(int Hours, int What, int Choice)> commands)
        {
            var life = new Life(rule, late);
            life.Take(Desk.Open());
            foreach (var (hours, what, choice) in commands)
            {
                life.Pass(hours);
                if (Try(life.Ticket, what, choice, life.Now) is { Events.Count: > 0 } done)
                    life.Take(done);
            }

            life.Pass(100);
            return life;
        }
    }

    private static TicketChange? Try(Ticket ticket, int what, int choice, DateTimeOffset now)
    {
        try
        {
            return what switch
            {
                0 => TicketRules.Comment(ticket, "Still broken", CommentVisibility.Public, Desk.Requester, now),
                1 => TicketRules.Comment(ticket, "On it", (CommentVisibility)(choice % 2), Desk.Agent, now),
                2 => TicketRules.Patch(ticket, new() { Priority = (TicketPriority)(choice % 4) }, Desk.Agent, now),
                3 => TicketRules.Patch(ticket, new() { Tags = [.. new[] { "a", "b", "c" }.Take(choice % 4)] }, Desk.Agent, now),
                4 => TicketRules.Patch(ticket, new() { Status = (TicketStatus)(choice % 6) }, Desk.Agent, now),
                5 => TicketRules.Resolve(ticket, "Done", Desk.Agent, now),
                6 => TicketRules.Reopen(ticket, Desk.Agent, now),
                _ => TicketRules.Close(ticket, Desk.Agent, now),
            };
        }
        catch (HelpdeskRuleException)
        {
            return null;
        }
    }

    private static string Words(TicketFact fact) =>
        $"{fact.GetType().Name} {JsonSerializer.Serialize<object>(fact is CommentAdded added ? added with { Comment = "" } : fact)}";

    /// <summary>What the dry run says of a rule that waits is what the rule then does, whatever happened and however late the desk looked.</summary>
    [Fact]
    public void The_dry_run_of_a_rule_that_waits_says_what_the_rule_then_does()
    {
        var ran = 0;
        var rules =
            from condition in Gen.Elements(Conditions)
            from actions in Gen.SubListOf(Actions)
            where actions.Count > 0
            select Rule(condition, [.. actions]);
        var command = from hours in Gen.Choose(0, 40) from what in Gen.Choose(0, 7) from choice in Gen.Choose(0, 7) select (hours, what, choice);
        var lives = from rule in rules from late in Gen.Elements(0, 1, 7, 59) from commands in command.ListOf() select (rule, late, commands);
        Prop.ForAll(
                Arb.From(lives),
                one =>
                {
                    var late = TimeSpan.FromSeconds(one.late);
                    var life = Life.Of(one.rule, late, one.commands);
                    var dry = TryAsync(one.rule, life).GetAwaiter().GetResult().Where(look => look.Run is not null).ToList();
                    Assert.Equal(life.Runs.Select(run => run.Events[0].At), dry.Select(look => look.At + late));
                    foreach (var (real, look) in life.Runs.Zip(dry))
                    {
                        ran++;
                        Assert.Equal(((AutomationRan)real.Events[0].Fact).Did, ((AutomationRan)look.Run!.Events[0].Fact).Did);
                        Assert.Equal(
                            real.Events.Skip(1).Select(happened => Words(happened.Fact)),
                            look.Run.Events.Skip(1).Select(happened => Words(happened.Fact))
                        );
                        Assert.Equal(real.Comment?.Body, look.Run.Comment?.Body);
                    }
                }
            )
            .QuickCheckThrowOnFailure();
        Assert.True(ran > 50, $"Rules ran {ran} times.");
    }

    [Fact]
    public async Task A_period_finds_what_is_overdue_at_its_beginning_and_what_falls_due_within_it()
    {
        var life = Life.Of(null, TimeSpan.Zero, [(20, 0, 0), (30, 0, 0)]);
        var draft = Rule(Conditions[0], Actions[2]);
        Assert.Equal([5.0, 25.0, 55.0], (await TryAsync(draft, life)).Select(look => (look.At - Desk.Nine).TotalHours));
        Assert.Equal([30.0, 55.0], (await TryAsync(draft, life, Desk.Nine.AddHours(30))).Select(look => (look.At - Desk.Nine).TotalHours));
        Assert.Equal([60.0], (await TryAsync(draft, life, Desk.Nine.AddHours(60))).Select(look => (look.At - Desk.Nine).TotalHours));
    }

    [Fact]
    public async Task Where_the_rest_of_the_condition_does_not_hold_it_says_why()
    {
        var life = Life.Of(null, TimeSpan.Zero, [(20, 0, 0)]);
        var look = Assert.Single(
            await TryAsync(
                Rule("""{"all":[{"field":"hoursSince.created","op":"at-least","value":2},{"field":"tags","op":"contains","value":"x"}]}""", Actions[2]),
                life
            )
        );
        Assert.Null(look.Run);
        Assert.Equal([true, false], look.Explanation.Terms.Select(term => term.Holds));
    }

    /// <summary>A stricter version of a rule is not kept from running by the runs of the version before.</summary>
    [Fact]
    public async Task Runs_of_an_earlier_version_are_no_change_of_the_ticket()
    {
        var life = Life.Of(Rule(Conditions[0], Actions[3]), TimeSpan.FromSeconds(7), []);
        Assert.Single(life.Runs);
        var later = Rule("""{"field":"hoursSince.updated","op":"at-least","value":50}""", Actions[3]);
        Assert.Equal([50.0], (await TryAsync(later, life)).Select(look => (look.At - Desk.Nine).TotalHours));
        // Another rule counts them.
        Assert.NotEqual([50.0], (await TryAsync(later with { Id = "another" }, life)).Select(look => (look.At - Desk.Nine).TotalHours));
    }
}
