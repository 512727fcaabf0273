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
        return builder;
    }
}
