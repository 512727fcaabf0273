using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Azure.Storage.Queues;
using Helpdesk.Functions.Chat;
using Helpdesk.Functions.Hosting;

namespace Helpdesk.Functions.Teams;

/// <summary>"Look at this conversation: something for its channel may have been left behind." With a ticket: its card there may be out of date.</summary>
/// <param name="Ticket">Number of the ticket whose card is meant; null for what was committed to be said.</param>
/// <param name="UpTo">The last event that the card is told of.</param>
public sealed record OutboxMessage(string Place, long? Ticket = null, long UpTo = 0);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(OutboxMessage))]
internal sealed partial class OutboxJson : JsonSerializerContext;

/// <summary>Makes sure that what is committed for a channel reaches it: the message is sent before the commit, and taken back when all is said.</summary>
public sealed class OutboxQueue(StorageClients storage)
{
    private readonly ConcurrentDictionary<OutboxMessage, ImmutableList<SentMessage>> _committed = new();

    private QueueClient Queue => storage.Queue(StorageNames.BotOutboxes);

    /// <summary>Announces work that is about to be committed. The message shows itself when the claim of this process is over.</summary>
    public Task<SentMessage> AnnounceAsync(OutboxMessage message, CancellationToken cancel) =>
        Queue.SendAsync(message, OutboxJson.Default.OutboxMessage, Outbox.Claim + TimeSpan.FromSeconds(15), cancel);

    /// <summary>Notes that the work of an announcement is committed: whoever looks for work from now on finds it.</summary>
    public void Committed(OutboxMessage message, SentMessage announced) => _committed.AddOrUpdate(message, [announced], (_, before) => before.Add(announced));

    /// <summary>What this process has committed of some work, for whoever does it: to be asked before looking for the work, so that nothing is taken back that was not found.</summary>
    public IReadOnlyList<SentMessage> TakeCommitted(OutboxMessage message) => _committed.TryRemove(message, out var announced) ? announced : [];

    /// <summary>Takes messages back whose work is done. Those of work that failed stay, and bring it up again.</summary>
    public async Task TakeBackAsync(IReadOnlyList<SentMessage> announced, CancellationToken cancel)
    {
        foreach (var message in announced)
            await Queue.TakeBackAsync(message, cancel);
    }
}

/// <summary>Work for channels that this process may do at once; a channel that is slow or gone holds up nothing else.</summary>
public sealed class PendingOutboxes : PendingWork<OutboxMessage>;

/// <summary>Says what is committed and brings cards up to date, soon after it is so.</summary>
public sealed partial class OutboxWorker(PendingOutboxes pending, TeamsStore store, GroupCards cards, ILogger<OutboxWorker> logger) : BackgroundService
{
    private const int Parallel = 8;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => System.Threading.Tasks.Parallel.ForEachAsync(
        pending.Work.ReadAllAsync(stoppingToken),
        new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = stoppingToken },
        async (message, cancel) =>
        {
            try
            {
                await DeliverActivities.DoAsync(message, store, cards, cancel);
            }
            catch (Exception failure) when (!cancel.IsCancellationRequested)
            {
                Log.Postponed(logger, failure, message.Place);
            }
            finally
            {
                pending.Finished(1);
            }
        });

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "The channel of {Place} did not take what is for it; its message will see to it")]
        public static partial void Postponed(ILogger logger, Exception failure, string place);
    }
}

/// <summary>Does what a process left behind that ended between its commit and its words.</summary>
public sealed class DeliverActivities(TeamsStore store, GroupCards cards)
{
    [Function(nameof(DeliverActivities))]
    public Task Run([QueueTrigger(StorageNames.BotOutboxes)] OutboxMessage message, CancellationToken cancel) => DoAsync(message, store, cards, cancel);

    internal static Task DoAsync(OutboxMessage message, TeamsStore store, GroupCards cards, CancellationToken cancel) =>
        message.Ticket is null ? store.DeliverAsync(message.Place, mayFail: true, cancel) : cards.BringUpToDateAsync(message, cancel);
}
