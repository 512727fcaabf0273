using System.Threading.Channels;

namespace Helpdesk.Functions.Storage;

/// <summary>Work that this process may do at once, after its caller has the answer. Losing a piece loses nothing: its queue message is on the way.</summary>
public abstract class PendingWork<T>
{
    private readonly Channel<T> _work = Channel.CreateBounded<T>(new BoundedChannelOptions(10_000) { FullMode = BoundedChannelFullMode.Wait });
    private int _outstanding;

    /// <summary>How many pieces this process has not finished with.</summary>
    public int Outstanding => Volatile.Read(ref _outstanding);

    internal ChannelReader<T> Work => _work.Reader;

    /// <summary>Hands a piece over; when there is too much already, its message sees to it.</summary>
    public void TryEnqueue(T piece)
    {
        Interlocked.Increment(ref _outstanding);
        if (!_work.Writer.TryWrite(piece))
            Finished(1);
    }

    internal void Finished(int pieces) => Interlocked.Add(ref _outstanding, -pieces);
}
