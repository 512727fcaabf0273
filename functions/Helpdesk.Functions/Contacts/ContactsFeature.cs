using Helpdesk.Functions.Storage;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Contacts;

/// <summary>The people who have had to do with the desk.</summary>
public static class ContactsFeature
{
    public static FunctionsApplicationBuilder AddContacts(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddTable(ContactStore.TableName);
        services.AddSingleton<ContactStore>();
        return builder;
    }
}
