using System.Text;

namespace Helpdesk.Email;

/// <summary>Text of the form <c>format=flowed</c> (RFC 3676): a line that ends with a space goes on in the next.</summary>
public static class FlowedText
{
    /// <summary>The text with its paragraphs on one line each; quoted lines keep their marks.</summary>
    /// <param name="deleteSpace">Whether the space at the end of a line is no part of the text, as in languages without spaces.</param>
    public static string Joined(string text, bool deleteSpace)
    {
        var joined = new StringBuilder(text.Length);
        var open = -1;
        foreach (var raw in text.AsSpan().EnumerateLines())
        {
            var depth = raw.IndexOfAnyExcept('>');
            depth = depth < 0 ? raw.Length : depth;
            var line = raw[depth..];
            if (line is [' ', ..])
                line = line[1..];
            // Two dashes begin a signature, whatever follows them.
            var signature = line is "-- ";
            if (open >= 0 && (open != depth || signature))
                open = End(joined);
            if (open < 0 && depth > 0)
                joined.Append(raw[..depth]).Append(' ');
            var flows = !signature && line is [.., ' '];
            joined.Append(flows && deleteSpace ? line[..^1] : line);
            open = flows ? depth : End(joined);
        }

        return joined.ToString(0, Math.Max(joined.Length - 1, 0));
    }

    private static int End(StringBuilder text)
    {
        text.Append('\n');
        return -1;
    }
}
