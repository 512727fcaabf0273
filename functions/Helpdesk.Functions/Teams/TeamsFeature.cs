using Azure.Core;
using Azure.Identity;
using Helpdesk.Bot.AzureBotService;
using Helpdesk.Bot.Conversations;
using Helpdesk.Bot.Teams;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Conversations;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Bot.Builder;
using Microsoft.IdentityModel.Protocols;

namespace Helpdesk.Functions.Teams;

/// <summary>Puts the bot together from its settings.</summary>
/// <remarks>
/// <c>Bot__AppId</c> and <c>Bot__TenantId</c> name the registration; <c>Bot__AppPassword</c> is its secret, and without one the app's managed
/// identity is the bot. Without an app id only a laptop's host takes activities, as the Bot Framework Emulator sends them.
/// </remarks>
public static class TeamsFeature
{
    public static BotOptions Options(IConfiguration settings)
    {
        var onLaptop = settings["AZURE_FUNCTIONS_ENVIRONMENT"] == "Development" && settings["WEBSITE_INSTANCE_ID"] is null;
        var options = new BotOptions
        {
            Workspace = Given(settings["Bot:Workspace"]) ?? DirectoryStore.HomeWorkspace,
            AppId = Given(settings["Bot:AppId"]),
            TenantId = Given(settings["Bot:TenantId"]),
            AppPassword = Given(settings["Bot:AppPassword"]),
            AllowEmulator = settings["Bot:AllowEmulator"] == "true",
            TicketPage = Given(settings["Bot:TicketPage"]),
        };
        if (options is { AppId: not null, TenantId: null })
            throw new InvalidOperationException("Bot__AppId is set and Bot__TenantId is not: give the Entra tenant of the bot's registration.");
        if (options.TicketPage is { } page && !IsPage(page))
            throw new InvalidOperationException(
                $"Bot__TicketPage is \"{page}\": give an address such as https://helpdesk.example.com/tickets/{{number}}, with {{number}} or {{id}} in it."
            );
        return options with
        {
            AllowNoAppId = onLaptop && options.AppId is null,
            ChannelMetadata = Given(settings["Bot:ChannelMetadata"]) ?? options.ChannelMetadata,
            TenantMetadata = Given(settings["Bot:TenantMetadata"]) ?? options.TenantMetadata,
        };
    }

    public static FunctionsApplicationBuilder AddTeams(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddTable(TeamsStore.PeopleTableName);
        services.AddSingleton<IHoldsPersonalData, PeopleErasure>();
        services.CheckAtStart<BotOptions>();
        services.LogOutsideCalls<ChannelOutbox>();
        services.LogOutsideCalls<GroupCards>();
        services.AddSingleton(provider => Options(provider.GetRequiredService<IConfiguration>()));
        services.AddSingleton(_ => new HttpClient(Connections()) { Timeout = TimeSpan.FromSeconds(30) });
        services.AddSingleton<IDocumentRetriever>(provider => new HttpDocumentRetriever(provider.GetRequiredService<HttpClient>())
        {
            RequireHttps = !IsLoopback(provider.GetRequiredService<BotOptions>().ChannelMetadata),
        });
        services.AddSingleton<ChannelTokenValidator>();
        services.AddSingleton<ConversationLimiter>();
        services.AddSingleton(provider => TokenOf(provider.GetRequiredService<BotOptions>()));
        services.AddSingleton(provider => new ConnectorHttp(
            Connections(),
            provider.GetRequiredService<ConversationLimiter>(),
            provider.GetRequiredService<TimeProvider>()
        ));
        services.AddSingleton<ChannelAuthentication>();
        services.AddSingleton<HelpdeskAdapter>();
        services.AddSingleton<ConversationSender>();
        services.AddSingleton<TeamsStore>();
        services.AddSingleton<ITeamsStore>(provider => provider.GetRequiredService<TeamsStore>());
        services.AddSingleton<ChannelOutbox>();
        services.AddSingleton<IOutbox>(provider => provider.GetRequiredService<ChannelOutbox>());
        services.AddSingleton<IChannelFiles, ChannelFiles>();
        services.AddSingleton<AgentDesk>();
        services.AddSingleton<IAgentDesk>(provider => provider.GetRequiredService<AgentDesk>());
        services.AddSingleton<GroupLinks>();
        services.AddSingleton<AgentChats>();
        services.AddSingleton<INamesSettings, AgentChatNames>();
        services.AddSingleton<AgentNotices>();
        services.AddSingleton<INamesSettings, GroupLinkNames>();
        services.AddSingleton<GroupCards>();
        services.AddSingleton<IEventSubscriber>(provider => provider.GetRequiredService<GroupCards>());
        services.AddWorker<OutboxMessage, OutboxWorker>();
        services.AddSingleton<IDeliveryLog>(provider =>
            ActivatorUtilities.CreateInstance<DeadLetterLog>(
                provider,
                DeliveryChannel.Teams,
                new[] { NotifyRequester.SubscriberName, GroupCards.SubscriberName }
            )
        );
        services.AddSingleton<TeamsPeople>();
        services.AddSingleton<KnownPlaces>();
        services.AddSingleton<RequesterChat>();
        services.AddSingleton<AgentCommands>();
        services.AddSingleton<AgentCards>();
        services.AddSingleton<TicketExtension>();
        services.AddSingleton<IBot, HelpdeskBot>();
        return builder;
    }

    private static SocketsHttpHandler Connections() => new() { PooledConnectionLifetime = TimeSpan.FromMinutes(5), AllowAutoRedirect = false };

    /// <summary>The bot's own token: of its managed identity, or by its secret in its own tenant. The credential keeps it until it is nearly over.</summary>
    private static GetConnectorToken TokenOf(BotOptions options)
    {
        if (options.AppId is null)
            return _ => new((string?)null);
        TokenCredential credential = options.AppPassword is { } secret
            ? new ClientSecretCredential(options.TenantId, options.AppId, secret)
            : new ManagedIdentityCredential(ManagedIdentityId.FromUserAssignedClientId(options.AppId));
        return async cancellationToken => (await credential.GetTokenAsync(new TokenRequestContext([BotOptions.Scope]), cancellationToken)).Token;
    }

    private static bool IsPage(string address) =>
        (address.Contains("{number}", StringComparison.Ordinal) || address.Contains("{id}", StringComparison.Ordinal))
        && Uri.TryCreate(address, UriKind.Absolute, out var uri)
        && uri.Scheme is "https" or "http";

    private static bool IsLoopback(string address) => Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.IsLoopback;

    private static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
