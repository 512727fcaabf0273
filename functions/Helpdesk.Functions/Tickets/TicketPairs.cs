using Azure;
using Helpdesk.Functions.Hosting;

namespace Helpdesk.Functions.Tickets;

/// <summary>Carries out what happens to two tickets at once: merges and their undoing, splits, links.</summary>
/// <remarks>
/// <para>
/// There is no transaction over two tickets, so each step is written under the ETag of one, and whoever finds a ticket in the middle of such a
/// change carries it through before anything else: a reader, a writer, the queue's message.
/// </para>
/// <list type="number">
/// <item>The change is noted on the ticket that was asked, the first (<see cref="Ticket.Begun"/>).</item>
/// <item>The other ticket is claimed for it (<see cref="Ticket.Joined"/>), if the rules still allow it; if not, the note is taken away again.</item>
/// <item>The note becomes decided. From now on there is no way back.</item>
/// <item>Comments are copied, the other ticket records its event and is free again, what was copied is removed.</item>
/// <item>The first ticket records its event and is free again.</item>
/// </list>
/// <para>
/// Of changes that cross, the one whose first ticket has the lower number goes first: it may take the place of a note that is not decided yet. So
/// nobody waits in a circle, and of a ring of merges exactly one is refused.
/// </para>
/// </remarks>
public sealed class TicketPairs(TicketStore tickets, TimeProvider time)
{
    /// <summary>Makes a change of two tickets; null when the first is not there.</summary>
    /// <param name="begin">Gives the change for the first ticket as it is, or null when there is nothing to do; refuses by throwing.</param>
    public async Task<TicketChange?> RunAsync(
        TicketAddress address,
        IfMatch ifMatch,
        Idempotency? idempotency,
        Func<Ticket, CancellationToken, ValueTask<PairChange?>> begin,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 0; ; attempt++)
        {
            if (await tickets.ReadAsync(address, cancellationToken) is not ({ } first, var etag))
                return null;
            if (idempotency is not null && await tickets.FindAnswerAsync(first, idempotency, cancellationToken) is { } answered)
                return answered;
            if (first is { Begun: not null } or { Joined: not null })
            {
                await SettleAsync(first, cancellationToken);
                continue;
            }

            ifMatch.Check(first.Version);
            if (await begin(first, cancellationToken) is not { } change)
                return new(first, []);
            change = change with { AnswerName = idempotency?.Name, AnswerRequest = idempotency?.Request };
            // Should this process end on the way, the message has the change carried through.
            var message = await tickets.AnnounceAsync(TicketAddress.Of(first), first.Version + 1, cancellationToken);
            if (!await tickets.TryMarkAsync(first with { Begun = change }, etag, cancellationToken))
            {
                await TicketStore.PauseAsync(attempt, cancellationToken);
                continue;
            }

            await CarryOnAsync(TicketAddress.Of(first), change.Id, cancellationToken);
            await tickets.TakeBackAsync(message, cancellationToken);
            if (await tickets.ReadAsync(address, cancellationToken) is ({ LastPair: { } done } after, _) && done.Id == change.Id)
                return new(await tickets.ReplayAsync(after, done.Version, cancellationToken), []);
        }
    }

    /// <summary>A change that is to be made.</summary>
    public static PairChange Change(PairChangeKind kind, Ticket other, Actor by) =>
        new()
        {
            Id = Hashes.RandomName(16),
            Kind = kind,
            Other = other.Id,
            OtherNumber = other.Number,
            By = by,
        };

    /// <summary>Carries through what a ticket was found in the middle of.</summary>
    public async Task SettleAsync(Ticket found, CancellationToken cancellationToken)
    {
        if (found.Begun is { } begun)
            await CarryOnAsync(TicketAddress.Of(found), begun.Id, cancellationToken);
        if (found.Joined is not { } claim)
            return;
        var firstAddress = new TicketAddress(found.Workspace, claim.Number);
        if (await tickets.ReadAsync(firstAddress, cancellationToken) is ({ Begun: { } under } first, _) && under.Id == claim.Id)
        {
            await CarryOnAsync(TicketAddress.Of(first), claim.Id, cancellationToken);
            return;
        }

        // The change is over, or was undone before it was decided: the claim means nothing any more.
        if (await tickets.ReadAsync(TicketAddress.Of(found), cancellationToken) is ({ } now, var etag) && now.Joined?.Id == claim.Id)
            await tickets.TryMarkAsync(now with { Joined = null }, etag, cancellationToken);
    }

    /// <summary>Does what is still to be done of a change; returns when it is over or undone.</summary>
    private async Task CarryOnAsync(TicketAddress address, string id, CancellationToken cancellationToken)
    {
        for (var attempt = 0; await tickets.ReadAsync(address, cancellationToken) is ({ Begun: { } change } first, var etag) && change.Id == id; )
        {
            if (change.Decided)
                await FinishAsync(first, change, cancellationToken);
            else if (
                !await ClaimAsync(first, etag, change, cancellationToken)
                || !await tickets.TryMarkAsync(first with { Begun = change with { Decided = true } }, etag, cancellationToken)
            )
                await TicketStore.PauseAsync(attempt++, cancellationToken);
        }
    }

    /// <summary>Claims the other ticket; false when that has to be tried again, or the change was undone.</summary>
    private async Task<bool> ClaimAsync(Ticket first, ETag etag, PairChange change, CancellationToken cancellationToken)
    {
        // The ticket that a comment becomes is not there yet, and nobody else can know of it.
        if (change.Kind == PairChangeKind.Split)
            return true;
        if (await tickets.ReadAsync(OtherOf(first, change), cancellationToken) is not ({ } other, var otherETag))
            throw new InvalidDataException($"Ticket {change.Other}, which ticket {first.Number} is to be changed with, is not there.");
        if (other.Joined?.Id == change.Id)
            return true;
        if (other.Joined is not null)
        {
            await SettleAsync(other, cancellationToken);
            return false;
        }

        // The lower number goes first: it takes the place of what is not decided yet.
        if (other.Begun is { } theirs && (theirs.Decided || other.Number < first.Number))
        {
            await CarryOnAsync(TicketAddress.Of(other), theirs.Id, cancellationToken);
            return false;
        }

        if (PairRules.Refusal(change, first, other) is not null)
        {
            await tickets.TryMarkAsync(first with { Begun = null }, etag, cancellationToken);
            return false;
        }

        return await tickets.TryMarkAsync(other with { Begun = null, Joined = new(change.Id, first.Number) }, otherETag, cancellationToken);
    }

    private Task FinishAsync(Ticket first, PairChange change, CancellationToken cancellationToken) =>
        change.Kind switch
        {
            PairChangeKind.Merge => FinishMergeAsync(first, change, cancellationToken),
            PairChangeKind.Unmerge => FinishUnmergeAsync(first, change, cancellationToken),
            PairChangeKind.Split => FinishSplitAsync(first, change, cancellationToken),
            _ => FinishLinkAsync(first, change, cancellationToken),
        };

    private async Task FinishMergeAsync(Ticket source, PairChange change, CancellationToken cancellationToken)
    {
        var (from, into) = (TicketAddress.Of(source), OtherOf(source, change));
        if (await ReadClaimedAsync(into, change, cancellationToken) is not null)
        {
            var moved = (await CommentsAsync(from, cancellationToken))
                .Prepend(DescriptionOf(source))
                .Select(one => one with { Path = [.. one.Path, source.Number] })
                .ToList();
            await tickets.ReceiveCommentsAsync(into, moved, still => still.Joined?.Id == change.Id, cancellationToken);
            await ChangeOtherAsync(source, change, moved.Count, OldestUnanswered(source), cancellationToken);
            return;
        }

        // The words are safe on the target, and only now they leave the source.
        while (await CommentsAsync(from, cancellationToken) is { Count: > 0 } copied && await IsUnderWayAsync(from, change, cancellationToken))
            await tickets.RemoveCommentsAsync(from, copied, still => still.Begun?.Id == change.Id, cancellationToken);
        await ChangeFirstAsync(from, change, null, null, cancellationToken);
    }

    private async Task FinishUnmergeAsync(Ticket source, PairChange change, CancellationToken cancellationToken)
    {
        var (back, target) = (TicketAddress.Of(source), OtherOf(source, change));
        if (await ReadClaimedAsync(target, change, cancellationToken) is not null)
        {
            var all = await CommentsAsync(target, cancellationToken);
            var theirs = all.Where(one => one.Path.Count > 0 && one.Path[^1] == source.Number).ToList();
            var returned = theirs.Where(one => one.Id != DescriptionOf(source).Id).Select(one => one with { Path = [.. one.Path.SkipLast(1)] }).ToList();
            await tickets.ReceiveCommentsAsync(back, returned, still => still.Begun?.Id == change.Id, cancellationToken);
            // Only what is safe on the source leaves the target; what another process has removed meanwhile is looked for again.
            if (theirs.Count > 0)
                await tickets.RemoveCommentsAsync(target, theirs, still => still.Joined?.Id == change.Id, cancellationToken);
            else
                await ChangeOtherAsync(source, change, 0, PairRules.OldestUnanswered(all), cancellationToken);
            return;
        }

        await ChangeFirstAsync(back, change, null, null, cancellationToken);
    }

    private async Task FinishSplitAsync(Ticket source, PairChange change, CancellationToken cancellationToken)
    {
        var comments = await CommentsAsync(TicketAddress.Of(source), cancellationToken);
        // Gone only when another process has done all of this already.
        if (comments.FirstOrDefault(one => one.Id == change.Comment) is not { } comment)
            return;
        await tickets.OpenAsync(OtherOf(source, change), _ => PairRules.OpenSplit(change, source, comment, time.GetUtcNow()), cancellationToken);
        var stay = PairRules.OldestUnanswered(comments.Where(one => one.Id != comment.Id));
        await ChangeFirstAsync(TicketAddress.Of(source), change, comment, stay, cancellationToken);
    }

    private async Task FinishLinkAsync(Ticket first, PairChange change, CancellationToken cancellationToken)
    {
        if (await ReadClaimedAsync(OtherOf(first, change), change, cancellationToken) is not null)
            await ChangeOtherAsync(first, change, 0, null, cancellationToken);
        else
            await ChangeFirstAsync(TicketAddress.Of(first), change, null, null, cancellationToken);
    }

    /// <summary>The other ticket, when its part of a decided change is still to be done.</summary>
    private async Task<Ticket?> ReadClaimedAsync(TicketAddress other, PairChange change, CancellationToken cancellationToken) =>
        await tickets.ReadAsync(other, cancellationToken) is ({ Joined: { } claim } ticket, _) && claim.Id == change.Id ? ticket : null;

    private async Task<bool> IsUnderWayAsync(TicketAddress first, PairChange change, CancellationToken cancellationToken) =>
        await tickets.ReadAsync(first, cancellationToken) is ({ Begun: { } begun }, _) && begun.Id == change.Id;

    private async Task ChangeOtherAsync(Ticket first, PairChange change, int moved, DateTimeOffset? unanswered, CancellationToken cancellationToken)
    {
        var address = OtherOf(first, change);
        await tickets.ChangeInPairAsync(
            address,
            null,
            current =>
                current.Joined?.Id == change.Id ? Freed(PairRules.OfOther(change, first, current, moved, unanswered, time.GetUtcNow())) : new(current, []),
            cancellationToken
        );
        // Where there was nothing to record, only the claim is taken away.
        if (await tickets.ReadAsync(address, cancellationToken) is ({ } other, var etag) && other.Joined?.Id == change.Id)
            await tickets.TryMarkAsync(other with { Joined = null }, etag, cancellationToken);
    }

    private async Task ChangeFirstAsync(
        TicketAddress address,
        PairChange change,
        Comment? comment,
        DateTimeOffset? unanswered,
        CancellationToken cancellationToken
    )
    {
        (string, string)? answer = change.AnswerName is { } name ? (name, change.AnswerRequest ?? "") : null;
        await tickets.ChangeInPairAsync(
            address,
            answer,
            current => current.Begun?.Id == change.Id ? Freed(PairRules.OfFirst(change, current, comment, unanswered, time.GetUtcNow())) : new(current, []),
            cancellationToken
        );
        if (await tickets.ReadAsync(address, cancellationToken) is ({ } first, var etag) && first.Begun?.Id == change.Id)
            await tickets.TryMarkAsync(first with { Begun = null, LastPair = new(change.Id, first.Version) }, etag, cancellationToken);
    }

    private static TicketChange Freed(TicketChange change) => change with { Ticket = change.Ticket with { Begun = null, Joined = null } };

    private static TicketAddress OtherOf(Ticket first, PairChange change) => new(first.Workspace, change.OtherNumber, change.Other);

    private async Task<IReadOnlyList<Comment>> CommentsAsync(TicketAddress address, CancellationToken cancellationToken) =>
        [.. (await tickets.ReadCommentsAsync(address, null, int.MaxValue, cancellationToken)).Select(row => row.Comment)];

    /// <summary>What nobody has answered on the ticket that ends: its clocks for replies were still running.</summary>
    private static DateTimeOffset? OldestUnanswered(Ticket ticket) =>
        ticket
            .Sla?.Run?.Clocks.Where(clock =>
                clock.Metric is Helpdesk.Sla.SlaMetric.FirstReply or Helpdesk.Sla.SlaMetric.NextReply && clock is { StoppedAt: null, CancelledAt: null }
            )
            .Select(clock => (DateTimeOffset?)clock.StartedAt)
            .Min();

    /// <summary>What the requester wrote first goes along as a comment of theirs.</summary>
    private static Comment DescriptionOf(Ticket ticket) =>
        new()
        {
            Id = $"{ticket.Number}-1",
            Body = ticket.Description,
            Visibility = CommentVisibility.Public,
            At = ticket.CreatedAt,
            By = ActorKind.Requester,
            Actor = new Actor(ActorKind.Requester, ticket.Requester.Email, ticket.Requester.Name),
            Attachments = ticket.Attachments,
        };
}
