using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Sla;

namespace Helpdesk.Functions.Sla;

/// <summary>
/// Reads a policy: <c>{ calendar, reopen, pauseResolutionOn: [status], targets: [{ metric, priority?, within }], steps: [{ metric, at, do, … }]
/// }</c>.
/// </summary>
public static class PolicyFields
{
    /// <summary>The highest percentage at which a step may be; what goes on for longer is repeated.</summary>
    public const int MostPercent = 1_000;

    private static readonly TimeSpan Longest = TimeSpan.FromDays(3650);
    private static readonly TimeSpan ShortestRepetition = TimeSpan.FromMinutes(1);

    /// <summary>The policy of an object that holds nothing else.</summary>
    public static SlaPolicy Read(FieldReader fields, Func<string, bool> knowsCalendar)
    {
        var policy = Read(fields, null, knowsCalendar);
        fields.Ends();
        return policy;
    }

    /// <summary>The policy among the fields. What is not said stays as in <paramref name="current"/>.</summary>
    public static SlaPolicy Read(FieldReader fields, SlaPolicy? current, Func<string, bool> knowsCalendar)
    {
        var policy = current ?? new SlaPolicy { Calendar = "" };
        if (current is null || fields.Has("calendar"))
            policy = policy with { Calendar = Calendar(fields, "calendar", knowsCalendar) ?? "" };
        if (fields.OneOf<ReopenRule>("reopen") is { } reopen)
            policy = policy with { Reopen = reopen };
        if (fields.Texts("pauseResolutionOn", 6, 20) is { } statuses)
            policy = policy with { PauseResolutionOn = Statuses(fields, statuses) };
        if (fields.Objects("targets", 100) is { } targets)
            policy = policy with { Targets = [.. targets.Select(Target)] };
        if (fields.Objects("steps", 100) is { } steps)
            policy = policy with { Steps = [.. steps.Select(Step)] };
        if (policy.Targets.GroupBy(target => (target.Metric, target.Priority)).Any(same => same.Count() > 1))
            fields.Wrong("targets", "may have one target for each metric and priority.");
        if (policy.Steps.GroupBy(step => (step.Metric, step.At, step.Do)).Any(same => same.Count() > 1))
            fields.Wrong("steps", "may have one step for each metric, percentage and action.");
        return policy;
    }

    /// <summary>What a policy must not be that is going to be given to tickets, although the engine could count by it.</summary>
    /// <param name="calendar">The calendar that it names; null for one that is not there.</param>
    public static void CheckSaved(FieldReader fields, SlaPolicy policy, CalendarDefinition? calendar, DateTimeOffset now)
    {
        if (policy.Targets.Count == 0)
            fields.Wrong("targets", "must promise something: give at least one target.");
        var counts = calendar is null ? null : new BusinessCalendar(calendar);
        foreach (var (index, target) in policy.Targets.Index())
        {
            if (target.Within <= TimeSpan.Zero)
                fields.Wrong($"targets[{index}].within", "must be longer than PT0S: such a promise would be broken at once.");
            else if (target.Within <= Longest && counts?.Add(now, target.Within) is null && counts is not null)
                fields.Wrong(
                    $"targets[{index}].within",
                    $"is {IsoLength.Of(target.Within)} of business time, which the calendar \"{policy.Calendar}\" does not have in ten years."
                );
        }

        // Steps that stay as they were when only targets are changed are warned of.
        if (!fields.Has("steps"))
            return;
        var promised = policy.Targets.Select(target => target.Metric).Distinct().ToList();
        var metrics = promised.Count == 0 ? "there are none" : $"use {string.Join(", ", promised.Select(WireName<SlaMetric>.Of))}";
        foreach (var (index, step) in policy.Steps.Index())
        {
            if (!promised.Contains(step.Metric))
                fields.Wrong($"steps[{index}].metric", $"is {WireName<SlaMetric>.Of(step.Metric)}, which has no target: {metrics}.");
            if (step.RepeatEvery < ShortestRepetition)
                fields.Wrong($"steps[{index}].repeatEvery", $"must be at least {IsoLength.Of(ShortestRepetition)}.");
        }
    }

    /// <summary>The name of a calendar that is known.</summary>
    public static string? Calendar(FieldReader fields, string name, Func<string, bool> knowsCalendar)
    {
        var calendar = fields.Text(name, 100, required: true);
        if (calendar is not null && !knowsCalendar(calendar))
            fields.Wrong(name, $"was not found: there is no calendar \"{calendar}\" here.");
        return calendar;
    }

    private static HashSet<TicketStatus> Statuses(FieldReader fields, IReadOnlyList<string> texts)
    {
        var statuses = new HashSet<TicketStatus>();
        foreach (var text in texts)
        {
            if (WireName<TicketStatus>.TryParse(text, out var status))
                statuses.Add(status);
            else
                fields.Wrong("pauseResolutionOn", $"contains \"{text}\"; possible are {string.Join(", ", WireName<TicketStatus>.All)}.");
        }

        return statuses;
    }

    private static SlaTarget Target(FieldReader fields)
    {
        var target = new SlaTarget(
            fields.OneOf<SlaMetric>("metric", required: true) ?? default,
            fields.IsNull("priority") ? null : fields.OneOf<TicketPriority>("priority"),
            Length(fields, "within", required: true) ?? default
        );
        fields.Ends();
        return target;
    }

    private static SlaStep Step(FieldReader fields)
    {
        var step = new SlaStep(
            fields.OneOf<SlaMetric>("metric", required: true) ?? default,
            fields.Whole("at", 1, MostPercent, required: true) ?? 100,
            fields.OneOf<SlaAction>("do", required: true) ?? default,
            fields.Whole("toTier", 1, TicketRules.TopTier)
        )
        {
            ToPriority = fields.IsNull("toPriority") ? null : fields.OneOf<TicketPriority>("toPriority"),
            ToGroup = fields.Text("toGroup", 40),
            RepeatEvery = Length(fields, "repeatEvery", required: false),
        };
        if (step.Do == SlaAction.Escalate && step.ToTier is null)
            fields.Wrong("toTier", "is required to escalate.");
        if (step.Do == SlaAction.AssignGroup && (step.ToGroup is null || !SettingsStore.IsId(step.ToGroup)))
            fields.Wrong("toGroup", "must be the id of the group to assign.");
        if (step.RepeatEvery < TimeSpan.FromSeconds(1))
            fields.Wrong("repeatEvery", "must be at least PT1S.");
        fields.Ends();
        return step;
    }

    private static TimeSpan? Length(FieldReader fields, string name, bool required)
    {
        if (fields.Length(name, required) is not { } length)
            return null;
        if (length < TimeSpan.Zero || length > Longest)
            fields.Wrong(name, $"must be a length from PT0S to {IsoLength.Of(Longest)}.");
        else if (length.Ticks % TimeSpan.TicksPerSecond != 0)
            fields.Wrong(name, "must be whole seconds.");
        return length;
    }
}
