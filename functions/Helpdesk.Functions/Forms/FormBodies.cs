using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Forms;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;

namespace Helpdesk.Functions.Forms;

// The bodies that FormRequest reads field by field, as the description of the API shows them.

/// <summary>A new form. Words may be given in several languages or as a text alone, which counts as English.</summary>
[Example(
    """
        {"name":{"en":"New laptop","de":"Neuer Laptop"},"type":"order","subject":"hidden","details":"optional",
         "fields":[{"name":"model","type":"choice","label":{"en":"Which model?","de":"Welches Modell?"},"required":true,
                    "options":[{"value":"light","label":{"en":"Light","de":"Leicht"}},{"value":"strong","label":{"en":"Strong","de":"Stark"}}]},
                   {"name":"reason","type":"long-text","label":{"en":"What do you need it for?","de":"Wozu brauchen Sie es?"},"required":true,
                    "visibleWhen":{"field":"answers.model","op":"is","value":"strong"}}]}
        """
)]
public sealed record AddFormBody
{
    /// <summary>The id to give it; made from the name when it is left out.</summary>
    [RegularExpression(SettingFields.IdPattern), MaxLength(30)]
    public string? Id { get; init; }

    /// <summary>What requesters choose it by.</summary>
    public required LocalText Name { get; init; }

    /// <summary>What it is for.</summary>
    public LocalText? Description { get; init; }

    /// <summary>A sign before the name, such as an emoji.</summary>
    [MaxLength(16)]
    public string? Icon { get; init; }

    /// <summary>Whether it is offered; true when it is left out.</summary>
    public bool? Active { get; init; }

    /// <summary>Forms are offered in this order; 100 when it is left out.</summary>
    [Range(0, 1_000_000)]
    public int? Position { get; init; }

    /// <summary>Whether the requester writes a subject; <c>required</c> when it is left out.</summary>
    public FormWords? Subject { get; init; }

    /// <summary>Whether the requester describes the request in words of their own; <c>required</c> when it is left out.</summary>
    public FormWords? Details { get; init; }

    /// <summary>The type that its tickets have.</summary>
    [MaxLength(50)]
    public string? Type { get; init; }

    /// <summary>Id of the group that its tickets go to.</summary>
    public string? Group { get; init; }

    /// <summary>The priority that its tickets have; the usual one when it is left out.</summary>
    public TicketPriority? Priority { get; init; }

    /// <summary>Tags that its tickets have.</summary>
    [MaxLength(20)]
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>What it asks, in this order.</summary>
    [MaxLength(RequestForm.MostFields)]
    public required IReadOnlyList<FormFieldBody> Fields { get; init; }
}

/// <summary>What is to be different about a form: a JSON merge patch (RFC 7396). Lists are replaced as a whole.</summary>
[Example("""{"active":false}""")]
public sealed record ChangeFormBody
{
    /// <summary>What requesters choose it by.</summary>
    public LocalText? Name { get; init; }

    /// <summary>What it is for.</summary>
    public LocalText? Description { get; init; }

    /// <summary>A sign before the name, such as an emoji.</summary>
    [MaxLength(16)]
    public string? Icon { get; init; }

    /// <summary>Whether it is offered.</summary>
    public bool? Active { get; init; }

    /// <summary>Forms are offered in this order.</summary>
    [Range(0, 1_000_000)]
    public int? Position { get; init; }

    /// <summary>Whether the requester writes a subject.</summary>
    public FormWords? Subject { get; init; }

    /// <summary>Whether the requester describes the request in words of their own.</summary>
    public FormWords? Details { get; init; }

    /// <summary>The type that its tickets have.</summary>
    [MaxLength(50)]
    public string? Type { get; init; }

    /// <summary>Id of the group that its tickets go to.</summary>
    public string? Group { get; init; }

    /// <summary>The priority that its tickets have.</summary>
    public TicketPriority? Priority { get; init; }

    /// <summary>Tags that its tickets have.</summary>
    [MaxLength(20)]
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>What it asks, in this order.</summary>
    [MaxLength(RequestForm.MostFields)]
    public IReadOnlyList<FormFieldBody>? Fields { get; init; }
}

/// <summary>One question of a form.</summary>
public sealed record FormFieldBody
{
    /// <summary>Names it in answers and conditions, and the ticket's own field that the answer becomes.</summary>
    [MaxLength(40)]
    public required string Name { get; init; }

