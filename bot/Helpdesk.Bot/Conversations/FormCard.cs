using System.Globalization;
using System.Text.Json.Nodes;
using Helpdesk.Forms;

namespace Helpdesk.Bot.Conversations;

/// <summary>A form as an Adaptive Card: its inputs, what is wrong with them, and what was filled in before.</summary>
public static class FormCard
{
    /// <summary>What the id of an input begins with.</summary>
    public const string Answer = "answer.";

    /// <summary>The input for words besides the fields.</summary>
    public const string Details = "details";

    /// <summary>Names of the fields that the card shows.</summary>
    public const string Shown = "shown";

    private const int DetailsLength = 20_000;

    /// <summary>The card.</summary>
    /// <param name="fields">What was filled in before, by the ids of the inputs.</param>
    /// <param name="problems">What is wrong with that; null for a card that is shown for the first time.</param>
    public static JsonObject Of(
        RequestForm form,
        DateOnly today,
        IReadOnlyDictionary<string, string> fields,
        IReadOnlyList<FormProblem>? problems,
        Texts texts
    )
    {
        ArgumentNullException.ThrowIfNull(form);
        ArgumentNullException.ThrowIfNull(fields);
        ArgumentNullException.ThrowIfNull(texts);
        var given = form
            .Fields.Where(field => fields.ContainsKey(Answer + field.Name))
            .ToDictionary(field => field.Name, field => FormRules.Element(fields[Answer + field.Name]), StringComparer.Ordinal);
        var asked = FormRules.Read(form, given, [], today).Asked.ToList();
        var body = new JsonArray(Words($"{form.Icon} {form.Name.In(texts.Language)}".Trim(), "bolder", "large"));
        if (form.Description is { } description)
            body.Add(Words(description.In(texts.Language)));
        if (problems is not null)
            body.Add(Words(texts[problems.Count > 0 ? "form.card.wrong" : "form.card.more"], "bolder", color: "attention"));
        foreach (var one in asked)
        {
            if (one.Field.Type == FormFieldType.File)
                continue;
            body.Add(Input(one, fields.GetValueOrDefault(Answer + one.Field.Name) ?? "", today, texts));
            if (one.Field.Help is { } help)
                body.Add(Words(help.In(texts.Language), subtle: true));
            if (problems?.FirstOrDefault(problem => !problem.IsWords && problem.Field == one.Field.Name) is { } problem)
                body.Add(Words(FormTexts.Say(problem, form, texts), color: "attention"));
        }

        if (form.Details != FormWords.Hidden)
        {
            var details = Base(
                "Input.Text",
                Details,
                Label(texts["form.details"], form.Details == FormWords.Required, texts),
                fields.GetValueOrDefault(Details) ?? ""
            );
            (details["isMultiline"], details["maxLength"]) = (true, DetailsLength);
            body.Add(details);
            if (problems?.Any(problem => problem.IsWords) == true)
                body.Add(Words(texts["form.error.missing"], color: "attention"));
        }

        if (asked.Any(one => one.Field.Type == FormFieldType.File))
            body.Add(Words(texts["form.card.files"], subtle: true));
        var send = new JsonObject
        {
            ["type"] = "Action.Submit",
            ["title"] = texts["web.form.send"],
            ["data"] = new JsonObject
            {
                ["do"] = ChatActions.Fill,
                ["value"] = form.Id,
                ["version"] = form.Version,
                [Shown] = string.Join(',', asked.Select(one => one.Field.Name)),
            },
        };
        return new()
        {
            ["$schema"] = "http://adaptivecards.io/schemas/adaptive-card.json",
            ["type"] = "AdaptiveCard",
            ["version"] = "1.4",
            ["body"] = body,
            ["actions"] = new JsonArray(send),
        };
    }

    private static JsonObject Input(FieldReading asked, string value, DateOnly today, Texts texts)
    {
        var field = asked.Field;
        var (id, label) = (Answer + field.Name, Label(field.Label.In(texts.Language), asked.IsRequired, texts));
        switch (field.Type)
        {
            case FormFieldType.Choice or FormFieldType.MultiChoice:
                var choices = Base("Input.ChoiceSet", id, label, value);
                choices["choices"] = new JsonArray([
                    .. asked.Options.Select(option => new JsonObject { ["title"] = Literal(option.Label.In(texts.Language)), ["value"] = option.Value }),
                ]);
                choices["isMultiSelect"] = field.Type == FormFieldType.MultiChoice;
                choices["style"] = asked.Options.Count > 5 && field.Type == FormFieldType.Choice ? "compact" : "expanded";
                choices["wrap"] = true;
                return choices;
            case FormFieldType.Checkbox:
                var box = Base("Input.Toggle", id, null, value is "true" or "on" ? "true" : "false");
                (box["title"], box["wrap"]) = (Literal(label), true);
                return box;
            case FormFieldType.Number:
                var number = Base("Input.Number", id, label, null);
                if (decimal.TryParse(value, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var given))
                    number["value"] = given;
                if (field.Min is { } min)
                    number["min"] = min;
                if (field.Max is { } max)
                    number["max"] = max;
                return number;
            case FormFieldType.Date:
                var date = Base("Input.Date", id, label, value);
                if (field.Earliest is { } from && FormRules.DayOf(from, today) is { } first)
                    date["min"] = first.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
                if (field.Latest is { } to && FormRules.DayOf(to, today) is { } last)
                    date["max"] = last.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
                return date;
            default:
                var text = Base("Input.Text", id, label, value);
                text["maxLength"] = field.MostLetters;
                text["isMultiline"] = field.Type == FormFieldType.LongText;
                if (field.Type == FormFieldType.Contact)
                    text["style"] = "email";
                return text;
        }
    }

    private static JsonObject Base(string type, string id, string? label, string? value)
    {
        var input = new JsonObject { ["type"] = type, ["id"] = id };
        if (label is not null)
            input["label"] = Literal(label);
        if (!string.IsNullOrEmpty(value))
            input["value"] = value;
        return input;
    }

    private static string Label(string label, bool required, Texts texts) => required ? label : $"{label} ({texts["form.optional"]})";

    /// <summary>Words exactly as they are, in a run, which no client reads as markup.</summary>
    private static JsonObject Words(string text, string? weight = null, string? size = null, string? color = null, bool subtle = false)
    {
        var run = new JsonObject { ["type"] = "TextRun", ["text"] = Literal(text) };
        if (weight is not null)
            run["weight"] = weight;
        if (size is not null)
            run["size"] = size;
        if (color is not null)
            run["color"] = color;
        if (subtle)
            run["isSubtle"] = true;
        return new() { ["type"] = "RichTextBlock", ["inlines"] = new JsonArray(run) };
    }

    /// <summary>Two braces would be read as the beginning of a date.</summary>
    private static string Literal(string text) => text.Replace("{{", "{\u200B{", StringComparison.Ordinal);
}
