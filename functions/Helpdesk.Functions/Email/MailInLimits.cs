using System.Globalization;

namespace Helpdesk.Functions.Email;

/// <summary>The back-stops against mails that answer each other, whatever their headers say.</summary>
/// <remarks><c>Mail__ReopeningsPerHour</c>, 3 by default, 0 to 1000; <c>Mail__RepeatWithin</c>, 01:00:00 by default, 00:00:00 to 1.00:00:00.</remarks>
public sealed class MailInLimits
{
    public MailInLimits(IConfiguration settings)
    {
        var reopenings = settings["Mail:ReopeningsPerHour"] ?? "3";
        ReopeningsPerHour =
            int.TryParse(reopenings, NumberStyles.None, CultureInfo.InvariantCulture, out var most) && most <= 1000
                ? most
                : throw new InvalidOperationException($"Mail__ReopeningsPerHour is \"{reopenings}\"; it must be a whole number from 0 to 1000.");
        var within = settings["Mail:RepeatWithin"] ?? "01:00:00";
        RepeatWithin =
            TimeSpan.TryParse(within, CultureInfo.InvariantCulture, out var length) && length >= TimeSpan.Zero && length <= TimeSpan.FromDays(1)
                ? length
                : throw new InvalidOperationException($"Mail__RepeatWithin is \"{within}\"; it must be a length from 00:00:00 to 1.00:00:00.");
    }

    /// <summary>So many times mails may reopen a resolved ticket within an hour.</summary>
    public int ReopeningsPerHour { get; }

    /// <summary>The same words of the same sender in the same place within this time are a repeat; zero never.</summary>
    public TimeSpan RepeatWithin { get; }
}
