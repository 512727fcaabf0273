using Helpdesk.Forms;

namespace Helpdesk.Portal;

/// <summary>News of a disturbance.</summary>
/// <param name="At">When it was said.</param>
/// <param name="Text">What is known by then.</param>
public sealed record DisturbanceUpdate(DateTimeOffset At, LocalText Text);

/// <summary>Something that does not work, told to everybody on the pages of the portal. A ticket carries it: once that is solved, it has ended.</summary>
public sealed record Disturbance
{
    /// <summary>Number of the ticket on which it was made known; it keeps it.</summary>
    public required long Id { get; init; }

    /// <summary>Number of the ticket that carries it: that one, or the one that it was merged into.</summary>
    public required long Carrier { get; init; }

    /// <summary>What does not work, on one line.</summary>
    public required LocalText Title { get; init; }

    /// <summary>What is known of it; null for nothing.</summary>
    public LocalText? Text { get; init; }

    /// <summary>What was said of it since, oldest first.</summary>
    public IReadOnlyList<DisturbanceUpdate> Updates { get; init; } = [];
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When it was over; null while it is not.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Counts the changes.</summary>
    public long Version { get; init; } = 1;
}

/// <summary>The rules of disturbances.</summary>
public static class DisturbanceRules
{
    public const int MostUpdates = 50;

    /// <summary>So long one that has ended is still told of.</summary>
    public static TimeSpan Shown { get; } = TimeSpan.FromDays(7);

    /// <summary>One that has ended.</summary>
    public static Disturbance End(Disturbance it, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(it);
        return it.EndedAt is not null ? it : it with { EndedAt = now, Version = it.Version + 1 };
    }

    /// <summary>One that another ticket carries from now on.</summary>
    public static Disturbance Carry(Disturbance it, long carrier)
    {
        ArgumentNullException.ThrowIfNull(it);
        return it.Carrier == carrier ? it : it with { Carrier = carrier, Version = it.Version + 1 };
    }

    /// <summary>One as an agent wants it; 409 with too many updates.</summary>
    public static Disturbance Change(Disturbance it, LocalText title, LocalText? text, LocalText? update, bool ended, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(it);
        // Sent twice, it is said once.
        if (update is not null && it.Updates is [.., var last] && last.Text == update)
            update = null;
        if (update is not null && it.Updates.Count >= MostUpdates)
            throw new HelpdeskRuleException(
                "too-many-updates",
                $"A disturbance has at most {MostUpdates} updates: change its text instead, or end it and tell of it on another ticket."
            );
        var changed = it with
        {
            Title = title,
            Text = text,
            Updates = update is null ? it.Updates : [.. it.Updates, new(now, update)],
            EndedAt = ended ? it.EndedAt ?? now : null,
        };
        return changed == it ? it : changed with { Version = it.Version + 1 };
    }

    /// <summary>One without what a person is known by.</summary>
    public static Disturbance Without(Disturbance it, Func<string, string> rewrite)
    {
        ArgumentNullException.ThrowIfNull(it);
        return it with
        {
            Title = it.Title.Rewritten(rewrite),
            Text = it.Text?.Rewritten(rewrite),
            Updates = [.. it.Updates.Select(update => update with { Text = update.Text.Rewritten(rewrite) })],
        };
    }
}
