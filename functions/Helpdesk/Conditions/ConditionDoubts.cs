using static Helpdesk.Conditions.ConditionOperator;

namespace Helpdesk.Conditions;

/// <summary>Finds what can never be true of anything: terms that exclude each other.</summary>
/// <remarks>It proves nothing about what it does not find: a condition without doubts may still fit nothing that there is.</remarks>
public static class ConditionDoubts
{
    /// <summary>Why a condition can never be true, such as "condition.all[0] and condition.all[1] exclude each other"; null where nothing is found.</summary>
    /// <param name="given">What is true besides, by the name of a field: the values that it may have.</param>
    public static string? Of(Condition condition, IReadOnlyDictionary<string, IReadOnlyList<string>>? given = null, string at = "condition")
    {
        ArgumentNullException.ThrowIfNull(condition);
        return Never(condition, at, given ?? new Dictionary<string, IReadOnlyList<string>>());
    }

    private static string? Never(Condition condition, string at, IReadOnlyDictionary<string, IReadOnlyList<string>> given)
    {
        switch (condition)
        {
            case AnyOf any:
                var reasons = any.Conditions.Select((one, index) => Never(one, $"{at}.any[{index}]", given)).ToList();
                return reasons.Count == 0 ? $"{at} is any of nothing, which is never true."
                    : reasons.All(reason => reason is not null) ? string.Join(' ', reasons)
                    : null;
            case NotThat { That: AllOf { Conditions.Count: 0 } }:
                return $"{at} is the opposite of what is always true.";
            case AllOf or Term:
                var parts = Parts(condition, at).ToList();
                return parts
                        .Where(part => part.Part is AnyOf or NotThat)
                        .Select(part => Never(part.Part, part.At, given))
                        .FirstOrDefault(reason => reason is not null)
                    ?? parts
                        .Where(part => part.Part is Term)
                        .Select(part => (part.At, Term: (Term)part.Part))
                        .GroupBy(part => (part.Term.Field.Name, part.Term.Calendar))
                        .Select(same => Exclude([.. same], given.GetValueOrDefault(same.Key.Name)))
                        .FirstOrDefault(reason => reason is not null);
            default:
                return null;
        }
    }

    /// <summary>What must be true together.</summary>
    private static IEnumerable<(string At, Condition Part)> Parts(Condition condition, string at) =>
        condition is AllOf all ? all.Conditions.SelectMany((one, index) => Parts(one, $"{at}.all[{index}]")) : [(at, condition)];

    private static string? Exclude(IReadOnlyList<(string At, Term Term)> terms, IReadOnlyList<string>? given)
    {
        var type = terms[0].Term.Field.Type;
        if (Candidates(type, terms, given) is not { } candidates)
            return null;
        if (candidates.Any(candidate => terms.All(one => type.Test(one.Term.Op, candidate, one.Term.Values))))
            return null;
        var field = terms[0].Term.Field.Name;
        return terms.Count > 1
            ? $"{string.Join(" and ", terms.Select(one => one.At))} exclude each other: {field} has one value at a time."
            : $"{terms[0].At} is never true: {field} is one of {string.Join(", ", given ?? [])} here.";
    }

    /// <summary>Values of which one must fit if any does, nothing among them; null where that cannot be said.</summary>
    private static IEnumerable<ConditionValue?>? Candidates(ConditionType type, IReadOnlyList<(string At, Term Term)> terms, IReadOnlyList<string>? given)
    {
        // A number may be written in many ways there.
        if (type.Operand == OperandKind.Any)
            return null;
        if (given is not null)
            return given.Select(ConditionValue.Of);
        var exact = terms.Where(one => one.Term.Op is Is or In).SelectMany(one => one.Term.Values).ToList();
        if (terms.Any(one => one.Term.Op == IsEmpty))
            return [null, ConditionValue.Of(""), ConditionValue.Of([])];
        if (terms.Any(one => one.Term.Op is Is or In))
            return exact;
        if (type.Choices is { } choices)
            return [.. choices.Select(ConditionValue.Of), null];
        if (type.Operand != OperandKind.Number)
            return null;
        // Between two neighbours, and beyond the last ones, one number is as good as another.
        var numbers = terms.SelectMany(one => one.Term.Values).OfType<NumberValue>().Select(one => one.Number).Append(0).Distinct().Order().ToList();
        if (numbers.Any(number => Math.Abs(number) > 1_000_000_000_000))
            return null;
        var between = numbers.Zip(numbers.Skip(1), (one, next) => (one + next) / 2);
        return
        [
            .. numbers
                .Concat(between)
                .Concat(numbers.SelectMany(number => new[] { number - 1, number + 1 }))
                .Select(number => ConditionValue.Of((decimal?)number)),
            null,
        ];
    }
}
