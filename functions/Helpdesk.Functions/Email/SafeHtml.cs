using System.Collections.Frozen;
using AngleSharp.Dom;
using Ganss.Xss;

namespace Helpdesk.Functions.Email;

/// <summary>The HTML of a mail, safe to stand in a page of ours.</summary>
/// <param name="Html">Without scripts, forms, frames, and anything that could lie over the page.</param>
/// <param name="RemotePictures">Pictures that lie on other servers and are not loaded: whoever loads them tells the sender that the mail is read.</param>
public sealed record SafePage(string Html, int RemotePictures);

/// <summary>Makes the HTML of mails safe for those who read it.</summary>
/// <remarks>
/// What is not known to be harmless goes; what it says stays. A picture on another server keeps its address in <c>data-remote-src</c>, for a page
/// that offers to load it.
/// </remarks>
public static class SafeHtml
{
    public const string RemoteSource = "data-remote-src";

    /// <summary>A longer style is no writer's.</summary>
    private const int LongestStyle = 2000;

    private static readonly FrozenSet<string> Tags = Set(
        "a abbr acronym address article aside b bdi bdo big blockquote body br caption center cite code col colgroup dd del dfn div dl dt em figcaption "
            + "figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark ol p pre q s samp section small span strike strong sub sup table "
            + "tbody td tfoot th thead time tr tt u ul var wbr"
    );

    private static readonly FrozenSet<string> Attributes = Set(
        "align alt bgcolor border cellpadding cellspacing color colspan dir face height href lang rowspan size span src start style title type valign width"
    );

    /// <summary>Nothing that loads, moves, covers or hides: no positions, no pictures, no transformations.</summary>
    private static readonly FrozenSet<string> Styles = Set(
        "background-color border border-bottom border-bottom-color border-bottom-style border-bottom-width border-collapse border-color border-left "
            + "border-left-color border-left-style border-left-width border-radius border-right border-right-color border-right-style border-right-width "
            + "border-spacing border-style border-top border-top-color border-top-style border-top-width border-width color direction display font "
            + "font-family font-size font-style font-weight height letter-spacing line-height list-style-type margin margin-bottom margin-left "
            + "margin-right margin-top max-width min-width padding padding-bottom padding-left padding-right padding-top text-align text-decoration "
            + "text-transform vertical-align white-space width word-break word-wrap overflow-wrap"
    );

    /// <summary>What these hold is not meant to be read, or is read differently by a browser than by a parser.</summary>
    private static readonly FrozenSet<string> Gone = Set(
        "script style title template noscript noembed noframes iframe frame frameset object embed applet svg math textarea select option button input "
            + "audio video source track canvas xmp plaintext listing head meta link base param portal dialog map area"
    );

    private static readonly FrozenSet<string> LinkSchemes = Set("http https mailto tel");
    private static readonly FrozenSet<string> Pictures = Set("image/png image/jpeg image/gif image/webp");

    /// <summary>Makes HTML safe.</summary>
    /// <param name="file">The address of the file with a Content-ID; null for one that is not there. Null shows none.</param>
    /// <param name="remote">Whether pictures on other servers are loaded.</param>
    public static SafePage Of(string html, Func<string, string?>? file = null, bool remote = false)
    {
        // HTML that is made to keep a parser busy is shown as text.
        if (!HtmlMail.IsBearable(html))
            return new(HtmlMail.OfText(HtmlMail.Text(html)), 0);
        var sanitizer = NewSanitizer();
        using var document = sanitizer.HtmlParserFactory().ParseDocument(html);
        if (document.Body is not { } body)
            return new("", 0);
        foreach (var element in body.QuerySelectorAll("*").ToArray())
        {
            if (Gone.Contains(element.LocalName) || element.NamespaceUri != NamespaceNames.HtmlUri)
                element.Remove();
            else if (element.GetAttribute("style") is { Length: > LongestStyle })
                element.RemoveAttribute("style");
        }

        sanitizer.SanitizeDom(document, body);
        var blocked = 0;
        foreach (var element in body.QuerySelectorAll("*").ToArray())
        {
            KeepInPlace(element);
            if (element.LocalName == "a")
                Secure(element);
            else if (element.LocalName == "img")
                blocked += Show(element, file, remote) ? 0 : 1;
            else
                RemoveAll(element, "href", "src");
        }

        return new(body.InnerHtml.Trim(), blocked);
    }

