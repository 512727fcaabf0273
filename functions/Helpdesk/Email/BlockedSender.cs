using System.Globalization;
using Helpdesk.Tickets;

namespace Helpdesk.Email;

/// <summary>An address, or a domain with all below it, whose mails are set aside.</summary>
/// <param name="Id">Made of the sender.</param>
/// <param name="Sender">The address or the domain, in lower case.</param>
/// <param name="Reason">Why, or null.</param>
/// <param name="By">Who said so.</param>
public sealed record BlockedSender(string Id, string Sender, string? Reason, Actor By, DateTimeOffset At)
{
    /// <summary>
    /// An address or a domain as it is kept: in lower case, a domain without the sign before it, letters such as ü as mail servers write them. Null for what
    /// is neither. A domain has a dot, so that nobody blocks a whole country by mistake.
    /// </summary>
    public static string? Normal(string text)
    {
        var bare = text.Trim().TrimEnd('.').ToLowerInvariant();
        var at = bare.LastIndexOf('@');
        if (DomainOf(bare[(at + 1)..]) is not { } domain)
            return null;
        if (at <= 0)
            return domain.Contains('.', StringComparison.Ordinal) ? domain : null;
        var address = $"{bare[..at]}@{domain}";
        return MailRules.IsAddress(address) ? address : null;
    }

    /// <summary>What blocks a sender: their address, their domain or one above it; null when nothing does.</summary>
    public static string? Of(IEnumerable<BlockedSender> blocked, string email)
    {
        if (Normal(email) is not { } sender || !sender.Contains('@', StringComparison.Ordinal))
            return null;
        var names = new List<string> { sender };
        for (var rest = sender[(sender.LastIndexOf('@') + 1)..]; rest.Length > 0; rest = rest.IndexOf('.') is var dot and >= 0 ? rest[(dot + 1)..] : "")
            names.Add(rest);
        var known = blocked.Select(one => one.Sender).Intersect(names, StringComparer.Ordinal).ToHashSet(StringComparer.Ordinal);
        return names.Find(known.Contains);
    }

    private static string? DomainOf(string text)
    {
        try
        {
            var domain = new IdnMapping { UseStd3AsciiRules = true }.GetAscii(text.TrimStart('.'));
            return domain.Length <= 253 ? domain : null;
        }
        catch (ArgumentException)
        {
            // Not the name of anything.
            return null;
        }
    }
}
