using Helpdesk.Bot.Conversations;
using Helpdesk.Functions.ApiReference;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Closing;
using Helpdesk.Functions.Conversations;
using Helpdesk.Functions.Deadlines;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Intake;
using Helpdesk.Functions.Operations;
using Helpdesk.Functions.Pages;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Sla;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Teams;
using Helpdesk.Functions.Tickets;
using Helpdesk.Functions.WebChat;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Helpdesk.Functions;

/// <summary>The app, put together: its services and what every call goes through.</summary>
public static class HelpdeskApp
{
    /// <summary>Makes the app's builder. Tests replace what they need, a clock or a storage of their own, before they build it.</summary>
    public static FunctionsApplicationBuilder CreateBuilder(string[] args)
    {
        var builder = FunctionsApplication.CreateBuilder(args);
        builder.AddHosting();
        builder.LogOutsideCalls(typeof(TicketDelivery), typeof(ReceiptWork), typeof(OutboxWorker), typeof(GroupCards), typeof(ChannelOutbox));
        builder.UseWhen<DirectLineAnswers>(DirectLineAnswers.Speaks);
        var services = builder.Services;
        services.AddSingleton<StorageMeter>();
        services.AddSingleton(provider => StorageOptions.From(provider.GetRequiredService<IConfiguration>()));
        services.AddSingleton<StorageClients>();
        services.AddSingleton(provider => DispatchOptions.From(provider.GetRequiredService<IConfiguration>()));
        services.AddSingleton<KeyedLocks>();
        services.AddSingleton<IdempotencyStore>();
        services.AddSingleton<SettingsStore>();
        services.AddSingleton<VersionedSettings>();
        services.AddSingleton<DirectoryStore>();
        services.AddSingleton<CalendarExists>(provider =>
            async (workspace, calendar, cancellationToken) =>
                calendar == Helpdesk.Sla.StandardSla.CalendarId
                || (await provider.GetRequiredService<SettingsStore>().ListAsync(workspace, SlaKinds.Calendars.Newest, cancellationToken)).Any(one =>
                    one.Id == calendar
                )
        );
        services.AddSingleton<SettingsTransactions>();
        services.AddSingleton<SettingReferences>();
        services.AddSingleton<INamesSettings, GroupNames>();
        services.AddSingleton<INamesSettings, AgentNames>();
        services.AddSingleton<INamesSettings, PolicyNames>();
        services.AddSingleton<INamesSettings, ChatNames>();
        services.AddSingleton<INamesSettings, GroupLinkNames>();
        services.AddSingleton<TicketNames>();
        services.AddSingleton<INamesSettings>(provider => provider.GetRequiredService<TicketNames>());
        services.AddSingleton<KeyRing>();
        services.AddSingleton<FindCaller>(provider => provider.GetRequiredService<KeyRing>().FindAsync);

        services.AddSingleton<PageRenderer>();
        services.AddSingleton<ProblemPage>();
        services.AddSingleton<AnswerWithPage>(provider => provider.GetRequiredService<ProblemPage>().TryAnswerAsync);

        services.AddSingleton<RewindStore>();

        services.AddSingleton<TicketClocks>();
        services.AddSingleton<ITicketPromises>(provider => provider.GetRequiredService<TicketClocks>());
        services.AddSingleton<DueTimes>();
        services.AddSingleton<SlaLag>();
        services.AddSingleton<ClosingSettings>();
        services.AddSingleton<WakeTicket>();
        services.AddSingleton<CloseQuietTicket>();
        services.AddWorkQueue(WatchOrder.Queue);
        services.AddSingleton<IDeadline, SlaDeadline>();
        services.AddSingleton<IDeadline, ClosingDeadline>();
        services.AddSingleton<TicketWatches>();
        services.AddSingleton<IStateSubscriber>(provider => provider.GetRequiredService<TicketWatches>());

        services.AddSingleton(provider => MergeOptions.From(provider.GetRequiredService<IConfiguration>()));
        services.AddSingleton<NumberStore>();
        services.AddWorkQueue(TicketMessage.Queue);
        services.AddSingleton<TicketStore>();
        services.AddSingleton<TicketResponses>();
        services.AddSingleton<TicketListStore>();
        services.AddSingleton<DeadLetterStore>();
        services.AddSingleton<IEventSubscriber, EventGridTopic>();
        services.AddSingleton<TicketCursors>();
        services.AddSingleton<Subscribers>();
        services.AddSingleton<DeliveryTurns>();
        services.AddSingleton<DeliverTicket>();
        services.AddSingleton<DeliverCommitted>();
        services.AddSingleton<ReplayDeadLetters>();
        services.AddWorker<TicketMessage, TicketDelivery>();

        services.AddSingleton<ChatSettings>();
        services.AddSingleton<ChatTokens>();
        services.AddSingleton<ChatAssets>();
        services.AddSingleton<DocsAssets>();
        services.AddSingleton<DirectLineAccess>();
        services.AddSingleton<AttachmentStore>();
        services.AddSingleton<ConversationSignals>();
        services.AddSingleton<ConversationStore>();
        services.AddSingleton<IConversations>(provider => provider.GetRequiredService<ConversationStore>());
        services.AddSingleton<DeskHours>();
        services.TryAddSingleton<MailsRequesters>((_, _) => new(false));
        services.AddSingleton<IHelpdesk, HelpdeskForBot>();
        services.AddSingleton<ChatTurns>();
        services.AddSingleton<IEventSubscriber, NotifyRequester>();
        services.AddBot();

        services.AddSingleton<IntakeLimit>();
        services.AddSingleton<ChatLimit>();
        services.AddSingleton<ReceiptStore>();
        services.AddSingleton<ReceiptLinks>();
        services.AddSingleton<WebIntake>();
        services.AddSingleton<SupportForms>();
        services.AddSingleton<RequesterThreads>();
        services.AddWorkQueue(ReceiptMessage.Queue);
        services.AddWorker<ReceiptMessage, ReceiptWork>();

        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, ApiJson.Default);
            json.SerializerOptions.Converters.Add(new UtcInstantConverter());
            json.SerializerOptions.Encoder = JsonEscaping.Least;
        });
        return builder;
    }

    /// <summary>Reads every setting, so that a wrong one ends the app before it takes a request; <see cref="InvalidSettingException"/> says which.</summary>
    public static void CheckSettings(IServiceProvider services)
    {
        foreach (
            var reader in new[]
            {
                typeof(StorageOptions),
                typeof(DispatchOptions),
                typeof(MergeOptions),
                typeof(KeyRing),
                typeof(IntakeLimit),
                typeof(ChatLimit),
                typeof(ChatTokens),
                typeof(Bot.AzureBotService.BotOptions),
            }
        )
        {
            try
            {
                services.GetRequiredService(reader);
            }
            catch (InvalidOperationException wrong)
            {
                throw new InvalidSettingException(wrong.Message, wrong);
            }
        }
    }
}

/// <summary>A setting has a value that the app cannot work with; the message names it and says what is possible.</summary>
public sealed class InvalidSettingException(string message, Exception inner) : Exception(message, inner);
