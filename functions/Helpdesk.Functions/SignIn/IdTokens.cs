using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Helpdesk.Functions.SignIn;

/// <summary>Reads what the provider says, at the end of one sign-in, of who somebody is.</summary>
/// <remarks>An ID token must be signed by a key of the provider, be meant for the desk's registration, and answer the very question that was asked.</remarks>
public sealed class IdTokens(SignInOptions options, OpenIdProvider provider, SignInIdentities identities, TimeProvider time)
{
    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = 16_000 };

    /// <summary>The address of whoever has signed in, in lower case; null where the token is not good or the provider has not verified the address.</summary>
    /// <param name="access">The access token that came with it, by which the provider is asked for what the token does not say.</param>
    /// <param name="nonce">What the token must answer.</param>
    public async Task<string?> VerifiedEmailAsync(string idToken, string access, string nonce, CancellationToken cancellationToken)
    {
        var known = await provider.GetAsync(cancellationToken);
        var result = await ValidateAsync(idToken, known);
        if (result.Exception is SecurityTokenSignatureKeyNotFoundException && await provider.GetNewerAsync(known, cancellationToken) is { } newer)
            result = await ValidateAsync(idToken, newer);
        if (
            !result.IsValid
            || result.SecurityToken is not JsonWebToken { Subject.Length: > 0 } token
            || !token.TryGetPayloadValue<string>("nonce", out var answered)
            || !CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(answered), Encoding.UTF8.GetBytes(nonce))
            || (token.TryGetPayloadValue<string>("azp", out var party) && party != options.ClientId)
        )
            return null;
        return await identities.EmailOfAsync(token, access, cancellationToken) is ({ } email, true) ? email.ToLowerInvariant() : null;
    }

    private Task<TokenValidationResult> ValidateAsync(string text, OpenIdConnectConfiguration from) =>
        _handler.ValidateTokenAsync(
            text,
            new TokenValidationParameters
            {
                ValidIssuer = from.Issuer,
                ValidAudience = options.ClientId,
                ValidAlgorithms = AccessTokens.Algorithms,
                IssuerSigningKeys = from.SigningKeys,
                RequireExpirationTime = true,
                RequireSignedTokens = true,
                LifetimeValidator = (since, until, _, _) =>
                    until is { } end
                    && end > (time.GetUtcNow() - AccessTokens.Skew).UtcDateTime
                    && !(since > (time.GetUtcNow() + AccessTokens.Skew).UtcDateTime),
            }
        );
}
