using Helpdesk.Bot.Conversations;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Storage;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Helpdesk.Functions.Conversations;

/// <summary>What a chat remembers and still has to say.</summary>
public static class ConversationsFeature
{
    public static FunctionsApplicationBuilder AddConversations(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddTable(ConversationStore.TableName);
        services.AddWorkQueue(OutboxMessage.Queue);
        services.AddSingleton<ChatSettings>();
        services.AddSingleton<ConversationSignals>();
        services.AddSingleton<ConversationStore>();
        services.AddSingleton<IConversations>(provider => provider.GetRequiredService<ConversationStore>());
        services.AddSingleton<INamesSettings, ChatNames>();
        services.AddSingleton<DeskHours>();
        services.TryAddSingleton<MailsRequesters>((_, _) => new(false));
        services.AddSingleton<ChatArticles>();
        services.AddSingleton<IHelpdesk, HelpdeskForBot>();
        services.AddSingleton<ChatTurns>();
        services.AddSingleton<IEventSubscriber, NotifyRequester>();
        services.AddSingleton<IHoldsFiles, ConversationsHoldFiles>();
        services.AddSingleton<IHoldsPersonalData, ConversationErasure>();
        services.AddSingleton<IKeptForAWhile, ChatRetention>();
        return builder;
    }
}
