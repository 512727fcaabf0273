using System.Collections.Frozen;

namespace Helpdesk.Attachments;

/// <summary>Names of files as they are safe to keep, to show and to save under.</summary>
public static class FileNames
{
    /// <summary>The longest name that is kept, in UTF-16 units.</summary>
    public const int Length = 100;

    /// <summary>Names that Windows takes for a device, whatever ending they have.</summary>
    private static readonly FrozenSet<string> Devices = new[] { "con", "prn", "aux", "nul", "conin$", "conout$" }
        .Concat("123456789¹²³".SelectMany(digit => new[] { $"com{digit}", $"lpt{digit}" }))
        .ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>A file's name without a path or anything that could be mistaken for more than a name.</summary>
    public static string Clean(string? name)
    {
        var last = VisibleText.Of(name ?? "").Split('/', '\\')[^1];
        // On NTFS what stands behind a colon names a stream of the same file: "run.exe::$DATA" is run.exe.
        if (last.IndexOf("::", StringComparison.Ordinal) is > 0 and var stream)
            last = last[..stream];
        var clean = new string([.. last.Where(letter => !char.IsControl(letter) && letter is not ('"' or '<' or '>' or ':' or '|' or '*' or '?'))]).Trim(
            ' ',
            '.'
        );
        if (clean.Length == 0)
            return "file";
        if (Devices.Contains(clean.Split('.')[0].TrimEnd(' ')))
            clean = $"_{clean}";
        if (clean.Length <= Length)
            return clean;
        var ending = Path.GetExtension(clean);
        if (ending.Length > Length / 2)
            ending = "";
        return PlainText.Head(clean, Length - ending.Length) + ending;
    }

    /// <summary>The last ending of a name, in lower case and without its dot; empty for none. It decides, since that is what opens a file.</summary>
    public static string EndingOf(string name)
    {
        var trimmed = name.AsSpan().TrimEnd(" .");
        return trimmed.LastIndexOf('.') is >= 0 and var dot ? trimmed[(dot + 1)..].ToString().ToLowerInvariant() : "";
    }
}
