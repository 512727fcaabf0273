using Helpdesk.Agenda;
using Helpdesk.Automations;
using Helpdesk.Contacts;
using Helpdesk.Sla;
using Helpdesk.Tests.Tickets;
using Helpdesk.Tickets;

namespace Helpdesk.Tests.Agenda;

public sealed class AgendaRulesTests
{
    private static Ticket With(Ticket ticket, FollowUp back) => AgendaRules.FollowUp(ticket, back, Desk.Agent, Desk.Nine).Ticket;

    private static Ticket WithTask(Ticket ticket, string title = "Look", DateTimeOffset? due = null, bool required = false) =>
        AgendaRules.AddTask(ticket, title, "anna", due, required, Desk.Agent, Desk.Nine).Ticket;

    [Theory]
    [InlineData(TicketStatus.Pending, TicketStatus.Open)]
    [InlineData(TicketStatus.OnHold, TicketStatus.Open)]
    [InlineData(TicketStatus.New, TicketStatus.New)]
    [InlineData(TicketStatus.Open, TicketStatus.Open)]
    [InlineData(TicketStatus.Resolved, TicketStatus.Resolved)]
    public void What_waits_is_open_again_when_it_comes_back(TicketStatus before, TicketStatus after)
    {
        var ticket = With(Desk.TicketThatIs(before), new(Desk.Nine.AddHours(1)));
        Assert.Empty(AgendaRules.Remind(ticket, Desk.Nine.AddMinutes(59)).Events);
        var back = AgendaRules.Remind(ticket, Desk.Nine.AddHours(1));
        Assert.IsType<FollowUpDue>(back.Events[0].Fact);
        Assert.Equal((after, null), (back.Ticket.Status, back.Ticket.FollowUp));
        Assert.Empty(AgendaRules.Remind(back.Ticket, Desk.Nine.AddHours(9)).Events);
    }

    [Fact]
    public void The_end_of_a_ticket_ends_its_follow_up()
    {
        var ticket = With(Desk.TicketThatIs(TicketStatus.Resolved), new(Desk.Nine.AddHours(1)));
        var closed = TicketRules.Close(ticket, Desk.Agent, Desk.Nine).Ticket;
        Assert.Null(closed.FollowUp);
        Assert.Null(AgendaRules.NextAt(closed));
        Assert.Equal("ticket-closed", Assert.Throws<HelpdeskRuleException>(() => With(closed, new(Desk.Nine.AddHours(1)))).Code);
    }

    [Fact]
    public void An_answer_ends_the_follow_up_that_waits_for_one_and_no_other()
    {
        var waits = With(Desk.NewTicket(), new(Desk.Nine.AddHours(1), UnlessAnswered: true));
        Assert.NotNull(TicketRules.Comment(waits, "note", CommentVisibility.Internal, Desk.Agent, Desk.Nine).Ticket.FollowUp);
        Assert.NotNull(TicketRules.Comment(waits, "Please wait", CommentVisibility.Public, Desk.Agent, Desk.Nine).Ticket.FollowUp);
        Assert.Null(TicketRules.Comment(waits, "It is out", CommentVisibility.Public, Desk.Requester, Desk.Nine).Ticket.FollowUp);
        var stays = With(Desk.NewTicket(), new(Desk.Nine.AddHours(1)));
        Assert.NotNull(TicketRules.Comment(stays, "It is out", CommentVisibility.Public, Desk.Requester, Desk.Nine).Ticket.FollowUp);
    }

    [Fact]
    public void A_task_is_reminded_of_once_for_each_due_time()
    {
        var ticket = WithTask(Desk.NewTicket(), due: Desk.Nine.AddHours(1));
        ticket = WithTask(ticket, "Later", Desk.Nine.AddHours(2));
        var first = AgendaRules.Remind(ticket, Desk.Nine.AddHours(1));
        Assert.Equal("Look", Assert.IsType<TaskDue>(Assert.Single(first.Events).Fact).Title);
        Assert.Equal(Desk.Nine.AddHours(2), AgendaRules.NextAt(first.Ticket));
        var id = first.Ticket.Tasks![0].Id;
        var later = AgendaRules.ChangeTask(first.Ticket, id, new() { DueAt = new(Desk.Nine.AddHours(3)) }, Desk.Agent, Desk.Nine)!.Ticket;
        Assert.Equal(2, AgendaRules.Remind(later, Desk.Nine.AddHours(4)).Events.Count);
        var done = AgendaRules.ChangeTask(later, id, new() { Done = true }, Desk.Agent, Desk.Nine)!.Ticket;
        Assert.Single(AgendaRules.Remind(done, Desk.Nine.AddHours(4)).Events);
    }

