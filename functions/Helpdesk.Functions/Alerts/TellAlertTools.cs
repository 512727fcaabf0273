using System.Globalization;
using Helpdesk.Alerts;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Alerts;

/// <summary>
/// Has monitoring tools told that somebody has acknowledged or resolved the ticket of an alert that still fires; and tells the ticket when it was resolved all
/// the same.
/// </summary>
public sealed class TellAlertTools(AlertSourceStore sources, EpisodeStore episodes, AlertTellingStore tellings, TicketStore tickets, TimeProvider time)
    : IEventSubscriber
{
    /// <summary>So many alerts of one ticket are told of: a storm may have more, and its tool has other means.</summary>
    public const int Most = 100;

    private const int EventsRead = 1_000;
    private const int Named = 3;
    private const int Parallel = 8;

    public string Name => "AlertTools";

    public bool Wants(IReadOnlyList<TicketEvent> events) => events.Any(happened => AlertTellings.KindOf(happened) is not null);

    public async Task TakeAsync(Ticket ticket, IReadOnlyList<TicketEvent> events, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        // Tickets of other channels have alerts only where one of theirs was merged into them.
        if (ticket.Channel != IntakeChannel.Alert && (await sources.RememberAsync(ticket.Workspace, cancellationToken)).Count == 0)
            return;
        // What the desk does by itself follows the ticket's own alerts, and comes with each of them: that must cost little.
        var isByDesk = events.Where(happened => AlertTellings.KindOf(happened) is not null).All(happened => happened.By.Kind == ActorKind.System);
        var firing = await FiringAsync(ticket, merged: !isByDesk, cancellationToken);
        if (firing.Count == 0)
            return;
        foreach (var happened in events)
        {
            if (AlertTellings.KindOf(happened) is not { } kind)
                continue;
            await TellAsync(ticket, happened, kind, firing, cancellationToken);
            if (kind == AlertTellingKind.Resolved && happened.By.Kind != ActorKind.System)
                await NoteAsync(ticket, happened, firing, cancellationToken);
        }
    }

    private async Task TellAsync(
        Ticket ticket,
        TicketEvent happened,
        AlertTellingKind kind,
        IReadOnlyList<TicketEpisode> firing,
        CancellationToken cancellationToken
    )
    {
        var told = new List<TicketEpisode>();
        foreach (var one in firing.Take(Most))
        {
            if (
                await sources.FindAsync(ticket.Workspace, one.Key.Source, cancellationToken) is { Tell: not null } source
                && AlertTellings.IsTold(source.Kind, kind)
                && (
                    kind == AlertTellingKind.Acknowledged
                    || !AlertTellings.Silences(source.Kind)
                    || await tellings.IsSilencedAsync(one.Key, one.Sequence, cancellationToken)
                )
            )
                told.Add(one);
        }

        var now = time.GetUtcNow();
        await System.Threading.Tasks.Parallel.ForEachAsync(
            told,
            new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken },
            async (one, cancelled) =>
            {
                var what = string.Create(CultureInfo.InvariantCulture, $"{ticket.Id}/{happened.Seq}");
                await tellings.AddAsync(
                    new()
                    {
                        Id = AlertTellingStore.IdOf(one.Key, one.Sequence, what, happened.At, happened.Seq),
                        Workspace = ticket.Workspace,
                        Source = one.Key.Source,
                        Hash = one.Key.Hash,
                        Sequence = one.Sequence,
                        Ticket = ticket.Number,
                        Kind = kind,
                        At = happened.At,
                        AskedAt = now,
                        State = AlertTellingState.Queued,
                    },
                    cancelled
                );
            }
        );
    }

    private async Task NoteAsync(Ticket ticket, TicketEvent happened, IReadOnlyList<TicketEpisode> firing, CancellationToken cancellationToken)
    {
        var named = new List<(string, string)>();
        foreach (var one in firing.Take(Named))
        {
            if (await episodes.FindEpisodeAsync(one, cancellationToken) is var (_, episode))
                named.Add((episode.Subject, (await sources.FindAsync(ticket.Workspace, one.Key.Source, cancellationToken))?.Name ?? one.Key.Source));
        }

        var words = AlertTellings.StillFiring(named, firing.Count);
        await tickets.ChangeAsync(
            TicketAddress.Of(ticket),
            IfMatch.Any,
            Idempotency.Of("still-firing", string.Create(CultureInfo.InvariantCulture, $"{ticket.Id}/{happened.Seq}")),
            (current, _) =>
                new(
                    current.Status == TicketStatus.Resolved
                        ? TicketRules.Comment(current, words, CommentVisibility.Internal, Actor.System, time.GetUtcNow())
                        : new TicketChange(current, [])
                ),
            cancellationToken
        );
    }

    /// <summary>The alerts of a ticket that still fire, and of those that were merged into it.</summary>
    /// <param name="merged">Whether those are looked for.</param>
    private async Task<IReadOnlyList<TicketEpisode>> FiringAsync(Ticket ticket, bool merged, CancellationToken cancellationToken)
    {
        var numbers = merged
            ? await EpisodeStore.MergedAsync(ticket.Number, number => tickets.ReadEventsAsync(new(ticket.Workspace, number), 0, EventsRead, cancellationToken))
            : [ticket.Number];
        var firing = new List<TicketEpisode>();
        foreach (var number in numbers)
        {
            if ((await episodes.OfTicketAsync(ticket.Workspace, number, cancellationToken)).Open > 0)
                firing.AddRange(await episodes.ReadFiringAsync(ticket.Workspace, number, cancellationToken));
        }

        return firing;
    }
}
