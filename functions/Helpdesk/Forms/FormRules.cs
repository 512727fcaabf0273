using System.Globalization;
using System.Net.Mail;
using System.Text.Json;
using Helpdesk.Conditions;

namespace Helpdesk.Forms;

/// <summary>Says what a form asks, and whether answers can be taken: the one place where that is decided, for every channel.</summary>
/// <remarks>
/// Fields are looked at in their order, and a condition asks for answers to fields before it. So one pass decides; an answer to a field that is not asked
/// counts for nothing and is dropped, as is what it would have led to.
/// </remarks>
public static class FormRules
{
    public const int TextLength = 1_000;
    public const int LongTextLength = 4_000;
    public const int AddressLength = 254;
    public const int AssetLength = 100;

    /// <summary>How many characters all answers may have together: a ticket keeps them with itself.</summary>
    public const int AnswersLength = 12_000;

    /// <summary>Numbers beyond this are no amounts of anything.</summary>
    public const decimal LargestNumber = 999_999_999_999_999m;

    private const NumberStyles Digits =
        NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite;

    /// <summary>Holds answers against a form.</summary>
    /// <param name="given">What was answered, by the names of the fields: in JSON, or as the text that a browser sends.</param>
    /// <param name="files">Ids of the files that came with the answers; null where they are looked for later.</param>
    /// <param name="today">The day by which <c>today</c> is counted.</param>
    public static FormReading Read(RequestForm form, IReadOnlyDictionary<string, JsonElement> given, IReadOnlyCollection<string>? files, DateOnly today)
    {
        ArgumentNullException.ThrowIfNull(form);
        ArgumentNullException.ThrowIfNull(given);
        var (values, fields, problems) = (new Dictionary<string, ConditionValue>(StringComparer.Ordinal), new List<FieldReading>(), new List<FormProblem>());
        var subject = new ConditionSubject { Now = DateTimeOffset.UnixEpoch, Answers = values };
        var letters = 0;
        foreach (var field in form.Fields)
        {
            if (field.VisibleWhen is { } visible && !visible.Holds(subject))
            {
                fields.Add(new(field, false, false, [], null, null));
                continue;
            }

            var options = field.Options.Where(option => option.When is null || option.When.Holds(subject)).ToList();
            var required = field.Required || field.RequiredWhen?.Holds(subject) == true;
            var (answer, problem) = given.TryGetValue(field.Name, out var raw) ? ReadAnswer(field, options, raw, files, today) : (null, null);
            // A box that nobody ticked is not sent.
            if (answer is null && problem is null && field.Type == FormFieldType.Checkbox)
                answer = Flag(false);
            if (problem is null && required)
                problem =
                    answer is null ? new(field.Name, FormFault.Missing)
                    : field.Type == FormFieldType.Checkbox && answer.Value.ValueKind == JsonValueKind.False ? new(field.Name, FormFault.NotTicked)
                    : null;
            letters += answer is null || problem is not null ? 0 : Letters(answer.Value);
            if (problem is null && letters > AnswersLength)
                problem = new(field.Name, FormFault.TooMuch, Text(AnswersLength));
            if (problem is not null)
            {
                problems.Add(problem);
                answer = null;
            }
            else if (answer is not null && ValueOf(answer.Value) is { } value)
            {
                values[field.Name] = value;
            }

            fields.Add(new(field, true, required, options, answer, problem));
        }

        var names = string.Join(", ", form.Fields.Select(field => field.Name));
        problems.AddRange(
            given.Keys.Where(name => form.Fields.All(field => field.Name != name)).Take(20).Select(name => new FormProblem(name, FormFault.Unknown, names))
        );
        return new(form, fields, problems);
    }

    /// <summary>Holds answers against a form, and looks whether the words are there that it asks for besides.</summary>
    public static FormReading Read(
        RequestForm form,
        IReadOnlyDictionary<string, JsonElement> given,
        IReadOnlyCollection<string>? files,
        bool hasSubject,
        bool hasDescription,
        DateOnly today
    )
    {
        var reading = Read(form, given, files, today);
        var missing = new List<FormProblem>();
        if (form.Subject == FormWords.Required && !hasSubject)
            missing.Add(new("subject", FormFault.Missing) { IsWords = true });
        if (form.Details == FormWords.Required && !hasDescription)
            missing.Add(new("description", FormFault.Missing) { IsWords = true });
        return missing.Count == 0 ? reading : reading with { Problems = [.. missing, .. reading.Problems] };
    }

