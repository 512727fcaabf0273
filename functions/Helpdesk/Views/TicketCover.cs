using Helpdesk.Conditions;
using Helpdesk.Sla;
using Helpdesk.Tickets;

namespace Helpdesk.Views;

/// <summary>What every ticket has for which a condition is true, as far as lists of tickets are kept by it. Null stands for any value.</summary>
/// <remarks>It may be wider than the condition and is never narrower: each ticket that is found by it is held against the condition itself.</remarks>
public sealed record TicketCover
{
    /// <summary>Stands for no assignee; no id begins with a tilde.</summary>
    public const string Nobody = "~none";

    /// <summary>Clocks of machines differ by less.</summary>
    private static readonly TimeSpan ClockDifference = TimeSpan.FromMinutes(1);

    private static readonly TicketStatus[] Done = [TicketStatus.Resolved, TicketStatus.Closed];

    /// <summary>Where it can stand.</summary>
    public IReadOnlyList<TicketStatus> Statuses { get; init; } = Enum.GetValues<TicketStatus>();

    /// <summary>Whose it can be; <see cref="Nobody"/> for unassigned.</summary>
    public IReadOnlyList<string>? Assignees { get; init; }

    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>At least one of these tags is on it.</summary>
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>Addresses, in lower case.</summary>
    public IReadOnlyList<string>? Requesters { get; init; }

    /// <summary>At least one of these people takes part who is not the requester: addresses, in lower case.</summary>
    public IReadOnlyList<string>? Participants { get; init; }

    /// <summary>How its promises can stand; never <see cref="SlaHealth.Ok"/>, of which there is no list.</summary>
    public IReadOnlyList<SlaHealth>? Healths { get; init; }

    /// <summary>It was changed then or later.</summary>
    public DateTimeOffset? UpdatedFrom { get; init; }

    /// <summary>It was changed then or earlier.</summary>
    public DateTimeOffset? UpdatedUntil { get; init; }
    public DateTimeOffset? CreatedFrom { get; init; }
    public DateTimeOffset? CreatedUntil { get; init; }

    /// <summary>It is due then or earlier.</summary>
    public DateTimeOffset? DueUntil { get; init; }

    /// <summary>Whether no ticket can be there.</summary>
    public bool IsEmpty => Statuses.Count == 0 || new[] { Assignees, Groups, Requesters }.Any(values => values is { Count: 0 }) || Healths is { Count: 0 };

    /// <summary>What a condition leaves.</summary>
    public static TicketCover Of(Condition condition, DateTimeOffset now) => Of(condition, isDenied: false, now);

    private static TicketCover Of(Condition condition, bool isDenied, DateTimeOffset now) =>
        condition switch
        {
            NotThat not => Of(not.That, !isDenied, now),
            AllOf all => Several(all.Conditions, isAll: !isDenied, isDenied, now),
            AnyOf any => Several(any.Conditions, isAll: isDenied, isDenied, now),
            Term term => Of(term, isDenied, now),
            _ => new(),
        };

    private static TicketCover Several(IReadOnlyList<Condition> conditions, bool isAll, bool isDenied, DateTimeOffset now)
    {
        var parts = conditions.Select(one => Of(one, isDenied, now)).ToList();
        if (parts.Count == 0)
            return isAll ? new() : new() { Statuses = [] };
        return parts.Aggregate(isAll ? Both : Either);
    }