    /// <summary>What it takes.</summary>
    public required FormFieldType Type { get; init; }

    /// <summary>The question.</summary>
    public required LocalText Label { get; init; }

    /// <summary>What helps to answer it.</summary>
    public LocalText? Help { get; init; }

    /// <summary>Whether it has to be answered wherever it is asked; false when it is left out.</summary>
    public bool? Required { get; init; }

    /// <summary>When it has to be answered besides, by answers to fields before it.</summary>
    public Helpdesk.Conditions.Condition? RequiredWhen { get; init; }

    /// <summary>When it is asked, by answers to fields before it; always when it is left out.</summary>
    public Helpdesk.Conditions.Condition? VisibleWhen { get; init; }

    /// <summary>What can be chosen, for <c>choice</c> and <c>multi-choice</c>.</summary>
    [MaxLength(RequestForm.MostOptions)]
    public IReadOnlyList<FormOptionBody>? Options { get; init; }

    /// <summary>The fewest characters of a text.</summary>
    [Range(0, FormRules.LongTextLength)]
    public int? MinLength { get; init; }

    /// <summary>The most characters of a text.</summary>
    [Range(1, FormRules.LongTextLength)]
    public int? MaxLength { get; init; }

    /// <summary>The smallest number.</summary>
    public decimal? Min { get; init; }

    /// <summary>The largest number.</summary>
    public decimal? Max { get; init; }

    /// <summary>The first day: <c>2026-03-10</c>, <c>today</c> or <c>today+7</c>.</summary>
    [MaxLength(20)]
    public string? Earliest { get; init; }

    /// <summary>The last day: <c>2026-03-10</c>, <c>today</c> or <c>today+7</c>.</summary>
    [MaxLength(20)]
    public string? Latest { get; init; }

    /// <summary>A regular expression that a text has to match as a whole; without references back and looking around.</summary>
    [MaxLength(FormPattern.Length)]
    public string? Pattern { get; init; }

    /// <summary>What a text has to look like, in words, for who did not match the pattern.</summary>
    public LocalText? PatternHelp { get; init; }
}

/// <summary>Something that can be chosen.</summary>
public sealed record FormOptionBody
{
    /// <summary>Names it in answers and conditions.</summary>
    [MaxLength(50)]
    public required string Value { get; init; }

    /// <summary>What the requester reads; the value when it is left out.</summary>
    public LocalText? Label { get; init; }

    /// <summary>When it is offered, by answers to fields before; always when it is left out.</summary>
    public Helpdesk.Conditions.Condition? When { get; init; }
}

/// <summary>A version of a form.</summary>
/// <param name="Id">Names the form.</param>
/// <param name="Name">What requesters choose it by.</param>
/// <param name="Description">What it is for; null for nothing to say.</param>
/// <param name="Icon">A sign before the name; null for none.</param>
/// <param name="Version">Counts its changes: 1, 2, 3 …</param>
/// <param name="Active">Whether it is offered.</param>
/// <param name="Position">Forms are offered in this order; those of one position in the order of their ids.</param>
/// <param name="Subject">Whether the requester writes a subject.</param>
/// <param name="Details">Whether the requester describes the request in words of their own.</param>
/// <param name="Type">The type that its tickets have; null for none.</param>
/// <param name="Group">Id of the group that its tickets go to; null for none.</param>
/// <param name="Priority">The priority that its tickets have; null for the usual one.</param>
/// <param name="Tags">Tags that its tickets have.</param>
/// <param name="Fields">What it asks, in this order.</param>
/// <param name="CreatedAt">When it was added.</param>
/// <param name="UpdatedAt">When this version was made.</param>
public sealed record FormView(
    string Id,
    LocalText Name,
    LocalText? Description,
    string? Icon,
    int Version,
    bool Active,
    int Position,
    FormWords Subject,
    FormWords Details,
    string? Type,
    string? Group,
    TicketPriority? Priority,
    IReadOnlyList<string> Tags,
    IReadOnlyList<FormField> Fields,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt
)
{
    /// <summary>When it was just added or changed: words that are missing in a language; otherwise left out.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Warnings { get; init; }

    public static FormView Of(RequestForm it) =>
        new(
            it.Id,
            it.Name,
            it.Description,
            it.Icon,
            it.Version,
            it.Active,
            it.Position,
            it.Subject,
            it.Details,
            it.Type,
            it.Group,
            it.Priority,
            it.Tags,
            it.Fields,
            it.CreatedAt,
            it.UpdatedAt
        );

    /// <summary>The same with what may be missing in it.</summary>
    internal static FormView WithWarnings(RequestForm it) => Of(it) with { Warnings = FormDesign.Warnings(it) is { Count: > 0 } warnings ? warnings : null };
}

