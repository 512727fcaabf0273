using System.Text.RegularExpressions;
using Helpdesk.Email;

namespace Helpdesk.Functions.Email;

/// <summary>
/// Takes the secrets out of links that a mail gives to one person alone: to approve something, to rate a ticket, to sign in. Whoever reads somebody else's
/// mail must not be able to act for them.
/// </summary>
public static partial class SecretLinks
{
    /// <summary>A text without the secrets of any such link.</summary>
    public static string Hide(string text) => Personal().Replace(Approval().Replace(text, "$1…"), "$1…");

    /// <summary>
    /// A text of a mail for somebody who looks at what goes out. Where mails are only kept, and reach nobody, admins sign in and rate by them.
    /// </summary>
    public static string Hide(string text, Mail mail, bool forAdmin)
    {
        ArgumentNullException.ThrowIfNull(mail);
        return forAdmin && mail.Way == OutboxSender.Way ? Approval().Replace(text, "$1…") : Hide(text);
    }

    /// <summary>Also as mail scanners write links that they lead through themselves: percent-encoded, or with signs of their own.</summary>
    [GeneratedRegex(
        @"(support(?:/|%(?:25)*2F|_)approvals(?:/|%(?:25)*2F|_)[a-z0-9-]+(?:/|%(?:25)*2F|_)[0-9]+(?:-2D|%2D|-)[0-9]+(?:-2D|%2D|-)[0-9]+(?:\.|%2E))[a-z0-9]+",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase,
        1000
    )]
    private static partial Regex Approval();

    [GeneratedRegex(
        @"(support(?:/|%(?:25)*2F|_)(?:ratings|sign(?:-2D|%2D|-)in)(?:/|%(?:25)*2F|_)"
            + @"[a-z0-9-]+(?:/|%(?:25)*2F|_)[a-z0-9]+(?:(?:-2D|%2D|-)[0-9]+)?(?:\.|%2E))[a-z0-9]+",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase,
        1000
    )]
    private static partial Regex Personal();
}
