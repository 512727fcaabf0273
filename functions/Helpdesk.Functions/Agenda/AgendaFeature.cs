using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Deadlines;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Agenda;

/// <summary>What agents have to do and when: follow-ups, by which tickets come back, and tasks on tickets.</summary>
public static class AgendaFeature
{
    public static FunctionsApplicationBuilder AddAgenda(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddApiJson(AgendaApiJson.Default);
        services.AddTable(AgendaStore.TableName);
        services.AddSingleton<AgendaStore>();
        services.AddSingleton<IAgentAgenda>(provider => provider.GetRequiredService<AgendaStore>());
        services.AddSingleton<AgendaPlaces>();
        services.AddSingleton<AgendaPeople>();
        services.AddSingleton<RemindAgents>();
        services.AddSingleton<IDeadline, AgendaDeadline>();
        services.AddSingleton<IEventSubscriber, KeepAgenda>();
        return builder;
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, Converters = [typeof(UtcInstantConverter)])]
[JsonSerializable(typeof(FollowUpView))]
[JsonSerializable(typeof(ListPage<ListedFollowUpView>))]
[JsonSerializable(typeof(TaskView))]
[JsonSerializable(typeof(ListPage<TaskView>))]
[JsonSerializable(typeof(ListPage<ListedTaskView>))]
internal sealed partial class AgendaApiJson : JsonSerializerContext;
