using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Helpdesk.Forms;
using static Helpdesk.Tests.Forms.Filled;

namespace Helpdesk.Tests.Forms;

/// <summary>What must be true of every form and all answers to it.</summary>
public sealed class FormProperties
{
    private static readonly string[] Files = ["file1", "file2"];

    /// <summary>Answers of every kind, right ones and wrong ones.</summary>
    private static readonly string[] Raw =
    [
        "null",
        "\"\"",
        "\" \"",
        "\"a\"",
        "\"b\"",
        "\"abc\"",
        "\"abcdefgh\"",
        "\"a,b\"",
        "\"x\\u0001\"",
        "\"two\\nlines\"",
        "0",
        "3",
        "\"3\"",
        "7.5",
        "1e300",
        "true",
        "false",
        "\"on\"",
        "\"2026-03-10\"",
        "\"2026-03-20\"",
        "\"2026-13-01\"",
        "[\"a\"]",
        "[\"a\",\"b\",\"a\"]",
        "[\"z\"]",
        "[]",
        "[1]",
        "{}",
        "\"rita@example.com\"",
        "\"file1\"",
        "[\"file1\",\"file2\"]",
        "[\"stolen\"]",
    ];

    private static Gen<string?> Conditions(int before) =>
        before == 0
            ? Gen.Constant<string?>(null)
            : Gen.Frequency(
                (2, Gen.Constant<string?>(null)),
                (
                    3,
                    from name in Gen.Choose(0, before - 1)
                    from term in Gen.Elements(
                        "\"op\":\"is\",\"value\":\"a\"",
                        "\"op\":\"is\",\"value\":true",
                        "\"op\":\"is-not\",\"value\":\"b\"",
                        "\"op\":\"is-set\"",
                        "\"op\":\"is-empty\"",
                        "\"op\":\"contains\",\"value\":\"a\"",
                        "\"op\":\"at-least\",\"value\":3"
                    )
                    from denied in Gen.Elements(true, false)
                    let one = $$"""{"field":"answers.f{{name}}",{{term}}}"""
                    select (string?)(denied ? $$"""{"not":{{one}}}""" : one)
                )
            );

    private static Gen<FormField> Fields(int index) =>
        from type in Gen.Elements(Enum.GetValues<FormFieldType>())
        from required in Gen.Elements(true, false)
        from visible in Conditions(index)
        from requiredWhen in Conditions(index)
        from offered in Conditions(index)
        from limited in Gen.Elements(true, false)
        let choice = type is FormFieldType.Choice or FormFieldType.MultiChoice
        let text = type is FormFieldType.Text or FormFieldType.LongText
        select Field($"f{index}", type) with
        {
            Required = required,
            VisibleWhen = visible is null ? null : When(visible),
            RequiredWhen = requiredWhen is null ? null : When(requiredWhen),
            Options = choice ? [new("a", new(En: "A")), new("b", new(En: "B"), offered is null ? null : When(offered))] : [],
            MinLength = limited && text ? 2 : null,
            MaxLength = limited && text ? 5 : null,
            Pattern = limited && text ? "[a-z]+" : null,
            Min = limited && type == FormFieldType.Number ? 1 : null,
            Max = limited && type == FormFieldType.Number ? 5 : null,
            Earliest = limited && type == FormFieldType.Date ? "today" : null,
            Latest = limited && type == FormFieldType.Date ? "today+5" : null,
        };

    private static readonly Gen<(RequestForm Form, Dictionary<string, JsonElement> Answers)> Cases =
        from count in Gen.Choose(1, 7)
        from fields in Gen.CollectToList(Enumerable.Range(0, count), Fields)
        from raws in Gen.ListOf(Gen.Elements(Raw), count + 1)
        from left in Gen.ListOf(Gen.Choose(0, 3), count + 1)
        let names = Enumerable.Range(0, count + 1).Where(index => left[index] > 0 && (index < count || left[index] == 3))
        select (Form([.. fields]), names.ToDictionary(index => $"f{index}", index => JsonElement.Parse(raws[index]), StringComparer.Ordinal));

