using System.Globalization;
using System.Text;
using System.Text.Json;
using Helpdesk.Forms;
using Helpdesk.Tickets;
using static Helpdesk.Bot.Conversations.ChatActions;

namespace Helpdesk.Bot.Conversations;

/// <summary>Fills in a form in a conversation: asks one field after the other, or takes a card that has them all.</summary>
/// <remarks>Whether an answer can be taken, and what is asked after it, is decided by <see cref="FormRules"/> as everywhere else.</remarks>
internal static class FormDialog
{
    /// <summary>Choices that are buttons; more than these are listed, and answered by their number.</summary>
    private const int MostButtons = 12;

    /// <summary>The kinds of request are known: the person chooses one, or has said something else.</summary>
    public static ChatStep OnForms(ChatState state, FormsListed listed, ChatPerson person, Texts texts)
    {
        if (listed.Said is { } said)
        {
            var form = Chosen(said.Text, listed.Forms, one => one.Name, one => one.Id);
            if (form is not null)
                return new(state, [], new ReadForm(form.Id, null, null));
            if (IsSame(said.Text, texts["form.other"]))
                return Say(state with { Expects = Expectation.Description }, texts["report.describe"], []);
            // What they say is the problem itself.
            return RequesterDialog.Next(state with { Expects = Expectation.Description }, said, person, texts);
        }

        if (listed.Forms.Count == 0)
            return Say(state, texts["report.describe"], []);
        var options = listed.Forms.Select(form => new ChatOption($"{form.Icon} {form.Name.In(texts.Language)}".Trim(), new(Form) { Value = form.Id }));
        return Say(state with { Expects = Expectation.Form }, texts["form.choose"], [.. options, new(texts["form.other"], new(Open))]);
    }

    /// <summary>The form is known: it begins, or takes an answer.</summary>
    public static ChatStep OnForm(ChatState state, FormRead read, ChatPerson person, Texts texts)
    {
        if (read.Form is not { } form)
        {
            var idle = state with { Filling = null, Expects = Expectation.Nothing };
            return Say(idle, texts["form.none"], RequesterDialog.Menu(idle, texts));
        }

        if (read.Said is null)
            return read.AsCard ? ShowCard(state, form, read.Today, null, null, texts) : Begin(state, form, read.Today, person, texts);
        if (read.Said.Choice is { Do: Fill, Fields: { } fields })
            return OnCard(state, form, read.Today, fields, person, texts);
        return state.Filling is { } filling ? OnAnswer(state, filling, form, read.Today, read.Said, person, texts) : new(state, []);
    }

    private static ChatStep Begin(ChatState state, RequestForm form, DateOnly today, ChatPerson person, Texts texts)
    {
        var begun = state with { Filling = new(form.Id, form.Version), Expects = Expectation.Field };
        var title = $"{form.Icon} {form.Name.In(texts.Language)}".Trim();
        var intro = Lines([title, form.Description?.In(texts.Language), texts["form.start"]]);
        return Next(begun, form, today, person, texts, intro);
    }

    /// <summary>Asks what is not answered yet, or comes to the end.</summary>
    private static ChatStep Next(ChatState state, RequestForm form, DateOnly today, ChatPerson person, Texts texts, string? before = null)
    {
        var filling = state.Filling!;
        var reading = Read(form, filling, today);
        if (reading.Asked.FirstOrDefault(one => !filling.Done.Contains(one.Field.Name)) is { } next)
            return Question(state with { Filling = filling with { Field = next.Field.Name } }, next, texts, before);
        if (form.Details != FormWords.Hidden && filling.Text is null)
            return Details(state with { Filling = filling with { Field = null } }, form, texts, before);
        var words = filling.Text ?? "";
        var subject = form.Subject == FormWords.Hidden || words.Length == 0 ? "" : RequesterDialog.SubjectOf(words, texts);
        var draft = new Draft(words, filling.Files.Count > 0 ? filling.Files : null, Form: new(form.Id, form.Version, reading.Answers, subject));
        return RequesterDialog.Proceed(state with { Draft = draft, Filling = null, Expects = Expectation.Nothing }, person, texts);
    }

