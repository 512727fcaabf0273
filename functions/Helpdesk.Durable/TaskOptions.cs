namespace Helpdesk.Durable;

/// <summary>How often and how long apart a failed call is tried again; the waits are durable timers.</summary>
/// <param name="MaxNumberOfAttempts">The first try included; at least 1.</param>
/// <param name="FirstRetryInterval">Wait before the second try.</param>
/// <param name="BackoffCoefficient">What each further wait is multiplied by; at least 1.</param>
public sealed record RetryPolicy(int MaxNumberOfAttempts, TimeSpan FirstRetryInterval, double BackoffCoefficient = 1)
{
    /// <summary>The longest wait.</summary>
    public TimeSpan MaxRetryInterval { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Says of a failure whether trying again can help; null tries again after every failure that does not say no itself.</summary>
    public Func<TaskFailureDetails, bool>? Handle { get; init; }

    /// <summary>The wait after the attempt with this number, 1 for the first; null when there is no further one.</summary>
    public TimeSpan? DelayAfter(int attempt, TaskFailureDetails failure)
    {
        if (attempt >= MaxNumberOfAttempts || failure.IsNonRetriable || Handle?.Invoke(failure) == false)
            return null;
        var ticks = FirstRetryInterval.Ticks * Math.Pow(Math.Max(1, BackoffCoefficient), attempt - 1);
        return ticks < MaxRetryInterval.Ticks ? TimeSpan.FromTicks((long)ticks) : MaxRetryInterval;
    }
}

/// <summary>How an activity is called.</summary>
public record TaskOptions(RetryPolicy? Retry = null);

/// <summary>How another orchestrator is called. Without an instance id it gets one that is made from the caller's and the call's number.</summary>
public sealed record SubOrchestrationOptions(string? InstanceId = null, RetryPolicy? Retry = null) : TaskOptions(Retry);

/// <summary>What is known of a failure on the other side of a durable call.</summary>
public sealed record TaskFailureDetails(string ErrorType, string ErrorMessage, string? StackTrace, TaskFailureDetails? InnerFailure, bool IsNonRetriable = false)
{
    /// <summary>What an exception says of itself.</summary>
    public static TaskFailureDetails Of(Exception exception) => exception is TaskFailedException failed
        ? new(typeof(TaskFailedException).FullName!, failed.Message, failed.StackTrace, failed.FailureDetails)
        : new(exception.GetType().FullName ?? exception.GetType().Name, exception.Message, exception.StackTrace, exception.InnerException is { } inner ? Of(inner) : null);

    internal static TaskFailureDetails Of(Protocol.TaskFailureDetails? sent) => sent is null
        ? new("(unknown)", "The back end does not say why.", null, null)
        : new(sent.ErrorType, sent.ErrorMessage, sent.StackTrace, sent.InnerFailure is null ? null : Of(sent.InnerFailure), sent.IsNonRetriable);

    internal Protocol.TaskFailureDetails ToMessage()
    {
        var message = new Protocol.TaskFailureDetails { ErrorType = ErrorType, ErrorMessage = ErrorMessage, IsNonRetriable = IsNonRetriable, InnerFailure = InnerFailure?.ToMessage() };
        if (StackTrace is not null)
            message.StackTrace = StackTrace;
        return message;
    }
}

/// <summary>An activity or another orchestrator that was called has failed, after all its tries.</summary>
public sealed class TaskFailedException(string taskName, int taskId, TaskFailureDetails failureDetails)
    : Exception($"{taskName} (call {taskId}) failed: {failureDetails.ErrorMessage}")
{
    public string TaskName { get; } = taskName;
    public int TaskId { get; } = taskId;
    public TaskFailureDetails FailureDetails { get; } = failureDetails;
}

/// <summary>The stored history does not fit the code: an await was added, removed, moved or changed while instances were under way.</summary>
public sealed class NonDeterministicOrchestrationException(string message) : Exception(message);
