using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Helpdesk.Bot.Conversations;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.SignIn;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.WebUtilities;

namespace Helpdesk.Functions.Portal;

/// <summary>Has requesters sign in at the OpenID Connect provider of the desk: authorization code with PKCE, as a public client.</summary>
/// <remarks>
/// What is asked is kept in a cookie of the browser until the provider answers, so that an answer that was asked for elsewhere is worth nothing. Whoever signs
/// in is a requester here, an agent or not; and only an address that the provider has verified says who they are.
/// </remarks>
public sealed class RequesterProvider(SignInOptions options, OpenIdProvider provider, IdTokens tokens)
{
    /// <summary>Where the provider sends people back to.</summary>
    public const string Callback = "/support/sign-in-provider/callback";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>What the link says.</summary>
    public string Name => options.Name;

    /// <summary>Whether the people of a workspace sign in at the provider.</summary>
    public bool IsFor(string workspace) => options.Authority is not null && options.Workspace == workspace;

    /// <summary>Where a browser goes to sign in.</summary>
    public async Task<string> BeginAsync(HttpContext http, CancellationToken cancellationToken)
    {
        var known = await provider.GetAsync(cancellationToken);
        var (state, nonce, verifier) = (Hashes.RandomName(30), Hashes.RandomName(30), Hashes.RandomName(60));
        http.Response.Cookies.Append(NameOf(http), $"{state}_{nonce}_{verifier}", CookieFor(http, Patience));
        var query = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["client_id"] = options.ClientId,
            ["response_type"] = "code",
            ["redirect_uri"] = OwnAddress.Of(http) + Callback,
            ["scope"] = "openid email",
            ["state"] = state,
            ["nonce"] = nonce,
            ["code_challenge"] = WebEncoders.Base64UrlEncode(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))),
            ["code_challenge_method"] = "S256",
        };
        return QueryHelpers.AddQueryString(known.AuthorizationEndpoint, query);
    }

    /// <summary>The verified address of whoever comes back; null for an answer that was not asked for here, or says nothing certain.</summary>
    public async Task<string?> EndAsync(HttpContext http, CancellationToken cancellationToken)
    {
        var asked = http.Request.Cookies[NameOf(http)]?.Split('_');
        http.Response.Cookies.Delete(NameOf(http), CookieFor(http, null));
        if (
            asked is not [{ Length: 30 } state, { Length: 30 } nonce, { Length: 60 } verifier]
            || !CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(http.Request.Query["state"].ToString()), Encoding.UTF8.GetBytes(state))
            || http.Request.Query["code"].ToString() is not { Length: > 0 and <= 4000 } code
        )
            return null;
        var given = await provider.RedeemAsync(
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["grant_type"] = "authorization_code",
                ["client_id"] = options.ClientId,
                ["code"] = code,
                ["redirect_uri"] = OwnAddress.Of(http) + Callback,
                ["code_verifier"] = verifier,
            },
            cancellationToken
        );
        if (given is null || TextsOf(given) is not var (id, access))
            return null;
        return await tokens.VerifiedEmailAsync(id, access, nonce, cancellationToken) is { } email && EmailAddress.Read(email) is { Address: { } address }
            ? address
            : null;
    }

    private static (string Id, string Access)? TextsOf(string json)
    {
        try
        {
            using var given = JsonDocument.Parse(json);
            return
                given.RootElement.ValueKind == JsonValueKind.Object
                && given.RootElement.TryGetProperty("id_token", out var id)
                && given.RootElement.TryGetProperty("access_token", out var access)
                && id.ValueKind == JsonValueKind.String
                && access.ValueKind == JsonValueKind.String
                ? (id.GetString()!, access.GetString()!)
                : null;
        }
        catch (JsonException)
        {
            // What is no JSON is no answer.
            return null;
        }
    }

    private static string NameOf(HttpContext http) => string.Create(CultureInfo.InvariantCulture, $"helpdesk-requester-asked-{http.Request.Host.Port ?? 443}");

    private static CookieOptions CookieFor(HttpContext http, TimeSpan? lifetime) =>
        new()
        {
            Path = "/support/sign-in-provider",
            HttpOnly = true,
            IsEssential = true,
            MaxAge = lifetime,
            SameSite = SameSiteMode.Lax,
            Secure = OwnAddress.Of(http).StartsWith("https:", StringComparison.Ordinal),
        };
}

/// <summary>Signs requesters in by the provider.</summary>
public sealed class SignInAtProvider(RequesterProvider provider, RequesterSessions sessions, SignInOptions options, PortalLimit limit)
{
    /// <summary>Leads a browser to the provider.</summary>
    [Function(nameof(SignInAtProvider)), Public]
    public async Task<Results<RedirectHttpResult, NotFound>> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "support/sign-in-provider")] HttpContext context,
        CancellationToken cancellationToken
    )
    {
        limit.Check(context);
        return provider.IsFor(PortalPaths.WorkspaceOf(context))
            ? TypedResults.Redirect(await provider.BeginAsync(context, cancellationToken))
            : TypedResults.NotFound();
    }

    /// <summary>Signs in who comes back from the provider, if it has verified their address.</summary>
    [Function(nameof(ReturnFromProvider)), Public]
    public async Task<Results<RedirectHttpResult, NotFound>> ReturnFromProvider(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "support/sign-in-provider/callback")] HttpContext context,
        CancellationToken cancellationToken
    )
    {
        limit.Check(context);
        // A code is good once, and not for whoever only looks whether there is a page.
        if (!provider.IsFor(options.Workspace) || !HttpMethods.IsGet(context.Request.Method))
            return TypedResults.NotFound();
        var email = await provider.EndAsync(context, cancellationToken);
        if (email is not null)
            await sessions.BeginAsync(context, options.Workspace, email, cancellationToken);
        var path = PortalPaths.With(context, "/support/requests", options.Workspace, email is null ? "refused=1" : "");
        return TypedResults.LocalRedirect(path, permanent: false, preserveMethod: false);
    }
}
