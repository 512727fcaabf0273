using System.Globalization;
using Helpdesk.Directory;
using static Helpdesk.Conditions.ConditionOperator;

namespace Helpdesk.Conditions;

/// <summary>What can stand in a term's <c>value</c>.</summary>
public enum OperandKind
{
    Text,
    Number,
    Flag,
    Instant,

    /// <summary>A text, a number, true or false.</summary>
    Any,
}

/// <summary>The type of a field: what it can be compared with, and how.</summary>
public sealed record ConditionType
{
    private static readonly ConditionOperator[] Equality = [Is, IsNot, In, NotIn];
    private static readonly ConditionOperator[] Order = [AtLeast, AtMost, MoreThan, LessThan];
    private static readonly ConditionOperator[] Parts = [Contains, ContainsAny, ContainsAll, ContainsNone];
    private static readonly ConditionOperator[] Presence = [IsSet, IsEmpty];

    /// <summary>How the documentation and errors call it.</summary>
    public required string Name { get; init; }
    public required OperandKind Operand { get; init; }
    public required IReadOnlyList<ConditionOperator> Operators { get; init; }

    /// <summary>What the documentation says of it.</summary>
    public required string Meaning { get; init; }

    /// <summary>Whether letters of a text differ by their case.</summary>
    public StringComparison Letters { get; init; } = StringComparison.Ordinal;

    /// <summary>The names of a choice, the lowest first where they have an order; null for what is no choice.</summary>
    public IReadOnlyList<string>? Choices { get; init; }

    /// <summary>Whether a term may count it by the hours of a calendar.</summary>
    public bool HasCalendar { get; init; }

    /// <summary>What is wrong with a text as a value; null for nothing.</summary>
    public Func<string, string?>? Problem { get; init; }

    /// <summary>Words; case is ignored.</summary>
    public static ConditionType Text { get; } =
        new()
        {
            Name = "text",
            Operand = OperandKind.Text,
            Operators = [.. Equality, .. Parts, StartsWith, EndsWith, .. Presence],
            Meaning = "Words. Upper and lower case are the same; accents are not.",
            Letters = StringComparison.OrdinalIgnoreCase,
        };

    /// <summary>Names something; exact.</summary>
    public static ConditionType Id { get; } =
        new()
        {
            Name = "id",
            Operand = OperandKind.Text,
            Operators = [.. Equality, .. Presence],
            Meaning = "The name of something, letter by letter.",
        };

    /// <summary>The part of an e-mail address after the @; case is ignored.</summary>
    public static ConditionType Domain { get; } =
        new()
        {
            Name = "domain",
            Operand = OperandKind.Text,
            Operators = [.. Equality, EndsWith, .. Presence],
            Meaning = "The part of an e-mail address after the @, in any case. Subdomains are others: `ends-with` `.example.com` finds them.",
            Letters = StringComparison.OrdinalIgnoreCase,
            Problem = DomainProblem,
        };

    /// <summary>Several texts; exact.</summary>
    public static ConditionType Tags { get; } =
        new()
        {
            Name = "tags",
            Operand = OperandKind.Text,
            Operators = [.. Parts, .. Presence],
            Meaning = "Tags, which are in lower case, each as a whole.",
            Problem = text =>
                string.Equals(text, text.ToLowerInvariant(), StringComparison.Ordinal)
                    ? null
                    : $"is \"{text}\": tags are in lower case, write \"{text.ToLowerInvariant()}\".",
        };

    /// <summary>Several addresses; case is ignored.</summary>
    public static ConditionType Addresses { get; } =
        new()
        {
            Name = "addresses",
            Operand = OperandKind.Text,
            Operators = [.. Parts, .. Presence],
            Meaning = "E-mail addresses, each as a whole, in any case.",
            Letters = StringComparison.OrdinalIgnoreCase,
        };

