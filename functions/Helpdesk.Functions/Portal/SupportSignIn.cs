using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Pages;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.SignIn;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Portal;

/// <summary>What a link to sign in by leads to: a button. Programs that look through mails follow links and press no buttons, so they use none up.</summary>
public sealed class SupportSignIn(PageRenderer pages, SignInLinks links, PortalStore store, RequesterSessions sessions, PortalLimit limit)
{
    private const string Route = "support/sign-in/{workspace}/{id}";

    /// <summary>The page with the button.</summary>
    [Function(nameof(SupportSignIn)), Public]
    public async Task<Results<ContentHttpResult, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route)] HttpContext context,
        string workspace,
        string id,
        CancellationToken cancellationToken
    )
    {
        if (await links.ReadAsync(workspace, id, cancellationToken) is not var (person, link))
            return TypedResults.NotFound();
        return await PageAsync(context, workspace, await store.IsGoodAsync(workspace, person, link, cancellationToken));
    }

    /// <summary>Signs somebody in, once by each link.</summary>
    [Function(nameof(OpenSignInLink)), Public]
    public async Task<Results<RedirectHttpResult, ContentHttpResult, NotFound>> OpenSignInLink(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route)] HttpContext context,
        string workspace,
        string id,
        CancellationToken cancellationToken
    )
    {
        limit.Check(context);
        SameOrigin.CheckSource(context);
        if (await links.ReadAsync(workspace, id, cancellationToken) is not var (person, link))
            return TypedResults.NotFound();
        if (await store.UseLinkAsync(workspace, person, link, cancellationToken) is not { } used)
            return await PageAsync(context, workspace, isGood: false);
        await sessions.BeginAsync(context, workspace, used.Email, cancellationToken);
        return TypedResults.LocalRedirect(PortalPaths.With(context, "/support/requests", workspace), permanent: false, preserveMethod: false);
    }

    /// <summary>Signs somebody out, at this browser or everywhere.</summary>
    [Function(nameof(SignOutOfSupport)), Public]
    public async Task<Results<RedirectHttpResult, NotFound>> SignOutOfSupport(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "support/sign-out")] HttpContext context,
        CancellationToken cancellationToken
    )
    {
        SameOrigin.CheckSource(context);
        var workspace = PortalPaths.WorkspaceOf(context);
        if (!SettingsStore.IsId(workspace))
            return TypedResults.NotFound();
        var body = await RequestBody.ReadAsync(context);
        var fields = Intake.FormPost.Read(body.Span, TextEncodings.CharsetOf(context.Request.ContentType));
        if (fields.GetValueOrDefault("everywhere") == "yes" && await sessions.FindAsync(context, workspace, cancellationToken) is { } requester)
            await sessions.EndEverywhereAsync(context, requester, cancellationToken);
        else
            await sessions.EndAsync(context, workspace, cancellationToken);
        return TypedResults.LocalRedirect(PortalPaths.With(context, "/support/requests", workspace, "out=1"), permanent: false, preserveMethod: false);
    }

    private Task<ContentHttpResult> PageAsync(HttpContext context, string workspace, bool isGood) =>
        pages.AnswerAsync(
            context,
            new(
                "portal-open",
                texts => texts["portal.open.title"],
                new Dictionary<string, object?>(StringComparer.Ordinal)
                {
                    ["good"] = isGood,
                    ["action"] = PortalPaths.With(context, context.Request.Path, workspace),
                    ["again"] = PortalPaths.With(context, "/support/requests", workspace),
                }
            )
            {
                Private = true,
            },
            isGood ? StatusCodes.Status200OK : StatusCodes.Status410Gone
        );
}
