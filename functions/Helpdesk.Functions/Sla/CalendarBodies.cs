using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Sla;

// The bodies that CalendarFields reads field by field, as the description of the API shows them.

/// <summary>
/// Opening hours by weekday in local time, such as <c>["09:00-12:30", "13:30-17:00"]</c>. A span may end on the next day; a day without hours is left out.
/// </summary>
public sealed record WeekHours
{
    /// <summary>Monday.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Mon { get; init; }

    /// <summary>Tuesday.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Tue { get; init; }

    /// <summary>Wednesday.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Wed { get; init; }

    /// <summary>Thursday.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Thu { get; init; }

    /// <summary>Friday.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Fri { get; init; }

    /// <summary>Saturday.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Sat { get; init; }

    /// <summary>Sunday.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Sun { get; init; }
}

/// <summary>A new calendar.</summary>
[Example(
    """
        {"name":"Berlin","timeZone":"Europe/Berlin","holidays":["2026-12-25"],"overrides":{"2026-12-24":["09:00-13:00"]},
         "hours":{"mon":["09:00-17:00"],"tue":["09:00-17:00"],"wed":["09:00-17:00"],"thu":["09:00-17:00"],"fri":["09:00-12:30","13:00-15:00"]}}
        """
)]
public sealed record AddCalendarBody
{
    /// <summary>The id to give it; made from the name when it is left out.</summary>
    [RegularExpression(SettingFields.IdPattern), MaxLength(30)]
    public string? Id { get; init; }

    /// <summary>The name that agents see.</summary>
    [MaxLength(100)]
    public required string Name { get; init; }

    /// <summary>The time zone of all hours, by its name in the IANA database.</summary>
    [Sample("Europe/Berlin")]
    public required string TimeZone { get; init; }

    /// <summary>The opening hours of an ordinary week.</summary>
    public required WeekHours Hours { get; init; }

    /// <summary>Local dates on which nothing opens.</summary>
    [MaxLength(1000)]
    public IReadOnlyList<DateOnly>? Holidays { get; init; }

    /// <summary>Local dates with hours of their own, which beat weekday and holiday.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Overrides { get; init; }
}

/// <summary>What is to be different about a calendar: a JSON merge patch (RFC 7396), in which a part that is sent replaces the whole part.</summary>
[Example("""{"holidays":["2026-12-25","2026-12-26"]}""")]
public sealed record ChangeCalendarBody
{
    /// <summary>The name that agents see.</summary>
    [MaxLength(100)]
    public string? Name { get; init; }

    /// <summary>The time zone of all hours, by its name in the IANA database.</summary>
    [Sample("Europe/Berlin")]
    public string? TimeZone { get; init; }

    /// <summary>The opening hours of an ordinary week.</summary>
    public WeekHours? Hours { get; init; }

    /// <summary>Local dates on which nothing opens.</summary>
    [MaxLength(1000)]
    public IReadOnlyList<DateOnly>? Holidays { get; init; }

    /// <summary>Local dates with hours of their own, which beat weekday and holiday.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Overrides { get; init; }
}
