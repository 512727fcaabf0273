using System.Text;
using Helpdesk.Contacts;

namespace Helpdesk.Knowledge;

/// <summary>What the address of an article ends with, made of its title: <c>Πρόσβαση στο VPN</c> is <c>prosvasi-sto-vpn</c>.</summary>
public static class Slugs
{
    public const int Longest = 80;

    /// <summary>What a slug looks like.</summary>
    public const string Pattern = "^[a-z0-9]+(-[a-z0-9]+)*$";

    /// <summary>Greek letters as they are written with Latin ones (ISO 843, without marks).</summary>
    private static readonly Dictionary<char, string> Greek = new()
    {
        ['α'] = "a",
        ['β'] = "v",
        ['γ'] = "g",
        ['δ'] = "d",
        ['ε'] = "e",
        ['ζ'] = "z",
        ['η'] = "i",
        ['θ'] = "th",
        ['ι'] = "i",
        ['κ'] = "k",
        ['λ'] = "l",
        ['μ'] = "m",
        ['ν'] = "n",
        ['ξ'] = "x",
        ['ο'] = "o",
        ['π'] = "p",
        ['ρ'] = "r",
        ['σ'] = "s",
        ['τ'] = "t",
        ['υ'] = "y",
        ['φ'] = "f",
        ['χ'] = "ch",
        ['ψ'] = "ps",
        ['ω'] = "o",
    };

    /// <summary>The slug of a title; empty where it has no letter that can stand in one.</summary>
    public static string Of(string title)
    {
        ArgumentNullException.ThrowIfNull(title);
        var slug = new StringBuilder();
        // What is folded is cut at forty letters, so each word is folded by itself.
        foreach (var word in title.Split([' ', '\t', '-', '_', '/', '.', ',', ':', ';', '+', '@', '–', '—', '(', ')'], StringSplitOptions.RemoveEmptyEntries))
        {
            var plain = new StringBuilder();
            foreach (var letter in Folding.Term(word))
            {
                if (char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter))
                    plain.Append(letter);
                else if (Greek.TryGetValue(letter, out var latin))
                    plain.Append(latin);
            }

            if (plain.Length == 0)
                continue;
            if (slug.Length + plain.Length + 1 > Longest)
                break;
            slug.Append(slug.Length > 0 ? "-" : "").Append(plain);
        }

        return slug.Length > Longest ? slug.ToString(0, Longest) : slug.ToString();
    }

    /// <summary>Whether a text can be a slug.</summary>
    public static bool IsSlug(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length is > 0 and <= Longest
            && text[0] != '-'
            && text[^1] != '-'
            && !text.Contains("--", StringComparison.Ordinal)
            && text.All(letter => letter is >= 'a' and <= 'z' or >= '0' and <= '9' or '-');
    }
}