    /// <summary>A text as the answer that a browser, a chat or a card sends for a field.</summary>
    public static JsonElement Element(string text) => JsonSerializer.SerializeToElement(text, FormsJson.Default.String);

    /// <summary>Texts as an answer.</summary>
    public static JsonElement Element(IReadOnlyList<string> texts) => JsonSerializer.SerializeToElement(texts, FormsJson.Default.IReadOnlyListString);

    /// <summary>The day that a limit of a date names; null where it is none.</summary>
    public static DateOnly? DayOf(string limit, DateOnly today)
    {
        ArgumentNullException.ThrowIfNull(limit);
        if (Day(limit) is { } day)
            return day;
        if (limit == "today")
            return today;
        return
            limit.Length is > 6 and <= 11
            && limit.StartsWith("today", StringComparison.Ordinal)
            && limit[5] is '+' or '-'
            && int.TryParse(limit.AsSpan(6), NumberStyles.None, CultureInfo.InvariantCulture, out var days)
            && days <= 36_500
            ? today.AddDays(limit[5] == '-' ? -days : days)
            : null;
    }

    private static (JsonElement? Answer, FormProblem? Problem) ReadAnswer(
        FormField field,
        IReadOnlyList<FormOption> options,
        JsonElement raw,
        IReadOnlyCollection<string>? files,
        DateOnly today
    )
    {
        if (raw.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined)
            return (null, null);
        var text = raw.ValueKind == JsonValueKind.String ? Decode(raw) : null;
        if (raw.ValueKind == JsonValueKind.String && text is null)
            return Wrong(field, FormFault.Characters);
        return field.Type switch
        {
            FormFieldType.Text or FormFieldType.LongText or FormFieldType.Contact or FormFieldType.Asset => ReadText(field, text),
            FormFieldType.Number => ReadNumber(field, raw, text),
            FormFieldType.Date => ReadDay(field, text, today),
            FormFieldType.Choice => ReadChoice(field, options, text),
            FormFieldType.MultiChoice => ReadChoices(field, options, raw, text),
            FormFieldType.Checkbox => ReadFlag(field, raw, text),
            _ => ReadFiles(field, raw, text, files),
        };
    }

    private static (JsonElement?, FormProblem?) ReadText(FormField field, string? text)
    {
        if (text is null)
            return Wrong(field, FormFault.NotText);
        var lines = field.Type == FormFieldType.LongText;
        text = (lines ? text.ReplaceLineEndings("\n") : VisibleText.Of(text)).Trim();
        if (VisibleText.IsBlank(text))
            return (null, null);
        var count = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            count++;
            if (!PlainText.Allows(rune, lines) || VisibleText.IsNoCharacter(rune.Value))
                return Wrong(field, FormFault.Characters);
        }

