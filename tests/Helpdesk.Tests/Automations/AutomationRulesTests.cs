using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Helpdesk.Automations;
using Helpdesk.Conditions;
using Helpdesk.Tests.Tickets;
using Helpdesk.Tickets;

namespace Helpdesk.Tests.Automations;

public sealed class AutomationRulesTests
{
    private static readonly ActionContext Context = new()
    {
        Groups = id => new[] { Desk.SecondLine, Desk.ThirdLine }.FirstOrDefault(group => group.Id == id),
        Agents = [Desk.Anna],
        Render = (text, ticket) => text.Replace("{{ ticket.number }}", $"{ticket.Number}", StringComparison.Ordinal),
    };

    private static readonly string[] Events =
    [
        "ticket-opened",
        "priority-changed",
        "status-changed",
        "tags-changed",
        "comment-added",
        "ticket-reopened",
        "assignee-changed",
    ];

    private static readonly string[] Conditions =
    [
        """{"all":[]}""",
        """{"field":"priority","op":"at-least","value":"high"}""",
        """{"not":{"field":"tags","op":"contains","value":"a"}}""",
        """{"any":[{"field":"status","op":"in","value":["open","pending"]},{"field":"by","op":"is","value":"requester"}]}""",
        """{"field":"changed.priority","op":"is","value":true}""",
        """{"field":"assignee","op":"is-set"}""",
        """{"field":"comment.visibility","op":"is","value":"public"}""",
    ];

    private static readonly TicketAction[] Actions =
    [
        new(ActionKind.Set) { Field = "priority", Value = JsonSerializer.SerializeToElement("urgent") },
        new(ActionKind.Set) { Field = "status", Value = JsonSerializer.SerializeToElement("pending") },
        new(ActionKind.AddTags) { Tags = ["a", "b"] },
        new(ActionKind.Note) { Text = "Ticket {{ ticket.number }}" },
        new(ActionKind.Assign) { Agent = "anna", Group = "second-line" },
        new(ActionKind.Escalate),
        new(ActionKind.Resolve) { Text = "Solved" },
        new(ActionKind.Close),
    ];

    private static Automation Rule(string on, string condition, params IReadOnlyList<TicketAction> actions) =>
        new()
        {
            Id = "rule",
            Name = "Rule",
            Version = 1,
            On = [on],
            Condition = Condition.Parse(JsonElement.Parse(condition), ConditionScope.Events).Condition!,
            Actions = actions,
            CreatedAt = DateTimeOffset.MinValue,
            UpdatedAt = DateTimeOffset.MinValue,
        };

    private static ConditionSubject Subject(Ticket ticket, TicketEvent happened) =>
        new()
        {
            Now = happened.At,
            Ticket = ticket,
            Event = happened,
        };

    /// <summary>What the dry run says of a rule is what the rule then does, event by event, whatever happens to a ticket.</summary>
    [Fact]
    public void The_dry_run_of_a_rule_says_what_the_rule_then_does()
    {
        var ran = 0;
        var rules =
            from starts in Gen.Elements(Events)
            from condition in Gen.Elements(Conditions)
            from actions in Gen.SubListOf(Actions)
            where actions.Count > 0
            select Rule(starts, condition, [.. actions]);
        var command = Gen.Choose(0, 7).SelectMany(what => Gen.Choose(0, 7).Select(choice => (what, choice)));
        Prop.ForAll(
                Arb.From(rules.SelectMany(rule => command.ListOf().Select(commands => (rule, commands)))),
                life =>
                {
                    var (ticket, history) = Live(life.rule, life.commands);
                    var description = ticket.Description;
                    foreach (var happened in history.Where(one => AutomationRules.For(one, [life.rule]).Count > 0))
                    {
                        // What is left of a chain that was stopped does not run any more.
                        if (AutomationRules.DepthOf(happened, history) > 0 && history.Any(one => one.Fact is AutomationRan { Stopped: true }))
                            continue;
                        var last = AutomationRules.LastOfRequest(happened, history).Seq;
                        var then = TicketHistory.Replay(history.TakeWhile(one => one.Seq <= last), description);
                        var dry = AutomationRules.Decide(Subject(then, happened), [life.rule], _ => Context)[0];
                        var real = history.SingleOrDefault(one => one.Fact is AutomationRan { Stopped: null } run && run.Seq == happened.Seq);
                        Assert.Equal(dry.Done is not null, real is not null);
                        if (dry.Done is null || real is null)
                            continue;
                        ran++;
                        Assert.Equal(dry.Done.Outcomes, ((AutomationRan)real.Fact).Did);
                        Assert.Equal(
                            dry.Done.Events.Select(one => Words(one.Fact)),
                            history.Where(one => one.Change == real.Change && one.Seq > real.Seq).Select(one => Words(one.Fact))
                        );
                    }
                }
            )
            .QuickCheckThrowOnFailure();
        Assert.True(ran > 20, $"Rules ran {ran} times.");
    }

