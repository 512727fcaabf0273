using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Conversations;

/// <summary>"Look at this conversation: something for its channel may have been left behind." With a ticket: its card there may be out of date.</summary>
/// <param name="Ticket">Number of the ticket whose card is meant; null for what was committed to be said.</param>
/// <param name="UpTo">The last event that the card is told of.</param>
public sealed record OutboxMessage(string Place, long? Ticket = null, long UpTo = 0)
{
    public const string QueueName = "bot-outboxes";

    /// <summary>Makes sure that what is committed for a channel reaches it. A message appears when the claim of the process that committed is over.</summary>
    /// <remarks>A channel that is slow or gone holds up nothing else.</remarks>
    internal static WorkQueueOptions<OutboxMessage> Queue { get; } =
        new(QueueName, OutboxJson.Default.OutboxMessage, message => $"{message.Place} {message.Ticket} {message.UpTo}")
        {
            Delay = Outbox.Claim + TimeSpan.FromSeconds(15),
            Parallel = 8,
        };
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(OutboxMessage))]
internal sealed partial class OutboxJson : JsonSerializerContext;
