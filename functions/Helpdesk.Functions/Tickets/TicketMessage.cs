using System.Text.Json.Serialization;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Tickets;

/// <summary>"Look at this ticket: something up to event <paramref name="UpTo"/> may have happened."</summary>
/// <param name="Sender">The process that sent it, see <see cref="ThisProcess"/>.</param>
public sealed record TicketMessage(string Workspace, long Number, long UpTo, DateTimeOffset SentAt, string Sender)
{
    public const string QueueName = "ticket-events";

    /// <summary>What was committed, as the process that did so knows it; no message carries it.</summary>
    [JsonIgnore]
    public CommittedChange? Change { get; init; }

    /// <summary>The queue that makes sure that no committed event goes unnoticed: a message is sent before every commit.</summary>
    internal static WorkQueueOptions<TicketMessage> Queue { get; } =
        new(QueueName, TicketJson.Stored.TicketMessage, message => new TicketAddress(message.Workspace, message.Number).Partition)
        {
            SentAt = message => message.SentAt,
            Parallel = 1,
            BatchSize = 64,
        };
}

/// <summary>What was committed, and must now reach the subscribers.</summary>
/// <param name="Before">The ticket before the change; null when it was opened by it.</param>
public sealed record CommittedChange(Ticket? Before, Ticket After, IReadOnlyList<TicketEvent> Events);
