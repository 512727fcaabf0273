using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Helpdesk.Conditions;
using Helpdesk.Sla;
using Helpdesk.Tests.Conditions;
using Helpdesk.Tests.Tickets;
using Helpdesk.Tickets;
using Helpdesk.Views;

namespace Helpdesk.Tests.Views;

public sealed class TicketCoverTests
{
    private static readonly TicketStatus[] Live = [TicketStatus.New, TicketStatus.Open, TicketStatus.Pending, TicketStatus.OnHold];

    private static TicketCover Of(string condition)
    {
        var (read, errors) = Condition.Parse(JsonElement.Parse(condition), ConditionScope.Tickets);
        Assert.Empty(errors);
        return TicketCover.Of(read!, Desk.Nine);
    }

    private static bool Admits(TicketCover cover, Ticket ticket) =>
        cover.Statuses.Contains(ticket.Status)
        && cover.Assignees?.Contains(ticket.Assignee ?? TicketCover.Nobody) != false
        && cover.Groups?.Contains(ticket.Group ?? "") != false
        && cover.Requesters?.Contains(ticket.Requester.Email.ToLowerInvariant()) != false
        && cover.Tags?.Intersect(ticket.Tags).Any() != false
        && cover.Participants?.Intersect((ticket.Participants ?? []).Select(one => one.Email.ToLowerInvariant())).Any() != false
        && cover.Healths?.Contains(ticket.Sla?.Health ?? SlaHealth.Ok) != false
        && !(cover.UpdatedFrom > ticket.UpdatedAt)
        && !(cover.UpdatedUntil < ticket.UpdatedAt)
        && !(cover.CreatedFrom > ticket.CreatedAt)
        && !(cover.CreatedUntil < ticket.CreatedAt)
        && !(cover.DueUntil < ticket.Sla?.DueAt);

    [Fact]
    public void Every_ticket_of_which_a_condition_is_true_is_covered() =>
        Prop.ForAll(
                Arb.From(
                    from condition in ConditionProperties.Any(ConditionScope.Tickets, 3)
                    from ticket in ConditionProperties.Tickets
                    from hours in Gen.Elements(0, 2, 49, 24 * 400)
                    select (condition, ticket, Desk.Nine.AddHours(hours))
                ),
                one =>
                {
                    var (condition, ticket, now) = one;
                    var subject = new ConditionSubject
                    {
                        Now = now,
                        Ticket = ticket,
                        Calendars = ConditionProperties.Lookup,
                    };
                    var cover = TicketCover.Of(condition, now);
                    if (condition.Holds(subject))
                        Assert.True(Admits(cover, ticket), $"{condition} is true of a ticket that {cover} leaves out");
                    Assert.False(condition.Holds(subject) && cover.IsEmpty);
                }
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(20_000));

    [Fact]
    public void Terms_that_are_joined_narrow_the_lists()
    {
        var cover = Of(
            """
            {"all":[{"field":"status","op":"not-in","value":["resolved","closed"]},{"field":"assignee","op":"in","value":["ada","bob"]},
             {"not":{"field":"assignee","op":"is-not","value":"ada"}},{"field":"tags","op":"contains-all","value":["vpn","home"]}]}
            """
        );
        Assert.Equal(Live, cover.Statuses);
        Assert.Equal(["ada"], cover.Assignees);
        Assert.Equal(["vpn"], cover.Tags);
        Assert.Null(cover.Groups);
        Assert.False(cover.IsEmpty);
    }

    [Fact]
    public void Alternatives_of_one_field_are_several_values_and_those_of_two_fields_cover_nothing()
    {
        Assert.Equal(["desk", "lab"], Of("""{"any":[{"field":"group","op":"is","value":"desk"},{"field":"group","op":"is","value":"lab"}]}""").Groups);
        var cover = Of("""{"any":[{"field":"group","op":"is","value":"desk"},{"field":"assignee","op":"is","value":"ada"}]}""");
        Assert.Null(cover.Groups);
        Assert.Null(cover.Assignees);
        Assert.Equal(6, cover.Statuses.Count);
    }

    [Theory]
    [InlineData("""{"field":"assignee","op":"is-empty"}""")]
    [InlineData("""{"not":{"field":"assignee","op":"is-set"}}""")]
    public void Unassigned_is_an_assignee_of_its_own(string condition) => Assert.Equal([TicketCover.Nobody], Of(condition).Assignees);

