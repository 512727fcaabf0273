using System.Text.Json.Serialization;

namespace Helpdesk.Search;

/// <summary>Types of what can be found.</summary>
[JsonConverter(typeof(WireNameConverter<SearchType>))]
public enum SearchType
{
    Tickets,
    Contacts,
    Organisations,
    Articles,
}

/// <summary>A word that is looked for.</summary>
/// <param name="Text">As it was typed.</param>
/// <param name="Forms">What it is found by; words with other endings are found by the same, for less.</param>
/// <param name="Begins">Whether it is only the beginning of a word.</param>
public sealed record QueryWord(string Text, IReadOnlyList<string> Forms, bool Begins = false);

/// <summary>Words that are looked for: one, or several in a row.</summary>
/// <param name="Text">As they were typed.</param>
/// <param name="Words">The words, in their order.</param>
/// <param name="Joined">What may stand for all of them: <c>email</c> for <c>e-mail</c>.</param>
/// <param name="Fields">Where they must stand.</param>
/// <param name="Exact">Whether words with other endings do not count.</param>
public sealed record QueryWords(string Text, IReadOnlyList<QueryWord> Words, IReadOnlyList<string> Joined, byte Fields, bool Exact, bool Not)
{
    /// <summary>Words that mean the same as all of it, and are found for a little less.</summary>
    public IReadOnlyList<QueryWord> Synonyms { get; init; } = [];
}

/// <summary>What a ticket must be.</summary>
/// <param name="Name">The name of the field.</param>
/// <param name="Values">Any one of them will do.</param>
public sealed record QueryFact(string Name, IReadOnlyList<string> Values, bool Not);

/// <summary>What somebody looks for.</summary>
public sealed record SearchQuery(IReadOnlyList<QueryWords> Words, IReadOnlyList<QueryFact> Facts)
{
    /// <summary>Words that must be there.</summary>
    public IEnumerable<QueryWords> Wanted => Words.Where(words => !words.Not);

    /// <summary>Whether it asks for what only tickets have.</summary>
    public bool IsOfTickets => Facts.Count > 0 || Words.Any(words => words.Fields != SearchFields.All);

    /// <summary>Reads a query; a problem says what is wrong with it, and how to ask instead.</summary>
    public static (SearchQuery? Query, string? Problem) Read(string text) => new SearchQueryReader(text).Read();
}
