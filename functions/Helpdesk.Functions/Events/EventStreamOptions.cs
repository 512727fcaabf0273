using System.Globalization;

namespace Helpdesk.Functions.Events;

/// <summary>How long the stream of events is kept, and in how large pieces.</summary>
public sealed record EventStreamOptions
{
    /// <summary>How long an event stays in the stream. 1 to 3650 days; <c>Events__Kept</c>.</summary>
    public TimeSpan Kept { get; init; } = TimeSpan.FromDays(90);

    /// <summary>So many events lie in one partition; then the next one is begun.</summary>
    public int SegmentLength { get; init; } = 50_000;

    /// <summary>A partition that is older is followed by another one, so that what is kept too long can go a piece at a time.</summary>
    public TimeSpan SegmentAge { get; init; } = TimeSpan.FromDays(7);

    /// <summary>By how much the clocks of two instances may differ.</summary>
    public TimeSpan Skew { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Reads the settings and checks them.</summary>
    public static EventStreamOptions From(IConfiguration settings)
    {
        if (settings["Events:Kept"] is not { } text)
            return new();
        return TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var kept) && kept >= TimeSpan.FromDays(1) && kept <= TimeSpan.FromDays(3650)
            ? new() { Kept = kept }
            : throw new InvalidOperationException($"Events__Kept is \"{text}\"; it must be a length from 1.00:00:00 to 3650.00:00:00.");
    }
}
