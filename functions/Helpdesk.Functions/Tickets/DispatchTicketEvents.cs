using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Microsoft.DurableTask.Client;

namespace Helpdesk.Functions.Tickets;

/// <summary>Takes "look at this ticket" and brings its undelivered events to every consumer, in order.</summary>
public sealed class DispatchTicketEvents(WorkRunner<TicketMessage> work, TaskHub hub)
{
    [Function(nameof(DispatchTicketEvents))]
    public Task Run(
        [QueueTrigger(StorageNames.TicketEvents)] TicketMessage message,
        int dequeueCount,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    )
    {
        hub.Learn(durable);
        return work.ReceiveAsync(message, dequeueCount, cancellationToken);
    }
}
