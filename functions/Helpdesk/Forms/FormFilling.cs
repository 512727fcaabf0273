using System.Text.Json;
using Helpdesk.Tickets;

namespace Helpdesk.Forms;

/// <summary>An answer as people read it.</summary>
/// <param name="Field">Name of the field.</param>
/// <param name="Label">What was asked.</param>
/// <param name="Value">What was answered.</param>
public sealed record ReadableAnswer(string Field, string Label, string Value);

/// <summary>Makes of a form that can be taken what its ticket says.</summary>
public static class FormFilling
{
    private const string Between = ", ";
    private const int SubjectLength = 250;

    /// <summary>A ticket's draft with the form in it: what the draft says itself counts, and the form says the rest.</summary>
    /// <param name="reading">The form with answers that can be taken.</param>
    /// <param name="names">Names of files by their ids.</param>
    /// <param name="language">The requester's language; null where that is not known.</param>
    public static TicketDraft Fill(TicketDraft draft, FormReading reading, IReadOnlyDictionary<string, string> names, string? language)
    {
        ArgumentNullException.ThrowIfNull(draft);
        ArgumentNullException.ThrowIfNull(reading);
        var form = reading.Form;
        var fields = new Dictionary<string, JsonElement>(draft.CustomFields, StringComparer.Ordinal);
        foreach (var (name, value) in CustomFields(reading, names))
            fields[name] = value;
        var answers = Readable(form, fields, language);
        return draft with
        {
            Subject = draft.Subject.Length > 0 ? draft.Subject : SubjectOf(form, answers, language),
            Description = draft.Description.Length > 0 ? draft.Description : DescriptionOf(form, answers, language),
            Type = draft.Type ?? form.Type,
            Tags = [.. draft.Tags.Concat(form.Tags).Distinct(StringComparer.Ordinal).Take(TicketRules.MostTags)],
            CustomFields = fields,
            Form = new(
                form.Id,
                form.Version,
                reading.Asked.Where(one => one.Field.IsWords && one.Answer is not null).Select(one => one.Field.Name).ToList() is { Count: > 0 } words
                    ? words
                    : null
            ),
        };
    }

    /// <summary>The ticket's own fields that the answers become: what several were chosen of is one text, with commas between.</summary>
    public static IReadOnlyDictionary<string, JsonElement> CustomFields(FormReading reading, IReadOnlyDictionary<string, string> names)
    {
        ArgumentNullException.ThrowIfNull(reading);
        return reading
            .Asked.Where(one => one.Answer is not null)
            .ToDictionary(
                one => one.Field.Name,
                one =>
                    one.Answer!.Value.ValueKind != JsonValueKind.Array
                        ? one.Answer.Value
                        : FormRules.Element(
                            string.Join(
                                Between,
                                one.Answer.Value.EnumerateArray().Select(entry => names.GetValueOrDefault(entry.GetString()!, entry.GetString()!))
                            )
                        ),
                StringComparer.Ordinal
            );
    }

    /// <summary>What was asked and answered, as a ticket has it now.</summary>
    /// <param name="form">The version that was filled in.</param>
    /// <param name="fields">The ticket's own fields.</param>
    public static IReadOnlyList<ReadableAnswer> Readable(RequestForm form, IReadOnlyDictionary<string, JsonElement> fields, string? language)
    {
        ArgumentNullException.ThrowIfNull(form);
        ArgumentNullException.ThrowIfNull(fields);
        return
        [
            .. form
                .Fields.Where(field => fields.ContainsKey(field.Name))
                .Select(field => new ReadableAnswer(field.Name, field.Label.In(language), Readable(field, fields[field.Name], language))),
        ];
    }

    private static string Readable(FormField field, JsonElement value, string? language) =>
        value.ValueKind switch
        {
            JsonValueKind.True or JsonValueKind.False => YesOrNo(value.GetBoolean(), language),
            JsonValueKind.String when field.Options.Count > 0 => string.Join(
                Between,
                value.GetString()!.Split(Between).Select(one => field.Options.FirstOrDefault(option => option.Value == one)?.Label.In(language) ?? one)
            ),
            JsonValueKind.String => value.GetString()!,
            _ => value.GetRawText(),
        };

    private static string YesOrNo(bool yes, string? language) =>
        new LocalText(De: yes ? "Ja" : "Nein", El: yes ? "Ναι" : "Όχι", En: yes ? "Yes" : "No", Hr: yes ? "Da" : "Ne").In(language);

    private static string SubjectOf(RequestForm form, IReadOnlyList<ReadableAnswer> answers, string? language)
    {
        var name = form.Name.In(language);
        var first = form.Fields.FirstOrDefault(field =>
            field.Type is FormFieldType.Choice or FormFieldType.Text or FormFieldType.Asset && answers.Any(answer => answer.Field == field.Name)
        );
        var text = first is null ? name : $"{name}: {answers.First(answer => answer.Field == first.Name).Value}";
        return PlainText.Shortened(text, SubjectLength);
    }

    private static string DescriptionOf(RequestForm form, IReadOnlyList<ReadableAnswer> answers, string? language) =>
        answers.Count == 0 ? form.Name.In(language) : string.Join('\n', answers.Select(answer => $"{answer.Label}: {answer.Value}"));
}
