namespace Helpdesk.Functions.Storage;

/// <summary>
/// Lets the work on one key go one after the other within this process. Storage ETags do so between processes; this only spares the retries.
/// </summary>
public sealed class KeyedLocks
{
    private readonly SemaphoreSlim[] _stripes = [.. Enumerable.Range(0, 256).Select(_ => new SemaphoreSlim(1, 1))];

    /// <summary>Waits its turn; dispose to give it on.</summary>
    public async Task<IDisposable> TakeAsync(string key, CancellationToken cancellationToken)
    {
        var stripe = _stripes[StripeOf(key)];
        await stripe.WaitAsync(cancellationToken);
        return new Turn([stripe]);
    }

    /// <summary>Waits for several turns at once, always in the same order, so that nobody waits for each other.</summary>
    public async Task<IDisposable> TakeAllAsync(IEnumerable<string> keys, CancellationToken cancellationToken)
    {
        var taken = new List<SemaphoreSlim>();
        try
        {
            foreach (var index in keys.Select(StripeOf).Distinct().Order())
            {
                await _stripes[index].WaitAsync(cancellationToken);
                taken.Add(_stripes[index]);
            }
        }
        catch (OperationCanceledException)
        {
            new Turn(taken).Dispose();
            throw;
        }

        return new Turn(taken);
    }

    private int StripeOf(string key) => (int)((uint)key.GetHashCode(StringComparison.Ordinal) % (uint)_stripes.Length);

    private sealed class Turn(IReadOnlyList<SemaphoreSlim> stripes) : IDisposable
    {
        private IReadOnlyList<SemaphoreSlim>? _stripes = stripes;

        public void Dispose()
        {
            foreach (var stripe in Interlocked.Exchange(ref _stripes, null) ?? [])
                stripe.Release();
        }
    }
}
