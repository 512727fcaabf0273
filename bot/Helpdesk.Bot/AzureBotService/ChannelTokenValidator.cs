using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Tokens;

namespace Helpdesk.Bot.AzureBotService;

/// <summary>What a token vouches for.</summary>
/// <param name="ServiceUrl">The only address that the bot's own token may be sent to; null for the emulator, whose own word it is.</param>
public sealed record ChannelIdentity(string Issuer, string? ServiceUrl);

/// <summary>Decides whether an activity comes from a channel of Azure Bot Service, as the Bot Connector authentication asks for.</summary>
/// <remarks>
/// Channel tokens: RS256 by a key that is published and endorsed for the activity's channel, issuer <c>https://api.botframework.com</c>,
/// audience the app id, not expired (5 minutes of skew), and <c>serviceurl</c> equal to the activity's. Tokens of the bot's own app and
/// tenant are taken when the emulator is allowed. Whatever else is sent is refused, never an error.
/// </remarks>
public sealed partial class ChannelTokenValidator(BotOptions options, IDocumentRetriever documents, TimeProvider time, ILogger<ChannelTokenValidator> logger)
    : IDisposable
{
    private const string ChannelIssuer = "https://api.botframework.com";
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(5);
    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false };
    private readonly ChannelKeys _channel = new(options.ChannelMetadata, documents, time);
    private readonly ChannelKeys? _tenant = options.TenantId is null
        ? null
        : new(string.Format(System.Globalization.CultureInfo.InvariantCulture, options.TenantMetadata, options.TenantId), documents, time);

    /// <summary>Who sent the activity; null when it is to be refused with 401.</summary>
    /// <param name="channel">The channel that the activity claims to come from.</param>
    /// <param name="serviceUrl">The address that it wants to be answered at.</param>
    public async Task<ChannelIdentity?> ValidateAsync(string? authorization, string? channel, string? serviceUrl, CancellationToken cancellationToken)
    {
        var (identity, refused) = await CheckAsync(authorization, channel, serviceUrl, cancellationToken);
        if (refused is not null)
            Log.Refused(logger, refused);
        return identity;
    }

    private async Task<(ChannelIdentity? Identity, string? Refused)> CheckAsync(
        string? authorization,
        string? channel,
        string? serviceUrl,
        CancellationToken cancellationToken
    )
    {
        if (options.AppId is null)
            return (null, "no app id is set");
        if (authorization is null || !authorization.StartsWith("Bearer ", StringComparison.Ordinal))
            return (null, "no bearer token");
        var text = authorization["Bearer ".Length..];
        if (text.Length is 0 or > 16_000 || text.Any(char.IsWhiteSpace) || !_handler.CanReadToken(text))
            return (null, "not a token");

        JsonWebToken token;
        try
        {
            token = _handler.ReadJsonWebToken(text);
        }
        catch (Exception unreadable) when (unreadable is ArgumentException or SecurityTokenException or JsonException or FormatException)
        {
            return (null, "not a token");
        }

        if (token.Alg != SecurityAlgorithms.RsaSha256 || string.IsNullOrEmpty(token.Kid))
            return (null, "not signed by RS256 with a named key");
        return token.Issuer == ChannelIssuer
            ? await CheckChannelAsync(token, text, channel, serviceUrl, cancellationToken)
            : await CheckOwnAsync(token, text, cancellationToken);
    }

    private async Task<(ChannelIdentity?, string?)> CheckChannelAsync(
        JsonWebToken token,
        string text,
        string? channel,
        string? serviceUrl,
        CancellationToken cancellationToken
    )
    {
        if (string.IsNullOrEmpty(channel) || string.IsNullOrEmpty(serviceUrl))
            return (null, "the activity names no channel or service URL");
        if (await _channel.FindAsync(token.Kid, cancellationToken) is not { } key)
            return (null, "the signing key is not published");
        if (!Endorses(key, channel))
            return (null, "the signing key is not endorsed for the channel");
        if (await ProveAsync(text, ChannelIssuer, key) is { } reason)
            return (null, reason);
        return Claim(token, "serviceurl") == serviceUrl ? (new(ChannelIssuer, serviceUrl), null) : (null, "the service URL is not the token's");
    }

    private async Task<(ChannelIdentity?, string?)> CheckOwnAsync(JsonWebToken token, string text, CancellationToken cancellationToken)
    {
        if (!options.AllowEmulator || _tenant is null)
            return (null, "the issuer is not the channels'");
        var issuer = $"https://sts.windows.net/{options.TenantId}/";
        var (expected, app) = Claim(token, "ver") switch
        {
            "1.0" => (issuer, Claim(token, "appid")),
            "2.0" => ($"https://login.microsoftonline.com/{options.TenantId}/v2.0", Claim(token, "azp")),
            _ => (null, null),
        };
        if (expected is null || token.Issuer != expected || app != options.AppId)
            return (null, "the token is not of the bot's own app and tenant");
        if (await _tenant.FindAsync(token.Kid, cancellationToken) is not { } key)
            return (null, "the signing key is not published");
        return await ProveAsync(text, expected, key) is { } reason ? (null, reason) : (new(expected, null), null);
    }

    /// <summary>What is wrong with the token's signature, audience or times; null when nothing is.</summary>
    private async Task<string?> ProveAsync(string text, string issuer, JsonWebKey key)
    {
        var result = await _handler.ValidateTokenAsync(
            text,
            new TokenValidationParameters
            {
                ValidIssuer = issuer,
                ValidAudience = options.AppId,
                IssuerSigningKey = key,
                ValidAlgorithms = [SecurityAlgorithms.RsaSha256],
                RequireSignedTokens = true,
                RequireExpirationTime = true,
                ValidateLifetime = true,
                LifetimeValidator = (notBefore, expires, _, _) =>
                    expires is { } end
                    && end > time.GetUtcNow().UtcDateTime - Skew
                    && (notBefore is not { } start || start < time.GetUtcNow().UtcDateTime + Skew),
            }
        );
        return result.IsValid ? null : result.Exception?.GetType().Name ?? "not valid";
    }

    private static bool Endorses(JsonWebKey key, string channel) =>
        key.AdditionalData.TryGetValue("endorsements", out var endorsements)
        && endorsements switch
        {
            JsonElement { ValueKind: JsonValueKind.Array } list => list.EnumerateArray()
                .Any(one => one.ValueKind == JsonValueKind.String && one.GetString() == channel),
            IEnumerable<object> list => list.Any(one => one is string text ? text == channel : one.ToString() == channel),
            _ => false,
        };

    private static string? Claim(JsonWebToken token, string name) => token.TryGetPayloadValue<string>(name, out var value) ? value : null;

    public void Dispose()
    {
        _channel.Dispose();
        _tenant?.Dispose();
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "An activity was refused: {Reason}")]
        public static partial void Refused(ILogger logger, string reason);
    }
}
