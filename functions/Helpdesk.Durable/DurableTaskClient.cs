namespace Helpdesk.Durable;

/// <summary>Where an instance stands.</summary>
public enum OrchestrationRuntimeStatus
{
    Running = 0,
    Completed = 1,
    ContinuedAsNew = 2,
    Failed = 3,
    Canceled = 4,
    Terminated = 5,
    Pending = 6,
    Suspended = 7,
}

/// <summary>What the back end knows of an instance. Inputs and outputs are JSON texts, there when they were asked for.</summary>
public sealed record OrchestrationMetadata(
    string InstanceId, string Name, OrchestrationRuntimeStatus RuntimeStatus, DateTimeOffset CreatedAt, DateTimeOffset LastUpdatedAt,
    string? SerializedInput, string? SerializedOutput, string? SerializedCustomStatus, TaskFailureDetails? FailureDetails)
{
    /// <summary>Whether it will not run again by itself.</summary>
    public bool IsCompleted => RuntimeStatus is OrchestrationRuntimeStatus.Completed or OrchestrationRuntimeStatus.Failed or OrchestrationRuntimeStatus.Terminated or OrchestrationRuntimeStatus.Canceled;
}

/// <summary>Which instances are wanted; nothing said is any.</summary>
public sealed record OrchestrationQuery
{
    public IReadOnlyList<OrchestrationRuntimeStatus> Statuses { get; init; } = [];
    public DateTimeOffset? CreatedFrom { get; init; }
    public DateTimeOffset? CreatedTo { get; init; }
    public string? InstanceIdPrefix { get; init; }
    public int PageSize { get; init; } = 100;
    public string? ContinuationToken { get; init; }
    public bool FetchInputsAndOutputs { get; init; }
}

/// <summary>Instances, and where the list goes on; null on its last page.</summary>
public sealed record OrchestrationPage(IReadOnlyList<OrchestrationMetadata> Instances, string? ContinuationToken);

/// <summary>How a new instance is started.</summary>
/// <param name="InstanceId">Its id; null for one that the back end makes.</param>
/// <param name="StartAt">Not before this instant.</param>
public sealed record StartOrchestrationOptions(string? InstanceId = null, DateTimeOffset? StartAt = null);

/// <summary>Why the back end says no to an operation on an instance.</summary>
public enum OrchestrationProblem
{
    /// <summary>An instance with this id is under way already.</summary>
    AlreadyExists,
    NotFound,

    /// <summary>It has ended, or is not in a state that the operation is for.</summary>
    WrongState,
}

/// <summary>The back end says no to an operation on an instance; nothing was changed.</summary>
public sealed class OrchestrationException(OrchestrationProblem problem, string message, Exception? inner = null) : Exception(message, inner)
{
    public OrchestrationProblem Problem { get; } = problem;
}

/// <summary>Starts and steers instances from outside.</summary>
public abstract class DurableTaskClient
{
    /// <summary>Starts an instance; gives its id.</summary>
    public abstract Task<string> ScheduleNewOrchestrationInstanceAsync(string orchestratorName, object? input = null, StartOrchestrationOptions? options = null, CancellationToken cancel = default);

    /// <summary>Sends an event to an instance that is under way.</summary>
    public abstract Task RaiseEventAsync(string instanceId, string eventName, object? payload = null, CancellationToken cancel = default);

    /// <summary>What is known of an instance; null when there is none.</summary>
    public abstract Task<OrchestrationMetadata?> GetInstanceAsync(string instanceId, bool getInputsAndOutputs = false, CancellationToken cancel = default);

    /// <summary>Waits until an instance has begun.</summary>
    public abstract Task<OrchestrationMetadata> WaitForInstanceStartAsync(string instanceId, bool getInputsAndOutputs = false, CancellationToken cancel = default);

    /// <summary>Waits until an instance has ended.</summary>
    public abstract Task<OrchestrationMetadata> WaitForInstanceCompletionAsync(string instanceId, bool getInputsAndOutputs = false, CancellationToken cancel = default);

    /// <summary>Ends an instance as it is.</summary>
    public abstract Task TerminateInstanceAsync(string instanceId, object? output = null, bool recursive = false, CancellationToken cancel = default);

    /// <summary>Holds an instance: what happens waits until it is resumed.</summary>
    public abstract Task SuspendInstanceAsync(string instanceId, string? reason = null, CancellationToken cancel = default);

    /// <summary>Lets a suspended instance go on.</summary>
    public abstract Task ResumeInstanceAsync(string instanceId, string? reason = null, CancellationToken cancel = default);

    /// <summary>Brings a failed instance back to where it failed.</summary>
    public abstract Task RewindInstanceAsync(string instanceId, string? reason = null, CancellationToken cancel = default);

    /// <summary>Starts an instance again with its input; gives the id.</summary>
    public abstract Task<string> RestartAsync(string instanceId, bool restartWithNewInstanceId = false, CancellationToken cancel = default);

    /// <summary>One page of instances.</summary>
    public abstract Task<OrchestrationPage> QueryInstancesAsync(OrchestrationQuery query, CancellationToken cancel = default);

    /// <summary>Removes an instance that has ended; false when there was none.</summary>
    public abstract Task<bool> PurgeInstanceAsync(string instanceId, CancellationToken cancel = default);

    /// <summary>Removes instances that have ended and were created in a span; gives how many.</summary>
    public abstract Task<int> PurgeAllInstancesAsync(DateTimeOffset? createdFrom, DateTimeOffset? createdTo, IReadOnlyList<OrchestrationRuntimeStatus> statuses, CancellationToken cancel = default);
}
