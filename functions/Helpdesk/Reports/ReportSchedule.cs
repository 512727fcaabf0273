using System.Text.Json.Serialization;
using NodaTime;

namespace Helpdesk.Reports;

/// <summary>How often a report is mailed.</summary>
[JsonConverter(typeof(WireNameConverter<ReportRhythm>))]
public enum ReportRhythm
{
    /// <summary>Every day.</summary>
    Daily,

    /// <summary>On one weekday.</summary>
    Weekly,

    /// <summary>On one day of the month.</summary>
    Monthly,
}

/// <summary>Over which days a mailed report goes, seen from the day on which it is mailed.</summary>
[JsonConverter(typeof(WireNameConverter<ReportPeriod>))]
public enum ReportPeriod
{
    /// <summary>The day before.</summary>
    PreviousDay,

    /// <summary>The week before, from Monday to Sunday.</summary>
    PreviousWeek,

    /// <summary>The month before.</summary>
    PreviousMonth,

    /// <summary>The seven days before.</summary>
    LastSevenDays,

    /// <summary>The thirty days before.</summary>
    LastThirtyDays,
}

/// <summary>Who gets a report: an agent, or an address.</summary>
/// <param name="Agent">Id of the agent; null for an address.</param>
/// <param name="Email">The address; null for an agent.</param>
public sealed record ReportRecipient(string? Agent, string? Email);

/// <summary>A report that is mailed again and again.</summary>
public sealed record ReportSchedule
{
    /// <summary>As many people get one at the most.</summary>
    public const int MostRecipients = 50;

    /// <summary>Kebab-case, unique in the workspace.</summary>
    public required string Id { get; init; }

    /// <summary>What the mail is called.</summary>
    public required string Name { get; init; }
    public required ReportName Report { get; init; }
    public IReadOnlyList<ReportDimension> By { get; init; } = [];
    public ReportPeriod Period { get; init; } = ReportPeriod.PreviousWeek;
    public ReportRhythm Every { get; init; } = ReportRhythm.Weekly;

    /// <summary>1 is Monday.</summary>
    public int Weekday { get; init; } = 1;

    /// <summary>The day of the month, 1 to 28.</summary>
    public int Day { get; init; } = 1;

    /// <summary>The hour of the day, 0 to 23.</summary>
    public int Hour { get; init; } = 7;

    /// <summary>IANA name of the time zone of hours and days.</summary>
    public string Zone { get; init; } = "UTC";

    /// <summary>The language of the mail; null for that of the workspace's mails.</summary>
    public string? Language { get; init; }
    public IReadOnlyList<ReportRecipient> Recipients { get; init; } = [];
    public bool Active { get; init; } = true;

    /// <summary>What was due before is not mailed: when it was added, or its times were changed.</summary>
    public required DateTimeOffset Since { get; init; }
}

/// <summary>When a report is mailed, and over which days it goes.</summary>
public static class ReportSchedules
{
    /// <summary>The last time at which it was due, not after an instant; null where that was before it was there.</summary>
    public static DateTimeOffset? LastDue(ReportSchedule schedule, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        var today = Local(now, schedule).Date;
        var due = Enumerable.Range(0, 32).Select(back => DueOn(schedule, today.PlusDays(-back))).FirstOrDefault(at => at <= now);
        return due > schedule.Since ? due : null;
    }

    /// <summary>The first time at which it is due after an instant.</summary>
    public static DateTimeOffset NextDue(ReportSchedule schedule, DateTimeOffset after)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        var today = Local(after, schedule).Date;
        return Enumerable.Range(0, 33).Select(ahead => DueOn(schedule, today.PlusDays(ahead))).First(at => at > after)!.Value;
    }

    /// <summary>The days that the report of a due time is about.</summary>
    public static ReportRequest RequestOf(ReportSchedule schedule, DateTimeOffset due)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        var day = Local(due, schedule).Date;
        var monday = day.PlusDays(1 - (int)day.DayOfWeek);
        var first = day.PlusDays(1 - day.Day);
        var (from, to) = schedule.Period switch
        {
            ReportPeriod.PreviousDay => (day.PlusDays(-1), day.PlusDays(-1)),
            ReportPeriod.PreviousWeek => (monday.PlusDays(-7), monday.PlusDays(-1)),
            ReportPeriod.PreviousMonth => (first.PlusMonths(-1), first.PlusDays(-1)),
            ReportPeriod.LastSevenDays => (day.PlusDays(-7), day.PlusDays(-1)),
            _ => (day.PlusDays(-30), day.PlusDays(-1)),
        };
        return new(schedule.Report, from.ToDateOnly(), to.ToDateOnly(), schedule.By, schedule.Zone);
    }

    /// <summary>When it is due on a local day; null for not on that day. An hour that a clock skips is the one behind it.</summary>
    private static DateTimeOffset? DueOn(ReportSchedule schedule, LocalDate day)
    {
        var isDue = schedule.Every switch
        {
            ReportRhythm.Daily => true,
            ReportRhythm.Weekly => (int)day.DayOfWeek == schedule.Weekday,
            _ => day.Day == schedule.Day,
        };
        return isDue
            ? day.At(new LocalTime(schedule.Hour, 0)).InZoneLeniently(DateTimeZoneProviders.Tzdb[schedule.Zone]).ToDateTimeOffset().ToUniversalTime()
            : null;
    }

    private static LocalDateTime Local(DateTimeOffset at, ReportSchedule schedule) =>
        Instant.FromDateTimeOffset(at).InZone(DateTimeZoneProviders.Tzdb[schedule.Zone]).LocalDateTime;
}
