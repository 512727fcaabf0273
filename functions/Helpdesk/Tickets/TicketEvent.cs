using System.Text.Json;

namespace Helpdesk.Tickets;

/// <summary>A past fact of one ticket. <see cref="Seq"/> counts 1, 2, 3 … without gaps.</summary>
public sealed record TicketEvent(long Seq, DateTimeOffset At, Actor By, TicketFact Fact);

/// <summary>What happened; every difference between two states of a ticket is told by facts alone.</summary>
public abstract record TicketFact;

/// <summary>The first fact of every ticket. The description is not repeated here: it never changes.</summary>
public sealed record TicketOpened(
    string Id,
    long Number,
    string Workspace,
    string Subject,
    Requester Requester,
    TicketStatus Status,
    TicketPriority Priority,
    string? Type,
    int Tier,
    string? Group,
    string? Assignee,
    IReadOnlyList<string> Tags,
    IReadOnlyDictionary<string, JsonElement> CustomFields,
    IntakeChannel Channel,
    string? FollowUpOf,
    string? Receipt) : TicketFact;

/// <summary>The words are in the comment with the id <see cref="Comment"/>.</summary>
public sealed record CommentAdded(string Comment, CommentVisibility Visibility) : TicketFact;

/// <summary>Any move between statuses but a reopening. <see cref="Resolution"/> comes with Resolved only.</summary>
public sealed record StatusChanged(TicketStatus From, TicketStatus To, string? Resolution = null) : TicketFact;

/// <summary>A waiting or resolved ticket is open again.</summary>
public sealed record TicketReopened(TicketStatus From, TicketStatus To) : TicketFact;

public sealed record SubjectChanged(string From, string To) : TicketFact;

public sealed record PriorityChanged(TicketPriority From, TicketPriority To) : TicketFact;

public sealed record TypeChanged(string? From, string? To) : TicketFact;

public sealed record TierChanged(int From, int To, string? Reason) : TicketFact;

public sealed record GroupChanged(string? From, string? To) : TicketFact;

public sealed record AssigneeChanged(string? From, string? To) : TicketFact;

public sealed record TagsChanged(IReadOnlyList<string> From, IReadOnlyList<string> To) : TicketFact;

/// <summary>A merge patch: a field that is null was removed.</summary>
public sealed record CustomFieldsChanged(IReadOnlyDictionary<string, JsonElement> Changes) : TicketFact;

/// <summary>This ticket's comments moved to another ticket, and it was closed.</summary>
public sealed record TicketMerged(string Into, long IntoNumber, TicketStatus From) : TicketFact;

/// <summary>This ticket took the comments of another one.</summary>
public sealed record MergeReceived(string From, long FromNumber, int Comments) : TicketFact;
