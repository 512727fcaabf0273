using System.ComponentModel.DataAnnotations;
using Helpdesk.Conditions;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Sla;

namespace Helpdesk.Functions.Sla;

// The bodies that PolicyFields reads field by field, as the description of the API shows them.

/// <summary>What every policy may say.</summary>
public abstract record PolicyParts
{
    /// <summary>How clocks go on when a resolved ticket is reopened; a new policy that says nothing has <c>resume</c>.</summary>
    public ReopenRule? Reopen { get; init; }

    /// <summary>In which states of a ticket its resolution is not counted.</summary>
    public IReadOnlyList<TicketStatus>? PauseResolutionOn { get; init; }

    /// <summary>What happens on the way to a broken promise: one step for each metric, percentage and action at most.</summary>
    [MaxLength(100)]
    public IReadOnlyList<PolicyStepBody>? Steps { get; init; }
}

/// <summary>A new policy.</summary>
[Example(
    """
        {"name":"Urgent","position":10,"calendar":"business-hours","condition":{"field":"priority","op":"is","value":"urgent"},"pauseResolutionOn":["pending"],
         "targets":[{"metric":"first-reply","within":"PT15M"},{"metric":"resolution","within":"PT4H"}],
         "steps":[{"metric":"first-reply","at":50,"do":"warn"},{"metric":"first-reply","at":100,"do":"escalate","toTier":2},
                  {"metric":"resolution","at":100,"do":"notify","repeatEvery":"PT30M"}]}
        """
)]
public sealed record AddPolicyBody : PolicyParts
{
    /// <summary>The id to give it; made from the name when it is left out.</summary>
    [RegularExpression(SettingFields.IdPattern), MaxLength(30)]
    public string? Id { get; init; }

    /// <summary>The name that agents see.</summary>
    [MaxLength(100)]
    public required string Name { get; init; }

    /// <summary>What is promised: one target for each metric and priority at most, and at least one.</summary>
    [MinLength(1), MaxLength(100)]
    public required IReadOnlyList<PolicyTargetBody> Targets { get; init; }

    /// <summary>Whether it is given to tickets; true when it is left out.</summary>
    public bool? Active { get; init; }

    /// <summary>Policies are tried in this order, and the first that fits a ticket is given to it; 100 when it is left out.</summary>
    [Range(0, 1_000_000)]
    public int? Position { get; init; }

    /// <summary>Which tickets it is for; any when it is left out.</summary>
    public Condition? Condition { get; init; }

    /// <summary>A short form of <c>condition</c>, instead of it.</summary>
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

    /// <summary>What is promised: one target for each metric and priority at most.</summary>
    [MinLength(1), MaxLength(100)]
    public IReadOnlyList<PolicyTargetBody>? Targets { get; init; }

    /// <summary>Whether it is given to tickets from now on.</summary>
    public bool? Active { get; init; }

    /// <summary>Policies are tried in this order; the first that fits a ticket is given to it.</summary>
    [Range(0, 1_000_000)]
    public int? Position { get; init; }

    /// <summary>Which tickets it is for.</summary>
    public Condition? Condition { get; init; }

    /// <summary>A short form of <c>condition</c>, instead of it.</summary>
    public ConditionsBody? Conditions { get; init; }

    /// <summary>Id of the calendar by which business time is counted.</summary>
    public string? Calendar { get; init; }
}

/// <summary>The short form of a condition; what is left out is any. A ticket must fit every field, by any one of its values.</summary>
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
    [Range(1, PolicyFields.MostPercent)]
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
