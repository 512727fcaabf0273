using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Helpdesk.Conditions;

/// <summary>Reads a condition from JSON and collects all that is wrong with it.</summary>
/// <param name="isStored">What was taken once is read again, whatever is asked of new ones today.</param>
internal sealed class ConditionReader(ConditionScope scope, bool isStored)
{
    private const string Shapes =
        "must have one of all, any, not, field or within: {\"all\": […]}, {\"any\": […]}, {\"not\": {…}}, "
        + "{\"field\": …, \"op\": …, \"value\": …} or {\"within\": {\"calendar\": …}}.";

    private readonly List<ConditionError> _errors = [];
    private int _terms;
    private int _groups;

    public ConditionReading Read(JsonElement json, string at)
    {
        var condition = Read(json, at, 0);
        if (!isStored && _terms > Condition.MostTerms)
            Wrong(at, $"has {_terms} terms; at most {Condition.MostTerms} are possible.");
        else if (!isStored && _groups > Condition.MostTerms)
            Wrong(at, $"has {_groups} groups (all and any); at most {Condition.MostTerms} are possible.");
        return _errors.Count > 0 || condition is null ? new(null, _errors) : new(condition, []);
    }

    private Condition? Read(JsonElement json, string at, int depth)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            Wrong(at, $"must be an object: it {Shapes}");
            return null;
        }

        var members = Members(json, at);
        var kinds = members.Keys.Where(name => name is "all" or "any" or "not" or "field" or "within").ToList();
        if (kinds is not [var kind])
        {
            Wrong(at, Shapes);
            return null;
        }

        if (kind is "all" or "any" or "not" && depth >= Condition.MostDepth && !isStored)
        {
            Wrong(at, $"is nested too deep: all, any and not may lie in each other {Condition.MostDepth} deep.");
            return null;
        }

        return kind switch
        {
            "field" => ReadTerm(members, at),
            "within" => ReadWithin(members, at),
            "not" => Only(members, at, "not") is { } that && Read(that, $"{at}.not", depth + 1) is { } denied ? new NotThat(denied) : null,
            _ => ReadSeveral(members, at, kind, depth),
        };
    }

    private Condition? ReadSeveral(Dictionary<string, JsonElement> members, string at, string kind, int depth)
    {
        var list = Only(members, at, kind);
        _groups++;
        if (list.ValueKind != JsonValueKind.Array)
        {
            Wrong($"{at}.{kind}", "must be a list of conditions.");
            return null;
        }

        if (kind == "any" && list.GetArrayLength() == 0)
        {
            Wrong($"{at}.any", "must have at least one condition: without any it would never be true.");
            return null;
        }

        var all = list.EnumerateArray().Index().Select(one => Read(one.Item, $"{at}.{kind}[{one.Index}]", depth + 1)).ToList();
        var read = all.OfType<Condition>().ToList();
        return read.Count < all.Count ? null
            : kind == "all" ? new AllOf(read)
            : new AnyOf(read);
    }

    private Within? ReadWithin(Dictionary<string, JsonElement> members, string at)
    {
        _terms++;
        var within = Only(members, at, "within");
        if (!scope.HasTime)
        {
            Wrong($"{at}.within", $"is not possible in {scope.Name}: {ConditionScope.NoTime}");
            return null;
        }

        if (within.ValueKind != JsonValueKind.Object)
        {
            Wrong($"{at}.within", "must be an object such as {\"calendar\": \"business\"}.");
            return null;
        }

        var calendar = Members(within, $"{at}.within");
        Unknown(calendar, $"{at}.within", ["calendar"]);
        if (!calendar.TryGetValue("calendar", out var value))
        {
            Wrong($"{at}.within.calendar", "is required: \"business\", or the id of a calendar.");
            return null;
        }

        return Calendar(value, $"{at}.within.calendar") is { } id ? new Within(id) : null;
    }

    private Term? ReadTerm(Dictionary<string, JsonElement> members, string at)
    {
        _terms++;
        Unknown(members, at, ["field", "op", "value", "calendar"]);
        var field = ReadField(members["field"], $"{at}.field");
        if (field is null)
            return null;
        var type = field.Type;
        var possible = string.Join(", ", type.Operators.Select(WireName<ConditionOperator>.Of));
        if (!members.TryGetValue("op", out var named))
        {
            Wrong($"{at}.op", $"is required; possible for {field.Name} ({type.Name}) are {possible}.");
            return null;
        }

        if (
            named.ValueKind != JsonValueKind.String
            || Decode(named) is not { } text
            || !WireName<ConditionOperator>.TryParse(text, out var op)
            || !type.Operators.Contains(op)
        )
        {
            Wrong($"{at}.op", $"is {Shown(named)}; possible for {field.Name} ({type.Name}) are {possible}.");
            return null;
        }

        var values = ReadValues(members, at, field, op);
        string? calendar = null;
        if (members.TryGetValue("calendar", out var given))
        {
            if (!type.HasCalendar)
                Wrong($"{at}.calendar", $"is not possible for {field.Name} ({type.Name}): only hours are counted by a calendar.");
            calendar = Calendar(given, $"{at}.calendar");
        }

        return values is null ? null : new Term(field, op, values, calendar);
    }

    private ConditionField? ReadField(JsonElement json, string at)
    {
        if (json.ValueKind != JsonValueKind.String || Decode(json) is not { } name)
        {
            Wrong(at, $"must be the name of a field; in {scope.Name} there are {scope.Listed}.");
            return null;
        }

        var found = scope.Find(name);
        if (found is null)
            Wrong(at, $"is \"{Cut(name)}\", which is not a field in {scope.Name}; there are {scope.Listed}.");
        return found;
    }

    private List<ConditionValue>? ReadValues(Dictionary<string, JsonElement> members, string at, ConditionField field, ConditionOperator op)
    {
        var (count, name) = (op.Operands(), WireName<ConditionOperator>.Of(op));
        at = $"{at}.value";
        if (!members.TryGetValue("value", out var json))
        {
            if (count == OperandCount.None)
                return [];
            Wrong(at, $"is required: {name} compares with {Wanted(field.Type, count)}.");
            return null;
        }

        if (count == OperandCount.None)
        {
            Wrong(at, $"must be left out: {name} compares with nothing.");
            return null;
        }

        if (count == OperandCount.One)
            return ReadValue(json, at, field, op, $"must be {Wanted(field.Type, count)}") is { } one ? [one] : null;
        if (json.ValueKind != JsonValueKind.Array)
        {
            Wrong(at, $"must be a list: {name} compares with {Wanted(field.Type, count)}.");
            return null;
        }

        var length = json.GetArrayLength();
        if (length == 0 || (length > Condition.MostValues && !isStored))
        {
            Wrong(at, $"must have 1 to {Condition.MostValues} entries.");
            return null;
        }

        var values = json.EnumerateArray()
            .Index()
            .Select(entry => ReadValue(entry.Item, $"{at}[{entry.Index}]", field, op, $"must be {Wanted(field.Type, OperandCount.One)}"))
            .ToList();
        return values.Contains(null) ? null : values.OfType<ConditionValue>().ToList();
    }

    private ConditionValue? ReadValue(JsonElement json, string at, ConditionField field, ConditionOperator op, string must)
    {
        var type = field.Type;
        switch (type.Operand, json.ValueKind)
        {
            case (OperandKind.Flag, JsonValueKind.True or JsonValueKind.False):
                return new FlagValue(json.GetBoolean());
            case (OperandKind.Any, JsonValueKind.True or JsonValueKind.False) when IsEquality(op):
                return new FlagValue(json.GetBoolean());
            case (OperandKind.Number, JsonValueKind.Number):
            case (OperandKind.Any, JsonValueKind.Number) when IsEquality(op) || IsOrder(op):
                if (json.TryGetDecimal(out var number))
                    return new NumberValue(number);
                Wrong(at, "is a number with more than 28 digits.");
                return null;
            case (OperandKind.Instant, JsonValueKind.String) when Decode(json) is { } instant && Instant(instant) is { } at2:
                return new InstantValue(at2);
            case (OperandKind.Text, JsonValueKind.String):
            case (OperandKind.Any, JsonValueKind.String) when !IsOrder(op):
                if (Decode(json) is not { } text)
                    Wrong(at, "contains half of a character (a lone surrogate).");
                else if (type.Choices is { } choices && !choices.Contains(text, StringComparer.Ordinal))
                    Wrong(at, $"is \"{Cut(text)}\"; possible for {field.Name} are {string.Join(", ", choices)}.");
                else if (!isStored && TextProblem(text) is { } problem)
                    Wrong(at, problem);
                else if (!isStored && type.Problem?.Invoke(text) is { } wrong)
                    Wrong(at, wrong);
                else
                    return new TextValue(text);
                return null;
            default:
                Wrong(at, type.Operand == OperandKind.Any && IsOrder(op) ? "must be a number." : $"{must}.");
                return null;
        }
    }

    private static bool IsEquality(ConditionOperator op) =>
        op is ConditionOperator.Is or ConditionOperator.IsNot or ConditionOperator.In or ConditionOperator.NotIn;

    private static bool IsOrder(ConditionOperator op) =>
        op is ConditionOperator.AtLeast or ConditionOperator.AtMost or ConditionOperator.MoreThan or ConditionOperator.LessThan;

    private static string Wanted(ConditionType type, OperandCount count) =>
        (type.Operand, count == OperandCount.Many) switch
        {
            _ when type.Choices is { } choices => $"{(count == OperandCount.Many ? "some" : "one")} of {string.Join(", ", choices)}",
            (OperandKind.Number, true) => "numbers",
            (OperandKind.Number, false) => "a number",
            (OperandKind.Flag, _) => "true or false",
            (OperandKind.Instant, _) => "an instant such as 2026-03-10T09:00:00Z",
            (OperandKind.Any, true) => "texts, numbers, true or false",
            (OperandKind.Any, false) => "a text, a number, true or false",
            (_, true) => "texts",
            (_, false) => "a text",
        };

    private static string? TextProblem(string text)
    {
        if (VisibleText.IsBlank(text))
            return "must not be empty; to ask for a field without a value, use is-empty.";
        foreach (var rune in text.EnumerateRunes())
        {
            if (!PlainText.Allows(rune, lines: false))
                return $"contains a control character (U+{rune.Value:X4}).";
        }

        var length = text.EnumerateRunes().Count();
        return length > Condition.TextLength ? $"is {length} characters long; at most {Condition.TextLength} are possible." : null;
    }

    private static DateTimeOffset? Instant(string text) =>
        text.Length is >= 17 and <= 40
        && text[10] == 'T'
        && (text[^1] == 'Z' || text[^6] is '+' or '-')
        && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var instant)
        && instant.Year is >= 1970 and < 2200
            ? instant.ToUniversalTime()
            : null;

    private string? Calendar(JsonElement json, string at)
    {
        if (json.ValueKind == JsonValueKind.String && Decode(json) is { Length: > 0 and <= 40 } id && id.All(IsIdLetter))
            return id;
        Wrong(at, "must be \"business\" for the ticket's own calendar, or the id of a calendar.");
        return null;
    }

    private static bool IsIdLetter(char letter) => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-';

    /// <summary>The member that must be the only one.</summary>
    private JsonElement Only(Dictionary<string, JsonElement> members, string at, string name)
    {
        Unknown(members, at, [name]);
        return members[name];
    }

    private void Unknown(Dictionary<string, JsonElement> members, string at, string[] known)
    {
        foreach (var name in members.Keys.Where(name => !known.Contains(name, StringComparer.Ordinal)))
            Wrong($"{at}.{Cut(name)}", $"is not possible here; use {string.Join(", ", known)}.");
    }

    private Dictionary<string, JsonElement> Members(JsonElement json, string at)
    {
        var members = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var member in json.EnumerateObject())
        {
            string name;
            try
            {
                name = member.Name;
            }
            catch (InvalidOperationException)
            {
                Wrong(at, "has a member whose name contains half of a character (a lone surrogate).");
                continue;
            }

            if (!members.TryAdd(name, member.Value))
                Wrong($"{at}.{Cut(name)}", "is there twice.");
        }

        return members;
    }

    private void Wrong(string at, string problem)
    {
        if (_errors.Count < 100)
            _errors.Add(new(at, problem));
    }

    private static string Shown(JsonElement json) =>
        json.ValueKind == JsonValueKind.String
            ? Decode(json) is { } text
                ? $"\"{Cut(text)}\""
                : "half of a character"
            : $"no text";

    private static string Cut(string text) => PlainText.Shortened(text, 61);

    private static string? Decode(JsonElement text)
    {
        try
        {
            return text.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}

/// <summary>Stores a condition as its JSON.</summary>
public sealed class ConditionConverter : JsonConverter<Condition>
{
    public override bool CanConvert(Type typeToConvert) => typeof(Condition).IsAssignableFrom(typeToConvert);

    public override Condition Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var json = JsonDocument.ParseValue(ref reader);
        var (condition, errors) = new ConditionReader(ConditionScope.Everything, isStored: true).Read(json.RootElement, "condition");
        return condition ?? throw new JsonException($"The stored condition cannot be read: {string.Join(" ", errors)}");
    }

    public override void Write(Utf8JsonWriter writer, Condition value, JsonSerializerOptions options) => value.Write(writer);
}
