using System.Text.Json.Serialization;
using Helpdesk.Approvals;
using Helpdesk.Conditions;
using Helpdesk.Routing;
using Helpdesk.Tickets;

namespace Helpdesk.Automations;

/// <summary>A rule by which the desk works a ticket by itself: when something happens to it, or when time has passed. Every change makes a version.</summary>
public sealed record Automation
{
    /// <summary>What <see cref="On"/> says of an automation that waits for time to pass.</summary>
    public const string Time = "time";

    /// <summary>As many a workspace may have.</summary>
    public const int Most = 100;

    /// <summary>Kebab-case, unique in the workspace.</summary>
    public required string Id { get; init; }

    /// <summary>The name that agents see.</summary>
    public required string Name { get; init; }

    /// <summary>1, 2, 3 …</summary>
    public required int Version { get; init; }

    /// <summary>One that is not active does nothing.</summary>
    public bool Active { get; init; } = true;

    /// <summary>Automations run in this order; those of one position in the order of their ids.</summary>
    public int Position { get; init; } = 100;

    /// <summary>Names of the facts that start it, or <see cref="Time"/> alone.</summary>
    public required IReadOnlyList<string> On { get; init; }

    /// <summary>What has to be true for it to run.</summary>
    public Condition Condition { get; init; } = Condition.Always;

    /// <summary>What it does, in this order.</summary>
    public required IReadOnlyList<TicketAction> Actions { get; init; }

    /// <summary>When it was added.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When this version was made.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Whether it waits for time to pass.</summary>
    [JsonIgnore]
    public bool IsTimed => On is [Time];

    /// <summary>Who is named for what it does.</summary>
    [JsonIgnore]
    public Actor Actor => new(ActorKind.System, ActorPrefix + Id, Name);

    /// <summary>How the id of an automation begins where an actor is named.</summary>
    public const string ActorPrefix = "automation/";
}

/// <summary>Actions that an agent applies to a ticket at once.</summary>
public sealed record Macro
{
    /// <summary>As many shared ones a workspace may have, and personal ones an agent.</summary>
    public const int Most = 200;

    /// <summary>Kebab-case, unique in the workspace.</summary>
    public required string Id { get; init; }

    /// <summary>The name that agents see.</summary>
    public required string Name { get; init; }

    /// <summary>1, 2, 3 …</summary>
    public required int Version { get; init; }

    /// <summary>Id of the agent whose own it is; null for one that all agents share.</summary>
    public string? Owner { get; init; }

    /// <summary>One that is not active cannot be applied.</summary>
    public bool Active { get; init; } = true;

    /// <summary>Which tickets it may be applied to.</summary>
    public Condition Condition { get; init; } = Condition.Always;

    /// <summary>What it does, in this order.</summary>
    public required IReadOnlyList<TicketAction> Actions { get; init; }

    /// <summary>When it was added.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When this version was made.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>What an action does.</summary>
[JsonConverter(typeof(WireNameConverter<ActionKind>))]
public enum ActionKind
{
    /// <summary>Sets a field.</summary>
    Set,
    AddTags,
    RemoveTags,

    /// <summary>Gives the ticket to a group, an agent or both.</summary>
    Assign,

    /// <summary>Adds a public comment.</summary>
    Comment,

    /// <summary>Adds an internal note.</summary>
    Note,

    /// <summary>Adds an internal note that names agents, who are told of it as each wishes.</summary>
    Notify,

    /// <summary>Posts the run to a webhook subscription.</summary>
    Webhook,
    Escalate,
    Resolve,
    Close,

    /// <summary>Has the ticket come back to somebody.</summary>
    FollowUp,

    /// <summary>Asks others to approve something; the ticket waits for it.</summary>
    StartApproval,
}

/// <summary>Who is told of something.</summary>
[JsonConverter(typeof(WireNameConverter<NotifyTarget>))]
public enum NotifyTarget
{
    /// <summary>The agent who works on the ticket; the agents of its group where nobody does.</summary>
    Assignee,

    /// <summary>The agents of a group.</summary>
    Group,

    /// <summary>One agent.</summary>
    Agent,
}

/// <summary>One thing that an automation or a macro does to a ticket. Which fields it has depends on <see cref="Do"/>.</summary>
/// <param name="Do">What is done.</param>
public sealed record TicketAction(ActionKind Do)
{
    /// <summary>As many an automation or a macro may have.</summary>
    public const int Most = 20;

    /// <summary>What stands for no agent and no group.</summary>
    public const string Nobody = "none";

    /// <summary>What stands for the agent who applies a macro.</summary>
    public const string Me = "me";

    /// <summary>For <c>set</c>: <c>priority</c>, <c>type</c>, <c>status</c>, or <c>custom.&lt;name&gt;</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Field { get; init; }

    /// <summary>For <c>set</c>: what the field is to be; null, or nothing, clears it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public System.Text.Json.JsonElement? Value { get; init; }

