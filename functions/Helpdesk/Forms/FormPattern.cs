using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace Helpdesk.Forms;

/// <summary>Regular expressions that somebody sets for texts that anybody sends: matched in time that grows with the text alone.</summary>
/// <remarks>The engine does not backtrack, so it knows neither references back nor looking around; counts are bounded, since it unfolds them.</remarks>
public static partial class FormPattern
{
    /// <summary>The longest pattern, in characters.</summary>
    public const int Length = 200;

    private const int MostRepeats = 1_000;
    private const int MostRemembered = 500;
    private const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);
    private static readonly ConcurrentDictionary<string, Regex> Compiled = new(StringComparer.Ordinal);

    /// <summary>What is wrong with a pattern; null for nothing.</summary>
    public static string? Problem(string pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        if (pattern.Length > Length)
            return $"may have {Length} characters.";
        var repeats = 1L;
        foreach (Match count in Counts().Matches(pattern))
        {
            foreach (var bound in new[] { count.Groups["min"], count.Groups["max"] }.Where(bound => bound.Length > 0))
                repeats *= bound.Length > 4 ? MostRepeats + 1 : Math.Max(1, int.Parse(bound.ValueSpan, System.Globalization.CultureInfo.InvariantCulture));
            if (repeats > MostRepeats)
                return $"repeats too much: all counts such as {{2,5}}, multiplied, may give {MostRepeats}.";
        }

        try
        {
            // By itself as well: what closes a group that it has not opened would not be held against the whole text.
            _ = new Regex(pattern, Options, Patience);
            _ = Compile(pattern);
            return null;
        }
        catch (ArgumentException broken)
        {
            return $"is not a regular expression: {broken.Message}";
        }
        catch (NotSupportedException)
        {
            return "must do without references back, looking ahead or behind, and atomic groups.";
        }
    }

    /// <summary>Whether a text is what the pattern describes, from its first to its last character.</summary>
    public static bool Matches(string pattern, string text)
    {
        if (!Compiled.TryGetValue(pattern, out var regex))
        {
            if (Compiled.Count >= MostRemembered)
                Compiled.Clear();
            regex = Compiled.GetOrAdd(pattern, Compile);
        }

        return regex.IsMatch(text);
    }

    private static Regex Compile(string pattern) => new($@"\A(?:{pattern})\z", Options, Patience);

    [GeneratedRegex(@"\{(?<min>[0-9]+)(,(?<max>[0-9]*))?\}")]
    private static partial Regex Counts();
}
