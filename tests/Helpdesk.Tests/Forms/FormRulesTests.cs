using System.Diagnostics;
using System.Text.Json;
using Helpdesk.Forms;
using Helpdesk.Tickets;
using static Helpdesk.Tests.Forms.Filled;

namespace Helpdesk.Tests.Forms;

public sealed class FormRulesTests
{
    private static RequestForm Laptop { get; } =
        Form(
            Field("model", FormFieldType.Choice, "light", "strong") with
            {
                Required = true,
            },
            Field("reason", FormFieldType.LongText) with
            {
                VisibleWhen = When("""{"field":"answers.model","op":"is","value":"strong"}"""),
                Required = true,
            },
            Field("extras", FormFieldType.MultiChoice, "dock", "bag", "gpu") with
            {
                Options =
                [
                    new("dock", new(En: "Dock")),
                    new("bag", new(En: "Bag")),
                    new("gpu", new(En: "GPU"), When("""{"field":"answers.model","op":"is","value":"strong"}""")),
                ],
            },
            Field("address") with
            {
                RequiredWhen = When("""{"field":"answers.extras","op":"contains","value":"dock"}"""),
            }
        );

    [Theory]
    [InlineData("""{"model":"light"}""", "")]
    [InlineData("""{}""", "model:missing")]
    [InlineData("""{"model":""}""", "model:missing")]
    [InlineData("""{"model":null}""", "model:missing")]
    [InlineData("""{"model":"heavy"}""", "model:not-offered")]
    [InlineData("""{"model":["light"]}""", "model:not-text")]
    [InlineData("""{"model":"strong"}""", "reason:missing")]
    [InlineData("""{"model":"strong","reason":"   "}""", "reason:missing")]
    [InlineData("""{"model":"strong","reason":"Films"}""", "")]
    [InlineData("""{"model":"light","reason":42}""", "")]
    [InlineData("""{"model":"light","extras":["gpu"]}""", "extras:not-offered")]
    [InlineData("""{"model":"strong","reason":"x","extras":["gpu","dock"]}""", "address:missing")]
    [InlineData("""{"model":"strong","reason":"x","extras":"gpu, dock","address":"Home"}""", "")]
    [InlineData("""{"model":"light","extras":["bag"]}""", "")]
    [InlineData("""{"model":"light","color":"red"}""", "color:unknown")]
    public void What_is_asked_depends_on_the_answers_before(string answers, string said) => Assert.Equal(said, Said(Read(Laptop, answers)));

    [Fact]
    public void An_answer_to_what_is_not_asked_is_dropped_and_leads_to_nothing()
    {
        var form = Form(
            Field("a", FormFieldType.Checkbox),
            Field("b") with
            {
                VisibleWhen = When("""{"field":"answers.a","op":"is","value":true}"""),
            },
            Field("c") with
            {
                VisibleWhen = When("""{"field":"answers.b","op":"is-set"}"""),
                Required = true,
            }
        );
        var reading = Read(form, """{"b":"stale","c":"stale"}""");
        Assert.Equal("", Said(reading));
        Assert.Equal(["a"], reading.Answers.Keys);
        Assert.Equal(["a"], reading.Asked.Select(one => one.Field.Name));
        Assert.Equal("c:missing", Said(Read(form, """{"a":true,"b":"now"}""")));
    }

    [Theory]
    [InlineData(FormFieldType.Text, "\"a\\nb\"", "characters")]
    [InlineData(FormFieldType.Text, "\"a\\u0007b\"", "characters")]
    [InlineData(FormFieldType.LongText, "\"a\\r\\nb\"", "\"a\\nb\"")]
    [InlineData(FormFieldType.Text, "\"\\ud800\"", "characters")]
    [InlineData(FormFieldType.Text, "\" a \"", "\"a\"")]
    [InlineData(FormFieldType.Text, "7", "not-text")]
    [InlineData(FormFieldType.Number, "\"12.5\"", "12.5")]
    [InlineData(FormFieldType.Number, "12.5", "12.5")]
    [InlineData(FormFieldType.Number, "\"12,5\"", "not-number")]
    [InlineData(FormFieldType.Number, "\"1e5\"", "not-number")]
    [InlineData(FormFieldType.Number, "1e400", "not-number")]
    [InlineData(FormFieldType.Number, "true", "not-number")]
    [InlineData(FormFieldType.Number, "99999999999999999", "too-large")]
    [InlineData(FormFieldType.Date, "\"2026-02-28\"", "\"2026-02-28\"")]
    [InlineData(FormFieldType.Date, "\"2026-02-30\"", "not-date")]
    [InlineData(FormFieldType.Date, "\"28.02.2026\"", "not-date")]
    [InlineData(FormFieldType.Date, "20260228", "not-date")]
    [InlineData(FormFieldType.Checkbox, "\"on\"", "true")]
    [InlineData(FormFieldType.Checkbox, "false", "false")]
    [InlineData(FormFieldType.Checkbox, "\"maybe\"", "not-flag")]
    [InlineData(FormFieldType.Checkbox, "1", "not-flag")]
    [InlineData(FormFieldType.Contact, "\"rita@example.com\"", "\"rita@example.com\"")]
    [InlineData(FormFieldType.Contact, "\"Rita <rita@example.com>\"", "not-address")]
    [InlineData(FormFieldType.Contact, "\"rita\"", "not-address")]
    [InlineData(FormFieldType.Asset, "\"SN-4711\"", "\"SN-4711\"")]
    [InlineData(FormFieldType.File, "[\"one\"]", "[\"one\"]")]
    [InlineData(FormFieldType.File, "\"one,one\"", "[\"one\"]")]
    [InlineData(FormFieldType.File, "[\"other\"]", "not-file")]
    [InlineData(FormFieldType.File, "[1]", "not-text")]
    public void Each_type_takes_what_it_takes(FormFieldType type, string answer, string comes)
    {
        var reading = Read(Form(Field("x", type)), $$"""{"x":{{answer}}}""", "one");
        Assert.Equal(comes, reading.Problems is [var problem] ? WireName<FormFault>.Of(problem.Fault) : reading.Answers["x"].GetRawText());
    }