    private static ChatStep OnAnswer(
        ChatState state,
        FormInProgress filling,
        RequestForm form,
        DateOnly today,
        PersonSaid said,
        ChatPerson person,
        Texts texts
    )
    {
        if (said.Choice is { Do: Back })
            return GoBack(state, filling, form, today, person, texts);
        if (filling.Field is null)
            return OnDetails(state, filling, form, today, said, person, texts);
        // A version that has another field of that name now, or none, is not asked here: the version stays the one that was begun.
        if (Read(form, filling, today).Asked.FirstOrDefault(one => one.Field.Name == filling.Field) is not { } asked)
            return Next(state, form, today, person, texts);
        var field = asked.Field;
        var done = filling with { Done = [.. filling.Done, field.Name] };
        if (said.Choice is { Do: Skip })
            return asked.IsRequired
                ? Again(state, asked, new(field.Name, FormFault.Missing), form, texts)
                : Next(state with { Filling = done }, form, today, person, texts);
        var files = filling.Files.Concat(said.Files).DistinctBy(file => file.Id).ToList();
        var answer = AnswerOf(asked, said, texts);
        var given = new Dictionary<string, JsonElement>(filling.Answers, StringComparer.Ordinal) { [field.Name] = answer };
        var reading = FormRules.Read(form, given, [.. files.Select(file => file.Id)], today);
        var read = reading.Fields.First(one => one.Field.Name == field.Name);
        if (read.Problem is { } problem)
            return Again(state, asked, problem, form, texts);
        if (read.Answer is null && read.IsRequired)
            return Again(state, asked, new(field.Name, FormFault.Missing), form, texts);
        if (read.Answer is { } taken)
            given[field.Name] = taken;
        else
            given.Remove(field.Name);
        return Next(state with { Filling = done with { Answers = given, Files = files } }, form, today, person, texts);
    }

    private static ChatStep OnDetails(
        ChatState state,
        FormInProgress filling,
        RequestForm form,
        DateOnly today,
        PersonSaid said,
        ChatPerson person,
        Texts texts
    )
    {
        var isSkipped = said.Choice is { Do: Skip };
        var words = isSkipped ? "" : PlainText.Of(said.Text).Trim();
        if (form.Details == FormWords.Required && words.Length == 0)
            return Details(state, form, texts, texts["form.error.missing"]);
        var files = filling.Files.Concat(said.Files).DistinctBy(file => file.Id).ToList();
        return Next(state with { Filling = filling with { Text = words, Files = files } }, form, today, person, texts);
    }

    /// <summary>Takes the last answer back, and asks for it once more.</summary>
    private static ChatStep GoBack(ChatState state, FormInProgress filling, RequestForm form, DateOnly today, ChatPerson person, Texts texts)
    {
        var asked = Read(form, filling, today).Asked.Select(one => one.Field.Name).ToHashSet(StringComparer.Ordinal);
        var done = filling.Done.Where(asked.Contains).ToList();
        if (done.Count == 0)
            return Next(state, form, today, person, texts, texts["form.first"]);
        var answers = filling.Answers.Where(one => one.Key != done[^1]).ToDictionary(StringComparer.Ordinal);
        return Next(state with { Filling = filling with { Answers = answers, Done = done[..^1] } }, form, today, person, texts);
    }

