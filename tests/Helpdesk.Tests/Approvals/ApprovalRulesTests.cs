using FsCheck;
using FsCheck.Fluent;
using Helpdesk.Approvals;
using Helpdesk.Contacts;
using Helpdesk.Tests.Tickets;
using Helpdesk.Tickets;
using Helpdesk.Views;

namespace Helpdesk.Tests.Approvals;

public sealed class ApprovalRulesTests
{
    private static readonly Actor Boss = new(ActorKind.Requester, "boss@example.com", "Bo");

    private static ApprovalDraft Draft(ApprovalRule rule = ApprovalRule.All, params IReadOnlyList<Approver> approvers) =>
        new()
        {
            Question = "May we buy it?",
            Rule = rule,
            Approvers = approvers.Count > 0 ? approvers : [new(0, "anna"), new(0, Email: "boss@example.com", Name: "Bo")],
            DueAt = Desk.Nine.AddHours(8),
            RemindAt = [Desk.Nine.AddHours(4), Desk.Nine.AddHours(7)],
        };

    private static Ticket Asked(Ticket ticket, ApprovalDraft? draft = null) => ApprovalRules.Ask(ticket, draft ?? Draft(), Desk.Agent, Desk.Nine).Ticket;

    private static TicketChange Decide(Ticket ticket, int approver, ApprovalDecision decision, int hours = 1) =>
        ApprovalRules.Decide(ticket, ticket.Approvals![^1].Id, approver, decision, null, Boss, Desk.Nine.AddHours(hours))!;

    /// <summary>
    /// An approval is pending exactly as long as the answers that are missing could still bring another end; once it is decided, none of them can.
    /// </summary>
    [Theory]
    [InlineData(ApprovalRule.All)]
    [InlineData(ApprovalRule.Any)]
    [InlineData(ApprovalRule.Majority)]
    public void It_is_decided_as_soon_as_no_answer_can_change_it(ApprovalRule rule) =>
        // Each approver: 0 has not answered, 1 approves, 2 declines, 3 can answer no more.
        Prop.ForAll(
                Arb.From(Gen.Choose(0, 3).ArrayOf().Where(states => states.Length is > 0 and <= 7)),
                states =>
                {
                    var approval = Of(rule, states);
                    // What comes of it, however those who are missing answer.
                    var open = states.Count(state => state == 0);
                    var ends = Enumerable
                        .Range(0, 1 << open)
                        .Select(answers =>
                        {
                            var next = 0;
                            return Yes(rule, [.. states.Select(state => state == 0 ? ((answers >> next++) & 1) + 1 : state)]);
                        })
                        .Distinct()
                        .ToList();
                    var outcome = ApprovalRules.OutcomeOf(approval);
                    Assert.Equal(ends.Count > 1, outcome == ApprovalState.Pending);
                    if (ends.Count == 1)
                        Assert.Equal(ends[0], outcome == ApprovalState.Approved);
                    if (outcome is ApprovalState.Declined or ApprovalState.Expired)
                        Assert.Equal(states.Contains(2), outcome == ApprovalState.Declined);
                }
            )
            .QuickCheckThrowOnFailure();

    /// <summary>The law itself, in other words than the rule's.</summary>
    private static bool Yes(ApprovalRule rule, int[] states) =>
        rule switch
        {
            ApprovalRule.All => states.All(state => state == 1),
            ApprovalRule.Any => states.Contains(1),
            _ => states.Count(state => state == 1) > states.Count(state => state != 1),
        };

    private static TicketApproval Of(ApprovalRule rule, int[] states) =>
        new(
            "1-2",
            "May we?",
            rule,
            Desk.Nine,
            Desk.Nine.AddHours(1),
            [
                .. states.Select(
                    (state, index) =>
                        new Approver(index + 1, $"agent-{index}")
                        {
                            Decision =
                                state == 1 ? ApprovalDecision.Approve
                                : state == 2 ? ApprovalDecision.Decline
                                : null,
                            Gone = state == 3 ? true : null,
                        }
                ),
            ]
        );

