using Helpdesk.Tickets;

namespace Helpdesk.Tests.Tickets;

public sealed class TicketRulesTests
{
    private static readonly DateTimeOffset Later = Desk.Nine.AddHours(1);

    [Fact]
    public void A_ticket_opened_with_an_assignee_is_open_and_one_without_is_new()
    {
        Assert.Equal(TicketStatus.New, Desk.Open().Ticket.Status);
        Assert.Equal(TicketStatus.Open, Desk.Open(Desk.Draft() with { Assignee = Desk.Anna }).Ticket.Status);
    }

    [Fact]
    public void A_ticket_takes_the_tier_of_its_group() => Assert.Equal(2, Desk.Open(Desk.Draft() with { Group = Desk.SecondLine }).Ticket.Tier);

    [Fact]
    public void Assigning_moves_new_to_open()
    {
        var change = TicketRules.Assign(Desk.NewTicket(), null, Desk.Anna, Desk.Agent, Later);
        Assert.Equal((TicketStatus.Open, "anna"), (change.Ticket.Status, change.Ticket.Assignee));
        Assert.Equal([2, 3], change.Events.Select(happened => happened.Seq));
    }

    [Fact]
    public void Assigning_to_a_group_takes_over_its_tier() =>
        Assert.Equal(
            ("second-line", 2),
            (TicketRules.Assign(Desk.NewTicket(), Desk.SecondLine, null, Desk.Agent, Later).Ticket is var t ? (t.Group, t.Tier) : default)
        );

    [Theory]
    [InlineData(TicketStatus.New, TicketStatus.Open)]
    [InlineData(TicketStatus.Open, TicketStatus.Open)]
    [InlineData(TicketStatus.Pending, TicketStatus.Pending)]
    [InlineData(TicketStatus.OnHold, TicketStatus.OnHold)]
    [InlineData(TicketStatus.Resolved, TicketStatus.Resolved)]
    public void An_agents_public_comment_opens_a_new_ticket_and_moves_no_other(TicketStatus from, TicketStatus to) =>
        Assert.Equal(to, TicketRules.Comment(Desk.TicketThatIs(from), "On it", CommentVisibility.Public, Desk.Agent, Later).Ticket.Status);

    [Theory]
    [InlineData(TicketStatus.New, TicketStatus.New)]
    [InlineData(TicketStatus.Open, TicketStatus.Open)]
    [InlineData(TicketStatus.Pending, TicketStatus.Open)]
    [InlineData(TicketStatus.OnHold, TicketStatus.Open)]
    [InlineData(TicketStatus.Resolved, TicketStatus.Open)]
    public void A_requesters_public_comment_reopens_what_waits_or_is_resolved(TicketStatus from, TicketStatus to) =>
        Assert.Equal(to, TicketRules.Comment(Desk.TicketThatIs(from), "Still broken", CommentVisibility.Public, Desk.Requester, Later).Ticket.Status);

    [Fact]
    public void A_note_moves_nothing() =>
        Assert.Equal(TicketStatus.New, TicketRules.Comment(Desk.NewTicket(), "Looks bad", CommentVisibility.Internal, Desk.Agent, Later).Ticket.Status);

    [Fact]
    public void A_comment_is_named_after_its_ticket_and_event()
    {
        var change = TicketRules.Comment(Desk.NewTicket(), "On it", CommentVisibility.Public, Desk.Agent, Later);
        Assert.Equal(("7-2", "On it", Later), (change.Comment!.Id, change.Comment.Body, change.Comment.At));
    }

    [Fact]
    public void Resolving_keeps_the_resolution_and_the_instant()
    {
        var ticket = TicketRules.Resolve(Desk.TicketThatIs(TicketStatus.Open), "New roller", Desk.Agent, Later).Ticket;
        Assert.Equal((TicketStatus.Resolved, "New roller", Later), (ticket.Status, ticket.Resolution, ticket.ResolvedAt));
    }

    [Fact]
    public void Resolving_twice_with_the_same_words_changes_nothing_and_with_others_is_refused()
    {
        var resolved = Desk.TicketThatIs(TicketStatus.Resolved);
        Assert.Empty(TicketRules.Resolve(resolved, "Extinguished", Desk.Agent, Later).Events);
        Assert.Equal("already-resolved", Desk.CodeOf(() => TicketRules.Resolve(resolved, "Other", Desk.Agent, Later)));
    }

    [Fact]
    public void Reopening_forgets_when_it_was_resolved_and_keeps_the_resolution()
    {
        var ticket = TicketRules.Reopen(Desk.TicketThatIs(TicketStatus.Resolved), Desk.Agent, Later).Ticket;
        Assert.Equal((TicketStatus.Open, null, "Extinguished"), (ticket.Status, ticket.ResolvedAt, ticket.Resolution));
    }

    [Theory]
    [InlineData(TicketStatus.New)]
    [InlineData(TicketStatus.Open)]
    [InlineData(TicketStatus.Pending)]
    [InlineData(TicketStatus.OnHold)]
    public void Only_what_is_resolved_can_be_reopened_or_closed(TicketStatus status)
    {
        Assert.Equal("ticket-not-resolved", Desk.CodeOf(() => TicketRules.Reopen(Desk.TicketThatIs(status), Desk.Agent, Later)));
        Assert.Equal("ticket-not-resolved", Desk.CodeOf(() => TicketRules.Close(Desk.TicketThatIs(status), Desk.Agent, Later)));
    }

