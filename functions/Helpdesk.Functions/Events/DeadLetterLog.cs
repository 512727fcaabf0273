namespace Helpdesk.Functions.Events;

/// <summary>Shows the dead letters of some subscribers as what they are: things that were to go out one way, and did not.</summary>
public sealed class DeadLetterLog(DeliveryChannel channel, IReadOnlyList<string> subscribers, DeadLetterStore letters, ReplayDeadLetters replay) : IDeliveryLog
{
    /// <summary>They are few; what is behind so many is seen once those before it are replayed or dismissed.</summary>
    private const int Most = 1000;

    public DeliveryChannel Channel => channel;

    public async Task<DeliveriesRead> ReadAsync(DeliveryQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        var found = await Task.WhenAll(
            subscribers.Select(one => letters.ReadBySubscriberAsync(query.Workspace, $"{one.ToLowerInvariant()}-", Most, cancellationToken))
        );
        var items = found
            .SelectMany(some => some)
            .Select(DeliveryOf)
            .Where(one => query.Before is not { } before || DeliveryOrder.IsBehind(one, before))
            .OrderByDescending(one => one.At)
            .ThenBy(one => one.Id, StringComparer.Ordinal)
            .Take(query.Limit)
            .ToList();
        return DeliveriesRead.Of(items, query.Limit);
    }

    public async Task<Delivery?> FindAsync(string workspace, string id, CancellationToken cancellationToken) =>
        await letters.FindAsync(workspace, id, cancellationToken) is { } letter && IsOurs(letter) ? DeliveryOf(letter) : null;

    public async Task<bool> ReplayAsync(string workspace, string id, CancellationToken cancellationToken)
    {
        if (await letters.FindAsync(workspace, id, cancellationToken) is not { } letter || !IsOurs(letter))
            return false;
        await replay.RunAsync(workspace, letter, cancellationToken);
        return true;
    }

    private bool IsOurs(DeadLetter letter) => subscribers.Contains(letter.Subscriber, StringComparer.Ordinal);

    private Delivery DeliveryOf(DeadLetter letter) =>
        new(
            letter.Id,
            channel,
            DeliveryState.Failed,
            DeliveryOrder.Whole(letter.At),
            letter.Ticket,
            null,
            letter.Subscriber,
            letter.Code is null ? QueueTries : 1,
            null,
            null,
            letter.Error
        );

    /// <summary>A rule refuses once; a fault is tried as often as its queue tries it.</summary>
    private const int QueueTries = 5;
}
