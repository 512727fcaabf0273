namespace Helpdesk.Functions.Sla;

/// <summary>How long after its due time each breach and step was recorded, in this process, lately.</summary>
public sealed class SlaLag
{
    private const int Kept = 1000;
    private readonly Queue<TimeSpan> _lags = new(Kept);

    /// <summary>Takes the breaches and steps among new events.</summary>
    public void Note(IReadOnlyList<TicketEvent> events, DateTimeOffset now)
    {
        lock (_lags)
        {
            foreach (var happened in events)
            {
                var due = happened.Fact switch
                {
                    SlaBreached breached => breached.BreachedAt,
                    SlaStepFired fired => fired.DueAt,
                    _ => (DateTimeOffset?)null,
                };
                if (due is null)
                    continue;
                if (_lags.Count == Kept)
                    _lags.Dequeue();
                _lags.Enqueue(now - due.Value);
            }
        }
    }

    /// <summary>How many there were, their median, their 99th percentile and the longest, in seconds.</summary>
    public (int Count, double P50, double P99, double Max) Read()
    {
        lock (_lags)
        {
            var sorted = _lags.Select(lag => lag.TotalSeconds).Order().ToList();
            return sorted.Count == 0 ? (0, 0, 0, 0) : (sorted.Count, sorted[sorted.Count / 2], sorted[(int)(sorted.Count * 0.99)], sorted[^1]);
        }
    }
}
