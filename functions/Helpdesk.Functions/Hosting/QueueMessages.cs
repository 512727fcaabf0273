using Azure;
using Azure.Storage.Queues;

namespace Helpdesk.Functions.Hosting;

/// <summary>What every queue of ours is asked for.</summary>
internal static class QueueMessages
{
    /// <summary>Takes a message back whose work is done. One that the host has taken in the meantime, under another pop receipt, finds nothing to do.</summary>
    public static async Task TakeBackAsync(this QueueClient queue, string messageId, string popReceipt, CancellationToken cancel)
    {
        try
        {
            await queue.DeleteMessageAsync(messageId, popReceipt, cancel);
        }
        catch (RequestFailedException gone) when (gone.Status is 404 or 400)
        {
            // The host has it already.
        }
    }
}
