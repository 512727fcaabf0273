using System.Globalization;
using Helpdesk.Functions.Hosting;
using Helpdesk.Sla;

namespace Helpdesk.Functions.Sla;

/// <summary>
/// Reads a calendar: <c>{ timeZone, hours: { mon: ["09:00-17:00"] … }, holidays: ["2026-04-03"], overrides: { "2026-12-24": ["09:00-13:00"] } }</c>.
/// </summary>
public static class CalendarFields
{
    private const int OverrideLimit = 1000;
    private const int OverrideSpanLimit = 5000;
    private static readonly string[] Days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

    /// <summary>The calendar that an object describes, or null when something in it is wrong.</summary>
    public static BusinessCalendar? Read(FieldReader fields)
    {
        var definition = Definition(fields, null);
        fields.Ends();
        return definition is null ? null : new(definition);
    }

    /// <summary>The definition among the fields, or null when something in it is wrong. What is not said stays as in <paramref name="current"/>.</summary>
    public static CalendarDefinition? Definition(FieldReader fields, CalendarDefinition? current)
    {
        var zone = fields.Text("timeZone", 60, required: current is null || fields.Has("timeZone")) ?? current?.TimeZone;
        var week = current?.Week ?? [.. Days.Select(_ => (IReadOnlyList<OpeningHours>)[])];
        if (fields.Object("hours", required: current is null || fields.Has("hours")) is { } hours)
        {
            week = [.. Days.Select(day => (IReadOnlyList<OpeningHours>)Hours(hours, day))];
            hours.Ends();
        }

        var holidays = current?.Holidays ?? [];
        if (fields.Texts("holidays", 1000, 10) is { } dates)
        {
            var days = new HashSet<DateOnly>();
            foreach (var text in dates)
            {
                if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
                    days.Add(date);
                else
                    fields.Wrong("holidays", $"contains \"{text}\", which is not a date; write it as 2026-04-03.");
            }

            holidays = days;
        }

        var overrides = current?.Overrides ?? new Dictionary<DateOnly, IReadOnlyList<OpeningHours>>();
        if (fields.IsNull("overrides"))
        {
            overrides = new Dictionary<DateOnly, IReadOnlyList<OpeningHours>>();
        }
        else if (fields.Object("overrides") is { } special)
        {
            var days = new Dictionary<DateOnly, IReadOnlyList<OpeningHours>>();
            foreach (var text in special.Names())
            {
                if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
                    days[date] = Hours(special, text);
                else
                    special.Wrong(PlainText.Head(text, 20), "is not a date; write it as 2026-12-24.");
            }

            if (days.Count > OverrideLimit || days.Values.Sum(hours => hours.Count) > OverrideSpanLimit)
                fields.Wrong("overrides", $"may have at most {OverrideLimit} days, with {OverrideSpanLimit} spans in all.");
            overrides = days;
        }

        if (zone is null)
            return null;
        var definition = new CalendarDefinition
        {
            TimeZone = zone,
            Week = week,
            Holidays = holidays,
            Overrides = overrides,
        };
        try
        {
            _ = new BusinessCalendar(definition);
            return definition;
        }
        catch (InvalidCalendarException wrong)
        {
            fields.Wrong(wrong.Field, $"is wrong: {wrong.Message}");
            return null;
        }
    }

    /// <summary>Hours by weekday as the API shows them; a day without any is left out.</summary>
    public static WeekHours Show(IReadOnlyList<IReadOnlyList<OpeningHours>> week)
    {
        IReadOnlyList<string>? Day(int day) => week[day].Count > 0 ? Show(week[day]) : null;
        return new()
        {
            Mon = Day(0),
            Tue = Day(1),
            Wed = Day(2),
            Thu = Day(3),
            Fri = Day(4),
            Sat = Day(5),
            Sun = Day(6),
        };
    }

    /// <summary>Hours as the API shows them.</summary>
    public static IReadOnlyList<string> Show(IReadOnlyList<OpeningHours> hours) => [.. hours.Select(span => $"{Time(span.Open)}-{Time(span.Close)}")];

    private static string Time(int seconds) =>
        seconds % 60 == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:D2}:{seconds / 60 % 60:D2}")
            : string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:D2}:{seconds / 60 % 60:D2}:{seconds % 60:D2}");

    private static List<OpeningHours> Hours(FieldReader fields, string name)
    {
        var hours = new List<OpeningHours>();
        foreach (var text in fields.Texts(name, 24, 17) ?? [])
        {
            if (text.Split('-') is [var open, var close] && Seconds(open) is { } from && from < OpeningHours.Day && Seconds(close) is { } to && from != to)
                hours.Add(new(from, to));
            else
                fields.Wrong(name, $"contains \"{text}\", which is not a span of hours; write it as 09:00-17:00, up to 24:00.");
        }

        return hours;
    }

    private static int? Seconds(string text) =>
        text is "24:00" or "24:00:00" ? OpeningHours.Day
        : TimeOnly.TryParseExact(text, ["HH:mm", "HH:mm:ss"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            ? (int)time.ToTimeSpan().TotalSeconds
        : null;
}
