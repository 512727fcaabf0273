using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Operations;

/// <summary>Looks after the running desk.</summary>
public static class OperationsFeature
{
    public static FunctionsApplicationBuilder AddOperations(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddApiJson(OperationsApiJson.Default);
        services.AddTable(RewindStore.TableName);
        services.AddSingleton<RewindStore>();
        return builder;
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, Converters = [typeof(UtcInstantConverter)])]
[JsonSerializable(typeof(Health))]
[JsonSerializable(typeof(ListPage<QueueView>))]
[JsonSerializable(typeof(ReplayedMessages))]
[JsonSerializable(typeof(DurableView))]
[JsonSerializable(typeof(ProbesView))]
internal sealed partial class OperationsApiJson : JsonSerializerContext;