    [Theory]
    [InlineData("today", "2026-03-10", "")]
    [InlineData("today", "2026-03-09", "x:too-early")]
    [InlineData("today+7", "2026-03-16", "x:too-early")]
    [InlineData("today-1", "2026-03-09", "")]
    [InlineData("2026-04-01", "2026-03-31", "x:too-early")]
    public void Days_are_held_against_today(string earliest, string day, string said) =>
        Assert.Equal(said, Said(Read(Form(Field("x", FormFieldType.Date) with { Earliest = earliest }), $$"""{"x":"{{day}}"}""")));

    [Fact]
    public void Limits_are_limits()
    {
        var text = Form(Field("x") with { MinLength = 2, MaxLength = 3, Pattern = "[a-z]+" });
        Assert.Equal("x:too-short", Said(Read(text, """{"x":"a"}""")));
        Assert.Equal("", Said(Read(text, """{"x":"ab"}""")));
        Assert.Equal("x:too-long", Said(Read(text, """{"x":"abcd"}""")));
        Assert.Equal("x:pattern", Said(Read(text, """{"x":"a1b"}""")));
        Assert.Equal("", Said(Read(text, """{"x":""}""")));
        Assert.Equal("x:too-long", Said(Read(Form(Field("x") with { MaxLength = 2 }), """{"x":"😀😀😀"}""")));
        Assert.Equal("", Said(Read(Form(Field("x") with { MaxLength = 3 }), """{"x":"😀😀😀"}""")));
        var number = Form(Field("x", FormFieldType.Number) with { Min = 1, Max = 10 });
        Assert.Equal("x:too-small", Said(Read(number, """{"x":0.99}""")));
        Assert.Equal("x:too-large", Said(Read(number, """{"x":10.01}""")));
        var box = Form(Field("x", FormFieldType.Checkbox) with { Required = true });
        Assert.Equal("x:not-ticked", Said(Read(box, """{}""")));
        Assert.Equal("", Said(Read(box, """{"x":true}""")));
    }

    [Fact]
    public void All_answers_together_have_a_limit()
    {
        var form = Form([.. Enumerable.Range(0, 4).Select(i => Field($"x{i}", FormFieldType.LongText))]);
        var long4000 = new string('x', 4_000);
        Assert.Equal("", Said(Read(form, $$"""{"x0":"{{long4000}}","x1":"{{long4000}}","x2":"{{long4000}}"}""")));
        Assert.Equal("x3:too-much", Said(Read(form, $$"""{"x0":"{{long4000}}","x1":"{{long4000}}","x2":"{{long4000}}","x3":"y"}""")));
    }

