using System.Collections.Concurrent;

namespace Helpdesk.Functions.Storage;

/// <summary>Remembers for a few seconds what is read with every request and seldom changes, such as keys and groups.</summary>
public sealed class ShortMemory<T>(TimeProvider time, TimeSpan span)
{
    private const int Capacity = 10_000;
    private readonly ConcurrentDictionary<string, (T Value, DateTimeOffset Until)> _known = new(StringComparer.Ordinal);
    private long _changes;

    /// <summary>The remembered value, or the one that <paramref name="read"/> gives. Nulls are not remembered.</summary>
    public async ValueTask<T?> GetAsync(string key, Func<Task<T?>> read)
    {
        var now = time.GetUtcNow();
        if (_known.TryGetValue(key, out var known) && known.Until > now)
            return known.Value;
        var changes = Interlocked.Read(ref _changes);
        var value = await read();
        if (value is null)
        {
            _known.TryRemove(key, out _);
        }
        else
        {
            if (_known.Count >= Capacity)
                _known.Clear();
            _known[key] = (value, now + span);
            // What was changed during the read may have been read as it was before.
            if (Interlocked.Read(ref _changes) != changes)
                _known.TryRemove(key, out _);
        }

        return value;
    }

    /// <summary>Whether there is a remembered value.</summary>
    public bool Knows(string key) => _known.TryGetValue(key, out var known) && known.Until > time.GetUtcNow();

    /// <summary>Forgets one value, since this process has just changed it.</summary>
    public void Forget(string key)
    {
        Interlocked.Increment(ref _changes);
        _known.TryRemove(key, out _);
    }

    /// <summary>Forgets everything.</summary>
    public void Forget()
    {
        Interlocked.Increment(ref _changes);
        _known.Clear();
    }
}