    [Theory]
    [InlineData(TicketStatus.New, TicketStatus.Open)]
    [InlineData(TicketStatus.Open, TicketStatus.Open)]
    [InlineData(TicketStatus.Pending, TicketStatus.Pending)]
    [InlineData(TicketStatus.OnHold, TicketStatus.OnHold)]
    public void The_ticket_waits_on_hold_and_goes_on_where_it_stood(TicketStatus before, TicketStatus after)
    {
        var asked = Asked(Desk.TicketThatIs(before));
        Assert.Equal(TicketStatus.OnHold, asked.Status);
        var first = Decide(asked, 1, ApprovalDecision.Approve);
        Assert.Equal((TicketStatus.OnHold, ApprovalState.Pending), (first.Ticket.Status, ApprovalRules.StateOf(first.Ticket)));
        var last = Decide(first.Ticket, 2, ApprovalDecision.Approve);
        Assert.Equal((after, ApprovalState.Approved, null), (last.Ticket.Status, ApprovalRules.StateOf(last.Ticket), last.Ticket.HeldFrom));
        Assert.Equal(Boss, last.Events[0].By);
        Assert.All(last.Events.Skip(1), happened => Assert.Equal(Actor.System, happened.By));
    }

    [Fact]
    public void A_ticket_that_somebody_has_moved_stays_where_it_is()
    {
        var asked = Asked(Desk.TicketThatIs(TicketStatus.Open));
        var moved = TicketRules.Patch(asked, new() { Status = TicketStatus.Pending }, Desk.Agent, Desk.Nine).Ticket;
        Assert.Equal(TicketStatus.Pending, Decide(moved, 1, ApprovalDecision.Decline).Ticket.Status);
        var back = TicketRules.Patch(moved, new() { Status = TicketStatus.OnHold }, Desk.Agent, Desk.Nine).Ticket;
        Assert.Equal(TicketStatus.OnHold, Decide(back, 1, ApprovalDecision.Decline).Ticket.Status);
    }

    [Fact]
    public void The_last_of_several_approvals_lets_the_ticket_go_on()
    {
        var asked = Asked(Asked(Desk.TicketThatIs(TicketStatus.Open)), Draft(ApprovalRule.Any));
        var first = Decide(asked, 1, ApprovalDecision.Approve).Ticket;
        Assert.Equal((TicketStatus.OnHold, ApprovalState.Pending), (first.Status, ApprovalRules.StateOf(first)));
        var last = ApprovalRules.Cancel(first, first.Approvals![0].Id, Desk.Agent, Desk.Nine.AddHours(2))!;
        Assert.Equal((TicketStatus.Open, ApprovalState.Cancelled), (last.Ticket.Status, ApprovalRules.StateOf(last.Ticket)));
        Assert.Empty(ApprovalRules.Cancel(last.Ticket, first.Approvals[0].Id, Desk.Agent, Desk.Nine.AddHours(3))!.Events);
    }

    [Fact]
    public void An_approval_that_a_ticket_does_not_wait_for_keeps_it_no_longer_on_hold_either()
    {
        var asked = Asked(Asked(Desk.TicketThatIs(TicketStatus.Open)), Draft() with { Holds = false });
        Assert.Equal((TicketStatus.OnHold, 2), (asked.Status, ApprovalRules.Pending(asked).Count()));
        var first = ApprovalRules.Cancel(asked, asked.Approvals![0].Id, Desk.Agent, Desk.Nine.AddHours(1))!.Ticket;
        Assert.Equal((TicketStatus.Open, ApprovalState.Pending), (first.Status, ApprovalRules.StateOf(first)));
        // And the other way round: it waits for the one alone.
        var other = ApprovalRules.Cancel(asked, asked.Approvals[1].Id, Desk.Agent, Desk.Nine.AddHours(1))!.Ticket;
        Assert.Equal(TicketStatus.OnHold, other.Status);
    }

