using System.Text;
using System.Text.RegularExpressions;

namespace Helpdesk.Email;

/// <summary>The words of one kind of mail in one language, in Liquid.</summary>
/// <param name="Subject">On one line.</param>
/// <param name="Text">The plain text.</param>
/// <param name="Html">What stands inside the frame of an HTML mail.</param>
public sealed record MailTemplate(MailEvent Event, string Language, string Subject, string Text, string Html)
{
    /// <summary>The kinds of mail whose words are templates.</summary>
    public static IReadOnlyList<MailEvent> Events { get; } =
    [.. Enum.GetValues<MailEvent>().Where(what => what is not (MailEvent.Notice or MailEvent.Report or MailEvent.SignIn))];

    /// <summary>The languages that there are templates in.</summary>
    public static IReadOnlyList<string> Languages { get; } = ["en", "de", "hr", "el"];

    /// <summary>Such as <c>public-answer-de</c>.</summary>
    public string Id => IdOf(Event, Language);

    public static string IdOf(MailEvent what, string language) => $"{WireName<MailEvent>.Of(what)}-{language}";

    /// <summary>Reads an id; null for what names no template.</summary>
    public static (MailEvent Event, string Language)? ParseId(string id) =>
        id.LastIndexOf('-') is var dash and > 0
        && WireName<MailEvent>.TryParse(id[..dash], out var what)
        && Events.Contains(what)
        && Languages.Contains(id[(dash + 1)..])
            ? (what, id[(dash + 1)..])
            : null;
}

/// <summary>Makes HTML templates from the text ones that come with the desk.</summary>
public static partial class MailMarkup
{
    /// <summary>
    /// The HTML of a text template: paragraphs; somebody's words that are a paragraph by themselves are set off, and a paragraph that is a label and an
    /// address becomes a button.
    /// </summary>
    public static string HtmlOf(string text)
    {
        var html = new StringBuilder();
        foreach (var paragraph in text.ReplaceLineEndings("\n").Trim().Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            if (html.Length > 0)
                html.Append('\n');
            if (Button().Match(paragraph) is { Success: true } button)
                html.Append(
                    $"{{% if {button.Groups[1].Value} %}}<p><a class=\"button\" href=\"{{{{ {button.Groups[1].Value} }}}}\">"
                        + $"{Encode(button.Groups[2].Value)}</a></p>{{% endif %}}"
                );
            else if (Words().Match(text.Trim()) is { Success: true } all)
                html.Append($"<p>{{{{ {all.Groups[1].Value} | lines }}}}</p>");
            else if (Words().Match(paragraph) is { Success: true } words)
                html.Append($"<blockquote>{{{{ {words.Groups[1].Value} | lines }}}}</blockquote>");
            else if (Condition().Match(paragraph) is { Success: true } condition)
                html.Append($"{condition.Groups[1].Value}<p>{Paragraph(condition.Groups[2].Value)}</p>{condition.Groups[3].Value}");
            else
                html.Append($"<p>{Paragraph(paragraph)}</p>");
        }

        return html.ToString();
    }

    /// <summary>What stands between the tags, encoded; lines stay lines.</summary>
    private static string Paragraph(string text) =>
        string.Concat(Tag().Split(text).Select((part, index) => index % 2 == 1 ? part : Encode(part))).Replace("\n", "<br>\n", StringComparison.Ordinal);

    private static string Encode(string text) =>
        text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);

    /// <summary>What Liquid reads.</summary>
    [GeneratedRegex(@"(\{\{.*?\}\}|\{%.*?%\})", RegexOptions.CultureInvariant | RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Tag();

    /// <summary><c>{% if ticket.url %}Look at it: {{ ticket.url }}{% endif %}</c></summary>
    [GeneratedRegex(@"^\{% if ([a-z_.]+) %\}([^{}]+): \{\{ \1 \}\}\{% endif %\}$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Button();

    /// <summary><c>{{ comment.body }}</c></summary>
    [GeneratedRegex(@"^\{\{ ((?:comment|ticket)\.(?:body|description|resolution)) \}\}$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Words();

    /// <summary>A whole paragraph that is there only if something is so.</summary>
    [GeneratedRegex(@"^(\{% if [^%]+ %\})(.+)(\{% endif %\})$", RegexOptions.CultureInvariant | RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Condition();
}
