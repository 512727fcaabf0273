using System.Collections.Concurrent;
using Helpdesk.Functions.Hosting;
using Helpdesk.Webhooks;

namespace Helpdesk.Functions.Webhooks;

/// <summary>
/// Gives each subscription its share of this process and no more, so that a receiver that is slow or gone holds up no other one: one that answers well has
/// eight exchanges at a time, one that is slow two, one that fails a single one, with a rest in between that grows with its failures.
/// </summary>
public sealed class WebhookTurns(TimeProvider time)
{
    private const int Well = 8;
    private const int Slow = 2;
    private static readonly TimeSpan SlowFrom = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstRest = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(10);
    private readonly ConcurrentDictionary<string, Receiver> _receivers = new(StringComparer.Ordinal);

    /// <summary>A turn, to be disposed of; null when there is none now, and then how long to stay away.</summary>
    public (IDisposable? Turn, TimeSpan Wait) TryTake(WebhookLane lane)
    {
        ArgumentNullException.ThrowIfNull(lane);
        var receiver = Of(lane);
        lock (receiver)
        {
            var now = time.GetUtcNow();
            if (receiver.RestsUntil > now)
                return (null, receiver.RestsUntil - now + Spread(lane, receiver.RestsUntil - now));
            var most =
                receiver.Failures > 0 ? 1
                : receiver.IsSlow ? Slow
                : Well;
            if (receiver.Taken >= most)
                return (
                    null,
                    TimeSpan.FromSeconds(1) + Spread(lane, receiver.Failures > 0 || receiver.IsSlow ? WebhookCalls.Patience : TimeSpan.FromSeconds(2))
                );
            receiver.Taken++;
            return (new Turn(receiver), TimeSpan.Zero);
        }
    }

    /// <summary>Notes how an exchange went.</summary>
    public void Note(WebhookLane lane, WebhookAttempt attempt)
    {
        ArgumentNullException.ThrowIfNull(attempt);
        var receiver = Of(lane);
        lock (receiver)
        {
            receiver.IsSlow = attempt.Milliseconds >= SlowFrom.TotalMilliseconds;
            receiver.Failures = attempt.Error is null ? 0 : receiver.Failures + 1;
            // An answer in time costs nobody anything: only whoever keeps us waiting, or is not there, rests.
            receiver.RestsUntil =
                attempt.Error is null || attempt.Status is not null
                    ? default
                    : time.GetUtcNow() + Min(FirstRest * Math.Pow(2, Math.Min(receiver.Failures - 1, 10)), LongestRest);
        }
    }

    private Receiver Of(WebhookLane lane) => _receivers.GetOrAdd($"{lane.Workspace}/{lane.Webhook}", _ => new());

    /// <summary>Lanes that wait come back one after the other, not all at once; each always in the same place.</summary>
    private static TimeSpan Spread(WebhookLane lane, TimeSpan over) => over * (Convert.ToInt32(Hashes.Short($"{lane.Number}")[..4], 16) / 65_536.0);

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private sealed class Receiver
    {
        public int Taken { get; set; }

        public int Failures { get; set; }

        public bool IsSlow { get; set; }

        public DateTimeOffset RestsUntil { get; set; }
    }

    private sealed class Turn(Receiver receiver) : IDisposable
    {
        public void Dispose()
        {
            lock (receiver)
                receiver.Taken--;
        }
    }
}
