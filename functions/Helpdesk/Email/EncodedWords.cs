using System.Text;

namespace Helpdesk.Email;

/// <summary>
/// Encoded words (RFC 2047) in headers, as they are written in the wild: with wrong charsets, with letters that are split between two words, in quotes.
/// </summary>
public static class EncodedWords
{
    /// <summary>The text of a header.</summary>
    public static string Decoded(string value) => Replaced(value, text => text);

    /// <summary>The header with the same words in UTF-8, for a parser that is strict about charsets.</summary>
    public static string AsUtf8(string value) => Replaced(value, text => $"=?utf-8?B?{Convert.ToBase64String(Encoding.UTF8.GetBytes(text))}?=");

    private static string Replaced(string value, Func<string, string> write)
    {
        var at = value.IndexOf("=?", StringComparison.Ordinal);
        if (at < 0)
            return value;
        var result = new StringBuilder(value.Length);
        var from = 0;
        while (at >= 0)
        {
            if (Word(value, at) is not { } word)
            {
                at = value.IndexOf("=?", at + 2, StringComparison.Ordinal);
                continue;
            }

            result.Append(value, from, at - from);
            from = Run(value, word, text => result.Append(write(text)));
            at = value.IndexOf("=?", from, StringComparison.Ordinal);
        }

        return result.Append(value, from, value.Length - from).ToString();
    }

    /// <summary>Reads a word and those that follow it after nothing but spaces; a letter may be split between two of one charset.</summary>
    private static int Run(string value, (string Charset, byte[] Bytes, int End) first, Action<string> write)
    {
        var (charset, end) = (first.Charset, first.End);
        var bytes = new List<byte>(first.Bytes);
        while (true)
        {
            var next = end;
            while (next < value.Length && char.IsWhiteSpace(value[next]))
                next++;
            if (Word(value, next) is not { } word)
                break;
            if (!word.Charset.Equals(charset, StringComparison.OrdinalIgnoreCase))
            {
                write(MailCharsets.Decode([.. bytes], charset));
                bytes.Clear();
                charset = word.Charset;
            }

            bytes.AddRange(word.Bytes);
            end = word.End;
        }

        write(MailCharsets.Decode([.. bytes], charset));
        return end;
    }

    /// <summary>The word that stands at a place; null for none.</summary>
    private static (string Charset, byte[] Bytes, int End)? Word(string value, int at)
    {
        if (at + 8 > value.Length || value[at] != '=' || value[at + 1] != '?')
            return null;
        var charset = value.AsSpan(at + 2, Math.Min(60, value.Length - at - 2)).IndexOf('?');
        if (charset <= 0 || at + charset + 5 >= value.Length || value[at + charset + 4] != '?')
            return null;
        var name = value.Substring(at + 2, charset).Split('*')[0];
        var start = at + charset + 5;
        var end = value.IndexOf('?', start);
        if (end < 0 || end + 1 >= value.Length || value[end + 1] != '=')
            return null;
        var text = value.AsSpan(start, end - start);
        var bytes = value[start - 2] switch
        {
            'b' or 'B' => FromBase64(text),
            'q' or 'Q' => FromQuoted(text),
            _ => null,
        };
        return bytes is null ? null : (name, bytes, end + 2);
    }

    /// <summary>Padding may be missing, as in words that were cut.</summary>
    private static byte[]? FromBase64(ReadOnlySpan<char> text)
    {
        var letters = new StringBuilder(text.Length + 3);
        foreach (var letter in text)
        {
            if (char.IsAsciiLetterOrDigit(letter) || letter is '+' or '/')
                letters.Append(letter);
        }

        if (letters.Length % 4 == 1)
            letters.Length--;
        letters.Append('=', (4 - letters.Length % 4) % 4);
        var bytes = new byte[letters.Length];
        return Convert.TryFromBase64String(letters.ToString(), bytes, out var length) ? bytes[..length] : null;
    }

    private static byte[] FromQuoted(ReadOnlySpan<char> text)
    {
        var bytes = new List<byte>(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '=' && i + 2 < text.Length && char.IsAsciiHexDigit(text[i + 1]) && char.IsAsciiHexDigit(text[i + 2]))
            {
                bytes.Add(Convert.FromHexString(text.Slice(i + 1, 2))[0]);
                i += 2;
            }
            else if (text[i] == '_')
                bytes.Add((byte)' ');
            else
                bytes.AddRange(Encoding.UTF8.GetBytes([text[i]]));
        }

        return [.. bytes];
    }
}
