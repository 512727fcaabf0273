using System.Collections.Frozen;
using System.Globalization;

namespace Helpdesk.Email;

/// <summary>The subject of a mail: what was put before it on the way, and the number of its ticket.</summary>
public static class MailSubject
{
    private static readonly FrozenSet<string> Answers = Set(
        "re aw antw antwort sv vs ref rif r odg odgovor απ απαντηση σχετ tr odp ynt res resp bls atb отв ответ re回复 回复 回覆 答复 返信 답장 svar vá hа"
    );

    private static readonly FrozenSet<string> Forwards = Set(
        "fw fwd wg weitergeleitet vb vl videreformidlet doorst tr rv enc i inoltra pd ilt proslijeđeno prosljeđeno prosl πρθ προωθ προωθηση "
            + "fs továbbítás пересл 转发 轉寄 転送 전달"
    );

    /// <summary>The number in <c>[#123]</c>, the first that stands in a subject; null for none.</summary>
    public static long? Number(string subject)
    {
        for (var at = subject.IndexOf("[#", StringComparison.Ordinal); at >= 0; at = subject.IndexOf("[#", at + 2, StringComparison.Ordinal))
        {
            var end = at + 2;
            while (end < subject.Length && end - at < 20 && char.IsAsciiDigit(subject[end]))
                end++;
            if (
                end < subject.Length
                && subject[end] == ']'
                && long.TryParse(subject.AsSpan(at + 2, end - at - 2), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && number > 0
            )
                return number;
        }

        return null;
    }

    /// <summary>The tag by which a subject names its ticket.</summary>
    public static string Tag(long number) => string.Create(CultureInfo.InvariantCulture, $"[#{number}]");

    /// <summary>The subject as its first author wrote it: without <c>Re:</c> and its like in other languages, and without tags of tickets.</summary>
    public static string Bare(string subject)
    {
        var rest = subject.Trim();
        while (true)
        {
            if (Prefix(rest) is { } prefix && (Answers.Contains(prefix.Name) || Forwards.Contains(prefix.Name)))
                rest = rest[prefix.Length..].TrimStart();
            else if (rest.StartsWith("[#", StringComparison.Ordinal) && Number(rest) is { } number && rest.StartsWith(Tag(number), StringComparison.Ordinal))
                rest = rest[Tag(number).Length..].TrimStart();
            else if (Number(rest) is { } last && rest.EndsWith(Tag(last), StringComparison.Ordinal))
                rest = rest[..^Tag(last).Length].TrimEnd();
            else
                return rest;
        }
    }

    /// <summary>Whether the mail passes on another.</summary>
    public static bool IsForwarded(string subject) => Prefix(subject.TrimStart()) is { } prefix && Forwards.Contains(prefix.Name) && prefix.Name != "tr";

    /// <summary>The word before the first colon, where it may be a prefix: <c>Re</c>, <c>RE[2]</c>, <c>Aw (3)</c>.</summary>
    private static (string Name, int Length)? Prefix(string subject)
    {
        var colon = subject.AsSpan().IndexOfAny(":：");
        if (colon is < 1 or > 20)
            return null;
        var name = subject[..colon].Trim();
        var count = name.AsSpan().IndexOfAny("[(^*");
        if (count > 0)
            name = name[..count].Trim();
        return name.Any(letter => !char.IsLetter(letter)) ? null : (Folded(name), colon + 1);
    }

    private static string Folded(string name) =>
        name.ToLowerInvariant().Replace('ά', 'α').Replace('έ', 'ε').Replace('ή', 'η').Replace('ί', 'ι').Replace('ό', 'ο').Replace('ώ', 'ω');

    private static FrozenSet<string> Set(string names) => names.Split(' ').ToFrozenSet(StringComparer.Ordinal);
}