    public static ConditionType Number { get; } =
        new()
        {
            Name = "number",
            Operand = OperandKind.Number,
            Operators = [.. Equality, .. Order, .. Presence],
            Meaning = "A number.",
        };

    /// <summary>A number of hours, which may be counted by a calendar.</summary>
    public static ConditionType Hours { get; } =
        new()
        {
            Name = "hours",
            Operand = OperandKind.Number,
            Operators = [.. Order, .. Presence],
            Meaning = "A number of hours, with parts of them. With `calendar`, only the calendar's open hours are counted.",
            HasCalendar = true,
        };

    public static ConditionType Flag { get; } =
        new()
        {
            Name = "flag",
            Operand = OperandKind.Flag,
            Operators = [Is, IsNot, .. Presence],
            Meaning = "true or false.",
        };

    public static ConditionType Instant { get; } =
        new()
        {
            Name = "instant",
            Operand = OperandKind.Instant,
            Operators = [Before, After, AtLeast, AtMost, .. Presence],
            Meaning = "A point in time, such as `2026-03-10T09:00:00Z`.",
        };

    /// <summary>A value of one of the desk's own fields.</summary>
    public static ConditionType Custom { get; } =
        new()
        {
            Name = "custom",
            Operand = OperandKind.Any,
            Operators = [.. Equality, .. Parts, StartsWith, EndsWith, .. Order, .. Presence],
            Meaning =
                "A text, a number, true or false, as the ticket has it. Case is ignored. A text that is a number, or `true` or `false`, equals that; "
                + "the operators of order compare numbers, and are false for what is none.",
            Letters = StringComparison.OrdinalIgnoreCase,
        };

    /// <summary>One of the names of an enum.</summary>
    /// <param name="ordered">Whether one can be more than another, in the order of the enum.</param>
    public static ConditionType Choice<T>(bool ordered = false)
        where T : struct, Enum => Choice(WireName<T>.All, ordered);

    /// <summary>One of some names.</summary>
    public static ConditionType Choice(IReadOnlyList<string> names, bool ordered = false) =>
        new()
        {
            Name = "choice",
            Operand = OperandKind.Text,
            Operators = ordered ? [.. Equality, .. Order, .. Presence] : [.. Equality, .. Presence],
            Meaning = "One of a few names. Where they have an order, one can be more than another.",
            Choices = names,
        };

    /// <summary>Whether a term with these values is true of what a field has.</summary>
    /// <param name="found">What the field has; null for nothing.</param>
    public bool Test(ConditionOperator op, ConditionValue? found, IReadOnlyList<ConditionValue> values) =>
        op switch
        {
            IsNot => !Test(Is, found, values),
            NotIn => !Test(In, found, values),
            ContainsNone => !Test(ContainsAny, found, values),
            IsSet => !Test(IsEmpty, found, values),
            IsEmpty => found is null or ListValue { Entries.Count: 0 } || (found is TextValue { Text: var text } && VisibleText.IsBlank(text)),
            _ when found is null => false,
            Is or In => values.Any(value => AreEqual(found, value)),
            Contains or ContainsAny => values.Any(value => Includes(found, value)),
            ContainsAll => values.All(value => Includes(found, value)),
            StartsWith => values is [TextValue start] && TextOf(found).StartsWith(start.Text, Letters),
            EndsWith => values is [TextValue end] && TextOf(found).EndsWith(end.Text, Letters),
            AtLeast => Compare(found, values) >= 0,
            AtMost => Compare(found, values) <= 0,
            MoreThan or After => Compare(found, values) > 0,
            LessThan or Before => Compare(found, values) < 0,
            _ => throw new ArgumentOutOfRangeException(nameof(op)),
        };

    private bool AreEqual(ConditionValue found, ConditionValue value) =>
        (found, value) switch
        {
            (TextValue one, TextValue other) => string.Equals(one.Text, other.Text, Letters),
            (FlagValue one, FlagValue other) => one.Flag == other.Flag,
            (InstantValue one, InstantValue other) => one.Instant == other.Instant,
            (FlagValue or TextValue, FlagValue or TextValue) => string.Equals(TextOf(found), TextOf(value), Letters),
            _ => NumberOf(found) is { } number && number == NumberOf(value),
        };

