using System.Text.Json;
using System.Text.Json.Serialization;
using Azure;
using Helpdesk.Alerts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;
using Microsoft.DurableTask.Client;

namespace Helpdesk.Functions.Alerts;

/// <summary>"Look at this alert key, or at this heartbeat."</summary>
/// <param name="Hash">A hash of the key; null for the heartbeat of the source.</param>
public sealed record EpisodeDue(string Workspace, string Source, string? Hash)
{
    public const string QueueName = "episode-dues";

    /// <summary>A message cannot wait for longer than a week: what is due later is armed again.</summary>
    public static TimeSpan Longest { get; } = TimeSpan.FromDays(6);

    internal static WorkQueueOptions<EpisodeDue> Queue { get; } = new(QueueName, EpisodeDueJson.Default.EpisodeDue, due => $"{due.Source} {due.Hash}");
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(EpisodeDue))]
internal sealed partial class EpisodeDueJson : JsonSerializerContext;

/// <summary>Does for episodes and heartbeats what has fallen due.</summary>
public sealed class EpisodeDueWork(AlertSourceStore sources, AlertEpisodes episodes, Heartbeats heartbeats, WorkQueue<EpisodeDue> queue) : IWorker<EpisodeDue>
{
    /// <summary>What failed as often as a message may is tried again after so long: nothing else would ever look.</summary>
    private static readonly TimeSpan Later = TimeSpan.FromMinutes(5);

    public async Task<bool> DoAsync(EpisodeDue message, bool lastTry, CancellationToken cancellationToken)
    {
        try
        {
            var source =
                message.Source == ProbeAlarm.Source.Id ? ProbeAlarm.Source : await sources.FindAsync(message.Workspace, message.Source, cancellationToken);
            if (source is null)
                return true;
            if (message.Hash is { } hash)
                await episodes.WakeAsync(new(message.Workspace, message.Source, hash), source, cancellationToken);
            else
                await heartbeats.CheckAsync(message.Workspace, source, cancellationToken);
        }
        catch (RequestFailedException) when (lastTry)
        {
            await queue.SendAsync(message, Later, cancellationToken);
        }

        return true;
    }
}

/// <summary>Looks at an alert key or a heartbeat whose time has come.</summary>
public sealed class WorkEpisodeDues(WorkRunner<EpisodeDue> work, TaskHub hub)
{
    [Function(nameof(WorkEpisodeDues))]
    public Task Run(
        [QueueTrigger(EpisodeDue.QueueName)] EpisodeDue message,
        int dequeueCount,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    )
    {
        hub.Learn(durable);
        return work.ReceiveAsync(message, dequeueCount, cancellationToken);
    }
}
