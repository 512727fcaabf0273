using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Storage;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Tickets;

/// <summary>Tickets, their comments, their events and their lists.</summary>
public static class TicketsFeature
{
    public static FunctionsApplicationBuilder AddTickets(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddApiJson(TicketsApiJson.Default);
        services.AddTable(TicketStore.TableName);
        services.AddTable(TicketListStore.TableName);
        services.AddTable(NumberStore.TableName);
        services.AddWorkQueue(TicketMessage.Queue);
        services.AddQueue(TicketNames.QueueName);
        services.AddSingleton<TicketNames>();
        services.AddSingleton<INamesSettings>(provider => provider.GetRequiredService<TicketNames>());
        services.AddSingleton(provider => MergeOptions.From(provider.GetRequiredService<IConfiguration>()));
        services.CheckAtStart<MergeOptions>();
        services.AddSingleton<NumberStore>();
        services.AddSingleton<TicketStore>();
        services.AddSingleton<TicketFiles>();
        services.AddSingleton<CommentOnTicket>();
        services.AddSingleton<IHoldsFiles, TicketsHoldFiles>();
        services.AddSingleton<TicketResponses>();
        services.AddSingleton<TicketRewriting>();
        services.AddSingleton<TicketListStore>();
        services.AddSingleton<TicketListScans>();
        return builder;
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, Converters = [typeof(UtcInstantConverter)])]
[JsonSerializable(typeof(TicketView))]
[JsonSerializable(typeof(TimeWorkedView))]
[JsonSerializable(typeof(AttachedFilesView))]
[JsonSerializable(typeof(ListPage<TicketSummaryView>))]
[JsonSerializable(typeof(CommentView))]
[JsonSerializable(typeof(ListPage<CommentView>))]
[JsonSerializable(typeof(ListPage<EventView>))]
internal sealed partial class TicketsApiJson : JsonSerializerContext;
