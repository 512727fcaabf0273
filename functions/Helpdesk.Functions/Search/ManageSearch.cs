using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Search;

/// <summary>How the search index of a workspace does.</summary>
/// <param name="Tickets">How many tickets it has, or a few more.</param>
/// <param name="Segments">How many parts it has: the fewer, the less a query reads.</param>
/// <param name="Waiting">How many changes no part has yet; they are found all the same.</param>
/// <param name="Rebuild">The last rebuilding; null where there was none.</param>
[Example("""{"tickets":3120,"segments":3,"waiting":41,"rebuild":null}""")]
public sealed record SearchIndexView(long Tickets, int Segments, int Waiting, SearchRebuildView? Rebuild)
{
    internal static SearchIndexView Of(SearchIndex index, int waiting) =>
        new(index.Segments.Sum(segment => (long)segment.Tickets), index.Segments.Count, waiting, SearchRebuildView.Of(index.Rebuild));
}

/// <summary>A rebuilding of the search index from the tickets.</summary>
/// <param name="StartedAt">When it was asked for.</param>
/// <param name="FinishedAt">When it was done; null while it is under way.</param>
/// <param name="Tickets">How many tickets it has read.</param>
public sealed record SearchRebuildView(DateTimeOffset StartedAt, DateTimeOffset? FinishedAt, long Tickets)
{
    internal static SearchRebuildView? Of(SearchRebuild? it) => it is null ? null : new(it.StartedAt, it.FinishedAt, it.Tickets);
}

/// <summary>Shows how the search index of the workspace does, and makes it again from the tickets.</summary>
public sealed class ManageSearch(SearchIndexStore index, SearchRebuilding rebuilding)
{
    /// <summary>Shows how the search index of the workspace does.</summary>
    [Function(nameof(GetSearchIndex)), RequiresKey(KeyRole.Admin)]
    public async Task<Ok<SearchIndexView>> GetSearchIndex(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/operations/search")] Caller caller,
        CancellationToken cancellationToken
    )
    {
        var (found, waiting) = await index.FindAsync(caller.Workspace, cancellationToken);
        return TypedResults.Ok(SearchIndexView.Of(found, waiting));
    }

    /// <summary>
    /// Makes the search index of the workspace again from its tickets, for tickets that were there before the desk could search. It goes on by itself,
    /// a step at a time; what is there goes on to answer meanwhile.
    /// </summary>
    [Function(nameof(RebuildSearch)), RequiresKey(KeyRole.Admin)]
    public async Task<Accepted<SearchRebuildView>> RebuildSearch(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/operations/search/rebuild")] NoBody body,
        Caller caller,
        CancellationToken cancellationToken
    ) => TypedResults.Accepted("/api/operations/search", SearchRebuildView.Of(await rebuilding.BeginAsync(caller.Workspace, cancellationToken))!);
}
