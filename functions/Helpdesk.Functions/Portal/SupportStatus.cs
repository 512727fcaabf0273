using System.Globalization;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Pages;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Portal;

/// <summary>The page that tells everybody what does not work at the moment, and what has ended lately.</summary>
public sealed class SupportStatus(PageRenderer pages, DisturbanceStore disturbances, DirectoryStore directory)
{
    /// <summary>The page.</summary>
    [Function(nameof(SupportStatus)), Public]
    public async Task<Results<ContentHttpResult, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "support/status")] HttpContext context,
        CancellationToken cancellationToken
    )
    {
        var workspace = PortalPaths.WorkspaceOf(context);
        if (await directory.FindWorkspaceAsync(workspace, cancellationToken) is null)
            return TypedResults.NotFound();
        var locale = PageLanguage.LocaleOf(context);
        var known = await disturbances.RememberAsync(workspace, cancellationToken);
        return await pages.AnswerAsync(
            context,
            new(
                "portal-status",
                texts => texts["portal.status"],
                new Dictionary<string, object?>(StringComparer.Ordinal)
                {
                    ["going_on"] = known.Any(one => one.EndedAt is null),
                    ["items"] = known
                        .Select(one => new Dictionary<string, object?>(StringComparer.Ordinal)
                        {
                            ["title"] = one.Title.In(locale),
                            ["text"] = one.Text?.In(locale),
                            ["started"] = Shown(one.StartedAt),
                            ["ended"] = one.EndedAt is { } ended ? Shown(ended) : null,
                            ["updates"] = one
                                .Updates.Reverse()
                                .Select(update => new Dictionary<string, object?>(StringComparer.Ordinal)
                                {
                                    ["at"] = Shown(update.At),
                                    ["text"] = update.Text.In(locale),
                                })
                                .ToList(),
                        })
                        .ToList(),
                }
            )
        );
    }

    private static Dictionary<string, object?> Shown(DateTimeOffset at) =>
        new(StringComparer.Ordinal) { ["text"] = PageRenderer.Show(at), ["iso"] = at.UtcDateTime.ToString("O", CultureInfo.InvariantCulture) };
}
