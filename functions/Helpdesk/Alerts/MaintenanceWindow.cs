using Helpdesk.Conditions;
using Helpdesk.Sla;

namespace Helpdesk.Alerts;

/// <summary>A time in which what fires opens no ticket.</summary>
public sealed record MaintenanceWindow
{
    public required string Id { get; init; }
    public required string Name { get; init; }

    /// <summary>When it begins; null for one that comes every week.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>When it ends; null for one that comes every week.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>When it is every week; null for one that is once.</summary>
    public CalendarDefinition? Weekly { get; init; }

    /// <summary>Ids of the sources that it is for; null for all.</summary>
    public IReadOnlyList<string>? Sources { get; init; }

    /// <summary>Values that labels must have, by name; null for any.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>Of which reports it is besides; null for all.</summary>
    public Condition? Condition { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>Tells whether something is in maintenance.</summary>
public static class MaintenanceRules
{
    /// <summary>A weekly window without an end is looked at again after so long.</summary>
    private static readonly TimeSpan Ahead = TimeSpan.FromDays(8);

    /// <summary>The window that covers a report at an instant and ends last, and when it ends; null for none. Windows that follow one another without a
    /// gap are one.</summary>
    /// <param name="subject">The report, its source and the instant.</param>
    public static EpisodeMute? Find(IReadOnlyList<MaintenanceWindow> windows, ConditionSubject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var concerned = windows.Where(window => Concerns(window, subject)).ToList();
        EpisodeMute? mute = null;
        var (now, at) = (subject.Now, subject.Now);
        while (concerned.Count > 0)
        {
            var next = concerned
                .Select(window => (Window: window, End: EndOf(window, at)))
                .Where(one => one.End > at)
                .OrderByDescending(one => one.End)
                .FirstOrDefault();
            if (next.End is not { } end)
                break;
            mute = new(mute?.Window ?? next.Window.Name, end);
            if (end - now > Ahead)
                break;
            at = end;
        }

        return mute;
    }

    private static bool Concerns(MaintenanceWindow window, ConditionSubject subject) =>
        (window.Sources is null || window.Sources.Contains(subject.Source ?? "", StringComparer.Ordinal))
        && (window.Labels is null || window.Labels.All(label => subject.Report?.Labels.GetValueOrDefault(label.Key) == label.Value))
        && window.Condition?.Holds(subject) != false;

    /// <summary>When the window ends that is open at an instant; null when it is not open then.</summary>
    private static DateTimeOffset? EndOf(MaintenanceWindow window, DateTimeOffset at)
    {
        if (window.From <= at && at < window.To)
            return window.To;
        if (window.Weekly is not { } weekly)
            return null;
        var first = new BusinessCalendar(weekly).Openings(at, at + Ahead).Select(open => (TimeStretch?)open).FirstOrDefault();
        return first is { } open && open.From <= at ? open.To : null;
    }
}
