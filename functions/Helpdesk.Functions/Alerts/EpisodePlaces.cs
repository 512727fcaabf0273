using Azure;
using Helpdesk.Alerts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Alerts;

/// <summary>Decides on which ticket a new episode is.</summary>
/// <remarks>
/// In this order: none during maintenance; the ticket of the episode before, while that goes on; the shared ticket of a storm; the ticket of another episode
/// with the same labels; one of its own. Storms and labels have a row each, under whose ETag that is decided.
/// </remarks>
public sealed class EpisodePlaces(EpisodeStore store, EpisodeEffects effects, MaintenanceWindows maintenance, NumberStore numbers, TimeProvider time)
{
    /// <summary>Gives the episode of a step its place.</summary>
    public async Task<EpisodeHistory> PlaceAsync(EpisodeKey key, AlertSource source, EpisodeStep step, string? receipt, CancellationToken cancellationToken)
    {
        var (history, sequence) = (step.History, step.Sequence!.Value);
        var (episode, rules) = (EpisodeTracking.Find(history, sequence), source.Rules ?? EpisodeRules.Standard);
        if (await maintenance.FindAsync(key.Workspace, source.Id, history, episode, cancellationToken) is { } mute)
            return EpisodeTracking.Mute(history, sequence, episode.Muted is { } first ? mute with { Window = first.Window } : mute);
        var place =
            await FindEarlierAsync(key, history, sequence, rules, receipt, cancellationToken)
            ?? await FindSharedAsync(key, source, episode, rules, receipt, cancellationToken);
        return EpisodeTracking.Put(history, sequence, place);
    }

    /// <summary>Tells in words where the episode of a step would go, without deciding anything; and the key as it would be then.</summary>
    public async Task<(EpisodeHistory History, string Words)> LookAsync(
        EpisodeKey key,
        AlertSource source,
        EpisodeStep step,
        CancellationToken cancellationToken
    )
    {
        var (history, sequence, now) = (step.History, step.Sequence!.Value, time.GetUtcNow());
        var (episode, rules) = (EpisodeTracking.Find(history, sequence), source.Rules ?? EpisodeRules.Standard);
        if (await maintenance.FindAsync(key.Workspace, source.Id, history, episode, cancellationToken) is { } mute)
            return (EpisodeTracking.Mute(history, sequence, mute), $"would be recorded and open no ticket before the maintenance \"{mute.Window}\" ends");
        if (await FindEarlierAsync(key, history, sequence, rules, null, cancellationToken) is { } earlier)
            return (EpisodeTracking.Put(history, sequence, earlier), $"would fire again on ticket {earlier.Number}");
        var (storm, _) = await store.FindStormAsync(key, cancellationToken);
        if (EpisodeStorms.IsOn(storm, now))
        {
            var place = new EpisodePlace(storm.Ticket!, storm.Number, EpisodeJoin.Storm, now);
            return (EpisodeTracking.Put(history, sequence, place), $"would join ticket {storm.Number}, which the storm's alerts share");
        }

        if (GroupOf(source, episode) is { } group && (await FindGroupAsync(key, group, rules, cancellationToken)).Group is { } first)
        {
            var place = new EpisodePlace(first.Ticket, first.Number, EpisodeJoin.Correlated, now);
            return (EpisodeTracking.Put(history, sequence, place), $"would join ticket {first.Number}, whose alerts have the same labels");
        }

        return (EpisodeTracking.Put(history, sequence, new("", 0, EpisodeJoin.Opened, now)), "would open a ticket");
    }

    /// <summary>A ticket of its own, in the place of one that was decided on before.</summary>
    public Task<EpisodePlace> OpenAsync(EpisodeKey key, Episode episode, CancellationToken cancellationToken) =>
        OpenAsync(key, episode.Sequence, episode.Place?.Receipt, cancellationToken);

    private async Task<EpisodePlace> OpenAsync(EpisodeKey key, int sequence, string? receipt, CancellationToken cancellationToken)
    {
        var number = await numbers.NextAsync(key.Workspace, cancellationToken);
        return new(EpisodeEffects.IdOf(key, sequence, number), number, EpisodeJoin.Opened, time.GetUtcNow(), receipt);
    }

    /// <summary>
    /// The ticket of the episode before, where that goes on: while it is worked on, and for a while after the desk itself has resolved it. Null otherwise.
    /// </summary>
    private async Task<EpisodePlace?> FindEarlierAsync(
        EpisodeKey key,
        EpisodeHistory history,
        int sequence,
        EpisodeRules rules,
        string? receipt,
        CancellationToken cancellationToken
    )
    {
        if (history.Episodes.LastOrDefault(episode => episode.Sequence != sequence && episode.Place is not null) is not { Place: { } place, End: { } end })
            return null;
        if (await effects.LookAsync(new(key.Workspace, place.Number, place.Ticket), cancellationToken) is not var (ticket, events))
            return null;
        var again = EpisodeTickets.IsLive(ticket) || (EpisodeTickets.IsResolvedByDesk(ticket, events) && time.GetUtcNow() - end.HeardAt <= rules.RefireWithin);
        return again ? new(ticket.Id, ticket.Number, EpisodeJoin.Refired, time.GetUtcNow(), receipt) : null;
    }