    /// <summary>The comment's id tells of its event's number, which is another one behind the record of the run.</summary>
    private static string Words(TicketFact fact) =>
        $"{fact.GetType().Name} {JsonSerializer.Serialize<object>(fact is CommentAdded added ? added with { Comment = "" } : fact)}";

    /// <summary>A life of a ticket on which a rule is at work: each request is followed by what automations make of its events, before the next one.</summary>
    private static (Ticket Ticket, List<TicketEvent> History) Live(Automation rule, IEnumerable<(int What, int Choice)> commands)
    {
        var (history, change) = (new List<TicketEvent>(), 0);
        var ticket = Take(TicketHistory.Begin((TicketOpened)Desk.Open().Events[0].Fact, "It is broken", Desk.Requester, Desk.Nine));
        foreach (var command in commands)
        {
            if (Try(ticket, command) is { Events.Count: > 0 } done)
                ticket = Take(done);
        }

        return (ticket, history);

        Ticket Take(TicketChange done)
        {
            var name = $"change-{change++}";
            var news = new Queue<TicketEvent>(done.Events.Select(one => one with { Change = name }));
            history.AddRange(news);
            var now = done.Ticket;
            while (news.TryDequeue(out var happened))
            {
                if (AutomationRules.For(happened, [rule]).Count == 0)
                    continue;
                var depth = AutomationRules.DepthOf(happened, history);
                if (AutomationRules.IsStopped(now.Automated, depth))
                    continue;
                var last = AutomationRules.LastOfRequest(happened, history).Seq;
                var then = TicketHistory.Replay(history.TakeWhile(one => one.Seq <= last), now.Description);
                if (AutomationRules.Decide(Subject(then, happened), [rule], _ => Context)[0].Done is null)
                    continue;
                var run = AutomationRules.IsAtEnd(now.Automated, depth)
                    ? AutomationRules.Stop(now, rule, happened.Seq, depth, happened.At)
                    : AutomationRules.Run(now, rule, happened.Seq, depth + 1, Context, happened.At);
                var also = $"change-{change++}";
                now = run.Ticket;
                foreach (var one in run.Events.Select(one => one with { Change = also }))
                {
                    history.Add(one);
                    news.Enqueue(one);
                }
            }

            return now;
        }
    }

    private static TicketChange? Try(Ticket ticket, (int What, int Choice) command)
    {
        var now = ticket.UpdatedAt.AddMinutes(command.Choice);
        try
        {
            return command.What switch
            {
                0 => TicketRules.Comment(ticket, "Still broken", CommentVisibility.Public, Desk.Requester, now),
                1 => TicketRules.Comment(ticket, "On it", (CommentVisibility)(command.Choice % 2), Desk.Agent, now),
                2 => TicketRules.Patch(ticket, new() { Priority = (TicketPriority)(command.Choice % 4) }, Desk.Agent, now),
                3 => TicketRules.Patch(ticket, new() { Tags = [.. new[] { "a", "b", "c" }.Take(command.Choice % 4)] }, Desk.Agent, now),
                4 => TicketRules.Patch(
                    ticket,
                    new() { Status = (TicketStatus)(command.Choice % 6), Priority = (TicketPriority)(command.Choice % 4) },
                    Desk.Agent,
                    now
                ),
                5 => TicketRules.Assign(ticket, null, Desk.Anna, Desk.Agent, now),
                6 => TicketRules.Resolve(ticket, "Done", Desk.Agent, now),
                _ => TicketRules.Reopen(ticket, Desk.Agent, now),
            };
        }
        catch (HelpdeskRuleException)
        {
            return null;
        }
    }

