using System.Globalization;
using Helpdesk.Bot.Conversations;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Intake;
using Helpdesk.Functions.Pages;
using Helpdesk.Functions.SignIn;
using Helpdesk.Functions.Tickets;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.Portal;

/// <summary>How much one network may ask of the pages where requesters sign in and write, per instance of the app.</summary>
/// <remarks><c>Portal__PerMinute</c>, 30 by default; 1 to 1,000,000.</remarks>
public sealed class PortalLimit(IConfiguration settings) : AddressLimit(settings, "Portal", 30);

/// <summary>The requests of somebody who has signed in by a link in a mail; for everybody else, the field in which the link is asked for.</summary>
public sealed class SupportRequests(
    PageRenderer pages,
    RequesterSessions sessions,
    SignInLinks links,
    TicketListStore lists,
    DirectoryStore directory,
    RequesterProvider provider,
    PortalLimit limit
)
{
    private const string Route = "support/requests";
    private const int PerPage = 20;
    private static readonly TicketStatus[] Open = [TicketStatus.New, TicketStatus.Open, TicketStatus.Pending, TicketStatus.OnHold];
    private static readonly TicketStatus[] Solved = [TicketStatus.Resolved, TicketStatus.Closed];

    /// <summary>The list, or the field for an address.</summary>
    [Function(nameof(SupportRequests)), Public]
    public async Task<Results<ContentHttpResult, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route)] HttpContext context,
        CancellationToken cancellationToken
    )
    {
        var workspace = PortalPaths.WorkspaceOf(context);
        if (await directory.FindWorkspaceAsync(workspace, cancellationToken) is null)
            return TypedResults.NotFound();
        return await sessions.FindAsync(context, workspace, cancellationToken) is { } requester
            ? await ListAsync(context, requester, cancellationToken)
            : await AskPageAsync(context, workspace, "", null, StatusCodes.Status200OK);
    }

    /// <summary>Has a link sent to an address, if somebody is known by it; what is answered tells nothing of that.</summary>
    [Function(nameof(AskForSignInLink)), Public]
    public async Task<Results<RedirectHttpResult, ContentHttpResult, NotFound>> AskForSignInLink(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route)] HttpContext context,
        CancellationToken cancellationToken
    )
    {
        var workspace = PortalPaths.WorkspaceOf(context);
        if (await directory.FindWorkspaceAsync(workspace, cancellationToken) is null)
            return TypedResults.NotFound();
        var texts = PageLanguage.TextsFor(context);
        var typed = "";
        try
        {
            limit.Check(context);
            SameOrigin.CheckSource(context);
            var body = await RequestBody.ReadAsync(context);
            typed = FormPost.Read(body.Span, TextEncodings.CharsetOf(context.Request.ContentType)).GetValueOrDefault("email") ?? "";
            if (EmailAddress.Read(typed) is not { Address: { } email })
                return await AskPageAsync(context, workspace, typed, texts["web.error.email"], StatusCodes.Status400BadRequest);
            await links.AskAsync(workspace, email.ToLowerInvariant(), texts.Language, cancellationToken);
            return TypedResults.LocalRedirect(PortalPaths.With(context, $"/{Route}", workspace, "sent=1"), permanent: false, preserveMethod: false);
        }
        catch (InvalidRequestException invalid) when (FormErrors.SummaryOf(invalid, context, texts) is { } summary)
        {
            return await AskPageAsync(context, workspace, typed, summary, invalid.Status);
        }
    }

    private Task<ContentHttpResult> AskPageAsync(HttpContext context, string workspace, string typed, string? problem, int status) =>
        pages.AnswerAsync(
            context,
            new(
                "portal-sign-in",
                texts => texts["portal.requests"],
                new Dictionary<string, object?>(StringComparer.Ordinal)
                {
                    ["action"] = PortalPaths.With(context, $"/{Route}", workspace),
                    ["form"] = PortalPaths.With(context, "/support", workspace),
                    ["provider"] = provider.IsFor(workspace) ? provider.Name : null,
                    ["provider_url"] = PortalPaths.With(context, "/support/sign-in-provider", workspace),
                    ["sent"] = context.Request.Query.ContainsKey("sent"),
                    ["over"] = context.Request.Query.ContainsKey("over"),
                    ["out"] = context.Request.Query.ContainsKey("out"),
                    ["refused"] = context.Request.Query.ContainsKey("refused"),
                    ["email"] = typed.Length > 254 ? "" : typed,
                    ["problem"] = problem,
                }
            )
            {
                Private = true,
            },
            status
        );

    private async Task<ContentHttpResult> ListAsync(HttpContext context, SignedInRequester requester, CancellationToken cancellationToken)
    {
        var texts = PageLanguage.TextsFor(context);
        var solved = context.Request.Query["show"] == "solved";
        var page = await lists.ReadAsync(
            requester.Workspace,
            new TicketFilter
            {
                Requesters = requester.Addresses,
                Statuses = solved ? Solved : Open,
                Order = TicketOrder.CreatedDescending,
            },
            PerPage,
            context.Request.Query["cursor"].ToString() is { Length: > 0 } cursor ? cursor : null,
            cancellationToken
        );
        var show = solved ? "show=solved" : "";
        return await pages.AnswerAsync(
            context,
            new(
                "portal-requests",
                all => all["portal.requests"],
                new Dictionary<string, object?>(StringComparer.Ordinal)
                {
                    ["email"] = requester.Email,
                    ["solved"] = solved,
                    ["open_url"] = PortalPaths.With(context, $"/{Route}", requester.Workspace),
                    ["solved_url"] = PortalPaths.With(context, $"/{Route}", requester.Workspace, "show=solved"),
                    ["new_url"] = PortalPaths.With(context, "/support", requester.Workspace),
                    ["out_url"] = PortalPaths.With(context, "/support/sign-out", requester.Workspace),
                    ["next"] = page.NextCursor is { } next
                        ? PortalPaths.With(context, $"/{Route}", requester.Workspace, show, $"cursor={Uri.EscapeDataString(next)}")
                        : null,
                    ["items"] = page
                        .Items.Where(ticket => requester.Is(ticket.Requester.Email))
                        .Select(ticket => new Dictionary<string, object?>(StringComparer.Ordinal)
                        {
                            ["number"] = ticket.Number.ToString(CultureInfo.InvariantCulture),
                            ["subject"] = ticket.Subject,
                            ["status"] = texts[ticket.MergedInto is null ? $"status.{WireName<TicketStatus>.Of(ticket.Status)}" : "portal.joined"],
                            ["at"] = PageRenderer.Show(ticket.CreatedAt),
                            ["at_iso"] = ticket.CreatedAt.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
                            ["url"] = PortalPaths.With(context, string.Create(CultureInfo.InvariantCulture, $"/{Route}/{ticket.Number}"), requester.Workspace),
                        })
                        .ToList(),
                }
            )
            {
                Private = true,
            }
        );
    }
}

/// <summary>Addresses of the portal's pages.</summary>
public static class PortalPaths
{
    /// <summary>The workspace that a page is of: the one that its address names, or the first one.</summary>
    public static string WorkspaceOf(HttpContext context) =>
        context.Request.Query["workspace"].ToString() is { Length: > 0 } named ? named : DirectoryStore.HomeWorkspace;

    /// <summary>A page of the same workspace in the same language.</summary>
    public static string With(HttpContext context, string path, string workspace, params IReadOnlyList<string> more)
    {
        var query = new[] { workspace == DirectoryStore.HomeWorkspace ? "" : $"workspace={Uri.EscapeDataString(workspace)}", PageLanguage.QueryOf(context) };
        var text = string.Join('&', query.Concat(more).Where(part => part.Length > 0));
        return text.Length > 0 ? $"{path}?{text}" : path;
    }
}