    /// <summary>A card was filled in: it is taken, or shown again with what is wrong and what is asked now.</summary>
    private static ChatStep OnCard(
        ChatState state,
        RequestForm form,
        DateOnly today,
        IReadOnlyDictionary<string, string> fields,
        ChatPerson person,
        Texts texts
    )
    {
        var given = form
            .Fields.Where(field => field.Type != FormFieldType.File && fields.ContainsKey(FormCard.Answer + field.Name))
            .ToDictionary(field => field.Name, field => FormRules.Element(fields[FormCard.Answer + field.Name]), StringComparer.Ordinal);
        var words = PlainText.Of(fields.GetValueOrDefault(FormCard.Details) ?? "").Trim();
        var reading = FormRules.Read(form, given, [], hasSubject: true, words.Length > 0, today);
        var shown = (fields.GetValueOrDefault(FormCard.Shown) ?? "").Split(',');
        var unseen = reading.Unseen(shown).Where(name => form.Fields.Any(field => field.Name == name && field.Type != FormFieldType.File)).ToList();
        // Files do not go into a card: they are asked for after it.
        var problems = reading
            .Problems.Where(problem => problem.IsWords || reading.Asked.Any(one => one.Field.Name == problem.Field && one.Field.Type != FormFieldType.File))
            .ToList();
        if (problems.Count > 0 || unseen.Count > 0)
            return ShowCard(state, form, today, fields, [.. problems.Where(problem => !unseen.Contains(problem.Field))], texts);
        var filling = new FormInProgress(form.Id, form.Version)
        {
            Answers = reading.Answers,
            Done = [.. form.Fields.Where(field => field.Type != FormFieldType.File).Select(field => field.Name)],
            Text = words,
        };
        return Next(state with { Filling = filling, Expects = Expectation.Field }, form, today, person, texts);
    }

    private static ChatStep ShowCard(
        ChatState state,
        RequestForm form,
        DateOnly today,
        IReadOnlyDictionary<string, string>? fields,
        IReadOnlyList<FormProblem>? problems,
        Texts texts
    )
    {
        var card = FormCard.Of(form, today, fields ?? new Dictionary<string, string>(), problems, texts);
        return new(state with { Filling = null, Expects = Expectation.Description }, [new(form.Name.In(texts.Language), [], card)]);
    }

    private static ChatStep Again(ChatState state, FieldReading asked, FormProblem problem, RequestForm form, Texts texts) =>
        Question(state, asked, texts, FormTexts.Say(problem, form, texts));

    private static ChatStep Question(ChatState state, FieldReading asked, Texts texts, string? before)
    {
        var field = asked.Field;
        var label = field.Label.In(texts.Language);
        var lines = new List<string?> { before, asked.IsRequired ? label : $"{label} ({texts["form.optional"]})", field.Help?.In(texts.Language) };
        var options = new List<ChatOption>();
        if (field.Type == FormFieldType.Checkbox)
        {
            options.Add(new(texts["option.yes"], new(ChatActions.Answer) { Value = "true" }));
            options.Add(new(texts["option.no"], new(ChatActions.Answer) { Value = "false" }));
        }
        else if (field.Options.Count > 0)
        {
            lines.AddRange(
                asked.Options.Select((option, index) => $"{(index + 1).ToString(CultureInfo.InvariantCulture)}. {option.Label.In(texts.Language)}")
            );
            if (field.Type == FormFieldType.MultiChoice)
                lines.Add(texts["form.ask.several"]);
            else if (asked.Options.Count <= MostButtons)
                options.AddRange(
                    asked.Options.Select(option => new ChatOption(option.Label.In(texts.Language), new(ChatActions.Answer) { Value = option.Value }))
                );
            else
                lines.Add(texts["form.ask.one"]);
        }
        else if (field.Type is FormFieldType.Date or FormFieldType.File)
        {
            lines.Add(texts[field.Type == FormFieldType.Date ? "form.ask.date" : "form.ask.file"]);
        }

        if (!asked.IsRequired)
            options.Add(RequesterDialog.Option(texts, Skip));
        return Say(state, Lines(lines), [.. options, .. Ways(state, texts)]);
    }

    private static ChatStep Details(ChatState state, RequestForm form, Texts texts, string? before)
    {
        var isOptional = form.Details == FormWords.Optional;
        var label = isOptional ? $"{texts["form.details"]} ({texts["form.optional"]})" : texts["form.details"];
        var skip = isOptional ? [RequesterDialog.Option(texts, Skip)] : Array.Empty<ChatOption>();
        return Say(state, Lines([before, label]), [.. skip, .. Ways(state, texts)]);
    }

