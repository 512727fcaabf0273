using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json.Serialization.Metadata;
using System.Threading.Channels;
using Azure.Storage.Queues;

namespace Helpdesk.Functions.Storage;

/// <summary>One kind of work: the queue of its messages, and how it is done.</summary>
/// <param name="Name">Name of the queue.</param>
/// <param name="Key">What a piece of work concerns: pieces with the same key are done together.</param>
public sealed record WorkQueueOptions<T>(string Name, JsonTypeInfo<T> Json, Func<T, string> Key)
{
    /// <summary>
    /// How long a message stays invisible, so that the process that commits can do the work first; null for <see cref="DispatchOptions.Delay"/>.
    /// </summary>
    public TimeSpan? Delay { get; init; }

    /// <summary>When a piece of work was announced; null where a message never comes before its commit.</summary>
    public Func<T, DateTimeOffset>? SentAt { get; init; }

    /// <summary>The try after which work that fails is a dead letter.</summary>
    public int Tries { get; init; } = 5;

    /// <summary>How many batches this process works on at the same time.</summary>
    public int Parallel { get; init; } = 4;

    /// <summary>How many pieces of work are done together.</summary>
    public int BatchSize { get; init; } = 1;
}

/// <summary>A piece of work whose message is on its way.</summary>
/// <param name="At">When it was announced.</param>
public sealed record Announced<T>(T Work, SentMessage Message, DateTimeOffset At);

/// <summary>Everything of one key that this process has committed and not done yet.</summary>
public sealed class CommittedWork<T>(string key, IReadOnlyList<Announced<T>> announced)
{
    public string Key => key;

    public IReadOnlyList<Announced<T>> Announced => announced;

    /// <summary>Why it could not be done; null when it is done.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Leaves it to its messages, which retry it.</summary>
    public void Postpone(Exception failure) => Failure = failure;
}

/// <summary>Work that must be done once something is committed, whatever dies in between.</summary>
/// <remarks>
/// Announce the work: its message is sent, and stays invisible for a while. Commit. Say so with <see cref="Committed"/>: this process does the work at
/// once (<see cref="WorkRunner{T}"/>) and takes the message back. If the process dies after the commit, the message appears and another process does it;
/// if nothing was committed, the message finds nothing to do.
/// </remarks>
public sealed class WorkQueue<T>(StorageClients storage, WorkQueueOptions<T> options, DispatchOptions dispatch, TimeProvider time)
    where T : notnull
{
    private const int Capacity = 10_000;
    private readonly ConcurrentDictionary<string, ImmutableList<Announced<T>>> _committed = new(StringComparer.Ordinal);
    private readonly Channel<string> _keys = Channel.CreateBounded<string>(new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.Wait });
    private int _outstanding;

    /// <summary>How many pieces this process has not finished with.</summary>
    public int Outstanding => Volatile.Read(ref _outstanding);

    /// <summary>Keys of committed work, as the runner takes them.</summary>
    internal ChannelReader<string> Keys => _keys.Reader;

    private QueueClient Queue => storage.Queue(options.Name);

    /// <summary>Announces work that is about to be committed.</summary>
    public async Task<Announced<T>> AnnounceAsync(T work, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return new(work, await Queue.SendAsync(work, options.Json, options.Delay ?? dispatch.Delay, cancellationToken), now);
    }

    /// <summary>Sends work that is committed already.</summary>
    public Task SendAsync(T work, TimeSpan delay, CancellationToken cancellationToken) => Queue.SendAsync(work, options.Json, delay, cancellationToken);

    /// <summary>Says that announced work is committed, and has this process do it.</summary>
    public void Committed(Announced<T> announced)
    {
        Note(announced);
        TryEnqueue(announced.Work);
    }

    /// <summary>Says that announced work is committed, when the caller does it (<see cref="TakeCommitted"/>) or has it done later.</summary>
    public void Note(Announced<T> announced) => _committed.AddOrUpdate(options.Key(announced.Work), [announced], (_, before) => before.Add(announced));

    /// <summary>Has this process do what it has committed; when there is too much already, the queued messages retry it.</summary>
    public void TryEnqueue(T work)
    {
        var key = options.Key(work);
        Interlocked.Increment(ref _outstanding);
        if (_keys.Writer.TryWrite(key))
            return;
        Finished(1);
        _committed.TryRemove(key, out _);
    }

    /// <summary>
    /// What this process has committed of some work, for whoever does it now: to be asked before looking for the work, so that no message is taken
    /// back whose work was not found.
    /// </summary>
    public IReadOnlyList<Announced<T>> TakeCommitted(T work) => TakeByKey(options.Key(work));

    internal IReadOnlyList<Announced<T>> TakeByKey(string key) => _committed.TryRemove(key, out var announced) ? announced : [];

    /// <summary>Takes messages back whose work is done. Those of work that failed stay, and bring it up again.</summary>
    public async Task TakeBackAsync(IEnumerable<Announced<T>> done, CancellationToken cancellationToken)
    {
        foreach (var announced in done)
            await Queue.TakeBackAsync(announced.Message, cancellationToken);
    }

    internal void Finished(int pieces) => Interlocked.Add(ref _outstanding, -pieces);
}
