using Helpdesk.Functions.Hosting;
using Helpdesk.Search;

namespace Helpdesk.Functions.Search;

/// <summary>Something besides tickets that search looks through: a feature that has it registers one.</summary>
public interface ISearchSource
{
    /// <summary>What it finds.</summary>
    SearchType Type { get; }

    /// <summary>Finds what the caller may see and has all the words, the best first, in a bounded number of requests.</summary>
    /// <param name="plan">What is looked for; it asks for nothing that only tickets have.</param>
    Task<SourceFound> FindAsync(Caller caller, SearchPlan plan, int limit, CancellationToken cancellationToken);
}

/// <summary>What a source has found.</summary>
/// <param name="More">Whether there may be more.</param>
public sealed record SourceFound(IReadOnlyList<SearchItem> Items, bool More);
