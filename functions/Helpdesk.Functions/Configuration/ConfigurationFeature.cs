using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Configuration;

/// <summary>All that a workspace has been told, as one document that can be planned and applied.</summary>
public static class ConfigurationFeature
{
    public static FunctionsApplicationBuilder AddConfiguration(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddApiJson(ConfigurationApiJson.Default);
        services.AddSingleton(new DraftServices(services));
        services.AddSingleton<ConfigurationPlans>();
        services.AddTable(ApplyStore.TableName);
        services.AddContainer(ApplyStore.ContainerName);
        services.AddSingleton<ApplyStore>();
        services.AddWorkQueue(ApplyMessage.Queue);
        services.AddWorker<ApplyMessage, ApplyWorker>();
        services.AddSingleton<IRegularWork, LostApplies>();
        services.AddSingleton<INightlyWork, TidyApplies>();
        return builder;
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, Converters = [typeof(UtcInstantConverter)])]
[JsonSerializable(typeof(ConfigurationBody))]
[JsonSerializable(typeof(ConfigurationPlan))]
[JsonSerializable(typeof(ApplyView))]
[JsonSerializable(typeof(AppliedConfiguration))]
[JsonSerializable(typeof(ListPage<ApplyView>))]
internal sealed partial class ConfigurationApiJson : JsonSerializerContext;

/// <summary>Documents, and applies in storage; add fields, never rename them.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(UtcInstantConverter)]
)]
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(ConfigurationApply))]
[JsonSerializable(typeof(ApplyMessage))]
[JsonSerializable(typeof(ApplyJournal))]
[JsonSerializable(typeof(IReadOnlyList<PlannedChange>))]
[JsonSerializable(typeof(IReadOnlyList<PlanNote>))]
internal sealed partial class ConfigurationJson : JsonSerializerContext;

/// <summary>How documents are written.</summary>
internal static class ConfigurationForms
{
    /// <summary>As people read it and compare versions of it line by line.</summary>
    public static JsonSerializerOptions Readable { get; } =
        new()
        {
            WriteIndented = true,
            NewLine = "\n",
            Encoder = JsonEscaping.Least,
        };

    /// <summary>On one line.</summary>
    public static JsonSerializerOptions Plain { get; } = new() { Encoder = JsonEscaping.Least };
}
