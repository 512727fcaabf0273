using System.Security.Claims;
using Microsoft.Bot.Builder.Integration.AspNet.Core;
using Microsoft.Bot.Connector;
using Microsoft.Bot.Connector.Authentication;
using Microsoft.Bot.Schema;
using Microsoft.Extensions.Configuration;
using Microsoft.Rest;

namespace Helpdesk.Bot.AzureBotService;

/// <summary>Decides who may send activities, by <see cref="ChannelTokenValidator"/>, and gives the SDK's connectors the bot's own token.</summary>
/// <remarks>The SDK's own check takes tokens that it should refuse, and answers others with an error.</remarks>
public sealed class ChannelAuthentication : BotFrameworkAuthentication
{
    private readonly BotOptions _options;
    private readonly ChannelTokenValidator _validator;
    private readonly ConfigurationBotFrameworkAuthentication _sdk;

    public ChannelAuthentication(BotOptions options, ChannelTokenValidator validator, GetConnectorToken token, ConnectorHttp http)
    {
        (_options, _validator) = (options, validator);
        _sdk = new(new ConfigurationBuilder().Build(), new CredentialsFactory(options, token), httpClientFactory: http);
    }

    public override async Task<AuthenticateRequestResult> AuthenticateRequestAsync(Activity activity, string? authHeader, CancellationToken cancellationToken)
    {
        var identity = _options.AllowNoAppId
            ? new ClaimsIdentity([], AuthenticationConstants.AnonymousAuthType)
            : await IdentifyAsync(activity, authHeader, cancellationToken);
        return new()
        {
            ClaimsIdentity = identity,
            Audience = _sdk.GetOriginatingAudience(),
            CallerId = _options.AllowNoAppId ? null : CallerIdConstants.PublicAzureChannel,
            ConnectorFactory = _sdk.CreateConnectorFactory(identity),
        };
    }

    private async Task<ClaimsIdentity> IdentifyAsync(Activity activity, string? authHeader, CancellationToken cancellationToken)
    {
        ChannelIdentity? sender;
        try
        {
            sender = await _validator.ValidateAsync(authHeader, activity.ChannelId, activity.ServiceUrl, cancellationToken);
        }
        catch (KeysUnavailableException unavailable)
        {
            throw new ActivityRefusedException(
                503,
                "keys-unavailable",
                "The published keys of the channels cannot be fetched at the moment: send this again later.",
                unavailable
            );
        }

        if (sender is null)
            throw new ActivityRefusedException(401, "unauthorized", "Only a channel of this bot can send activities: its token is missing or not valid.");
        var tenant = sender.ServiceUrl is not null && activity.ChannelId == Channels.Msteams ? activity.Conversation?.TenantId : null;
        if (tenant is not null && tenant != _options.TenantId)
            throw new ActivityRefusedException(403, "foreign-tenant", "The bot only serves the tenant that it is registered in.");
        return new ClaimsIdentity(
            [
                new(AuthenticationConstants.AudienceClaim, _options.AppId!),
                new("iss", sender.Issuer),
                new(AuthenticationConstants.ServiceUrlClaim, activity.ServiceUrl ?? ""),
            ],
            "Bearer"
        );
    }

    public override Task<AuthenticateRequestResult> AuthenticateStreamingRequestAsync(
        string authHeader,
        string channelIdHeader,
        CancellationToken cancellationToken
    ) => throw new ActivityRefusedException(400, "streaming-not-supported", "This bot takes activities by POST only.");

    public override ConnectorFactory CreateConnectorFactory(ClaimsIdentity claimsIdentity) => _sdk.CreateConnectorFactory(claimsIdentity);

    public override Task<UserTokenClient> CreateUserTokenClientAsync(ClaimsIdentity claimsIdentity, CancellationToken cancellationToken) =>
        _sdk.CreateUserTokenClientAsync(claimsIdentity, cancellationToken);

    public override string GetOriginatingAudience() => _sdk.GetOriginatingAudience();

    /// <summary>A connector that speaks for the bot itself, to whoever it wants to reach.</summary>
    public Task<IConnectorClient> ConnectAsync(string serviceUrl, CancellationToken cancellationToken)
    {
        var bot = new ClaimsIdentity([new(AuthenticationConstants.AudienceClaim, _options.AppId ?? "")], "Bearer");
        return _sdk.CreateConnectorFactory(bot).CreateAsync(serviceUrl, null, cancellationToken);
    }

    private sealed class CredentialsFactory(BotOptions options, GetConnectorToken token) : ServiceClientCredentialsFactory
    {
        private readonly BotCredentials _credentials = new(token);

        public override Task<bool> IsValidAppIdAsync(string appId, CancellationToken cancellationToken) => Task.FromResult(appId == options.AppId);

        public override Task<bool> IsAuthenticationDisabledAsync(CancellationToken cancellationToken) => Task.FromResult(options.AllowNoAppId);

        public override Task<ServiceClientCredentials> CreateCredentialsAsync(
            string appId,
            string audience,
            string loginEndpoint,
            bool validateAuthority,
            CancellationToken cancellationToken
        ) => Task.FromResult<ServiceClientCredentials>(_credentials);
    }

    private sealed class BotCredentials(GetConnectorToken token) : ServiceClientCredentials
    {
        public override async Task ProcessHttpRequestAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (await token(cancellationToken) is { } bearer)
                request.Headers.Authorization = new("Bearer", bearer);
        }
    }
}

/// <summary>Gives the bot's own token for its connectors, or null where none is used.</summary>
public delegate ValueTask<string?> GetConnectorToken(CancellationToken cancellationToken);
