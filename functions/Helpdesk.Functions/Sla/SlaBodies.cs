using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Sla;

namespace Helpdesk.Functions.Sla;

// The bodies that PolicyFields, CalendarFields and EvaluateSlaRequest read field by field, as the description of the API shows them.

/// <summary>What every policy may say.</summary>
public abstract record PolicyParts
{
    /// <summary>How clocks go on when a resolved ticket is reopened; a new policy that says nothing has <c>resume</c>.</summary>
    public ReopenRule? Reopen { get; init; }

    /// <summary>In which states of a ticket its resolution is not counted.</summary>
    public IReadOnlyList<TicketStatus>? PauseResolutionOn { get; init; }

    /// <summary>What is promised: one target for each metric and priority at most.</summary>
    [MaxLength(100)]
    public IReadOnlyList<PolicyTargetBody>? Targets { get; init; }

    /// <summary>What happens on the way to a broken promise: one step for each metric, percentage and action at most.</summary>
    [MaxLength(100)]
    public IReadOnlyList<PolicyStepBody>? Steps { get; init; }
}

/// <summary>A new policy.</summary>
[Example("""
    {"name":"Urgent","position":10,"calendar":"business-hours","conditions":{"priorities":["urgent"]},"pauseResolutionOn":["pending"],
     "targets":[{"metric":"first-reply","within":"PT15M"},{"metric":"resolution","within":"PT4H"}],
     "steps":[{"metric":"first-reply","at":50,"do":"warn"},{"metric":"first-reply","at":100,"do":"escalate","toTier":2},{"metric":"resolution","at":100,"do":"notify","repeatEvery":"PT30M"}]}
    """)]
public sealed record AddPolicyBody : PolicyParts
{
    /// <summary>The id to give it; made from the name when it is left out.</summary>
    [RegularExpression(SettingFields.IdPattern), MaxLength(30)]
    public string? Id { get; init; }

    /// <summary>The name that agents see.</summary>
    [MaxLength(100)]
    public required string Name { get; init; }

    /// <summary>Whether it is given to tickets; true when it is left out.</summary>
    public bool? Active { get; init; }

    /// <summary>Policies are tried in this order, and the first that fits a ticket is given to it; 100 when it is left out.</summary>
    [Range(0, 1_000_000)]
    public int? Position { get; init; }

    /// <summary>Which tickets it is for; any when it is left out.</summary>
    public ConditionsBody? Conditions { get; init; }

    /// <summary>Id of the calendar by which business time is counted.</summary>
    public required string Calendar { get; init; }
}

/// <summary>What is to be different about a policy: a JSON merge patch (RFC 7396). A list that is sent replaces the whole list.</summary>
[Example("""{"position":20,"targets":[{"metric":"first-reply","within":"PT30M"},{"metric":"resolution","within":"PT8H"}]}""")]
public sealed record ChangePolicyBody : PolicyParts
{
    /// <summary>The name that agents see.</summary>
    [MaxLength(100)]
    public string? Name { get; init; }

    /// <summary>Whether it is given to tickets from now on.</summary>
    public bool? Active { get; init; }

    /// <summary>Policies are tried in this order; the first that fits a ticket is given to it.</summary>
    [Range(0, 1_000_000)]
    public int? Position { get; init; }

    /// <summary>Which tickets it is for.</summary>
    public ConditionsBody? Conditions { get; init; }

    /// <summary>Id of the calendar by which business time is counted.</summary>
    public string? Calendar { get; init; }
}

/// <summary>Which tickets a policy is for; what is left out is any. A ticket must fit every field, by any one of its values.</summary>
public sealed record ConditionsBody
{
    /// <summary>Priorities of tickets.</summary>
    public IReadOnlyList<TicketPriority>? Priorities { get; init; }

    /// <summary>Ids of groups.</summary>
    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>Tags of tickets.</summary>
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>Domains of requesters' e-mail addresses, such as <c>example.com</c>; subdomains are others.</summary>
    public IReadOnlyList<string>? RequesterDomains { get; init; }

    /// <summary>Types of tickets.</summary>
    public IReadOnlyList<string>? Types { get; init; }
}

/// <summary>One promise.</summary>
public sealed record PolicyTargetBody
{
    /// <summary>What is promised.</summary>
    public required SlaMetric Metric { get; init; }

    /// <summary>For tickets of this priority; when it is left out, for those of every priority that has no promise of its own.</summary>
    public TicketPriority? Priority { get; init; }

    /// <summary>The promised length of business time.</summary>
    [DataType(DataType.Duration)]
    public required string Within { get; init; }
}

/// <summary>Something that is done when a part of a promised time is used up.</summary>
public sealed record PolicyStepBody
{
    /// <summary>The metric whose target is watched.</summary>
    public required SlaMetric Metric { get; init; }

    /// <summary>The percentage of the promised time at which it is done; above 100 after the due time.</summary>
    [Range(1, 10_000)]
    public required int At { get; init; }

    /// <summary>What is done.</summary>
    public required SlaAction Do { get; init; }