    private static HtmlSanitizer NewSanitizer() =>
        new(
            new HtmlSanitizerOptions
            {
                AllowedTags = new HashSet<string>(Tags, StringComparer.OrdinalIgnoreCase),
                AllowedAttributes = new HashSet<string>(Attributes, StringComparer.OrdinalIgnoreCase),
                AllowedCssProperties = new HashSet<string>(Styles, StringComparer.OrdinalIgnoreCase),
                AllowedSchemes = new HashSet<string>(LinkSchemes, StringComparer.OrdinalIgnoreCase) { "cid", "data" },
                UriAttributes = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { "href", "src" },
            }
        )
        {
            KeepChildNodes = true,
        };

    /// <summary>Links lead to other sites only, in a window of their own that knows nothing of ours.</summary>
    private static void Secure(IElement link)
    {
        RemoveAll(link, "src");
        if (link.GetAttribute("href") is not { } address || Absolute(address) is not { } uri || !LinkSchemes.Contains(uri.Scheme))
        {
            RemoveAll(link, "href");
            return;
        }

        link.SetAttribute("rel", "noopener noreferrer nofollow");
        link.SetAttribute("target", "_blank");
    }

    /// <summary>Shows a picture, unless it would have to be loaded from another server: then it says so.</summary>
    private static bool Show(IElement picture, Func<string, string?>? file, bool remote)
    {
        RemoveAll(picture, "href");
        var source = picture.GetAttribute("src")?.Trim() ?? "";
        RemoveAll(picture, "src");
        if (source.StartsWith("cid:", StringComparison.OrdinalIgnoreCase))
        {
            if (file?.Invoke(Uri.UnescapeDataString(source[4..])) is { } address)
                picture.SetAttribute("src", address);
            return true;
        }

        if (source.StartsWith("data:", StringComparison.OrdinalIgnoreCase))
        {
            if (source.IndexOf(';', StringComparison.Ordinal) is var end && end > 5 && Pictures.Contains(source[5..end].ToLowerInvariant()))
                picture.SetAttribute("src", source);
            return true;
        }

        if (Absolute(source) is not { Scheme: "http" or "https" } uri)
            return true;
        if (remote)
        {
            picture.SetAttribute("src", uri.AbsoluteUri);
            picture.SetAttribute("referrerpolicy", "no-referrer");
            return true;
        }

        picture.SetAttribute(RemoteSource, uri.AbsoluteUri);
        return false;
    }

    /// <summary>No style pulls an element out of its place, loads anything, or is taken for code by an old browser.</summary>
    private static void KeepInPlace(IElement element)
    {
        if (element.GetAttribute("style") is not { } style)
            return;
        var kept = style
            .Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Where(rule =>
                rule.IndexOf(':', StringComparison.Ordinal) is var colon
                && colon > 0
                && Harmless(rule)
                && !(rule.StartsWith("margin", StringComparison.OrdinalIgnoreCase) && rule.AsSpan(colon).Contains('-'))
            );
        var rules = string.Join("; ", kept);
        if (rules.Length == 0)
            element.RemoveAttribute("style");
        else
            element.SetAttribute("style", rules);
    }

    /// <summary>Colours may be functions; nothing else is.</summary>
    private static bool Harmless(string rule) =>
        !rule.Contains('\\', StringComparison.Ordinal)
        && (
            !rule.Contains('(', StringComparison.Ordinal)
            || rule.Contains("rgb(", StringComparison.OrdinalIgnoreCase)
            || rule.Contains("rgba(", StringComparison.OrdinalIgnoreCase)
            || rule.Contains("hsl(", StringComparison.OrdinalIgnoreCase)
        )
        && !rule.Contains("url(", StringComparison.OrdinalIgnoreCase)
        && !rule.Contains("expression", StringComparison.OrdinalIgnoreCase)
        && !rule.Contains("image", StringComparison.OrdinalIgnoreCase);

    private static Uri? Absolute(string address) => Uri.TryCreate(address.Trim(), UriKind.Absolute, out var uri) ? uri : null;

    private static void RemoveAll(IElement element, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            element.RemoveAttribute(name);
    }

    private static FrozenSet<string> Set(string names) => names.Split(' ').ToFrozenSet(StringComparer.Ordinal);
}
