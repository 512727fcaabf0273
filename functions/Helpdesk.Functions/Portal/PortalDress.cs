using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Knowledge;
using Helpdesk.Functions.Pages;
using Helpdesk.Functions.Settings;
using Helpdesk.Portal;

namespace Helpdesk.Functions.Portal;

/// <summary>Puts around the pages for requesters what their workspace wants there.</summary>
public sealed class PortalDress(PortalLooks looks, DisturbanceStore disturbances, DirectoryStore directory, ArticleLibrary library)
{
    /// <summary>Pages whose address names the workspace in its path.</summary>
    private static readonly string[] Named = ["receipts", "ratings", "sign-in"];

    /// <summary>What stands around a page; null around one that is not for requesters.</summary>
    public async ValueTask<PageDress?> OfAsync(HttpContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (WorkspaceOf(context) is not { } workspace || await directory.FindWorkspaceAsync(workspace, cancellationToken) is not { } known)
            return null;
        var (look, locale, texts) = (await looks.FindAsync(workspace, cancellationToken), PageLanguage.LocaleOf(context), PageLanguage.TextsFor(context));
        var told = (await disturbances.RememberAsync(workspace, cancellationToken)).Where(one => one.EndedAt is null).ToList();
        string To(string path) => PortalPaths.With(context, path, workspace);
        PageLink Link(string key, string path) => new(texts[key], To(path), context.Request.Path.StartsWithSegments(path, StringComparison.OrdinalIgnoreCase));
        var links = new List<PageLink>();
        if ((await library.OfAsync(workspace, cancellationToken))?.Articles.Values.Any(Reader.Anybody.Sees) == true)
            links.Add(Link("web.articles.title", "/support/articles"));
        if (look.Community)
            links.Add(Link("portal.community", "/support/community"));
        links.Add(Link("portal.requests", "/support/requests"));
        links.Add(Link("portal.status", "/support/status"));
        return new(
            look.Title?.In(locale) is { Length: > 0 } title ? title : known.Name,
            To("/support"),
            look.Logo is { } logo ? PortalLooks.PathOf(workspace, logo) : null,
            StyleOf(look),
            look.Footer?.In(locale),
            links,
            [.. told.Select(one => one.Title.In(locale))],
            To("/support/status")
        );
    }

    private static string? WorkspaceOf(HttpContext context)
    {
        var parts = context.Request.Path.Value?.Split('/', StringSplitOptions.RemoveEmptyEntries) ?? [];
        var workspace =
            parts is ["support", var page, var named, ..] && Named.Contains(page, StringComparer.Ordinal) ? named
            : parts is ["support", ..] ? PortalPaths.WorkspaceOf(context)
            // A key of a chat names its workspace.
            : parts is ["chat"]
                ? context.Request.Query["key"].ToString().Split('_') is [_, var keyed, ..] ? keyed
                    : DirectoryStore.HomeWorkspace
            : null;
        return workspace is not null && SettingsStore.IsId(workspace) ? workspace : null;
    }

    /// <summary>Colours were checked when they were set: nothing else can stand there.</summary>
    private static string? StyleOf(PortalLook look)
    {
        var light = look.Colour is { } colour ? $":root {{ --accent: {colour}; --on: #fff; }}" : "";
        var dark =
            look.DarkColour is { } other ? $":root {{ --accent: {other}; --on: #0d1720; }}"
            : look.Colour is not null ? ":root { --accent: #7cbaff; --on: #0d1720; }"
            : "";
        return light.Length + dark.Length == 0 ? null : $"{light} @media (prefers-color-scheme: dark) {{ {dark} }}";
    }
}