    [Theory]
    [InlineData("""{"field":"hoursSince.resolved","op":"at-most","value":24}""", "Resolved,Closed")]
    [InlineData("""{"field":"closedAt","op":"is-set"}""", "Closed")]
    [InlineData("""{"not":{"field":"hoursSince.pending","op":"is-empty"}}""", "Pending")]
    [InlineData("""{"field":"hoursSince.resolved","op":"is-empty"}""", "New,Open,Pending,OnHold,Resolved,Closed")]
    [InlineData("""{"field":"merged","op":"is","value":true}""", "Closed")]
    [InlineData("""{"field":"merged","op":"is","value":false}""", "New,Open,Pending,OnHold,Resolved,Closed")]
    public void Where_a_ticket_stands_follows_from_other_fields(string condition, string statuses) =>
        Assert.Equal(statuses, string.Join(',', Of(condition).Statuses));

    /// <summary>By the clock of another machine it may have happened in a moment: that is zero hours ago.</summary>
    [Theory]
    [InlineData("at-least", 0, true)]
    [InlineData("more-than", -1, true)]
    [InlineData("more-than", 0, false)]
    [InlineData("at-least", 1, false)]
    public void What_has_happened_ahead_of_this_clock_is_left_out_by_no_bound(string op, int hours, bool isUnbounded) =>
        Assert.Equal(isUnbounded, Of($$"""{"field":"hoursSince.updated","op":"{{op}}","value":{{hours}}}""").UpdatedUntil is null);

    [Fact]
    public void What_happened_lately_bounds_the_time()
    {
        var cover = Of("""{"field":"hoursSince.resolved","op":"at-most","value":24}""");
        Assert.Equal(Desk.Nine.AddHours(-24).AddMinutes(-1), cover.UpdatedFrom);
        Assert.Null(cover.CreatedFrom);
        // So many open hours may be any number of hours.
        Assert.Null(Of("""{"field":"hoursSince.created","op":"at-most","value":24,"calendar":"business"}""").CreatedFrom);
        Assert.Equal(
            Desk.Nine.AddHours(-24).AddMinutes(1),
            Of("""{"field":"hoursSince.created","op":"at-least","value":24,"calendar":"business"}""").CreatedUntil
        );
        Assert.Equal(Desk.Nine.AddHours(4).AddMinutes(1), Of("""{"field":"sla.dueIn","op":"less-than","value":4}""").DueUntil);
    }

    [Fact]
    public void Promises_in_trouble_have_a_list_and_those_that_do_well_have_none()
    {
        Assert.Equal([SlaHealth.AtRisk, SlaHealth.Breached], Of("""{"field":"sla.state","op":"at-least","value":"at-risk"}""").Healths);
        Assert.Equal([SlaHealth.Breached], Of("""{"field":"sla.breached","op":"is","value":true}""").Healths);
        Assert.Null(Of("""{"field":"sla.state","op":"is-not","value":"breached"}""").Healths);
    }

    [Fact]
    public void Terms_that_exclude_each_other_leave_nothing()
    {
        Assert.True(Of("""{"all":[{"field":"status","op":"is","value":"new"},{"field":"status","op":"is","value":"closed"}]}""").IsEmpty);
        Assert.True(Of("""{"all":[{"field":"group","op":"is","value":"desk"},{"field":"group","op":"is","value":"lab"}]}""").IsEmpty);
        Assert.False(
            Of(
                """
                {"any":[{"all":[{"field":"status","op":"is","value":"new"},{"field":"status","op":"is","value":"closed"}]},
                 {"field":"group","op":"is","value":"desk"}]}
                """
            ).IsEmpty
        );
    }

    [Fact]
    public void Every_starter_reads_live_tickets_or_a_bounded_time() =>
        Assert.All(
            StarterViews.All,
            view =>
            {
                var cover = TicketCover.Of(view.Condition, Desk.Nine);
                Assert.True(cover.Statuses.All(Live.Contains) || cover.UpdatedFrom is not null, view.Id);
                Assert.All(view.Columns, column => Assert.True(ViewColumns.Has(column), column));
            }
        );
}
