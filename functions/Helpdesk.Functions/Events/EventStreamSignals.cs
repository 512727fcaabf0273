using System.Collections.Concurrent;

namespace Helpdesk.Functions.Events;

/// <summary>Wakes whoever waits in this process for the next events of a workspace.</summary>
public sealed class EventStreamSignals
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _next = new(StringComparer.Ordinal);

    /// <summary>Ends when this process has appended something. Ask for it first, then look: so nothing falls between the two.</summary>
    public Task Next(string workspace) => _next.GetOrAdd(workspace, _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public void Notify(string workspace)
    {
        if (_next.TryRemove(workspace, out var waiting))
            waiting.SetResult();
    }
}
