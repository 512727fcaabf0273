using System.Globalization;
using Helpdesk.Functions.Storage;
using Helpdesk.Functions.Tickets;

namespace Helpdesk.Functions.Events;

/// <summary>What the Event Grid topic did not take. What it took is not kept: the topic has a log of its own.</summary>
public sealed class EventGridDeliveries(DeadLetterStore letters, ReplayDeadLetters replay, EventGridTopic topic, WorkQueueOptions<TicketMessage> work)
    : IDeliveryLog
{
    /// <summary>Dead letters are few, or something is very wrong.</summary>
    private const int MostRead = 1000;

    private static readonly string Prefix = $"{EventGridTopic.SubscriberName.ToLowerInvariant()}-";

    public DeliveryChannel Channel => DeliveryChannel.EventGrid;

    public async Task<IReadOnlyList<Delivery>> ReadAsync(DeliveryQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        if (query.State is not (null or DeliveryState.Failed))
            return [];
        var found = await letters.ReadBySubscriberAsync(query.Workspace, Prefix, MostRead, cancellationToken);
        return
        [
            .. found
                .Select(Of)
                .Where(one => query.Ticket is null || one.Ticket == query.Ticket)
                .Where(one => query.To is null || one.To == query.To)
                .OrderByDescending(one => one.At)
                .ThenByDescending(one => one.Id, StringComparer.Ordinal)
                .Where(one => query.Before is not var (at, id) || one.At < at || (one.At == at && string.CompareOrdinal(one.Id, id) < 0))
                .Take(query.Limit),
        ];
    }

    public async Task<Delivery?> FindAsync(string workspace, string id, CancellationToken cancellationToken) =>
        await LetterAsync(workspace, id, cancellationToken) is { } letter ? Of(letter) : null;

    public async Task<bool> ReplayAsync(string workspace, string id, CancellationToken cancellationToken)
    {
        if (await LetterAsync(workspace, id, cancellationToken) is not { } letter)
            return false;
        await replay.RunAsync(workspace, letter, cancellationToken);
        return true;
    }

    private async Task<DeadLetter?> LetterAsync(string workspace, string id, CancellationToken cancellationToken) =>
        id.StartsWith(Prefix, StringComparison.Ordinal) ? await letters.FindAsync(workspace, id, cancellationToken) : null;

    private Delivery Of(DeadLetter letter) =>
        new(
            letter.Id,
            DeliveryChannel.EventGrid,
            DeliveryState.Failed,
            letter.At,
            letter.Ticket,
            letter.FromSeq == letter.ToSeq
                ? string.Create(CultureInfo.InvariantCulture, $"event {letter.FromSeq}")
                : string.Create(CultureInfo.InvariantCulture, $"events {letter.FromSeq} to {letter.ToSeq}"),
            topic.Endpoint ?? "",
            work.Tries,
            null,
            null,
            letter.Error
        );
}
