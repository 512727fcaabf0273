namespace Helpdesk.Email;

/// <summary>Tells mail that no person wrote. It is kept, and never answered.</summary>
public static class AutomaticMail
{
    /// <summary>The header of every mail that goes out: which desk wrote it.</summary>
    public const string LoopHeader = "X-Helpdesk-Loop";

    private static readonly string[] Responders = ["X-Autoreply", "X-Autorespond", "X-Autoresponse", "X-Mail-Autoreply"];
    private static readonly string[] Lists = ["List-Id", "List-Unsubscribe"];
    private const string Daemon = "mailer-daemon@";

    /// <summary>A server's address that people write from as well.</summary>
    private const string Postmaster = "postmaster@";
    private static readonly string[] ServerReports = ["delivery-status", "disposition-notification", "feedback-report"];

    /// <summary>How programs begin the subject of an answer while somebody is away; the colon belongs to it.</summary>
    private static readonly string[] AwaySubjects =
    [
        "automatic reply:",
        "auto reply:",
        "auto-reply:",
        "autoreply:",
        "auto response:",
        "auto-response:",
        "autoresponse:",
        "out of office:",
        "out of office autoreply:",
        "out-of-office:",
        "automatische antwort:",
        "abwesenheitsnotiz:",
        "abwesenheitsnachricht:",
        "abwesend:",
        "automatski odgovor:",
        "automatska poruka:",
        "odsutan:",
        "odsutna:",
        "αυτόματη απάντηση:",
        "αυτόματη απόκριση:",
        "εκτός γραφείου:",
        "réponse automatique:",
        "absence du bureau:",
        "respuesta automática:",
        "risposta automatica:",
        "resposta automática:",
        "automatisch antwoord:",
        "autosvar:",
        "automatyczna odpowiedź:",
        "automatická odpověď:",
        "samodejni odgovor:",
        "автоматический ответ:",
    ];

    /// <summary>Who or what wrote a mail, and what shows it: the header as it came, shortened.</summary>
    /// <param name="headers">All headers, decoded.</param>
    /// <param name="from">The sender's address in lower case.</param>
    /// <param name="subject">The subject, decoded.</param>
    /// <param name="instance">What <see cref="LoopHeader"/> holds in this desk's own mails; null where that is not known.</param>
    public static (MailOrigin Origin, string? By) Of(IEnumerable<KeyValuePair<string, string>> headers, string? from, string subject, string? instance = null)
    {
        var all = headers.ToLookup(header => header.Key, header => header.Value.Trim(), StringComparer.OrdinalIgnoreCase);
        if (instance is not null && all[LoopHeader].Any(value => value == instance))
            return (MailOrigin.Ourselves, Said(LoopHeader, instance));
        if (ServerSays(all, from) is { } server)
            return (MailOrigin.MailServer, server);
        if (ResponderSays(all) is { } responder)
            return (MailOrigin.AutoReply, responder);
        if (ProgramSays(all) is { } program)
            return (IsAway(subject) ? MailOrigin.AutoReply : MailOrigin.Program, program);
        if (HasNoReturnPath(all))
            return (MailOrigin.AutoReply, "Return-Path: <>");
        if (from is not null && IsPostmaster(from))
            return (MailOrigin.Program, Said("From", from));
        // A subject alone proves nothing: people write about such mails. As an answer to a mail it does.
        if (IsAway(subject) && (all["In-Reply-To"].Any() || all["References"].Any()))
            return (MailOrigin.AutoReply, Said("Subject", subject));
        return (MailOrigin.Person, null);
    }

    /// <summary>Whether a subject begins as answers do that are sent while somebody is away.</summary>
    public static bool IsAway(string subject)
    {
        var start = subject.Replace(" :", ":", StringComparison.Ordinal).TrimStart();
        return AwaySubjects.Any(away => start.StartsWith(away, StringComparison.OrdinalIgnoreCase));
    }

    private static string? ServerSays(ILookup<string, string> all, string? from)
    {
        if (all["Content-Type"].FirstOrDefault() is { } type && type.StartsWith("multipart/report", StringComparison.OrdinalIgnoreCase))
        {
            var report = ServerReports.FirstOrDefault(kind => type.Contains(kind, StringComparison.OrdinalIgnoreCase));
            return report is null ? "Content-Type: multipart/report" : $"Content-Type: multipart/report; report-type={report}";
        }

        if (all["X-Failed-Recipients"].FirstOrDefault() is { } failed)
            return Said("X-Failed-Recipients", failed);
        var isServer =
            from is not null
            && (
                from.StartsWith(Daemon, StringComparison.Ordinal)
                || (IsPostmaster(from) && (HasNoReturnPath(all) || all["Auto-Submitted"].Any(value => Word(value) is not ("no" or ""))))
            );
        return isServer ? Said("From", from!) : null;
    }

    /// <summary>Whether an address is a postmaster's: a report comes from there, or a request like any other.</summary>
    public static bool IsPostmaster(string from) => from.StartsWith(Postmaster, StringComparison.Ordinal);

    private static bool HasNoReturnPath(ILookup<string, string> all) =>
        all["Return-Path"].FirstOrDefault() is { } path && path.Replace(" ", "", StringComparison.Ordinal) == "<>";

    private static string? ResponderSays(ILookup<string, string> all)
    {
        foreach (var value in all["Auto-Submitted"])
        {
            if (Word(value) == "auto-replied")
                return Said("Auto-Submitted", value);
        }

        foreach (var name in Responders)
        {
            if (all[name].FirstOrDefault(value => Word(value) is not ("no" or "false")) is { } value)
                return Said(name, value);
        }

        return all["Precedence"].FirstOrDefault(value => Word(value) is "auto_reply" or "auto-reply") is { } precedence
            ? Said("Precedence", precedence)
            : null;
    }

    private static string? ProgramSays(ILookup<string, string> all)
    {
        if (all["Auto-Submitted"].FirstOrDefault(value => Word(value) is not ("no" or "")) is { } submitted)
            return Said("Auto-Submitted", submitted);
        if (all["Precedence"].FirstOrDefault(value => Word(value) is "bulk" or "junk" or "list") is { } precedence)
            return Said("Precedence", precedence);
        foreach (var name in Lists)
        {
            if (all[name].FirstOrDefault() is { } value)
                return Said(name, value);
        }

        if (all["X-Auto-Response-Suppress"].FirstOrDefault(Suppresses) is { } suppressed)
            return Said("X-Auto-Response-Suppress", suppressed);
        if (all["X-Loop"].FirstOrDefault() is { } loop)
            return Said("X-Loop", loop);
        return all[LoopHeader].FirstOrDefault() is { } desk ? Said(LoopHeader, desk) : null;
    }

    private static bool Suppresses(string value) =>
        value
            .Split(',', StringSplitOptions.TrimEntries)
            .Any(one => one.Equals("All", StringComparison.OrdinalIgnoreCase) || one.Equals("AutoReply", StringComparison.OrdinalIgnoreCase));

    /// <summary>The value without parameters and comments, in lower case.</summary>
    private static string Word(string value)
    {
        var end = value.AsSpan().IndexOfAny(";( ");
        return (end < 0 ? value : value[..end]).Trim().ToLowerInvariant();
    }

    private static string Said(string name, string value)
    {
        var line = string.Join(' ', VisibleText.Of(PlainText.Of(PlainText.Head(value, 400))).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return $"{name}: {PlainText.Shortened(line, 100)}";
    }
}
