using System.Text.Json;
using Helpdesk.Conditions;
using Helpdesk.Tests.Conditions;
using Helpdesk.Tests.Tickets;
using Helpdesk.Tickets;
using Helpdesk.Views;

namespace Helpdesk.Tests.Views;

public sealed class ViewMovesTests
{
    private static readonly IReadOnlyList<Condition> Conditions =
    [
        .. (
            (string[])
                [
                    """{"field":"status","op":"in","value":["open","pending"]}""",
                    """{"field":"status","op":"is","value":"closed"}""",
                    """{"field":"merged","op":"is","value":true}""",
                    """{"field":"resolution","op":"contains","value":"1"}""",
                    """{"field":"assignee","op":"is-empty"}""",
                    """{"all":[{"field":"group","op":"is-set"},{"not":{"field":"assignee","op":"is-empty"}}]}""",
                    """{"field":"tier","op":"at-least","value":2}""",
                    """{"field":"priority","op":"is","value":"urgent"}""",
                    """{"field":"type","op":"is","value":"question"}""",
                    """{"field":"tags","op":"contains","value":"a"}""",
                    """{"field":"subject","op":"contains","value":"1"}""",
                    """{"field":"description","op":"contains","value":"1"}""",
                    """{"field":"requester.email","op":"contains","value":"other"}""",
                    """{"field":"participants","op":"contains","value":"ned@example.com"}""",
                    """{"field":"satisfaction","op":"at-least","value":3}""",
                    """{"field":"custom.x","op":"is-set"}""",
                    """{"any":[{"field":"custom.x","op":"is-set"},{"field":"priority","op":"is","value":"low"}]}""",
                ]
        ).Select(text => Condition.Parse(JsonElement.Parse(text), ConditionScope.Tickets) is { Condition: { } read } ? read : throw new FormatException(text)),
    ];

    /// <summary>Whatever happens: a ticket comes into a view or leaves it only where the view is one of those that may have moved.</summary>
    [Fact]
    public void No_event_moves_a_view_that_was_said_to_stay()
    {
        var (moved, stayed) = (new HashSet<Condition>(), 0);
        TicketHistoryProperties.ForAnySequence(changes =>
        {
            foreach (var (before, change) in changes.Skip(1))
            {
                var types = change.Events.Select(happened => TicketFactNames.Of(happened.Fact)!).ToList();
                foreach (var condition in Conditions)
                {
                    var moves = Holds(condition, before) != Holds(condition, change.Ticket);
                    if (moves)
                        moved.Add(condition);
                    if (ViewMoves.CanBe(condition, types))
                        continue;
                    stayed++;
                    Assert.False(moves, $"{condition} moved by {string.Join(", ", types)}");
                }
            }
        });
        Assert.True(moved.Count > Conditions.Count / 2, $"Only {moved.Count} of {Conditions.Count} ever moved.");
        Assert.True(stayed > 0);
    }

    [Fact]
    public void What_is_opened_or_erased_may_move_every_view() =>
        Assert.All(
            StarterViews.All,
            view => Assert.True(ViewMoves.CanBe(view.Condition, ["ticket-opened"]) && ViewMoves.CanBe(view.Condition, ["person-erased"]))
        );

    /// <summary>No event says that time has passed.</summary>
    [Fact]
    public void What_time_alone_moves_may_always_have_moved()
    {
        Assert.True(ViewMoves.CanBe(StarterViews.Find("due-soon")!.Condition, ["time-logged"]));
        Assert.False(ViewMoves.CanBe(StarterViews.Find("open")!.Condition, ["time-logged"]));
        Assert.False(ViewMoves.CanBe(StarterViews.Find("due-soon")!.Condition, []));
    }

    private static bool Holds(Condition condition, Ticket ticket) =>
        condition.Holds(
            new()
            {
                Now = Desk.Nine,
                Ticket = ticket,
                Calendars = ConditionProperties.Lookup,
            }
        );
}
