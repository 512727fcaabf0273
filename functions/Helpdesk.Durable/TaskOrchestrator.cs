namespace Helpdesk.Durable;

/// <summary>A workflow that outlives every process: its code runs again from the start at each turn, and finds again what has happened so far.</summary>
/// <remarks>
/// Between two awaits it may only compute: no clock, no I/O, no chance, no threads of its own. What it needs of those the context gives, and activities do.
/// The order of its awaits is part of its stored history: never change it while instances are under way.
/// </remarks>
public abstract class TaskOrchestrator<TInput, TOutput>
{
    /// <summary>Runs the workflow. What it throws fails the instance, with type and message.</summary>
    public abstract Task<TOutput> RunAsync(TaskOrchestrationContext context, TInput input);
}

/// <summary>A step that may do anything, and may run more than once for one call.</summary>
public abstract class TaskActivity<TInput, TOutput>
{
    /// <summary>Does the step. What it throws reaches the orchestrator as a <see cref="TaskFailedException"/>.</summary>
    public abstract Task<TOutput> RunAsync(TaskActivityContext context, TInput input);
}

/// <summary>Who called an activity.</summary>
public sealed record TaskActivityContext(string Name, string InstanceId, CancellationToken Cancel);
