using System.Text.Json.Serialization;
using Helpdesk.Conditions;
using Helpdesk.Tickets;

namespace Helpdesk.Forms;

/// <summary>A type of request and the form that asks for what it needs.</summary>
public sealed record RequestForm
{
    /// <summary>How many forms a workspace may have.</summary>
    public const int Most = 100;

    /// <summary>How many fields a form may have: as many as a ticket may have of its own.</summary>
    public const int MostFields = 50;

    /// <summary>How many choices a field may offer.</summary>
    public const int MostOptions = 100;

    public required string Id { get; init; }

    /// <summary>What requesters choose it by.</summary>
    public required LocalText Name { get; init; }

    /// <summary>What it is for; null for nothing to say.</summary>
    public LocalText? Description { get; init; }

    /// <summary>A sign before the name, such as an emoji; null for none.</summary>
    public string? Icon { get; init; }
    public required int Version { get; init; }

    /// <summary>Whether it is offered.</summary>
    public bool Active { get; init; } = true;

    /// <summary>Forms are offered in this order.</summary>
    public int Position { get; init; } = 100;

    /// <summary>Whether the requester writes a subject.</summary>
    public FormWords Subject { get; init; }

    /// <summary>Whether the requester describes the request in words of their own.</summary>
    public FormWords Details { get; init; }

    /// <summary>The type that its tickets have; null for none.</summary>
    public string? Type { get; init; }

    /// <summary>Id of the group that its tickets go to; null for none.</summary>
    public string? Group { get; init; }

    /// <summary>The priority that its tickets have; null for the usual one.</summary>
    public TicketPriority? Priority { get; init; }

    /// <summary>Tags that its tickets have.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>What it asks, in this order.</summary>
    public required IReadOnlyList<FormField> Fields { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>The same form with every condition changed.</summary>
    public RequestForm Rewritten(Func<Condition, Condition> rewrite)
    {
        ArgumentNullException.ThrowIfNull(rewrite);
        Condition? Of(Condition? condition) => condition is null ? null : rewrite(condition);
        return this with
        {
            Fields =
            [
                .. Fields.Select(field =>
                    field with
                    {
                        VisibleWhen = Of(field.VisibleWhen),
                        RequiredWhen = Of(field.RequiredWhen),
                        Options = [.. field.Options.Select(option => option with { When = Of(option.When) })],
                    }
                ),
            ],
        };
    }
}

/// <summary>Whether a form asks for words besides its fields.</summary>
[JsonConverter(typeof(WireNameConverter<FormWords>))]
public enum FormWords
{
    Required,
    Optional,

    /// <summary>Not asked for: they are made from the answers.</summary>
    Hidden,
}

/// <summary>What a field of a form takes.</summary>
[JsonConverter(typeof(WireNameConverter<FormFieldType>))]
public enum FormFieldType
{
    /// <summary>Words on one line.</summary>
    Text,

    /// <summary>Words on several lines.</summary>
    LongText,
    Number,

    /// <summary>A day.</summary>
    Date,

    /// <summary>One of the options.</summary>
    Choice,

    /// <summary>Some of the options.</summary>
    MultiChoice,

    /// <summary>Ticked or not. One that is required has to be ticked.</summary>
    Checkbox,

    /// <summary>Files.</summary>
    File,

    /// <summary>The e-mail address of a person.</summary>
    Contact,

    /// <summary>The id or serial number of a device.</summary>
    Asset,
}

/// <summary>One question of a form.</summary>
public sealed record FormField
{
    /// <summary>Names it in answers and conditions, and the ticket's own field that the answer becomes.</summary>
    public required string Name { get; init; }

    /// <summary>What it takes.</summary>
    public required FormFieldType Type { get; init; }

    /// <summary>The question.</summary>
    public required LocalText Label { get; init; }

    /// <summary>What helps to answer it; null for nothing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public LocalText? Help { get; init; }

    /// <summary>Whether it has to be answered wherever it is asked.</summary>
    public bool Required { get; init; }

    /// <summary>When it has to be answered besides; null for never.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Condition? RequiredWhen { get; init; }

    /// <summary>When it is asked; null for always.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Condition? VisibleWhen { get; init; }

    /// <summary>What can be chosen; empty for what is no choice.</summary>
    public IReadOnlyList<FormOption> Options { get; init; } = [];

    /// <summary>The fewest characters of a text; null for no limit.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? MinLength { get; init; }

    /// <summary>The most characters of a text; null for what the type allows.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? MaxLength { get; init; }

    /// <summary>The smallest number; null for no limit.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public decimal? Min { get; init; }

    /// <summary>The largest number; null for no limit.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public decimal? Max { get; init; }

    /// <summary>The first day: <c>2026-03-10</c>, <c>today</c> or <c>today+7</c>; null for no limit.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Earliest { get; init; }

    /// <summary>The last day, as <see cref="Earliest"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Latest { get; init; }

    /// <summary>A regular expression that a text has to match as a whole; null for any text.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Pattern { get; init; }

    /// <summary>What a text has to look like, in words, for who did not match <see cref="Pattern"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public LocalText? PatternHelp { get; init; }

    /// <summary>Whether an answer is in words of the person.</summary>
    [JsonIgnore]
    public bool IsWords => Type is FormFieldType.Text or FormFieldType.LongText or FormFieldType.File or FormFieldType.Contact or FormFieldType.Asset;

    /// <summary>The most characters that an answer may have.</summary>
    [JsonIgnore]
    public int MostLetters =>
        MaxLength
        ?? Type switch
        {
            FormFieldType.LongText => FormRules.LongTextLength,
            FormFieldType.Contact => FormRules.AddressLength,
            FormFieldType.Asset => FormRules.AssetLength,
            _ => FormRules.TextLength,
        };
}

/// <summary>Something that can be chosen.</summary>
/// <param name="Value">Names it in answers and conditions.</param>
/// <param name="Label">What the requester reads.</param>
/// <param name="When">When it is offered; null for always.</param>
public sealed record FormOption(string Value, LocalText Label, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Condition? When = null);