    [Fact]
    public void Required_tasks_come_before_the_resolution()
    {
        var ticket = WithTask(WithTask(Desk.NewTicket()), "Wipe the disk", required: true);
        var refused = Assert.Throws<HelpdeskRuleException>(() => TicketRules.Resolve(ticket, "Done", Desk.Agent, Desk.Nine));
        Assert.Equal("tasks-open", refused.Code);
        Assert.Contains("Wipe the disk", refused.Message, StringComparison.Ordinal);
        var free = AgendaRules.ChangeTask(ticket, ticket.Tasks![1].Id, new() { Required = false }, Desk.Agent, Desk.Nine)!.Ticket;
        Assert.Equal(TicketStatus.Resolved, TicketRules.Resolve(free, "Done", Desk.Agent, Desk.Nine).Ticket.Status);
    }

    [Fact]
    public void A_ticket_has_at_most_fifty_tasks()
    {
        var ticket = Desk.NewTicket();
        for (var task = 0; task < TicketTask.Most; task++)
            ticket = WithTask(ticket);
        Assert.Equal(TicketTask.Most, ticket.Tasks!.Select(task => task.Id).Distinct().Count());
        Assert.Equal("too-many-tasks", Assert.Throws<HelpdeskRuleException>(() => WithTask(ticket)).Code);
    }

    [Fact]
    public void An_automation_has_a_ticket_come_back_in_the_hours_of_a_calendar()
    {
        var context = new ActionContext
        {
            Groups = _ => null,
            Agents = [Desk.Anna],
            Calendars = id => id == "business-hours" ? new BusinessCalendar(StandardSla.Calendar.Definition) : null,
            Render = (text, _) => text,
        };
        TicketAction action = new(ActionKind.FollowUp)
        {
            In = "PT40H",
            Calendar = "business-hours",
            Text = "Call",
        };
        var done = TicketActions.Apply(Desk.NewTicket(), [action, action with { Calendar = "gone" }], context, Desk.Agent, Desk.Nine);
        Assert.Equal([ActionResult.Done, ActionResult.NotDone], done.Outcomes.Select(one => one.Result));
        Assert.Equal((null, "Call"), (done.Ticket.FollowUp!.To, done.Ticket.FollowUp.Note));
        Assert.Equal(new BusinessCalendar(StandardSla.Calendar.Definition).Add(Desk.Nine, TimeSpan.FromHours(40)), done.Ticket.FollowUp.At);
        // In a macro it comes back to who applies it.
        Assert.Equal("anna", TicketActions.Apply(Desk.NewTicket(), [action], context with { Me = Desk.Anna }, Desk.Agent, Desk.Nine).Ticket.FollowUp!.To);
    }

    [Fact]
    public void What_tells_of_somebody_goes_with_them()
    {
        var person = new ErasedPerson(["rita@example.com"], [], ["Rita Roe"], "x@erased.invalid", ErasureMode.Anonymised);
        var ticket = WithTask(With(Desk.NewTicket(), new(Desk.Nine.AddHours(1), Note: "Call Rita Roe")), "Write to rita@example.com");
        var left = person.Of(ticket, asked: true, own: true);
        Assert.Equal("Call [erased]", left.FollowUp!.Note);
        Assert.Equal("Write to x@erased.invalid", Assert.Single(left.Tasks!).Title);
        TicketFact[] facts =
        [
            new FollowUpSet(Desk.Nine, null, "Call Rita Roe"),
            new FollowUpDue(Desk.Nine, null, "Call Rita Roe"),
            new TaskAdded("7-2", "Call Rita Roe"),
            new TaskChanged("7-2", "Call Rita Roe"),
            new TaskRemoved("7-2", "Call Rita Roe"),
            new TaskDue("7-2", "Call Rita Roe", Desk.Nine),
            new TimeLogged("7-2", 5, Desk.Nine, "Called Rita Roe"),
        ];
        Assert.All(
            facts,
            fact => Assert.DoesNotContain("Rita", $"{person.Of(new TicketEvent(2, Desk.Nine, Desk.Agent, fact), true, true).Fact}", StringComparison.Ordinal)
        );
        // And from what is old enough.
        Assert.DoesNotContain("Rita Roe", AgedWords.Of(ticket).FollowUp!.Note, StringComparison.Ordinal);
        Assert.Equal(ErasedPerson.Gone, Assert.Single(AgedWords.Of(ticket).Tasks!).Title);
        Assert.All(
            facts,
            fact => Assert.DoesNotContain("Rita", $"{AgedWords.Of(new TicketEvent(2, Desk.Nine, Desk.Agent, fact)).Fact}", StringComparison.Ordinal)
        );
        var rated = person.Of(new TicketEvent(2, Desk.Nine, Desk.Requester, new SatisfactionRated(1, 5, "My own words")), asked: true, own: true);
        Assert.Equal(ErasedPerson.Gone, ((SatisfactionRated)rated.Fact).Comment);
    }
}
