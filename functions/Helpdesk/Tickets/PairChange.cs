using System.Text.Json.Serialization;

namespace Helpdesk.Tickets;

/// <summary>A change of two tickets that is under way, as the ticket keeps it that it was asked of.</summary>
/// <remarks>
/// It is decided on this ticket: as long as <see cref="Decided"/> is false it can be undone, and afterwards it is carried through, by whoever finds it.
/// </remarks>
public sealed record PairChange
{
    /// <summary>Tells this change from all others.</summary>
    public required string Id { get; init; }
    public required PairChangeKind Kind { get; init; }

    /// <summary>Id of the other ticket.</summary>
    public required string Other { get; init; }

    /// <summary>Number of the other ticket.</summary>
    public required long OtherNumber { get; init; }
    public required Actor By { get; init; }
    public bool Decided { get; init; }

    /// <summary>For a merge: whether somebody said that the requesters may differ.</summary>
    public bool Confirmed { get; init; }

    /// <summary>For a link: what the other ticket is to this one.</summary>
    public LinkKind? Link { get; init; }

    /// <summary>For a split: the comment.</summary>
    public string? Comment { get; init; }

    /// <summary>For a split: the subject of the new ticket.</summary>
    public string? Subject { get; init; }

    /// <summary>For a split: the requester of the new ticket.</summary>
    public Requester? Requester { get; init; }

    /// <summary>For an undone merge: where the ticket stood before it.</summary>
    public TicketStatus? Status { get; init; }

    /// <summary>The name of the caller's idempotency key; null for none.</summary>
    public string? AnswerName { get; init; }

    /// <summary>A hash of the request that came with the key.</summary>
    public string? AnswerRequest { get; init; }
}

/// <summary>What can happen to two tickets at once.</summary>
[JsonConverter(typeof(WireNameConverter<PairChangeKind>))]
public enum PairChangeKind
{
    Merge,
    Unmerge,
    Split,
    Link,
    Unlink,
}

/// <summary>Marks a ticket as the second one of a change that is under way.</summary>
/// <param name="Id">Which change it is.</param>
/// <param name="Number">Number of the ticket that the change was asked of.</param>
public sealed record PairClaim(string Id, long Number);

/// <summary>A change of two tickets that was carried through.</summary>
/// <param name="Id">Which change it was.</param>
/// <param name="Version">The version of the ticket right after it.</param>
public sealed record PairDone(string Id, long Version);

/// <summary>Another ticket that a ticket has to do with.</summary>
/// <param name="Kind">What the other ticket is to this one.</param>
/// <param name="To">Id of the other ticket.</param>
/// <param name="ToNumber">Number of the other ticket.</param>
public sealed record TicketLink(LinkKind Kind, string To, long ToNumber);

/// <summary>What another ticket is to a ticket.</summary>
[JsonConverter(typeof(WireNameConverter<LinkKind>))]
public enum LinkKind
{
    Related,

    /// <summary>The other ticket is the larger matter that this one is part of.</summary>
    Parent,

    /// <summary>The other ticket is a part of this one.</summary>
    Child,

    /// <summary>This ticket was a comment on the other one.</summary>
    SplitFrom,

    /// <summary>The other ticket was a comment on this one.</summary>
    SplitInto,
}
