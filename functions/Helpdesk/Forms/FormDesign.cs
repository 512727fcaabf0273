using Helpdesk.Conditions;

namespace Helpdesk.Forms;

/// <summary>Says what is wrong with a form itself, before anybody fills it in.</summary>
public static class FormDesign
{
    private const string Answers = "answers.";
    private static readonly FormFieldType[] Texts = [FormFieldType.Text, FormFieldType.LongText, FormFieldType.Contact, FormFieldType.Asset];

    /// <summary>Everything that is wrong, each with its place: <c>fields[2].visibleWhen</c>.</summary>
    public static IReadOnlyList<ConditionError> Problems(RequestForm form)
    {
        ArgumentNullException.ThrowIfNull(form);
        var problems = new List<ConditionError>();
        var earlier = new Dictionary<string, FormField>(StringComparer.Ordinal);
        foreach (var (index, field) in form.Fields.Index())
        {
            var at = $"fields[{index}]";
            problems.AddRange(Problems(field, at));
            problems.AddRange(Problems(field.VisibleWhen, $"{at}.visibleWhen", earlier));
            problems.AddRange(Problems(field.RequiredWhen, $"{at}.requiredWhen", earlier));
            foreach (var (number, option) in field.Options.Index())
                problems.AddRange(Problems(option.When, $"{at}.options[{number}].when", earlier));
            if (!earlier.TryAdd(field.Name, field))
                problems.Add(new($"{at}.name", $"is \"{field.Name}\", as an earlier field is called: each needs a name of its own."));
        }

        return problems;
    }

    /// <summary>What is not there in every language, and what stands in for it.</summary>
    public static IReadOnlyList<string> Warnings(RequestForm form)
    {
        ArgumentNullException.ThrowIfNull(form);
        return
        [
            .. TextsOf(form)
                .Select(one => (one.At, one.Words, Missing: LocalText.Languages.Where(language => string.IsNullOrEmpty(one.Words.Own(language))).ToList()))
                .Where(one => one.Missing.Count is > 0 and < 4)
                .Select(one => $"{one.At} has no words in {string.Join(", ", one.Missing)}: \"{one.Words.In(null)}\" is shown there."),
        ];
    }

    private static IEnumerable<(string At, LocalText Words)> TextsOf(RequestForm form)
    {
        yield return ("name", form.Name);
        if (form.Description is { } description)
            yield return ("description", description);
        foreach (var (index, field) in form.Fields.Index())
        {
            yield return ($"fields[{index}].label", field.Label);
            if (field.Help is { } help)
                yield return ($"fields[{index}].help", help);
            if (field.PatternHelp is { } pattern)
                yield return ($"fields[{index}].patternHelp", pattern);
            foreach (var (number, option) in field.Options.Index())
                yield return ($"fields[{index}].options[{number}].label", option.Label);
        }
    }

    private static IEnumerable<ConditionError> Problems(FormField field, string at)
    {
        var hasOptions = field.Type is FormFieldType.Choice or FormFieldType.MultiChoice;
        var type = WireName<FormFieldType>.Of(field.Type);
        if (hasOptions && field.Options.Count == 0)
            yield return new($"{at}.options", $"is required: a {type} needs something to choose from.");
        if (!hasOptions && field.Options.Count > 0)
            yield return new($"{at}.options", $"is not possible for {type}: only choice and multi-choice have options.");
        foreach (var (number, option) in field.Options.Index())
        {
            if (field.Options.Take(number).Any(one => one.Value == option.Value))
                yield return new($"{at}.options[{number}].value", $"is \"{option.Value}\", as an earlier option is called.");
        }

        var isText = Texts.Contains(field.Type);
        foreach (var (name, given) in new[] { ("minLength", field.MinLength is not null), ("maxLength", field.MaxLength is not null) })
        {
            if (given && !isText)
                yield return new($"{at}.{name}", $"is not possible for {type}: only texts have a length.");
        }

        if (isText && field.MaxLength > (field with { MaxLength = null }).MostLetters)
            yield return new($"{at}.maxLength", $"may be {(field with { MaxLength = null }).MostLetters} for {type}.");
        if (field.MinLength > field.MostLetters)
            yield return new($"{at}.minLength", "is more than the text may have.");
        foreach (var (name, given) in new[] { ("min", field.Min is not null), ("max", field.Max is not null) })
        {
            if (given && field.Type != FormFieldType.Number)
                yield return new($"{at}.{name}", $"is not possible for {type}: only numbers have it. Days have earliest and latest.");
        }

        if (field.Min > field.Max)
            yield return new($"{at}.min", "is more than max.");
        foreach (var (name, limit) in new[] { ("earliest", field.Earliest), ("latest", field.Latest) })
        {
            if (limit is not null && field.Type != FormFieldType.Date)
                yield return new($"{at}.{name}", $"is not possible for {type}: only dates have it.");
            else if (limit is not null && FormRules.DayOf(limit, new(2026, 3, 10)) is null)
                yield return new($"{at}.{name}", "must be a day such as 2026-03-10, or today, today+7, today-30.");
        }

        if (field is { Earliest: { } from, Latest: { } to } && FormRules.DayOf(from, new(2026, 3, 10)) > FormRules.DayOf(to, new(2026, 3, 10)))
        {
            // Of a day and one that moves, either may be the later one some time.
            if (from.StartsWith("today", StringComparison.Ordinal) == to.StartsWith("today", StringComparison.Ordinal))
                yield return new($"{at}.earliest", "is after latest.");
        }

        if (field.Pattern is { } pattern)
        {
            if (!isText)
                yield return new($"{at}.pattern", $"is not possible for {type}: only texts have it.");
            else if (FormPattern.Problem(pattern) is { } problem)
                yield return new($"{at}.pattern", problem);
        }

        if (field.PatternHelp is not null && field.Pattern is null)
            yield return new($"{at}.patternHelp", "is not possible without pattern.");
    }

    /// <summary>What of a condition can never come true, since it asks for what is not asked before.</summary>
    private static IEnumerable<ConditionError> Problems(Condition? condition, string at, Dictionary<string, FormField> earlier)
    {
        foreach (var (place, found) in condition?.Terms(at) ?? [])
        {
            if (found is not Term term)
                continue;
            var name = term.Field.Name[Answers.Length..];
            if (!earlier.TryGetValue(name, out var field))
            {
                var possible = earlier.Count == 0 ? "there is none before this one" : string.Join(", ", earlier.Keys.Select(key => Answers + key));
                yield return new($"{place}.field", $"asks for \"{name}\", which is no field before this one; possible: {possible}.");
            }
            else if (field.Options.Count > 0 && term.Op is not (ConditionOperator.StartsWith or ConditionOperator.EndsWith))
            {
                var values = field.Options.Select(option => option.Value).ToList();
                foreach (var value in term.Values.OfType<TextValue>().Where(value => !values.Contains(value.Text, StringComparer.OrdinalIgnoreCase)).Take(1))
                    yield return new($"{place}.value", $"is \"{value.Text}\", which {name} does not offer; possible are {string.Join(", ", values)}.");
            }
        }
    }
}
