using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Alerts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Alerts;

/// <summary>Alert sources, and how what they send is taken and read.</summary>
public static class AlertSourcesFeature
{
    public static FunctionsApplicationBuilder AddAlertSources(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddApiJson(AlertSourcesApiJson.Default);
        services.AddSingleton<AlertSourceStore>();
        services.AddSingleton<INamesSettings, AlertSourceNames>();
        services.AddSingleton<AlertIntake>();
        services.AddSingleton<AmazonWeb>();
        services.AddSingleton<AskAmazon>(provider => provider.GetRequiredService<AmazonWeb>().AskAsync);
        services.AddSingleton<SnsMessages>();
        services.AddSingleton<AlertReaders>();
        services.AddSingleton<IAlertReader, AlertmanagerReader>();
        services.AddSingleton<IAlertReader, GrafanaReader>();
        services.AddSingleton<IAlertReader, AzureMonitorReader>();
        services.AddSingleton<IAlertReader, EventGridReader>();
        services.AddSingleton<IAlertReader, CloudEventsReader>();
        services.AddSingleton<IAlertReader, DatadogReader>();
        services.AddSingleton<IAlertReader, PagerDutyReader>();
        services.AddSingleton<IAlertReader, UptimeKumaReader>();
        services.AddSingleton<IAlertReader, StatusCakeReader>();
        services.AddSingleton<IAlertReader, SnsReader>();
        services.AddSingleton<IAlertReader, GenericReader>();
        services.AddSingleton<IAlertReader, HeartbeatReader>();
        return builder;
    }
}

/// <summary>Alert sources in storage; add fields, never rename them.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(UtcInstantConverter)]
)]
[JsonSerializable(typeof(AlertSource))]
[JsonSerializable(typeof(IssuedAlertSource))]
internal sealed partial class AlertSourceJson : JsonSerializerContext;

/// <summary>The kinds of settings that alert sources are made of.</summary>
public static class AlertSourceKinds
{
    public static SettingKind<AlertSource> Sources { get; } =
        new("alert-source-", source => source.Id, AlertSourceJson.Default.AlertSource)
        {
            Audited = "alert-source",
            Secrets = ["keyHash", "secret", "previous"],
        };
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, Converters = [typeof(UtcInstantConverter)])]
[JsonSerializable(typeof(AlertSourceView))]
[JsonSerializable(typeof(ListPage<AlertSourceView>))]
[JsonSerializable(typeof(AlertSourceWithSecrets))]
[JsonSerializable(typeof(AlertReceiptAnswer))]
[JsonSerializable(typeof(AlertTestView))]
[JsonSerializable(typeof(AlertMappingExamplesView))]
[JsonSerializable(typeof(EventGridValidation))]
internal sealed partial class AlertSourcesApiJson : JsonSerializerContext;
