using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Conditions;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;
using Helpdesk.Webhooks;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Webhooks;

/// <summary>Ticket events, sent to addresses outside.</summary>
public static class WebhooksFeature
{
    public static FunctionsApplicationBuilder AddWebhooks(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddApiJson(WebhooksApiJson.Default);
        services.AddTable(WebhookDeliveries.TableName);
        services.AddWorkQueue(WebhookLane.Queue);
        services.AddWorker<WebhookLane, WebhookSending>();
        services.AddSingleton<WebhookStore>();
        services.AddSingleton<WebhookDeliveries>();
        services.AddSingleton<WebhookHealth>();
        services.AddSingleton<WebhookTurns>();
        services.AddSingleton<WebhookCalls>();
        services.AddSingleton<WebhookReplay>();
        services.LogOutsideCalls<WebhookHealth>();
        services.AddSingleton<IEventSubscriber, SendToWebhooks>();
        services.AddSingleton<IDeliveryLog, WebhookLog>();
        services.AddSingleton<INamesSettings, WebhookNames>();
        services.AddSingleton<IHoldsPersonalData, WebhookErasure>();
        services.AddSingleton<IHasConditions, WebhookConditions>();
        services.AddSingleton<INightlyWork, TidyWebhooks>();
        return builder;
    }
}

/// <summary>Webhooks in storage; add fields, never rename them.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(UtcInstantConverter)]
)]
[JsonSerializable(typeof(Webhook))]
[JsonSerializable(typeof(WebhookDelivery))]
[JsonSerializable(typeof(WebhookLane))]
internal sealed partial class WebhookJson : JsonSerializerContext;

/// <summary>What receivers get, in the form in which the API shows it.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, Converters = [typeof(UtcInstantConverter)])]
[JsonSerializable(typeof(TicketView))]
[JsonSerializable(typeof(EventView))]
[JsonSerializable(typeof(CommentView))]
[JsonSerializable(typeof(DateTimeOffset))]
internal sealed partial class WebhookBodyJson : JsonSerializerContext
{
    public static WebhookBodyJson Least { get; } =
        new(new JsonSerializerOptions(JsonSerializerDefaults.Web) { Converters = { new UtcInstantConverter() }, Encoder = JsonEscaping.Least });
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, Converters = [typeof(UtcInstantConverter)])]
[JsonSerializable(typeof(WebhookView))]
[JsonSerializable(typeof(ListPage<WebhookView>))]
[JsonSerializable(typeof(WebhookSecret))]
[JsonSerializable(typeof(WebhookDeliveryView))]
[JsonSerializable(typeof(ListPage<WebhookDeliveryView>))]
internal sealed partial class WebhooksApiJson : JsonSerializerContext;
