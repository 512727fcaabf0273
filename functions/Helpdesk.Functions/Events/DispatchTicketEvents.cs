using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;
using Microsoft.DurableTask.Client;

namespace Helpdesk.Functions.Events;

/// <summary>Takes "look at this ticket" and brings its undelivered events to every subscriber, in order.</summary>
public sealed class DispatchTicketEvents(WorkRunner<TicketMessage> work, TaskHub hub)
{
    [Function(nameof(DispatchTicketEvents))]
    public Task Run(
        [QueueTrigger(TicketMessage.QueueName)] TicketMessage message,
        int dequeueCount,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    )
    {
        hub.Learn(durable);
        return work.ReceiveAsync(message, dequeueCount, cancellationToken);
    }
}
