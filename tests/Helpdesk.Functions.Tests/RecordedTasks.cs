using DurableTask.Core.Exceptions;
using Grpc.Core;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Helpdesk.Functions.Tests;

/// <summary>A task hub that writes down what it is asked for and runs nothing. Anything that no test expects fails.</summary>
public sealed class RecordedTasks() : DurableTaskClient("recorded")
{
    private readonly List<(string Call, string InstanceId, object? What)> _calls = [];

    /// <summary>Instances that are under way.</summary>
    public HashSet<string> Running { get; } = new(StringComparer.Ordinal);

    /// <summary>Instances that have failed.</summary>
    public List<OrchestrationMetadata> Failed { get; } = [];

    public IReadOnlyList<(string Call, string InstanceId, object? What)> Calls
    {
        get
        {
            lock (_calls)
                return [.. _calls];
        }
    }

    public IReadOnlyList<(string Call, string InstanceId, object? What)> Of(string instanceId) => [.. Calls.Where(call => call.InstanceId == instanceId)];

    public override Task<string> ScheduleNewOrchestrationInstanceAsync(
        TaskName orchestratorName,
        object? input = null,
        StartOrchestrationOptions? options = null,
        CancellationToken cancellation = default
    )
    {
        lock (_calls)
        {
            // Without the statuses to respect, the extension would end a running instance and begin another.
            Assert.Contains(nameof(OrchestrationRuntimeStatus.Running), options!.DedupeStatuses!);
            if (!Running.Add(options.InstanceId!))
                throw new OrchestrationAlreadyExistsException("It is there.");
            _calls.Add(($"start {orchestratorName.Name}", options.InstanceId!, input));
            return Task.FromResult(options.InstanceId!);
        }
    }

    public override Task<PurgeResult> PurgeAllInstancesAsync(PurgeInstancesFilter filter, CancellationToken cancellation = default)
    {
        lock (_calls)
            _calls.Add(("purge", "", filter));
        return Task.FromResult(new PurgeResult(0));
    }

    public override Task RaiseEventAsync(string instanceId, string eventName, object? eventPayload = null, CancellationToken cancellation = default)
    {
        lock (_calls)
        {
            if (!Running.Contains(instanceId))
                throw new RpcException(new Status(StatusCode.NotFound, "It is not there."));
            _calls.Add(($"raise {eventName}", instanceId, eventPayload));
            return Task.CompletedTask;
        }
    }

    public override Task RewindInstanceAsync(string instanceId, string reason, CancellationToken cancellation = default)
    {
        lock (_calls)
            _calls.Add(("rewind", instanceId, null));
        return Task.CompletedTask;
    }

    public override AsyncPageable<OrchestrationMetadata> GetAllInstancesAsync(OrchestrationQuery? filter = null) =>
        Pageable.Create<OrchestrationMetadata>((_, _, _) => Task.FromResult(new Page<OrchestrationMetadata>([.. Failed], null)));

    public override Task<OrchestrationMetadata?> GetInstancesAsync(
        string instanceId,
        bool getInputsAndOutputs = false,
        CancellationToken cancellation = default
    ) => throw Unexpected();

    public override Task<OrchestrationMetadata> WaitForInstanceStartAsync(
        string instanceId,
        bool getInputsAndOutputs = false,
        CancellationToken cancellation = default
    ) => throw Unexpected();

    public override Task<OrchestrationMetadata> WaitForInstanceCompletionAsync(
        string instanceId,
        bool getInputsAndOutputs = false,
        CancellationToken cancellation = default
    ) => throw Unexpected();

    public override Task SuspendInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) => throw Unexpected();

    public override Task ResumeInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) => throw Unexpected();

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static InvalidOperationException Unexpected() => new("No test expects the app to ask the task hub for this.");
}
