using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Webhooks;

/// <summary>"Look at what a subscription is owed of a ticket." Events of one ticket go one after the other; tickets do not wait for each other.</summary>
/// <param name="Webhook">Id of the subscription.</param>
/// <param name="Number">Number of the ticket; 0 for tests.</param>
public sealed record WebhookLane(string Workspace, string Webhook, long Number, DateTimeOffset SentAt)
{
    public const string QueueName = "webhook-deliveries";

    /// <summary>Mostly this process waits for receivers: many lanes at a time cost little.</summary>
    internal static WorkQueueOptions<WebhookLane> Queue { get; } =
        new(QueueName, WebhookJson.Default.WebhookLane, lane => $"{lane.Workspace}/{lane.Webhook}/{lane.Number}")
        {
            SentAt = lane => lane.SentAt,
            Parallel = 32,
        };
}
