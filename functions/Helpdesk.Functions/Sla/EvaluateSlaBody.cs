using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Hosting;

namespace Helpdesk.Functions.Sla;

// The body that EvaluateSlaRequest reads field by field, as the description of the API shows it.

/// <summary>A timeline, the policy to hold it against, and the instant to ask about.</summary>
[Example(
    """
        {"calendars":{"office":{"timeZone":"Etc/UTC","hours":{"mon":["09:00-17:00"],"tue":["09:00-17:00"]}}},
         "policy":{"calendar":"office","targets":[{"metric":"first-reply","within":"PT4H"}]},
         "events":[{"type":"ticket-opened","at":"2026-03-09T15:00:00Z","by":"requester"},{"type":"comment-added","at":"2026-03-10T10:00:00Z","by":"agent"}],
         "now":"2026-03-10T12:00:00Z"}
        """
)]
public sealed record EvaluateSlaBody
{
    /// <summary>Calendars by the names that the policy and the events use.</summary>
    public required IReadOnlyDictionary<string, EvaluatedCalendar> Calendars { get; init; }

    /// <summary>What is promised.</summary>
    public required EvaluatedPolicy Policy { get; init; }

    /// <summary>What happened, in any order.</summary>
    [MaxLength(2000)]
    public required IReadOnlyList<TimelineEvent> Events { get; init; }

    /// <summary>The instant at which the promises are looked at.</summary>
    public required DateTimeOffset Now { get; init; }
}

/// <summary>A calendar that is sent along.</summary>
public sealed record EvaluatedCalendar
{
    /// <summary>The time zone of all hours, by its name in the IANA database.</summary>
    [Sample("Europe/Berlin")]
    public required string TimeZone { get; init; }

    /// <summary>The opening hours of an ordinary week.</summary>
    public required WeekHours Hours { get; init; }

    /// <summary>Local dates on which nothing opens.</summary>
    public IReadOnlyList<DateOnly>? Holidays { get; init; }

    /// <summary>Local dates with hours of their own, which beat weekday and holiday.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Overrides { get; init; }
}

/// <summary>A policy that is sent along.</summary>
public sealed record EvaluatedPolicy : PolicyParts
{
    /// <summary>Name of one of the calendars that are sent along.</summary>
    public required string Calendar { get; init; }

    /// <summary>What is promised: one target for each metric and priority at most.</summary>
    [MaxLength(100)]
    public IReadOnlyList<PolicyTargetBody>? Targets { get; init; }
}

/// <summary>Something that happened to a ticket.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(Opened), "ticket-opened")]
[JsonDerivedType(typeof(Commented), "comment-added")]
[JsonDerivedType(typeof(MovedTo), "status-changed")]
[JsonDerivedType(typeof(Prioritized), "priority-changed")]
[JsonDerivedType(typeof(Tiered), "tier-changed")]
[JsonDerivedType(typeof(Switched), "calendar-changed")]
[JsonDerivedType(typeof(Reopened), "ticket-reopened")]
[JsonDerivedType(typeof(Merged), "ticket-merged")]
public abstract record TimelineEvent
{
    /// <summary>When it happened.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>When it became known; what claims to have happened later than that happened then.</summary>
    public DateTimeOffset? ReceivedAt { get; init; }

    /// <summary>The same id again is the same event again.</summary>
    [MaxLength(100)]
    public string? Id { get; init; }

    /// <summary>The ticket was opened.</summary>
    public sealed record Opened : TimelineEvent
    {
        /// <summary>Who opened it: a requester is owed a first reply.</summary>
        public required ActorKind By { get; init; }

        /// <summary>Its priority; <c>normal</c> when it is left out.</summary>
        public TicketPriority? Priority { get; init; }
    }

    /// <summary>Somebody wrote a comment or a note.</summary>
    public sealed record Commented : TimelineEvent
    {
        /// <summary>Who wrote it.</summary>
        public required ActorKind By { get; init; }

        /// <summary>Who may read it, <c>public</c> when it is left out; notes keep no promise.</summary>
        public CommentVisibility? Visibility { get; init; }
    }

    /// <summary>The ticket's status changed.</summary>
    public sealed record MovedTo : TimelineEvent
    {
        /// <summary>The new status.</summary>
        public required TicketStatus To { get; init; }

        /// <summary>Who did it.</summary>
        public ActorKind? By { get; init; }
    }

    /// <summary>The ticket's priority changed.</summary>
    public sealed record Prioritized : TimelineEvent
    {
        /// <summary>The new priority.</summary>
        public required TicketPriority To { get; init; }

        /// <summary>Who did it.</summary>
        public ActorKind? By { get; init; }
    }

    /// <summary>The ticket's support level changed.</summary>
    public sealed record Tiered : TimelineEvent
    {
        /// <summary>The new tier.</summary>
        [Range(1, TicketRules.TopTier)]
        public required int To { get; init; }

        /// <summary>Who did it; an agent's decision is not undone by a step of the policy.</summary>
        public ActorKind? By { get; init; }
    }

    /// <summary>Business time is counted by another calendar.</summary>
    public sealed record Switched : TimelineEvent
    {
        /// <summary>Name of the new calendar.</summary>
        public required string To { get; init; }

        /// <summary>Who did it.</summary>
        public ActorKind? By { get; init; }
    }

    /// <summary>The ticket was reopened.</summary>
    public sealed record Reopened : TimelineEvent
    {
        /// <summary>Who did it.</summary>
        public ActorKind? By { get; init; }
    }

    /// <summary>The ticket was merged: into another one, or another one into it.</summary>
    public sealed record Merged : TimelineEvent
    {
        /// <summary>Id or number of the ticket that goes on, when this one was merged away.</summary>
        [MaxLength(40)]
        public string? Into { get; init; }

        /// <summary>When the oldest comment was made that nobody had answered, among those that came to this ticket.</summary>
        public DateTimeOffset? OldestUnanswered { get; init; }

        /// <summary>Who did it.</summary>
        public ActorKind? By { get; init; }
    }
}
