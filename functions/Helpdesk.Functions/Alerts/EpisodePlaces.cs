using Helpdesk.Alerts;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Alerts;

/// <summary>Decides on which ticket a new episode is.</summary>
public sealed class EpisodePlaces(EpisodeEffects effects, NumberStore numbers, TimeProvider time)
{
    /// <summary>Gives the episode of a step its place.</summary>
    public async Task<EpisodeHistory> PlaceAsync(EpisodeKey key, AlertSource source, EpisodeStep step, string? receipt, CancellationToken cancellationToken)
    {
        var (history, sequence, rules) = (step.History, step.Sequence!.Value, source.Rules ?? EpisodeRules.Standard);
        if (await FindEarlierAsync(key, history, sequence, rules, receipt, cancellationToken) is { } earlier)
            return EpisodeTracking.Put(history, sequence, earlier);
        return EpisodeTracking.Put(history, sequence, await OpenAsync(key, sequence, receipt, cancellationToken));
    }

    /// <summary>A ticket of its own, in the place of one that was decided on before.</summary>
    public Task<EpisodePlace> OpenAsync(EpisodeKey key, int sequence, EpisodeHistory history, CancellationToken cancellationToken) =>
        OpenAsync(key, sequence, EpisodeTracking.Find(history, sequence).Place?.Receipt, cancellationToken);

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
}
