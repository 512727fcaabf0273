using Helpdesk.Agenda;
using Helpdesk.Directory;
using Helpdesk.Tickets;

namespace Helpdesk.Tests.Tickets;

public sealed class HandingOverTests
{
    private static readonly Actor Admin = new(ActorKind.Agent, "admin", "Admin");

    private static Ticket Opened => Desk.Open(Desk.Draft() with { Group = Desk.FirstLine }).Ticket with { Assignee = "ada" };

    [Fact]
    public void A_ticket_goes_to_the_successor_of_its_group_and_keeps_its_status_and_agent()
    {
        var change = HandingOver.OfGroup(Opened, Desk.FirstLine.Id, Desk.SecondLine, Admin, Desk.Nine);
        Assert.Equal(
            (Desk.SecondLine.Id, Desk.SecondLine.Tier, TicketStatus.New, "ada"),
            (change.Ticket.Group, change.Ticket.Tier, change.Ticket.Status, change.Ticket.Assignee)
        );
        Assert.Equal([new GroupChanged(Desk.FirstLine.Id, Desk.SecondLine.Id), new TierChanged(1, 2, null)], change.Events.Select(happened => happened.Fact));
        Assert.All(change.Events, happened => Assert.Equal(Admin, happened.By));
        Assert.Empty(HandingOver.OfGroup(change.Ticket, Desk.FirstLine.Id, Desk.SecondLine, Admin, Desk.Nine).Events);
    }

    [Fact]
    public void A_ticket_that_has_climbed_does_not_fall_back()
    {
        var climbed = Opened with { Tier = 3 };
        Assert.Equal(3, HandingOver.OfGroup(climbed, Desk.FirstLine.Id, Desk.SecondLine, Admin, Desk.Nine).Ticket.Tier);
        Assert.Equal((null, 3), (HandingOver.OfGroup(climbed, Desk.FirstLine.Id, null, Admin, Desk.Nine).Ticket.Group, climbed.Tier));
    }

    [Fact]
    public void A_ticket_of_an_agent_who_is_gone_stays_in_its_group_for_anybody()
    {
        var change = HandingOver.OfAgent(Opened, "ada", null, [], Admin, Desk.Nine);
        Assert.Equal((null, Desk.FirstLine.Id), (change.Ticket.Assignee, change.Ticket.Group));
        Assert.Empty(HandingOver.OfAgent(change.Ticket, "ada", null, [], Admin, Desk.Nine).Events);
        Assert.Empty(HandingOver.OfAgent(Opened, "bob", null, [], Admin, Desk.Nine).Events);
    }

    [Fact]
    public void What_is_closed_stays_as_it_was()
    {
        var closed = Opened with { Status = TicketStatus.Closed };
        Assert.Empty(HandingOver.OfAgent(closed, "ada", null, [], Admin, Desk.Nine).Events);
        Assert.Empty(HandingOver.OfGroup(closed, Desk.FirstLine.Id, Desk.SecondLine, Admin, Desk.Nine).Events);
    }

    private static Ticket WithTasks()
    {
        var ticket = Opened with { Assignee = null };
        foreach (var (title, agent) in new[] { ("Order it", "ada"), ("Done already", "ada"), ("Call", "bob"), ("Anybody's", null) })
            ticket = AgendaRules.AddTask(ticket, title, agent, Desk.Nine.AddHours(1), required: true, Admin, Desk.Nine).Ticket;
        ticket = AgendaRules.ChangeTask(ticket, ticket.Tasks![1].Id, new TaskPatch { Done = true }, Admin, Desk.Nine)!.Ticket;
        return AgendaRules.FollowUp(ticket, new(Desk.Nine.AddHours(2), "ada", "Ask again", true), Admin, Desk.Nine).Ticket;
    }

    [Fact]
    public void What_an_agent_has_to_do_on_tickets_of_others_goes_to_their_successor()
    {
        var ticket = WithTasks();
        var change = HandingOver.OfAgent(ticket, "ada", Desk.Anna, [], Admin, Desk.Nine);
        Assert.Equal([Desk.Anna.Id, "ada", "bob", null], change.Ticket.Tasks!.Select(task => task.Assignee));
        Assert.Equal(ticket.FollowUp! with { To = Desk.Anna.Id }, change.Ticket.FollowUp);
        Assert.Equal((true, Desk.Nine.AddHours(1)), (change.Ticket.Tasks![0].Required, change.Ticket.Tasks[0].DueAt));
        Assert.Equal(2, change.Events.Count);
        Assert.Null(change.Comment);
        Assert.Empty(HandingOver.OfAgent(change.Ticket, "ada", Desk.Anna, [], Admin, Desk.Nine).Events);
    }

    [Fact]
    public void Without_a_successor_it_is_nobodys_and_a_note_tells_whoever_is_in_charge()
    {
        Agent[] colleagues = [Desk.Anna with { Id = "eve", Groups = [Desk.FirstLine.Id] }, Desk.Anna with { Id = "bob", Groups = ["elsewhere"] }];
        var change = HandingOver.OfAgent(WithTasks(), "ada", null, colleagues, Admin, Desk.Nine);
        Assert.Equal([null, "ada", "bob", null], change.Ticket.Tasks!.Select(task => task.Assignee));
        Assert.Null(change.Ticket.FollowUp!.To);
        Assert.Equal((CommentVisibility.Internal, ActorKind.System), (change.Comment!.Visibility, change.Comment.By));
        Assert.EndsWith("- the task \"Order it\"\n- the follow-up \"Ask again\"\n@eve", change.Comment.Body, StringComparison.Ordinal);
        Assert.Empty(HandingOver.OfAgent(change.Ticket, "ada", null, colleagues, Admin, Desk.Nine).Events);
        var bobs = HandingOver.OfAgent(WithTasks() with { Assignee = "bob" }, "ada", null, colleagues, Admin, Desk.Nine);
        Assert.EndsWith("\n@bob", bobs.Comment!.Body, StringComparison.Ordinal);
    }
}
