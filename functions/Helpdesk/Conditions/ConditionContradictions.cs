namespace Helpdesk.Conditions;

/// <summary>Finds conditions that nothing can fulfil. What it does not find may still be impossible; what it finds is.</summary>
public static class ConditionContradictions
{
    /// <summary>More ways to fulfil a condition are not looked through.</summary>
    private const int MostWays = 500;

    /// <summary>More tags in one way are not looked through.</summary>
    private const int MostTags = 8;

    private static readonly Dictionary<string, string[]> ChangedBy = new(StringComparer.Ordinal)
    {
        ["status"] = ["status-changed", "ticket-reopened", "ticket-merged", "ticket-unmerged"],
        ["priority"] = ["priority-changed"],
        ["type"] = ["type-changed"],
        ["tier"] = ["tier-changed"],
        ["group"] = ["group-changed"],
        ["assignee"] = ["assignee-changed"],
        ["subject"] = ["subject-changed"],
        ["description"] = ["description-changed"],
        ["tags"] = ["tags-changed"],
        ["requester"] = ["requester-changed"],
        ["participants"] = ["participants-changed"],
    };

    /// <summary>Why a condition is never true, as a sentence; null where it may be.</summary>
    /// <param name="events">Names of the events that it is held against; null where it is held against a ticket alone.</param>
    public static string? Of(Condition condition, IReadOnlyList<string>? events)
    {
        ArgumentNullException.ThrowIfNull(condition);
        if (Ways(condition, true) is not { } ways)
            return null;
        var blamed = new HashSet<string>(StringComparer.Ordinal);
        foreach (var happened in events ?? [""])
        {
            foreach (var way in ways)
            {
                if (Impossible(way, happened.Length == 0 ? null : happened) is not { } field)
                    return null;
                blamed.Add(field);
            }
        }

        return $"the condition is true of nothing: {string.Join(" and ", blamed.Order(StringComparer.Ordinal))} cannot be what it asks for.";
    }

    /// <summary>The ways to fulfil a condition: of each the terms that must be true, and those that must not; null where they are too many.</summary>
    private static List<IReadOnlyList<(Condition Term, bool Is)>>? Ways(Condition condition, bool wanted)
    {
        switch (condition)
        {
            case NotThat not:
                return Ways(not.That, !wanted);
            case AllOf all when wanted:
                return Together(all.Conditions, wanted);
            case AnyOf any when !wanted:
                return Together(any.Conditions, wanted);
            case AllOf all:
                return Either(all.Conditions, wanted);
            case AnyOf any:
                return Either(any.Conditions, wanted);
            default:
                return
                [
                    [(condition, wanted)],
                ];
        }
    }

    private static List<IReadOnlyList<(Condition, bool)>>? Either(IReadOnlyList<Condition> conditions, bool wanted)
    {
        var ways = new List<IReadOnlyList<(Condition, bool)>>();
        foreach (var one in conditions)
        {
            if (Ways(one, wanted) is not { } some || ways.Count + some.Count > MostWays)
                return null;
            ways.AddRange(some);
        }

        return ways;
    }

    private static List<IReadOnlyList<(Condition, bool)>>? Together(IReadOnlyList<Condition> conditions, bool wanted)
    {
        List<IReadOnlyList<(Condition, bool)>> ways =
        [
            [],
        ];
        foreach (var one in conditions)
        {
            if (Ways(one, wanted) is not { } some || ways.Count * some.Count > MostWays)
                return null;
            ways = [.. ways.SelectMany(way => some.Select(more => (IReadOnlyList<(Condition, bool)>)[.. way, .. more]))];
        }

        return ways;
    }

    /// <summary>The field that cannot be all that a way asks of it; null for none.</summary>
    private static string? Impossible(IReadOnlyList<(Condition Term, bool Is)> way, string? happened) =>
        way.Where(one => one.Term is Term)
            .Select(one => (Term: (Term)one.Term, one.Is))
            .GroupBy(one => (one.Term.Field.Name, one.Term.Calendar))
            .Where(group =>
                ValuesOf(group.First().Term.Field, [.. group.SelectMany(one => one.Term.Values)], happened) is { } values
                && !values.Any(value => group.All(one => one.Term.Field.Type.Test(one.Term.Op, value, one.Term.Values) == one.Is))
            )
            .Select(group => group.Key.Name)
            .FirstOrDefault();

    /// <summary>Values of which one fulfils what is asked of a field, if any does; null where that cannot be said.</summary>
    private static IEnumerable<ConditionValue?>? ValuesOf(ConditionField field, IReadOnlyList<ConditionValue> named, string? happened)
    {
        if (happened is not null)
        {
            if (field.Name == "event")
                return [new TextValue(happened)];
            if (Part(field.Name, "changed.") is { } changed)
                return ChangedBy.TryGetValue(changed, out var by) ? [new FlagValue(by.Contains(happened, StringComparer.Ordinal))]
                    : happened == "custom-fields-changed" ? null
                    : [new FlagValue(false)];
            if (
                (Part(field.Name, "was.") ?? Part(field.Name, "became.")) is { } moved
                && ChangedBy.TryGetValue(moved, out var moving)
                && !moving.Contains(happened, StringComparer.Ordinal)
            )
                return [null];
            if (field.Name == "comment.visibility" && !happened.StartsWith("comment-", StringComparison.Ordinal))
                return [null];
        }

        var type = field.Type;
        if (type.Choices is { } choices)
            return [null, .. choices.Select(choice => new TextValue(choice))];
        if (type == ConditionType.Flag)
            return [null, new FlagValue(true), new FlagValue(false)];
        if (type == ConditionType.Id)
            return [null, .. named, new TextValue("~ another one")];
        if (type == ConditionType.Number || type == ConditionType.Hours)
            return [null, .. Around([.. named.OfType<NumberValue>().Select(one => one.Number)]).Select(number => new NumberValue(number))];
        if (type == ConditionType.Instant)
            return [null, .. named.OfType<InstantValue>().SelectMany(one => new[] { one, new(one.Instant.AddTicks(1)), new(one.Instant.AddTicks(-1)) })];
        return type == ConditionType.Tags ? SetsOf([.. named.OfType<TextValue>().Select(one => one.Text).Distinct(StringComparer.Ordinal)]) : null;
    }

    /// <summary>Each number, and one between each and the next.</summary>
    private static IEnumerable<decimal> Around(IReadOnlyList<decimal> numbers)
    {
        var sorted = numbers.Distinct().Order().ToList();
        for (var i = 0; i < sorted.Count; i++)
        {
            yield return sorted[i];
            if (i + 1 < sorted.Count)
                yield return sorted[i] / 2 + sorted[i + 1] / 2;
        }

        yield return sorted.Count == 0 ? 0 : sorted[0] - 1;
        yield return sorted.Count == 0 ? 1 : sorted[^1] + 1;
    }

    private static IEnumerable<ConditionValue?>? SetsOf(IReadOnlyList<string> tags) =>
        tags.Count > MostTags
            ? null
            :
            [
                new ListValue([]),
                .. Enumerable
                    .Range(0, 1 << tags.Count)
                    .Select(set => new ListValue([.. tags.Where((_, place) => (set & (1 << place)) != 0), "~ another one"])),
                .. Enumerable.Range(1, (1 << tags.Count) - 1).Select(set => new ListValue([.. tags.Where((_, place) => (set & (1 << place)) != 0)])),
            ];

    private static string? Part(string name, string prefix) => name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : null;
}
