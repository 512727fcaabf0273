using Helpdesk.Functions.Events;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Contacts;

/// <summary>The people who have had to do with the desk, and the organisations they belong to.</summary>
public static class ContactsFeature
{
    public static FunctionsApplicationBuilder AddContacts(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddApiJson(ContactsApiJson.Default);
        services.AddTable(ContactStore.TableName);
        services.AddWorkQueue(ContactMessage.Queue);
        services.AddWorker<ContactMessage, ContactWorker>();
        services.AddSingleton<ContactStore>();
        services.AddSingleton<OrganisationStore>();
        services.AddSingleton<ContactSettings>();
        services.AddSingleton<IStateSubscriber, LearnContacts>();
        services.AddTable(ErasureStore.TableName);
        services.AddWorkQueue(ErasureMessage.Queue);
        services.AddWorker<ErasureMessage, ErasureWorker>();
        services.AddSingleton<ErasureStore>();
        services.AddSingleton<Erasures>();
        services.AddSingleton<IHoldsPersonalData, TicketErasure>();
        services.AddSingleton<IHoldsPersonalData, TicketListErasure>();
        services.AddSingleton<IHoldsPersonalData, DeadLetterErasure>();
        services.AddSingleton<IHoldsPersonalData, ContactErasure>();
        services.AddSingleton<Retention>();
        services.AddSingleton<INightlyWork>(provider => provider.GetRequiredService<Retention>());
        services.AddSingleton<IKeptForAWhile, TicketWordsRetention>();
        services.AddSingleton<IKeptForAWhile, ContactRetention>();
        return builder;
    }
}
