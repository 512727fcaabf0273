using System.Collections.Frozen;

namespace Helpdesk.Email;

/// <summary>Reads what mail servers report of a mail: in fields (RFC 3464, RFC 8098), and in words where older ones write nothing else.</summary>
public static class DeliveryReports
{
    private const int LongestReason = 300;

    /// <summary>Characters of words that are looked at.</summary>
    private const int MostText = 200_000;

    /// <summary>Lines of words that are looked at.</summary>
    private const int MostLines = 2000;

    /// <summary>Codes by which an address does not exist, or takes no mail at all. The others, a full mailbox or a refused text, may pass.</summary>
    private static readonly FrozenSet<string> DeadAddress = new[] { "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.4" }.ToFrozenSet(
        StringComparer.Ordinal
    );

    private static readonly string[] DeadWords =
    [
        "user unknown",
        "unknown user",
        "unknown address",
        "unknown recipient",
        "no such user",
        "no such recipient",
        "no mailbox here by that name",
        "does not exist",
        "doesn't exist",
        "address not found",
        "address couldn't be found",
        "recipient not found",
        "recipnotfound",
        "mailbox not found",
        "mailbox unavailable",
        "unrouteable address",
        "invalid recipient",
        "invalid mailbox",
        "account is disabled",
        "account has been disabled",
        "wasn't found at",
        "host not found",
        "host unknown",
        "domain not found",
        "couldn't find any host",
        "recipient address rejected: access denied",
    ];

    private static readonly string[] PassingWords =
    [
        "delayed",
        "will retry",
        "keep trying",
        "continue to try",
        "will be retried",
        "warning message only",
        "no action is required",
        "not yet been delivered",
        "still trying",
        "over quota",
        "mailbox is full",
        "mailbox full",
    ];

    /// <summary>After these words stands who did not get the mail.</summary>
    private static readonly string[] Introductions =
    [
        "wasn't delivered to",
        "couldn't be delivered",
        "could not be delivered",
        "delivery to the following recipient",
        "delivery has failed to these recipients",
        "the following recipient(s) cannot be reached",
        "the following recipients cannot be reached",
        "did not reach the following recipient",
        "the following addresses had",
        "the following address(es) failed",
        "the following address failed",
        "wasn't able to deliver your message to the following addresses",
        "unable to deliver your message to the following",
        "has been delayed",
        "hasn't been delivered to",
        "has not been delivered to",
        "not yet been delivered to",
        "problem delivering your message to",
        "failed to deliver to",
    ];

    /// <summary>Below these words stands the mail that did not arrive.</summary>
    private static readonly string[] Copies =
    [
        "this is a copy of the message",
        "below this line is a copy of the message",
        "original message headers",
        "original message -----",
        "original message follows",
        "message header follows",
        "message headers follow",
        "returned message",
        "unsent message",
    ];

    /// <summary>The report in a <c>message/delivery-status</c> or <c>message/disposition-notification</c> part; null where it says nothing.</summary>
    /// <param name="messageId">Id of the mail that is sent back with it; null for none.</param>
    public static DeliveryReport? OfFields(string fields, string? messageId)
    {
        var groups = Groups(fields.Length > MostText ? fields[..MostText] : fields);
        if (groups.Find(group => group.ContainsKey("Disposition")) is { } read)
        {
            var about = read.GetValueOrDefault("Original-Message-ID");
            return new(Address(read), null, false, Id(about) ?? messageId, Line($"Disposition: {read["Disposition"]}"));
        }

        var recipients = groups.FindAll(group => group.ContainsKey("Final-Recipient") || group.ContainsKey("Original-Recipient"));
        if (recipients.Count == 0)
            return null;
        var group = recipients.Find(one => Is(one, "Action", "failed")) ?? recipients[0];
        var status = FindStatus(group.GetValueOrDefault("Status") ?? "");
        var reason = Diagnosis(group.GetValueOrDefault("Diagnostic-Code"));
        // Some say "5.0.0" and are more exact in what they cite.
        if (status is null or "5.0.0" && reason is not null && FindStatus(reason) is { } cited)
            status = cited;
        return new(
            Address(group),
            status,
            Is(group, "Action", "failed") && IsDead(status, reason ?? ""),
            messageId,
            Line(reason ?? group.GetValueOrDefault("Action"))
        );
    }

