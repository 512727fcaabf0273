using System.Globalization;
using Helpdesk.Alerts;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Alerts;

/// <summary>Does to tickets what was decided about episodes: each thing once, however often it is tried.</summary>
public sealed class EpisodeEffects(TicketStore tickets, EpisodeStore episodes, AlertTellingStore tellings, DirectoryStore directory, TimeProvider time)
{
    private const int MostHops = 20;

    /// <summary>So many of a ticket's last events tell who has touched it.</summary>
    private const int EventsRead = 500;

    /// <summary>Does one thing; false when the ticket takes no episodes any more, so that the episode has to go elsewhere.</summary>
    public Task<bool> DoAsync(EpisodeKey key, AlertSource source, EpisodeHistory history, EpisodeEffect effect, CancellationToken cancellationToken)
    {
        var episode = EpisodeTracking.Find(history, effect.Sequence);
        var place = episode.Place ?? throw new InvalidDataException($"Episode {effect.Sequence} of {key.Partition} has no ticket.");
        var work = new Work(key, source, history, episode, place, $"{WireName<EpisodeEffectKind>.Of(effect.Kind)} {effect.Number}");
        return effect.Kind switch
        {
            EpisodeEffectKind.Place => PlaceAsync(work, cancellationToken),
            EpisodeEffectKind.Raise => RaiseAsync(work, cancellationToken),
            EpisodeEffectKind.Flaps => TellOfFlappingAsync(work, cancellationToken),
            _ => OverAsync(work, cancellationToken),
        };
    }

    /// <summary>The ticket that goes on where a ticket was merged away, and its last events; null when there is none.</summary>
    public async Task<(Ticket Ticket, IReadOnlyList<TicketEvent> Events)?> LookAsync(TicketAddress address, CancellationToken cancellationToken)
    {
        if (await tickets.FindAsync(address, cancellationToken) is not { } ticket)
            return null;
        ticket = await tickets.FindLivingAsync(ticket, cancellationToken);
        return (ticket, await LastEventsAsync(ticket, cancellationToken));
    }

    private async Task<bool> PlaceAsync(Work work, CancellationToken cancellationToken)
    {
        var (_, source, _, episode, place, _) = work;
        var together = await episodes.JoinAsync(work.Key, episode, place, cancellationToken);
        if (place.How == EpisodeJoin.Divided)
            return true;
        if (place.How == EpisodeJoin.Opened)
        {
            await OpenAsync(work, cancellationToken);
            return true;
        }

        var refused = false;
        var done = await ChangeAsync(
            work,
            (ticket, events) =>
            {
                var change = EpisodeTickets.Join(ticket, events, source, episode, together, time.GetUtcNow());
                refused = change is null;
                return change ?? new(ticket, []);
            },
            cancellationToken
        );
        // Whoever decided on the ticket has not opened it yet, and may never.
        if (!done)
            await OpenAsync(work, cancellationToken);
        if (!refused)
            return true;
        await episodes.LeaveAsync(work.Key, episode, place, cancellationToken);
        return false;
    }

    private async Task OpenAsync(Work work, CancellationToken cancellationToken)
    {
        var (key, source, history, episode, place, _) = work;
        var group = source.Group is { } named ? await directory.FindGroupAsync(key.Workspace, named, cancellationToken) : null;
        var draft =
            place.How == EpisodeJoin.Storm
                ? EpisodeTickets.StormDraft(source, episode, group, (await episodes.FindStormAsync(key, cancellationToken)).Storm.Tickets)
                : EpisodeTickets.Draft(source, history, episode, group);
        await tickets.OpenAsync(
            AddressOf(work),
            id => TicketRules.Open(id, place.Number, key.Workspace, draft, EpisodeTickets.ActorOf(source), time.GetUtcNow()),
            cancellationToken
        );
    }