    [Fact]
    public void What_the_requester_says_does_not_end_the_wait()
    {
        var rita = new Actor(ActorKind.Requester, "rita@example.com", "Rita");
        Ticket Said(Ticket ticket) => TicketRules.Comment(ticket, "Any news?", CommentVisibility.Public, rita, Desk.Nine.AddHours(1)).Ticket;
        var asked = Asked(Desk.TicketThatIs(TicketStatus.Open));
        var said = Said(asked);
        Assert.Equal(TicketStatus.OnHold, said.Status);
        Assert.Equal(TicketStatus.Open, ApprovalRules.Cancel(said, said.Approvals![0].Id, Desk.Agent, Desk.Nine.AddHours(2))!.Ticket.Status);
        // One that somebody has put on hold goes on, as always.
        Assert.Equal(TicketStatus.Open, Said(Desk.TicketThatIs(TicketStatus.OnHold)).Status);
        Assert.Equal(TicketStatus.Open, Said(Asked(Desk.TicketThatIs(TicketStatus.OnHold), Draft() with { Holds = false })).Status);
    }

    [Fact]
    public void What_is_undone_asks_nobody_any_more()
    {
        var was = Asked(Desk.TicketThatIs(TicketStatus.Open), Draft() with { Holds = false });
        var became = Asked(was, Draft(ApprovalRule.Any));
        Assert.Equal(TicketStatus.OnHold, became.Status);
        var undone = BulkUndo.Decide(was, became, became, _ => null, _ => null, answered: false, Desk.Agent, Desk.Nine.AddHours(1));
        Assert.Empty(undone.Left);
        Assert.Equal(TicketStatus.Open, undone.Change.Ticket.Status);
        Assert.Equal([ApprovalState.Pending, ApprovalState.Cancelled], undone.Change.Ticket.Approvals!.Select(one => one.State));
        // What was decided since stays decided.
        var decided = Decide(became, 1, ApprovalDecision.Approve).Ticket;
        undone = BulkUndo.Decide(was, became, decided, _ => null, _ => null, answered: false, Desk.Agent, Desk.Nine.AddHours(2));
        Assert.Equal([ApprovalState.Pending, ApprovalState.Approved], undone.Change.Ticket.Approvals!.Select(one => one.State));
    }

    [Theory]
    [InlineData("resolve")]
    [InlineData("close")]
    public void The_end_of_a_ticket_ends_what_is_asked_of_it(string end)
    {
        var ticket = Asked(Desk.TicketThatIs(TicketStatus.Open));
        ticket = TicketRules.Resolve(ticket, "Done", Desk.Agent, Desk.Nine.AddHours(1)).Ticket;
        if (end == "close")
            ticket = TicketRules.Close(ticket, Desk.Agent, Desk.Nine.AddHours(1)).Ticket;
        Assert.Equal(ApprovalState.Cancelled, ApprovalRules.StateOf(ticket));
        Assert.Null(ApprovalRules.NextAt(ticket));
        Assert.Equal("approval-over", Assert.Throws<HelpdeskRuleException>(() => Decide(ticket, 1, ApprovalDecision.Approve)).Code);
        var code = Assert.Throws<HelpdeskRuleException>(() => Asked(ticket)).Code;
        Assert.Equal(end == "close" ? "ticket-closed" : "ticket-resolved", code);
    }

    [Fact]
    public void An_answer_stands_and_the_same_one_again_changes_nothing()
    {
        var asked = Asked(Desk.NewTicket());
        var once = Decide(asked, 1, ApprovalDecision.Approve).Ticket;
        Assert.Empty(Decide(once, 1, ApprovalDecision.Approve).Events);
        Assert.Equal("approval-answered", Assert.Throws<HelpdeskRuleException>(() => Decide(once, 1, ApprovalDecision.Decline)).Code);
        Assert.Equal("approver-replaced", Assert.Throws<HelpdeskRuleException>(() => Decide(once, 3, ApprovalDecision.Decline)).Code);
        var over = Decide(once, 2, ApprovalDecision.Decline).Ticket;
        Assert.Empty(Decide(over, 2, ApprovalDecision.Decline).Events);
        Assert.Null(ApprovalRules.Decide(over, "1-99", 1, ApprovalDecision.Approve, null, Boss, Desk.Nine));
    }

