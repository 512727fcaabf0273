using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Automations;
using Helpdesk.Functions.Conditions;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Deadlines;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Views;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Automations;

/// <summary>What the desk does by itself, and what agents do at once.</summary>
public static class AutomationsFeature
{
    public static FunctionsApplicationBuilder AddAutomations(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddApiJson(AutomationsApiJson.Default);
        services.AddSingleton<AutomationStore>();
        services.AddSingleton<MacroStore>();
        services.AddSingleton<AutomationTexts>();
        services.AddSingleton<ActionContexts>();
        services.AddSingleton<MacroRunner>();
        services.AddSingleton<IBulkMacros>(provider => provider.GetRequiredService<MacroRunner>());
        services.AddSingleton<RunTimedAutomations>();
        services.AddSingleton<AutomationPlanning>();
        services.AddWorkQueue(AutomationPlan.Queue);
        services.AddWorker<AutomationPlan, AutomationPlanning>();
        services.AddSingleton<IDeadline, AutomationDeadline>();
        services.AddSingleton<IEventSubscriber, RunAutomations>();
        services.AddSingleton<INamesSettings, AutomationNames>();
        services.AddSingleton<IHasConditions, AutomationConditions>();
        services.AddSingleton<IHoldsPersonalData, AutomationErasure>();
        return builder;
    }
}

/// <summary>Automations and macros in storage; add fields, never rename them.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(UtcInstantConverter)]
)]
[JsonSerializable(typeof(Automation))]
[JsonSerializable(typeof(Macro))]
internal sealed partial class AutomationJson : JsonSerializerContext;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, Converters = [typeof(UtcInstantConverter)])]
[JsonSerializable(typeof(AutomationView))]
[JsonSerializable(typeof(ListPage<AutomationView>))]
[JsonSerializable(typeof(AutomationTrial))]
[JsonSerializable(typeof(MacroView))]
[JsonSerializable(typeof(ListPage<MacroView>))]
internal sealed partial class AutomationsApiJson : JsonSerializerContext;
