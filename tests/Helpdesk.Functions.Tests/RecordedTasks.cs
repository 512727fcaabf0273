using Helpdesk.Durable;

namespace Helpdesk.Functions.Tests;

/// <summary>A task hub that writes down what it is asked for and runs nothing. Anything that no test expects fails.</summary>
public sealed class RecordedTasks : DurableTaskClient
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

    public override Task<string> ScheduleNewOrchestrationInstanceAsync(string orchestratorName, object? input = null, StartOrchestrationOptions? options = null, CancellationToken cancel = default)
    {
        lock (_calls)
        {
            if (!Running.Add(options!.InstanceId!))
                throw new OrchestrationException(OrchestrationProblem.AlreadyExists, "It is there.");
            _calls.Add(($"start {orchestratorName}", options.InstanceId!, input));
            return Task.FromResult(options.InstanceId!);
        }
    }

    public override Task RaiseEventAsync(string instanceId, string eventName, object? payload = null, CancellationToken cancel = default)
    {
        lock (_calls)
        {
            if (!Running.Contains(instanceId))
                throw new OrchestrationException(OrchestrationProblem.NotFound, "It is not there.");
            _calls.Add(($"raise {eventName}", instanceId, payload));
            return Task.CompletedTask;
        }
    }

    public override Task RewindInstanceAsync(string instanceId, string? reason = null, CancellationToken cancel = default)
    {
        lock (_calls)
            _calls.Add(("rewind", instanceId, null));
        return Task.CompletedTask;
    }

    public override Task<OrchestrationPage> QueryInstancesAsync(OrchestrationQuery query, CancellationToken cancel = default) => Task.FromResult(new OrchestrationPage([.. Failed], null));

    public override Task<OrchestrationMetadata?> GetInstanceAsync(string instanceId, bool getInputsAndOutputs = false, CancellationToken cancel = default) => throw Unexpected();

    public override Task<OrchestrationMetadata> WaitForInstanceStartAsync(string instanceId, bool getInputsAndOutputs = false, CancellationToken cancel = default) => throw Unexpected();

    public override Task<OrchestrationMetadata> WaitForInstanceCompletionAsync(string instanceId, bool getInputsAndOutputs = false, CancellationToken cancel = default) => throw Unexpected();

    public override Task TerminateInstanceAsync(string instanceId, object? output = null, bool recursive = false, CancellationToken cancel = default) => throw Unexpected();

    public override Task SuspendInstanceAsync(string instanceId, string? reason = null, CancellationToken cancel = default) => throw Unexpected();

    public override Task ResumeInstanceAsync(string instanceId, string? reason = null, CancellationToken cancel = default) => throw Unexpected();

    public override Task<string> RestartAsync(string instanceId, bool restartWithNewInstanceId = false, CancellationToken cancel = default) => throw Unexpected();

    public override Task<bool> PurgeInstanceAsync(string instanceId, CancellationToken cancel = default) => throw Unexpected();

    public override Task<int> PurgeAllInstancesAsync(DateTimeOffset? createdFrom, DateTimeOffset? createdTo, IReadOnlyList<OrchestrationRuntimeStatus> statuses, CancellationToken cancel = default) => throw Unexpected();

    private static InvalidOperationException Unexpected() => new("No test expects the app to ask the task hub for this.");
}
