using System.Text.Json.Serialization;

namespace Helpdesk.Knowledge;

/// <summary>What readers of one workspace did on one day (UTC), as counts by name.</summary>
/// <remarks>The names are made by <see cref="ReadingCount"/>.</remarks>
public sealed record ReadingDay
{
    /// <summary>As many different searches without a hit a day remembers.</summary>
    public const int MostMissed = 300;

    public required IReadOnlyDictionary<string, long> Counts { get; init; }

    public static ReadingDay Empty { get; } = new() { Counts = new Dictionary<string, long>(StringComparer.Ordinal) };

    /// <summary>The day with more counts.</summary>
    public ReadingDay With(IEnumerable<KeyValuePair<string, long>> more)
    {
        ArgumentNullException.ThrowIfNull(more);
        var counts = new SortedDictionary<string, long>(Counts.ToDictionary(), StringComparer.Ordinal);
        var missed = counts.Keys.Count(ReadingCount.IsMissed);
        foreach (var (name, count) in more)
        {
            if (ReadingCount.IsMissed(name) && !counts.ContainsKey(name) && missed++ >= MostMissed)
                continue;
            counts[name] = counts.GetValueOrDefault(name) + count;
        }

        return new() { Counts = counts };
    }
}

/// <summary>The names by which readings are counted.</summary>
public static class ReadingCount
{
    /// <summary>Characters of a search that are remembered.</summary>
    public const int MissedLength = 100;

    private const string Views = "view:";
    private const string Missed = "missed:";

    /// <summary>Stands for one of several articles, of which nobody knows which it was.</summary>
    public const string Several = "several";

    /// <summary>Searches.</summary>
    public const string Search = "search";

    /// <summary>An article was read.</summary>
    public static string View(string article) => Views + article;

    /// <summary>A search found nothing.</summary>
    public static string Miss(string query)
    {
        ArgumentNullException.ThrowIfNull(query);
        var words = string.Join(' ', VisibleText.Of(query).ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return Missed + PlainText.Head(words, MissedLength);
    }

    /// <summary>What became of suggestions at a place.</summary>
    public static string Suggestion(SuggestionStep step, SuggestedIn place) => $"{WireName<SuggestionStep>.Of(step)}:{WireName<SuggestedIn>.Of(place)}";

    /// <summary>What became of a suggestion of one article at a place; it is counted besides what became of all of them.</summary>
    public static string Suggestion(SuggestionStep step, SuggestedIn place, string article) => $"{Suggestion(step, place)}:{article}";

    /// <summary>The article of whose suggestions a name counts a step at a place; null for another count.</summary>
    public static string? SuggestedArticleOf(string name, SuggestionStep step, SuggestedIn place) => After(name, $"{Suggestion(step, place)}:");

    /// <summary>Id of the article whose readings a name counts; null for another count.</summary>
    public static string? ArticleOf(string name) => After(name, Views);

    /// <summary>The search without a hit that a name counts; null for another count.</summary>
    public static string? MissOf(string name) => After(name, Missed);

    public static bool IsMissed(string name) => MissOf(name) is not null;

    private static string? After(string name, string beginning)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.StartsWith(beginning, StringComparison.Ordinal) ? name[beginning.Length..] : null;
    }
}

/// <summary>How far a suggestion has come.</summary>
[JsonConverter(typeof(WireNameConverter<SuggestionStep>))]
public enum SuggestionStep
{
    /// <summary>Somebody was shown articles.</summary>
    Shown,

    /// <summary>Somebody opened one.</summary>
    Opened,

    /// <summary>Somebody said that it solved the problem, and did not send a request or took it back.</summary>
    Solved,
}

/// <summary>Where articles are suggested.</summary>
[JsonConverter(typeof(WireNameConverter<SuggestedIn>))]
public enum SuggestedIn
{
    /// <summary>In the form while it is being filled in.</summary>
    Form,

    /// <summary>On the page of a request that was just sent.</summary>
    Receipt,

    /// <summary>In a chat.</summary>
    Chat,
}

/// <summary>What one reader says of an article.</summary>
/// <param name="Helpful">Whether it helped; null where they only said that it solved their problem.</param>
/// <param name="Words">What they wrote; null for nothing.</param>
/// <param name="Version">The version that they read.</param>
/// <param name="Solved">Whether it ended their request before it was one.</param>
public sealed record ArticleVote(string Article, bool Helpful, string? Words, int Version, DateTimeOffset At, bool Solved);

/// <summary>What all readers say of an article.</summary>
public sealed record ArticleVotes(long Yes, long No, long Solved)
{
    /// <summary>With one reader's vote in the place of an earlier one of theirs.</summary>
    public ArticleVotes With(ArticleVote? before, ArticleVote after)
    {
        ArgumentNullException.ThrowIfNull(after);
        static int One(bool is1) => is1 ? 1 : 0;
        return new(
            Yes + One(after.Helpful) - One(before?.Helpful == true),
            No + One(!after.Helpful) - One(before?.Helpful == false),
            Solved + One(after.Solved) - One(before?.Solved == true)
        );
    }
}
