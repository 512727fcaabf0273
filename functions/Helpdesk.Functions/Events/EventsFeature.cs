using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Helpdesk.Functions.Events;

/// <summary>Brings ticket events to their subscribers.</summary>
public static class EventsFeature
{
    public static FunctionsApplicationBuilder AddEvents(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddApiJson(EventsApiJson.Default);
        services.AddTable(DeadLetterStore.TableName);
        services.AddTable(EventStream.TableName);
        services.AddWorker<TicketMessage, TicketDelivery>();
        services.AddSingleton<TicketCursors>();
        services.AddSingleton<Subscribers>();
        services.AddSingleton<DeliveryTurns>();
        services.AddSingleton<DeliverTicket>();
        services.AddSingleton<DeliverCommitted>();
        services.AddSingleton<DeadLetterStore>();
        services.AddSingleton<ReplayDeadLetters>();
        services.AddSingleton<Deliveries>();
        services.AddSingleton<IDeliveryLog>(provider =>
            ActivatorUtilities.CreateInstance<DeadLetterLog>(provider, DeliveryChannel.EventGrid, new[] { EventGridTopic.SubscriberName })
        );
        services.AddSingleton<EventGridTopic>();
        services.AddSingleton<IEventSubscriber>(provider => provider.GetRequiredService<EventGridTopic>());
        services.AddSingleton(provider => EventStreamOptions.From(provider.GetRequiredService<IConfiguration>()));
        services.CheckAtStart<EventStreamOptions>();
        services.AddSingleton<EventStream>();
        services.AddSingleton<EventStreamSignals>();
        services.AddSingleton<IEventSubscriber, AppendToStream>();
        services.AddSingleton<INightlyWork, EventStreamRetention>();
        return builder;
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, Converters = [typeof(UtcInstantConverter)])]
[JsonSerializable(typeof(ListPage<DeadLetter>))]
[JsonSerializable(typeof(StreamedEvents))]
[JsonSerializable(typeof(Delivery))]
[JsonSerializable(typeof(ListPage<Delivery>))]
internal sealed partial class EventsApiJson : JsonSerializerContext;
