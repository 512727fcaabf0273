using Azure.Core;
using Azure.Identity;
using Helpdesk.Bot.Conversations;
using Helpdesk.Bot.Protocol;
using Helpdesk.Bot.Teams;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Tickets;
using Microsoft.IdentityModel.Protocols;

namespace Helpdesk.Functions.Teams;

/// <summary>The workspace whose bot this is: one registration serves one workspace.</summary>
public sealed record BotWorkspace(string Id);

/// <summary>Puts the bot together from its settings.</summary>
/// <remarks>
/// <c>Bot__AppId</c> and <c>Bot__TenantId</c> name the registration; <c>Bot__AppPassword</c> is its secret, and without one the app's managed
/// identity is the bot. Without an app id only a laptop's host takes activities, as the Bot Framework Emulator sends them.
/// </remarks>
public static class BotSetup
{
    public static BotOptions Options(IConfiguration settings)
    {
        var onLaptop = settings["AZURE_FUNCTIONS_ENVIRONMENT"] == "Development" && settings["WEBSITE_INSTANCE_ID"] is null;
        var options = new BotOptions
        {
            AppId = Given(settings["Bot:AppId"]),
            TenantId = Given(settings["Bot:TenantId"]),
            AppPassword = Given(settings["Bot:AppPassword"]),
            AllowEmulator = settings["Bot:AllowEmulator"] == "true",
        };
        if (options is { AppId: not null, TenantId: null })
            throw new InvalidOperationException("Bot__AppId is set and Bot__TenantId is not: give the Entra tenant of the bot's registration.");
        return options with
        {
            AllowNoAppId = onLaptop && options.AppId is null,
            ChannelMetadata = Given(settings["Bot:ChannelMetadata"]) ?? options.ChannelMetadata,
            TenantMetadata = Given(settings["Bot:TenantMetadata"]) ?? options.TenantMetadata,
        };
    }

    public static void AddBot(this IServiceCollection services)
    {
        services.AddSingleton(provider => Options(provider.GetRequiredService<IConfiguration>()));
        services.AddSingleton(provider => new BotWorkspace(provider.GetRequiredService<IConfiguration>()["Bot:Workspace"] is { Length: > 0 } named ? named : SettingsStore.HomeWorkspace));
        services.AddSingleton(_ => new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5), AllowAutoRedirect = false }) { Timeout = TimeSpan.FromSeconds(30) });
        services.AddSingleton<IDocumentRetriever>(provider => new HttpDocumentRetriever(provider.GetRequiredService<HttpClient>())
        {
            RequireHttps = !(Uri.TryCreate(provider.GetRequiredService<BotOptions>().ChannelMetadata, UriKind.Absolute, out var address) && address.IsLoopback),
        });
        services.AddSingleton<ChannelTokenValidator>();
        services.AddSingleton<ConversationLimiter>();
        services.AddSingleton(provider => TokenOf(provider.GetRequiredService<BotOptions>()));
        services.AddSingleton<ConnectorClient>();
        services.AddSingleton<OutboxQueue>();
        services.AddSingleton<TeamsStore>();
        services.AddSingleton<ITeamsStore>(provider => provider.GetRequiredService<TeamsStore>());
        services.AddSingleton<AgentDesk>();
        services.AddSingleton<IAgentDesk>(provider => provider.GetRequiredService<AgentDesk>());
        services.AddSingleton<GroupLinks>();
        services.AddSingleton<PendingOutboxes>();
        services.AddSingleton<GroupCards>();
        services.AddSingleton<ITicketConsumer>(provider => provider.GetRequiredService<GroupCards>());
        services.AddHostedService<OutboxWorker>();
        services.AddSingleton(provider => new TeamsBot(
            provider.GetRequiredService<BotWorkspace>().Id, provider.GetRequiredService<ChatTurns>(), provider.GetRequiredService<IAgentDesk>(), provider.GetRequiredService<IHelpdesk>(),
            provider.GetRequiredService<ITeamsStore>(), provider.GetRequiredService<ConnectorClient>(), provider.GetRequiredService<ILogger<TeamsBot>>()));
    }

    /// <summary>The bot's own token: of its managed identity, or by its secret in its own tenant. The credential keeps it until it is nearly over.</summary>
    private static GetConnectorToken TokenOf(BotOptions options)
    {
        if (options.AppId is null)
            return _ => new((string?)null);
        TokenCredential credential = options.AppPassword is { } secret
            ? new ClientSecretCredential(options.TenantId, options.AppId, secret)
            : new ManagedIdentityCredential(ManagedIdentityId.FromUserAssignedClientId(options.AppId));
        return async cancel => (await credential.GetTokenAsync(new TokenRequestContext([BotOptions.Scope]), cancel)).Token;
    }

    private static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
