using Helpdesk.Conditions;
using Helpdesk.Tickets;

namespace Helpdesk.Sla;

/// <summary>A calendar of a workspace. Every change makes a new version; tickets keep counting by the one they were given.</summary>
public sealed record CalendarSetting
{
    public required string Id { get; init; }
    public required string Name { get; init; }

    /// <summary>1, 2, 3 …</summary>
    public required int Version { get; init; }
    public required CalendarDefinition Definition { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>How tickets name this version, such as <c>business-hours@3</c>.</summary>
    public string Key => SlaPin.KeyOf(Id, Version);
}

/// <summary>
/// The short form of a policy's condition; what is empty is any. A ticket must fit every field, by any one of its values. Earlier versions stored it.
/// </summary>
public sealed record SlaConditions
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

    /// <summary>The same in the language of conditions.</summary>
    public Condition ToCondition()
    {
        List<Condition> terms =
        [
            .. Terms("priority", ConditionOperator.In, Priorities?.Select(WireName<TicketPriority>.Of)),
            .. Terms("group", ConditionOperator.In, Groups),
            .. Terms("tags", ConditionOperator.ContainsAny, Tags),
            .. Terms("requester.domain", ConditionOperator.In, RequesterDomains),
            .. Terms("type", ConditionOperator.In, Types),
        ];
        return terms is [var only] ? only : new AllOf(terms);
    }

    private static IEnumerable<Condition> Terms(string field, ConditionOperator op, IEnumerable<string>? values)
    {
        if (values?.Distinct(StringComparer.Ordinal).ToList() is { Count: > 0 } some)
            yield return new Term(ConditionScope.Policies.Find(field)!, op, [.. some.Select(value => new TextValue(value))]);
    }
}

/// <summary>A policy of a workspace. Every change makes a new version; tickets keep the one they were given.</summary>
public sealed record PolicySetting
{
    public required string Id { get; init; }
    public required string Name { get; init; }

    /// <summary>1, 2, 3 …</summary>
    public required int Version { get; init; }

    /// <summary>A policy that is not active is given to no more tickets.</summary>
    public bool Active { get; init; } = true;

    /// <summary>Policies are tried in this order, then by id; the first that fits wins.</summary>
    public int Position { get; init; }

    /// <summary>Which tickets it is for.</summary>
    public Condition Condition
    {
        get => field ?? _earlier ?? Condition.Always;
        init;
    }

    /// <summary>The condition as earlier versions stored it, to be read only: always null.</summary>
    public SlaConditions? Conditions
    {
        get => null;
        init => _earlier = value?.ToCondition();
    }

    private readonly Condition? _earlier;

    /// <summary>Targets, steps and rules; <see cref="SlaPolicy.Calendar"/> is the id of a calendar.</summary>
    public required SlaPolicy Policy { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Whether it is for a ticket.</summary>
    public bool IsFor(Ticket ticket)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        return Condition.Holds(new() { Now = ticket.UpdatedAt, Ticket = ticket });
    }
}

/// <summary>Which version of which policy and calendar a ticket was given.</summary>
/// <param name="Policy">Id of the policy.</param>
/// <param name="Version">Number of the policy's version.</param>
/// <param name="Calendar">Id and version of the calendar, such as <c>business-hours@3</c>; a group may have brought its own.</param>
public sealed record SlaPin(string Policy, int Version, string Calendar)
{
    public static string KeyOf(string id, int version) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{id}@{version}");

    /// <summary>Takes a key apart again.</summary>
    public static (string Id, int Version) Parse(string key)
    {
        var at = key.LastIndexOf('@');
        return at > 0 && int.TryParse(key.AsSpan(at + 1), System.Globalization.CultureInfo.InvariantCulture, out var version)
            ? (key[..at], version)
            : throw new FormatException($"\"{key}\" names no version of a calendar.");
    }
}

/// <summary>The policy and calendar that every workspace has from the start, until it changes them.</summary>
public static class StandardSla
{
    public const string PolicyId = "standard";
    public const string CalendarId = "business-hours";

    /// <summary>Monday to Friday, 09:00 to 17:00, in UTC, without holidays.</summary>
    public static CalendarSetting Calendar { get; } =
        new()
        {
            Id = CalendarId,
            Name = "Business hours",
            Version = 1,
            Definition = new()
            {
                TimeZone = "Etc/UTC",
                Week = [.. Enumerable.Range(0, 7).Select(day => (IReadOnlyList<OpeningHours>)(day < 5 ? [new(9 * 3600, 17 * 3600)] : []))],
            },
            CreatedAt = DateTimeOffset.UnixEpoch,
            UpdatedAt = DateTimeOffset.UnixEpoch,
        };

    /// <summary>For every ticket that no other policy is for: a first reply and a resolution by priority, warned of at 75 % and noted at 100 %.</summary>
    public static PolicySetting Policy { get; } =
        new()
        {
            Id = PolicyId,
            Name = "Standard",
            Version = 1,
            Position = 1000,
            Policy = new()
            {
                Calendar = CalendarId,
                Targets =
                [
                    .. Targets(SlaMetric.FirstReply, 1, 2, 4, 8),
                    .. Targets(SlaMetric.NextReply, 2, 4, 8, 16),
                    .. Targets(SlaMetric.Resolution, 8, 16, 40, 80),
                ],
                PauseResolutionOn = [TicketStatus.Pending, TicketStatus.OnHold],
                Steps =
                [
                    new(SlaMetric.FirstReply, 75, SlaAction.Warn, null),
                    new(SlaMetric.FirstReply, 100, SlaAction.Notify, null),
                    new(SlaMetric.NextReply, 75, SlaAction.Warn, null),
                    new(SlaMetric.NextReply, 100, SlaAction.Notify, null),
                    new(SlaMetric.Resolution, 75, SlaAction.Warn, null),
                    new(SlaMetric.Resolution, 100, SlaAction.Notify, null),
                ],
            },
            CreatedAt = DateTimeOffset.UnixEpoch,
            UpdatedAt = DateTimeOffset.UnixEpoch,
        };

    private static IEnumerable<SlaTarget> Targets(SlaMetric metric, int urgent, int high, int normal, int low) =>
        [
            new(metric, TicketPriority.Urgent, TimeSpan.FromHours(urgent)),
            new(metric, TicketPriority.High, TimeSpan.FromHours(high)),
            new(metric, TicketPriority.Normal, TimeSpan.FromHours(normal)),
            new(metric, TicketPriority.Low, TimeSpan.FromHours(low)),
        ];
}
