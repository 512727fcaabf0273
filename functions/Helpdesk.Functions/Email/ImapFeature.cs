using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Email;

/// <summary>Mailboxes that are fetched.</summary>
public static class ImapFeature
{
    public static FunctionsApplicationBuilder AddImap(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddTable(ImapPositions.TableName);
        services.AddApiJson(ImapApiJson.Default);
        services.AddSingleton<ImapPositions>();
        services.AddSingleton<ImapSecrets>();
        services.AddSingleton<ImapTokens>();
        services.AddSingleton<ImapConnections>();
        services.AddSingleton<ImapPoller>();
        return builder;
    }
}
