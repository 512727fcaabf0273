using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Azure;
using Azure.Storage.Queues;

namespace Helpdesk.Functions.Storage;

/// <summary>A message that is on its way, and can be taken back once its work is done.</summary>
public sealed record SentMessage(string MessageId, string PopReceipt);

/// <summary>What every queue of ours is asked for.</summary>
internal static class QueueMessages
{
    /// <summary>Sends a message that shows itself after a while and is kept until somebody deals with it.</summary>
    public static async Task<SentMessage> SendAsync<T>(
        this QueueClient queue,
        T message,
        JsonTypeInfo<T> json,
        TimeSpan delay,
        CancellationToken cancellationToken
    )
    {
        var sent = await queue.SendMessageAsync(JsonSerializer.Serialize(message, json), delay, TimeSpan.FromSeconds(-1), cancellationToken);
        return new(sent.Value.MessageId, sent.Value.PopReceipt);
    }

    /// <summary>Shows a message at once. One that the host has taken in the meantime, under another pop receipt, is being worked already.</summary>
    public static async Task HurryAsync(this QueueClient queue, SentMessage message, CancellationToken cancellationToken)
    {
        try
        {
            await queue.UpdateMessageAsync(message.MessageId, message.PopReceipt, visibilityTimeout: TimeSpan.Zero, cancellationToken: cancellationToken);
        }
        catch (RequestFailedException gone) when (gone.Status is 404 or 400)
        {
            // The host has it already.
        }
    }

    /// <summary>
    /// Takes a message back whose work is done. One that the host has taken in the meantime, under another pop receipt, finds nothing to do.
    /// </summary>
    public static async Task TakeBackAsync(this QueueClient queue, SentMessage message, CancellationToken cancellationToken)
    {
        try
        {
            await queue.DeleteMessageAsync(message.MessageId, message.PopReceipt, cancellationToken);
        }
        catch (RequestFailedException gone) when (gone.Status is 404 or 400)
        {
            // The host has it already.
        }
    }
}
