using Helpdesk.Sla;

namespace Helpdesk.Tests.Sla;

public sealed class OpeningTimesTests
{
    private static readonly OpeningHours Day = new(9 * 3600, 17 * 3600);

    [Theory]
    // Berlin is an hour ahead in winter and two in summer.
    [InlineData("2026-03-10T08:00:00Z", true, "2026-03-10T17:00:00")]
    [InlineData("2026-03-10T07:59:59Z", false, "2026-03-10T09:00:00")]
    [InlineData("2026-03-10T16:00:00Z", false, "2026-03-11T09:00:00")]
    [InlineData("2026-03-13T20:00:00Z", false, "2026-03-16T09:00:00")]
    [InlineData("2026-03-29T22:30:00Z", false, "2026-03-30T09:00:00")]
    [InlineData("2026-03-30T07:00:00Z", true, "2026-03-30T17:00:00")]
    // A holiday on a Wednesday, and hours of its own on a Saturday.
    [InlineData("2026-12-22T17:00:00Z", false, "2026-12-24T09:00:00")]
    [InlineData("2026-12-26T09:30:00Z", true, "2026-12-26T12:00:00")]
    public void It_is_open_until_it_closes_and_closed_until_it_opens(string now, bool open, string changes)
    {
        var times = new BusinessCalendar(Berlin()).Times(DateTimeOffset.Parse(now));
        Assert.Equal((open, DateTime.Parse(changes)), (times.IsOpen, times.Changes));
        Assert.Equal("Europe/Berlin", times.TimeZone);
    }

    [Fact]
    public void Special_days_are_those_that_differ_from_their_weekday()
    {
        var times = new BusinessCalendar(Berlin()).Times(new(2026, 12, 10, 9, 0, 0, TimeSpan.Zero));
        Assert.Equal([(new DateOnly(2026, 12, 23), 0), (new DateOnly(2026, 12, 26), 1)], times.Coming.Select(day => (day.Date, day.Hours.Count)));
        Assert.Equal(new(2026, 12, 10, 10, 0, 0), times.Now);
        Assert.Empty(new BusinessCalendar(Berlin()).Times(new(2026, 11, 1, 9, 0, 0, TimeSpan.Zero)).Coming);
    }

    [Fact]
    public void A_night_shift_does_not_close_at_midnight_and_round_the_clock_never()
    {
        var night = Calendar("Etc/UTC", _ => [new(22 * 3600, 6 * 3600)]);
        Assert.Equal(new(2026, 3, 11, 6, 0, 0), new BusinessCalendar(night).Times(new(2026, 3, 10, 23, 0, 0, TimeSpan.Zero)).Changes);
        var always = new BusinessCalendar(Calendar("Etc/UTC", _ => [new(0, OpeningHours.Day)])).Times(new(2026, 3, 10, 23, 0, 0, TimeSpan.Zero));
        Assert.Equal((true, true, null), (always.IsOpen, always.IsAlwaysOpen, always.Changes));
        var never = new BusinessCalendar(Calendar("Etc/UTC", _ => [])).Times(new(2026, 3, 10, 23, 0, 0, TimeSpan.Zero));
        Assert.Equal((false, false, null), (never.IsOpen, never.IsAlwaysOpen, never.Changes));
    }

    private static CalendarDefinition Berlin() =>
        Calendar("Europe/Berlin", day => day < 5 ? [Day] : []) with
        {
            // The second one is a Sunday, on which nothing opens anyway.
            Holidays = [new(2026, 12, 23), new(2026, 12, 27)],
            Overrides = new Dictionary<DateOnly, IReadOnlyList<OpeningHours>> { [new(2026, 12, 26)] = [new(10 * 3600, 12 * 3600)] },
        };

    private static CalendarDefinition Calendar(string zone, Func<int, IReadOnlyList<OpeningHours>> hours) =>
        new() { TimeZone = zone, Week = [.. Enumerable.Range(0, 7).Select(hours)] };
}
