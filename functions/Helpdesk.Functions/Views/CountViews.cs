using System.ComponentModel.DataAnnotations;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Views;

/// <summary>Which views are to be counted.</summary>
/// <param name="View">Ids of views; all of the caller's when it is left out.</param>
public sealed record ViewCountsQuery(IReadOnlyList<string> View) : IFromQuery<ViewCountsQuery>
{
    public static ViewCountsQuery Read(QueryReader query, HttpContext context) => new(query.List("view", 50));
}

/// <summary>How many tickets a view has.</summary>
/// <param name="Id">Id of the view.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Count">How many tickets are in it; at least that many where <c>more</c> is true.</param>
/// <param name="More">Whether there may be more: to be shown as <c>1000+</c>.</param>
public sealed record ViewCount(string Id, string Name, int Count, bool More);

/// <summary>How many tickets the views of a caller have.</summary>
/// <param name="Items">The views in their order, without those that are hidden.</param>
/// <param name="At">When the lists were read from which they were counted.</param>
/// <param name="Age">How long ago that was.</param>
public sealed record ViewCountList(IReadOnlyList<ViewCount> Items, DateTimeOffset At, [property: DataType(DataType.Duration)] string Age);

/// <summary>
/// Counts the tickets of all views that the caller sees, or of some of them. Lists are read once for all of them, in at most 80 requests of storage, and
/// remembered for five seconds; what they do not tell takes up to 50 tickets more. Where that is not enough, a count is a lower bound and says so.
/// </summary>
public sealed class CountViews(ViewStore views, ViewCounts counts, TimeProvider time)
{
    [Function(nameof(CountViews)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Ok<ViewCountList>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/views/counts")] ViewCountsQuery query,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(query);
        var visible = await views.VisibleAsync(caller, remembered: true, cancellationToken);
        var shown = visible
            .Where(one => one.Hidden is null && (query.View.Count == 0 || query.View.Contains(one.View.Id, StringComparer.Ordinal)))
            .Select(one => one.View)
            .ToList();
        var (counted, at) = await counts.CountAsync(caller.Workspace, [.. shown.Select(view => ViewReader.For(view.Condition, caller))], cancellationToken);
        return TypedResults.Ok(
            new ViewCountList(
                [.. shown.Zip(counted, (view, count) => new ViewCount(view.Id, view.Name, count.Count, count.More))],
                at,
                IsoLength.Of(time.GetUtcNow() - at)
            )
        );
    }
}
