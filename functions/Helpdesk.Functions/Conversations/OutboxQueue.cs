using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Azure.Storage.Queues;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Conversations;

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
    public Task<SentMessage> AnnounceAsync(OutboxMessage message, CancellationToken cancellationToken) =>
        Queue.SendAsync(message, OutboxJson.Default.OutboxMessage, Outbox.Claim + TimeSpan.FromSeconds(15), cancellationToken);

    /// <summary>Notes that the work of an announcement is committed: whoever looks for work from now on finds it.</summary>
    public void Committed(OutboxMessage message, SentMessage announced) => _committed.AddOrUpdate(message, [announced], (_, before) => before.Add(announced));

    /// <summary>
    /// What this process has committed of some work, for whoever does it: to be asked before looking for the work, so that nothing is taken
    /// back that was not found.
    /// </summary>
    public IReadOnlyList<SentMessage> TakeCommitted(OutboxMessage message) => _committed.TryRemove(message, out var announced) ? announced : [];

    /// <summary>Takes messages back whose work is done. Those of work that failed stay, and bring it up again.</summary>
    public async Task TakeBackAsync(IReadOnlyList<SentMessage> announced, CancellationToken cancellationToken)
    {
        foreach (var message in announced)
            await Queue.TakeBackAsync(message, cancellationToken);
    }
}

/// <summary>Work for channels that this process may do at once; a channel that is slow or gone holds up nothing else.</summary>
public sealed class PendingOutboxes : PendingWork<OutboxMessage>;
