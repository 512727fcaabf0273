using System.Collections.Frozen;
using System.Globalization;
using Helpdesk.Attachments;

namespace Helpdesk.Functions.Attachments;

/// <summary>What the settings say of files.</summary>
/// <remarks>All names begin with <c>Attachments__</c>; <c>docs/settings.md</c> has them.</remarks>
public sealed class AttachmentSettings
{
    /// <summary>The most that a setting of a size may say, in megabytes: the platform takes no larger request.</summary>
    private const int LargestRequest = 200;
    private const int LargestTicket = 1_000_000;

    public AttachmentSettings(IConfiguration settings)
    {
        Limits = new AttachmentLimits
        {
            FileMegabytes = Whole(settings, "FileMegabytes", AttachmentLimits.Default.FileMegabytes, LargestRequest),
            FilesPerMessage = Whole(settings, "FilesPerMessage", AttachmentLimits.Default.FilesPerMessage, AttachmentLimits.MostFiles),
            MessageMegabytes = Whole(settings, "MessageMegabytes", AttachmentLimits.Default.MessageMegabytes, LargestRequest),
            TicketMegabytes = Whole(settings, "TicketMegabytes", AttachmentLimits.Default.TicketMegabytes, LargestTicket),
            Denied = Endings(settings, "DeniedEndings"),
            Allowed = Endings(settings, "AllowedEndings"),
        };
        if (Limits.MessageMegabytes < Limits.FileMegabytes)
            throw new InvalidOperationException(
                $"Attachments__MessageMegabytes is {Limits.MessageMegabytes}; it must be at least {Limits.FileMegabytes}, as Attachments__FileMegabytes is."
            );
        if (Limits.TicketMegabytes < Limits.MessageMegabytes)
            throw new InvalidOperationException(
                $"Attachments__TicketMegabytes is {Limits.TicketMegabytes}; it must be at least {Limits.MessageMegabytes}, "
                    + "as Attachments__MessageMegabytes is."
            );
        LinkLifetime = Time(settings, "LinkLifetime", TimeSpan.FromDays(30), TimeSpan.FromMinutes(1), LongestLink);
        ScanTimeout = Time(settings, "ScanTimeout", TimeSpan.FromMinutes(2), TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(4));
        if (settings["Attachments:ScanUrl"] is not { Length: > 0 } url)
            return;
        ScanUrl =
            Uri.TryCreate(url, UriKind.Absolute, out var scanner) && scanner.Scheme is "http" or "https"
                ? scanner
                : throw new InvalidOperationException(
                    $"Attachments__ScanUrl is \"{url}\", which is no address: write it like https://scanner.example.com/scan."
                );
    }

    /// <summary>The longest that a link may be good.</summary>
    public static TimeSpan LongestLink { get; } = TimeSpan.FromDays(365);

    public AttachmentLimits Limits { get; }

    /// <summary>How long a link is good when nobody says otherwise.</summary>
    public TimeSpan LinkLifetime { get; }

    /// <summary>Where every new file is posted to; null where no scanner looks at files.</summary>
    public Uri? ScanUrl { get; }

    public TimeSpan ScanTimeout { get; }

    private static int Whole(IConfiguration settings, string name, int standard, int most)
    {
        if (settings[$"Attachments:{name}"] is not { } text)
            return standard;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= most
            ? number
            : throw new InvalidOperationException($"Attachments__{name} is \"{text}\"; it must be a whole number from 1 to {most}.");
    }

    private static TimeSpan Time(IConfiguration settings, string name, TimeSpan standard, TimeSpan least, TimeSpan most)
    {
        if (settings[$"Attachments:{name}"] is not { } text)
            return standard;
        return TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var time) && time >= least && time <= most
            ? time
            : throw new InvalidOperationException($"Attachments__{name} is \"{text}\"; it must be a time from {least:c} to {most:c}.");
    }

    /// <summary>Endings with or without dots, separated by commas or spaces.</summary>
    private static FrozenSet<string> Endings(IConfiguration settings, string name)
    {
        var text = settings[$"Attachments:{name}"] ?? "";
        var endings = text.Split([',', ' ', ';'], StringSplitOptions.RemoveEmptyEntries).Select(ending => ending.TrimStart('.').ToLowerInvariant()).ToList();
        return endings.Find(ending => ending.Length is 0 or > 20 || !ending.All(char.IsLetterOrDigit)) is { } wrong
            ? throw new InvalidOperationException($"Attachments__{name} contains \"{wrong}\", which is no ending: write them like \"zip, rar\".")
            : endings.ToFrozenSet(StringComparer.Ordinal);
    }
}