    private static TicketCover Of(Term term, bool isDenied, DateTimeOffset now) =>
        term.Field.Name switch
        {
            "status" => new() { Statuses = [.. Enum.GetValues<TicketStatus>().Where(status => Fits(term, WireName<TicketStatus>.Of(status)) != isDenied)] },
            "assignee" when Ids(term, isDenied, Nobody) is { } assignees => new() { Assignees = assignees },
            "group" when Ids(term, isDenied, null) is { } groups => new() { Groups = groups },
            "requester.email" when Ids(term, isDenied, null) is { } requesters => new() { Requesters = Lower(requesters) },
            "tags" when Entries(term, isDenied) is { } tags => new() { Tags = tags },
            "participants" when Entries(term, isDenied) is { } participants => new() { Participants = Lower(participants) },
            "sla.state" => Health(
                Enum.GetValues<SlaHealth>().Where(health => Fits(term, WireName<SlaHealth>.Of(health)) != isDenied),
                Fits(term, null) != isDenied
            ),
            "sla.breached" => Health(
                Enum.GetValues<SlaHealth>()
                    .Where(health => term.Field.Type.Test(term.Op, new FlagValue(health == SlaHealth.Breached), term.Values) != isDenied),
                hasNone: false
            ),
            "merged" when term.Field.Type.Test(term.Op, new FlagValue(false), term.Values) == isDenied => new() { Statuses = [TicketStatus.Closed] },
            "resolvedAt" or "hoursSince.resolved" when WantsValue(term, isDenied) => OfTime(term, isDenied, now) with { Statuses = Done },
            "closedAt" or "hoursSince.closed" when WantsValue(term, isDenied) => OfTime(term, isDenied, now) with { Statuses = [TicketStatus.Closed] },
            "hoursSince.pending" when WantsValue(term, isDenied) => OfTime(term, isDenied, now) with { Statuses = [TicketStatus.Pending] },
            _ => OfTime(term, isDenied, now),
        };

    /// <summary>Whether a term, or its denial, is false of a field without a value.</summary>
    private static bool WantsValue(Term term, bool isDenied) => term.Field.Type.Test(term.Op, null, term.Values) == isDenied;

    private static bool Fits(Term term, string? choice) => term.Field.Type.Test(term.Op, ConditionValue.Of(choice), term.Values);

    private static TicketCover Health(IEnumerable<SlaHealth> healths, bool hasNone)
    {
        var all = healths.ToList();
        return hasNone || all.Contains(SlaHealth.Ok) ? new() : new() { Healths = all };
    }

    /// <summary>The ids that one of which a field must have; null for any.</summary>
    /// <param name="nobody">What stands for no value, where there is such an entry.</param>
    private static IReadOnlyList<string>? Ids(Term term, bool isDenied, string? nobody) =>
        (term.Op, isDenied) switch
        {
            (ConditionOperator.Is or ConditionOperator.In, false) => Texts(term),
            (ConditionOperator.IsNot or ConditionOperator.NotIn, true) => Texts(term),
            (ConditionOperator.IsEmpty, false) or (ConditionOperator.IsSet, true) when nobody is not null => [nobody],
            _ => null,
        };

    /// <summary>Entries that one of which a list must have; null for any.</summary>
    private static IReadOnlyList<string>? Entries(Term term, bool isDenied) =>
        (term.Op, isDenied) switch
        {
            (ConditionOperator.Contains or ConditionOperator.ContainsAny, false) => Texts(term),
            (ConditionOperator.ContainsNone, true) => Texts(term),
            (ConditionOperator.ContainsAll, false) => [.. Texts(term).Take(1)],
            _ => null,
        };

    private static IReadOnlyList<string> Texts(Term term) => [.. term.Values.OfType<TextValue>().Select(value => value.Text).Distinct(StringComparer.Ordinal)];

    private static IReadOnlyList<string> Lower(IEnumerable<string> texts) =>
        [.. texts.Select(text => text.ToLowerInvariant()).Distinct(StringComparer.Ordinal)];

    /// <summary>Bounds of time, from terms that say when something was, or how long ago.</summary>
    private static TicketCover OfTime(Term term, bool isDenied, DateTimeOffset now)
    {
        if (isDenied || term.Values.Count != 1)
            return new();
        DateTimeOffset? from = null;
        DateTimeOffset? until = null;
        switch (term.Values[0])
        {
            case InstantValue { Instant: var instant }:
                if (term.Op is ConditionOperator.After or ConditionOperator.AtLeast)
                    from = instant;
                else
                    until = instant;
                break;
            // Open hours are never more than hours: at most so many of them says nothing.
            case NumberValue { Number: var hours } when Math.Abs(hours) < 1_000_000:
                var length = TimeSpan.FromHours((double)hours);
                if (term.Field.Name == "sla.dueIn")
                    return term.Op is ConditionOperator.AtMost or ConditionOperator.LessThan && term.Calendar is null
                        ? new() { DueUntil = now + length + ClockDifference }
                        : new();
                // Clocks disagree: what has happened ahead of this one counts as now, by however much it does.
                if ((term.Op == ConditionOperator.AtLeast && hours <= 0) || (term.Op == ConditionOperator.MoreThan && hours < 0))
                    return new();
                if (term.Op is ConditionOperator.AtLeast or ConditionOperator.MoreThan)
                    until = now - length + ClockDifference;
                else if (term.Calendar is null)
                    from = now - length - ClockDifference;
                break;
            default:
                return new();
        }

        return term.Field.Name switch
        {
            "createdAt" or "hoursSince.created" => new()
            {
                CreatedFrom = from,
                CreatedUntil = until,
                UpdatedFrom = from,
            },
            "updatedAt" or "hoursSince.updated" => new()
            {
                UpdatedFrom = from,
                UpdatedUntil = until,
                CreatedUntil = until,
            },
            // What has happened to a ticket changed it then, and it was opened before.
            "resolvedAt"
            or "closedAt"
            or "hoursSince.resolved"
            or "hoursSince.closed"
            or "hoursSince.pending"
            or "hoursSince.requesterReply"
            or "hoursSince.agentReply" => new() { UpdatedFrom = from, CreatedUntil = until },
            _ => new(),
        };
    }

