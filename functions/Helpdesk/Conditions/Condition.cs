using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Directory;
using Helpdesk.Sla;

namespace Helpdesk.Conditions;

/// <summary>What must be true of a ticket, an event or an alert: terms, joined by <c>all</c>, <c>any</c> and <c>not</c>.</summary>
/// <remarks>
/// Every condition is either true or false of every subject: a value that is missing makes a term false, or true where the term denies. So <c>not</c> is
/// always the opposite. It is stored and sent as the JSON that it was read from.
/// </remarks>
[JsonConverter(typeof(ConditionConverter))]
public abstract record Condition
{
    /// <summary>How deep <c>all</c>, <c>any</c> and <c>not</c> may lie in each other.</summary>
    public const int MostDepth = 6;

    /// <summary>How many terms there may be.</summary>
    public const int MostTerms = 100;

    /// <summary>How many values one term may compare with.</summary>
    public const int MostValues = 100;

    /// <summary>How long a text may be.</summary>
    public const int TextLength = 250;

    private protected Condition() { }

    /// <summary>The condition that is true of everything.</summary>
    public static Condition Always { get; } = new AllOf([]);

    /// <summary>Reads a condition for a scope, and says everything that is wrong with it.</summary>
    /// <param name="at">How the place of the condition is called in what is said.</param>
    public static ConditionReading Parse(JsonElement json, ConditionScope scope, string at = "condition")
    {
        ArgumentNullException.ThrowIfNull(scope);
        return new ConditionReader(scope, isStored: false).Read(json, at);
    }

    /// <summary>Whether it is true of a subject.</summary>
    public abstract bool Holds(ConditionSubject subject);

    /// <summary>Whether it is true of a subject, with what each of its terms found and whether that term decided.</summary>
    public ConditionExplanation Explain(ConditionSubject subject, string at = "condition")
    {
        var (holds, terms) = Look(subject, at);
        return new(holds, terms);
    }

    /// <summary>Its terms, in order, each with its place.</summary>
    public abstract IEnumerable<(string At, Condition Term)> Terms(string at = "condition");

    /// <summary>Ids of settings of a kind that its terms compare with, each with its place.</summary>
    public IEnumerable<(string At, string Id)> Named(NamedKind kind, string at = "condition") =>
        Terms(at)
            .SelectMany(one =>
                one.Term switch
                {
                    Term term => term.NamedHere(kind, one.At),
                    Within within when kind == NamedKind.Calendar && within.Calendar != ConditionScope.OwnCalendar =>
                    [
                        ($"{one.At}.within.calendar", within.Calendar),
                    ],
                    _ => [],
                }
            );

    /// <summary>Whether one of its terms asks for a field, or for one of a family: <c>Asks("custom.")</c>.</summary>
    public bool Asks(string field) =>
        Terms()
            .Any(one =>
                one.Term is Term term && (term.Field.Name == field || (field.EndsWith('.') && term.Field.Name.StartsWith(field, StringComparison.Ordinal)))
            );

    /// <summary>Whether one of its terms asks for the hours of a calendar.</summary>
    public bool AsksCalendars => Terms().Any(one => one.Term is Within or Term { Calendar: not null });

    /// <summary>What it comes to where only some of its terms are known; null where that depends on the others.</summary>
    /// <param name="known">Whether a term is true; null where that is not known.</param>
    public abstract bool? Decide(Func<Condition, bool?> known);

    /// <summary>The same condition with another setting wherever it names one.</summary>
    public abstract Condition Renamed(NamedKind kind, string from, string to);

    /// <summary>The same condition with other texts in its values: to erase what tells of somebody.</summary>
    public abstract Condition Rewritten(Func<string, string> rewrite);

    /// <summary>Writes its JSON.</summary>
    public abstract void Write(Utf8JsonWriter json);

    /// <summary>Its JSON.</summary>
    public sealed override string ToString()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            Write(json);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    internal abstract (bool Holds, IReadOnlyList<TermFinding> Terms) Look(ConditionSubject subject, string at);
}

/// <summary>What came of reading a condition.</summary>
/// <param name="Condition">The condition; null when something is wrong with it.</param>
/// <param name="Errors">Everything that is wrong; empty for nothing.</param>
public sealed record ConditionReading(Condition? Condition, IReadOnlyList<ConditionError> Errors);

/// <summary>Something that is wrong with a condition.</summary>
/// <param name="At">Where: <c>condition.all[1].value</c>.</param>
/// <param name="Problem">What is wrong there and what is possible, as it goes on after the place: "must be a number."</param>
public sealed record ConditionError(string At, string Problem)
{
    public override string ToString() => $"{At} {Problem}";
}