    [Fact]
    public void Those_who_are_missing_are_reminded_once_for_each_time_and_it_ends_when_it_is_due()
    {
        var ticket = Decide(Asked(Desk.TicketThatIs(TicketStatus.Open)), 1, ApprovalDecision.Approve).Ticket;
        Assert.Equal(Desk.Nine.AddHours(4), ApprovalRules.NextAt(ticket));
        Assert.Empty(ApprovalRules.Wake(ticket, Desk.Nine.AddHours(3)).Events);
        var reminded = ApprovalRules.Wake(ticket, Desk.Nine.AddHours(4));
        Assert.Equal([2], Assert.IsType<ApprovalReminded>(Assert.Single(reminded.Events).Fact).Approvers);
        Assert.Empty(ApprovalRules.Wake(reminded.Ticket, Desk.Nine.AddHours(4)).Events);
        Assert.Equal(Desk.Nine.AddHours(7), ApprovalRules.NextAt(reminded.Ticket));
        // What was slept through is said once.
        Assert.Single(ApprovalRules.Wake(ticket, Desk.Nine.AddHours(7.5)).Events);
        var ended = ApprovalRules.Wake(ticket, Desk.Nine.AddHours(8));
        Assert.Equal(ApprovalState.Expired, Assert.IsType<ApprovalEnded>(ended.Events[0].Fact).Outcome);
        Assert.Equal((TicketStatus.Open, (DateTimeOffset?)null), (ended.Ticket.Status, ApprovalRules.NextAt(ended.Ticket)));
        // Whoever answers at the very end is too late, also when nobody has noted it yet.
        Assert.Equal("approval-over", Assert.Throws<HelpdeskRuleException>(() => Decide(reminded.Ticket, 2, ApprovalDecision.Approve, hours: 8)).Code);
    }

    [Fact]
    public void Somebody_else_answers_for_an_agent_who_has_left()
    {
        var handed = ApprovalRules.HandOver(Asked(Desk.TicketThatIs(TicketStatus.Open)), "anna", "ben", Actor.System, Desk.Nine.AddHours(1)).Ticket;
        Assert.Equal([(3, "ben"), (2, null)], handed.Approvals![0].Approvers.Select(one => (one.Id, one.Agent)));
        Assert.Equal("approver-replaced", Assert.Throws<HelpdeskRuleException>(() => Decide(handed, 1, ApprovalDecision.Approve)).Code);
        // Who is asked already is not asked twice.
        var both = Asked(Desk.NewTicket(), Draft(ApprovalRule.All, new Approver(0, "anna"), new Approver(0, "ben")));
        Assert.Equal(["ben"], ApprovalRules.HandOver(both, "anna", "ben", Actor.System, Desk.Nine).Ticket.Approvals![0].Approvers.Select(one => one.Agent));
        // An answer that they have given before was their own: they are asked for the other one as well.
        var given = Decide(both, 2, ApprovalDecision.Approve).Ticket;
        var second = ApprovalRules.HandOver(given, "anna", "ben", Actor.System, Desk.Nine.AddHours(2)).Ticket;
        Assert.Equal((ApprovalState.Pending, 3), (ApprovalRules.StateOf(second), ApprovalRules.AwaitedOf(second.Approvals![0], "ben")!.Id));
        var ben = new Actor(ActorKind.Agent, "ben", "Ben");
        var done = ApprovalRules.DecideAs(second, second.Approvals[0].Id, ben, ApprovalDecision.Approve, null, Desk.Nine.AddHours(3))!.Ticket;
        Assert.Equal(ApprovalState.Approved, ApprovalRules.StateOf(done));
        Assert.Empty(ApprovalRules.DecideAs(done, done.Approvals![0].Id, ben, ApprovalDecision.Approve, null, Desk.Nine.AddHours(3))!.Events);
        // Without a successor it can no longer be approved, and does not wait in vain.
        var nobody = ApprovalRules.HandOver(Asked(Desk.TicketThatIs(TicketStatus.Open)), "anna", null, Actor.System, Desk.Nine.AddHours(1));
        Assert.Equal((ApprovalState.Expired, TicketStatus.Open), (ApprovalRules.StateOf(nobody.Ticket), nobody.Ticket.Status));
        // What they have answered stays.
        var answered = Decide(Asked(Desk.NewTicket()), 1, ApprovalDecision.Approve).Ticket;
        Assert.Empty(ApprovalRules.HandOver(answered, "anna", "ben", Actor.System, Desk.Nine.AddHours(2)).Events);
    }