    [Fact]
    public void A_closed_ticket_takes_nothing_but_a_follow_up()
    {
        var closed = Desk.TicketThatIs(TicketStatus.Closed);
        Assert.All(
            new Action[]
            {
                () => TicketRules.Comment(closed, "Hello?", CommentVisibility.Public, Desk.Requester, Later),
                () => TicketRules.Assign(closed, null, Desk.Anna, Desk.Agent, Later),
                () => TicketRules.Resolve(closed, "Again", Desk.Agent, Later),
                () => TicketRules.Reopen(closed, Desk.Agent, Later),
                () => TicketRules.Escalate(closed, null, "Why not", [], Desk.Agent, Later),
                () => TicketRules.Patch(closed, new TicketPatch { Priority = TicketPriority.Urgent }, Desk.Agent, Later),
                () => TicketRules.Patch(closed, new TicketPatch { Priority = TicketPriority.Urgent, Status = TicketStatus.Closed }, Desk.Agent, Later),
            },
            rule => Assert.Equal("ticket-closed", Desk.CodeOf(rule))
        );
        Assert.Empty(TicketRules.Close(closed, Desk.Agent, Later).Events);
        Assert.Equal(closed.Id, Desk.Open(Desk.Draft() with { FollowUpOf = closed }).Ticket.FollowUpOf);
        Assert.Equal("ticket-not-closed", Desk.CodeOf(() => Desk.Open(Desk.Draft() with { FollowUpOf = Desk.NewTicket() })));
    }

    [Theory]
    [InlineData(TicketStatus.Open, TicketStatus.New, "never-new-again")]
    [InlineData(TicketStatus.Resolved, TicketStatus.New, "never-new-again")]
    [InlineData(TicketStatus.Open, TicketStatus.Resolved, "resolution-required")]
    [InlineData(TicketStatus.Open, TicketStatus.Closed, "ticket-not-resolved")]
    public void A_patch_cannot_move_where_the_rules_do_not(TicketStatus from, TicketStatus to, string code) =>
        Assert.Equal(code, Desk.CodeOf(() => TicketRules.Patch(Desk.TicketThatIs(from), new TicketPatch { Status = to }, Desk.Agent, Later)));

    [Fact]
    public void A_patch_that_changes_nothing_has_no_events()
    {
        var ticket = Desk.NewTicket();
        var same = new TicketPatch
        {
            Subject = ticket.Subject,
            Priority = ticket.Priority,
            Tags = ticket.Tags,
            Status = ticket.Status,
            CustomFields = ticket.CustomFields,
        };
        Assert.Empty(TicketRules.Patch(ticket, same, Desk.Agent, Later).Events);
    }

    [Fact]
    public void Escalating_climbs_to_the_group_that_takes_over_and_leaves_the_assignee_behind()
    {
        var ticket = TicketRules.Assign(Desk.NewTicket(), Desk.FirstLine, Desk.Anna, Desk.Agent, Later).Ticket;
        var up = TicketRules.Escalate(ticket, null, "Needs more", [Desk.SecondLine, Desk.ThirdLine], Desk.Agent, Later).Ticket;
        Assert.Equal((2, "second-line", null), (up.Tier, up.Group, up.Assignee));
        var top = TicketRules.Escalate(ticket, 3, "Needs a lot more", [Desk.SecondLine, Desk.ThirdLine], Desk.Agent, Later).Ticket;
        Assert.Equal((3, "third-line"), (top.Tier, top.Group));
    }

    [Fact]
    public void Escalating_goes_up_and_ends_at_the_top()
    {
        var top = TicketRules.Escalate(Desk.NewTicket(), 3, "All the way", [], Desk.Agent, Later).Ticket;
        Assert.Equal("top-tier-reached", Desk.CodeOf(() => TicketRules.Escalate(top, null, "More", [], Desk.Agent, Later)));
        Assert.Equal("tier-not-higher", Desk.CodeOf(() => TicketRules.Escalate(top, 2, "Down", [], Desk.Agent, Later)));
        Assert.Equal("ticket-resolved", Desk.CodeOf(() => TicketRules.Escalate(Desk.TicketThatIs(TicketStatus.Resolved), null, "Up", [], Desk.Agent, Later)));
    }

    [Fact]
    public void A_patch_corrects_the_requester_and_the_description_as_events()
    {
        var ticket = Desk.NewTicket();
        var patch = new TicketPatch
        {
            RequesterEmail = "Rita@Example.org",
            RequesterName = new(null),
            Description = "It smokes",
        };
        var change = TicketRules.Patch(ticket, patch, Desk.Agent, Later);
        Assert.Equal((new("Rita@Example.org", null), "It smokes"), (change.Ticket.Requester, change.Ticket.Description));
        Assert.Equal(
            [new DescriptionChanged("It is on fire", "It smokes"), new RequesterChanged(ticket.Requester, new("Rita@Example.org", null))],
            change.Events.Select(happened => happened.Fact)
        );
        Assert.Empty(TicketRules.Patch(change.Ticket, patch, Desk.Agent, Later).Events);
        Assert.Equal("It is on fire", TicketHistory.FirstDescription(change.Events, change.Ticket.Description));
        // The name alone leaves the address, and the other way round.
        Assert.Equal(
            new Requester("rita@example.com", "R."),
            TicketRules.Patch(ticket, new() { RequesterName = new("R.") }, Desk.Agent, Later).Ticket.Requester
        );
        Assert.Equal(new Requester("r@x.org", "Rita"), TicketRules.Patch(ticket, new() { RequesterEmail = "r@x.org" }, Desk.Agent, Later).Ticket.Requester);
    }

    [Fact]
    public void Time_never_runs_backwards_in_a_ticket()
    {
        var ticket = TicketRules.Patch(Desk.NewTicket(), new TicketPatch { Priority = TicketPriority.High }, Desk.Agent, Later).Ticket;
        var after = TicketRules.Patch(ticket, new TicketPatch { Priority = TicketPriority.Low }, Desk.Agent, Desk.Nine);
        Assert.Equal(Later, Assert.Single(after.Events).At);
    }
}
