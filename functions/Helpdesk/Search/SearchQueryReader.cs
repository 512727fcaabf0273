using System.Collections.Frozen;
using Helpdesk.Tickets;

namespace Helpdesk.Search;

/// <summary>Reads <c>words "phrases" begin* field:value -not</c>.</summary>
internal sealed class SearchQueryReader(string text)
{
    public const int MostSigns = 400;
    public const int MostWords = 16;
    public const int MostFacts = 8;
    public const int MostValues = 10;
    public const int ShortestBeginning = 2;

    private const string Custom = "custom.";

    private static readonly FrozenDictionary<string, SearchField> Fields = new Dictionary<string, SearchField>
    {
        ["subject"] = SearchField.Subject,
        ["description"] = SearchField.Description,
        ["comment"] = SearchField.Comment,
        ["note"] = SearchField.Note,
        ["requester"] = SearchField.Requester,
        ["number"] = SearchField.Number,
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<string, IReadOnlyList<string>?> Facts = new Dictionary<string, IReadOnlyList<string>?>
    {
        ["status"] = WireName<TicketStatus>.All,
        ["priority"] = WireName<TicketPriority>.All,
        ["channel"] = WireName<IntakeChannel>.All,
        ["tier"] = ["1", "2", "3"],
        ["type"] = null,
        ["group"] = null,
        ["assignee"] = null,
        ["tag"] = null,
        ["language"] = null,
    }.ToFrozenDictionary();

    private readonly List<QueryWords> _words = [];
    private readonly List<QueryFact> _facts = [];
    private string? _problem;

    /// <summary>The names of all fields.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Fields.Keys.Concat(Facts.Keys).Order(StringComparer.Ordinal), "custom.…"];

    public (SearchQuery? Query, string? Problem) Read()
    {
        if (text.Length > MostSigns)
            return (null, $"may be at most {MostSigns} characters long.");
        for (var at = 0; at < text.Length && _problem is null; )
        {
            if (char.IsWhiteSpace(text[at]))
                at++;
            else
                at = Take(at);
        }

        if (_problem is not null)
            return (null, _problem);
        var words = _words.Sum(clause => clause.Words.Count);
        if (words > MostWords)
            return (null, $"has {words} words; {MostWords} are possible: leave out those that many tickets have.");
        if (_facts.Count > MostFacts)
            return (null, $"asks for {_facts.Count} fields; {MostFacts} are possible: several values of one field are a comma list.");
        if (_words.All(clause => clause.Not) && _facts.All(fact => fact.Not))
            return (null, _words.Count + _facts.Count == 0 ? "has no word to look for." : "must have something that is wanted besides what is not.");
        return (new(_words, _facts), null);
    }

    /// <summary>Takes one clause; where the next one begins.</summary>
    private int Take(int at)
    {
        var not = text[at] is '-' or '−' && at + 1 < text.Length && !char.IsWhiteSpace(text[at + 1]) && text[at + 1] != '-';
        if (not)
            at++;
        var (field, value) = FieldAt(at);
        var (start, end, quoted) = ValueAt(value);
        if (_problem is not null)
            return text.Length;
        Add(field, text[start..end], quoted, not);
        return quoted ? end + 1 : end;
    }

    /// <summary>The name before a colon, and where its value begins.</summary>
    private (string? Field, int Value) FieldAt(int at)
    {
        var colon = at;
        while (colon < text.Length && (char.IsAsciiLetterOrDigit(text[colon]) || text[colon] is '.' or '-' or '_'))
            colon++;
        if (colon == at || colon >= text.Length || text[colon] != ':')
            return (null, at);
        var name = text[at..colon].ToLowerInvariant();
        if (colon + 1 == text.Length || char.IsWhiteSpace(text[colon + 1]))
        {
            if (IsKnown(name))
                _problem = WithoutValue(name);
            return (null, at);
        }

        if (text[colon + 1] is '/' or '\\' or ':')
            return (null, at);
        // 12:30, fe80:1 and 00:1b:44 are no fields.
        if (!char.IsAsciiLetter(name[0]) || name.Any(char.IsAsciiDigit) && !name.StartsWith(Custom, StringComparison.Ordinal))
            return (null, at);
        if (IsKnown(name))
            return (name, colon + 1);
        _problem =
            $"asks for the field \"{name}\", which does not exist: there are {string.Join(", ", Names)}. To look for the words, put them in quotation marks.";
        return (null, at);
    }

    private (int Start, int End, bool Quoted) ValueAt(int at)
    {
        if (at < text.Length && IsQuote(text[at]))
        {
            var close = at + 1;
            while (close < text.Length && !IsQuote(text[close]))
                close++;
            if (close == text.Length)
                _problem = "has a quotation mark that is not closed.";
            return (at + 1, close, true);
        }

        var end = at;
        while (end < text.Length && !char.IsWhiteSpace(text[end]) && !IsQuote(text[end]))
            end++;
        return (at, end, false);
    }

    private void Add(string? field, string value, bool quoted, bool not)
    {
        if (field is not null && !Fields.ContainsKey(field))
        {
            AddFact(field, value, quoted, not);
            return;
        }

        var begins = !quoted && value.EndsWith('*');
        if (begins)
            value = value[..^1];
        if (!quoted && value.Contains('*', StringComparison.Ordinal))
        {
            _problem = $"has a * inside \"{value}\": it stands at the end of a word.";
            return;
        }

        var found = SearchWords.Of(value).ToList();
        if (found.Count == 0)
        {
            if (field is not null)
                _problem = WithoutValue(field);
            else if (begins)
                _problem = $"has a * without the {ShortestBeginning} letters that a word must begin with.";
            return;
        }

        // Not by the parts of a code: those are for people who know no more of it.
        var words = found.Select(word => new QueryWord(value.Substring(word.Start, word.Length), word.Forms)).ToList();
        if (begins && words[^1].Forms[0].Length < ShortestBeginning)
        {
            _problem = $"looks for what begins with \"{words[^1].Text}\": give at least {ShortestBeginning} letters before the *.";
            return;
        }

        if (begins)
            words[^1] = words[^1] with { Begins = true };
        var joined = found.Count == 2 && !begins ? found[0].Joined : [];
        var fields = field is null ? SearchFields.All : SearchFields.Mask(Fields[field]);
        // A field is asked for by all of its words, in a row; apart from that, a name in any order.
        if (field == "requester" && !value.Contains('@', StringComparison.Ordinal))
            _words.AddRange(words.Select(word => new QueryWords(word.Text, [word], [], fields, quoted, not)));
        else
            _words.Add(new(value, words, joined, fields, quoted, not));
    }

    private void AddFact(string field, string value, bool quoted, bool not)
    {
        IReadOnlyList<string> values = quoted
            ? [value.Trim().ToLowerInvariant()]
            :
            [
                .. value
                    .ToLowerInvariant()
                    .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                    .Distinct(StringComparer.Ordinal),
            ];
        if (values.Count == 0 || values[0].Length == 0)
            _problem = WithoutValue(field);
        else if (values.Count > MostValues)
            _problem = $"asks for {values.Count} values of {field}; {MostValues} are possible.";
        else if (Facts.GetValueOrDefault(field) is { } possible && values.FirstOrDefault(one => !possible.Contains(one, StringComparer.Ordinal)) is { } wrong)
            _problem = $"asks for {field} \"{wrong}\"; there are {string.Join(", ", possible)}.";
        else
            _facts.Add(new(field, values, not));
    }

    private static bool IsKnown(string name) =>
        Fields.ContainsKey(name) || Facts.ContainsKey(name) || (name.StartsWith(Custom, StringComparison.Ordinal) && name.Length > Custom.Length);

    private static string WithoutValue(string field) =>
        $"asks for {field} without a value: write it right after the colon. To look for the word itself, leave the colon out.";

    private static bool IsQuote(char sign) => sign is '"' or '“' or '”' or '„' or '«' or '»';
}
