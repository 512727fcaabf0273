namespace Helpdesk.Functions.Storage;

/// <summary>Knows how many requests are being answered, so that work nobody waits for can let them go first.</summary>
public sealed class RequestGauge(TimeProvider time)
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(8);
    private int _running;

    /// <summary>Counts a request while it runs.</summary>
    public async Task CountAsync(Func<Task> request)
    {
        Interlocked.Increment(ref _running);
        try
        {
            await request();
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    /// <summary>Waits a little while requests run. Work older than a few seconds waits no more: then it is the one that is late.</summary>
    /// <param name="since">When the work came up; null does not wait.</param>
    public async ValueTask GiveWayAsync(DateTimeOffset? since, CancellationToken cancellationToken)
    {
        if (since is null)
            return;
        var age = time.GetUtcNow() - since.Value;
        var steps =
            age < Patience ? 10
            : age < Limit ? 5
            : 0;
        // Between two requests of one client there is a moment that is no rest.
        for (var (step, quiet) = (0, 0); step < steps && quiet < 2; step++)
        {
            await Task.Delay(Step, TimeProvider.System, cancellationToken);
            quiet = Volatile.Read(ref _running) > 0 ? 0 : quiet + 1;
        }
    }
}
