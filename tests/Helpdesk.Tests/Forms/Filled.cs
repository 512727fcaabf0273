using System.Text.Json;
using Helpdesk.Conditions;
using Helpdesk.Forms;

namespace Helpdesk.Tests.Forms;

/// <summary>Forms and answers for tests.</summary>
internal static class Filled
{
    public static DateOnly Today { get; } = new(2026, 3, 10);

    public static RequestForm Form(params IReadOnlyList<FormField> fields) =>
        new()
        {
            Id = "laptop",
            Name = new(En: "New laptop", De: "Neuer Laptop"),
            Version = 3,
            Fields = fields,
            CreatedAt = DateTimeOffset.UnixEpoch,
            UpdatedAt = DateTimeOffset.UnixEpoch,
        };

    public static FormField Field(string name, FormFieldType type = FormFieldType.Text, params string[] options) =>
        new()
        {
            Name = name,
            Type = type,
            Label = new(En: name.ToUpperInvariant(), De: $"{name} auf Deutsch"),
            Options = [.. options.Select(option => new FormOption(option, new(En: option.ToUpperInvariant())))],
        };

    public static Condition When(string json)
    {
        var (condition, errors) = Condition.Parse(JsonElement.Parse(json), ConditionScope.Forms);
        Assert.Equal("", string.Join('\n', errors));
        return condition!;
    }

    public static FormReading Read(RequestForm form, string answers, params string[] files)
    {
        var given = JsonElement.Parse(answers).EnumerateObject().ToDictionary(one => one.Name, one => one.Value, StringComparer.Ordinal);
        return FormRules.Read(form, given, files, Today);
    }

    public static string Said(FormReading reading) =>
        string.Join(' ', reading.Problems.Select(problem => $"{problem.Field}:{WireName<FormFault>.Of(problem.Fault)}"));
}