    /// <summary>For <c>escalate</c>, which requires it: the tier to climb to.</summary>
    [Range(1, TicketRules.TopTier)]
    public int? ToTier { get; init; }

    /// <summary>For <c>raise-priority</c>: the priority to raise to; one higher when it is left out.</summary>
    public TicketPriority? ToPriority { get; init; }

    /// <summary>For <c>assign-group</c>, which requires it: the id of the group.</summary>
    public string? ToGroup { get; init; }

    /// <summary>Does it again each time this much business time has passed, until somebody acknowledges the ticket or the clock stops.</summary>
    [DataType(DataType.Duration)]
    public string? RepeatEvery { get; init; }
}

/// <summary>A period of the past, and the draft of a policy to hold against its tickets.</summary>
[Example("""{"from":"2026-03-01T00:00:00Z","to":"2026-04-01T00:00:00Z","policy":{"targets":[{"metric":"resolution","within":"PT16H"}]}}""")]
public sealed record TryPolicyBody
{
    /// <summary>The beginning of the period; it counts when a ticket was opened.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>The end of the period, exclusive.</summary>
    public required DateTimeOffset To { get; init; }

    /// <summary>How many tickets are looked at for one page at most; 25 when it is left out.</summary>
    [Range(1, 100)]
    public int? Limit { get; init; }

    /// <summary>Where to go on: <c>nextCursor</c> of the page before.</summary>
    public string? Cursor { get; init; }

    /// <summary>What would be different about the policy; without it the policy is tried as it is.</summary>
    public ChangePolicyBody? Policy { get; init; }
}

/// <summary>Opening hours by weekday in local time, such as <c>["09:00-12:30", "13:30-17:00"]</c>. A span may end on the next day; a day without hours is left out.</summary>
public sealed record WeekHours
{
    /// <summary>Monday.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Mon { get; init; }

    /// <summary>Tuesday.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Tue { get; init; }

    /// <summary>Wednesday.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Wed { get; init; }

    /// <summary>Thursday.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Thu { get; init; }

    /// <summary>Friday.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Fri { get; init; }

    /// <summary>Saturday.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Sat { get; init; }

    /// <summary>Sunday.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Sun { get; init; }
}

/// <summary>A new calendar.</summary>
[Example("""
    {"name":"Berlin","timeZone":"Europe/Berlin","holidays":["2026-12-25"],"overrides":{"2026-12-24":["09:00-13:00"]},
     "hours":{"mon":["09:00-17:00"],"tue":["09:00-17:00"],"wed":["09:00-17:00"],"thu":["09:00-17:00"],"fri":["09:00-12:30","13:00-15:00"]}}
    """)]
public sealed record AddCalendarBody
{
    /// <summary>The id to give it; made from the name when it is left out.</summary>
    [RegularExpression(SettingFields.IdPattern), MaxLength(30)]
    public string? Id { get; init; }

    /// <summary>The name that agents see.</summary>
    [MaxLength(100)]
    public required string Name { get; init; }

    /// <summary>The time zone of all hours, by its name in the IANA database.</summary>
    [Sample("Europe/Berlin")]
    public required string TimeZone { get; init; }

    /// <summary>The opening hours of an ordinary week.</summary>
    public required WeekHours Hours { get; init; }

    /// <summary>Local dates on which nothing opens.</summary>
    [MaxLength(1000)]
    public IReadOnlyList<DateOnly>? Holidays { get; init; }

    /// <summary>Local dates with hours of their own, which beat weekday and holiday.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Overrides { get; init; }
}

/// <summary>What is to be different about a calendar: a JSON merge patch (RFC 7396), in which a part that is sent replaces the whole part.</summary>
[Example("""{"holidays":["2026-12-25","2026-12-26"]}""")]
public sealed record ChangeCalendarBody
{
    /// <summary>The name that agents see.</summary>
    [MaxLength(100)]
    public string? Name { get; init; }

    /// <summary>The time zone of all hours, by its name in the IANA database.</summary>
    [Sample("Europe/Berlin")]
    public string? TimeZone { get; init; }

    /// <summary>The opening hours of an ordinary week.</summary>
    public WeekHours? Hours { get; init; }

    /// <summary>Local dates on which nothing opens.</summary>
    [MaxLength(1000)]
    public IReadOnlyList<DateOnly>? Holidays { get; init; }

    /// <summary>Local dates with hours of their own, which beat weekday and holiday.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Overrides { get; init; }
}

/// <summary>A timeline, the policy to hold it against, and the instant to ask about.</summary>
[Example("""
    {"calendars":{"office":{"timeZone":"Etc/UTC","hours":{"mon":["09:00-17:00"],"tue":["09:00-17:00"]}}},
     "policy":{"calendar":"office","targets":[{"metric":"first-reply","within":"PT4H"}]},
     "events":[{"type":"ticket-opened","at":"2026-03-09T15:00:00Z","by":"requester"},{"type":"comment-added","at":"2026-03-10T10:00:00Z","by":"agent"}],
     "now":"2026-03-10T12:00:00Z"}
    """)]
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
