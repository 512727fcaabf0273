using Helpdesk.Tickets;

namespace Helpdesk.Tests.Tickets;

public sealed class CommentChangesTests
{
    private static readonly DateTimeOffset Later = Desk.Nine.AddHours(1);

    [Fact]
    public void An_edit_keeps_both_versions_and_the_same_edit_again_changes_nothing()
    {
        var (ticket, comment) = Commented("It is the blue one");
        var change = TicketRules.EditComment(ticket, comment, "It is the red one", Desk.Requester, Later);
        Assert.Equal(new CommentEdited(comment.Id, CommentVisibility.Public, "It is the blue one", "It is the red one"), Assert.Single(change.Events).Fact);
        Assert.Equal(("It is the red one", Later, null), (change.Comment!.Body, change.Comment.EditedAt, change.Comment.DeletedAt));
        Assert.Equal((comment.Id, comment.At), (change.Comment.Id, change.Comment.At));
        Assert.Empty(TicketRules.EditComment(change.Ticket, change.Comment, "It is the red one", Desk.Requester, Later).Events);
    }

    [Fact]
    public void A_deleted_comment_has_no_words_or_files_and_its_event_has_both()
    {
        TicketAttachment picture = new("f1", "fire.png", "image/png", 70);
        var (ticket, comment) = Commented("My password is 1234", picture);
        var change = TicketRules.DeleteComment(ticket, comment, Desk.Requester, Later);
        var deleted = Assert.IsType<CommentDeleted>(Assert.Single(change.Events).Fact);
        Assert.Equal("My password is 1234", deleted.Words);
        Assert.Equal([picture], deleted.Attachments!);
        Assert.Equal(("", null, Later), (change.Comment!.Body, change.Comment.Attachments, change.Comment.DeletedAt));
        Assert.Empty(TicketRules.DeleteComment(change.Ticket, change.Comment, Desk.Requester, Later).Events);
        // What Teams restores comes back as an edit.
        var restored = TicketRules.EditComment(change.Ticket, change.Comment, "My password is secret", Desk.Requester, Later);
        Assert.Equal(("My password is secret", null), (restored.Comment!.Body, restored.Comment.DeletedAt));
    }

    [Theory]
    [InlineData("Thanks, but it fails", TicketStatus.Open)]
    [InlineData("Thanks a lot", TicketStatus.Resolved)]
    public void Thanks_that_are_edited_into_more_reopen(string words, TicketStatus status)
    {
        var resolved = Desk.TicketThatIs(TicketStatus.Resolved);
        var thanks = TicketRules.Comment(resolved, "Thanks", CommentVisibility.Public, Desk.Requester, Later);
        Assert.Equal(status, TicketRules.EditComment(thanks.Ticket, thanks.Comment!, words, Desk.Requester, Later).Ticket.Status);
        Assert.Equal(TicketStatus.Resolved, TicketRules.DeleteComment(thanks.Ticket, thanks.Comment!, Desk.Requester, Later).Ticket.Status);
    }

    [Fact]
    public void On_a_closed_ticket_words_can_go_and_not_change()
    {
        var closed = Desk.TicketThatIs(TicketStatus.Closed);
        var (_, comment) = Commented("x");
        Assert.Equal("ticket-closed", Desk.CodeOf(() => TicketRules.EditComment(closed, comment, "y", Desk.Requester, Later)));
        Assert.Equal(TicketStatus.Closed, TicketRules.DeleteComment(closed, comment, Desk.Requester, Later).Ticket.Status);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(19, 20)]
    [InlineData(20, 20)]
    public void Whoever_wants_to_talk_is_heard_however_many_tags_there_are(int before, int after)
    {
        var ticket = Desk.NewTicket() with { Tags = [.. Enumerable.Range(0, before).Select(i => $"tag-{i}")] };
        var change = TicketRules.AskForPerson(ticket, "Call me", Desk.Requester, Later);
        Assert.Equal(after, change.Ticket.Tags.Count);
        Assert.Equal(before < TicketRules.MostTags ? null : "Call me", change.Comment?.Body);
        Assert.NotEmpty(change.Events);
    }

    private static (Ticket, Comment) Commented(string words, params TicketAttachment[] files)
    {
        var change = TicketRules.Comment(Desk.NewTicket(), words, CommentVisibility.Public, Desk.Requester, Desk.Nine, files);
        return (change.Ticket, change.Comment!);
    }
}
