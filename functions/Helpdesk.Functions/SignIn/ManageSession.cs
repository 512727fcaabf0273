using System.ComponentModel.DataAnnotations;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.SignIn;

/// <summary>Somebody who wants to sign in.</summary>
/// <param name="Key">The text of a key of an agent or an admin; it may also come as <c>Authorization: Bearer</c>.</param>
/// <param name="Agent">Id or e-mail address of the agent who signs in: only for the first admin key, which belongs to nobody in particular.</param>
[Example("""{"key":"hd_main_1a2b3c4d5e_0123456789abcdefghjkmnpqrstvwxyz01234567"}""")]
public sealed record BeginSessionRequest([property: MaxLength(300)] string? Key, [property: MaxLength(254)] string? Agent) : IFromRequest<BeginSessionRequest>
{
    public static async ValueTask<BeginSessionRequest> ReadAsync(HttpContext context)
    {
        // A body that is missing says nothing, but a form of another site could send one that is no JSON.
        var sent = KeyCallers.BearerOf(context);
        if (sent is not null && (await RequestBody.ReadAsync(context)).IsEmpty)
            return new(sent, null);
        var fields = await FieldReader.ReadAsync(context);
        var (key, agent) = (fields.Text("key", 300, required: sent is null), fields.Text("agent", 254));
        fields.Done();
        return new(key ?? sent, agent);
    }
}

/// <summary>For whom a session acts from now on.</summary>
/// <param name="Agent">Id or e-mail address of the agent.</param>
[Example("""{"agent":"ada"}""")]
public sealed record ChangeSessionRequest([property: MaxLength(254)] string Agent) : IFromRequest<ChangeSessionRequest>
{
    public static async ValueTask<ChangeSessionRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var agent = fields.Text("agent", 254, required: true);
        fields.Done();
        return new(agent!);
    }
}

/// <summary>A session of a browser.</summary>
/// <param name="Workspace">Id of the workspace.</param>
/// <param name="Agent">Id of the agent who is signed in.</param>
/// <param name="Name">The name of the agent.</param>
/// <param name="Role">What the session allows: as much as the key that began it.</param>
/// <param name="StandIn">
/// Whether it acts for the first admin, who is nobody in particular: ask who it is, and say so with <c>PATCH /api/session</c>.
/// </param>
/// <param name="ExpiresAt">When the session ends unless it is used.</param>
[Example("""{"workspace":"main","agent":"ada","name":"Ada Lovelace","role":"agent","standIn":false,"expiresAt":"2026-03-10T21:00:00.000Z"}""")]
public sealed record SessionView(string Workspace, string Agent, string? Name, KeyRole Role, bool StandIn, DateTimeOffset ExpiresAt)
{
    internal static SessionView Of(LiveSession live) =>
        new(live.Caller.Workspace, live.Caller.Agent!, live.Caller.Actor.Name, live.Caller.Role, live.IsStandIn, live.Session.ExpiresAt);
}

/// <summary>Signing in at a browser with a key, and out again.</summary>
public sealed partial class ManageSession(
    Sessions sessions,
    FindCaller find,
    DirectoryStore directory,
    SignInOptions options,
    SignInLimit limit,
    ILogger<ManageSession> logger
)
{
    /// <summary>
    /// Signs somebody in at a browser: a key is exchanged once for a cookie that scripts cannot read. It lasts as long as it is used, 12 hours without use,
    /// and no longer than its key. With the cookie, every request that changes something needs the header <c>X-Helpdesk-Session: 1</c>.
    /// </summary>
    [Function(nameof(BeginSession)), Public]
    [Answers(StatusCodes.Status401Unauthorized, "The key is not valid.")]
    [Answers(
        StatusCodes.Status403Forbidden,
        "The key belongs to no person (<c>no-person</c>), people do not sign in with keys here (<c>keys-not-allowed</c>), or another site has caused the "
            + "request (<c>cross-site-request</c>)."
    )]
    [Answers(StatusCodes.Status429TooManyRequests, "Too many attempts from this address.")]
    public async Task<Results<Ok<SessionView>, UnauthorizedHttpResult>> BeginSession(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/session")] BeginSessionRequest request,
        HttpContext context,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        SameOrigin.CheckSource(context);
        limit.Check(context);
        if (!options.AllowsKeys)
            throw new InvalidRequestException(
                StatusCodes.Status403Forbidden,
                "keys-not-allowed",
                "People do not sign in with keys here (SignIn__AllowKeys): sign in at the provider."
            );
        if (await find(request.Key!, cancellationToken) is not { } caller)
            return TypedResults.Unauthorized();
        if (caller.Agent is null)
            throw new InvalidRequestException(
                StatusCodes.Status403Forbidden,
                "no-person",
                "This key belongs to an integration, and only people sign in: use a key of an agent or an admin."
            );
        if (request.Agent is not null && caller.KeyId != KeyRing.FirstKey)
            throw new InvalidRequestException("agent", "agent must be left out: this key belongs to an agent already.");
        var agent = request.Agent is null ? null : await FindAgentAsync(caller.Workspace, request.Agent, cancellationToken);
        var live = await sessions.BeginAsync(context, caller, agent, cancellationToken);
        Log.SignedIn(logger, live.Caller.Agent!, caller.Workspace, caller.KeyId);
        return TypedResults.Ok(SessionView.Of(live));
    }

    /// <summary>
    /// Says who it is that has signed in with the first admin key. What they do from now on, they do as this agent, and with the rights of an admin.
    /// </summary>
    [Function(nameof(ChangeSession)), RequiresKey(KeyRole.Agent, KeyRole.Admin), Refuses("session-has-agent")]
    public async Task<Results<Ok<SessionView>, UnauthorizedHttpResult>> ChangeSession(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/session")] ChangeSessionRequest request,
        HttpContext context,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(caller);
        if (context.Features.Get<LiveSession>() is not { Session.Key: KeyRing.FirstKey } live)
            throw new HelpdeskRuleException(
                "session-has-agent",
                "Only who has signed in with the first admin key says who they are: every other key belongs to an agent."
            );
        var agent = await FindAgentAsync(caller.Workspace, request.Agent, cancellationToken);
        return await sessions.ChangeAgentAsync(live, agent, cancellationToken) is { } changed
            ? TypedResults.Ok(SessionView.Of(changed))
            : TypedResults.Unauthorized();
    }

    /// <summary>Signs out: the session ends and its cookie is taken back. Without a session it does nothing.</summary>
    [Function(nameof(EndSession)), Public]
    [Answers(StatusCodes.Status403Forbidden, "Another site has caused the request, or its header <c>X-Helpdesk-Session: 1</c> is missing.")]
    public async Task<NoContent> EndSession(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/session")] HttpContext context,
        CancellationToken cancellationToken
    )
    {
        SameOrigin.CheckChange(context);
        await sessions.EndAsync(context, cancellationToken);
        return TypedResults.NoContent();
    }

    private async Task<Agent> FindAgentAsync(string workspace, string idOrEmail, CancellationToken cancellationToken) =>
        await directory.FindAgentAsync(workspace, idOrEmail, cancellationToken) switch
        {
            { Active: true } agent => agent,
            { } resting => throw new InvalidRequestException("agent", $"agent is \"{resting.Id}\", who is not active: choose another one."),
            null => throw new InvalidRequestException("agent", "agent was not found: give the id or e-mail address of an agent of this workspace."),
        };

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "Agent {Agent} of {Workspace} signed in with key {Key}")]
        public static partial void SignedIn(ILogger logger, string agent, string workspace, string key);
    }
}
