using System.Globalization;
using System.Text;
using Helpdesk.Sla;

namespace Helpdesk.Bot.Conversations;

/// <summary>Opening times in somebody's words: days, hours, the time zone, and what is different in the days to come.</summary>
public static class OpeningHoursText
{
    private const int MostSpecialDays = 6;

    /// <summary>All of it, as an answer to "when are you open?".</summary>
    public static string Of(OpeningTimes times, Texts texts)
    {
        if (times.Week.All(day => day.Count == 0) && times.Coming.Count == 0)
            return texts["hours.none"];
        if (times.IsAlwaysOpen)
            return texts["hours.always"];
        var text = new StringBuilder(texts.Format("hours.are", ("zone", Zone(times))));
        foreach (var (first, last, hours) in Runs(times.Week))
        {
            var day = Day(texts, "days.short", first);
            text.Append(CultureInfo.InvariantCulture, $"\n{(first == last ? day : $"{day}–{Day(texts, "days.short", last)}")}: {Hours(hours, texts)}");
        }

        if (times.Coming.Count > 0)
        {
            text.Append('\n').Append(texts["hours.coming"]);
            foreach (var day in times.Coming.Take(MostSpecialDays))
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"\n{Day(texts, "days.short", Weekday(day.Date))}, {Date(texts, day.Date)}: {Hours(day.Hours, texts)}"
                );
        }

        text.Append('\n').Append(Now(times, texts, "hours.open", "hours.closed", "hours.open-long"));
        return text.ToString();
    }

    /// <summary>When somebody is there: now, or next.</summary>
    public static string WhosThere(OpeningTimes times, Texts texts) => Now(times, texts, "person.there", "person.back", "person.there-long");

    /// <summary>How long something takes, in a round number.</summary>
    public static string Length(TimeSpan length, Texts texts)
    {
        string Count(string key, double count) => texts.Format(key, ("count", count.ToString("0", CultureInfo.InvariantCulture)));
        return length <= TimeSpan.FromMinutes(90) ? Count("length.minutes", Math.Max(5, 5 * Math.Ceiling(length.TotalMinutes / 5)))
            : length <= TimeSpan.FromHours(48) ? Count("length.hours", Math.Ceiling(length.TotalHours))
            : Count("length.days", Math.Ceiling(length.TotalDays));
    }

    private static string Now(OpeningTimes times, Texts texts, string open, string closed, string openLong) =>
        (times.IsOpen, times.Changes) switch
        {
            (true, { } until) => texts.Format(open, ("when", When(times.Now, until, texts)), ("zone", Zone(times))),
            (true, null) => texts[openLong],
            (false, { } from) => texts.Format(closed, ("when", When(times.Now, from, texts)), ("zone", Zone(times))),
            (false, null) => texts["hours.none"],
        };

    private static string When(DateTime now, DateTime at, Texts texts)
    {
        var time = ("time", at.ToString("HH:mm", CultureInfo.InvariantCulture));
        return (at.Date - now.Date).Days switch
        {
            0 => texts.Format("when.today", time),
            1 => texts.Format("when.tomorrow", time),
            < 7 => texts.Format("when.day", ("day", Day(texts, "days.on", Weekday(DateOnly.FromDateTime(at)))), time),
            _ => texts.Format(
                "when.date",
                ("day", Day(texts, "days.on", Weekday(DateOnly.FromDateTime(at)))),
                ("date", Date(texts, DateOnly.FromDateTime(at))),
                time
            ),
        };
    }

    /// <summary>Days that follow each other with the same hours.</summary>
    private static IEnumerable<(int First, int Last, IReadOnlyList<OpeningHours> Hours)> Runs(IReadOnlyList<IReadOnlyList<OpeningHours>> week)
    {
        for (var first = 0; first < week.Count; )
        {
            var last = first;
            while (last + 1 < week.Count && week[last + 1].SequenceEqual(week[first]))
                last++;
            yield return (first, last, week[first]);
            first = last + 1;
        }
    }

    private static string Hours(IReadOnlyList<OpeningHours> hours, Texts texts) =>
        hours.Count == 0 ? texts["hours.closed-day"]
        : hours is [{ Open: 0 } all] && all.End == OpeningHours.Day ? texts["hours.all-day"]
        : string.Join(", ", hours.Select(one => $"{Time(one.Open)}–{Time(one.Close)}"));

    private static string Time(int seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:00}:{seconds / 60 % 60:00}");

    private static string Day(Texts texts, string list, int weekday) => texts[list].Split('|')[weekday];

    private static int Weekday(DateOnly date) => ((int)date.DayOfWeek + 6) % 7;

    private static string Date(Texts texts, DateOnly date) =>
        texts.Format("date", ("day", date.Day.ToString(CultureInfo.InvariantCulture)), ("month", texts["months"].Split('|')[date.Month - 1]));

    private static string Zone(OpeningTimes times) => times.TimeZone is "Etc/UTC" or "Etc/GMT" or "Etc/UCT" ? "UTC" : times.TimeZone;
}
