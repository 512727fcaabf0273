using NodaTime;

namespace Helpdesk.Sla;

/// <summary>
/// One opening of a day in local time; <see cref="Close"/> at or before <see cref="Open"/> is on the next day. 24:00 is written as the end of the
/// day.
/// </summary>
/// <param name="Open">Seconds after midnight, 0 to 86,399.</param>
/// <param name="Close">Seconds after midnight, 0 to 86,400.</param>
public readonly record struct OpeningHours(int Open, int Close)
{
    public const int Day = 86_400;

    /// <summary>Seconds after midnight of the opening's own day; above 86,400 on the next.</summary>
    public int End => Close > Open ? Close : Close + Day;
}

/// <summary>When business is open: hours by weekday, days without any, and days with others.</summary>
public sealed record CalendarDefinition
{
    /// <summary>IANA name, such as <c>Europe/Berlin</c>.</summary>
    public required string TimeZone { get; init; }

    /// <summary>Monday first; seven lists.</summary>
    public required IReadOnlyList<IReadOnlyList<OpeningHours>> Week { get; init; }

    /// <summary>Local dates on which nothing opens.</summary>
    public IReadOnlyCollection<DateOnly> Holidays { get; init; } = [];

    /// <summary>Local dates with hours of their own, which beat weekday and holiday.</summary>
    public IReadOnlyDictionary<DateOnly, IReadOnlyList<OpeningHours>> Overrides { get; init; } = new Dictionary<DateOnly, IReadOnlyList<OpeningHours>>();
}

/// <summary>A calendar that makes no sense; <paramref name="field"/> is what is wrong in it.</summary>
public sealed class InvalidCalendarException(string problem, string field) : Exception(problem)
{
    public string Field { get; } = field;
}

/// <summary>A stretch of physical time, half-open: <c>[From, To)</c>, UTC.</summary>
public readonly record struct TimeStretch(DateTimeOffset From, DateTimeOffset To)
{
    public TimeSpan Length => To - From;
}

/// <summary>Counts business time: physical time inside opening intervals. The only place where local time becomes instants.</summary>
/// <remarks>
/// In a gap the first valid instant after it counts; in an overlap an opening takes the earlier and a closing the later instant.
/// Intervals that overlap after that (a closing that moved past the next opening) count once.
/// </remarks>
public sealed class BusinessCalendar
{
    /// <summary>A promise longer than this many days of searching has no due time.</summary>
    private const int SearchDays = 3_700;

    private readonly CalendarDefinition _definition;
    private readonly DateTimeZone _zone;
    private readonly HashSet<DateOnly> _holidays;

    /// <summary>Throws <see cref="InvalidCalendarException"/> when a field is wrong.</summary>
    public BusinessCalendar(CalendarDefinition definition)
    {
        (_definition, _holidays) = (definition, [.. definition.Holidays]);
        _zone =
            DateTimeZoneProviders.Tzdb.GetZoneOrNull(definition.TimeZone)
            ?? throw new InvalidCalendarException(
                $"\"{definition.TimeZone}\" is not a time zone of the IANA database; use a name such as Europe/Berlin or Etc/UTC.",
                "timeZone"
            );
        for (var day = 0; day < 7; day++)
        {
            var next = definition.Week[(day + 1) % 7].Select(hours => new OpeningHours(hours.Open + OpeningHours.Day, hours.End + OpeningHours.Day));
            if (Overlap([.. definition.Week[day], .. next]))
                throw new InvalidCalendarException("The hours of a day overlap each other, or those of the next day.", "hours");
        }

        if (definition.Overrides.Values.Any(hours => Overlap([.. hours])))
            throw new InvalidCalendarException("The hours of a day overlap each other.", "overrides");
    }

    /// <summary>Whether there are any hours at all; without them nothing is ever due.</summary>
    public bool HasHours => _definition.Week.Any(day => day.Count > 0) || _definition.Overrides.Values.Any(day => day.Count > 0);

    /// <summary>Business time in <c>[from, to)</c>.</summary>
    public TimeSpan Count(DateTimeOffset from, DateTimeOffset to) => Openings(from, to).Aggregate(TimeSpan.Zero, (sum, open) => sum + open.Length);

