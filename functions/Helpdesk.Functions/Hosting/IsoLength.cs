using System.Globalization;

namespace Helpdesk.Functions.Hosting;

/// <summary>Writes lengths in ISO 8601 by hours, minutes and seconds. Days are not used: 24 hours of business time are three working days, not one.</summary>
public static class IsoLength
{
    /// <summary>Such as <c>PT40H</c>, <c>PT1H30M</c>, <c>PT0S</c>; a negative one begins with a minus sign.</summary>
    public static string Of(TimeSpan length)
    {
        var positive = length.Duration();
        if (positive == TimeSpan.Zero)
            return "PT0S";
        string Part(long count, char unit) => count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{count}{unit}");
        var seconds = positive.Seconds + positive.Milliseconds / 1000m;
        var (sign, rest) = (length < TimeSpan.Zero ? "-" : "", seconds == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{seconds:0.###}S"));
        return $"{sign}PT{Part((long)positive.TotalHours, 'H')}{Part(positive.Minutes, 'M')}{rest}";
    }
}
