using Microsoft.Extensions.Logging;

namespace Helpdesk.Durable;

/// <summary>All that an orchestrator may use beside its input.</summary>
public abstract class TaskOrchestrationContext
{
    /// <summary>The longest that one timer of the back end may run; longer ones are made of several.</summary>
    public static TimeSpan LongestTimer { get; } = TimeSpan.FromDays(6);

    public abstract string Name { get; }

    public abstract string InstanceId { get; }

    /// <summary>The instance that called this one, or null.</summary>
    public abstract string? ParentInstanceId { get; }

    /// <summary>When this turn began, in UTC; the same again at each replay.</summary>
    public abstract DateTime CurrentUtcDateTime { get; }

    /// <summary>Whether what runs now has run before.</summary>
    public abstract bool IsReplaying { get; }

    /// <summary>Calls an activity and waits for what it gives.</summary>
    public abstract Task<TResult> CallActivityAsync<TResult>(string name, object? input = null, TaskOptions? options = null);

    /// <summary>Calls an activity that gives nothing.</summary>
    public Task CallActivityAsync(string name, object? input = null, TaskOptions? options = null) => CallActivityAsync<object?>(name, input, options);

    /// <summary>Calls another orchestrator and waits for what it gives.</summary>
    public abstract Task<TResult> CallSubOrchestratorAsync<TResult>(string name, object? input = null, TaskOptions? options = null);

    /// <summary>Waits until an instant, however far away. It may come up to a second early: what was due must be asked again, not assumed.</summary>
    public abstract Task CreateTimer(DateTime fireAt, CancellationToken cancel = default);

    /// <summary>Waits for a time.</summary>
    public Task CreateTimer(TimeSpan delay, CancellationToken cancel = default) => CreateTimer(CurrentUtcDateTime + delay, cancel);

    /// <summary>Waits for an event by name, whatever its case. One that came earlier and that nobody took counts.</summary>
    public abstract Task<T> WaitForExternalEvent<T>(string name, CancellationToken cancel = default);

    /// <summary>Waits for an event, at most for a time; then it throws <see cref="TaskCanceledException"/>.</summary>
    public async Task<T> WaitForExternalEvent<T>(string name, TimeSpan timeout)
    {
        using var timer = new CancellationTokenSource();
        using var wait = new CancellationTokenSource();
        var elapsed = CreateTimer(timeout, timer.Token);
        var raised = WaitForExternalEvent<T>(name, wait.Token);
        // An event that comes with the timer in one turn, and before it, wins.
        var first = await Task.WhenAny(raised, elapsed);
        // At once, and on this thread: a cancellation elsewhere would come after the end of the turn.
        (first == raised ? timer : wait).Cancel();
        return first == raised ? await raised : throw new TaskCanceledException($"The event {name} did not come within {timeout}.");
    }

    /// <summary>Sends an event to another instance; nobody waits for it.</summary>
    public abstract void SendEvent(string instanceId, string name, object? payload = null);

    /// <summary>Ends this history and begins a new one with another input, once the orchestrator has returned.</summary>
    /// <param name="preserveUnprocessedEvents">Carries over events that came and that nobody took; without it they are lost.</param>
    public abstract void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true);

    /// <summary>Shows where the instance stands to whoever asks for it.</summary>
    public abstract void SetCustomStatus(object? status);

    /// <summary>A new id that is the same again at each replay.</summary>
    public abstract Guid NewGuid();

    /// <summary>A logger that keeps quiet about what has been logged before.</summary>
    public ILogger CreateReplaySafeLogger(ILogger logger) => new ReplaySafeLogger(this, logger);

    private sealed class ReplaySafeLogger(TaskOrchestrationContext context, ILogger logger) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => logger.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => !context.IsReplaying && logger.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!context.IsReplaying)
                logger.Log(logLevel, eventId, state, exception, formatter);
        }
    }
}
