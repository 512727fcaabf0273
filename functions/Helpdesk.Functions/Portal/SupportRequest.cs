using System.Globalization;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Intake;
using Helpdesk.Functions.Satisfaction;
using Helpdesk.Functions.SignIn;
using Helpdesk.Satisfaction;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.DurableTask.Client;

namespace Helpdesk.Functions.Portal;

/// <summary>The page of a request for its requester, who is signed in. It works without scripts.</summary>
public sealed class SupportRequest(
    RequestPages requests,
    RequesterThreads threads,
    RequesterSessions sessions,
    SatisfactionLinks links,
    TaskHub hub,
    TimeProvider time
)
{
    private const string Route = "support/requests/{number}";

    /// <summary>The page. Somebody who is not signed in is led to where they sign in; a request of somebody else is not there.</summary>
    [Function(nameof(SupportRequest)), Public]
    public async Task<Results<RedirectHttpResult, ContentHttpResult, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route)] HttpContext context,
        string number,
        CancellationToken cancellationToken
    )
    {
        var workspace = PortalPaths.WorkspaceOf(context);
        if (await sessions.FindAsync(context, workspace, cancellationToken) is not { } requester)
            return SignInFirst(context, workspace);
        return await FindAsync(requester, number, cancellationToken) is { } thread
            ? await requests.ShowAsync(context, thread, await ExtrasAsync(context, thread, cancellationToken), cancellationToken)
            : TypedResults.NotFound();
    }

    /// <summary>Takes an answer, that it is solved, or that it is not.</summary>
    [Function(nameof(SendRequestReply)), Public]
    public async Task<Results<RedirectHttpResult, ContentHttpResult, NotFound>> SendRequestReply(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route)] HttpContext context,
        string number,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    )
    {
        hub.Learn(durable);
        SameOrigin.CheckSource(context);
        var workspace = PortalPaths.WorkspaceOf(context);
        if (await sessions.FindAsync(context, workspace, cancellationToken) is not { } requester)
            return SignInFirst(context, workspace);
        return await FindAsync(requester, number, cancellationToken) is { } thread
            ? await requests.TakeAsync(context, thread, await ExtrasAsync(context, thread, cancellationToken), cancellationToken)
            : TypedResults.NotFound();
    }

    private static RedirectHttpResult SignInFirst(HttpContext context, string workspace) =>
        TypedResults.LocalRedirect(PortalPaths.With(context, "/support/requests", workspace), permanent: false, preserveMethod: false);

    private async Task<RequesterThread?> FindAsync(SignedInRequester requester, string number, CancellationToken cancellationToken) =>
        long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var named)
            ? await threads.FindAsync(requester.Workspace, named, requester.Addresses, cancellationToken)
            : null;

    private async Task<RequestExtras> ExtrasAsync(HttpContext context, RequesterThread thread, CancellationToken cancellationToken)
    {
        var back = PortalPaths.With(context, "/support/requests", thread.Workspace);
        if (thread is not { IsElsewhere: false, Living: { Satisfaction: { } asked } ticket } || time.GetUtcNow() > SatisfactionRules.OpenUntil(asked))
            return new(null, back);
        var path = await links.PathOfAsync(new(thread.Workspace, ticket.Number, asked.Asked), cancellationToken);
        return new(PortalPaths.With(context, path, Directory.DirectoryStore.HomeWorkspace), back);
    }
}
