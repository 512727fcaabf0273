using System.Security.Cryptography;
using System.Text;
using Helpdesk.Tickets;

namespace Helpdesk.Alerts;

/// <summary>A report as it was found, before anything is made of it.</summary>
public sealed record RawAlert
{
    public required string Key { get; init; }
    public required AlertState State { get; init; }
    public string? Subject { get; init; }
    public string? Description { get; init; }
    public string? Severity { get; init; }

    /// <summary>Null to have it told from <see cref="Severity"/>.</summary>
    public TicketPriority? Priority { get; init; }
    public string? StartedAt { get; init; }
    public string? EndedAt { get; init; }
    public IEnumerable<KeyValuePair<string, string>> Labels { get; init; } = [];
    public IEnumerable<KeyValuePair<string, string?>> Links { get; init; } = [];
    public string? Id { get; init; }
}

/// <summary>Makes reports of what was found: within bounds, without control characters, with addresses of the web alone.</summary>
public static class AlertReports
{
    /// <summary>The longest subject, in characters.</summary>
    public const int SubjectLength = 250;

    /// <summary>The longest description, in characters.</summary>
    public const int DescriptionLength = 16_000;

    /// <summary>How many labels a report has at most.</summary>
    public const int MostLabels = 64;

    /// <summary>The longest key that is kept as it is; a longer one ends in a hash of itself.</summary>
    public const int KeyLength = 300;

    private const int NameLength = 100;
    private const int ValueLength = 1000;
    private const int LinkLength = 2000;

    /// <summary>Makes the report.</summary>
    /// <param name="note">Told of what was left out.</param>
    /// <param name="timesAreUtc">Whether the tool writes times in UTC and does not say so.</param>
    public static AlertReport Of(RawAlert raw, Action<string> note, bool timesAreUtc = false)
    {
        var subject = Line(raw.Subject ?? "");
        return new()
        {
            Key = KeyOf(raw.Key),
            State = raw.State,
            StartedAt = Instant(raw.StartedAt, "begin", note, timesAreUtc),
            EndedAt = raw.State == AlertState.Resolved ? Instant(raw.EndedAt, "end", note, timesAreUtc) : null,
            Subject = Cut(subject.Length > 0 ? subject : $"Alert {Line(raw.Key)}", SubjectLength, "A subject", note),
            Description = Cut(Lines(raw.Description ?? ""), DescriptionLength, "A description", note),
            Priority = raw.Priority ?? AlertSeverities.PriorityOf(raw.Severity),
            Severity = raw.Severity is { } severity && Line(severity) is { Length: > 0 } word ? Cut(word, NameLength, "A severity", note) : null,
            Labels = LabelsOf(raw.Labels, note),
            Links = LinksOf(raw.Links, note),
            Id = raw.Id is { } id && Line(id) is { Length: > 0 } known ? KeyOf(known) : null,
        };
    }

    /// <summary>A key of bounded length that is as good as the one it is made of.</summary>
    public static string KeyOf(string key)
    {
        var line = Line(key);
        if (line.Length <= KeyLength && line == key)
            return key;
        // What is cut or cleaned is told apart by a hash of all of it.
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)).AsSpan(0, 16));
        return $"{PlainText.Head(line, KeyLength)}~{hash}";
    }

    /// <summary>A text on one line, without control characters and what nobody sees.</summary>
    public static string Line(string text) =>
        VisibleText.Of(string.Join(' ', Lines(text).Split([' ', '\n', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries))).Trim();

    private static string Lines(string text)
    {
        var plain = PlainText.Of(text).Trim();
        return plain.EnumerateRunes().Any(rune => VisibleText.IsNoCharacter(rune.Value))
            ? string.Concat(plain.EnumerateRunes().Where(rune => !VisibleText.IsNoCharacter(rune.Value)))
            : plain;
    }

    private static IReadOnlyDictionary<string, string> LabelsOf(IEnumerable<KeyValuePair<string, string>> labels, Action<string> note)
    {
        var kept = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (rawName, rawValue) in labels)
        {
            var (name, value) = (Line(rawName), Line(rawValue));
            if (name.Length == 0)
                continue;
            name = Cut(name, NameLength, "The name of a label", note);
            // Of a name that comes twice the first counts.
            if (kept.ContainsKey(name))
                continue;
            if (kept.Count >= MostLabels)
            {
                note($"Of many labels {MostLabels} were kept.");
                break;
            }

            kept[name] = Cut(value, ValueLength, "The value of a label", note);
        }

        return kept;
    }

    private static IReadOnlyDictionary<string, string> LinksOf(IEnumerable<KeyValuePair<string, string?>> links, Action<string> note)
    {
        var kept = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, address) in links)
        {
            if (string.IsNullOrWhiteSpace(address))
                continue;
            if (LinkOf(address.Trim()) is { } link)
                kept[name] = link;
            else
                note($"The address \"{name}\" was left out: only http and https without a user name are kept, up to {LinkLength} characters.");
        }

        return kept;
    }

    /// <summary>An address of the web, as it may stand on a page; null for anything else.</summary>
    private static string? LinkOf(string address) =>
        address.Length <= LinkLength
        && !address.Any(letter => char.IsControl(letter) || char.IsWhiteSpace(letter))
        && VisibleText.Of(address) == address
        && Uri.TryCreate(address, UriKind.Absolute, out var url)
        && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps)
        && url.UserInfo.Length == 0
            ? url.AbsoluteUri is { Length: <= LinkLength } written
                ? written
                : null
            : null;

    private static DateTimeOffset? Instant(string? text, string what, Action<string> note, bool assumeUtc)
    {
        if (text is null || AlertInstants.IsNone(text.Trim()))
            return null;
        if (AlertInstants.Parse(text, assumeUtc) is { } instant)
            return instant;
        note($"When it {what}s was not understood: \"{PlainText.Head(Line(text), 60)}\" is no instant with an offset.");
        return null;
    }

    private static string Cut(string text, int most, string what, Action<string> note)
    {
        if (text.Length <= most)
            return text;
        note($"{what} was cut to {most} characters; the whole of it is in the receipt.");
        return PlainText.Shortened(text, most);
    }
}
