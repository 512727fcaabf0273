using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Portal;

/// <summary>What requesters see when they come back: their requests, how the service stands, questions of others.</summary>
public static class PortalFeature
{
    public static FunctionsApplicationBuilder AddPortal(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddTable(PortalStore.TableName);
        services.AddWorkQueue(SignInOrder.Queue);
        services.AddWorker<SignInOrder, SignInLinks>();
        services.AddSingleton<PortalStore>();
        services.AddSingleton<RequesterSessions>();
        services.AddSingleton<RequesterProvider>();
        services.AddSingleton<PortalLimit>();
        services.CheckAtStart<PortalLimit>();
        services.AddSingleton<INightlyWork, TidyPortal>();
        services.AddSingleton<IHoldsPersonalData, PortalErasure>();
        return builder;
    }
}
