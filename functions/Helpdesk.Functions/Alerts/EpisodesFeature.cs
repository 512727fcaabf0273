using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Conditions;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Intake;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Storage;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Alerts;

/// <summary>Episodes: from reports to tickets.</summary>
public static class EpisodesFeature
{
    public static FunctionsApplicationBuilder AddEpisodes(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddApiJson(EpisodeApiJson.Default);
        services.AddTable(EpisodeStore.TableName);
        services.AddSingleton<EpisodeStore>();
        services.AddSingleton<EpisodeEffects>();
        services.AddSingleton<EpisodePlaces>();
        services.AddSingleton<MaintenanceWindows>();
        services.AddSingleton<INamesSettings, MaintenanceConditions>();
        services.AddSingleton<IHasConditions, MaintenanceConditions>();
        services.AddSingleton<IEpisodePreview, EpisodePreview>();
        services.AddSingleton<IHoldsPersonalData, EpisodeErasure>();
        services.AddSingleton<EpisodeRetention>();
        services.AddSingleton<INightlyWork>(provider => provider.GetRequiredService<EpisodeRetention>());
        services.AddSingleton<IKeptForAWhile>(provider => provider.GetRequiredService<EpisodeRetention>());
        services.AddWorkQueue(EpisodeDue.Queue);
        services.AddWorker<EpisodeDue, EpisodeDueWork>();
        services.AddSingleton<AlertEpisodes>();
        services.AddSingleton<IReceiptHandler, AlertReceipts>();
        services.AddSingleton<IIntakeProbe, AlertProbe>();
        services.AddSingleton<IProbeAlarm, ProbeAlarm>();
        return builder;
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, Converters = [typeof(UtcInstantConverter)])]
[JsonSerializable(typeof(ListPage<EpisodeView>))]
[JsonSerializable(typeof(MaintenanceWindowView))]
[JsonSerializable(typeof(ListPage<MaintenanceWindowView>))]
internal sealed partial class EpisodeApiJson : JsonSerializerContext;
