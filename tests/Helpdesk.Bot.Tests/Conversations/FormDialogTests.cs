using System.Text.Json;
using Helpdesk.Bot.Conversations;
using Helpdesk.Conditions;
using Helpdesk.Forms;
using Helpdesk.Tickets;

namespace Helpdesk.Bot.Tests.Conversations;

/// <summary>A form in a conversation, step by step, without a desk.</summary>
public sealed class FormDialogTests
{
    private static readonly DateOnly Today = new(2026, 3, 10);
    private static readonly ChatPerson Rita = new("rita@example.com", "Rita");

    private static FormField Field(string name, FormFieldType type, bool required = false) =>
        new()
        {
            Name = name,
            Type = type,
            Label = new(De: $"{name}?", En: $"{name}?"),
            Required = required,
        };

    private static RequestForm Form(FormWords details, params IReadOnlyList<FormField> fields) =>
        new()
        {
            Id = "x",
            Name = new(En: "X"),
            Version = 2,
            Subject = FormWords.Hidden,
            Details = details,
            Fields = fields,
            CreatedAt = DateTimeOffset.UnixEpoch,
            UpdatedAt = DateTimeOffset.UnixEpoch,
        };

    /// <summary>Says something, with the form at hand as the desk would give it.</summary>
    private static ChatStep Says(ChatState state, RequestForm form, string text, string language = "en", params TicketAttachment[] files)
    {
        var texts = Texts.For(language);
        var asked = RequesterDialog.Next(state, new PersonSaid(text, files), Rita, texts);
        return asked.Ask is ReadForm read ? RequesterDialog.Next(asked.State, new FormRead(form, Today, false, read.Said), Rita, texts) : asked;
    }

    private static ChatState Begin(RequestForm form, string language = "en")
    {
        var texts = Texts.For(language);
        var chosen = RequesterDialog.Next(new(), new PersonSaid("X", [], new(ChatActions.Form) { Value = form.Id }), Rita, texts);
        var read = Assert.IsType<ReadForm>(chosen.Ask);
        return RequesterDialog.Next(chosen.State, new FormRead(form, Today, false, read.Said), Rita, texts).State;
    }

    [Theory]
    [InlineData("en", "12.5", "12.5")]
    [InlineData("de", "12,5", "12.5")]
    [InlineData("en", "12,5", null)]
    [InlineData("de", "1.200,5", null)]
    public void A_number_is_read_as_people_write_it(string language, string text, string? answer)
    {
        var form = Form(FormWords.Hidden, Field("n", FormFieldType.Number, required: true));
        var step = Says(Begin(form, language), form, text, language);
        Assert.Equal(answer, step.Ask is OpenDraft open ? open.Draft.Form!.Answers["n"].GetRawText() : null);
    }

    [Theory]
    [InlineData("2026-03-31")]
    [InlineData("31.3.2026")]
    [InlineData("31. 3. 2026.")]
    [InlineData("31/3/2026")]
    public void A_day_is_read_as_people_write_it(string text)
    {
        var form = Form(FormWords.Hidden, Field("d", FormFieldType.Date, required: true));
        Assert.Equal("2026-03-31", Assert.IsType<OpenDraft>(Says(Begin(form), form, text).Ask).Draft.Form!.Answers["d"].GetString());
    }

    /// <summary>What is a command elsewhere, a ticket's number or a phrase is an answer here.</summary>
    [Theory]
    [InlineData("new")]
    [InlineData("list")]
    [InlineData("person")]
    [InlineData("12")]
    [InlineData("hi")]
    [InlineData("it is not working")]
    [InlineData("when are you open?")]
    public void Anything_may_be_an_answer(string text)
    {
        var form = Form(FormWords.Hidden, Field("t", FormFieldType.Text, required: true));
        Assert.Equal(text, Assert.IsType<OpenDraft>(Says(Begin(form), form, text).Ask).Draft.Form!.Answers["t"].GetString());
    }

    [Fact]
    public void Cancel_start_over_and_help_are_understood_all_the_same()
    {
        var form = Form(FormWords.Hidden, Field("t", FormFieldType.Text, required: true));
        Assert.Null(Says(Begin(form), form, "cancel").State.Filling);
        Assert.Null(Says(Begin(form), form, "start over").State.Filling);
        Assert.NotNull(Says(Begin(form), form, "help").State.Filling);
        Assert.Equal(Expectation.Field, Says(Begin(form), form, "skip").State.Expects);
    }

    [Fact]
    public void Back_skips_what_is_no_longer_asked_and_keeps_what_comes_after()
    {
        var when = Condition.Parse(JsonElement.Parse("""{"field":"answers.a","op":"is","value":true}"""), ConditionScope.Forms).Condition;
        var form = Form(
            FormWords.Optional,
            Field("a", FormFieldType.Checkbox),
            Field("b", FormFieldType.Text) with
            {
                VisibleWhen = when,
            },
            Field("c", FormFieldType.Text)
        );
        var state = Says(Says(Says(Begin(form), form, "yes").State, form, "B").State, form, "C").State;
        Assert.Equal(["a", "b", "c"], state.Filling!.Done);
        // From the details back over c and b to a: no; b is not asked any more.
        state = Says(Says(Says(state, form, "back").State, form, "back").State, form, "back").State;
        Assert.Equal("a", state.Filling!.Field);
        var next = Says(state, form, "no");
        Assert.Equal("c", next.State.Filling!.Field);
        var open = Assert.IsType<OpenDraft>(Says(Says(next.State, form, "C2").State, form, "skip").Ask);
        Assert.Equal("""{"a":false,"c":"C2"}""", JsonSerializer.Serialize(open.Draft.Form!.Answers));
    }

    [Fact]
    public void The_state_survives_being_stored()
    {
        var form = Form(FormWords.Optional, Field("a", FormFieldType.Text), Field("b", FormFieldType.File));
        var state = Says(Begin(form), form, "A").State;
        var stored = JsonSerializer.Deserialize(JsonSerializer.Serialize(state, ChatJson.Stored.ChatState), ChatJson.Stored.ChatState)!;
        Assert.Equal("A", stored.Filling!.Answers["a"].GetString());
        Assert.Equal(("b", Expectation.Field), (stored.Filling.Field, stored.Expects));
        var file = new TicketAttachment("aaaaaaaaaaaaaaaaaaaaaaaaaa", "a.txt", "text/plain", 1);
        var done = Says(Says(stored, form, "", "en", file).State, form, "skip");
        Assert.Equal("a.txt", Assert.Single(Assert.IsType<OpenDraft>(done.Ask).Draft.Files!).Name);
    }

    [Fact]
    public void What_happens_to_another_ticket_does_not_lead_away_from_a_form()
    {
        var form = Form(FormWords.Hidden, Field("t", FormFieldType.Text, required: true));
        var state = Begin(form) with { Tickets = [12] };
        var shown = RequesterDialog.Next(state, new TicketShown(RequesterDialogTests.Ticket(12)), Rita, Texts.For("en"));
        Assert.Equal(Expectation.Field, shown.State.Expects);
        Assert.True(shown.State.IsBusy);
    }
}
