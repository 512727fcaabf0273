using Helpdesk.Functions.Hosting;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Helpdesk.Functions.SignIn;

/// <summary>Knows callers by an access token of the provider in <c>Authorization</c>.</summary>
/// <remarks>
/// It must be signed by a key of the provider with an asymmetric algorithm, name the provider as its issuer and this desk as its audience, and not be over. An
/// ID token is refused even where both have one audience: it says who somebody is to the console, and opens nothing.
/// </remarks>
public sealed class AccessTokens(SignInOptions options, OpenIdProvider provider, SignInIdentities identities, TimeProvider time) : ICallerSource
{
    private const int LongestToken = 16_000;

    /// <summary>How far clocks may be apart.</summary>
    internal static readonly TimeSpan Skew = TimeSpan.FromSeconds(30);

    internal static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256,
        SecurityAlgorithms.RsaSha384,
        SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256,
        SecurityAlgorithms.RsaSsaPssSha384,
        SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256,
        SecurityAlgorithms.EcdsaSha384,
        SecurityAlgorithms.EcdsaSha512,
    ];

    /// <summary>What only ID tokens say, since it binds them to one sign-in.</summary>
    private static readonly string[] OfIdTokens = ["nonce", "at_hash", "c_hash"];

    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = LongestToken };

    public async ValueTask<Caller?> FindAsync(HttpContext http, CancellationToken cancellationToken)
    {
        if (
            options.Authority is null
            || KeyCallers.BearerOf(http) is not { Length: <= LongestToken } text
            || text.Count(letter => letter == '.') != 2
            || await ReadAsync(text, cancellationToken) is not { } token
        )
            return null;
        var agent = await identities.FindAgentAsync(token, cancellationToken);
        return new(options.Workspace, agent.Role, $"token-{agent.Id}", new(ActorKind.Agent, agent.Id, agent.Name)) { Method = SignInMethod.OpenidConnect };
    }

    private async Task<JsonWebToken?> ReadAsync(string text, CancellationToken cancellationToken)
    {
        var known = await provider.GetAsync(cancellationToken);
        var result = await ValidateAsync(text, known);
        // The provider may have begun to sign with another key.
        if (result.Exception is SecurityTokenSignatureKeyNotFoundException && await provider.GetNewerAsync(known, cancellationToken) is { } newer)
            result = await ValidateAsync(text, newer);
        return result.IsValid && result.SecurityToken is JsonWebToken { Subject.Length: > 0 } token && IsAccessToken(token) ? token : null;
    }

    private Task<TokenValidationResult> ValidateAsync(string text, OpenIdConnectConfiguration provider) =>
        _handler.ValidateTokenAsync(
            text,
            new TokenValidationParameters
            {
                ValidIssuer = provider.Issuer,
                ValidAudience = options.Audience,
                ValidAlgorithms = Algorithms,
                IssuerSigningKeys = provider.SigningKeys,
                RequireExpirationTime = true,
                RequireSignedTokens = true,
                LifetimeValidator = (from, until, _, _) =>
                    until is { } end && end > (time.GetUtcNow() - Skew).UtcDateTime && !(from > (time.GetUtcNow() + Skew).UtcDateTime),
            }
        );

    private static bool IsAccessToken(JsonWebToken token) =>
        token.Typ is "at+jwt" or "application/at+jwt"
        || (token.Typ is null or "" or "JWT" && !OfIdTokens.Any(claim => token.TryGetPayloadValue<object>(claim, out _)));
}
