namespace Helpdesk.Tickets;

/// <summary>The rules of what happens to two tickets at once: a merge and its undoing, a split, a link.</summary>
/// <remarks>
/// Of two tickets the one that is asked is called the first. Each rule is safe to run twice: what is already so gives no events.
/// </remarks>
public static class PairRules
{
    /// <summary>A ticket has as many links at the most.</summary>
    public const int LinkLimit = 100;

    /// <summary>Why a change cannot be made to these two tickets as they are; null when it can.</summary>
    public static HelpdeskRuleException? Refusal(PairChange change, Ticket first, Ticket other) =>
        change.Kind switch
        {
            PairChangeKind.Merge => MergeRefusal(first, other, change.Confirmed),
            PairChangeKind.Unmerge when other.MergedInto is not null => new(
                "merge-target-merged",
                $"Ticket {other.Number}, which took ticket {first.Number}, has been merged itself: undo that merge first."
            ),
            PairChangeKind.Link when first.Id == other.Id => new("link-to-itself", $"Ticket {first.Number} cannot be linked to itself."),
            PairChangeKind.Link when Inverse(change.Link!.Value) != change.Link && Has(first, Inverse(change.Link!.Value), other.Id) => new(
                "link-reversed",
                $"Ticket {other.Number} is linked to ticket {first.Number} the other way round already: unlink them first."
            ),
            PairChangeKind.Link when IsFull(first, change.Link!.Value, other) => Full(first),
            PairChangeKind.Link when IsFull(other, Inverse(change.Link!.Value), first) => Full(other),
            _ => null,
        };

    /// <summary>What happens to the other ticket.</summary>
    /// <param name="moved">How many comments came with a merge.</param>
    /// <param name="unanswered">When the oldest comment was made that nobody has answered: of the first for a merge, of what is left for its undoing.</param>
    public static TicketChange OfOther(PairChange change, Ticket first, Ticket other, int moved, DateTimeOffset? unanswered, DateTimeOffset now) =>
        change.Kind switch
        {
            PairChangeKind.Merge => TicketHistory.Record(
                other,
                Actor.System,
                now,
                [
                    new MergeReceived(
                        first.Id,
                        first.Number,
                        moved,
                        unanswered,
                        [.. People.Of(first).Select(one => new Participant(one.Email, one.Name, one.Conversation))]
                    ),
                    // What somebody still waits for does not disappear in what is done.
                    .. other.Status == TicketStatus.Resolved && first.Status is not (TicketStatus.Resolved or TicketStatus.Closed)
                        ? new TicketFact[] { new TicketReopened(TicketStatus.Resolved, TicketStatus.Open) }
                        : [],
                ]
            ),
            PairChangeKind.Unmerge => TicketHistory.Record(other, Actor.System, now, new MergeReturned(first.Id, first.Number, unanswered)),
            PairChangeKind.Link => Link(other, Inverse(change.Link!.Value), first, change.By, now),
            PairChangeKind.Unlink => Unlink(other, first.Id, change.By, now),
            _ => new(other, []),
        };

    /// <summary>What happens to the ticket that was asked, after all else is done.</summary>
    /// <param name="comment">The comment that is split off.</param>
    /// <param name="unanswered">When the oldest comment was made, of those that stay, that nobody has answered.</param>
    public static TicketChange OfFirst(PairChange change, Ticket first, Comment? comment, DateTimeOffset? unanswered, DateTimeOffset now) =>
        change.Kind switch
        {
            PairChangeKind.Merge => TicketHistory.Record(
                first,
                change.By,
                now,
                new TicketMerged(change.Other, change.OtherNumber, first.HeldFrom ?? first.Status)
            ),
            PairChangeKind.Unmerge => TicketHistory.Record(
                first,
                change.By,
                now,
                new TicketUnmerged(change.Other, change.OtherNumber, change.Status!.Value, first.ClosedAt!.Value)
            ),
            PairChangeKind.Split => TicketHistory.Record(
                first,
                change.By,
                now,
                new CommentSplit(comment!.Id, change.Other, change.OtherNumber, unanswered),
                new TicketLinked(LinkKind.SplitInto, change.Other, change.OtherNumber)
            ) with
            {
                Removed = comment,
            },
            PairChangeKind.Link => Link(first, change.Link!.Value, change.Other, change.OtherNumber, change.By, now),
            _ => Unlink(first, change.Other, change.By, now),
        };

    /// <summary>Why a ticket cannot be merged into another one; null when it can.</summary>
    /// <param name="confirmed">Whether somebody said that the requesters may differ.</param>
    public static HelpdeskRuleException? MergeRefusal(Ticket source, Ticket target, bool confirmed)
    {
        if (TicketRules.Closed(source) is { } closed)
            return closed;
        if (source.Id == target.Id)
            return new("merge-into-itself", $"Ticket {source.Number} cannot be merged into itself, or into a ticket that was merged into it.");
        if (target.Status == TicketStatus.Closed)
            return new("merge-target-closed", $"Ticket {target.Number} is closed and cannot take another ticket's comments.");
        if (People.Of(target).Count + People.Of(source).Count > People.Limit)
            return new(
                "too-many-participants",
                $"A ticket may have {People.Limit} participants; tickets {source.Number} and {target.Number} have more together."
            );
        return confirmed || People.Same(source.Requester.Email, target.Requester.Email)
            ? null
            : new(
                "merge-requesters-differ",
                $"Tickets {source.Number} and {target.Number} have different requesters, and both would read what follows: send \"confirm\": true if they may."
            );
    }