/// <summary>Why a condition is true of a subject, or is not.</summary>
/// <param name="Terms">What each term found, in the order of the terms.</param>
public sealed record ConditionExplanation(bool Holds, IReadOnlyList<TermFinding> Terms);

/// <summary>What one term found.</summary>
/// <param name="At">Its place: <c>condition.all[1]</c>.</param>
/// <param name="Holds">Whether the term is true.</param>
/// <param name="Decides">Whether the condition came out as it did because of it: in an <c>all</c> that is false, those that are false.</param>
/// <param name="Found">What its field has; null for nothing.</param>
public sealed record TermFinding(string At, Condition Term, bool Holds, bool Decides, ConditionValue? Found);

/// <summary>All of them are true. Without any, it is always true.</summary>
public sealed record AllOf(IReadOnlyList<Condition> Conditions) : Condition
{
    public override bool Holds(ConditionSubject subject) => Conditions.All(one => one.Holds(subject));

    public override bool? Decide(Func<Condition, bool?> known) => Several.Decide(Conditions, known, decisive: false);

    public override IEnumerable<(string At, Condition Term)> Terms(string at = "condition") =>
        Conditions.Index().SelectMany(one => one.Item.Terms($"{at}.all[{one.Index}]"));

    public override Condition Renamed(NamedKind kind, string from, string to) => new AllOf([.. Conditions.Select(one => one.Renamed(kind, from, to))]);

    public override Condition Rewritten(Func<string, string> rewrite) => new AllOf([.. Conditions.Select(one => one.Rewritten(rewrite))]);

    public override void Write(Utf8JsonWriter json) => Several.Write(json, "all", Conditions);

    internal override (bool, IReadOnlyList<TermFinding>) Look(ConditionSubject subject, string at) =>
        Several.Look(Conditions, subject, $"{at}.all", decisive: false);
}

/// <summary>At least one of them is true.</summary>
public sealed record AnyOf(IReadOnlyList<Condition> Conditions) : Condition
{
    public override bool Holds(ConditionSubject subject) => Conditions.Any(one => one.Holds(subject));

    public override bool? Decide(Func<Condition, bool?> known) => Several.Decide(Conditions, known, decisive: true);

    public override IEnumerable<(string At, Condition Term)> Terms(string at = "condition") =>
        Conditions.Index().SelectMany(one => one.Item.Terms($"{at}.any[{one.Index}]"));

    public override Condition Renamed(NamedKind kind, string from, string to) => new AnyOf([.. Conditions.Select(one => one.Renamed(kind, from, to))]);

    public override Condition Rewritten(Func<string, string> rewrite) => new AnyOf([.. Conditions.Select(one => one.Rewritten(rewrite))]);

    public override void Write(Utf8JsonWriter json) => Several.Write(json, "any", Conditions);

    internal override (bool, IReadOnlyList<TermFinding>) Look(ConditionSubject subject, string at) =>
        Several.Look(Conditions, subject, $"{at}.any", decisive: true);
}

/// <summary>It is not true.</summary>
public sealed record NotThat(Condition That) : Condition
{
    public override bool Holds(ConditionSubject subject) => !That.Holds(subject);

    public override bool? Decide(Func<Condition, bool?> known) => !That.Decide(known);

    public override IEnumerable<(string At, Condition Term)> Terms(string at = "condition") => That.Terms($"{at}.not");

    public override Condition Renamed(NamedKind kind, string from, string to) => new NotThat(That.Renamed(kind, from, to));

    public override Condition Rewritten(Func<string, string> rewrite) => new NotThat(That.Rewritten(rewrite));

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WritePropertyName("not");
        That.Write(json);
        json.WriteEndObject();
    }

    internal override (bool, IReadOnlyList<TermFinding>) Look(ConditionSubject subject, string at)
    {
        var (holds, terms) = That.Look(subject, $"{at}.not");
        return (!holds, terms);
    }
}

/// <summary>A calendar is open now. One that is not there is never open.</summary>
public sealed record Within(string Calendar) : Condition
{
    public override bool Holds(ConditionSubject subject) =>
        ConditionScope.CalendarOf(subject, Calendar)?.Openings(subject.Now, subject.Now.AddTicks(1)).Any() ?? false;

    public override bool? Decide(Func<Condition, bool?> known) => known(this);

    public override IEnumerable<(string At, Condition Term)> Terms(string at = "condition") => [(at, this)];

