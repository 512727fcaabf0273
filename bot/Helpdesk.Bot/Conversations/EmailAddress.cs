using System.Text.RegularExpressions;

namespace Helpdesk.Bot.Conversations;

/// <summary>What somebody wrote who was asked for an e-mail address.</summary>
/// <param name="Address">The address; null when there is none in it that could be used as it is.</param>
/// <param name="Meant">What they probably meant, to be asked about.</param>
/// <param name="Hint">The text that says what is wrong, such as <c>email.no-at</c>.</param>
public sealed record EmailReading(string? Address, string? Meant = null, string? Hint = null);

/// <summary>Reads e-mail addresses as people type them, and notices what is probably mistyped.</summary>
public static partial class EmailAddress
{
    private const int Longest = 254;

    /// <summary>Where many people have their mail. A name that is one slip away from one of these is asked about.</summary>
    private static readonly string[] Providers =
    [
        "gmail.com",
        "googlemail.com",
        "outlook.com",
        "outlook.de",
        "hotmail.com",
        "hotmail.de",
        "hotmail.gr",
        "live.com",
        "yahoo.com",
        "yahoo.de",
        "yahoo.gr",
        "icloud.com",
        "aol.com",
        "proton.me",
        "protonmail.com",
        "web.de",
        "gmx.de",
        "gmx.net",
        "gmx.at",
        "gmx.ch",
        "t-online.de",
        "freenet.de",
        "posteo.de",
        "mailbox.org",
        "otenet.gr",
        "net.hr",
        "inet.hr",
        "example.com",
        "example.org",
        "example.net",
    ];

    /// <summary>Names that look like a slip and are none.</summary>
    private static readonly HashSet<string> Real = new(Providers, StringComparer.Ordinal)
    {
        "mail.com",
        "ymail.com",
        "email.com",
        "gmx.com",
        "gmx.info",
        "me.com",
    };

    private static readonly Dictionary<string, string> Endings = new(StringComparer.Ordinal)
    {
        ["con"] = "com",
        ["cmo"] = "com",
        ["ocm"] = "com",
        ["comm"] = "com",
        ["vom"] = "com",
        ["xom"] = "com",
        ["cpm"] = "com",
        ["coml"] = "com",
        ["nte"] = "net",
        ["ent"] = "net",
        ["nett"] = "net",
        ["ogr"] = "org",
        ["orgg"] = "org",
        ["dee"] = "de",
        ["ed"] = "de",
        ["rg"] = "gr",
        ["rh"] = "hr",
    };

    /// <summary>Reads it; null when it is no address but words about something else.</summary>
    public static EmailReading? Read(string text)
    {
        var said = text.Trim().Trim('<', '>', '"', '\'', '“', '”', '„', '.', ',', ';', ' ');
        if (said.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase))
            said = said[7..];
        if (said.Length is 0 or > Longest || said.Contains('\n', StringComparison.Ordinal))
            return null;
        if (RequesterDialog.IsEmail(said))
            return MeantBy(said) is { } meant ? new(said, meant) : new(said);

        // "rita at example.com", "rita (at) example dot com", "rita @ example,com"
        var joined = Dot().Replace(At().Replace(said, "@"), ".");
        joined = AroundAt().Replace(joined, "@");
        if (joined.Contains('@', StringComparison.Ordinal) && !joined.Any(char.IsWhiteSpace))
        {
            var repaired = joined.Replace("@@", "@", StringComparison.Ordinal).Replace("..", ".", StringComparison.Ordinal);
            if (
                repaired.Contains('@', StringComparison.Ordinal) && repaired.IndexOf(',', repaired.IndexOf('@', StringComparison.Ordinal)) is > 0 and var comma
            )
                repaired = $"{repaired[..comma]}.{repaired[(comma + 1)..]}";
            if (RequesterDialog.IsEmail(repaired))
                return new(null, MeantBy(repaired) ?? repaired);
            var host = joined[(joined.LastIndexOf('@') + 1)..];
            return host.Length > 0 && !host.Contains('.', StringComparison.Ordinal) && joined.IndexOf('@', StringComparison.Ordinal) > 0
                ? new(null, null, "email.no-ending")
                : new(null, null, "email.wrong");
        }

        // "My address is rita@example.com": that might be somebody else's, so it is asked about.
        var found = said.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .Select(word => word.Trim('<', '>', '(', ')', '"', '.', ',', ';', ':'))
            .Where(RequesterDialog.IsEmail)
            .ToList();
        if (found.Count == 1)
            return new(null, MeantBy(found[0]) ?? found[0]);
        return LikeAnAddress().IsMatch(said) ? new(null, null, "email.no-at") : null;
    }

    /// <summary>The address that was probably meant; null when there is nothing odd about this one.</summary>
    private static string? MeantBy(string address)
    {
        var at = address.LastIndexOf('@');
        var host = address[(at + 1)..].ToLowerInvariant();
        if (Real.Contains(host))
            return null;
        var dot = host.LastIndexOf('.');
        var (name, ending) = (host[..dot], host[(dot + 1)..]);
        var meant = Endings.TryGetValue(ending, out var right) ? $"{name}.{right}" : host;
        // The same name elsewhere is another house, as in yahoo.fr; one more or less letter in "com" is a slip.
        meant = Array.Find(Providers, provider => OneSlip(meant, provider) && !IsElsewhere(meant, provider)) ?? meant;
        return meant == host ? null : address[..(at + 1)] + meant;
    }

    private static bool IsElsewhere(string host, string provider)
    {
        var (one, other) = (host.LastIndexOf('.'), provider.LastIndexOf('.'));
        var ending = host[(one + 1)..];
        return host[..one] == provider[..other] && ending is not ("co" or "cm" or "om" or "c" or "m" or "d" or "e");
    }

    /// <summary>Whether one letter is missing, too much, another one, or two have changed places.</summary>
    private static bool OneSlip(string typed, string meant)
    {
        if (typed == meant || Math.Abs(typed.Length - meant.Length) > 1 || meant.Length < 7)
            return typed == meant;
        var start = 0;
        while (start < typed.Length && start < meant.Length && typed[start] == meant[start])
            start++;
        var (rest, wanted) = (typed[start..], meant[start..]);
        return typed.Length < meant.Length ? rest == wanted[1..]
            : typed.Length > meant.Length ? rest[1..] == wanted
            : rest[1..] == wanted[1..] || (rest.Length > 1 && rest[0] == wanted[1] && rest[1] == wanted[0] && rest[2..] == wanted[2..]);
    }

    [GeneratedRegex(@"\s*(?:[(\[{]\s*(?:at|ät)\s*[)\]}]|\s(?:at|ät)\s)\s*", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex At();

    [GeneratedRegex(
        @"\s*(?:[(\[{]\s*(?:dot|punkt|točka)\s*[)\]}]|(?<=@\S*)\s(?:dot|punkt|točka)\s)\s*",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant
    )]
    private static partial Regex Dot();

    [GeneratedRegex(@"\s*@\s*")]
    private static partial Regex AroundAt();

    [GeneratedRegex(@"^[\w%+-]+(?:\.[\w%+-]+)*\.[a-z]{2,24}$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex LikeAnAddress();
}
