using System.Collections.Concurrent;

namespace Helpdesk.Functions.Events;

/// <summary>Wakes whoever waits in this process for the next events of a workspace.</summary>
public sealed class EventStreamSignals
{
    /// <summary>How often storage is asked while somebody waits: what this process appends wakes them at once.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, TaskCompletionSource> _next = new(StringComparer.Ordinal);

    /// <summary>Ends when this process has appended something. Ask for it first, then look: so nothing falls between the two.</summary>
    public Task Next(string workspace) => _next.GetOrAdd(workspace, _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public void Notify(string workspace)
    {
        if (_next.TryRemove(workspace, out var waiting))
            waiting.SetResult();
    }

    /// <summary>Waits until this process has appended something, or it is time to ask storage again.</summary>
    /// <param name="more">What <see cref="Next"/> gave before storage was asked.</param>
    /// <param name="left">For how long to wait at most.</param>
    public static async Task WaitAsync(Task more, TimeSpan left, TimeProvider time, CancellationToken cancellationToken)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(more, Task.Delay(left < Interval ? left : Interval, time, enough.Token));
        await enough.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }
}
