using System.Globalization;

namespace Helpdesk.Alerts;

/// <summary>Reads the instants of monitoring tools.</summary>
public static class AlertInstants
{
    private static readonly DateTimeOffset Earliest = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Latest = new(2200, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Whether a text is what Go programs write for no time at all, such as <c>0001-01-01T00:00:00Z</c>.</summary>
    public static bool IsNone(string text) => text.Length == 0 || text.StartsWith("0001-01-01T", StringComparison.Ordinal) || text is "0" or "null";

    /// <summary>
    /// The instant that a text names: ISO 8601 or RFC 1123 with an offset, or seconds, milliseconds, microseconds or nanoseconds since 1970. Null for
    /// anything else; a time without an offset is no instant, nor is one before 2000, which is what small numbers look like.
    /// </summary>
    /// <param name="assumeUtc">Whether a time without an offset is one in UTC.</param>
    public static DateTimeOffset? Parse(string text, bool assumeUtc = false)
    {
        text = text.Trim();
        if (text.Length is 0 or > 60)
            return null;
        if (decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            return OfNumber(number);
        if (!assumeUtc && !SaysOffset(text))
            return null;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var instant)
            ? Within(instant)
            : null;
    }

    private static DateTimeOffset? OfNumber(decimal number)
    {
        var seconds = number switch
        {
            < 100_000_000_000m => number,
            < 100_000_000_000_000m => number / 1000m,
            < 100_000_000_000_000_000m => number / 1_000_000m,
            _ => number / 1_000_000_000m,
        };
        return seconds < 10_000_000_000m ? Within(DateTimeOffset.UnixEpoch.AddTicks((long)(seconds * TimeSpan.TicksPerSecond))) : null;
    }

    private static bool SaysOffset(string text)
    {
        if (text[^1] is 'Z' or 'z' || text.EndsWith("GMT", StringComparison.Ordinal) || text.EndsWith("UTC", StringComparison.Ordinal))
            return true;
        var sign = text.LastIndexOfAny(['+', '-']);
        // The dashes of a date stand before its time.
        return sign > 0 && text.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon && sign > colon;
    }

    private static DateTimeOffset? Within(DateTimeOffset instant) => instant >= Earliest && instant < Latest ? instant.ToUniversalTime() : null;
}
