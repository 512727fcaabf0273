using System.Globalization;

namespace Helpdesk.Functions.Hosting;

/// <summary>Reads the query of a list; names nobody asked for are errors, since a filter with a typing error would show too much.</summary>
public sealed class QueryReader(HttpContext context)
{
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string[]> _errors = new(StringComparer.Ordinal);

    /// <summary>One value, or null when it is absent or empty.</summary>
    public string? Text(string name, int max = 250)
    {
        _asked.Add(name);
        var text = context.Request.Query[name].ToString();
        if (text.Length == 0)
            return null;
        if (FieldReader.TextProblem(text, max, lines: false) is not { } problem)
            return text;
        Wrong(name, problem);
        return null;
    }

    /// <summary>The values of a comma list; empty when it is absent.</summary>
    public IReadOnlyList<string> List(string name, int maxCount = 20)
    {
        var values = (Text(name, 2000) ?? "")
            .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Distinct(StringComparer.Ordinal)
            .ToList();
        if (values.Count <= maxCount)
            return values;
        Wrong(name, $"may have at most {maxCount} values.");
        return [];
    }

    /// <summary>
    /// The values of a comma list that may be e-mail addresses. A plus sign in an address stands for itself, although a query usually means a space by it.
    /// </summary>
    public IReadOnlyList<string> Addresses(string name, int maxCount = 20)
    {
        var values = List(name, maxCount);
        if (!values.Any(value => value.Contains(' ', StringComparison.Ordinal)))
            return values;
        // No address has a space inside.
        return [.. values.Select(value => value.Contains('@', StringComparison.Ordinal) ? value.Replace(' ', '+') : value)];
    }

    /// <summary>The names of a comma list of enum values; empty when it is absent.</summary>
    public IReadOnlyList<T> ListOf<T>(string name)
        where T : struct, Enum => ListOf<T>(name, _ => true);

    /// <summary>Those names of a comma list of enum values that are <paramref name="allowed"/> here; empty when it is absent.</summary>
    public IReadOnlyList<T> ListOf<T>(string name, Func<T, bool> allowed)
        where T : struct, Enum
    {
        var values = new List<T>();
        foreach (var text in List(name))
        {
            if (WireName<T>.TryParse(text, out var value) && allowed(value))
                values.Add(value);
            else
                Wrong(name, $"must be one or more of {string.Join(", ", Enum.GetValues<T>().Where(allowed).Select(WireName<T>.Of))}.");
        }

        return values;
    }

    /// <summary>How many the caller wants on a page: 1 to 100, 25 when nothing is said.</summary>
    public int Limit()
    {
        if (Text("limit") is not { } text)
            return 25;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= 100)
            return limit;
        Wrong("limit", "must be a whole number from 1 to 100.");
        return 25;
    }

    /// <summary>A whole number within bounds, or null when it is absent or wrong.</summary>
    public int? Whole(string name, int min, int max)
    {
        if (Text(name) is not { } text)
            return null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max)
            return number;
        Wrong(name, $"must be a whole number from {min} to {max}.");
        return null;
    }

    /// <summary>An instant in ISO 8601, or null when it is absent or wrong.</summary>
    public DateTimeOffset? Instant(string name)
    {
        if (Text(name, 40) is not { } text)
            return null;
        // A plus sign in a query usually means a space.
        if (
            DateTimeOffset.TryParse(text.Replace(' ', '+'), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant)
            && text.Contains('T', StringComparison.Ordinal)
            && instant.Year is >= 1970 and < 2200
        )
            return instant.ToUniversalTime();
        Wrong(name, "must be an instant such as 2026-03-10T09:00:00Z.");
        return null;
    }

    /// <summary>Records that something is wrong with a parameter. What was said first stands: the rest follows from it.</summary>
    public void Wrong(string name, string problem) => _errors.TryAdd(name, [$"{name} {problem}"]);

    /// <summary>Ends the reading; 400 with everything that was wrong.</summary>
    public void Done()
    {
        foreach (var name in context.Request.Query.Keys)
        {
            if (!_asked.Contains(name))
                Wrong(PlainText.Head(name, 100), "is not a parameter here.");
        }

        if (_errors.Count > 0)
            throw new InvalidRequestException(_errors);
    }
}
