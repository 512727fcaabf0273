using System.Globalization;
using Helpdesk.Functions.Hosting;
using Helpdesk.Sla;

namespace Helpdesk.Functions.Sla;

/// <summary>Reads a calendar: <c>{ timeZone, hours: { mon: ["09:00-17:00"] … }, holidays: ["2026-04-03"], overrides: { "2026-12-24": ["09:00-13:00"] } }</c>.</summary>
public static class CalendarFields
{
    private static readonly string[] Days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

    /// <summary>The calendar, or null when something in it is wrong.</summary>
    public static BusinessCalendar? Read(FieldReader fields)
    {
        var zone = fields.Text("timeZone", 60, required: true);
        IReadOnlyList<OpeningHours>[] week = [.. Days.Select(_ => (IReadOnlyList<OpeningHours>)[])];
        if (fields.Object("hours", required: true) is { } hours)
        {
            for (var day = 0; day < Days.Length; day++)
                week[day] = Hours(hours, Days[day]);
            hours.Ends();
        }

        var holidays = new HashSet<DateOnly>();
        foreach (var text in fields.Texts("holidays", 1000, 10) ?? [])
        {
            if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
                holidays.Add(date);
            else
                fields.Wrong("holidays", $"holds \"{text}\", which is no date such as 2026-04-03.");
        }

        var overrides = new Dictionary<DateOnly, IReadOnlyList<OpeningHours>>();
        if (fields.Object("overrides") is { } special)
        {
            foreach (var text in special.Names())
            {
                if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
                    overrides[date] = Hours(special, text);
                else
                    special.Wrong(text.Length > 20 ? text[..20] : text, "is no date such as 2026-12-24.");
            }
        }

        fields.Ends();
        if (zone is null)
            return null;
        try
        {
            return new(new() { TimeZone = zone, Week = week, Holidays = holidays, Overrides = overrides });
        }
        catch (InvalidCalendarException wrong)
        {
            fields.Wrong(wrong.Field, $"is wrong: {wrong.Message}");
            return null;
        }
    }

    private static List<OpeningHours> Hours(FieldReader fields, string name)
    {
        var hours = new List<OpeningHours>();
        foreach (var text in fields.Texts(name, 24, 17) ?? [])
        {
            if (text.Split('-') is [var open, var close] && Seconds(open) is { } from && from < OpeningHours.Day && Seconds(close) is { } to && from != to)
                hours.Add(new(from, to));
            else
                fields.Wrong(name, $"holds \"{text}\", which is no span such as 09:00-17:00.");
        }

        return hours;
    }

    private static int? Seconds(string text) =>
        text is "24:00" or "24:00:00" ? OpeningHours.Day
        : TimeOnly.TryParseExact(text, ["HH:mm", "HH:mm:ss"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? (int)time.ToTimeSpan().TotalSeconds
        : null;
}