    /// <summary>The report that a mail server wrote in words; null where none can be found in them.</summary>
    /// <param name="failedRecipients">The value of <c>X-Failed-Recipients</c>; null for none.</param>
    public static DeliveryReport? OfText(string text, string? failedRecipients)
    {
        var lines = (text.Length > MostText ? text[..MostText] : text).Split('\n', MostLines + 1);
        var copy = Array.FindIndex(lines, line => Copies.Any(words => line.Contains(words, StringComparison.OrdinalIgnoreCase)));
        var report = lines.AsSpan(0, copy < 0 ? Math.Min(lines.Length, MostLines) : copy).ToArray();
        var introduced = Array.FindIndex(report, line => Introductions.Any(words => Straight(line).Contains(words, StringComparison.OrdinalIgnoreCase)));
        var bracketed = Array.FindIndex(report, line => line.TrimStart() is ['<', ..] trimmed && trimmed.Contains(">:", StringComparison.Ordinal));
        if (failedRecipients is null && introduced < 0 && bracketed < 0)
            return null;
        var start = bracketed >= 0 ? bracketed : Math.Max(introduced, 0);
        var recipient = FindAddress(failedRecipients ?? "");
        for (var i = start; recipient is null && i < report.Length; i++)
            recipient = FindAddress(report[i]);
        var at = Array.FindIndex(report, start, line => FindStatus(line) is not null);
        if (at < 0)
            at = Array.FindIndex(report, start, line => HasReplyCode(line));
        if (at < 0)
            at = Array.FindIndex(
                report,
                start,
                line => DeadWords.Concat(PassingWords).Any(words => Straight(line).Contains(words, StringComparison.OrdinalIgnoreCase))
            );
        var status = at < 0 ? null : FindStatus(report[at]);
        if (recipient is null && status is null)
            return null;
        var reason = at < 0 ? null : Paragraph(report, at);
        var whole = string.Join(' ', report);
        var passing = PassingWords.Any(words => whole.Contains(words, StringComparison.OrdinalIgnoreCase));
        return new(recipient, status, !passing && IsDead(status, whole), FindMessageId(lines, Math.Max(copy, 0)), Line(reason));
    }