    /// <summary>Why the merge of a ticket cannot be undone; null when it can.</summary>
    public static HelpdeskRuleException? UnmergeRefusal(Ticket source, TimeSpan within, DateTimeOffset now) =>
        source.MergedInto is null ? new("ticket-not-merged", $"Ticket {source.Number} is not merged into another one.")
        : source.ClosedAt + within < now
            ? new("unmerge-too-late", $"Ticket {source.Number} was merged more than {within.TotalHours:0.#} hours ago; open a follow-up of it instead.")
        : null;

    /// <summary>Why a comment cannot become a ticket of its own; null when it can. A note cannot: a description is public.</summary>
    public static HelpdeskRuleException? SplitRefusal(Ticket ticket, Comment comment) =>
        TicketRules.Closed(ticket)
        ?? (
            comment.Visibility == CommentVisibility.Internal
                ? new("comment-is-note", $"Comment {comment.Id} is an internal note, and the description of a ticket is public: open a new ticket instead.")
            : ticket.Links?.Count >= LinkLimit ? Full(ticket)
            : null
        );

    /// <summary>The ticket that a comment becomes.</summary>
    /// <param name="first">The ticket that it stands on.</param>
    public static TicketChange OpenSplit(PairChange change, Ticket first, Comment comment, DateTimeOffset now)
    {
        var requester = change.Requester!;
        var opened = new TicketOpened(
            change.Other,
            change.OtherNumber,
            first.Workspace,
            change.Subject!,
            requester,
            TicketStatus.New,
            first.Priority,
            first.Type,
            first.Tier,
            first.Group,
            null,
            [],
            new Dictionary<string, System.Text.Json.JsonElement>(),
            first.Channel,
            null,
            null,
            null,
            comment.By == ActorKind.Requester ? People.ByEmail(first, requester.Email)?.Conversation : null,
            comment.Attachments,
            null,
            [new(LinkKind.SplitFrom, first.Id, first.Number)],
            Language: People.Same(requester.Email, first.Requester.Email) ? first.Language : null
        );
        return TicketHistory.Begin(opened, comment.Body, comment.By == ActorKind.Requester ? comment.Actor! : change.By, now);
    }

    /// <summary>When the oldest public comment of a requester was made that no agent has answered since; null when all are answered.</summary>
    /// <param name="comments">Oldest first.</param>
    public static DateTimeOffset? OldestUnanswered(IEnumerable<Comment> comments)
    {
        DateTimeOffset? oldest = null;
        foreach (var comment in comments.Where(one => one.Visibility == CommentVisibility.Public))
            oldest = comment.By switch
            {
                ActorKind.Agent => null,
                ActorKind.Requester => oldest ?? comment.At,
                _ => oldest,
            };
        return oldest;
    }

    /// <summary>What a ticket is to another one that is <paramref name="kind"/> to it.</summary>
    public static LinkKind Inverse(LinkKind kind) =>
        kind switch
        {
            LinkKind.Parent => LinkKind.Child,
            LinkKind.Child => LinkKind.Parent,
            LinkKind.SplitFrom => LinkKind.SplitInto,
            LinkKind.SplitInto => LinkKind.SplitFrom,
            _ => LinkKind.Related,
        };

    private static TicketChange Link(Ticket ticket, LinkKind kind, Ticket to, Actor by, DateTimeOffset now) => Link(ticket, kind, to.Id, to.Number, by, now);

    private static TicketChange Link(Ticket ticket, LinkKind kind, string to, long number, Actor by, DateTimeOffset now) =>
        Has(ticket, kind, to) ? new(ticket, []) : TicketHistory.Record(ticket, by, now, new TicketLinked(kind, to, number));

    /// <summary>Every link to the other ticket goes, except how one came from the other.</summary>
    private static TicketChange Unlink(Ticket ticket, string to, Actor by, DateTimeOffset now) =>
        TicketHistory.Record(
            ticket,
            by,
            now,
            [.. (ticket.Links ?? []).Where(link => link.To == to && IsByHand(link.Kind)).Select(link => new TicketUnlinked(link.Kind, link.To, link.ToNumber))]
        );

    /// <summary>Whether somebody can make and remove links of a kind: how a ticket came from another one stays.</summary>
    public static bool IsByHand(LinkKind kind) => kind is LinkKind.Related or LinkKind.Parent or LinkKind.Child;

    /// <summary>Whether a ticket has a link to another one.</summary>
    public static bool Has(Ticket ticket, LinkKind kind, string to) => ticket.Links?.Any(link => link.To == to && link.Kind == kind) == true;

    private static bool IsFull(Ticket ticket, LinkKind kind, Ticket to) => ticket.Links?.Count >= LinkLimit && !Has(ticket, kind, to.Id);

    private static HelpdeskRuleException Full(Ticket ticket) =>
        new("too-many-links", $"Ticket {ticket.Number} is linked to {LinkLimit} others already: remove a link first.");
}