    private static void ForAll(Action<RequestForm, Dictionary<string, JsonElement>, FormReading> check) =>
        Prop.ForAll(Arb.From(Cases), one => check(one.Form, one.Answers, FormRules.Read(one.Form, one.Answers, Files, Today)))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(3_000));

    [Fact]
    public void What_is_taken_breaks_no_limit_of_any_field_that_is_asked() =>
        ForAll(
            (form, answers, reading) =>
            {
                if (reading.Problems.Count > 0)
                    return;
                Assert.All(answers.Keys, name => Assert.Contains(form.Fields, field => field.Name == name));
                foreach (var one in reading.Asked)
                {
                    if (one.IsRequired)
                        Assert.NotNull(one.Answer);
                    if (one.Answer is { } answer)
                        Assert.True(IsWithin(one, answer), $"{one.Field} takes {answer.GetRawText()}");
                }
            }
        );

    [Fact]
    public void What_is_not_asked_is_never_required_never_wrong_and_never_kept() =>
        ForAll(
            (_, _, reading) =>
            {
                foreach (var hidden in reading.Fields.Where(one => !one.IsVisible))
                {
                    Assert.False(hidden.IsRequired);
                    Assert.Null(hidden.Answer);
                    Assert.DoesNotContain(reading.Problems, problem => problem.Field == hidden.Field.Name);
                    Assert.DoesNotContain(hidden.Field.Name, reading.Answers.Keys);
                }
            }
        );

    /// <summary>So that a page that is sent again, a card and a receipt that is worked twice come to the same.</summary>
    [Fact]
    public void What_was_taken_is_taken_again_as_it_is() =>
        ForAll(
            (form, _, reading) =>
            {
                if (reading.Problems.Count > 0)
                    return;
                var again = FormRules.Read(form, reading.Answers, Files, Today);
                Assert.Empty(again.Problems);
                Assert.Equal(
                    reading.Fields.Select(one => $"{one.IsVisible} {one.IsRequired} {one.Options.Count} {one.Answer?.GetRawText()}"),
                    again.Fields.Select(one => $"{one.IsVisible} {one.IsRequired} {one.Options.Count} {one.Answer?.GetRawText()}")
                );
            }
        );

    /// <summary>What a field is does not hang on answers to itself or to fields after it.</summary>
    [Fact]
    public void Later_answers_change_nothing_before_them() =>
        ForAll(
            (form, answers, reading) =>
            {
                for (var count = 0; count < form.Fields.Count; count++)
                {
                    var fewer = answers.Where(one => form.Fields.Take(count).Any(field => field.Name == one.Key)).ToDictionary(StringComparer.Ordinal);
                    var read = FormRules.Read(form, fewer, Files, Today);
                    Assert.Equal(
                        reading.Fields.Take(count + 1).Select(one => $"{one.IsVisible} {one.IsRequired} {one.Options.Count}"),
                        read.Fields.Take(count + 1).Select(one => $"{one.IsVisible} {one.IsRequired} {one.Options.Count}")
                    );
                }
            }
        );

    /// <summary>The limits said once more, in other words than the rules say them.</summary>
    private static bool IsWithin(FieldReading one, JsonElement answer)
    {
        var field = one.Field;
        string Text() => answer.GetString()!;
        return field.Type switch
        {
            FormFieldType.Text or FormFieldType.LongText => Text().Length >= (field.MinLength ?? 1)
                && Text().Length <= (field.MaxLength ?? 4_000)
                && (field.Pattern is null || Regex.IsMatch(Text(), $"^({field.Pattern})$"))
                && !Text().Any(letter => char.IsControl(letter) && (letter != '\n' || field.Type == FormFieldType.Text)),
            FormFieldType.Number => answer.GetDecimal() >= (field.Min ?? -999_999_999_999_999m) && answer.GetDecimal() <= (field.Max ?? 999_999_999_999_999m),
            FormFieldType.Date => DateOnly.ParseExact(Text(), "yyyy-MM-dd", CultureInfo.InvariantCulture) is var day
                && (field.Earliest is null || (day >= Today && day <= Today.AddDays(5))),
            FormFieldType.Choice => Text() is "a" || (Text() is "b" && one.Options.Count == 2),
            FormFieldType.MultiChoice => answer.GetArrayLength() > 0
                && answer.EnumerateArray().All(entry => entry.GetString() is "a" || (entry.GetString() is "b" && one.Options.Count == 2)),
            FormFieldType.Checkbox => answer.ValueKind == JsonValueKind.True || (answer.ValueKind == JsonValueKind.False && !one.IsRequired),
            FormFieldType.File => answer.GetArrayLength() > 0 && answer.EnumerateArray().All(entry => Files.Contains(entry.GetString())),
            FormFieldType.Contact => Text().Contains('@', StringComparison.Ordinal),
            _ => Text().Length is > 0 and <= 100,
        };
    }
}
