using System.Buffers;
using System.Collections.Frozen;
using System.Net;
using System.Text;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;

namespace Helpdesk.Functions.Email;

/// <summary>Reads the HTML of mails: as text, with and without what it quotes.</summary>
internal static class HtmlMail
{
    /// <summary>Levels that are walked; nobody writes deeper.</summary>
    private const int Deepest = 400;

    /// <summary>Elements that a parser may have to open again, times tags: the work that hostile HTML may cause.</summary>
    private const long MostWork = 4_000_000;

    /// <summary>Quotes in quotes that are marked one by one.</summary>
    private const int DeepestQuote = 10;

    private static readonly SearchValues<char> EndsId = SearchValues.Create("\"'<> )\r\n");
    private static readonly SearchValues<char> EndsCharset = SearchValues.Create("\"'> ;/\r\n");
    private static readonly FrozenSet<string> Void = Set("area base br col embed hr img input link meta param source track wbr");
    private static readonly FrozenSet<string> Formatting = Set("a b big code em font i nobr s small strike strong tt u");
    private static readonly FrozenSet<string> Unseen = Set(
        "head title style script template noscript iframe object svg math textarea select audio video canvas"
    );
    private static readonly FrozenSet<string> Hiding = Set(
        "display:none visibility:hidden mso-hide:all opacity:0 max-height:0 max-height:0px font-size:0 font-size:0px"
    );
    private static readonly FrozenSet<string> ClosedByItself = Set("p li td tr th dd dt option tbody thead tfoot");
    private static readonly FrozenSet<string> Barriers = Set(
        "table caption object applet marquee template select svg math script style title textarea iframe noscript noembed noframes xmp plaintext"
    );
    private static readonly FrozenSet<string> Blocks = Set(
        "address article aside center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr legend li main nav ol p pre "
            + "section summary table tbody tfoot thead tr ul blockquote body"
    );
    private static readonly FrozenSet<string> Apart = Set("p h1 h2 h3 h4 h5 h6 ul ol table blockquote pre");

    /// <summary>Its text, quotes included.</summary>
    public static string Text(string html)
    {
        if (Parse(html) is not { Body: { } body })
            return Stripped(html);
        var text = new Writer(quotes: true).Of(body);
        // Where everything is hidden, that is what the mail says.
        return text.Length > 0 ? text : new Writer(quotes: true, hidden: true).Of(body);
    }

    /// <summary>Its text without the quotes that its program marked as such; null where it marked none.</summary>
    public static string? WithoutQuotes(string html)
    {
        if (Parse(html) is not { Body: { } body })
            return null;
        var writer = new Writer(quotes: false);
        var text = writer.Of(body);
        return writer.Cut ? text : null;
    }

    /// <summary>HTML that shows a plain text.</summary>
    public static string OfText(string text) => $"<div style=\"white-space: pre-wrap\">{WebUtility.HtmlEncode(text)}</div>";

    /// <summary>Ids of the files that it shows.</summary>
    public static IReadOnlySet<string> ContentIds(string html)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        var from = 0;
        while (html.AsSpan(from).IndexOf("cid:", StringComparison.OrdinalIgnoreCase) is var at && at >= 0)
        {
            from += at + 4;
            var length = html.AsSpan(from).IndexOfAny(EndsId);
            var id = length < 0 ? html[from..] : html.Substring(from, length);
            if (id.Length is > 0 and < 500)
                ids.Add(Uri.UnescapeDataString(WebUtility.HtmlDecode(id)));
        }