    /// <summary>For <c>add-tags</c> and <c>remove-tags</c>: the tags.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>For <c>assign</c> and <c>notify</c>: id of a group; <c>none</c> takes the ticket from its group.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Group { get; init; }

    /// <summary>For <c>assign</c>, <c>notify</c> and <c>follow-up</c>: id of an agent; <c>none</c> for nobody, in macros <c>me</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Agent { get; init; }

    /// <summary>For <c>assign</c>: how an agent of the group is chosen, of those who are there and have room; without a group, of the ticket's.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RoutingStrategy? Strategy { get; init; }

    /// <summary>For <c>assign</c> with a strategy: skills that the agent has to have, all of them.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Skills { get; init; }

    /// <summary>For <c>notify</c>: who is told.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public NotifyTarget? To { get; init; }

    /// <summary>
    /// Words in Liquid: of a comment, note, notification or <c>follow-up</c>, the reason of <c>escalate</c>, the resolution, the question of
    /// <c>start-approval</c>.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Text { get; init; }

    /// <summary>For <c>webhook</c>: id of the subscription.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Webhook { get; init; }

    /// <summary>
    /// For <c>follow-up</c>: in how long the ticket comes back; for <c>start-approval</c>: how long it may take. An ISO 8601 length such as <c>PT48H</c>.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? In { get; init; }

    /// <summary>For <c>follow-up</c> and <c>start-approval</c>: id of the calendar in whose hours <c>in</c> is counted.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Calendar { get; init; }

    /// <summary>For <c>follow-up</c>: whether it is off as soon as the requester says something in public.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? UnlessAnswered { get; init; }

    /// <summary>For <c>start-approval</c>: who is asked, agents by id and others by e-mail address.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Approvers { get; init; }

    /// <summary>For <c>start-approval</c>: whose yes is needed; everybody's when it is left out.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ApprovalRule? Rule { get; init; }

    /// <summary>For <c>escalate</c>: the tier to climb to; one higher when it is left out.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Tier { get; init; }
}

/// <summary>What became of an action.</summary>
[JsonConverter(typeof(WireNameConverter<ActionResult>))]
public enum ActionResult
{
    Done,

    /// <summary>Everything was so already.</summary>
    Unchanged,

    /// <summary>A rule refused it, or something that it names was not there.</summary>
    NotDone,
}

/// <summary>What became of one action.</summary>
/// <param name="Do">What was to be done.</param>
/// <param name="Result">What became of it.</param>
/// <param name="Why">Why it was not done, or what there is to say of it, as a sentence; left out otherwise.</param>
public sealed record ActionOutcome(
    ActionKind Do,
    ActionResult Result,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Why = null
);

/// <summary>What automations have done to a ticket, as far as it has to be known so that none runs twice.</summary>
/// <param name="Seq">Number of the newest event upon which one has run; 0 for none.</param>
/// <param name="Rules">Ids of those that have run upon it.</param>
/// <param name="Times">Of each that waits for time to pass: the instant that it counted from when it ran last.</param>
/// <param name="Row">How many have run since the last one that was not set off by another.</param>
public sealed record AutomationMark(long Seq, IReadOnlyList<string> Rules, IReadOnlyDictionary<string, DateTimeOffset>? Times = null, int Row = 0)
{
    /// <summary>So many may run in one chain, however deep it is.</summary>
    public const int MostInRow = 50;

    /// <summary>Whether a rule has run upon an event, or on a later one.</summary>
    public static bool HasRun(AutomationMark? mark, long seq, string rule) =>
        mark is not null && (mark.Seq > seq || (mark.Seq == seq && mark.Rules.Contains(rule, StringComparer.Ordinal)));

    /// <summary>The mark of a ticket on which one that waits for time to pass counted from an instant when it ran last; null where it never ran.</summary>
    internal static AutomationMark With(AutomationMark? mark, string rule, DateTimeOffset? since)
    {
        var times = new SortedDictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        foreach (var (one, at) in mark?.Times ?? new Dictionary<string, DateTimeOffset>())
            times[one] = at;
        if (since is { } counted)
            times[rule] = counted;
        else
            times.Remove(rule);
        return (mark ?? new(0, [])) with { Times = times };
    }

    /// <summary>The mark after a run.</summary>
    internal static AutomationMark After(AutomationMark? mark, AutomationRan ran)
    {
        mark ??= new(0, []);
        mark = mark with
        {
            Row =
                ran.Stopped == true ? MostInRow + 1
                : ran.Depth <= 1 ? 1
                : mark.Row + 1,
        };
        if (ran.Since is { } since)
            mark = With(mark, ran.Automation, since);

        return ran.Seq is not { } seq || seq < mark.Seq ? mark
            : seq == mark.Seq ? mark with { Rules = [.. mark.Rules, ran.Automation] }
            : mark with { Seq = seq, Rules = [ran.Automation] };
    }
}
