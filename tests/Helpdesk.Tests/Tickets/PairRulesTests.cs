using Helpdesk.Tickets;

namespace Helpdesk.Tests.Tickets;

public sealed class PairRulesTests
{
    private static readonly DateTimeOffset Later = Desk.Nine.AddHours(1);
    private static readonly Ticket Source = Desk.NewTicket();
    private static readonly Ticket Target = Desk.NewTicket() with { Id = "8-abcdefghjk", Number = 8 };

    private static PairChange Change(PairChangeKind kind, LinkKind? link = null) =>
        new()
        {
            Id = "change",
            Kind = kind,
            Other = Target.Id,
            OtherNumber = Target.Number,
            By = Desk.Agent,
            Link = link,
            Status = TicketStatus.Pending,
        };

    private static Ticket Merged() => PairRules.OfFirst(Change(PairChangeKind.Merge), Source, null, null, Later).Ticket;

    [Fact]
    public void Merging_closes_the_source_and_names_the_target()
    {
        var merged = Merged();
        Assert.Equal((TicketStatus.Closed, Target.Id), (merged.Status, merged.MergedInto));
        Assert.Null(PairRules.MergeRefusal(Source, Target, confirmed: false));
        Assert.Equal("merge-into-itself", PairRules.MergeRefusal(Target, Target, confirmed: false)?.Code);
        Assert.Equal("merge-target-closed", PairRules.MergeRefusal(Target, merged, confirmed: false)?.Code);
        Assert.Equal("ticket-closed", PairRules.MergeRefusal(merged, Target, confirmed: false)?.Code);
    }

    [Theory]
    [InlineData("rita@example.com", false, null)]
    [InlineData("RITA@example.COM", false, null)]
    [InlineData("ned@example.com", false, "merge-requesters-differ")]
    [InlineData("ned@example.com", true, null)]
    public void Different_requesters_are_merged_only_when_somebody_confirms_it(string email, bool confirmed, string? code) =>
        Assert.Equal(code, PairRules.MergeRefusal(Source with { Requester = new(email, null) }, Target, confirmed)?.Code);

    [Fact]
    public void Whoever_took_part_in_the_source_takes_part_in_the_target_and_leaves_with_it()
    {
        var source = Source with
        {
            Requester = new("mia@example.com", "Mia"),
            Conversation = "main:chat:1",
            Participants = [new("ned@example.com", "Ned"), new("Rita@example.com", "Rita", "main:chat:2")],
        };
        var merged = PairRules.OfOther(Change(PairChangeKind.Merge), source, Target, 3, null, Later).Ticket;
        // Rita is the target's requester; what is new about her is the chat in which she is spoken to.
        Assert.Equal(
            [
                new("mia@example.com", "Mia", "main:chat:1", source.Id, 2),
                new("ned@example.com", "Ned", null, source.Id, 2),
                new("Rita@example.com", "Rita", "main:chat:2", source.Id, 2),
            ],
            merged.Participants!
        );
        Assert.Equal(["mia@example.com", "ned@example.com"], People.Named(merged).Select(one => one.Email));
        Assert.Equal([("main:chat:1", 2), ("main:chat:2", 2)], People.Conversations(merged));
        var again = PairRules
            .OfOther(Change(PairChangeKind.Merge), source with { Id = "6-abcdefghjk", Number = 6, Participants = null }, merged, 1, null, Later)
            .Ticket;
        // Mia came by two merges, and stays while one of them holds.
        var left = PairRules.OfOther(Change(PairChangeKind.Unmerge), source, again, 0, null, Later).Ticket;
        Assert.Equal([new("mia@example.com", "Mia", "main:chat:1", "6-abcdefghjk", 3)], left.Participants!);
    }

    [Fact]
    public void A_merge_that_would_have_too_many_people_is_refused()
    {
        var many = Enumerable.Range(0, People.Limit - 1).Select(i => new Participant($"p{i}@example.com", null)).ToList();
        Assert.Equal("too-many-participants", PairRules.MergeRefusal(Source, Target with { Participants = many }, true)?.Code);
        Assert.Null(PairRules.MergeRefusal(Source, Target with { Participants = [.. many.Skip(1)] }, true));
    }

    [Fact]
    public void Naming_participants_keeps_the_chat_of_whoever_stays()
    {
        var ticket = Source with { Participants = [new("ned@example.com", "Ned", "main:chat:1", "3-abcdefghjk", 4), new("zoe@example.com", null)] };
        Assert.Equal(
            [new("NED@example.com", "Edward", "main:chat:1", "3-abcdefghjk", 4), new("mia@example.com", null)],
            People.Renamed(
                ticket,
                [new("NED@example.com", "Edward"), new("mia@example.com", null), new("rita@example.com", "me"), new("Mia@example.com", "x")]
            )
        );
    }

