using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;
using Azure;
using Helpdesk.Functions.Chat;
using Helpdesk.Functions.Hosting;

namespace Helpdesk.Functions.Teams;

/// <summary>"Look at this conversation: something for its channel may have been left behind."</summary>
public sealed record OutboxMessage(string Place);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(OutboxMessage))]
internal sealed partial class OutboxJson : JsonSerializerContext;

/// <summary>Makes sure that what is committed for a channel reaches it: the message is sent before the commit, and taken back when all is said.</summary>
public sealed class OutboxQueue(StorageClients storage)
{
    private readonly ConcurrentDictionary<string, ConcurrentQueue<(string Id, string Receipt)>> _announced = new(StringComparer.Ordinal);

    /// <summary>Announces a commit. The message shows itself when the claim of this process is over.</summary>
    public async Task AnnounceAsync(string place, CancellationToken cancel)
    {
        var sent = await storage.Queue(StorageNames.BotOutboxes).SendMessageAsync(
            JsonSerializer.Serialize(new OutboxMessage(place), OutboxJson.Default.OutboxMessage), Outbox.Claim + TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(-1), cancel);
        _announced.GetOrAdd(place, _ => new()).Enqueue((sent.Value.MessageId, sent.Value.PopReceipt));
    }

    /// <summary>Takes the messages back that this process sent for a conversation.</summary>
    public async Task TakeBackAsync(string place, CancellationToken cancel)
    {
        if (!_announced.TryRemove(place, out var messages))
            return;
        foreach (var (id, receipt) in messages)
        {
            try
            {
                await storage.Queue(StorageNames.BotOutboxes).DeleteMessageAsync(id, receipt, cancel);
            }
            catch (RequestFailedException gone) when (gone.Status is 404 or 400)
            {
                // The host has it already, under another pop receipt; it finds nothing to do.
            }
        }
    }
}

/// <summary>Says what a process left behind that ended between its commit and its words.</summary>
public static class DeliverActivities
{
    public static Task Handle(QueueCall<OutboxMessage> call, TeamsStore store, CancellationToken cancel) => store.DeliverAsync(call.Message.Place, mayFail: true, cancel);
}