    private async Task<EpisodePlace> FindSharedAsync(
        EpisodeKey key,
        AlertSource source,
        Episode episode,
        EpisodeRules rules,
        string? receipt,
        CancellationToken cancellationToken
    )
    {
        var (storm, stormRead) = await store.FindStormAsync(key, cancellationToken);
        if (EpisodeStorms.IsOn(storm, time.GetUtcNow()))
            return await JoinStormAsync(key, storm, stormRead, receipt, cancellationToken);
        var group = GroupOf(source, episode);
        var (first, read) = group is null ? (null, null) : await FindGroupAsync(key, group, rules, cancellationToken);
        if (first is not null)
            return await JoinGroupAsync(key, group!, first, read, rules, receipt, cancellationToken);

        // It opens a ticket, unless there are too many of those.
        var own = await OpenAsync(key, episode.Sequence, receipt, cancellationToken);
        while (true)
        {
            if (EpisodeStorms.IsOn(storm, time.GetUtcNow()))
                return await JoinStormAsync(key, storm, stormRead, receipt, cancellationToken);
            var counted = EpisodeStorms.Count(storm, own.Ticket, own.Number, rules, time.GetUtcNow());
            if (await store.TryPutStormAsync(key, counted, stormRead, cancellationToken))
            {
                if (counted.Ticket is not null)
                    own = own with { How = EpisodeJoin.Storm };
                break;
            }

            (storm, stormRead) = await store.FindStormAsync(key, cancellationToken);
        }

        while (group is not null)
        {
            if (await store.TryPutGroupAsync(key, group, new(own.Ticket, own.Number, own.At), read, cancellationToken))
                break;
            (first, read) = await FindGroupAsync(key, group, rules, cancellationToken);
            if (first is not null)
                return await JoinGroupAsync(key, group, first, read, rules, receipt, cancellationToken);
        }

        return own;
    }

    private async Task<EpisodePlace> JoinStormAsync(EpisodeKey key, EpisodeStorm storm, ETag? read, string? receipt, CancellationToken cancellationToken)
    {
        // Whether somebody else notes it at the same time makes no difference.
        if (EpisodeStorms.Joined(storm, time.GetUtcNow()) is { } goesOn)
            await store.TryPutStormAsync(key, goesOn, read, cancellationToken);
        return new(storm.Ticket!, storm.Number, EpisodeJoin.Storm, time.GetUtcNow(), receipt);
    }

    private async Task<EpisodePlace> JoinGroupAsync(
        EpisodeKey key,
        string group,
        EpisodeGroup first,
        ETag? read,
        EpisodeRules rules,
        string? receipt,
        CancellationToken cancellationToken
    )
    {
        var now = time.GetUtcNow();
        if (now - first.At > rules.CorrelateWithin / 10)
            await store.TryPutGroupAsync(key, group, first with { At = now }, read, cancellationToken);
        return new(first.Ticket, first.Number, EpisodeJoin.Correlated, now, receipt);
    }

    /// <summary>The ticket that episodes with the same labels are on, as long as it is live; null for none.</summary>
    private async Task<(EpisodeGroup? Group, ETag? Read)> FindGroupAsync(EpisodeKey key, string group, EpisodeRules rules, CancellationToken cancellationToken)
    {
        var (found, read) = await store.FindGroupAsync(key, group, cancellationToken);
        if (found is null || time.GetUtcNow() - found.At > rules.CorrelateWithin)
            return (null, read);
        // One that is not there is about to be opened, by whoever comes first.
        return
            await effects.LookAsync(new(key.Workspace, found.Number, found.Ticket), cancellationToken) is not var (ticket, _) || EpisodeTickets.IsLive(ticket)
            ? (found, read)
            : (null, read);
    }

    /// <summary>A name for the values of the labels that put episodes together; null where one of them is missing.</summary>
    private static string? GroupOf(AlertSource source, Episode episode) =>
        source.CorrelateBy is { Count: > 0 } names && names.All(name => episode.Labels.GetValueOrDefault(name) is { Length: > 0 })
            ? Hashes.Short(string.Join('\n', names.Order(StringComparer.Ordinal).Select(name => $"{name}={episode.Labels[name]}")))
            : null;
}