    [Fact]
    public void Erased_people_leave_no_words_and_nobody_waits_for_them()
    {
        var person = new ErasedPerson(["boss@example.com"], [], ["Bo Smith"], $"p1@{ErasedPerson.Domain}", ErasureMode.Anonymised);
        var ticket = Asked(Desk.TicketThatIs(TicketStatus.Open));
        var erased = person.Of(ticket, asked: false, own: true);
        Assert.Equal((person.Pseudonym, ErasedPerson.Gone), (erased.Approvals![0].Approvers[1].Email, erased.Approvals[0].Approvers[1].Name));
        Assert.Equal(erased.Approvals[0].AskedAt, ApprovalRules.NextAt(erased));
        var woken = ApprovalRules.Wake(erased, Desk.Nine.AddMinutes(1)).Ticket;
        Assert.Equal((ApprovalState.Expired, TicketStatus.Open), (ApprovalRules.StateOf(woken), woken.Status));

        var said = ApprovalRules.Decide(
            Asked(Desk.NewTicket()),
            Asked(Desk.NewTicket()).Approvals![0].Id,
            2,
            ApprovalDecision.Approve,
            "I am Bo",
            Boss,
            Desk.Nine
        )!;
        var after = person.Of(said.Ticket, asked: false, own: true).Approvals![0].Approvers[1];
        Assert.Equal((ApprovalDecision.Approve, ErasedPerson.Gone), (after.Decision, after.Comment));
        Assert.Equal(ErasedPerson.Gone, Assert.IsType<ApprovalDecided>(person.Of(said.Events[0], asked: false, own: true).Fact).Comment);
        Assert.Equal(ErasedPerson.Gone, person.Of(said.Ticket, asked: true, own: true).Approvals![0].Question);
    }

    [Fact]
    public void At_most_twenty_people_are_asked_each_once_and_the_oldest_that_has_ended_makes_room()
    {
        var many = Enumerable.Range(0, 21).Select(index => new Approver(0, $"agent-{index}")).ToList();
        Assert.Equal("too-many-approvers", Assert.Throws<HelpdeskRuleException>(() => Asked(Desk.NewTicket(), Draft(ApprovalRule.Any, many))).Code);
        var twice = Asked(Desk.NewTicket(), Draft(ApprovalRule.Any, new Approver(0, Email: "BO@example.com"), new Approver(0, Email: "bo@example.com")));
        Assert.Single(twice.Approvals![0].Approvers);

        var ticket = Desk.TicketThatIs(TicketStatus.Open);
        for (var count = 0; count < TicketApproval.Most; count++)
            ticket = Asked(ticket);
        Assert.Equal("too-many-approvals", Assert.Throws<HelpdeskRuleException>(() => Asked(ticket)).Code);
        var first = ticket.Approvals![0].Id;
        ticket = Asked(ApprovalRules.Cancel(ticket, first, Desk.Agent, Desk.Nine)!.Ticket);
        Assert.Equal(TicketApproval.Most, ticket.Approvals!.Count);
        Assert.Null(ApprovalRules.Find(ticket, first));
    }

    [Fact]
    public void Integrations_are_told_nothing_of_it()
    {
        var asked = ApprovalRules.Ask(Desk.TicketThatIs(TicketStatus.Open), Draft(), Desk.Agent, Desk.Nine);
        var decided = Decide(asked.Ticket, 1, ApprovalDecision.Decline);
        var told = asked.Events.Concat(decided.Events).Select(happened => happened.WithoutNotes()?.Fact).OfType<TicketFact>();
        Assert.All(told, fact => Assert.IsType<StatusChanged>(fact));
    }
}
