using System.Reflection;

namespace Helpdesk.Functions.Hosting;

/// <summary>Who sent a request, by the key that came with it.</summary>
public sealed record Caller(string Workspace, KeyRole Role, string KeyId, Actor Actor)
{
    /// <summary>Id of the agent who holds the key; null for an integration.</summary>
    public string? Agent => Actor.Kind == ActorKind.Agent ? Actor.Id : null;

    /// <summary>Given to handlers behind <see cref="RequiresKey"/>.</summary>
    public static ValueTask<Caller?> BindAsync(HttpContext context, ParameterInfo parameter) => new(context.Features.Get<Caller>());
}

/// <summary>Marks endpoints that need a key, and how far it must reach.</summary>
public sealed record RequiresKey(params KeyRole[] Roles);

/// <summary>Tells who holds a key; null when nobody does.</summary>
public delegate ValueTask<Caller?> FindCaller(string key, CancellationToken cancel);

/// <summary>Lets through who has a key that reaches far enough.</summary>
public sealed class KeyAuthentication(RequestDelegate next, FindCaller find)
{
    /// <summary>401 without a valid key, 403 when its role does not reach.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<RequiresKey>() is not { } required)
        {
            await next(context);
            return;
        }

        var header = context.Request.Headers.Authorization.ToString();
        var key = header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? header[7..].Trim() : "";
        if (key.Length is 0 or > 300 || await find(key, context.RequestAborted) is not { } caller)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }

        if (!required.Roles.Contains(caller.Role))
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        context.Features.Set(caller);
        await next(context);
    }
}
