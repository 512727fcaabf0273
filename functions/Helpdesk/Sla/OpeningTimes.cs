namespace Helpdesk.Sla;

/// <summary>
/// A calendar as people ask for it: its week, the days that are otherwise, and whether it is open now. All times are local to <see
/// cref="TimeZone"/>.
/// </summary>
public sealed record OpeningTimes
{
    /// <summary>IANA name, such as <c>Europe/Berlin</c>.</summary>
    public required string TimeZone { get; init; }

    /// <summary>The time it is there now.</summary>
    public required DateTime Now { get; init; }

    /// <summary>Monday first; seven lists.</summary>
    public required IReadOnlyList<IReadOnlyList<OpeningHours>> Week { get; init; }

    /// <summary>Days to come with hours of their own, or with none, the nearest first.</summary>
    public required IReadOnlyList<SpecialDay> Coming { get; init; }

    /// <summary>Whether it is open now.</summary>
    public required bool IsOpen { get; init; }

    /// <summary>When it closes, or opens next; null when that does not happen in the weeks to come.</summary>
    public DateTime? Changes { get; init; }

    /// <summary>Whether every hour of every day is an opening hour.</summary>
    public bool IsAlwaysOpen => Coming.Count == 0 && Week.All(day => day is [{ Open: 0 } hours] && hours.End == OpeningHours.Day) && Changes is null && IsOpen;
}

/// <summary>A day that is not like the others of its weekday; without hours it is closed.</summary>
public sealed record SpecialDay(DateOnly Date, IReadOnlyList<OpeningHours> Hours);