    private bool Includes(ConditionValue found, ConditionValue value) =>
        found is ListValue list ? list.Entries.Any(entry => string.Equals(entry, TextOf(value), Letters)) : TextOf(found).Contains(TextOf(value), Letters);

    /// <summary>Null where one of them has no place in the order; every comparison with it is false.</summary>
    private int? Compare(ConditionValue found, IReadOnlyList<ConditionValue> values)
    {
        if (values is not [var value])
            return null;
        if (found is InstantValue one)
            return value is InstantValue other ? one.Instant.CompareTo(other.Instant) : null;
        if (Choices is not null)
            return PlaceOf(found) is { } place && PlaceOf(value) is { } than ? place.CompareTo(than) : null;
        return NumberOf(found) is { } number && NumberOf(value) is { } limit ? number.CompareTo(limit) : null;
    }

    private int? PlaceOf(ConditionValue value) =>
        value is TextValue { Text: var text } && Choices!.Index().FirstOrDefault(choice => choice.Item == text) is { Item: not null } found
            ? found.Index
            : null;

    private static decimal? NumberOf(ConditionValue value) =>
        value switch
        {
            NumberValue number => number.Number,
            TextValue { Text: var text } when decimal.TryParse(text, Digits, CultureInfo.InvariantCulture, out var number) => number,
            _ => null,
        };

    private const NumberStyles Digits =
        NumberStyles.AllowLeadingSign
        | NumberStyles.AllowDecimalPoint
        | NumberStyles.AllowExponent
        | NumberStyles.AllowLeadingWhite
        | NumberStyles.AllowTrailingWhite;

    private static string TextOf(ConditionValue value) =>
        value switch
        {
            TextValue text => text.Text,
            NumberValue number => number.Number.ToString(CultureInfo.InvariantCulture),
            FlagValue flag => flag.Flag ? "true" : "false",
            _ => "",
        };

    private static string? DomainProblem(string domain) =>
        domain.Contains('@', StringComparison.Ordinal) ? $"is \"{domain}\": give only the part after the @."
        : domain.Contains('*', StringComparison.Ordinal)
            ? $"is \"{domain}\": a pattern fits no address; use ends-with, such as \".example.com\" for subdomains."
        : Uri.CheckHostName(domain.TrimStart('.')) == UriHostNameType.Dns ? null
        : $"is \"{domain}\", which is not a domain such as example.com.";
}

/// <summary>A field that conditions can ask for.</summary>
public sealed record ConditionField
{
    /// <summary>Its name in a term; for a family of fields its beginning, such as <c>custom.</c>.</summary>
    public required string Name { get; init; }
    public required ConditionType Type { get; init; }

    /// <summary>What the documentation says of it.</summary>
    public required string Meaning { get; init; }

    /// <summary>What it is of a subject; null for nothing.</summary>
    public required ConditionGetter Get { get; init; }

    /// <summary>The kind of setting whose ids are its values; null for none.</summary>
    public NamedKind? Names { get; init; }

    /// <summary>Whether any name may follow: <c>custom.building</c>.</summary>
    public bool IsFamily { get; init; }

    /// <summary>For a field of a family, what follows the family's name.</summary>
    public string Key { get; init; } = "";

    /// <summary>How documentation and errors write it.</summary>
    public string Shown => IsFamily && Key.Length == 0 ? Name + "<name>" : Name;
}

/// <summary>Reads a field.</summary>
/// <param name="key">For a field of a family, what follows the family's name.</param>
/// <param name="calendar">The calendar by whose hours to count; null for every hour.</param>
public delegate ConditionValue? ConditionGetter(ConditionSubject subject, string key, string? calendar);
