namespace Helpdesk.Alerts;

/// <summary>How many tickets a source has opened lately, and the ticket that its episodes share when there are too many.</summary>
public sealed record EpisodeStorm
{
    /// <summary>How many new episodes there were in each of the last seconds, by its Unix time.</summary>
    public IReadOnlyDictionary<long, int> Seconds { get; init; } = new Dictionary<long, int>();

    /// <summary>Numbers of the last tickets that were opened for single episodes.</summary>
    public IReadOnlyList<long> Tickets { get; init; } = [];

    /// <summary>Id of the shared ticket; null while there is no storm.</summary>
    public string? Ticket { get; init; }

    /// <summary>Number of the shared ticket; 0 while there is no storm.</summary>
    public long Number { get; init; }

    /// <summary>When the last episode joined the shared ticket, to within <see cref="EpisodeStorms.Rough"/>.</summary>
    public DateTimeOffset? LastAt { get; init; }
}

/// <summary>Tells when the episodes of a source share one ticket.</summary>
public static class EpisodeStorms
{
    /// <summary>What is looked at, and for how long a storm goes on after its last new episode.</summary>
    public static TimeSpan Within { get; } = TimeSpan.FromMinutes(1);

    /// <summary>How seldom it is noted that a storm goes on.</summary>
    public static TimeSpan Rough { get; } = TimeSpan.FromSeconds(10);

    private const int MostTickets = 20;

    /// <summary>Whether a storm is on, so that a new episode joins its ticket.</summary>
    public static bool IsOn(EpisodeStorm storm, DateTimeOffset now) => storm is { Ticket: not null, LastAt: { } last } && now - last <= Within;

    /// <summary>The storm after another episode has joined; null where nothing has to be noted.</summary>
    public static EpisodeStorm? Joined(EpisodeStorm storm, DateTimeOffset now) => now - storm.LastAt >= Rough ? storm with { LastAt = now } : null;

    /// <summary>Counts a new episode that is about to open a ticket; the result is a storm (<see cref="IsOn"/>) when there are too many.</summary>
    /// <param name="ticket">Id of the ticket that would be opened.</param>
    public static EpisodeStorm Count(EpisodeStorm storm, string ticket, long number, EpisodeRules rules, DateTimeOffset now)
    {
        var (second, oldest) = (now.ToUnixTimeSeconds(), (now - Within).ToUnixTimeSeconds());
        var seconds = storm.Seconds.Where(one => one.Key > oldest).ToDictionary();
        seconds[second] = seconds.GetValueOrDefault(second) + 1;
        var counted = storm with { Seconds = seconds, Ticket = null, Number = 0, LastAt = null };
        return seconds.Values.Sum() > rules.StormAbove
            ? counted with
            {
                Ticket = ticket,
                Number = number,
                LastAt = now,
            }
            : counted with
            {
                Tickets = [.. (storm.Seconds.Keys.Any(one => one > oldest) ? storm.Tickets : []).TakeLast(MostTickets - 1), number],
            };
    }
}
