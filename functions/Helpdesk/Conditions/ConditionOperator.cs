using System.Text.Json.Serialization;

namespace Helpdesk.Conditions;

/// <summary>How a term compares its field with its value.</summary>
/// <remarks>
/// For a field without a value, every operator that compares is false; <c>is-not</c>, <c>not-in</c> and <c>contains-none</c> are the exact opposites of
/// <c>is</c>, <c>in</c> and <c>contains-any</c>, and so are true.
/// </remarks>
[JsonConverter(typeof(WireNameConverter<ConditionOperator>))]
public enum ConditionOperator
{
    Is,
    IsNot,
    In,
    NotIn,
    Contains,
    ContainsAny,
    ContainsAll,
    ContainsNone,
    StartsWith,
    EndsWith,
    AtLeast,
    AtMost,
    MoreThan,
    LessThan,
    Before,
    After,
    IsSet,
    IsEmpty,
}

/// <summary>How many values an operator compares with.</summary>
public enum OperandCount
{
    None,
    One,
    Many,
}

/// <summary>What operators have in common.</summary>
public static class ConditionOperators
{
    /// <summary>How many values <paramref name="op"/> compares with.</summary>
    public static OperandCount Operands(this ConditionOperator op) =>
        op switch
        {
            ConditionOperator.IsSet or ConditionOperator.IsEmpty => OperandCount.None,
            ConditionOperator.In
            or ConditionOperator.NotIn
            or ConditionOperator.ContainsAny
            or ConditionOperator.ContainsAll
            or ConditionOperator.ContainsNone => OperandCount.Many,
            _ => OperandCount.One,
        };

    /// <summary>What an operator means, in words; the documentation has them from here.</summary>
    public static string Meaning(this ConditionOperator op) =>
        op switch
        {
            ConditionOperator.Is => "is the value",
            ConditionOperator.IsNot => "is not the value, or there is none",
            ConditionOperator.In => "is one of the values",
            ConditionOperator.NotIn => "is none of the values, or there is none",
            ConditionOperator.Contains => "has the value in it: a text as a part of it, a list as one of its entries",
            ConditionOperator.ContainsAny => "has at least one of the values in it",
            ConditionOperator.ContainsAll => "has every one of the values in it",
            ConditionOperator.ContainsNone => "has none of the values in it, or is empty",
            ConditionOperator.StartsWith => "begins with the value",
            ConditionOperator.EndsWith => "ends with the value",
            ConditionOperator.AtLeast => "is the value or more; an instant: then or later",
            ConditionOperator.AtMost => "is the value or less; an instant: then or earlier",
            ConditionOperator.MoreThan => "is more than the value",
            ConditionOperator.LessThan => "is less than the value",
            ConditionOperator.Before => "is earlier than the instant",
            ConditionOperator.After => "is later than the instant",
            ConditionOperator.IsSet => "has a value",
            ConditionOperator.IsEmpty => "has no value: a text with nothing to see and a list without entries have none either",
            _ => throw new ArgumentOutOfRangeException(nameof(op)),
        };
}
