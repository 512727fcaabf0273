using Helpdesk.Satisfaction;
using Helpdesk.Tests.Tickets;
using Helpdesk.Tickets;

namespace Helpdesk.Tests.Satisfaction;

public sealed class SatisfactionRulesTests
{
    private static readonly SatisfactionSetting Setting = new() { Active = true, Since = Desk.Nine };

    private static Ticket Resolved(TicketDraft? draft = null) => TicketRules.Resolve(Desk.Open(draft).Ticket, "Out", Desk.Agent, Desk.Nine.AddHours(1)).Ticket;

    private static Ticket Asked(SatisfactionSetting? setting = null) =>
        SatisfactionRules.Ask(Resolved(), setting ?? Setting, isReached: true, [], Desk.Nine.AddHours(25)).Ticket;

    private static string CodeOf(Func<TicketChange> rule) => Assert.Throws<HelpdeskRuleException>(rule).Code;

    [Fact]
    public void Somebody_is_asked_a_day_after_the_resolution_unless_said_otherwise()
    {
        Assert.Equal(Desk.Nine.AddHours(25), SatisfactionRules.AskAt(Resolved(), Setting));
        Assert.Null(SatisfactionRules.AskAt(Desk.NewTicket(), Setting));
        Assert.Null(SatisfactionRules.AskAt(Resolved(), Setting with { Active = false }));
        Assert.Null(SatisfactionRules.AskAt(Resolved(), Setting with { Since = Desk.Nine.AddHours(2) }));
        Assert.Null(SatisfactionRules.AskAt(Resolved(), Setting with { Channels = [IntakeChannel.Web] }));
        Assert.Null(SatisfactionRules.AskAt(Asked(), Setting));
        Assert.Null(SatisfactionRules.AskAt(TicketRules.Reopen(Resolved(), Desk.Agent, Desk.Nine.AddHours(2)).Ticket, Setting));
        Assert.NotNull(SatisfactionRules.AskAt(TicketRules.Close(Resolved(), Desk.Agent, Desk.Nine.AddHours(2)).Ticket, Setting));
    }

    [Theory]
    [InlineData("no-reply@example.com")]
    [InlineData("mailer-daemon@example.com")]
    [InlineData("somebody-1@erased.invalid")]
    [InlineData("")]
    public void Who_has_no_opinion_is_not_asked(string email) =>
        Assert.Null(SatisfactionRules.AskAt(Resolved(Desk.Draft() with { Requester = new(email, null) }), Setting));

    [Fact]
    public void What_a_program_wrote_is_not_asked_about() => Assert.Null(SatisfactionRules.AskAt(Resolved(Desk.Draft() with { Automatic = true }), Setting));

    [Fact]
    public void A_rating_belongs_to_who_had_the_ticket_when_it_was_resolved()
    {
        var opened = Desk.Open();
        var given = TicketRules.Assign(opened.Ticket, Desk.FirstLine, Desk.Anna, Desk.Agent, Desk.Nine);
        var resolved = TicketRules.Resolve(given.Ticket, "Out", new(ActorKind.Agent, "bob"), Desk.Nine);
        var moved = TicketRules.Assign(resolved.Ticket, Desk.SecondLine, null, Desk.Agent, Desk.Nine);
        Assert.Equal(("anna", "first-line"), SatisfactionRules.SolverOf([.. opened.Events, .. given.Events, .. resolved.Events, .. moved.Events]));
        var alone = TicketRules.Resolve(opened.Ticket, "Out", new(ActorKind.Agent, "bob"), Desk.Nine);
        Assert.Equal(("bob", null), SatisfactionRules.SolverOf([.. opened.Events, .. alone.Events]));
        Assert.Equal((null, null), SatisfactionRules.SolverOf(opened.Events));
    }

    [Fact]
    public void A_rating_is_taken_once_and_changed_for_a_week()
    {
        var asked = Asked();
        var at = asked.Satisfaction!.AskedAt;
        var rated = SatisfactionRules.Rate(asked, asked.Satisfaction.Asked, 4, " Kind ", Desk.Requester, at.AddDays(29)).Ticket;
        Assert.Equal((4, "Kind"), (rated.Satisfaction!.Rating, rated.Satisfaction.Comment));
        Assert.Empty(SatisfactionRules.Rate(rated, rated.Satisfaction.Asked, 4, null, Desk.Requester, at.AddDays(30)).Events);
        var changed = SatisfactionRules.Rate(rated, rated.Satisfaction.Asked, 2, null, Desk.Requester, at.AddDays(36));
        Assert.Equal(4, Assert.IsType<SatisfactionRated>(Assert.Single(changed.Events).Fact).Was);
        Assert.Equal("Kind", changed.Ticket.Satisfaction!.Comment);
        // The week counts from the first rating.
        Assert.Equal("rating-over", CodeOf(() => SatisfactionRules.Rate(changed.Ticket, asked.Satisfaction.Asked, 5, null, Desk.Requester, at.AddDays(36.1))));
        Assert.Equal("rating-over", CodeOf(() => SatisfactionRules.Rate(asked, asked.Satisfaction.Asked, 5, null, Desk.Requester, at.AddDays(30.1))));
        Assert.Equal("rating-replaced", CodeOf(() => SatisfactionRules.Rate(asked, 1, 5, null, Desk.Requester, at)));
        Assert.Equal("rating-unknown", CodeOf(() => SatisfactionRules.Rate(asked, asked.Satisfaction.Asked, 6, null, Desk.Requester, at)));
    }

    [Fact]
    public void Good_and_bad_are_five_and_one()
    {
        var asked = Asked(Setting with { Scale = SatisfactionScale.GoodBad });
        Assert.Equal([5, 1], SatisfactionRules.RatingsOf(SatisfactionScale.GoodBad));
        Assert.Equal("rating-unknown", CodeOf(() => SatisfactionRules.Rate(asked, asked.Satisfaction!.Asked, 3, null, Desk.Requester, Desk.Nine)));
        Assert.NotEmpty(SatisfactionRules.Rate(asked, asked.Satisfaction!.Asked, 1, null, Desk.Requester, Desk.Nine).Events);
    }
}