    [Fact]
    public void A_rule_that_has_run_upon_an_event_or_a_later_one_does_not_run_upon_it_again()
    {
        var rule = Rule("priority-changed", """{"all":[]}""", Actions[2]);
        var ticket = Desk.NewTicket();
        Assert.False(AutomationMark.HasRun(ticket.Automated, 1, rule.Id));
        var run = AutomationRules.Run(ticket, rule, 1, 1, Context, Desk.Nine);
        Assert.True(AutomationMark.HasRun(run.Ticket.Automated, 1, rule.Id));
        Assert.False(AutomationMark.HasRun(run.Ticket.Automated, 1, "another"));
        Assert.False(AutomationMark.HasRun(run.Ticket.Automated, 2, rule.Id));
        var later = AutomationRules.Run(run.Ticket, rule, 3, 1, Context, Desk.Nine);
        Assert.True(AutomationMark.HasRun(later.Ticket.Automated, 1, "another"));
        Assert.Equal(
            later.Ticket.Automated!.Seq,
            TicketHistory.Replay([.. Desk.Open().Events, .. run.Events, .. later.Events], ticket.Description).Automated!.Seq
        );
    }
}

public sealed class ConditionContradictionsTests
{
    [Theory]
    [InlineData("""{"all":[{"field":"status","op":"is","value":"new"},{"field":"status","op":"in","value":["closed","resolved"]}]}""", "status")]
    [InlineData("""{"all":[{"field":"priority","op":"more-than","value":"urgent"}]}""", "priority")]
    [InlineData("""{"all":[{"field":"tier","op":"more-than","value":2},{"field":"tier","op":"less-than","value":2}]}""", "tier")]
    [InlineData("""{"all":[{"field":"group","op":"is","value":"a"},{"not":{"field":"group","op":"in","value":["a","b"]}}]}""", "group")]
    [InlineData("""{"all":[{"field":"tags","op":"contains","value":"a"},{"field":"tags","op":"contains-none","value":["a","b"]}]}""", "tags")]
    [InlineData("""{"any":[{"field":"changed.group","op":"is","value":true},{"field":"was.status","op":"is","value":"open"}]}""", "changed.group")]
    [InlineData("""{"field":"event","op":"is","value":"ticket-opened"}""", "event")]
    public void What_nothing_can_fulfil_is_found(string condition, string field) =>
        Assert.Contains(field, ConditionContradictions.Of(Read(condition), ["priority-changed", "comment-added"]), StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"all":[]}""")]
    [InlineData("""{"all":[{"field":"tier","op":"more-than","value":1},{"field":"tier","op":"less-than","value":2}]}""")]
    [InlineData("""{"all":[{"field":"subject","op":"contains","value":"a"},{"field":"subject","op":"contains","value":"b"}]}""")]
    [InlineData("""{"any":[{"field":"changed.group","op":"is","value":true},{"field":"changed.priority","op":"is","value":true}]}""")]
    [InlineData("""{"all":[{"field":"tags","op":"is-set"},{"field":"tags","op":"contains-none","value":["a","b"]}]}""")]
    [InlineData("""{"all":[{"field":"comment.visibility","op":"is","value":"public"},{"field":"group","op":"is-not","value":"a"}]}""")]
    [InlineData("""{"not":{"field":"changed.custom.x","op":"is","value":true}}""")]
    public void What_something_can_fulfil_is_not(string condition) =>
        Assert.Null(ConditionContradictions.Of(Read(condition), ["priority-changed", "comment-added"]));

    private static Condition Read(string condition) => Condition.Parse(JsonElement.Parse(condition), ConditionScope.Events).Condition!;
}
