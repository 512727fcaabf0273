using System.Text.Json;
using Helpdesk.Sla;

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
    string? Receipt,
    SlaPin? Sla = null,
    string? Conversation = null,
    IReadOnlyList<TicketAttachment>? Attachments = null) : TicketFact;

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
/// <param name="OldestUnanswered">When the oldest comment among them was made that nobody had answered, or null.</param>
public sealed record MergeReceived(string From, long FromNumber, int Comments, DateTimeOffset? OldestUnanswered = null) : TicketFact;

/// <summary>Another policy, or none, holds for the ticket from now on.</summary>
public sealed record SlaPolicyApplied(SlaPin? From, SlaPin? To) : TicketFact;

/// <summary>Business hours are counted by another calendar from now on. Both are an id and a version, such as <c>business-hours@3</c>.</summary>
public sealed record SlaCalendarSwitched(string From, string To) : TicketFact;

/// <summary>A promise was broken at <paramref name="DueAt"/> (or, with cause <c>policy-change</c>, when a new one was made that was over already); it was noticed at <paramref name="DetectedAt"/>.</summary>
public sealed record SlaBreached(SlaMetric Metric, int Cycle, DateTimeOffset BreachedAt, DateTimeOffset? DueAt, DateTimeOffset DetectedAt, string? Cause) : TicketFact;

/// <summary>Late news showed that a promise was kept after all.</summary>
public sealed record SlaBreachRetracted(SlaMetric Metric, int Cycle) : TicketFact;

/// <summary>A step of the policy fell due and was taken. What it changed follows as facts of their own.</summary>
public sealed record SlaStepFired(
    SlaMetric Metric, int Cycle, int At, SlaAction Do, int? ToTier, string? ToGroup, TicketPriority? ToPriority, int Repetition, int PolicyVersion, DateTimeOffset DueAt, DateTimeOffset DetectedAt) : TicketFact;

/// <summary>An agent has taken notice of what the policy keeps repeating.</summary>
public sealed record TicketAcknowledged : TicketFact;

/// <summary>The requester was reminded that the ticket waits for them; the words are in the comment.</summary>
public sealed record RequesterReminded : TicketFact;