/// <summary>Answers to try a form with.</summary>
[Example("""{"answers":{"model":"strong"}}""")]
public sealed record PreviewFormBody
{
    /// <summary>Answers by the names of the fields; none when it is left out.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Answers { get; init; }

    /// <summary>The version to try; the newest when it is left out.</summary>
    [Range(1, 999_999)]
    public int? Version { get; init; }

    /// <summary>A form to try that is not saved, as it would be added: the id in the address is then any.</summary>
    public AddFormBody? Form { get; init; }
}

/// <summary>Answers to try a form with, and the draft of one where that is tried.</summary>
public sealed record PreviewFormRequest(IReadOnlyDictionary<string, JsonElement> Answers, int? Version, FormRequest? Form) : IFromRequest<PreviewFormRequest>
{
    public static async ValueTask<PreviewFormRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var given = fields.Object("answers");
        var answers = given?.Names().ToDictionary(name => name, name => given.Json(name)!.Value.Clone(), StringComparer.Ordinal);
        var version = fields.Whole("version", 1, 999_999);
        var form = fields.Object("form") is { } draft ? new FormRequest(null, draft.Raw()) : null;
        fields.Done();
        return new(answers ?? [], version, form);
    }
}

/// <summary>What a form asks after some answers.</summary>
/// <param name="Version">The version that was tried.</param>
/// <param name="Valid">Whether a request with these answers is taken.</param>
/// <param name="Fields">Every field, in the order of the form.</param>
/// <param name="Errors">What is wrong with the answers, by field; fields that the form has not are among them.</param>
/// <param name="CustomFields">The fields of the ticket's own that these answers would become.</param>
public sealed record FormPreview(
    int Version,
    bool Valid,
    IReadOnlyList<PreviewedField> Fields,
    IReadOnlyDictionary<string, string> Errors,
    IReadOnlyDictionary<string, JsonElement> CustomFields
)
{
    public static FormPreview Of(FormReading it) =>
        new(
            it.Form.Version,
            it.Problems.Count == 0,
            [
                .. it.Fields.Select(one => new PreviewedField(
                    one.Field.Name,
                    one.IsVisible,
                    one.IsRequired,
                    one.Field.Options.Count == 0 ? null : [.. one.Options.Select(option => option.Value)],
                    one.Answer
                )),
            ],
            it.Problems.ToDictionary(problem => problem.Field, problem => $"{problem.Field} {problem.Sentence}", StringComparer.Ordinal),
            FormFilling.CustomFields(it, new Dictionary<string, string>())
        );
}

/// <summary>A field of a form after some answers.</summary>
/// <param name="Name">Name of the field.</param>
/// <param name="Visible">Whether it is asked.</param>
/// <param name="Required">Whether it has to be answered.</param>
/// <param name="Options">What can be chosen; null for what is no choice.</param>
/// <param name="Answer">The answer as it is taken; null for none, or one that is wrong.</param>
public sealed record PreviewedField(string Name, bool Visible, bool Required, IReadOnlyList<string>? Options, JsonElement? Answer);

/// <summary>A form as a site shows it to requesters.</summary>
/// <param name="Id">Names the form.</param>
/// <param name="Version">The version; it is taken when it is sent, even if the form has changed meanwhile.</param>
/// <param name="Name">What requesters choose it by.</param>
/// <param name="Description">What it is for; null for nothing to say.</param>
/// <param name="Icon">A sign before the name; null for none.</param>
/// <param name="Subject">Whether the requester writes a subject.</param>
/// <param name="Details">Whether the requester describes the request in words of their own.</param>
/// <param name="Fields">What it asks, in this order.</param>
public sealed record PublicForm(
    string Id,
    int Version,
    LocalText Name,
    LocalText? Description,
    string? Icon,
    FormWords Subject,
    FormWords Details,
    IReadOnlyList<FormField> Fields
)
{
    public static PublicForm Of(RequestForm it) => new(it.Id, it.Version, it.Name, it.Description, it.Icon, it.Subject, it.Details, it.Fields);
}
