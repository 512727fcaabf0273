using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Intake;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Storage;
using Helpdesk.Telephone;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Telephone;

/// <summary>Calls, as telephone systems report them.</summary>
public static class TelephoneFeature
{
    public static FunctionsApplicationBuilder AddTelephone(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddApiJson(TelephoneApiJson.Default);
        services.AddTable(CallStore.TableName);
        services.AddSingleton<CallStore>();
        services.AddSingleton<CallIntake>();
        services.AddSingleton<CallReaders>();
        services.AddSingleton<TelephoneSystemStore>();
        services.AddSingleton<INamesSettings, TelephoneSystemNames>();
        services.AddSingleton<CallTickets>();
        services.AddSingleton<IReceiptHandler, CallReceipts>();
        services.AddSingleton<IContactTimeline, CallTimeline>();
        services.AddSingleton<IHoldsPersonalData, CallErasure>();
        services.AddSingleton<IKeptForAWhile, CallRetention>();
        return builder;
    }
}

/// <summary>Calls in storage; add fields, never rename them.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(UtcInstantConverter)]
)]
[JsonSerializable(typeof(Call))]
[JsonSerializable(typeof(TelephoneSystem))]
[JsonSerializable(typeof(IssuedTelephoneSystem))]
internal sealed partial class TelephoneJson : JsonSerializerContext;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, Converters = [typeof(UtcInstantConverter)])]
[JsonSerializable(typeof(CallReceiptAnswer))]
[JsonSerializable(typeof(TelephoneSystemView))]
[JsonSerializable(typeof(ListPage<TelephoneSystemView>))]
[JsonSerializable(typeof(TelephoneSystemWithSecret))]
internal sealed partial class TelephoneApiJson : JsonSerializerContext;
