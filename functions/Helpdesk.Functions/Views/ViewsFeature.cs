using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Conditions;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Storage;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Views;

/// <summary>Saved conditions over tickets with columns, order and counts.</summary>
public static class ViewsFeature
{
    public static FunctionsApplicationBuilder AddViews(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddApiJson(ViewsApiJson.Default);
        services.AddSingleton<ViewStore>();
        services.AddSingleton<ViewReader>();
        services.AddSingleton<ViewCounts>();
        services.AddTable(BulkStore.TableName);
        services.AddWorkQueue(BulkMessage.Queue);
        services.AddWorker<BulkMessage, BulkRunner>();
        services.AddSingleton<BulkStore>();
        services.AddSingleton<INightlyWork, TidyBulkChanges>();
        services.AddSingleton<IHoldsPersonalData, BulkErasure>();
        services.AddSingleton<INamesSettings, ViewNames>();
        services.AddSingleton<IHasConditions, ViewConditions>();
        return builder;
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, Converters = [typeof(UtcInstantConverter)])]
[JsonSerializable(typeof(BulkView))]
[JsonSerializable(typeof(ListPage<BulkView>))]
[JsonSerializable(typeof(ListPage<BulkResultView>))]
[JsonSerializable(typeof(SavedView))]
[JsonSerializable(typeof(ViewCountList))]
[JsonSerializable(typeof(ListPage<SavedView>))]
internal sealed partial class ViewsApiJson : JsonSerializerContext;
