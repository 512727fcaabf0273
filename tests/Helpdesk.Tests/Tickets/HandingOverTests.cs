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
        var change = HandingOver.OfAgent(Opened, "ada", null, Admin, Desk.Nine);
        Assert.Equal((null, Desk.FirstLine.Id), (change.Ticket.Assignee, change.Ticket.Group));
        Assert.Empty(HandingOver.OfAgent(change.Ticket, "ada", null, Admin, Desk.Nine).Events);
        Assert.Empty(HandingOver.OfAgent(Opened, "bob", null, Admin, Desk.Nine).Events);
    }

    [Fact]
    public void What_is_closed_stays_as_it_was()
    {
        var closed = Opened with { Status = TicketStatus.Closed };
        Assert.Empty(HandingOver.OfAgent(closed, "ada", null, Admin, Desk.Nine).Events);
        Assert.Empty(HandingOver.OfGroup(closed, Desk.FirstLine.Id, Desk.SecondLine, Admin, Desk.Nine).Events);
    }
}
