using Azure;
using Helpdesk.Alerts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Alerts;

/// <summary>A report, and by what it is known again.</summary>
/// <param name="Name">Names it: the same one counts once, however often it is taken.</param>
/// <param name="HeardAt">When it came in.</param>
/// <param name="Receipt">Id of the receipt that brought it; null for none.</param>
public sealed record HeardReport(AlertReport Report, string Name, DateTimeOffset HeardAt, string? Receipt);

/// <summary>Takes reports: each counts once, and what follows from it is done once, whoever dies in between.</summary>
/// <remarks>
/// What a report means is decided under the ETag of its key's row and written in one transaction with the fact that it was taken. What follows for tickets is
/// on record there as owed, and is done then; whoever comes next does first what is still owed.
/// </remarks>
public sealed class AlertEpisodes(EpisodeStore store, EpisodeEffects effects, EpisodePlaces places, WorkQueue<EpisodeDue> dues, TimeProvider time)
{
    /// <summary>Within this process, reports of one key are taken one after the other; the ETag sees to the rest.</summary>
    private readonly KeyedLocks _turns = new();

    /// <summary>Takes a report; gives what became of it, now or when it was taken before.</summary>
    public async Task<TakenReport> TakeAsync(string workspace, AlertSource source, HeardReport heard, CancellationToken cancellationToken)
    {
        var (report, rules) = (heard.Report, source.Rules ?? EpisodeRules.Standard);
        var key = EpisodeKey.Of(workspace, source.Id, report.Key);
        var name = Hashes.NameOf(heard.Name, 24);
        using var turn = await _turns.TakeAsync(key.Partition, cancellationToken);
        for (var attempt = 0; ; attempt++)
        {
            var (before, etag) = await SettledAsync(key, source, cancellationToken);
            var history = before ?? new EpisodeHistory { Source = source.Id, Key = PlainText.Head(report.Key, 500) };
            var step = EpisodeTracking.Take(history, report, rules, heard.HeardAt, time.GetUtcNow());
            var placed = step.NeedsPlace ? await places.PlaceAsync(key, source, step, heard.Receipt, cancellationToken) : step.History;
            placed = await ArmedAsync(key, placed, rules, cancellationToken);
            var taken = TakenOf(step, placed);
            if (await store.TryWriteAsync(key, before, placed, etag, (name, taken), cancellationToken) is { } written)
            {
                await SettleAsync(key, source, placed, written, cancellationToken);
                return taken;
            }

            if (await store.FindTakenAsync(key, name, cancellationToken) is { } earlier)
            {
                await SettledAsync(key, source, cancellationToken);
                return earlier;
            }

            await TicketStore.PauseAsync(attempt, cancellationToken);
        }
    }

    /// <summary>Does for a key what has fallen due.</summary>
    public async Task WakeAsync(EpisodeKey key, AlertSource source, CancellationToken cancellationToken)
    {
        var rules = source.Rules ?? EpisodeRules.Standard;
        using var turn = await _turns.TakeAsync(key.Partition, cancellationToken);
        for (var attempt = 0; ; attempt++)
        {
            var (before, etag) = await SettledAsync(key, source, cancellationToken);
            if (before is null)
                return;
            var step = EpisodeTracking.Wake(before, rules, time.GetUtcNow());
            var after =
                step is null ? before
                : step.NeedsPlace ? await places.PlaceAsync(key, source, step, null, cancellationToken)
                : step.History;
            after = await ArmedAsync(key, after, rules, cancellationToken);
            if (ReferenceEquals(after, before))
                return;
            if (await store.TryWriteAsync(key, before, after, etag, null, cancellationToken) is { } written)
            {
                await SettleAsync(key, source, after, written, cancellationToken);
                return;
            }

            await TicketStore.PauseAsync(attempt, cancellationToken);
        }
    }

    /// <summary>Has the key looked at when something falls due. The message goes out before that is written; one that was not written finds nothing.</summary>
    private async Task<EpisodeHistory> ArmedAsync(EpisodeKey key, EpisodeHistory history, EpisodeRules rules, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        // One message is enough: when it comes too early, it is sent again.
        if (EpisodeTracking.DueAt(history, rules) is not { } due || (history.ArmedFor > now && history.ArmedFor <= due))
            return history;
        var wait = TimeSpan.FromSeconds(Math.Ceiling(Math.Clamp((due - now).TotalSeconds, 1, EpisodeDue.Longest.TotalSeconds)));
        await dues.SendAsync(new(key.Workspace, key.Source, key.Hash), wait, cancellationToken);
        return history with { ArmedFor = now + wait };
    }

    /// <summary>What is known of a key, once nothing is owed any more.</summary>
    private async Task<(EpisodeHistory? History, ETag? ETag)> SettledAsync(EpisodeKey key, AlertSource source, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await store.FindAsync(key, cancellationToken) is not ({ } history, var etag))
                return (null, null);
            if (history.Owed.Count == 0)
                return (history, etag);
            await SettleAsync(key, source, history, etag, cancellationToken);
        }
    }

    /// <summary>Does what is owed, and notes that it is done.</summary>
    private async Task SettleAsync(EpisodeKey key, AlertSource source, EpisodeHistory history, ETag read, CancellationToken cancellationToken)
    {
        if (history.Owed.Count == 0)
            return;
        foreach (var effect in history.Owed)
        {
            if (await effects.DoAsync(key, source, history, effect, cancellationToken))
                continue;
            // The ticket was closed since it was decided on: the episode gets one of its own.
            var moved = EpisodeTracking.PutElsewhere(
                history,
                effect.Sequence,
                await places.OpenAsync(key, EpisodeTracking.Find(history, effect.Sequence), cancellationToken)
            );
            if (await store.TryWriteAsync(key, history, moved, read, null, cancellationToken) is { } written)
                await SettleAsync(key, source, moved, written, cancellationToken);
            return;
        }

        var done = history.Owed.Select(effect => effect.Number).ToHashSet();
        for (var attempt = 0; await store.TryWriteAsync(key, history, EpisodeTracking.Done(history, done), read, null, cancellationToken) is null; attempt++)
        {
            if (await store.FindAsync(key, cancellationToken) is not ({ } now, var etag) || !now.Owed.Any(effect => done.Contains(effect.Number)))
                return;
            (history, read) = (now, etag);
            await TicketStore.PauseAsync(attempt, cancellationToken);
        }
    }

    private static TakenReport TakenOf(EpisodeStep step, EpisodeHistory history)
    {
        var episode = step.Sequence is { } sequence ? history.Episodes.FirstOrDefault(one => one.Sequence == sequence) : null;
        var outcome = step.NeedsPlace && episode is { Place: null, Muted: not null } ? EpisodeOutcome.Muted : step.Outcome;
        return new(outcome, step.Sequence, episode?.Place?.Number, episode?.Place?.Ticket, step.NeedsPlace ? episode?.Place?.How : null);
    }
}
