using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Alerts;

/// <summary>Monitoring tools are told what became of their alerts.</summary>
public static class AlertTellingsFeature
{
    public static FunctionsApplicationBuilder AddAlertTellings(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddTable(AlertTellingStore.TableName);
        services.AddWorkQueue(AlertLane.Queue);
        services.AddWorker<AlertLane, AlertTellingWork>();
        services.AddSingleton<AlertTellingStore>();
        services.AddSingleton<AlertSecrets>();
        services.AddSingleton<AlertToolCalls>();
        services.AddSingleton<IAlertTool, AlertmanagerTool>();
        services.AddSingleton<IAlertTool, PagerDutyTool>();
        services.AddSingleton<IAlertTool, DatadogTool>();
        services.AddSingleton<IEventSubscriber, TellAlertTools>();
        services.AddSingleton<IDeliveryLog, AlertTellingLog>();
        services.AddSingleton<INightlyWork, TidyAlertTellings>();
        services.AddSingleton<IHoldsPersonalData, AlertTellingErasure>();
        return builder;
    }
}