    public override Condition Renamed(NamedKind kind, string from, string to) => kind == NamedKind.Calendar && Calendar == from ? new Within(to) : this;

    public override Condition Rewritten(Func<string, string> rewrite) => this;

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteStartObject("within");
        json.WriteString("calendar", Calendar);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    internal override (bool, IReadOnlyList<TermFinding>) Look(ConditionSubject subject, string at) => Term.Found(this, at, Holds(subject), null);
}

/// <summary>One field, compared with values.</summary>
/// <param name="Values">None, one or many, as the operator wants.</param>
/// <param name="Calendar">By whose hours to count; null for every hour.</param>
public sealed record Term(ConditionField Field, ConditionOperator Op, IReadOnlyList<ConditionValue> Values, string? Calendar = null) : Condition
{
    public override bool Holds(ConditionSubject subject) => Field.Type.Test(Op, Field.Get(subject, Field.Key, Calendar), Values);

    public override bool? Decide(Func<Condition, bool?> known) => known(this);

    public override IEnumerable<(string At, Condition Term)> Terms(string at = "condition") => [(at, this)];

    public override Condition Renamed(NamedKind kind, string from, string to) =>
        this with
        {
            Values =
                Field.Names == kind
                    ? [.. Values.Select(value => value is TextValue text && text.Text == from ? new TextValue(to) : value).Distinct()]
                    : Values,
            Calendar = kind == NamedKind.Calendar && Calendar == from ? to : Calendar,
        };

    /// <remarks>The names of a choice stay, and what is no text.</remarks>
    public override Condition Rewritten(Func<string, string> rewrite) =>
        Field.Type.Choices is not null
            ? this
            : this with
            {
                Values = [.. Values.Select(value => value is TextValue text ? new TextValue(rewrite(text.Text)) : value).Distinct()],
            };

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("field", Field.Name);
        json.WriteString("op", WireName<ConditionOperator>.Of(Op));
        if (Op.Operands() == OperandCount.One)
        {
            json.WritePropertyName("value");
            Values[0].Write(json);
        }
        else if (Op.Operands() == OperandCount.Many)
        {
            json.WriteStartArray("value");
            foreach (var value in Values)
                value.Write(json);
            json.WriteEndArray();
        }

        if (Calendar is not null)
            json.WriteString("calendar", Calendar);
        json.WriteEndObject();
    }

    internal IEnumerable<(string At, string Id)> NamedHere(NamedKind kind, string at)
    {
        if (Field.Names == kind)
        {
            var isList = Op.Operands() == OperandCount.Many;
            foreach (var (index, value) in Values.OfType<TextValue>().Index())
                yield return (isList ? $"{at}.value[{index}]" : $"{at}.value", value.Text);
        }

        if (kind == NamedKind.Calendar && Calendar is not null and not ConditionScope.OwnCalendar)
            yield return ($"{at}.calendar", Calendar);
    }

    internal override (bool, IReadOnlyList<TermFinding>) Look(ConditionSubject subject, string at) =>
        Found(this, at, Holds(subject), Field.Get(subject, Field.Key, Calendar));

    internal static (bool, IReadOnlyList<TermFinding>) Found(Condition term, string at, bool holds, ConditionValue? found) =>
        (holds, [new TermFinding(at, term, holds, Decides: true, found)]);
}

/// <summary>What <c>all</c> and <c>any</c> have in common.</summary>
file static class Several
{
    public static void Write(Utf8JsonWriter json, string name, IReadOnlyList<Condition> conditions)
    {
        json.WriteStartObject();
        json.WriteStartArray(name);
        foreach (var condition in conditions)
            condition.Write(json);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    public static bool? Decide(IReadOnlyList<Condition> conditions, Func<Condition, bool?> known, bool decisive)
    {
        var parts = conditions.Select(one => one.Decide(known)).ToList();
        return parts.Contains(decisive) ? decisive
            : parts.Contains(null) ? null
            : !decisive;
    }

    /// <param name="decisive">What one part has to be to decide by itself.</param>
    public static (bool, IReadOnlyList<TermFinding>) Look(IReadOnlyList<Condition> conditions, ConditionSubject subject, string at, bool decisive)
    {
        var parts = conditions.Index().Select(one => one.Item.Look(subject, $"{at}[{one.Index}]")).ToList();
        var holds = parts.Any(part => part.Holds == decisive) ? decisive : !decisive;
        return (holds, [.. parts.SelectMany(part => part.Holds == holds ? part.Terms : part.Terms.Select(term => term with { Decides = false }))]);
    }
}
