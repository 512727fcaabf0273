using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Helpdesk.Functions.SignIn;

/// <summary>How people sign in here.</summary>
/// <param name="Methods"><c>openid-connect</c>, <c>session</c> (with a key), or both; the first one is offered first.</param>
/// <param name="Name">What the provider is called; null without one.</param>
/// <param name="Authority">The address of the OpenID Connect provider; null without one.</param>
/// <param name="ClientId">What the provider calls the console; null without one.</param>
/// <param name="Scopes">What the console asks the provider for.</param>
/// <param name="Resource">The resource that the console asks a token for (RFC 8707); null for none.</param>
/// <param name="Parameters">More parameters with which the console sends people to the provider.</param>
[Example(
    """
        {"methods":["openid-connect","session"],"name":"Microsoft","authority":"https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0",
         "clientId":"6731de76-14a6-49ae-97bc-6eba6914391e","scopes":["openid","profile","offline_access","api://helpdesk/desk"],
         "resource":null,"parameters":{}}
        """
)]
public sealed record SignInView(
    IReadOnlyList<SignInMethod> Methods,
    string? Name,
    string? Authority,
    string? ClientId,
    IReadOnlyList<string> Scopes,
    string? Resource,
    IReadOnlyDictionary<string, string> Parameters
);

/// <summary>Tells the console how people sign in; admins see who is who at the provider.</summary>
public sealed class ManageSignIn(SignInOptions options, SettingsStore settings)
{
    /// <summary>Tells how people sign in here: at an OpenID Connect provider, with a key, or either.</summary>
    [Function(nameof(GetSignIn)), Public]
    public Ok<SignInView> GetSignIn([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/sign-in")] HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.Response.Headers.CacheControl = "no-cache";
        List<SignInMethod> methods = options.Authority is null ? [] : [SignInMethod.OpenidConnect];
        if (options.AllowsKeys)
            methods.Add(SignInMethod.Session);
        return TypedResults.Ok(
            options.Authority is null
                ? new SignInView(methods, null, null, null, [], null, options.Parameters)
                : new SignInView(methods, options.Name, options.Authority, options.ClientId, options.Scopes, options.Resource, options.Parameters)
        );
    }

    /// <summary>Lists which people at the provider are which agents here: noted when somebody signs in for the first time.</summary>
    [Function(nameof(ListIdentities)), RequiresKey(KeyRole.Admin)]
    public async Task<Ok<ListPage<SignInIdentity>>> ListIdentities(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/sign-in/identities")] PageQuery query,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(caller);
        return TypedResults.Ok(await settings.ListAsync(caller.Workspace, SignInIdentities.Kind, query.Limit, query.Cursor, cancellationToken));
    }

    /// <summary>Removes what is noted of a person at the provider: whoever signs in next with the agent's verified address is the agent.</summary>
    [Function(nameof(RemoveIdentity)), RequiresKey(KeyRole.Admin)]
    public async Task<Results<NoContent, NotFound>> RemoveIdentity(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/sign-in/identities/{id}")] Caller caller,
        string id,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(caller);
        return await settings.RemoveAsync(caller.Workspace, SignInIdentities.Kind, id, cancellationToken) ? TypedResults.NoContent() : TypedResults.NotFound();
    }
}
