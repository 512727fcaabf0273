using Azure.Data.Tables;
using Grpc.Core;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Microsoft.DurableTask.Client;

namespace Helpdesk.Functions.Operations;

/// <summary>What was done about an orchestration that failed.</summary>
/// <param name="InstanceId">Id of the orchestration.</param>
/// <param name="Name">Name of its orchestrator.</param>
/// <param name="Rewinds">How often it was brought back.</param>
/// <param name="LastAt">When that was done last.</param>
/// <param name="Error">Why it failed last.</param>
/// <param name="GivenUp">Whether it is left alone now.</param>
public sealed record Rewind(string InstanceId, string Name, int Rewinds, DateTimeOffset LastAt, string Error, bool GivenUp);

/// <summary>Remembers how often each failed instance was rewound.</summary>
public sealed class RewindStore(StorageClients storage)
{
    public const string TableName = "Rewinds";

    private const string Partition = "instances";

    private TableClient Table => storage.Table(TableName);

    public async Task<IReadOnlyList<Rewind>> ListAsync(CancellationToken cancellationToken)
    {
        var rewinds = new List<Rewind>();
        await foreach (
            var row in Table.QueryAsync<TableEntity>(TableClient.CreateQueryFilter($"PartitionKey eq {Partition}"), cancellationToken: cancellationToken)
        )
            rewinds.Add(
                new(
                    row.GetString("InstanceId"),
                    row.GetString("Name"),
                    row.GetInt32("Rewinds")!.Value,
                    row.GetDateTimeOffset("LastAt")!.Value,
                    row.GetString("Error"),
                    row.GetBoolean("GivenUp") ?? false
                )
            );
        return rewinds;
    }

    public Task PutAsync(Rewind rewind, CancellationToken cancellationToken) =>
        Table.UpsertEntityAsync(
            new TableEntity(Partition, Hashes.Short(rewind.InstanceId))
            {
                ["InstanceId"] = rewind.InstanceId,
                ["Name"] = rewind.Name,
                ["Rewinds"] = rewind.Rewinds,
                ["LastAt"] = rewind.LastAt,
                ["Error"] = rewind.Error,
                ["GivenUp"] = rewind.GivenUp,
            },
            TableUpdateMode.Replace,
            cancellationToken
        );

    public Task RemoveAsync(string instanceId, CancellationToken cancellationToken) =>
        Table.DeleteEntityAsync(Partition, Hashes.Short(instanceId), cancellationToken: cancellationToken);
}

/// <summary>Every few minutes: brings instances back whose turn failed, each a limited number of times.</summary>
/// <remarks>Nothing depends on it: what such an instance should do is done by the due-time index meanwhile.</remarks>
public sealed partial class RewindFailedInstances(TaskHub hub, RewindStore rewinds, TimeProvider time, ILogger<RewindFailedInstances> logger)
{
    /// <summary>An instance that fails this often within a week has something wrong that a rewind does not mend.</summary>
    public const int MostRewinds = 5;

    private const int MostAtOnce = 200;
    private static readonly TimeSpan Remembered = TimeSpan.FromDays(7);

    /// <summary>Why an instance failed; the extension has it in the output.</summary>
    public static string? ErrorOf(OrchestrationMetadata instance) =>
        instance.FailureDetails?.ErrorMessage
        ?? (instance.RuntimeStatus == OrchestrationRuntimeStatus.Failed ? instance.SerializedOutput ?? "(unknown)" : null);

    [Function(nameof(RewindFailedInstances))]
    public async Task Run(
        [TimerTrigger("%HELPDESK_REWIND_SCHEDULE%")] TimerInfo timer,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    )
    {
        var client = hub.Learn(durable);
        var known = (await rewinds.ListAsync(cancellationToken)).ToDictionary(rewind => rewind.InstanceId, StringComparer.Ordinal);
        var failed = new List<OrchestrationMetadata>();
        await foreach (
            var instance in client
                .GetAllInstancesAsync(new OrchestrationQuery { Statuses = [OrchestrationRuntimeStatus.Failed], FetchInputsAndOutputs = true })
                .WithCancellation(cancellationToken)
        )
        {
            failed.Add(instance);
            if (failed.Count == MostAtOnce)
                break;
        }

        var now = time.GetUtcNow();
        foreach (var instance in failed)
        {
            var before = known.GetValueOrDefault(instance.InstanceId);
            var error = ErrorOf(instance)!;
            var rewind = new Rewind(
                instance.InstanceId,
                instance.Name,
                before?.Rewinds ?? 0,
                now,
                PlainText.Head(error, 1000),
                (before?.Rewinds ?? 0) >= MostRewinds
            );
            if (rewind.GivenUp)
            {
                if (before?.GivenUp != true)
                {
                    Log.GivenUp(logger, instance.InstanceId, rewind.Rewinds);
                    await rewinds.PutAsync(rewind, cancellationToken);
                }

                continue;
            }

            // Noted first: a rewind that is not counted could go on for ever.
            await rewinds.PutAsync(rewind with { Rewinds = rewind.Rewinds + 1 }, cancellationToken);
            try
            {
                await client.RewindInstanceAsync(instance.InstanceId, "rewound by the safety net", cancellationToken);
                Log.Rewound(logger, instance.InstanceId, rewind.Rewinds + 1);
            }
            catch (Exception no) when (no is RpcException or ArgumentException or InvalidOperationException)
            {
                // It is not there any more, or is under way again.
                Log.NotRewound(logger, instance.InstanceId, no.Message);
            }
        }

        foreach (
            var forgotten in known.Values.Where(rewind =>
                rewind.LastAt < now - Remembered && !failed.Any(instance => instance.InstanceId == rewind.InstanceId)
            )
        )
            await rewinds.RemoveAsync(forgotten.InstanceId, cancellationToken);
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Instance {InstanceId} had failed and was rewound (number {Rewinds})")]
        public static partial void Rewound(ILogger logger, string instanceId, int rewinds);

        [LoggerMessage(LogLevel.Error, "Instance {InstanceId} failed again after {Rewinds} rewinds and is left alone now")]
        public static partial void GivenUp(ILogger logger, string instanceId, int rewinds);

        [LoggerMessage(LogLevel.Information, "Instance {InstanceId} could not be rewound: {Reason}")]
        public static partial void NotRewound(ILogger logger, string instanceId, string reason);
    }
}
