using System.Collections.Frozen;
using System.Reflection;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace Helpdesk.Functions.Hosting;

/// <summary>Who sent a request, by the key, the session or the access token that came with it.</summary>
public sealed record Caller(string Workspace, KeyRole Role, string KeyId, Actor Actor)
{
    /// <summary>By what the caller is known.</summary>
    public SignInMethod Method { get; init; }

    /// <summary>What the key allows beyond its role.</summary>
    public IReadOnlyList<KeyScope> Scopes { get; init; } = [];

    /// <summary>Whether internal notes, and whatever tells of them, may be shown to the caller.</summary>
    public bool SeesNotes => Role != KeyRole.Integration || Scopes.Contains(KeyScope.Notes);

    /// <summary>403 when the caller may not write internal notes.</summary>
    public void MustSeeNotes()
    {
        if (!SeesNotes)
            throw new InvalidRequestException(
                StatusCodes.Status403Forbidden,
                "scope-missing",
                "This key neither reads nor writes internal notes: an admin can make one with \"scopes\": [\"notes\"]."
            );
    }

    /// <summary>Id of the agent who holds the key; null for an integration.</summary>
    public string? Agent => Actor.Kind == ActorKind.Agent ? Actor.Id : null;
}

/// <summary>By what a caller is known.</summary>
[System.Text.Json.Serialization.JsonConverter(typeof(WireNameConverter<SignInMethod>))]
public enum SignInMethod
{
    /// <summary>A key that came with the request.</summary>
    Key,

    /// <summary>A session of a browser.</summary>
    Session,

    /// <summary>An access token of the OpenID Connect provider.</summary>
    OpenidConnect,
}

/// <summary>Tells who holds a key; null when nobody does.</summary>
public delegate ValueTask<Caller?> FindCaller(string key, CancellationToken cancellationToken);

/// <summary>One way to know who sent a request.</summary>
public interface ICallerSource
{
    /// <summary>Who sent it; null when this way does not tell.</summary>
    ValueTask<Caller?> FindAsync(HttpContext http, CancellationToken cancellationToken);
}

/// <summary>Knows callers by the key in <c>Authorization</c>.</summary>
public sealed class KeyCallers(FindCaller find) : ICallerSource
{
    private const int LongestKey = 300;

    public async ValueTask<Caller?> FindAsync(HttpContext http, CancellationToken cancellationToken) =>
        BearerOf(http) is { Length: <= LongestKey } key ? await find(key, cancellationToken) : null;

    /// <summary>What follows <c>Bearer</c> in <c>Authorization</c>; null when nothing does.</summary>
    public static string? BearerOf(HttpContext http)
    {
        var header = http.Request.Headers.Authorization.ToString();
        return header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) && header[7..].Trim() is { Length: > 0 } text ? text : null;
    }
}

/// <summary>Lets through who is known and has a role that the function names. A function that says nothing is closed to everybody.</summary>
public sealed class KeyAuthentication(IEnumerable<ICallerSource> sources) : IFunctionsWorkerMiddleware
{
    private static readonly FrozenDictionary<string, Attribute?> Rules = FunctionMethods.All.ToFrozenDictionary(
        pair => pair.Key,
        pair => (Attribute?)pair.Value.GetCustomAttribute<RequiresKeyAttribute>() ?? pair.Value.GetCustomAttribute<PublicAttribute>(),
        StringComparer.Ordinal
    );

    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.GetHttpContext() is not { } http)
        {
            Acting.As(new(ActorKind.System, Name: context.FunctionDefinition.Name));
            await next(context);
            return;
        }

        var rule = Rules.GetValueOrDefault(context.FunctionDefinition.EntryPoint);
        if (rule is RequiresKeyAttribute required)
        {
            if (await CallerOfAsync(http) is not { } caller)
            {
                http.Response.Headers.WWWAuthenticate = "Bearer";
                context.GetInvocationResult().Value = TypedResults.StatusCode(StatusCodes.Status401Unauthorized);
                return;
            }

            if (!required.Roles.Contains(caller.Role))
            {
                context.GetInvocationResult().Value = TypedResults.StatusCode(StatusCodes.Status403Forbidden);
                return;
            }

            http.Features.Set(caller);
            Acting.As(caller.Actor);
        }
        else if (rule is not PublicAttribute)
        {
            context.GetInvocationResult().Value = TypedResults.StatusCode(StatusCodes.Status403Forbidden);
            return;
        }

        await next(context);
    }

    private async ValueTask<Caller?> CallerOfAsync(HttpContext http)
    {
        foreach (var source in sources)
        {
            if (await source.FindAsync(http, http.RequestAborted) is { } caller)
                return caller;
        }

        return null;
    }
}
