using System.Globalization;
using Azure.Data.Tables;

namespace Helpdesk.Functions.Storage;

/// <summary>The part of OData filters that the app uses, for rows that no storage filters: comparisons, and, or, not, parentheses.</summary>
internal sealed class DraftFilter
{
    private readonly List<string> _tokens = [];
    private int _at;

    private DraftFilter(string filter)
    {
        for (var at = 0; at < filter.Length; )
        {
            var from = at;
            if (char.IsWhiteSpace(filter[at]))
            {
                at++;
                continue;
            }

            if (filter[at] is '(' or ')')
                at++;
            else
                at = EndOfWord(filter, at);
            _tokens.Add(filter[from..at]);
        }
    }

    /// <summary>A filter, read.</summary>
    public static Func<TableEntity, bool> Of(string filter)
    {
        var reader = new DraftFilter(filter);
        var test = reader.Either();
        return reader._at == reader._tokens.Count ? test : throw new NotSupportedException($"This filter is not understood: {filter}");
    }

    private static int EndOfWord(string filter, int at)
    {
        // A quote within a text is doubled, so that a text ends where a quote has no other behind it.
        for (var isText = false; at < filter.Length; at++)
        {
            if (filter[at] == '\'')
                isText = !isText;
            else if (!isText && (char.IsWhiteSpace(filter[at]) || filter[at] is '(' or ')'))
                break;
        }

        return at;
    }

    private string Take() => _at < _tokens.Count ? _tokens[_at++] : throw new NotSupportedException("A filter ends too early.");

    private bool Takes(string word)
    {
        if (_at >= _tokens.Count || _tokens[_at] != word)
            return false;
        _at++;
        return true;
    }

    private Func<TableEntity, bool> Either()
    {
        var left = Both();
        while (Takes("or"))
        {
            var (first, second) = (left, Both());
            left = row => first(row) || second(row);
        }

        return left;
    }

    private Func<TableEntity, bool> Both()
    {
        var left = One();
        while (Takes("and"))
        {
            var (first, second) = (left, One());
            left = row => first(row) && second(row);
        }

        return left;
    }

    private Func<TableEntity, bool> One()
    {
        if (Takes("not"))
        {
            var inner = One();
            return row => !inner(row);
        }

        if (Takes("("))
        {
            var inner = Either();
            return Takes(")") ? inner : throw new NotSupportedException("A parenthesis of a filter is not closed.");
        }

        var (name, operation, value) = (Take(), Take(), Literal(Take()));
        Func<int, bool> holds = operation switch
        {
            "eq" => order => order == 0,
            "ne" => order => order != 0,
            "gt" => order => order > 0,
            "ge" => order => order >= 0,
            "lt" => order => order < 0,
            "le" => order => order <= 0,
            _ => throw new NotSupportedException($"{operation} is no comparison of filters."),
        };
        return row => row.TryGetValue(name, out var there) && there is not null && Order(there, value) is { } order && holds(order);
    }

    private static object Literal(string word) =>
        word switch
        {
            "true" => true,
            "false" => false,
            ['\'', .. var text, '\''] => text.Replace("''", "'", StringComparison.Ordinal),
            _ when word.StartsWith("datetime'", StringComparison.Ordinal) => DateTimeOffset.Parse(word[9..^1], CultureInfo.InvariantCulture),
            _ => decimal.Parse(word.TrimEnd('L'), NumberStyles.Float, CultureInfo.InvariantCulture),
        };

    private static int? Order(object there, object value) =>
        (there, value) switch
        {
            (string left, string right) => string.CompareOrdinal(left, right),
            (bool left, bool right) => left.CompareTo(right),
            (DateTimeOffset left, DateTimeOffset right) => left.CompareTo(right),
            (DateTime left, DateTimeOffset right) => new DateTimeOffset(left).CompareTo(right),
            (int or long or double, decimal right) => Convert.ToDecimal(there, CultureInfo.InvariantCulture).CompareTo(right),
            _ => null,
        };
}
