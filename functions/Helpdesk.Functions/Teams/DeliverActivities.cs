using Helpdesk.Functions.Conversations;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Teams;

/// <summary>Says what is committed and brings cards up to date, soon after it is so.</summary>
public sealed partial class OutboxWorker(PendingOutboxes pending, ChannelOutbox outbox, GroupCards cards, ILogger<OutboxWorker> logger) : BackgroundService
{
    private const int Parallel = 8;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        System.Threading.Tasks.Parallel.ForEachAsync(
            pending.Work.ReadAllAsync(stoppingToken),
            new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = stoppingToken },
            async (message, cancellationToken) =>
            {
                try
                {
                    await DeliverActivities.DoAsync(message, outbox, cards, cancellationToken);
                }
                catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
                {
                    Log.Postponed(logger, failure, message.Place);
                }
                finally
                {
                    pending.Finished(1);
                }
            }
        );

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "The channel of {Place} did not take what is for it; its message will see to it")]
        public static partial void Postponed(ILogger logger, Exception failure, string place);
    }
}

/// <summary>Does what a process left behind that ended between its commit and its words.</summary>
public sealed class DeliverActivities(ChannelOutbox outbox, GroupCards cards)
{
    [Function(nameof(DeliverActivities))]
    public Task Run([QueueTrigger(StorageNames.BotOutboxes)] OutboxMessage message, CancellationToken cancellationToken) =>
        DoAsync(message, outbox, cards, cancellationToken);

    internal static Task DoAsync(OutboxMessage message, ChannelOutbox outbox, GroupCards cards, CancellationToken cancellationToken) =>
        message.Ticket is null ? outbox.DeliverAsync(message.Place, mayFail: true, cancellationToken) : cards.BringUpToDateAsync(message, cancellationToken);
}
