using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Intake;

/// <summary>What comes in through the web form, kept as receipts.</summary>
public static class IntakeFeature
{
    public static FunctionsApplicationBuilder AddIntake(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddApiJson(IntakeApiJson.Default);
        services.AddTable(ReceiptStore.TableName);
        services.AddContainer(ReceiptStore.BodiesName);
        services.AddWorkQueue(ReceiptMessage.Queue);
        services.AddWorker<ReceiptMessage, ReceiptWork>();
        services.AddSingleton<ReceiptStore>();
        services.AddSingleton<IReceiptHandler, WebReceipts>();
        services.AddSingleton<IHoldsPersonalData, ReceiptErasure>();
        services.AddSingleton<IKeptForAWhile, ReceiptRetention>();
        services.AddTable(IntakeProbes.TableName);
        services.AddSingleton<ProbeOptions>();
        services.CheckAtStart<ProbeOptions>();
        services.AddSingleton<ProbeMeter>();
        services.AddSingleton<IIntakeProbe, WebProbe>();
        services.AddSingleton<IntakeProbes>();
        services.AddSingleton<IRegularWork>(provider => provider.GetRequiredService<IntakeProbes>());
        services.AddSingleton<ReceiptLinks>();
        services.AddSingleton<WebIntake>();
        services.AddSingleton<SupportForms>();
        services.AddSingleton<RequesterThreads>();
        services.AddSingleton<RequestPages>();
        services.AddSingleton<IHoldsFiles, ReceiptsHoldFiles>();
        services.AddSingleton<IntakeLimit>();
        services.CheckAtStart<IntakeLimit>();
        return builder;
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, Converters = [typeof(UtcInstantConverter)])]
[JsonSerializable(typeof(ReceiptAnswer))]
[JsonSerializable(typeof(ReceiptView))]
[JsonSerializable(typeof(ListPage<ReceiptView>))]
internal sealed partial class IntakeApiJson : JsonSerializerContext;

/// <summary>How much one address may send to the public form, per instance of the app.</summary>
/// <remarks><c>Intake__PerMinute</c>, 60 by default; 1 to 1,000,000.</remarks>
public sealed class IntakeLimit(IConfiguration settings) : AddressLimit(settings, "Intake", 60);