    /// <summary>
    /// The instant at which <paramref name="length"/> of business time after <paramref name="from"/> is over, which may be a closing; null when the
    /// calendar never gets there.
    /// </summary>
    public DateTimeOffset? Add(DateTimeOffset from, TimeSpan length)
    {
        if (length <= TimeSpan.Zero)
            return from;
        foreach (var open in Openings(from, from.AddDays(SearchDays)))
        {
            if (open.Length >= length)
                return open.From + length;
            length -= open.Length;
        }

        return null;
    }

    /// <summary>The opening intervals within <c>[from, to)</c>, in order, without overlaps.</summary>
    public IEnumerable<TimeStretch> Openings(DateTimeOffset from, DateTimeOffset to)
    {
        if (!HasHours || from >= to)
            yield break;
        var end = from;
        // A night shift, or a date line crossed by decree, can reach in from two days before.
        var date = Instant.FromDateTimeOffset(from).InZone(_zone).Date.PlusDays(-2);
        var last = Instant.FromDateTimeOffset(to).InZone(_zone).Date.PlusDays(1);
        for (; date <= last; date = date.PlusDays(1))
        {
            foreach (var hours in HoursOf(date).OrderBy(hours => hours.Open))
            {
                var opens = ToInstant(date, hours.Open, closing: false);
                var closes = ToInstant(date, hours.End, closing: true);
                var start = opens > end ? opens : end;
                var stop = closes < to ? closes : to;
                if (start >= stop)
                    continue;
                yield return new(start, stop);
                end = stop;
            }
        }
    }

    /// <summary>The calendar as people ask for it: the week, special days within <paramref name="ahead"/> days, and whether it is open now.</summary>
    public OpeningTimes Times(DateTimeOffset now, int ahead = 30)
    {
        var today = Local(now);
        // Openings that touch are one: a night shift does not close at midnight.
        TimeStretch? next = null;
        var until = now.AddDays(2 * ahead);
        foreach (var open in Openings(now, until))
        {
            if (next is { } so && so.To < open.From)
                break;
            next = new(next?.From ?? open.From, open.To);
        }

        var isOpen = next is { } first && first.From <= now;
        DateTimeOffset? changes = isOpen
            ? next!.Value.To < until
                ? next.Value.To
                : null
            : next?.From;
        return new()
        {
            TimeZone = _definition.TimeZone,
            Now = today,
            Week = [.. _definition.Week.Select(day => (IReadOnlyList<OpeningHours>)[.. day.OrderBy(hours => hours.Open)])],
            Coming =
            [
                .. Enumerable
                    .Range(0, ahead)
                    .Select(days => DateOnly.FromDateTime(today).AddDays(days))
                    .Select(date => (Date: date, Usual: _definition.Week[((int)date.DayOfWeek + 6) % 7], Hours: HoursOf(LocalDate.FromDateOnly(date))))
                    .Where(day => !day.Hours.Order(ByOpening).SequenceEqual(day.Usual.Order(ByOpening)))
                    .Select(day => new SpecialDay(day.Date, [.. day.Hours.Order(ByOpening)])),
            ],
            IsOpen = isOpen,
            Changes = changes is { } at ? Local(at) : null,
        };
    }

    private static readonly Comparer<OpeningHours> ByOpening = Comparer<OpeningHours>.Create((one, other) => one.Open.CompareTo(other.Open));

    private DateTime Local(DateTimeOffset instant) => Instant.FromDateTimeOffset(instant).InZone(_zone).LocalDateTime.ToDateTimeUnspecified();

    private IReadOnlyList<OpeningHours> HoursOf(LocalDate date)
    {
        var day = new DateOnly(date.Year, date.Month, date.Day);
        return _definition.Overrides.TryGetValue(day, out var special) ? special
            : _holidays.Contains(day) ? []
            : _definition.Week[(int)date.DayOfWeek - 1];
    }

    private DateTimeOffset ToInstant(LocalDate date, int seconds, bool closing)
    {
        var local = date.PlusDays(seconds / OpeningHours.Day).AtMidnight().PlusSeconds(seconds % OpeningHours.Day);
        var mapped = _zone.MapLocal(local);
        var instant =
            mapped.Count == 0 ? mapped.LateInterval.Start
            : closing ? mapped.Last().ToInstant()
            : mapped.First().ToInstant();
        return instant.ToDateTimeOffset();
    }

    private static bool Overlap(List<OpeningHours> hours)
    {
        hours.Sort((one, other) => one.Open.CompareTo(other.Open));
        return hours.Zip(hours.Skip(1)).Any(pair => pair.First.End > pair.Second.Open);
    }
}
