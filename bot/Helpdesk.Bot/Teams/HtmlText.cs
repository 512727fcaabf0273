using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using AngleSharp.Dom;
using AngleSharp.Html.Parser;

namespace Helpdesk.Bot.Teams;

/// <summary>A formatted message as plain text.</summary>
/// <param name="Text">Its words, with paragraphs, lists and tables as lines, and a mark where a picture stands.</param>
/// <param name="Pictures">Its pictures in order: what each is called, and where it is.</param>
public sealed record HtmlReading(string Text, IReadOnlyList<(string Name, string Address)> Pictures);

/// <summary>Makes plain text of the HTML that channels send: paragraphs, lists, quotes and tables keep their lines, links their addresses.</summary>
public static partial class HtmlText
{
    /// <summary>Deeper than anybody writes by hand: there only the words count.</summary>
    private const int MostLevels = 200;

    private static readonly HtmlParser Parser = new();

    private static readonly HashSet<string> Hidden = new(StringComparer.Ordinal) { "script", "style", "head", "template", "attachment", "title" };
    private static readonly HashSet<string> Paragraphs = new(StringComparer.Ordinal) { "p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "table" };
    private static readonly HashSet<string> Blocks = new(StringComparer.Ordinal) { "div", "ul", "ol", "li", "tr", "section", "article", "hr", "codeblock" };

    /// <param name="picture">What a picture without a name is called.</param>
    public static HtmlReading Read(string html, string picture = "picture")
    {
        // The parser goes as deep as the tags do, and ends the process when they go too deep.
        if (DepthOf(html) > MostLevels)
            return new(WebUtility.HtmlDecode(AnyTag().Replace(LineEnds().Replace(html, "\n"), "")).Trim(), []);
        var writer = new Writer(picture);
        writer.Children(Parser.ParseDocument(html).Body!);
        return new(writer.Text(), writer.Pictures);
    }

    /// <summary>How deep the tags can lie within each other at the most.</summary>
    private static int DepthOf(string html)
    {
        var (depth, deepest) = (0, 0);
        foreach (var tag in OpeningOrClosing().EnumerateMatches(html))
        {
            depth = html[tag.Index + 1] == '/' ? Math.Max(0, depth - 1) : depth + 1;
            deepest = Math.Max(deepest, depth);
        }

        return deepest;
    }

    private sealed class Writer(string picture)
    {
        private readonly StringBuilder _text = new();
        private readonly Stack<(bool Ordered, int Count)> _lists = new();
        private int _quotes;
        private bool _verbatim;

        public List<(string Name, string Address)> Pictures { get; } = [];

        public string Text() => string.Join('\n', ThreeBreaks().Replace(_text.ToString(), "\n\n").Split('\n').Select(line => line.TrimEnd())).Trim();

        public void Children(INode node)
        {
            foreach (var child in node.ChildNodes)
            {
                if (child is IText text)
                    Say(text.Data);
                else if (child is IElement element && !Hidden.Contains(element.LocalName))
                    Write(element);
            }
        }

        private void Write(IElement element)
        {
            var name = element.LocalName;
            switch (name)
            {
                case "br":
                    Break(1);
                    return;
                case "img":
                    Picture(element);
                    return;
                case "emoji":
                    Say(element.GetAttribute("alt") ?? element.TextContent);
                    return;
                case "td" or "th":
                    if (element.PreviousElementSibling is not null)
                        Say(" | ");
                    Children(element);
                    return;
                case "li":
                    Item(element);
                    return;
            }

            var inItem = name == "p" && element.ParentElement?.LocalName is "li" or "td" or "th";
            var lines =
                Paragraphs.Contains(name) && !inItem ? 2
                : inItem || Blocks.Contains(name) ? 1
                : 0;
            // The first words of an item stand beside its mark.
            if (!inItem || element.PreviousElementSibling is not null)
                EndLine(lines);
            if (name is "ul" or "ol")
                _lists.Push((name == "ol", int.TryParse(element.GetAttribute("start"), CultureInfo.InvariantCulture, out var start) ? start - 1 : 0));
            _quotes += name == "blockquote" ? 1 : 0;
            var verbatim = _verbatim;
            _verbatim |= name is "pre" or "codeblock";
            Children(element);
            _verbatim = verbatim;
            if (name == "a" && element.GetAttribute("href") is { } address && IsWorthSaying(address, element.TextContent))
                Say($" ({address})");
            EndLine(lines);
            _quotes -= name == "blockquote" ? 1 : 0;
            if (name is "ul" or "ol")
                _lists.Pop();
        }

        private void Item(IElement element)
        {
            EndLine(1);
            var (ordered, count) = _lists.Count > 0 ? _lists.Pop() : (false, 0);
            _lists.Push((ordered, count + 1));
            var mark = ordered ? $"{(count + 1).ToString(CultureInfo.InvariantCulture)}. " : "- ";
            Put(new string(' ', 2 * (_lists.Count - 1)) + mark);
            Children(element);
            EndLine(1);
        }

        private void Picture(IElement element)
        {
            if (element.GetAttribute("itemtype")?.Contains("Emoji", StringComparison.OrdinalIgnoreCase) == true)
            {
                Say(element.GetAttribute("alt") ?? "");
                return;
            }

            var given = element.GetAttribute("alt") is { Length: > 0 and <= 100 } alt && alt != "image" ? alt : null;
            var name = given ?? $"{picture} {(Pictures.Count + 1).ToString(CultureInfo.InvariantCulture)}";
            if (element.GetAttribute("src") is { Length: > 0 } address)
                Pictures.Add((name, address));
            Say($"[{name}]");
        }

        private void Say(string text)
        {
            text = text.Replace('\u00A0', ' ').Replace("\u200B", "", StringComparison.Ordinal);
            if (_verbatim)
            {
                Put(text.Replace("\r\n", "\n", StringComparison.Ordinal));
                return;
            }

            text = Spaces().Replace(text, " ");
            var atStart = _text.Length == 0 || _text[^1] is '\n' or ' ';
            Put(atStart ? text.TrimStart() : text);
        }

        private void Put(string text)
        {
            if (text.Length == 0)
                return;
            if (_quotes > 0 && (_text.Length == 0 || _text[^1] == '\n'))
                _text.Append(string.Concat(Enumerable.Repeat("> ", _quotes)));
            _text.Append(text);
        }

        private void Break(int lines) => _text.Append('\n', lines);

        /// <summary>Ends the line, and leaves one empty where a paragraph ends.</summary>
        private void EndLine(int lines)
        {
            if (lines == 0 || _text.Length == 0)
                return;
            var there = 0;
            while (there < lines && there < _text.Length && _text[^(there + 1)] == '\n')
                there++;
            _text.Append('\n', lines - there);
        }

        private static bool IsWorthSaying(string address, string text) =>
            (address.StartsWith("http", StringComparison.OrdinalIgnoreCase) || address.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase))
            && text.Trim().TrimEnd('/') != address.TrimEnd('/')
            && $"mailto:{text.Trim()}" != address;
    }

    /// <summary>Elements that hold others; a tag that is never closed counts as well.</summary>
    [GeneratedRegex(@"</?(?!(?:br|img|hr|input|meta|link|wbr|col)\b)[a-z][^<>]*(?<!/)(?:>|$)", RegexOptions.IgnoreCase)]
    private static partial Regex OpeningOrClosing();

    [GeneratedRegex(@"<br\b[^>]*>|</(?:p|div|li|tr|h[1-6])>", RegexOptions.IgnoreCase)]
    private static partial Regex LineEnds();

    [GeneratedRegex("<[^>]*>?")]
    private static partial Regex AnyTag();

    [GeneratedRegex(@"[\s]+")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"\n[ \n]*\n[ ]*\n")]
    private static partial Regex ThreeBreaks();
}
