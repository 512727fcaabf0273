using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Routing;

/// <summary>Who of a group gets a ticket: by turns, by load, by skills; nobody who is away.</summary>
public static class RoutingFeature
{
    public static FunctionsApplicationBuilder AddRouting(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddApiJson(RoutingApiJson.Default);
        services.AddTable(RoutingStore.TableName);
        services.AddWorkQueue(RoutingWake.Queue);
        services.AddWorker<RoutingWake, WaitingTickets>();
        services.AddSingleton<IRegularWork>(provider => provider.GetRequiredService<WaitingTickets>());
        services.AddSingleton<RoutingStore>();
        services.AddSingleton<AgentPresenceStore>();
        services.AddSingleton<TicketRouting>();
        services.AddSingleton<RoutedTickets>();
        services.AddSingleton<AgentLoads>();
        services.AddSingleton<IEventSubscriber>(provider => provider.GetRequiredService<AgentLoads>());
        services.AddSingleton<IEventSubscriber, RouteTickets>();
        services.AddSingleton<INightlyWork, TidyRouting>();
        services.AddSingleton<TicketPresences>();
        services.AddSingleton<INightlyWork>(provider => provider.GetRequiredService<TicketPresences>());
        return builder;
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, Converters = [typeof(UtcInstantConverter)])]
[JsonSerializable(typeof(PresentAgentView))]
[JsonSerializable(typeof(TicketPresencesView))]
[JsonSerializable(typeof(ListPage<PresentAgentView>))]
[JsonSerializable(typeof(ListPage<WaitingTicketView>))]
internal sealed partial class RoutingApiJson : JsonSerializerContext;