    /// <summary>The enhanced status code in a text (RFC 3463); null for none.</summary>
    public static string? FindStatus(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is not ('2' or '4' or '5') || (i > 0 && (char.IsLetterOrDigit(text[i - 1]) || text[i - 1] == '.')))
                continue;
            var end = Digits(text, Dot(text, i + 1));
            end = end < 0 ? -1 : Digits(text, Dot(text, end));
            if (
                end > 0
                && (end == text.Length || !(char.IsLetterOrDigit(text[end]) || (text[end] == '.' && end + 1 < text.Length && char.IsDigit(text[end + 1]))))
            )
                return text[i..end];
        }

        return null;
    }

    private static int Dot(string text, int at) => at > 0 && at < text.Length && text[at] == '.' ? at + 1 : -1;

    private static int Digits(string text, int at)
    {
        if (at < 0)
            return -1;
        var end = at;
        while (end < text.Length && end - at < 3 && char.IsAsciiDigit(text[end]))
            end++;
        return end == at ? -1 : end;
    }

    private static bool IsDead(string? status, string words)
    {
        if (status is not null && status[0] != '5')
            return false;
        if (status is not null && DeadAddress.Contains(status))
            return true;
        // Refused for what it says or who sent it, or a mailbox that is full: another mail may arrive.
        if (status is not null && (status.StartsWith("5.7.", StringComparison.Ordinal) || status.StartsWith("5.2.", StringComparison.Ordinal)))
            return false;
        if (status is not null && (status.StartsWith("5.3.", StringComparison.Ordinal) || status.StartsWith("5.6.", StringComparison.Ordinal)))
            return false;
        var straight = Straight(words);
        return DeadWords.Any(dead => straight.Contains(dead, StringComparison.OrdinalIgnoreCase));
    }

    private static bool HasReplyCode(string line)
    {
        for (var at = line.IndexOf('5', StringComparison.Ordinal); at >= 0 && at + 3 <= line.Length; at = line.IndexOf('5', at + 1))
        {
            if (
                char.IsAsciiDigit(line[at + 1])
                && char.IsAsciiDigit(line[at + 2])
                && (at == 0 || !char.IsLetterOrDigit(line[at - 1]) && line[at - 1] is not ('.' or ':'))
                && (at + 3 == line.Length || line[at + 3] is ' ' or '-')
            )
                return true;
        }

        return false;
    }

    private static List<Dictionary<string, string>> Groups(string fields)
    {
        var groups = new List<Dictionary<string, string>> { new(StringComparer.OrdinalIgnoreCase) };
        string? name = null;
        foreach (var raw in fields.Split('\n', MostLines))
        {
            var line = raw.TrimEnd('\r');
            if (string.IsNullOrWhiteSpace(line))
            {
                groups.Add(new(StringComparer.OrdinalIgnoreCase));
                name = null;
            }
            else if (line[0] is ' ' or '\t')
            {
                if (name is not null && groups[^1][name].Length < LongestReason * 2)
                    groups[^1][name] += " " + line.Trim();
            }
            else if (line.IndexOf(':', StringComparison.Ordinal) is var colon && colon > 0)
            {
                name = line[..colon].Trim();
                groups[^1].TryAdd(name, line[(colon + 1)..].Trim());
            }
        }

        return groups;
    }

    private static bool Is(Dictionary<string, string> group, string name, string value) =>
        group.GetValueOrDefault(name)?.StartsWith(value, StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>Whom the mail was written to, as far as that is told; else whom it ended at.</summary>
    private static string? Address(Dictionary<string, string> group) =>
        FindAddress(AfterType(group.GetValueOrDefault("Original-Recipient"))) ?? FindAddress(AfterType(group.GetValueOrDefault("Final-Recipient")));

    private static string AfterType(string? value) => value is null ? "" : value[(value.IndexOf(';', StringComparison.Ordinal) + 1)..];

    private static string? Diagnosis(string? value) =>
        value is null ? null
        : AfterType(value).Trim() is { Length: > 0 } reason ? reason
        : null;

    /// <summary>The first address in a line, in lower case; not that of the server itself.</summary>
    private static string? FindAddress(string line)
    {
        for (var at = line.IndexOf('@', StringComparison.Ordinal); at >= 0; at = line.IndexOf('@', at + 1))
        {
            var (start, end) = (at, at + 1);
            while (start > 0 && IsOfAddress(line[start - 1]) && at - start < 65)
                start--;
            while (end < line.Length && (char.IsLetterOrDigit(line[end]) || line[end] is '-' or '.') && end - at < 255)
                end++;
            var address = line[start..end].TrimEnd('.', '-').TrimStart('.').ToLowerInvariant();
            var name = address[..Math.Max(address.IndexOf('@', StringComparison.Ordinal), 0)];
            if (name.Length > 0 && address.Length > name.Length + 1 && name is not ("mailer-daemon" or "postmaster"))
                return address;
        }

        return null;
    }

    private static bool IsOfAddress(char letter) =>
        char.IsLetterOrDigit(letter) || letter is '.' or '-' or '_' or '+' or '=' or '\'' or '/' or '&' or '~' or '!' or '#' or '%';

    private static string? FindMessageId(string[] lines, int from)
    {
        for (var i = from; i < lines.Length; i++)
        {
            var line = lines[i].TrimStart(' ', '\t', '>');
            if (line.StartsWith("Message-ID:", StringComparison.OrdinalIgnoreCase))
                return Id(
                    line[11..].Trim() is { Length: > 0 } id ? id
                    : i + 1 < lines.Length ? lines[i + 1]
                    : null
                );
        }

        return null;
    }

    private static string? Id(string? text)
    {
        if (text is null)
            return null;
        var start = text.IndexOf('<', StringComparison.Ordinal);
        var end = start < 0 ? -1 : text.IndexOf('>', start);
        var id = end < 0 ? text.Trim() : text[(start + 1)..end];
        return id.Length is > 0 and < 999 && !id.Any(char.IsWhiteSpace) ? id : null;
    }

    /// <summary>A line and those that go on with it.</summary>
    private static string Paragraph(string[] lines, int at)
    {
        var end = at + 1;
        while (end < lines.Length && end - at < 4 && !string.IsNullOrWhiteSpace(lines[end]))
            end++;
        return string.Join(' ', lines[at..end].Select(line => PlainText.Head(line, LongestReason)));
    }

    private static string? Line(string? reason)
    {
        if (string.IsNullOrWhiteSpace(reason))
            return null;
        var line = string.Join(' ', reason.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return PlainText.Shortened(line, LongestReason);
    }

    private static string Straight(string line) => line.Replace('’', '\'');
}
