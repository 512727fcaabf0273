using Helpdesk.Bot.Conversations;
using Helpdesk.Durable;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Chat;
using Helpdesk.Functions.Conversations;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Intake;
using Helpdesk.Functions.Operations;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Sla;
using Helpdesk.Functions.Teams;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions;

/// <summary>The app, put together: its services, its pipeline and its functions.</summary>
public sealed class HelpdeskApp
{
    private HelpdeskApp(WebApplication web, IReadOnlyList<FunctionDefinition> functions) => (Web, Functions) = (web, functions);

    public WebApplication Web { get; }

    /// <summary>What the host must know of.</summary>
    public IReadOnlyList<FunctionDefinition> Functions { get; }

    /// <summary>Builds the app. <paramref name="configure"/> is the tests' way in: a clock, or a storage of their own.</summary>
    public static HelpdeskApp Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = HandlerSetup.CreateBuilder(args);
        var services = builder.Services;
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<StorageMeter>();
        services.AddSingleton(provider => StorageOptions.From(provider.GetRequiredService<IConfiguration>()));
        services.AddSingleton<StorageClients>();
        services.AddSingleton(provider => DispatchOptions.From(provider.GetRequiredService<IConfiguration>()));
        services.AddSingleton<KeyedLocks>();
        services.AddSingleton<RequestGauge>();
        services.AddSingleton<IdempotencyStore>();
        services.AddSingleton<SettingsStore>();
        services.AddSingleton<KeyRing>();
        services.AddSingleton<FindCaller>(provider => provider.GetRequiredService<KeyRing>().FindAsync);

        services.AddSingleton(new DurableJson(DurableContracts.Default));
        services.AddSingleton<DurableWorker>();
        services.AddSingleton(provider => new DurableConnection(provider.GetRequiredService<DurableJson>(), provider.GetRequiredService<StorageClients>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<RewindStore>();

        services.AddSingleton<TicketClocks>();
        services.AddSingleton<DueTimes>();
        services.AddSingleton<SlaLag>();
        services.AddSingleton<ClosingSettings>();
        services.AddSingleton<WakeTicket>();
        services.AddSingleton<CloseQuietTicket>();
        services.AddSingleton<ITicketConsumer, TicketWatches>();

        services.AddSingleton<NumberStore>();
        services.AddSingleton<TicketQueue>();
        services.AddSingleton<PendingDeliveries>();
        services.AddSingleton<TicketStore>();
        services.AddSingleton<TicketAnswers>();
        services.AddSingleton<TicketListStore>();
        services.AddSingleton<DeadLetterStore>();
        services.AddSingleton<MergedComments>();
        services.AddSingleton<ITicketConsumer>(provider => provider.GetRequiredService<MergedComments>());
        services.AddSingleton<ITicketConsumer, EventGridTopic>();
        services.AddSingleton<TicketDelivery>();
        services.AddHostedService(provider => provider.GetRequiredService<TicketDelivery>());

        services.AddSingleton<ChatSettings>();
        services.AddSingleton<ChatTokens>();
        services.AddSingleton<ChatAssets>();
        services.AddSingleton<DirectLineAccess>();
        services.AddSingleton<AttachmentStore>();
        services.AddSingleton<ConversationSignals>();
        services.AddSingleton<ConversationStore>();
        services.AddSingleton<IConversations>(provider => provider.GetRequiredService<ConversationStore>());
        services.AddSingleton<IHelpdesk, HelpdeskForBot>();
        services.AddSingleton<ChatTurns>();
        services.AddSingleton<ITicketConsumer, NotifyRequester>();
        services.AddBot();

        services.AddSingleton<IntakeLimit>();
        services.AddSingleton<ChatLimit>();
        services.AddSingleton<ReceiptStore>();
        services.AddSingleton<PendingReceipts>();
        services.AddSingleton<ReceiptWork>();
        services.AddHostedService<ReceiptWorker>();

        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, ApiJson.Default);
            json.SerializerOptions.Converters.Add(new UtcInstantConverter());
            json.SerializerOptions.Encoder = JsonEscaping.Least;
        });
        ApiDescription.AddTo(services);
        configure?.Invoke(builder);

        var app = builder.Build();
        app.UseMiddleware<InvocationLogging>();
        app.UseMiddleware<ProblemAnswers>();
        app.UseRouting();
        app.UseMiddleware<KeyAuthentication>();
        return new(app, app.MapTriggers());
    }

    /// <summary>Writes what the host reads, a function.json for each function, and the description of the API.</summary>
    public static async Task WriteFunctionsAsync(string folder)
    {
        // Nothing is asked of storage on the way, but the services want to know where it would be.
        var app = Build([], builder => builder.Configuration["AzureWebJobsStorage"] = "UseDevelopmentStorage=true");
        await app.Web.StartAsync();
        FunctionDefinition.WriteAll(folder, app.Functions);
        await ApiDescription.WriteAsync(app.Web.Services, folder);
        await app.Web.StopAsync();
    }
}
