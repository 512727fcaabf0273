using System.Globalization;
using Helpdesk.Forms;

namespace Helpdesk.Portal;

/// <summary>A picture that stands on every page.</summary>
/// <param name="Id">Made of what is in it: another picture has another one.</param>
/// <param name="ContentType"><c>image/png</c>, <c>image/jpeg</c> or <c>image/webp</c>.</param>
public sealed record PortalLogo(string Id, string ContentType);

/// <summary>How the pages for requesters look, and what there is on them.</summary>
public sealed record PortalLook
{
    /// <summary>What stands at the top of each page; null for the workspace's name.</summary>
    public LocalText? Title { get; init; }

    /// <summary>What stands at the bottom; null for nothing.</summary>
    public LocalText? Footer { get; init; }

    /// <summary>The colour of links and buttons on light ground, such as <c>#0b5cad</c>; null for the desk's own.</summary>
    public string? Colour { get; init; }

    /// <summary>The same on dark ground.</summary>
    public string? DarkColour { get; init; }
    public PortalLogo? Logo { get; init; }

    /// <summary>Whether requesters ask and answer each other.</summary>
    public bool Community { get; init; }

    /// <summary>Counts the changes.</summary>
    public long Version { get; init; } = 1;
}

/// <summary>Which colours can be read.</summary>
public static class PortalColours
{
    /// <summary>The least contrast of text to its ground (WCAG 2.2, 1.4.3).</summary>
    public const double Least = 4.5;

    /// <summary>What links stand on, and what stands on buttons, in the light.</summary>
    public static IReadOnlyList<string> Light { get; } = ["#ffffff", "#f3f5f7"];

    /// <summary>The same in the dark.</summary>
    public static IReadOnlyList<string> Dark { get; } = ["#1b222b", "#12171d"];

    /// <summary>A colour as it is stored, <c>#rrggbb</c> in lower case; null for anything else.</summary>
    public static string? Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length == 7 && text[0] == '#' && text.Skip(1).All(char.IsAsciiHexDigit) ? text.ToLowerInvariant() : null;
    }

    /// <summary>What is wrong with a colour on one of these grounds, with the numbers; null when it can be read on all of them.</summary>
    public static string? ProblemOf(string colour, IEnumerable<string> grounds)
    {
        ArgumentNullException.ThrowIfNull(grounds);
        foreach (var ground in grounds)
        {
            if (Contrast(colour, ground) is var contrast and < Least)
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"is {colour}, which has a contrast of {Math.Floor(contrast * 100) / 100:0.00} to {ground}: at least {Least:0.0} is needed."
                );
        }

        return null;
    }

    /// <summary>How well one colour is seen on another, from 1 to 21 (WCAG 2.2).</summary>
    public static double Contrast(string one, string other)
    {
        var (a, b) = (Luminance(one), Luminance(other));
        return (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);
    }

    private static double Luminance(string colour)
    {
        ArgumentNullException.ThrowIfNull(colour);
        double Part(int at)
        {
            var value = int.Parse(colour.AsSpan(at, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) / 255.0;
            return value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4);
        }

        return 0.2126 * Part(1) + 0.7152 * Part(3) + 0.0722 * Part(5);
    }
}

/// <summary>Which pictures are taken as a logo: told by what is in them, whatever they are called.</summary>
public static class PortalPictures
{
    /// <summary>The largest picture, in bytes.</summary>
    public const int Most = 200 * 1024;

    /// <summary>What a picture is; null for anything that is none of the three kinds, a drawing that could run scripts among them.</summary>
    public static string? TypeOf(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith((ReadOnlySpan<byte>)[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) ? "image/png"
        : bytes.StartsWith((ReadOnlySpan<byte>)[0xff, 0xd8, 0xff]) ? "image/jpeg"
        : bytes.Length > 16 && bytes[..4].SequenceEqual("RIFF"u8) && bytes[8..12].SequenceEqual("WEBP"u8) ? "image/webp"
        : null;
}