    [Theory]
    [InlineData(@"(a+)+$", null)]
    [InlineData(@"(x+x+)+y", null)]
    [InlineData(@"[A-Z]{2}\d{4}", null)]
    [InlineData(@"(a)\1", "references back")]
    [InlineData(@"(?=a)b", "references back")]
    [InlineData(@"a)|(b", "not a regular expression")]
    [InlineData(@"[a", "not a regular expression")]
    [InlineData(@"((a{50}){50}){50}", "repeats too much")]
    [InlineData(@"a{99999}", "repeats too much")]
    public void A_pattern_may_cost_nobody_anything(string pattern, string? problem)
    {
        var said = FormPattern.Problem(pattern);
        if (problem is not null)
        {
            Assert.Contains(problem, said, StringComparison.Ordinal);
            return;
        }

        Assert.Null(said);
        var watch = Stopwatch.StartNew();
        Assert.False(FormPattern.Matches(pattern, new string('a', 4_000) + "!"));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(2), $"{pattern} took {watch.Elapsed}.");
    }

    [Fact]
    public void A_pattern_is_held_against_the_whole_text()
    {
        Assert.True(FormPattern.Matches("a|b", "b"));
        Assert.False(FormPattern.Matches("a|b", "ab"));
        Assert.False(FormPattern.Matches("a", "a\n"));
    }

    [Fact]
    public void What_is_wrong_with_a_form_is_said_with_its_place()
    {
        var form = Form(
            Field("a") with
            {
                VisibleWhen = When("""{"field":"answers.b","op":"is","value":"x"}"""),
                Min = 1,
            },
            Field("b", FormFieldType.Choice, "x", "x"),
            Field("b", FormFieldType.Choice),
            Field("c") with
            {
                RequiredWhen = When("""{"all":[{"field":"answers.b","op":"is","value":"y"}]}"""),
                MinLength = 20,
                MaxLength = 10,
                Pattern = "(",
            },
            Field("d", FormFieldType.Number) with
            {
                Min = 3,
                Max = 2,
                Earliest = "today",
            },
            Field("e", FormFieldType.Date) with
            {
                Earliest = "tomorrow",
            },
            Field("f", FormFieldType.Date) with
            {
                Earliest = "today+3",
                Latest = "today",
            }
        );
        Assert.Equal(
            """
            fields[0].min is not possible for text: only numbers have it. Days have earliest and latest.
            fields[0].visibleWhen.field asks for "b", which is no field before this one; possible: there is none before this one.
            fields[1].options[1].value is "x", as an earlier option is called.
            fields[2].options is required: a choice needs something to choose from.
            fields[2].name is "b", as an earlier field is called: each needs a name of its own.
            fields[3].minLength is more than the text may have.
            fields[3].pattern is not a regular expression: Invalid pattern '(' at offset 1. Not enough )'s.
            fields[3].requiredWhen.all[0].value is "y", which b does not offer; possible are x, x.
            fields[4].earliest is not possible for number: only dates have it.
            fields[4].min is more than max.
            fields[5].earliest must be a day such as 2026-03-10, or today, today+7, today-30.
            fields[6].earliest is after latest.
            """,
            string.Join(
                    '\n',
                    FormDesign.Problems(form).GroupBy(problem => problem.At.Split('.')[0]).SelectMany(field => field.Select(problem => $"{problem}"))
                )
                .ReplaceLineEndings("\n")
                .Replace(
                    "fields[4].min is more than max.\nfields[4].earliest is not possible for number: only dates have it.",
                    "fields[4].earliest is not possible for number: only dates have it.\nfields[4].min is more than max.",
                    StringComparison.Ordinal
                )
        );
    }

    [Fact]
    public void A_ticket_says_what_was_answered()
    {
        var reading = Read(Laptop, """{"model":"strong","reason":"Films","extras":["gpu","dock"],"address":"Home"}""");
        var draft = new TicketDraft
        {
            Subject = "",
            Description = "",
            Requester = new("rita@example.com", null),
            Channel = IntakeChannel.Web,
        };
        var filled = FormFilling.Fill(draft, reading with { Form = Laptop with { Type = "order", Tags = ["it"] } }, new Dictionary<string, string>(), "de-AT");
        Assert.Equal("Neuer Laptop: STRONG", filled.Subject);
        Assert.Equal("model auf Deutsch: STRONG\nreason auf Deutsch: Films\nextras auf Deutsch: Dock, GPU\naddress auf Deutsch: Home", filled.Description);
        Assert.Equal("""{"model":"strong","reason":"Films","extras":"dock, gpu","address":"Home"}""", JsonSerializer.Serialize(filled.CustomFields));
        Assert.Equal(("order", "laptop", 3, "reason address"), (filled.Type, filled.Form!.Id, filled.Form.Version, string.Join(' ', filled.Form.Words!)));
        Assert.Equal(["it"], filled.Tags);
        Assert.Equal(
            "model|MODEL|STRONG extras|EXTRAS|Dock, GPU",
            string.Join(
                ' ',
                FormFilling
                    .Readable(Laptop, filled.CustomFields.Where(one => one.Key is "model" or "extras").ToDictionary(), null)
                    .Select(one => $"{one.Field}|{one.Label}|{one.Value}")
            )
        );
    }

    [Fact]
    public void What_no_language_has_is_the_english_one_and_is_said()
    {
        Assert.Equal("b", new LocalText(De: "a", En: "b").In("hr-HR"));
        Assert.Equal("a", new LocalText(De: "a", En: "b").In("de_AT"));
        Assert.Equal("a", new LocalText(De: "a").In("el"));
        Assert.Contains("name has no words in el, hr: \"New laptop\" is shown there.", FormDesign.Warnings(Laptop));
    }
}
