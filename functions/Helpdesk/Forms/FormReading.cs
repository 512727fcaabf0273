using System.Text.Json;
using System.Text.Json.Serialization;

namespace Helpdesk.Forms;

/// <summary>What comes of holding answers against a form.</summary>
/// <param name="Fields">Every field of the form, in its order.</param>
/// <param name="Problems">Everything that is wrong; empty where the form can be taken.</param>
public sealed record FormReading(RequestForm Form, IReadOnlyList<FieldReading> Fields, IReadOnlyList<FormProblem> Problems)
{
    /// <summary>The answers that count: those to fields that are asked, each as its field has it.</summary>
    public IReadOnlyDictionary<string, JsonElement> Answers { get; } =
        Fields.Where(one => one.Answer is not null).ToDictionary(one => one.Field.Name, one => one.Answer!.Value, StringComparer.Ordinal);

    /// <summary>What is asked.</summary>
    public IEnumerable<FieldReading> Asked => Fields.Where(one => one.IsVisible);

    /// <summary>Ids of the files that were answered with.</summary>
    public IReadOnlyList<string> Files =>
        [
            .. Asked
                .Where(one => one is { Field.Type: FormFieldType.File, Answer: not null })
                .SelectMany(one => one.Answer!.Value.EnumerateArray())
                .Select(id => id.GetString()!)
                .Distinct(StringComparer.Ordinal),
        ];

    /// <summary>Fields that are asked only now: they stood on no page that was sent.</summary>
    public IReadOnlyList<string> Unseen(IReadOnlyCollection<string> shown) =>
        [.. Asked.Where(one => !shown.Contains(one.Field.Name)).Select(one => one.Field.Name)];
}

/// <summary>One field, as the answers before it make it.</summary>
/// <param name="Options">What can be chosen.</param>
/// <param name="Answer">What was answered and can be taken; null for nothing.</param>
/// <param name="Problem">What is wrong with the answer; null for nothing.</param>
public sealed record FieldReading(
    FormField Field,
    bool IsVisible,
    bool IsRequired,
    IReadOnlyList<FormOption> Options,
    JsonElement? Answer,
    FormProblem? Problem
);

/// <summary>Something that is wrong with an answer.</summary>
/// <param name="Limit">The limit that was passed, or what was given; empty where there is nothing to name.</param>
public sealed record FormProblem(string Field, FormFault Fault, string Limit = "")
{
    /// <summary>Whether it is about the words that a form asks for besides its fields: <c>subject</c> or <c>description</c>.</summary>
    public bool IsWords { get; init; }

    /// <summary>What is wrong, for programs, as it goes on after the name of the field.</summary>
    public string Sentence =>
        Fault switch
        {
            FormFault.Missing => "is required.",
            FormFault.NotTicked => "must be true.",
            FormFault.NotText => "must be a text.",
            FormFault.NotNumber => "must be a number such as 12.5.",
            FormFault.NotDate => "must be a day such as 2026-03-10.",
            FormFault.NotFlag => "must be true or false.",
            FormFault.NotOffered => $"contains \"{Limit}\", which cannot be chosen here.",
            FormFault.NotAddress => "is not an e-mail address.",
            FormFault.NotFile => $"contains \"{Limit}\", which is no file of this request: name files by their ids.",
            FormFault.Characters => "contains characters that cannot be used.",
            FormFault.TooShort => $"must have at least {Limit} characters.",
            FormFault.TooLong => $"may have at most {Limit} characters.",
            FormFault.TooSmall => $"must be at least {Limit}.",
            FormFault.TooLarge => $"must be at most {Limit}.",
            FormFault.TooEarly => $"must not be before {Limit}.",
            FormFault.TooLate => $"must not be after {Limit}.",
            FormFault.Pattern => $"does not match {Limit}.",
            FormFault.TooMuch => $"is too much: all answers together may have {Limit} characters.",
            _ => $"is not a field of this form; use {Limit}.",
        };
}

/// <summary>What can be wrong with an answer.</summary>
[JsonConverter(typeof(WireNameConverter<FormFault>))]
public enum FormFault
{
    Missing,
    NotTicked,
    NotText,
    NotNumber,
    NotDate,
    NotFlag,
    NotOffered,
    NotAddress,
    NotFile,
    Characters,
    TooShort,
    TooLong,
    TooSmall,
    TooLarge,
    TooEarly,
    TooLate,
    Pattern,
    TooMuch,
    Unknown,
}