        return count > field.MostLetters ? Wrong(field, FormFault.TooLong, Text(field.MostLetters))
            : count < field.MinLength ? Wrong(field, FormFault.TooShort, Text(field.MinLength.Value))
            : field.Type == FormFieldType.Contact && !IsAddress(text) ? Wrong(field, FormFault.NotAddress)
            : field.Pattern is { } pattern && !FormPattern.Matches(pattern, text) ? Wrong(field, FormFault.Pattern, pattern)
            : (Element(text), null);
    }

    private static (JsonElement?, FormProblem?) ReadNumber(FormField field, JsonElement raw, string? text)
    {
        if (text is not null && VisibleText.IsBlank(text))
            return (null, null);
        decimal number;
        if (raw.ValueKind == JsonValueKind.Number ? !raw.TryGetDecimal(out number) : !decimal.TryParse(text, Digits, CultureInfo.InvariantCulture, out number))
            return Wrong(field, FormFault.NotNumber);
        var (min, max) = (field.Min ?? -LargestNumber, field.Max ?? LargestNumber);
        return number < min ? Wrong(field, FormFault.TooSmall, Text(min))
            : number > max ? Wrong(field, FormFault.TooLarge, Text(max))
            : (JsonSerializer.SerializeToElement(number, FormsJson.Default.Decimal), null);
    }

    private static (JsonElement?, FormProblem?) ReadDay(FormField field, string? text, DateOnly today)
    {
        if (text is not null && VisibleText.IsBlank(text))
            return (null, null);
        if (text is null || Day(text.Trim()) is not { } day)
            return Wrong(field, FormFault.NotDate);
        return field.Earliest is { } from && DayOf(from, today) is { } first && day < first ? Wrong(field, FormFault.TooEarly, Text(first))
            : field.Latest is { } to && DayOf(to, today) is { } last && day > last ? Wrong(field, FormFault.TooLate, Text(last))
            : (Element(Text(day)), null);
    }

    private static (JsonElement?, FormProblem?) ReadChoice(FormField field, IReadOnlyList<FormOption> options, string? text)
    {
        if (text is null)
            return Wrong(field, FormFault.NotText);
        if (VisibleText.IsBlank(text))
            return (null, null);
        return options.Any(option => option.Value == text) ? (Element(text), null) : Wrong(field, FormFault.NotOffered, Cut(text));
    }

    private static (JsonElement?, FormProblem?) ReadChoices(FormField field, IReadOnlyList<FormOption> options, JsonElement raw, string? text)
    {
        if (Texts(raw, text) is not { } chosen)
            return Wrong(field, FormFault.NotText);
        if (chosen.FirstOrDefault(one => options.All(option => option.Value != one)) is { } unknown)
            return Wrong(field, FormFault.NotOffered, Cut(unknown));
        return chosen.Count == 0 ? (null, null) : (Element([.. options.Select(option => option.Value).Where(chosen.Contains)]), null);
    }

    private static (JsonElement?, FormProblem?) ReadFlag(FormField field, JsonElement raw, string? text) =>
        raw.ValueKind is JsonValueKind.True or JsonValueKind.False ? (Flag(raw.GetBoolean()), null)
        : text is null ? Wrong(field, FormFault.NotFlag)
        : VisibleText.IsBlank(text) ? (null, null)
        : text is "true" or "on" ? (Flag(true), null)
        : text is "false" or "off" ? (Flag(false), null)
        : Wrong(field, FormFault.NotFlag);

    private static (JsonElement?, FormProblem?) ReadFiles(FormField field, JsonElement raw, string? text, IReadOnlyCollection<string>? files)
    {
        if (Texts(raw, text) is not { } named)
            return Wrong(field, FormFault.NotText);
        if (named.FirstOrDefault(id => files?.Contains(id) == false) is { } unknown)
            return Wrong(field, FormFault.NotFile, Cut(unknown));
        return named.Count == 0 ? (null, null) : (Element(named), null);
    }

    /// <summary>A list of texts, or a text of entries with commas between; null for what is neither.</summary>
    private static IReadOnlyList<string>? Texts(JsonElement raw, string? text)
    {
        if (text is not null)
            return [.. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal)];
        if (raw.ValueKind != JsonValueKind.Array || raw.EnumerateArray().Any(entry => entry.ValueKind != JsonValueKind.String || Decode(entry) is null))
            return null;
        return [.. raw.EnumerateArray().Select(entry => entry.GetString()!).Distinct(StringComparer.Ordinal)];
    }

    private static ConditionValue? ValueOf(JsonElement answer) =>
        answer.ValueKind == JsonValueKind.Array ? ConditionValue.Of(answer.EnumerateArray().Select(entry => entry.GetString()!)) : ConditionValue.Of(answer);

    private static (JsonElement?, FormProblem?) Wrong(FormField field, FormFault fault, string limit = "") => (null, new(field.Name, fault, limit));

    private static bool IsAddress(string text) =>
        MailAddress.TryCreate(text, out var address)
        && address.Address == text
        && text.IndexOf('@', StringComparison.Ordinal) > 0
        && !text.Any(char.IsWhiteSpace);

    private static DateOnly? Day(string text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day.Year is >= 1800 and < 2200
            ? day
            : null;

    private static int Letters(JsonElement answer) =>
        (answer.ValueKind == JsonValueKind.String ? answer.GetString()! : answer.GetRawText()).EnumerateRunes().Count();

    private static JsonElement Flag(bool flag) => JsonElement.Parse(flag ? "true" : "false");

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Text(decimal number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Cut(string text) => PlainText.Head(text, 60);

    private static string? Decode(JsonElement text)
    {
        try
        {
            return text.GetString();
        }
        catch (InvalidOperationException)
        {
            // Half of a character is no text.
            return null;
        }
    }
}
