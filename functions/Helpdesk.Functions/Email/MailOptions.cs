using Helpdesk.Email;
using Helpdesk.Functions.Hosting;

namespace Helpdesk.Functions.Email;

/// <summary>By which way mails leave the desk.</summary>
public enum MailWay
{
    /// <summary>They do not: they are kept in the outbox, as on a laptop.</summary>
    Outbox,
    Smtp,
    SendGrid,

    /// <summary>On Azure without a way: nothing is sent, and everybody can see why.</summary>
    None,
}

/// <summary>Where mails are handed over, from the settings <c>Mail__…</c>.</summary>
public sealed record MailOptions
{
    public required MailWay Way { get; init; }

    /// <summary>The sender where a workspace has no mailbox; null where every one must have one.</summary>
    public string? Address { get; init; }
    public string SmtpHost { get; init; } = "";
    public int SmtpPort { get; init; } = 587;
    public MailSecurity SmtpSecurity { get; init; } = MailSecurity.StartTls;
    public string? SmtpUser { get; init; }
    public string? SmtpPassword { get; init; }
    public string SendGridKey { get; init; } = "";
    public string SendGridUrl { get; init; } = "https://api.sendgrid.com";

    /// <summary>The key by which SendGrid signs the events that it reports; null where none are taken.</summary>
    public string? SendGridEventKey { get; init; }

    /// <summary>How long a mail server may take for one mail.</summary>
    public TimeSpan TimeOut { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>Files that go along with a mail, in bytes together; what is more goes as links.</summary>
    public long FilesLimit { get; init; } = 10 * 1024 * 1024;

    /// <summary>Reads the settings and checks them.</summary>
    public static MailOptions From(IConfiguration settings)
    {
        var (host, key) = (Given(settings["Mail:Smtp:Host"]), Given(settings["Mail:SendGrid:ApiKey"]));
        if (host is not null && key is not null)
            throw new InvalidOperationException("Mail__Smtp__Host and Mail__SendGrid__ApiKey are both set: mails go one way, so remove one of them.");
        foreach (var name in new[] { "Port", "Security", "User", "Password" })
        {
            if (host is null && Given(settings[$"Mail:Smtp:{name}"]) is not null)
                throw new InvalidOperationException($"Mail__Smtp__{name} is set and Mail__Smtp__Host is not: give the host of the mail server.");
        }

        var options = new MailOptions
        {
            Way =
                host is not null ? MailWay.Smtp
                : key is not null ? MailWay.SendGrid
                : settings["WEBSITE_INSTANCE_ID"] is null ? MailWay.Outbox
                : MailWay.None,
            Address = Given(settings["Mail:From"]),
            SmtpHost = host ?? "",
            SmtpPort = Whole(settings, "Mail:Smtp:Port", 587, 1, 65535),
            SmtpSecurity = Security(settings["Mail:Smtp:Security"]),
            SmtpUser = Given(settings["Mail:Smtp:User"]),
            SmtpPassword = Given(settings["Mail:Smtp:Password"]),
            SendGridKey = key ?? "",
            SendGridUrl = Given(settings["Mail:SendGrid:Url"])?.TrimEnd('/') ?? "https://api.sendgrid.com",
            SendGridEventKey = Given(settings["Mail:SendGrid:EventKey"]),
            FilesLimit = Whole(settings, "Mail:FilesLimit", 10 * 1024 * 1024, 0, 25 * 1024 * 1024),
        };
        if (options.Address is { } from && !Settings.SettingFields.IsEmail(from))
            throw new InvalidOperationException($"Mail__From is \"{from}\", which is no e-mail address: write it like helpdesk@example.com.");
        if ((options.SmtpUser is null) != (options.SmtpPassword is null))
            throw new InvalidOperationException("Mail__Smtp__User and Mail__Smtp__Password belong together: give both, or neither.");
        if (options.SmtpPassword is not null && options.SmtpSecurity == MailSecurity.None && !IsLoopback(options.SmtpHost))
            throw new InvalidOperationException("Mail__Smtp__Security is none, and so the password would be read on the way: use tls or start-tls.");
        if (!Uri.TryCreate(options.SendGridUrl, UriKind.Absolute, out var url) || !(url.Scheme == "https" || (url.Scheme == "http" && url.IsLoopback)))
            throw new InvalidOperationException($"Mail__SendGrid__Url is \"{options.SendGridUrl}\": give an address that begins with https://.");
        if (options.SendGridEventKey is { } eventKey && !SendGridSignature.IsKey(eventKey))
            throw new InvalidOperationException("Mail__SendGrid__EventKey is no public key: copy it from SendGrid's page of the event webhook, in base64.");
        return options;
    }

    private static MailSecurity Security(string? text) =>
        Given(text) is not { } given ? MailSecurity.StartTls
        : WireName<MailSecurity>.TryParse(given, out var security) ? security
        : throw new InvalidOperationException($"Mail__Smtp__Security is \"{given}\"; it must be one of {string.Join(", ", WireName<MailSecurity>.All)}.");

    private static int Whole(IConfiguration settings, string name, int standard, int min, int max) =>
        Given(settings[name]) is not { } text ? standard
        : int.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var number) && number >= min && number <= max ? number
        : throw new InvalidOperationException(
            $"{name.Replace(":", "__", StringComparison.Ordinal)} is \"{text}\"; it must be a whole number from {min} to {max}."
        );

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (System.Net.IPAddress.TryParse(host, out var address) && System.Net.IPAddress.IsLoopback(address));

    private static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
