using System.Collections.Concurrent;
using Helpdesk.Bot.Conversations;

namespace Helpdesk.Functions.Conversations;

/// <summary>Wakes whoever waits in this process for something to be said in a conversation.</summary>
public sealed class ConversationSignals(TimeProvider time)
{
    /// <summary>How often storage is asked while nothing tells that somebody else's process speaks in this conversation.</summary>
    private static readonly TimeSpan Usually = TimeSpan.FromSeconds(1);

    /// <summary>How often it is asked when another process has been seen to speak there.</summary>
    private static readonly TimeSpan Elsewhere = TimeSpan.FromMilliseconds(400);

    /// <summary>How long it counts that another process has spoken.</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(10);

    private const int Capacity = 10_000;
    private readonly TimeProvider _time = time;
    private readonly ConcurrentDictionary<string, Waiting> _waiting = new(StringComparer.Ordinal);

    /// <summary>Until when another process counts as speaking in a conversation. A poll ends with what it found, so the next one must know.</summary>
    private readonly ConcurrentDictionary<string, DateTimeOffset> _elsewhere = new(StringComparer.Ordinal);

    /// <summary>This process has committed <paramref name="lines"/> as those after number <paramref name="after"/>.</summary>
    public void Notify(string place, long after, IReadOnlyList<NumberedLine> lines)
    {
        if (_waiting.TryGetValue(place, out var waiting))
            waiting.Notify(after, lines);
    }

    /// <summary>Begins to listen; dispose when done. Listen first, then look: so nothing falls between the two.</summary>
    public Listener Listen(string place)
    {
        while (true)
        {
            var waiting = _waiting.GetOrAdd(place, _ => new());
            if (waiting.Enter())
                return new(this, place, waiting);
            _waiting.TryRemove(new(place, waiting));
        }
    }

    /// <summary>Notes that something was found in a conversation that this process has not said.</summary>
    public void FoundFromElsewhere(string place)
    {
        if (_elsewhere.Count >= Capacity)
            _elsewhere.Clear();
        _elsewhere[place] = _time.GetUtcNow() + Remembered;
    }

    /// <summary>How long one who listens waits before storage is to be asked.</summary>
    public TimeSpan AskAfter(string place)
    {
        if (!_elsewhere.TryGetValue(place, out var until))
            return Usually;
        if (until > _time.GetUtcNow())
            return Elsewhere;
        _elsewhere.TryRemove(new(place, until));
        return Usually;
    }

    /// <summary>One who listens.</summary>
    public sealed class Listener : IDisposable
    {
        private readonly ConversationSignals _signals;
        private readonly string _place;
        private readonly Waiting _waiting;
        private Task<(long After, IReadOnlyList<NumberedLine> Lines)> _next;

        internal Listener(ConversationSignals signals, string place, Waiting waiting)
        {
            (_signals, _place, _waiting) = (signals, place, waiting);
            _next = waiting.Next;
        }

        /// <summary>Returns when something may have been said, at the latest after <paramref name="most"/>.</summary>
        public async Task WaitAsync(TimeSpan most, CancellationToken cancellationToken)
        {
            var wait = _signals.AskAfter(_place);
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var asked = Task.Delay(wait < most ? wait : most, _signals._time, enough.Token);
            var said = await Task.WhenAny(_next, asked) == _next ? await _next : default;
            await enough.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
            _next = _waiting.Next;
            Heard = said.Lines is null ? null : said;
        }

        /// <summary>What this process said, when that ended the last wait.</summary>
        public (long After, IReadOnlyList<NumberedLine> Lines)? Heard { get; private set; }

        public void Dispose()
        {
            if (_waiting.Leave())
                _signals._waiting.TryRemove(new(_place, _waiting));
        }
    }

    internal sealed class Waiting
    {
        private readonly Lock _lock = new();
        private TaskCompletionSource<(long After, IReadOnlyList<NumberedLine> Lines)> _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _listeners;
        private bool _gone;

        public Task<(long After, IReadOnlyList<NumberedLine> Lines)> Next
        {
            get
            {
                lock (_lock)
                    return _next.Task;
            }
        }

        public bool Enter()
        {
            lock (_lock)
            {
                if (_gone)
                    return false;
                _listeners++;
                return true;
            }
        }

        public bool Leave()
        {
            lock (_lock)
                return _gone = --_listeners == 0;
        }

        public void Notify(long after, IReadOnlyList<NumberedLine> lines)
        {
            TaskCompletionSource<(long After, IReadOnlyList<NumberedLine> Lines)> said;
            lock (_lock)
                (said, _next) = (_next, new(TaskCreationOptions.RunContinuationsAsynchronously));
            said.SetResult((after, lines));
        }
    }
}