    [Fact]
    public void An_undone_merge_goes_on_where_the_ticket_stood()
    {
        var back = PairRules.OfFirst(Change(PairChangeKind.Unmerge), Merged(), null, null, Later).Ticket;
        Assert.Equal((TicketStatus.Pending, null, null, Later), (back.Status, back.MergedInto, back.ClosedAt, back.PendingSince));
    }

    [Fact]
    public void A_merge_can_be_undone_within_its_time_alone()
    {
        var day = TimeSpan.FromDays(1);
        Assert.Null(PairRules.UnmergeRefusal(Merged(), day, Later + day));
        Assert.Equal("unmerge-too-late", PairRules.UnmergeRefusal(Merged(), day, Later + day + TimeSpan.FromSeconds(1))?.Code);
        Assert.Equal("ticket-not-merged", PairRules.UnmergeRefusal(Source, day, Later)?.Code);
        Assert.Equal("merge-target-merged", PairRules.Refusal(Change(PairChangeKind.Unmerge), Merged(), Target with { MergedInto = "9-abcdefghjk" })?.Code);
    }

    [Theory]
    [InlineData(LinkKind.Related, LinkKind.Related)]
    [InlineData(LinkKind.Parent, LinkKind.Child)]
    [InlineData(LinkKind.Child, LinkKind.Parent)]
    public void A_link_shows_on_both_tickets_each_from_its_own_side(LinkKind kind, LinkKind inverse)
    {
        var (first, other) = (
            PairRules.OfFirst(Change(PairChangeKind.Link, kind), Source, null, null, Later).Ticket,
            PairRules.OfOther(Change(PairChangeKind.Link, kind), Source, Target, 0, null, Later).Ticket
        );
        Assert.Equal([new(kind, Target.Id, 8)], first.Links!);
        Assert.Equal([new(inverse, Source.Id, 7)], other.Links!);
        Assert.Empty(PairRules.OfFirst(Change(PairChangeKind.Link, kind), first, null, null, Later).Events);
        Assert.Null(PairRules.OfFirst(Change(PairChangeKind.Unlink), first, null, null, Later).Ticket.Links);
        Assert.Null(PairRules.OfOther(Change(PairChangeKind.Unlink), Source, other, 0, null, Later).Ticket.Links);
    }

    [Fact]
    public void A_comment_becomes_a_ticket_of_its_author()
    {
        var words = new Comment
        {
            Id = "7-3",
            Body = "The scanner, too",
            Visibility = CommentVisibility.Public,
            At = Later,
            By = ActorKind.Requester,
            Actor = new(ActorKind.Requester, "ned@example.com", "Ned"),
        };
        var source = Source with { Participants = [new("ned@example.com", "Ned", "main:chat:1")], Group = "first-line", Tier = 2 };
        var change = Change(PairChangeKind.Split) with { Subject = "Scanner", Requester = new("ned@example.com", "Ned") };
        var opened = PairRules.OpenSplit(change, source, words, Later).Ticket;
        Assert.Equal(("Scanner", "The scanner, too", "first-line", 2), (opened.Subject, opened.Description, opened.Group, opened.Tier));
        Assert.Equal((new("ned@example.com", "Ned"), "main:chat:1"), (opened.Requester, opened.Conversation));
        Assert.Equal([new(LinkKind.SplitFrom, source.Id, 7)], opened.Links!);
        var left = PairRules.OfFirst(change, source, words, null, Later);
        Assert.Equal([new(LinkKind.SplitInto, opened.Id, 8)], left.Ticket.Links!);
        Assert.Same(words, left.Removed);
    }

    [Fact]
    public void The_oldest_unanswered_comment_is_the_first_after_the_last_answer()
    {
        static Comment Said(int minute, ActorKind by, CommentVisibility visibility = CommentVisibility.Public) =>
            new()
            {
                Id = $"7-{minute}",
                Body = "words",
                Visibility = visibility,
                At = Desk.Nine.AddMinutes(minute),
                By = by,
            };
        Assert.Null(PairRules.OldestUnanswered([]));
        Assert.Equal(Desk.Nine.AddMinutes(1), PairRules.OldestUnanswered([Said(1, ActorKind.Requester), Said(2, ActorKind.Requester)]));
        Assert.Null(PairRules.OldestUnanswered([Said(1, ActorKind.Requester), Said(2, ActorKind.Agent)]));
        Assert.Equal(
            Desk.Nine.AddMinutes(3),
            PairRules.OldestUnanswered([
                Said(1, ActorKind.Requester),
                Said(2, ActorKind.Agent),
                Said(3, ActorKind.Requester),
                Said(4, ActorKind.System),
                Said(5, ActorKind.Agent, CommentVisibility.Internal),
            ])
        );
    }
}