    private async Task<bool> RaiseAsync(Work work, CancellationToken cancellationToken)
    {
        await ChangeAsync(work, (ticket, events) => EpisodeTickets.Raise(ticket, events, work.Episode, time.GetUtcNow()), cancellationToken);
        return true;
    }

    private async Task<bool> TellOfFlappingAsync(Work work, CancellationToken cancellationToken)
    {
        var rules = work.Source.Rules ?? EpisodeRules.Standard;
        await ChangeAsync(work, (ticket, _) => EpisodeTickets.TellOfFlapping(ticket, work.Source, work.Episode, rules, time.GetUtcNow()), cancellationToken);
        return true;
    }

    private async Task<bool> OverAsync(Work work, CancellationToken cancellationToken)
    {
        var (key, source, _, episode, place, name) = work;
        // A tool that goes on being silent would not tell of the next one.
        if (source.Tell is not null && AlertTellings.Silences(source.Kind))
            await tellings.AddOverAsync(key, episode, place, cancellationToken);
        var together = await episodes.LeaveAsync(key, episode, place, cancellationToken);
        if (together.Open > 0)
            return true;
        var resolved = false;
        await ChangeAsync(
            work,
            (ticket, events) =>
            {
                var change = EpisodeTickets.Over(ticket, events, source, together, source.Rules ?? EpisodeRules.Standard, time.GetUtcNow());
                resolved = change.Ticket.Status == TicketStatus.Resolved;
                return change;
            },
            cancellationToken
        );
        // An episode that came to the ticket at the same time has seen it open: one of the two sees the other.
        if (resolved && (await episodes.OfTicketAsync(key.Workspace, place.Number, cancellationToken)).Open > 0)
            await ChangeAsync(
                work with
                {
                    Name = $"again {name}",
                },
                (ticket, events) => EpisodeTickets.OpenAgain(ticket, events, time.GetUtcNow()),
                cancellationToken
            );
        return true;
    }

    /// <summary>Changes the ticket of an episode, or the one that it was merged into; false when it is not there.</summary>
    private async Task<bool> ChangeAsync(Work work, Func<Ticket, IReadOnlyList<TicketEvent>, TicketChange> decide, CancellationToken cancellationToken)
    {
        var address = AddressOf(work);
        for (var hops = 0; ; hops++)
        {
            string? mergedInto = null;
            var change = await tickets.ChangeAsync(
                address,
                IfMatch.Any,
                Idempotency.Of($"episodes {work.Key.Partition}", work.Name),
                async (ticket, cancelled) =>
                {
                    mergedInto = hops < MostHops ? ticket.MergedInto : null;
                    return mergedInto is null ? decide(ticket, await LastEventsAsync(ticket, cancelled)) : new(ticket, []);
                },
                cancellationToken
            );
            if (change is null)
                return false;
            if (mergedInto is null || TicketAddress.Parse(address.Workspace, mergedInto) is not { } next)
                return true;
            address = next;
        }
    }

    private Task<IReadOnlyList<TicketEvent>> LastEventsAsync(Ticket ticket, CancellationToken cancellationToken) =>
        tickets.ReadEventsAsync(TicketAddress.Of(ticket), Math.Max(0, ticket.Version - EventsRead), EventsRead, cancellationToken);

    private static TicketAddress AddressOf(Work work) => new(work.Key.Workspace, work.Place.Number, work.Place.Ticket);

    /// <summary>The id of the ticket that is opened for an episode.</summary>
    public static string IdOf(EpisodeKey key, int sequence, long number) =>
        string.Create(CultureInfo.InvariantCulture, $"{number}-{Hashes.NameOf($"{key.Partition}/{sequence}/{number}", TicketAddress.SuffixLength)}");

    /// <summary>What is to be done.</summary>
    /// <param name="Name">Names it among what is done for the key.</param>
    private sealed record Work(EpisodeKey Key, AlertSource Source, EpisodeHistory History, Episode Episode, EpisodePlace Place, string Name);
}
