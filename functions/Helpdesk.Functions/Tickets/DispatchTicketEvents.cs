using Helpdesk.Functions.Hosting;

namespace Helpdesk.Functions.Tickets;

/// <summary>Takes "look at this ticket" and brings its undelivered events to every consumer, in order.</summary>
public static class DispatchTicketEvents
{
    public static Task Handle(QueueCall<TicketMessage> call, TicketDelivery delivery, CancellationToken cancel) =>
        delivery.DeliverAsync(call.Message, call.DequeueCount, cancel);
}
