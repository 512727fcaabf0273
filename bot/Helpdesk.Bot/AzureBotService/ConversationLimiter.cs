using System.Collections.Concurrent;

namespace Helpdesk.Bot.AzureBotService;

/// <summary>Keeps what the bot says in one conversation below what a channel takes: 7 in a second, 8 in two, 60 in thirty, 1,800 in an hour.</summary>
/// <remarks>Per process; what several processes say together the channel itself limits, with 429.</remarks>
public sealed class ConversationLimiter(TimeProvider time)
{
    private static readonly (TimeSpan Window, int Most)[] Limits =
    [
        (TimeSpan.FromSeconds(1), 7),
        (TimeSpan.FromSeconds(2), 8),
        (TimeSpan.FromSeconds(30), 60),
        (TimeSpan.FromHours(1), 1800),
    ];

    private const int Conversations = 10_000;
    private readonly ConcurrentDictionary<string, Queue<DateTimeOffset>> _said = new(StringComparer.Ordinal);

    /// <summary>Takes a place for one activity, and waits until it may be sent.</summary>
    public Task WaitAsync(string conversation, CancellationToken cancellationToken)
    {
        var wait = Reserve(conversation);
        return wait > TimeSpan.Zero ? Task.Delay(wait, time, cancellationToken) : Task.CompletedTask;
    }

    /// <summary>How long the next activity of a conversation has to wait; its place is taken by asking.</summary>
    public TimeSpan Reserve(string conversation)
    {
        var now = time.GetUtcNow();
        if (_said.Count > Conversations)
            Forget(now);
        var said = _said.GetOrAdd(conversation, _ => new());
        lock (said)
        {
            while (said.TryPeek(out var oldest) && oldest <= now - Limits[^1].Window)
                said.Dequeue();
            var at = now;
            foreach (var (window, most) in Limits)
            {
                if (said.Count >= most && said.ElementAt(said.Count - most) + window is var free && free > at)
                    at = free;
            }

            said.Enqueue(at);
            return at - now;
        }
    }

    private void Forget(DateTimeOffset now)
    {
        foreach (var (conversation, said) in _said)
        {
            lock (said)
            {
                if (said.Count == 0 || said.Last() < now - TimeSpan.FromMinutes(1))
                    _said.TryRemove(conversation, out _);
            }
        }
    }
}