    private static TicketCover Both(TicketCover one, TicketCover other) =>
        new()
        {
            Statuses = [.. one.Statuses.Intersect(other.Statuses)],
            Assignees = And(one.Assignees, other.Assignees),
            Groups = And(one.Groups, other.Groups),
            Requesters = And(one.Requesters, other.Requesters),
            Healths = And(one.Healths, other.Healths),
            // A ticket may have several of these: the shorter list covers both.
            Tags = Shorter(one.Tags, other.Tags),
            Participants = Shorter(one.Participants, other.Participants),
            UpdatedFrom = Later(one.UpdatedFrom, other.UpdatedFrom),
            UpdatedUntil = Earlier(one.UpdatedUntil, other.UpdatedUntil),
            CreatedFrom = Later(one.CreatedFrom, other.CreatedFrom),
            CreatedUntil = Earlier(one.CreatedUntil, other.CreatedUntil),
            DueUntil = Earlier(one.DueUntil, other.DueUntil),
        };

    private static TicketCover Either(TicketCover one, TicketCover other)
    {
        if (one.IsEmpty)
            return other;
        if (other.IsEmpty)
            return one;
        return new()
        {
            Statuses = [.. one.Statuses.Union(other.Statuses)],
            Assignees = Or(one.Assignees, other.Assignees),
            Groups = Or(one.Groups, other.Groups),
            Requesters = Or(one.Requesters, other.Requesters),
            Healths = Or(one.Healths, other.Healths),
            Tags = Or(one.Tags, other.Tags),
            Participants = Or(one.Participants, other.Participants),
            UpdatedFrom = one.UpdatedFrom is { } a && other.UpdatedFrom is { } b ? Earlier(a, b) : null,
            UpdatedUntil = one.UpdatedUntil is { } c && other.UpdatedUntil is { } d ? Later(c, d) : null,
            CreatedFrom = one.CreatedFrom is { } e && other.CreatedFrom is { } f ? Earlier(e, f) : null,
            CreatedUntil = one.CreatedUntil is { } g && other.CreatedUntil is { } h ? Later(g, h) : null,
            DueUntil = one.DueUntil is { } i && other.DueUntil is { } j ? Later(i, j) : null,
        };
    }

    private static IReadOnlyList<T>? And<T>(IReadOnlyList<T>? one, IReadOnlyList<T>? other) =>
        one is null ? other
        : other is null ? one
        : [.. one.Intersect(other)];

    private static IReadOnlyList<T>? Or<T>(IReadOnlyList<T>? one, IReadOnlyList<T>? other) => one is null || other is null ? null : [.. one.Union(other)];

    private static IReadOnlyList<T>? Shorter<T>(IReadOnlyList<T>? one, IReadOnlyList<T>? other) =>
        one is null ? other
        : other is null || one.Count <= other.Count ? one
        : other;

    private static DateTimeOffset? Later(DateTimeOffset? one, DateTimeOffset? other) =>
        one is null ? other
        : other is null || one > other ? one
        : other;

    private static DateTimeOffset? Earlier(DateTimeOffset? one, DateTimeOffset? other) =>
        one is null ? other
        : other is null || one < other ? one
        : other;
}