    private static IEnumerable<ChatOption> Ways(ChatState state, Texts texts)
    {
        if (state.Filling is { Done.Count: > 0 })
            yield return RequesterDialog.Option(texts, Back);
        yield return RequesterDialog.Option(texts, Cancel);
    }

    /// <summary>What a person said as an answer to a field: a button, a number or a label of the list, a day as people write it.</summary>
    private static JsonElement AnswerOf(FieldReading asked, PersonSaid said, Texts texts)
    {
        var field = asked.Field;
        if (field.Type == FormFieldType.File)
            return said.Files.Count > 0 ? FormRules.Element([.. said.Files.Select(file => file.Id)]) : FormRules.Element(PlainText.Of(said.Text).Trim());
        if (said.Choice is { Do: ChatActions.Answer, Value: { } pressed })
            return FormRules.Element(pressed);
        var text = PlainText.Of(said.Text).Trim();
        return FormRules.Element(
            field.Type switch
            {
                FormFieldType.Checkbox => texts.Command(text) switch
                {
                    Yes => "true",
                    No => "false",
                    _ => text,
                },
                FormFieldType.Choice => ValueOf(text, asked.Options),
                FormFieldType.MultiChoice => string.Join(
                    ',',
                    text.Split([',', ';', '\n'], StringSplitOptions.TrimEntries).Select(part => ValueOf(part, asked.Options))
                ),
                FormFieldType.Date => DayOf(text),
                // Where decimals have a comma, a point may divide thousands: such a number is not guessed at.
                FormFieldType.Number when texts.Language != "en" && !text.Contains('.', StringComparison.Ordinal) => text.Replace(',', '.'),
                _ => text,
            }
        );
    }

    private static string ValueOf(string text, IReadOnlyList<FormOption> options) =>
        int.TryParse(text.TrimEnd('.', ')'), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && number >= 1
        && number <= options.Count
        && options.All(option => option.Value != text)
            ? options[number - 1].Value
            : Chosen(text, options, option => option.Label, option => option.Value)?.Value ?? text;

    /// <summary>The one that is called so in any language; null for none.</summary>
    private static T? Chosen<T>(string text, IReadOnlyList<T> all, Func<T, LocalText> nameOf, Func<T, string> idOf)
        where T : class =>
        all.FirstOrDefault(one => idOf(one) == text.Trim())
        ?? all.FirstOrDefault(one => LocalText.Languages.Any(language => nameOf(one).Own(language) is { } name && IsSame(text, name)));

    private static bool IsSame(string text, string name) => string.Equals(Letters(text), Letters(name), StringComparison.OrdinalIgnoreCase);

    /// <summary>Without the signs at both ends: a button's icon, a full stop.</summary>
    private static string Letters(string text)
    {
        var letters = text.EnumerateRunes().ToList();
        var kept = letters.SkipWhile(rune => !Rune.IsLetterOrDigit(rune)).Reverse().SkipWhile(rune => !Rune.IsLetterOrDigit(rune)).Reverse();
        return string.Concat(kept);
    }

    private static string DayOf(string text) =>
        DateOnly.TryParseExact(
            text.TrimEnd('.'),
            ["d.M.yyyy", "d. M. yyyy", "d/M/yyyy", "d-M-yyyy", "yyyy-M-d"],
            CultureInfo.InvariantCulture,
            DateTimeStyles.None,
            out var day
        )
            ? day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
            : text;

    private static FormReading Read(RequestForm form, FormInProgress filling, DateOnly today) =>
        FormRules.Read(form, filling.Answers, [.. filling.Files.Select(file => file.Id)], today);

    private static ChatStep Say(ChatState state, string text, IReadOnlyList<ChatOption> options) => new(state, [new(text, options)]);

    private static string Lines(IEnumerable<string?> lines) => string.Join('\n', lines.Where(line => !string.IsNullOrEmpty(line)));
}
