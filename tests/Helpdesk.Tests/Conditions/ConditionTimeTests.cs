using System.Text.Json;
using Helpdesk.Conditions;
using Helpdesk.Sla;
using Helpdesk.Tests.Tickets;
using Helpdesk.Tickets;

namespace Helpdesk.Tests.Conditions;

/// <summary>Hours, with and without a calendar, and whether one is open.</summary>
public sealed class ConditionTimeTests
{
    /// <summary>A Friday, an hour before the standard calendar closes.</summary>
    private static readonly DateTimeOffset Friday = new(2026, 3, 13, 16, 0, 0, TimeSpan.Zero);

    private static readonly Ticket Opened = Desk.NewTicket() with { CreatedAt = Friday, UpdatedAt = Friday };

    private static BusinessCalendar? Calendars(string id) =>
        id switch
        {
            StandardSla.CalendarId => new(StandardSla.Calendar.Definition),
            "berlin" => new(StandardSla.Calendar.Definition with { TimeZone = "Europe/Berlin" }),
            "closed" => new(
                StandardSla.Calendar.Definition with
                {
                    Week =
                    [
                        [],
                        [],
                        [],
                        [],
                        [],
                        [],
                        [],
                    ],
                }
            ),
            _ => null,
        };

    private static ConditionValue? Found(string term, ConditionSubject subject)
    {
        var (condition, errors) = Condition.Parse(JsonElement.Parse(term), ConditionScope.Tickets);
        Assert.Empty(errors);
        return condition!.Explain(subject).Terms.Single().Found;
    }

    private static ConditionSubject At(DateTimeOffset now, Ticket? ticket = null) =>
        new()
        {
            Now = now,
            Ticket = ticket ?? Opened,
            Calendars = Calendars,
        };

    [Theory]
    [InlineData(null, "2026-03-16T10:00:00Z", "66")]
    [InlineData("business", "2026-03-16T10:00:00Z", "2")]
    [InlineData("business-hours", "2026-03-16T10:00:00Z", "2")]
    // Closed at 16:00 UTC on Friday, open from 08:00 UTC on Monday.
    [InlineData("berlin", "2026-03-16T10:00:00Z", "2")]
    [InlineData("berlin", "2026-03-16T08:30:00Z", "0.5")]
    [InlineData("business", "2026-03-14T10:00:00Z", "1")]
    [InlineData("closed", "2026-03-16T10:00:00Z", "0")]
    [InlineData("nowhere", "2026-03-16T10:00:00Z", null)]
    // A machine whose clock is behind.
    [InlineData(null, "2026-03-13T15:59:59Z", "0")]
    [InlineData("business", "2026-03-13T15:59:59Z", "0")]
    public void Hours_since_are_counted_by_the_calendar_that_is_named(string? calendar, string now, string? expected)
    {
        var named = calendar is null ? "" : $",\"calendar\":\"{calendar}\"";
        var found = Found($$"""{"field":"hoursSince.created","op":"at-least","value":1{{named}}}""", At(Instant(now)));
        Assert.Equal(expected, (found as NumberValue)?.Number.ToString("0.##", System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public void Business_is_the_calendar_by_which_the_ticket_is_counted()
    {
        var berlin = Opened with { Pin = new SlaPin("p", 1, "berlin@4") };
        const string Term = """{"field":"hoursSince.created","op":"at-least","value":1,"calendar":"business"}""";
        var now = Instant("2026-03-16T08:30:00Z");
        Assert.Equal(new NumberValue(1), Found(Term, At(now)));
        Assert.Equal(new NumberValue(0.5m), Found(Term, At(now, berlin)));
    }

    [Theory]
    [InlineData(null, "2026-03-13T15:00:00Z", "3")]
    [InlineData(null, "2026-03-13T19:30:00Z", "-1.5")]
    [InlineData("business", "2026-03-13T15:00:00Z", "2")]
    [InlineData("business", "2026-03-16T09:30:00Z", "-0.5")]
    public void Hours_until_something_is_due_are_negative_after_it(string? calendar, string now, string expected)
    {
        var due = Opened with { Sla = new TicketSla { DueAt = Friday.AddHours(2) } };
        var named = calendar is null ? "" : $",\"calendar\":\"{calendar}\"";
        var found = Found($$"""{"field":"sla.dueIn","op":"less-than","value":1{{named}}}""", At(Instant(now), due));
        Assert.Equal(expected, ((NumberValue)found!).Number.ToString("0.##", System.Globalization.CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("business", "2026-03-16T08:59:59.9999999Z", false)]
    [InlineData("business", "2026-03-16T09:00:00Z", true)]
    [InlineData("business", "2026-03-16T16:59:59.9999999Z", true)]
    [InlineData("business", "2026-03-16T17:00:00Z", false)]
    [InlineData("business", "2026-03-15T12:00:00Z", false)]
    [InlineData("berlin", "2026-03-16T08:30:00Z", true)]
    [InlineData("closed", "2026-03-16T12:00:00Z", false)]
    [InlineData("nowhere", "2026-03-16T12:00:00Z", false)]
    public void Within_is_whether_a_calendar_is_open_now(string calendar, string now, bool expected)
    {
        Assert.Equal(expected, new Within(calendar).Holds(At(Instant(now))));
        Assert.NotEqual(expected, new NotThat(new Within(calendar)).Holds(At(Instant(now))));
    }

    [Fact]
    public void Replies_are_what_each_side_said_in_public_last()
    {
        TicketEvent Event(int hours, Actor by, TicketFact fact) => new(hours + 1, Friday.AddHours(hours), by, fact);
        var opened = Desk.Open().Events[0] with { At = Friday };
        var times = ReplyTimes.Of([
            opened,
            Event(1, Desk.Agent, new CommentAdded("7-2", CommentVisibility.Public)),
            Event(2, Desk.Agent, new CommentAdded("7-3", CommentVisibility.Internal)),
            Event(3, Desk.Agent, new PriorityChanged(TicketPriority.Low, TicketPriority.High)),
        ]);
        Assert.Equal(new ReplyTimes(Friday, Friday.AddHours(1)), times);
        Assert.Equal(Friday.AddHours(4), ReplyTimes.Of([opened, Event(4, Desk.Requester, new CommentAdded("7-2", CommentVisibility.Public))]).Requester);
        Assert.Null(ReplyTimes.Of([opened with { By = Desk.Agent }]).Requester);
    }

    private static DateTimeOffset Instant(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