        return ids;
    }

    /// <summary>The charset that a page names in its head; null where it names none.</summary>
    public static string? DeclaredCharset(ReadOnlySpan<byte> bytes)
    {
        var head = Encoding.Latin1.GetString(bytes[..Math.Min(bytes.Length, 2048)]);
        var at = head.IndexOf("charset=", StringComparison.OrdinalIgnoreCase);
        if (at < 0)
            return null;
        var name = head.AsSpan(at + 8).TrimStart("\"' ");
        var end = name.IndexOfAny(EndsCharset);
        return end is > 0 and < 40 ? name[..end].ToString() : null;
    }

    /// <summary>The page of some HTML; null for HTML that is made to keep a parser busy.</summary>
    public static IHtmlDocument? Parse(string html)
    {
        if (!IsBearable(html))
            return null;
        var document = new HtmlParser().ParseDocument(html);
        return IsShallow(document) ? document : null;
    }

    /// <summary>Whether a page can be walked without running out of stack, however its tags were counted.</summary>
    public static bool IsShallow(INode root)
    {
        var waiting = new Stack<(INode Node, int Depth)>([(root, 0)]);
        while (waiting.TryPop(out var next))
        {
            if (next.Depth > Deepest * 4)
                return false;
            foreach (var child in next.Node.ChildNodes)
                waiting.Push((child, next.Depth + 1));
        }

        return true;
    }

    /// <summary>Whether HTML can be parsed with bearable work: counts what is open at once, without building anything.</summary>
    public static bool IsBearable(string html)
    {
        var open = new Stack<string>();
        var (formatting, tags) = (0, 0);
        for (var at = html.IndexOf('<', StringComparison.Ordinal); at >= 0 && at + 1 < html.Length; at = at < html.Length ? html.IndexOf('<', at) : -1)
        {
            if (html.AsSpan(at).StartsWith("<!--", StringComparison.Ordinal))
            {
                var closed = html.IndexOf("-->", at + 2, StringComparison.Ordinal);
                at = closed < 0 ? html.Length : closed + 3;
                continue;
            }

            var closing = html[at + 1] == '/';
            var start = at + (closing ? 2 : 1);
            var end = start;
            while (end < html.Length && end - start < 20 && char.IsAsciiLetterOrDigit(html[end]))
                end++;
            at = end == start ? start : EndOfTag(html, end);
            if (end == start)
                continue;
            tags++;
            var name = html[start..end].ToLowerInvariant();
            if (Formatting.Contains(name))
                formatting = Math.Max(0, formatting + (closing ? -1 : 1));
            if (!Void.Contains(name) && !ClosedByItself.Contains(name))
            {
                if (closing)
                    Close(open, name);
                else
                    open.Push(name);
            }

            if (open.Count > Deepest || (long)formatting * tags > MostWork)
                return false;
        }

        return true;
    }

    /// <summary>Closes what a closing tag closes: nothing where a table, a script or the like lies between.</summary>
    private static void Close(Stack<string> open, string name)
    {
        var levels = 0;
        foreach (var element in open)
        {
            levels++;
            if (element == name)
            {
                for (; levels > 0; levels--)
                    open.Pop();
                return;
            }

            if (Barriers.Contains(element))
                return;
        }
    }

    /// <summary>Behind the end of a tag; a quoted value may hold what looks like one.</summary>
    private static int EndOfTag(string html, int at)
    {
        var value = false;
        for (; at < html.Length && html[at] != '>'; at++)
        {
            if (value && html[at] is ('"' or '\''))
            {
                var quoted = html.IndexOf(html[at], at + 1);
                at = quoted < 0 ? html.Length - 1 : quoted;
            }

            value = html[at] == '=' || (value && char.IsWhiteSpace(html[at]));
        }

        return at;
    }

    /// <summary>The text between the tags.</summary>
    private static string Stripped(string html)
    {
        var text = new StringBuilder();
        var at = 0;
        while (at < html.Length)
        {
            var tag = html.IndexOf('<', at);
            text.Append(html, at, (tag < 0 ? html.Length : tag) - at);
            if (tag < 0)
                break;
            var end = html.IndexOf('>', tag);
            at = end < 0 ? html.Length : end + 1;
            if (text.Length > 0 && text[^1] is not (' ' or '\n'))
                text.Append(' ');
        }

        return WebUtility.HtmlDecode(text.ToString()).Trim();
    }

    private static FrozenSet<string> Set(string names) => names.Split(' ').ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Writes the text of an element.</summary>
    /// <param name="hidden">Also what the mail itself keeps from being seen, such as the line for lists of mails before a newsletter.</param>
    private sealed class Writer(bool quotes, int quoted = 0, bool hidden = false)
    {
        private readonly StringBuilder _text = new();
        private readonly HashSet<INode> _end = [];
        private int _lines = 2;
        private bool _space;
        private bool _ended;

        /// <summary>Whether quotes were found and left out.</summary>
        public bool Cut { get; private set; }

        public string Of(INode node)
        {
            if (!quotes)
                FindEnd(node);
            Write(node, pre: false, 0);
            return _text.ToString().Trim('\n', ' ');
        }

        private void Write(INode node, bool pre, int depth)
        {
            if (_ended || depth > Deepest * 2)
                return;
            if (node is IText text)
                Append(text.Data, pre);
            else if (node is IElement element)
                WriteElement(element, pre, depth);
        }

        private void WriteElement(IElement element, bool pre, int depth)
        {
            var name = element.LocalName;
            if (Unseen.Contains(name) || (!hidden && IsHidden(element)))
                return;
            if (!quotes && IsQuote(element))
            {
                Cut = true;
                return;
            }

            if (name == "br")
            {
                Line();
                return;
            }

            if (name == "img")
            {
                if (
                    element.GetAttribute("alt") is { } alt
                    && !string.IsNullOrWhiteSpace(alt)
                    && element.GetAttribute("src")?.StartsWith("cid:", StringComparison.OrdinalIgnoreCase) == true
                )
                    Append($"[{alt}]", false);
                return;
            }

            var block = Blocks.Contains(name);
            if (block)
                Break(Apart.Contains(name) ? 2 : 1);
            if (name == "li")
                Append("- ", true);
            if (name is "td" or "th" && element.PreviousElementSibling is not null)
                Append("\t", true);
            if (name == "blockquote" && quoted < DeepestQuote)
                WriteQuoted(element, pre, depth);
            else
            {
                foreach (var child in element.ChildNodes)
                    Write(child, pre || name == "pre", depth + 1);
            }

            if (name == "a")
                AppendAddress(element);
            if (block)
                Break(Apart.Contains(name) ? 2 : 1);
        }

        private void WriteQuoted(IElement element, bool pre, int depth)
        {
            var inner = new Writer(quotes, quoted + 1, hidden);
            foreach (var child in element.ChildNodes)
                inner.Write(child, pre, depth + 1);
            foreach (var line in inner._text.ToString().Trim('\n', ' ').Split('\n'))
            {
                Append(line.StartsWith('>') ? ">" + line : "> " + line, true);
                Line();
            }
        }

        /// <summary>Where a link leads, unless its words say so.</summary>
        private void AppendAddress(IElement link)
        {
            if (
                link.GetAttribute("href") is { } address
                && (address.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || address.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
                && address.Length <= 500
                && link.TextContent is var words
                && !string.IsNullOrWhiteSpace(words)
                && !words.Contains(address.TrimEnd('/'), StringComparison.OrdinalIgnoreCase)
                && !address.Contains(words.Trim(), StringComparison.OrdinalIgnoreCase)
            )
                Append($" <{address}>", false);
        }

        private static bool IsHidden(IElement element)
        {
            if (element.HasAttribute("hidden"))
                return true;
            if (element.GetAttribute("style") is not { Length: > 0 and < 2_000 } style)
                return false;
            var rules = string.Concat(style.Where(letter => !char.IsWhiteSpace(letter))).ToLowerInvariant().Split(';');
            return rules.Any(rule => Hiding.Contains(rule.Replace("!important", "", StringComparison.Ordinal)));
        }

        /// <summary>What mail programs put around the mail that is answered.</summary>
        private bool IsQuote(IElement element)
        {
            if (element.Id is "divRplyFwdMsg" or "appendonsend" || element.Id?.EndsWith("_divRplyFwdMsg", StringComparison.Ordinal) == true)
            {
                // The answered mail follows it, beside it.
                _ended = true;
                return true;
            }

            if (element.ClassList.Contains("gmail_attr"))
                return !element.TextContent.StartsWith("-----", StringComparison.Ordinal);
            if (element.ClassList.Contains("yahoo_quoted") || element.ClassList.Contains("moz-cite-prefix") || element.ClassList.Contains("protonmail_quote"))
                return true;
            return element.LocalName == "blockquote"
                && (
                    element.ClassList.Contains("gmail_quote")
                    || "cite".Equals(element.GetAttribute("type"), StringComparison.OrdinalIgnoreCase)
                    || _end.Contains(element)
                );
        }

        /// <summary>Marks what the last word lies in: a quote that holds it is the end of the mail.</summary>
        private void FindEnd(INode body)
        {
            INode? last = null;
            var waiting = new Stack<INode>([body]);
            // Depth first, from the end: the first word is the last one.
            while (last is null && waiting.TryPop(out var node))
            {
                if (node is IText text && !string.IsNullOrWhiteSpace(text.Data))
                    last = text;
                else if (node is not IElement element || !Unseen.Contains(element.LocalName))
                {
                    foreach (var child in node.ChildNodes)
                        waiting.Push(child);
                }
            }

            for (; last is not null; last = last.Parent)
                _end.Add(last);
        }

        private void Append(string text, bool pre)
        {
            foreach (var letter in text)
            {
                if (pre && letter == '\n')
                    Line();
                else if (!pre && letter is ' ' or '\n' or '\r' or '\t' or '\f')
                    _space = true;
                else if (letter != '\r')
                {
                    if (_space && _lines == 0)
                        _text.Append(' ');
                    _space = false;
                    _text.Append(letter == '\u00a0' ? ' ' : letter);
                    _lines = 0;
                }
            }
        }

        private void Line()
        {
            _space = false;
            _text.Append('\n');
            _lines++;
        }

        private void Break(int lines)
        {
            while (_lines < lines)
                Line();
        }
    }
}
