using Helpdesk.LocalHost.Rpc;

namespace Helpdesk.LocalHost.Worker;

/// <summary>A function failed in the worker.</summary>
/// <remarks>The message has the form in which the Durable extension looks for type and text of what went wrong.</remarks>
public sealed class FunctionFailedException(StatusResult result)
    : Exception($"Result: {result.Status}\nException: {result.Exception?.Message}\nStack: {result.Exception?.StackTrace}")
{
    /// <summary>What the function's exception said.</summary>
    public string Reason { get; } = result.Exception?.Message ?? result.Status.ToString();

    /// <summary>Returns if the function went well, and throws if not.</summary>
    public static void ThrowIfFailed(StatusResult result)
    {
        if (result.Status == StatusResult.Types.Status.Success)
            return;
        throw result.Status == StatusResult.Types.Status.Cancelled
            ? new OperationCanceledException($"The function was cancelled: {result.Exception?.Message}")
            : new FunctionFailedException(result);
    }
}

/// <summary>The worker process ended while it had a call in hand, or there is none.</summary>
/// <remarks>
/// Type and beginning of the message are what the Durable extension looks for: then it gives the work item back instead of failing the orchestration.
/// </remarks>
public sealed class WorkerLostException(string reason) : InvalidOperationException($"Did not find any initialized language workers: {reason}");
