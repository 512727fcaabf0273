using Helpdesk.Functions.Conversations;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Teams;

/// <summary>Says what is committed and brings cards up to date, soon after it is so.</summary>
public sealed class OutboxWorker(ChannelOutbox outbox, GroupCards cards) : IWorker<OutboxMessage>
{
    public async Task<bool> DoAsync(OutboxMessage message, bool lastTry, CancellationToken cancellationToken)
    {
        if (message.Ticket is not null)
            await cards.BringUpToDateAsync(message, cancellationToken);
        else if (!await outbox.SayAllAsync(message.Place, cancellationToken))
            throw new InvalidOperationException("Another process is saying something in this conversation; what it leaves behind is tried again.");
        return true;
    }
}

/// <summary>Does what a process left behind that ended between its commit and its words.</summary>
public sealed class DeliverActivities(WorkRunner<OutboxMessage> work)
{
    [Function(nameof(DeliverActivities))]
    public Task Run([QueueTrigger(OutboxMessage.QueueName)] OutboxMessage message, int dequeueCount, CancellationToken cancellationToken) =>
        work.ReceiveAsync(message, dequeueCount, cancellationToken);
}
